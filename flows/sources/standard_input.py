"""Standard input, named ``-``: one page, or any kind of file that is recognized by how it begins."""

from __future__ import annotations

import io
import select
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO

from msgspec.structs import replace

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.csv_pages import read_table, without_pages
from copydesk.flows.sources.kinds.file_kinds import FILE_SOURCES, read_as
from copydesk.flows.sources.kinds.json_files import json_or_page, may_be_json
from copydesk.flows.sources.opening.files import guarded, page_of_file, read_at_most
from copydesk.flows.sources.opening.inflating import (
    MAX_INFLATED_BYTES,
    as_utf8,
    packing_of,
    peekable,
    unpacked,
)
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.signatures import refused_as, suffix_in_zip, suffix_of
from copydesk.flows.sources.opening.tables import head_of, is_piped_table

NAME = "-"
KIND = "stdin"
"""The kind of source that it is."""
_SOURCE = Source(KIND, NAME)
_MAX_DEPTH = 3
"""Packed twice is what a server packs again; more is meant to break something."""


def would_wait() -> bool:
    """Whether reading standard input now would have to wait for whoever writes to it."""
    if sys.stdin is None:  # closed (“<&-”)
        return False
    try:
        return not select.select([sys.stdin], [], [], 0)[0]  # a time-out of 0 only polls
    except (OSError, ValueError):  # no file, as in a notebook or a test: all there is is there
        return False


def read_standard_input(reading: Reading) -> Iterator[Page | Unreadable]:
    """What is piped in: the pages of JSON or JSON Lines, a table, an archive, a document or mail, packed or not; else
    one page. Waits for them, which is what standard input is for.
    """
    if sys.stdin is None:
        return iter((Unreadable(_SOURCE, "unreadable", "standard input is closed"),))
    return guarded(_SOURCE, _pages_from(sys.stdin.buffer, reading))


def _pages_from(stream: BinaryIO, reading: Reading) -> Iterator[Page | Unreadable]:
    if reading.input is Input.AUTO:
        # what a pipe gives first, which is enough: to wait for more could be to wait for the next page
        yield from _recognized(peekable(stream), reading, depth=1)
    elif kind := next((kind for kind in FILE_SOURCES if kind.input is reading.input), None):
        yield from kind.read_opened(stream, shown=NAME, reading=reading)
    else:
        yield _page(read_at_most(stream, reading.max_bytes + 1), reading)


def _recognized(
    stream: io.BufferedReader[Any], reading: Reading, *, depth: int
) -> Iterator[Page | Unreadable]:
    """The pages of what has no name, by how it begins; packed, by how it begins inside."""
    suffix = suffix_of(stream.peek())
    if suffix is None:
        yield from _text(as_utf8(stream), reading)
    elif packing_of(suffix) is None:
        yield from _of_a_kind(stream, suffix, reading)
    elif depth == _MAX_DEPTH:
        yield Unreadable(_SOURCE, "too_complex", f"packed more than {_MAX_DEPTH - 1} times")
    else:
        yield from _recognized(peekable(unpacked(stream, suffix)), reading, depth=depth + 1)


def _text(stream: BinaryIO, reading: Reading) -> Iterator[Page | Unreadable]:
    """The pages of JSON or of a table, or the one page."""
    fields = reading.fields
    # a page's first line may be the whole page; only an object's is read to its end
    first = stream.readline(reading.max_bytes + 1)
    if may_be_json(first):
        page = partial(_page, reading=reading)
        yield from json_or_page(stream, first, name=NAME, reading=reading, page=page)
        return
    body = first
    head = head_of(first)
    if head is not None and head.is_tight and len(head.names) > 1:
        ahead = head.rows_ahead(stream, fields)
        pages = read_table(stream, head, name=NAME, reading=reading, ahead=ahead)
        if pages is not None:
            yield from pages
            return
        body += ahead
    # no less than nothing: rows may be longer than a page
    body += read_at_most(stream, max(0, reading.max_bytes + 1 - len(body)))
    if is_piped_table(first, body):
        yield without_pages(head, fields, _SOURCE)
        return
    yield _page(body, reading)


def _page(body: bytes, reading: Reading) -> Page | Unreadable:
    return replace(page_of_file(body, shown=NAME, reading=reading), source=_SOURCE)


def _of_a_kind(stream: BinaryIO, suffix: str, reading: Reading) -> Iterator[Page | Unreadable]:
    """The pages of a file of this kind, under the name of standard input."""
    if suffix == ".zip":
        # its list of members is at its end
        content = read_at_most(stream, MAX_INFLATED_BYTES + 1)
        if len(content) > MAX_INFLATED_BYTES:
            message = f"an archive of more than {MAX_INFLATED_BYTES:,} bytes; give the file's name instead"
            yield Unreadable(_SOURCE, "too_large", message)
            return
        if refused := refused_as(content):
            yield Unreadable(_SOURCE, "wrong_type", "; ".join(refused))
            return
        stream, suffix = io.BytesIO(content), suffix_in_zip(content)
    kind = next(kind for kind in FILE_SOURCES if kind.takes(NAME + suffix, Input.AUTO))
    yield from read_as(kind, suffix, stream, shown=NAME, reading=reading)
