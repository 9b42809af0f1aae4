"""Single files, and how any file is opened: regular ones only, never waiting, never all of a big one."""

from __future__ import annotations

import io
import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import PurePath
from typing import IO, BinaryIO

from copydesk.cleaners.decode.markdown_page import read_front_matter
from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page, Source
from copydesk.flows.errors import FlowError
from copydesk.flows.io.decompression import PIECE_BYTES, Damaged
from copydesk.flows.io.extras import MissingExtra
from copydesk.flows.io.machine_faults import machine_errors, problem_of
from copydesk.flows.io.output_folder import QUARANTINE, is_of_a_store
from copydesk.flows.io.posix import NotRegular, append_whole
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_BYTES,
    InflatesTooFar,
    packing_of,
    without_packing,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Span, Unreadable
from copydesk.flows.sources.opening.signatures import binary_suffix, is_html, named_wrong, refused_as
from copydesk.flows.sources.opening.tables import is_table

MAX_PAGE_BYTES = Options().max_bytes + 1
"""One byte more than cleaning accepts, so that it sees the page is too large, and no more is read."""

CONTENT_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".pdf": "application/pdf",
}
"""Content types by suffix; of any other file the cleaner looks at its bytes."""

EMPTY = ("empty", "the file is empty")
"""The reason for a file without content, and its message."""
_REASONS = {
    EOFError: "truncated",
    InflatesTooFar: "too_large",
    Damaged: "damaged",
    MissingExtra: "needs_extra",
}
"""Of what ends a file early."""
# set by hand: a second or two of cleaning
_SPAN_BYTES = 2_000_000
_SPAN_RECORDS = 300
_NO_COPY = "a temporary file cannot be written"

# names in lower case: they are compared so
_STATE = "state.sqlite"
_ABOUT_FOLDERS = ("readme", "readme.md", "readme.txt", _STATE, f"{_STATE}-wal", f"{_STATE}-shm", QUARANTINE)


