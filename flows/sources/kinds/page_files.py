"""Any other file: JSON or mail where it begins as such, else one page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from msgspec.structs import replace

from copydesk.cleaners.types import Page
from copydesk.flows.sources.kinds.json_files import is_page_line, read_json
from copydesk.flows.sources.kinds.json_lines import MAX_LINE_BYTES, read_lines
from copydesk.flows.sources.kinds.mail import MAIL_FILES
from copydesk.flows.sources.opening.files import Files, FileSource, read_at_most
from copydesk.flows.sources.opening.inflating import peekable, unpacked
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.signatures import mail_suffix


class PageFiles(Files):
    """A file whose name tells no kind, or that of a page: its beginning counts for more."""

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        if reading.input is not Input.AUTO:
            yield from super().read_opened(file, shown=shown, reading=reading)
            return
        content = peekable(unpacked(file, shown))
        if suffix := mail_suffix(content.peek()):
            yield from read_as(MAIL_FILES, suffix, content, shown=shown, reading=reading)
            return

        page = partial(self.page_of, shown=shown, reading=reading)
        first = content.readline(reading.max_bytes + 1)
        if may_be_json(first):
            yield from json_or_page(content, first, name=shown, reading=reading, page=page)
        else:
            yield page(first + read_at_most(content, reading.max_bytes + 1 - len(first)))


def read_as(
    kind: FileSource, suffix: str, file: BinaryIO, *, shown: str, reading: Reading
) -> Iterator[Page | Unreadable]:
    """The pages of a file that lacks the suffix of its kind, under its own name."""
    named = shown + suffix
    for item in kind.read_opened(file, shown=named, reading=reading):
        called = item.source.name
        # “-!/a.html” and “-:3”, not “-.zip!/a.html”
        name = shown + called.removeprefix(named) if called.startswith(named) else called
        yield replace(item, source=replace(item.source, name=name))


def may_be_json(first: bytes) -> bool:
    """Whether a first line begins as JSON of pages does."""
    # a byte order mark and blanks may come first, as some editors and exports leave them
    return first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def json_or_page(
    stream: BinaryIO,
    first: bytes,
    *,
    name: str,
    reading: Reading,
    page: Callable[[bytes], Page | Unreadable],
) -> Iterator[Page | Unreadable]:
    """The pages of JSON Lines or JSON whose first line was read; the one ``page`` where it is neither."""
    # shorter than requested, without a line feed: the input is at its end
    if not first.endswith(b"\n") and len(first) > reading.max_bytes:
        first += stream.readline(max(0, MAX_LINE_BYTES - len(first)))
    if is_page_line(first, reading.fields):
        yield from read_lines(stream, name=name, first=first, fields=reading.fields)
        return
    # no less than nothing: the line of an object may be longer than a page
    body = first + read_at_most(stream, max(0, MAX_LINE_BYTES + 1 - len(first)))
    # “[1] A footnote” is no JSON
    try:
        yield from read_json(body, name=name, fields=reading.fields)
    except ValueError:
        yield page(body[: reading.max_bytes + 1])


PAGE_FILES = PageFiles()
