"""Standard input, named ``-``: one page, JSON Lines or a table of pages, or a WARC file if the user chooses that."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator
from typing import BinaryIO

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.csv_pages import CSV_FILES, read_rows, without_pages
from copydesk.flows.sources.kinds.json_lines import MAX_LINE_BYTES, line_parser, read_lines
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, forced_media, guarded
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.tables import head_of, is_piped_table

NAME = "-"


def would_wait() -> bool:
    """Whether reading standard input now would have to wait for whoever writes to it."""
    # None where it was closed (“<&-”); a time-out of 0 only polls
    return sys.stdin is not None and not select.select([sys.stdin], [], [], 0)[0]


class StandardInput:
    """What is piped in: JSON Lines where the first line is a page's object, a table of pages where it is the head of
    one, else one page.
    """

    kind = "stdin"

    def takes(self, name: str, input_: Input) -> bool:  # noqa: ARG002 - whatever it holds
        """The name ``-``."""
        return name == NAME

    def read(self, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages piped in; waits for them, which is what standard input is for."""
        if sys.stdin is None:
            yield Unreadable(Source(self.kind, name), "unreadable", "standard input is closed")
            return
        stream = sys.stdin.buffer
        yield from guarded(Source(self.kind, name), self._pages_from(stream, name, reading))

    def _pages_from(self, stream: BinaryIO, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        first = b""
        if reading.input is Input.JSONL:
            yield from read_lines(stream, name=name, fields=reading.fields)
            return
        # only if the user chooses it: a packed WARC cannot be recognized by its first line
        if reading.input is Input.WARC:
            yield from WARC_FILES.read_opened(stream, shown=name, reading=reading)
            return
        if reading.input is Input.CSV:
            yield from CSV_FILES.read_opened(stream, shown=name, reading=reading)
            return
        if reading.input is Input.AUTO:
            # a page's first line may be the whole page; only an object's is read to its end
            first = stream.readline(MAX_PAGE_BYTES)
            # a byte order mark and blanks may come first, as some editors and exports leave them
            if first.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
                first = _whole_line(stream, first)
                if _is_page_line(first, reading.fields):
                    yield from read_lines(stream, name=name, first=first, fields=reading.fields)
                    return
            head = head_of(first)
            if head is not None and head.is_tight and len(head.names) > 1 and head.has_pages(reading.fields):
                yield from read_rows(stream, head, name=name, fields=reading.fields)
                return
        # no less than nothing: the line of an object may be longer than a page
        body = first + stream.read(max(0, MAX_PAGE_BYTES - len(first)))
        if reading.input is Input.AUTO and is_piped_table(first, body):
            yield without_pages(head_of(first), reading.fields, Source(self.kind, name))
            return
        yield Page(body=body, source=Source(self.kind, name), media=forced_media(reading.input))


def _whole_line(stream: BinaryIO, start: bytes) -> bytes:
    # shorter than requested, without a line feed: the input is at its end
    if start.endswith(b"\n") or len(start) < MAX_PAGE_BYTES:
        return start
    return start + stream.readline(MAX_LINE_BYTES - len(start))


def _is_page_line(line: bytes, fields: FieldNames) -> bool:
    try:
        # “{{ title }}” or a line of CSS begins with a brace as well, and is the beginning of one page
        line_parser(fields)(line.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return False
    return True


STANDARD_INPUT = StandardInput()
