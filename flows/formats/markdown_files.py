"""Records as Markdown files with YAML front matter, in the tree of their sources and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import msgspec

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.file_names import place_of, with_id
from copydesk.flows.formats.format_registry import FolderFormat

_NOT_IN_FRONT = frozenset({"text", "markdown", "links", "removed", "field_origins", "processing"})

_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_LINE_CHARS = 1_000  # titles stay on their line


def front_matter(record: Record) -> dict[str, Any]:
    """What stands before an article: what is known of it, fields without a value left out."""
    told = msgspec.to_builtins(record)
    del told["provenance"]["evidence"]
    known: dict[str, Any] = _known({name: value for name, value in told.items() if name not in _NOT_IN_FRONT})
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
    """Writes a file a record into an empty folder."""
    for record in records:
        place = place_of(record)
        with _fresh_file(folder, place, record.id) as file:
            file.write(markdown_file(record))


def _fresh_file(folder: Path, place: PurePosixPath, id_: str) -> BinaryIO:
    """A file that was not there: at the place, else at the same with the id, else with a number behind it."""
    named = with_id(place, id_)
    number = 1
    while True:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("xb")
        except FileExistsError:  # told by the file system, which knows what names are one for it
            place = named if number == 1 else with_id(named, str(number))
            number += 1


MARKDOWN = FolderFormat(
    summary="a folder of Markdown files with YAML front matter, in the tree of sources and addresses",
    articles_only=True,
    write=write_markdown,
)
