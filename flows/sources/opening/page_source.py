"""How sources are read, the files that they have, and the item in place of a page that could not be read."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import force_setattr

from copydesk.cleaners.options import Options
from copydesk.cleaners.reasons import status_by
from copydesk.cleaners.record.records import plain
from copydesk.cleaners.schema import Status
from copydesk.cleaners.types import Page, SiteSignal, Source
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames

# set by hand: some lines of a terminal; what is quoted of an input may be megabytes
MAX_MESSAGE_CHARS = 400


class Input(StrEnum):
    """How to read what a source holds; ``auto`` looks at names and first lines."""

    AUTO = "auto"
    HTML = "html"
    TEXT = "text"
    MARKDOWN = "markdown"
    JSONL = "jsonl"
    CSV = "csv"
    WARC = "warc"


class FileMemory(Protocol):
    """What earlier runs know of files by their names on this machine. Files are read one after the other."""

    def has_all_of(self, path: str, *, follow_link: bool) -> bool:
        """Whether a file need not be opened; else its items follow."""
        ...

    def has_ended(self) -> None:
        """Called once all items of that file were taken."""
        ...


class Span(Struct, frozen=True):
    """A part of a file that can be read by itself: from ``start`` on, a place that only its kind understands, behind
    ``before`` records or rows; ``most``: so many records, or groups of rows.
    """

    start: int
    before: int
    most: int


class Reading(Struct, frozen=True):
    """How to read: the kind of input that the user names, and what the fields of pages are called in it.

    ``memory``: what need not be read. ``max_bytes``: of a page that is a file, alone or in an archive, or standard
    input. ``notify``: is called with a line on each guess that a user should know. ``span``: what is read of the file,
    None for all.
    """

    input: Input = Input.AUTO
    fields: FieldNames = USUAL_NAMES
    memory: FileMemory | None = None
    max_bytes: int = Options().max_bytes
    notify: Callable[[str], None] | None = None
    span: Span | None = None


class Unreadable(Struct, frozen=True):
    """The item in place of a page that could not be read.

    ``reason`` is a code (``missing``, ``not_a_file``, ``outside``, ``unreadable``, ``truncated``,
    ``cut_short``, ``damaged``, ``too_large``, ``empty``, ``broken_line``, ``no_page``, ``bad_status``, ``too_complex``,
    ``needs_pyarrow``, ``needs_extra``, ``wrong_type``, ``memory``);
    ``message`` is for people: one line without controls or passwords, however much of the input is quoted in it.
    """

    source: Source
    reason: str
    message: str
    url: str | None = None
    """The page's URL, where it has one."""
    signals: tuple[SiteSignal, ...] = ()
    """What files of its site state on its use."""

    @property
    def status(self) -> Status:
        """That of its record."""
        return status_by(self.reason)

    def as_page(self) -> Page:
        """An empty page with what is known of this one: records are made of pages."""
        return Page(b"", url=self.url, source=self.source, signals=self.signals)

    def __post_init__(self) -> None:
        # before it is cut: half a password would not be found any more
        message = without_secrets(plain(" ".join(self.message.split())))
        if len(message) > MAX_MESSAGE_CHARS:
            message = message[: MAX_MESSAGE_CHARS - 1] + "…"
        # the struct is frozen; nobody has seen it yet
        force_setattr(self, "message", message)


class ListedFile(Struct, frozen=True):
    """A file that was named, or found in a folder, and is yet to be opened. ``given``: the file or folder that was
    named; ``name``: the file as records call it, below that folder; ``path``: the file, wherever it is opened from;
    ``span``: what of it is read, None for all; ``remote_bytes``: the size of one that is not on this disk; ``fault``:
    what is wrong where it is not opened.
    """

    given: str
    name: str
    path: str
    span: Span | None = None
    remote_bytes: int = 0
    fault: Unreadable | None = None

    @property
    def is_given(self) -> bool:
        """Whether the file itself was named: then a link is followed."""
        return self.given == self.name
