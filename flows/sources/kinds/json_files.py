"""JSON of pages in one piece, as programs answer and export: an object, a list of objects, or such a list within an
object; and JSON Lines that are called so.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

from msgspec.structs import replace

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.json_lines import (
    BOM,
    NoPage,
    check_marks,
    line_of,
    page_of,
    parse_json,
    parse_line,
    read_entry,
    read_lines,
)
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.opening.files import EMPTY, FileSource, read_at_most
from copydesk.flows.sources.opening.inflating import MAX_LINE_BYTES, unpacked
from copydesk.flows.sources.opening.page_source import Reading, Unreadable

_LEVELS = 3
"""``{"response": {"docs": [{"html": …}]}}``: so deep lists of pages are looked for."""


def is_page_line(line: bytes, fields: FieldNames) -> bool:
    """Whether a line is the object of a page."""
    try:
        # “{{ title }}” or a line of CSS begins with a brace as well, and is the beginning of one page
        parse_line(line.removeprefix(BOM), fields)
    except ValueError:
        return False
    return True


def read_json(data: bytes, *, name: str, fields: FieldNames) -> Iterator[Page | Unreadable]:
    """The pages in JSON; one ``Unreadable`` where there are none. Raises ValueError where it is no JSON."""
    source = Source(JSON_FILES.kind, name)
    if len(data) > MAX_LINE_BYTES:
        message = (
            f"more than {MAX_LINE_BYTES:,} bytes of JSON in one piece; make JSON Lines of it: jq -c '.[]'"
        )
        yield Unreadable(source, "too_large", message)
        return
    try:
        check_marks(data)
    except ValueError as error:
        yield Unreadable(source, "too_complex", str(error))
        return
    value = parse_json(data.removeprefix(BOM))
    found = list(_pages(value, fields, _LEVELS))
    if value and not found:
        # what there is instead, in the first object of the first list
        why = "JSON without a page"
        try:
            line_of(_first_object(value, _LEVELS) or value, fields)
        except ValueError as error:
            why += f": {error}"
        yield Unreadable(source, "no_page", why)
        return
    for number, one in enumerate(found, start=1):
        place = Source(JSON_FILES.kind, name if one is value else f"{name}:{number}")
        read = partial(_page_in, one, fields, place)
        yield read_entry(read, place, f"entry {number}", "mend it; the others were read")


def _page_in(value: object, fields: FieldNames, source: Source) -> Page:
    return page_of(line_of(value, fields), source)


def pages_in_answer(page: Page, fields: FieldNames) -> Iterator[Page | Unreadable]:
    """The pages in a server's JSON, each with the time and the terms of use of the answer; any other page itself."""
    if (page.content_type or "").partition(";")[0].strip().lower() != "application/json":
        yield page
        return
    body = page.body if isinstance(page.body, bytes) else page.body.encode()
    headers = {name: value for name, value in page.headers.items() if name.lower() != "content-type"}
    try:
        for one in read_json(body, name=page.source.name, fields=fields):
            # all of the answer is one page
            url = one.url or (page.url if one.source.name == page.source.name else None)
            source = page.source if url else Source(page.source.kind, one.source.name)
            if isinstance(one, Unreadable):
                yield replace(one, source=source, url=page.url, signals=page.signals)
            else:
                known = {
                    "url": url,
                    "headers": {**headers, **one.headers},
                    "fetched_at": one.fetched_at or page.fetched_at,
                }
                yield replace(one, source=source, signals=page.signals, **known)
    except ValueError as error:
        yield Unreadable(page.source, "damaged", str(error), page.url, page.signals)


def _pages(value: object, fields: FieldNames, levels: int) -> Iterator[object]:
    """The page itself, or the entries of every list in which there is one."""
    if isinstance(value, list):
        yield from value if any(_has_page(one, fields) for one in value) else ()
    elif isinstance(value, dict) and levels:
        if _has_page(value, fields):
            yield value
        else:
            for one in value.values():
                yield from _pages(one, fields, levels - 1)


def _has_page(value: object, fields: FieldNames) -> bool:
    try:
        line_of(value, fields)
    except NoPage:
        return False
    except ValueError:  # an object whose fields are of other types is one that is reported
        return isinstance(value, dict)
    return True


def _first_object(value: object, levels: int) -> object:
    """The first object in a list, so deep at most; None where there is none."""
    if isinstance(value, list):
        return next((one for one in value if isinstance(one, dict)), None)
    inner = value.values() if levels and isinstance(value, dict) else ()
    return next((found for one in inner if (found := _first_object(one, levels - 1))), None)


class JsonFiles(FileSource):
    """A file of JSON."""

    kind = "json"
    suffixes = (".json",)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        content = unpacked(file, shown)
        first = content.readline(MAX_LINE_BYTES)

        try:
            yield from read_json_or_lines(content, first, name=shown, fields=reading.fields)
        except NoJson as error:
            if is_object(first):
                # lines whose fields have other names: each says what there is
                yield from read_lines(io.BytesIO(error.data), name=shown, fields=reading.fields)
            else:
                fault = ("damaged", str(error)) if error.data.strip() else EMPTY
                yield Unreadable(Source(self.kind, shown), *fault)


def may_be_json(first: bytes) -> bool:
    """Whether a first line begins as JSON of pages does."""
    # a byte order mark and blanks may come first, as some editors and exports leave them
    return first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))


def json_or_page(
    stream: BinaryIO, first: bytes, *, name: str, reading: Reading, page: Callable[[bytes], Page | Unreadable]
) -> Iterator[Page | Unreadable]:
    """The pages of JSON Lines or JSON whose first line was read; the one ``page`` where it is neither."""
    # shorter than requested, without a line feed: the input is at its end
    if not first.endswith(b"\n") and len(first) > reading.max_bytes:
        first += stream.readline(max(0, MAX_LINE_BYTES - len(first)))

    try:
        yield from read_json_or_lines(stream, first, name=name, fields=reading.fields)
    except NoJson as error:  # “[1] A footnote”
        yield page(error.data[: reading.max_bytes + 1])


class NoJson(ValueError):
    """Content that is neither JSON nor JSON Lines; the message has why."""

    def __init__(self, problem: str, data: bytes) -> None:
        super().__init__(problem)
        self.data = data


def read_json_or_lines(
    stream: BinaryIO, first: bytes, *, name: str, fields: FieldNames
) -> Iterator[Page | Unreadable]:
    """The pages of what may be either, by the first line. Raises NoJson, and gives nothing then."""
    if is_page_line(first, fields):
        yield from read_lines(stream, name=name, fields=fields, first=first)
        return
    # no less than nothing: the line of an object may be longer than a page
    data = first + read_at_most(stream, max(0, MAX_LINE_BYTES + 1 - len(first)))
    try:
        yield from read_json(data, name=name, fields=fields)
    except ValueError as error:
        raise NoJson(str(error), data) from error


def is_object(line: bytes) -> bool:
    """Whether a line by itself is an object."""
    try:
        check_marks(line)
        return isinstance(parse_json(line.removeprefix(BOM)), dict)
    except ValueError:
        return False


JSON_FILES = JsonFiles()