def shown_name(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 are shown in hexadecimal, so that it survives in JSON."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def is_about_the_folder(name: str) -> bool:
    """Whether a file describes the folder (its README), is a source list or settings, or our own output: no page."""
    lower = name.lower()
    return lower in _ABOUT_FOLDERS or is_of_a_store(lower) or lower.endswith(".toml")


def refusal(source: Source, error: OSError) -> Unreadable:
    """The item for a file the system would not give."""
    if isinstance(error, NotRegular):
        return Unreadable(source, "not_a_file", problem_of(error))
    # those of other file systems have no number
    if isinstance(error, FileNotFoundError):
        return Unreadable(source, "missing", "no such file or folder")
    return Unreadable(source, "unreadable", problem_of(error))


def read_guarded(
    kind: FileSource, file: BinaryIO, *, shown: str, reading: Reading
) -> Iterator[Page | Unreadable]:
    """The pages of an open file; an empty one that its kind does not allow is reported as empty, not as damaged."""
    source = Source(kind.kind, shown)
    try:
        if (kind.is_never_empty or packing_of(shown)) and is_empty(file):
            yield Unreadable(source, *EMPTY)
        else:
            yield from kind.read_opened(file, shown=shown, reading=reading)
    except Exception as error:  # noqa: BLE001 - the boundary of a file
        yield fault_of(source, error)


def is_empty(file: BinaryIO) -> bool:
    """Whether an open file of which nothing was read has no content."""
    return isinstance(file, io.BufferedReader) and not file.peek(1)


def guarded(source: Source, pages: Iterable[Page | Unreadable]) -> Iterator[Page | Unreadable]:
    """The pages, and what ends them early as one more ``Unreadable`` after those before."""
    try:
        yield from pages
    except Exception as error:  # noqa: BLE001 - the boundary of a file
        yield fault_of(source, error)


def fault_of(source: Source, error: Exception) -> Unreadable:
    """The item for what a reader raised, whatever it was: a file that breaks one, ours or a library's, is a record, and
    the run goes on. Raises a FlowError again: the run is at fault.
    """
    if isinstance(error, FlowError):
        raise error
    if isinstance(error, OSError):
        return refusal(source, error)
    if isinstance(error, MemoryError):
        return Unreadable(source, "memory", "reading it takes more memory than there is")
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return Unreadable(source, reason, str(error) or "the file ends early")
    return Unreadable(source, "damaged", f"reading it fails: {type(error).__name__}: {error}")


def seekable(file: BinaryIO) -> BinaryIO:
    """The file, or its content held in memory where only reading on is possible. Raises InflatesTooFar."""
    if file.seekable():
        return file
    # one byte more than may be: so it is seen that there is more
    content = read_at_most(file, MAX_INFLATED_BYTES + 1)
    if len(content) > MAX_INFLATED_BYTES:
        raise InflatesTooFar(f"more than {MAX_INFLATED_BYTES:,} bytes inside an archive")
    return io.BytesIO(content)


def read_at_most(file: BinaryIO, most: int) -> bytes:
    """What a file holds, up to so many bytes; memory is taken for what is there, not for what may be."""
    parts: list[bytes] = []
    # in pieces: read(most) may take all of that memory before it knows how much there is
    while most > 0 and (part := file.read(min(most, PIECE_BYTES))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def is_on_disk(file: BinaryIO) -> bool:
    """Whether a file is one of this disk, not a member of an archive or an object elsewhere."""
    try:
        file.fileno()
    except io.UnsupportedOperation:
        return False
    return True


@contextmanager
def on_disk(file: BinaryIO) -> Iterator[IO[bytes]]:
    """The file as one that another process can be given."""
    # a process can be given descriptors alone
    if not is_on_disk(file):
        with ExitStack() as opened:
            with machine_errors(_NO_COPY):
                copy = opened.enter_context(tempfile.TemporaryFile(buffering=0))
            file.seek(0)
            while data := file.read(PIECE_BYTES):
                with machine_errors(_NO_COPY):
                    append_whole(copy.fileno(), data)
            copy.seek(0)
            yield copy
    else:
        yield file


def is_enough(held_bytes: int, number: int) -> bool:
    """Whether a span is to end that has so many bytes of a file, and records or rows."""
    return held_bytes >= _SPAN_BYTES or number >= _SPAN_RECORDS


class FileSource(ABC):
    """A kind of file, read wherever it is opened: by name, in a folder, or inside an archive.

    - ``takes`` is cheap and never raises;
    - ``read_opened`` yields lazily, in an order and under names that are the same in every run;
    - one page gives one item; what cannot be read is one ``Unreadable``, and the pages after it follow; what was cut is
      no page, wherever its kind of file shows a cut;
    - memory stays within a few pages.
    """

    kind: str
    """``Page.source.kind`` of its pages."""
    suffixes: tuple[str, ...] = ()
    """Ends of the names of such files, packed or not."""
    input: Input | None = None
    """The option by which any file is read as this kind."""
    is_never_empty: bool = False
    """Whether a file without content is none of this kind."""

    def takes(self, name: str, input_: Input) -> bool:
        """Whether a file of this name is of this kind."""
        if input_ is not Input.AUTO:
            return input_ is self.input
        return without_packing(name).lower().endswith(self.suffixes)

    def spans(self, file: BinaryIO, *, shown: str, reading: Reading) -> list[Span]:  # noqa: ARG002
        """How an open file is parted into what can be read by itself; nothing of a kind that is read as a whole.

        May raise what ``read_opened`` may.
        """
        return []

    @abstractmethod
    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of an open file, known in records as ``shown``.

        Reads forwards only, unless the kind is an exception. May raise OSError, EOFError, Damaged and InflatesTooFar
        for what ends it early: ``guarded`` turns them into an item.
        """


FILE = "file"
"""The kind of source that a file is whose name tells no other: one page, under the name given."""


def page_of_file(body: bytes, *, shown: str, reading: Reading) -> Page | Unreadable:
    """The page of a file that holds these bytes (inflated); a table is none."""
    source = Source(FILE, shown)
    if reading.input is Input.AUTO and (fault := _no_page(body, shown)):
        return Unreadable(source, *fault)
    # by the name below the packing: “a.html.gz” is HTML
    kind = CONTENT_TYPES.get(PurePath(without_packing(shown)).suffix.lower())
    front = None
    if reading.input is Input.AUTO and kind in (None, CONTENT_TYPES[".txt"], CONTENT_TYPES[".md"]):
        front = read_front_matter(body[:_FRONT_BYTES].decode("utf-8-sig", "replace"))
    if front is not None or reading.input is Input.MARKDOWN:
        kind = CONTENT_TYPES[".md"]
    elif kind == CONTENT_TYPES[".txt"] and is_html(body):
        kind = CONTENT_TYPES[".html"]
    # noted by a browser or SingleFile at the top of the page that it saved
    saved = _SAVED_FROM.search(body, 0, _LOOKED_AT_BYTES)
    return Page(
        body=body,
        content_type=kind,
        source=source,
        # None leaves it to the cleaner
        media={Input.HTML: "html", Input.TEXT: "text"}.get(reading.input),
        url=saved and saved[1].decode("ascii") if front is None else front.url,
    )


def _no_page(body: bytes, shown: str) -> tuple[str, str] | None:
    """Why a file cannot be a page, as reason and message; None where it may be one."""
    if is_table(shown, body):
        message = (
            "a table, and no page; where it has a column of addresses, name the file itself, "
            "and where it has one of pages, that column: --field text=NAME"
        )
        return "no_page", message
    if refused := refused_as(body):
        return "wrong_type", "; ".join(refused)
    suffix = binary_suffix(body)
    if suffix and packing_of(suffix) and packing_of(shown):
        return "wrong_type", "a file that is packed more than once; unpack it first"
    return ("wrong_type", named_wrong(suffix)) if suffix else None


# “<!-- saved from url=(0033)https://example.org/news/1 -->”, “<!-- Page saved with SingleFile\n url: https://… ”
_SAVED_FROM = lazy_pattern(
    rb"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url: )(https?://[!-~]+?)(?:\s|-->)"
)
_LOOKED_AT_BYTES = 4_000
_FRONT_BYTES = 80_000  # of as many characters as are looked at (`markdown_page.py`)
_PAGES = (".html", ".htm", ".xhtml")
# in English and as browsers translate it: German, French, Spanish, Scandinavian, Dutch, Portuguese, Italian, Finnish,
# Polish, Czech; “.files” is Word's
_FOLDER = lazy_pattern(
    r"(.+)(?:_files|\.files|[_-]Dateien|_fichiers|_archivos|[_-]filer|_bestanden|_ficheiros|_arquivos|_file"
    r"|[_-]tiedostot|_pliki|_soubory)",
    re.IGNORECASE,
)


def is_folder_of_a_page(folder: str, names: Container[str]) -> bool:
    """Whether a folder belongs to a page that is saved beside it: ``news_files`` where there is ``news.html``."""
    found = _FOLDER.fullmatch(folder)
    return found is not None and any(found[1] + end in names for end in _PAGES)


def is_of_a_page(name: str, names: Container[str]) -> bool:
    """The same of a file by its path, in an archive of these names."""
    return any(is_folder_of_a_page(str(parent), names) for parent in PurePath(name).parents)
