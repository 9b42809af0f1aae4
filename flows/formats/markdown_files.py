"""Records as Markdown files with YAML front matter, in the tree of their sources and addresses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec
import regex

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.format_registry import FolderFormat
from copydesk.flows.web_kinds import WEB_KINDS

_NOT_IN_FRONT = frozenset({"text", "markdown", "links", "removed", "field_origins", "processing"})

_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_LINE_CHARS = 1_000  # titles stay on their line
MOST_BYTES = 80
"""Of a name, without its ending; file systems take 255, and some programs 260 for a whole path."""
MOST_FOLDERS = 12
"""Folders deep; what would be deeper is in the last of them."""
ENDING = ".md"
# letters of all scripts, digits and their marks stay; what shells, file systems and addresses take for signs goes
_UNSAFE = regex.compile(r"[^\p{L}\p{M}\p{N}_.-]+")
# devices of Windows, with any ending
_DEVICES = regex.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_INDEX = "index"
_PAGE = regex.compile(r"(?<=.)\.(?:html?|txt)\Z")


def front_matter(record: Record) -> dict[str, Any]:
    """The front matter of an article: its fields, those without a value left out."""
    fields = msgspec.to_builtins(record)
    del fields["provenance"]["evidence"]
    known: dict[str, Any] = _known(
        {name: value for name, value in fields.items() if name not in _NOT_IN_FRONT}
    )
    return known


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        known = {name: _known(one) for name, one in value.items()}
        return {name: one for name, one in known.items() if one not in (None, "", [], {})}
    return [_known(one) for one in value] if isinstance(value, list | tuple) else value


def markdown_file(record: Record) -> bytes:
    """A file's content: front matter between lines of three hyphens, a blank line, the article."""
    import yaml

    front = yaml.dump(
        front_matter(record), Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=_LINE_CHARS
    )
    return f"---\n{front}---\n\n{record.markdown}\n".encode()


@lru_cache(maxsize=1)
def _dumper() -> Any:
    """PyYAML's own way, but for line ends beyond ASCII: unless quoted twice they come back as spaces."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # it has no types
        pass

    def text(dumper: Any, value: str) -> Any:
        style = '"' if _LINE_ENDS.search(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


def write_markdown(records: Iterable[Record], folder: Path) -> None:
    """Writes a file a record into an empty folder: at its place, else at the same with the id, else with a number."""
    for record in records:
        place = place_of(record)
        named = with_id(place, record.id)
        number = 1
        while True:
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                # the file system knows which names are the same to it
                with path.open("xb") as file:
                    file.write(markdown_file(record))
                break
            except FileExistsError:
                place = named if number == 1 else with_id(named, str(number))
                number += 1


def place_of(record: Record) -> PurePosixPath:
    """Where a record's file lies: below its source on the web, host and path of its address; of a page without an
    address, the name of its source.

    All lower case, as some file systems know no other. Records may have the same place: the writer gives the
    later one ``with_id``.
    """
    parts = _of_address(record.url) if record.url else record.source.name.split("/")
    # the source of a file or line is its own name: a folder for each would be useless
    if record.url and record.source.kind in WEB_KINDS and "://" not in record.source.name:
        parts.insert(0, record.source.name)
    names = [name for part in parts if (name := safe_name(part))]
    *folders, last = names or [_INDEX]
    # a folder is never named like a file that might lie beside it
    folders = [f"{one}-" if one.endswith(ENDING) else one for one in folders]
    return PurePosixPath(*folders[:MOST_FOLDERS], _PAGE.sub("", last) + ENDING)


def _of_address(url: str) -> list[str]:
    try:
        address = urlsplit(url)
        host = address.hostname or ""
    except ValueError:  # "http://[half an address"
        return [url]
    path = unquote(address.path).split("/")
    # pages that differ only in their query are common
    if address.query:
        path[-1] += f"-{unquote(address.query)}"
    return [host, *path]


def with_id(place: PurePosixPath, id_: str) -> PurePosixPath:
    """The place with a record's id in its name."""
    return place.with_name(f"{place.name.removesuffix(ENDING)}-{safe_name(id_)}{ENDING}")


def safe_name(text: str) -> str:
    """``text`` as the name of a file or folder; ``""`` where nothing of it can stay.

    Never hidden, never an option of a command (``-rf``), never ``.`` or ``..``, never a device.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    name = _UNSAFE.sub("-", plain).encode()[:MOST_BYTES].decode(errors="ignore").strip("-.")
    return f"{name}-" if _DEVICES.fullmatch(name) else name


MARKDOWN = FolderFormat(
    summary="a folder of Markdown files with YAML front matter, in the tree of sources and addresses",
    articles_only=True,
    write=write_markdown,
)
