"""A file a record, in the tree of their sources and addresses: for formats that are folders of documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import regex

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.format_registry import FolderFormat
from copydesk.flows.web_kinds import WEB_KINDS

MOST_BYTES = 80
"""Of a name, without its ending; file systems take 255, and some programs 260 for a whole path."""
MOST_FOLDERS = 12
"""Folders deep; what would be deeper is in the last of them."""
# letters of all scripts, digits and their marks stay; what shells, file systems and addresses take for signs goes
_UNSAFE = regex.compile(r"[^\p{L}\p{M}\p{N}_.-]+")
# devices of Windows, with any ending
_DEVICES = regex.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_INDEX = "index"
_PAGE = regex.compile(r"(?<=.)\.(?:html?|txt)\Z")


def tree_format(
    summary: str, ending: str, content: Callable[..., bytes], *, settings: tuple[str, ...] = ()
) -> FolderFormat:
    """A format of a file a record, of articles alone. ``content``: of the file of a record, given the values of
    ``settings`` by their names.
    """

    def write(records: Iterable[Record], folder: Path, **values: object) -> None:
        write_tree(records, folder, ending, partial(content, **values))

    return FolderFormat(
        summary=f"{summary}, in the tree of sources and addresses",
        articles_only=True,
        settings=settings,
        write=write,
    )


def write_tree(
    records: Iterable[Record], folder: Path, ending: str, content: Callable[[Record], bytes]
) -> None:
    """Writes a file a record into an empty folder: at its place, else at the same with the id, else with a number.

    ``ending``: of the names (``.md``); ``content``: of the file of a record.
    """
    for record in records:
        place = place_of(record, ending)
        named = with_id(place, record.id)
        number = 1
        while True:
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                # the file system knows which names are the same to it
                with path.open("xb") as file:
                    file.write(content(record))
                break
            except FileExistsError:
                place = named if number == 1 else with_id(named, str(number))
                number += 1


def place_of(record: Record, ending: str) -> PurePosixPath:
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
    folders = [f"{one}-" if one.endswith(ending) else one for one in folders]
    return PurePosixPath(*folders[:MOST_FOLDERS], _PAGE.sub("", last) + ending)


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
    ending = place.suffix
    return place.with_name(f"{place.name.removesuffix(ending)}-{safe_name(id_)}{ending}")


def safe_name(text: str) -> str:
    """``text`` as the name of a file or folder; ``""`` where nothing of it can stay.

    Never hidden, never an option of a command (``-rf``), never ``.`` or ``..``, never a device.
    """
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    name = _UNSAFE.sub("-", plain).encode()[:MOST_BYTES].decode(errors="ignore").strip("-.")
    return f"{name}-" if _DEVICES.fullmatch(name) else name
