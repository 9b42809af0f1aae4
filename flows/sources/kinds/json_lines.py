"""JSON Lines of pages: one page a line, and a line ends with a line feed and nothing else.

Keys: ``body`` (or ``html``, or ``text``), and optionally ``id``, ``url``, ``content_type``,
``headers``, ``fetched_at``; the user may name other fields instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import BinaryIO, get_type_hints

import msgspec

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import FileSource
from copydesk.flows.sources.opening.inflating import unpacked
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

MAX_LINE_BYTES = 50_000_000
"""A longer line is skipped; the largest page accepted (20 MB) fits with most of it escaped."""

_MAX_MARKS = 4_000_000
"""More quotes, commas and brackets are no page: of 50 MB of HTML one byte in fifteen is such, of a million of
values most.
"""
_MARKS = (b'"', b",", b"[", b"{")
# set by hand: a message is one line, and rows of exports may have hundreds of fields
_SHOWN_FIELDS = 10

MEND_IT = "mend the line; the others were read"
"""What to do about a line that is broken."""
_BOM = b"\xef\xbb\xbf"


class PageLine(msgspec.Struct):
    """The keys of a line; others are ignored, so that richer exports can be fed as they are."""

    body: str | None = None
    html: str | None = None
    text: str | None = None
    id: str | int | None = None
    url: str | None = None
    content_type: str | None = None
    headers: dict[str, str] | None = None
    fetched_at: str | None = None


class NoPage(ValueError):
    """A sound line whose object holds no page."""


ParseLine = Callable[[bytes], PageLine]


# each source of a list may have names of its own; the type of a line is built once for each
@lru_cache(maxsize=64)
def line_parser(fields: FieldNames) -> ParseLine:
    """What reads the page on a line. It raises ValueError in words a person can act on."""
    kind = _line_type(fields)
    decode = msgspec.json.Decoder(kind).decode

    def parse(line: bytes) -> PageLine:
        # lines that are too short to hold so many are not searched
        if len(line) > _MAX_MARKS and sum(map(line.count, _MARKS)) > _MAX_MARKS:
            raise ValueError(f"more than {_MAX_MARKS:,} quotes, commas and brackets")
        try:
            parsed = decode(line)
        # before DecodeError, of which it is one: the line is JSON, but its fields are of other types
        except msgspec.ValidationError as error:
            raise ValueError(_in_words(str(error))) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            parsed = _parse_leniently(line, kind)
        if not isinstance(parsed, PageLine):
            parsed = PageLine(**msgspec.structs.asdict(parsed))
        if parsed.body is None and parsed.html is None and parsed.text is None:
            raise NoPage(f"the object has none of {fields.bodies}{_what_there_is(line)}")
        return parsed

    return parse


# "Expected `str | null`, got `int` - at `$.body`"
_OTHER_TYPE = re.compile(r"Expected `([a-z]+)[^`]*`, got `([a-z]+)`(?: - at `(?:key in )?\$\.?(.*)`)?")
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "null": "nothing",
    "object": "an object",
    "str": "a text",
}


def _in_words(problem: str) -> str:
    """The parser's message on a field of another type, in plain words."""
    match = _OTHER_TYPE.fullmatch(problem)
    if match is None:
        return problem
    expected, found = (_KINDS.get(kind, kind) for kind in match.group(1, 2))
    return f"{match[3] or 'a page'} is {expected}, and here {found}"


def _what_there_is(line: bytes) -> str:
    """The fields of a line without a page, for a message."""
    try:
        found = list(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # only the other parser reads it
        return ""
    return what_there_is(found)


def what_there_is(found: Sequence[str]) -> str:
    """For the end of a message: the first of the fields there are, and how they are named. Nothing for none."""
    if not found:
        return ""
    more = ", …" if len(found) > _SHOWN_FIELDS else ""
    return f"; there are {', '.join(found[:_SHOWN_FIELDS])}{more} (name them with --field FIELD=NAME)"


def _line_type(fields: FieldNames) -> type[msgspec.Struct]:
    """What a line is decoded to: the fields of a PageLine that are looked for, under their names."""
    if fields == USUAL_NAMES:
        return PageLine
    types = get_type_hints(PageLine)
    looked_for = fields.looked_for
    return msgspec.defstruct(
        "NamedLine", [(name, types[name], None) for name in looked_for], rename=looked_for
    )


def _parse_leniently(line: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Again, with a parser that lets lone surrogates pass: Python's own ``json.dumps`` writes them."""
    try:
        return msgspec.convert(json.loads(line.decode("utf-8")), kind)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"no JSON: {error.msg.lower().removesuffix(' at')} at character {error.pos + 1}"
        ) from error
    except msgspec.ValidationError as error:
        raise ValueError(_in_words(str(error))) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON object: {error}") from error


def page_of(line: PageLine, *, name: str) -> Page:
    """The page of a line; ``name`` is used where it has no ``id``."""
    body, media = line.body, None
    # in the order of field_names.BODIES
    if body is None:
        body, media = (line.html, "html") if line.html is not None else (line.text, "text")
    headers = line.headers or {}
    declared = next((value for key, value in headers.items() if key.lower() == "content-type"), None)
    return Page(
        body=body or "",
        url=_storable(line.url),
        # the line's own key counts for more than a header in it
        content_type=line.content_type or declared,
        headers=headers,
        fetched_at=_storable(line.fetched_at),
        source=Source(JSON_LINES.kind, name if line.id is None else _storable(str(line.id)) or name),
        media=media,
    )


def _storable(value: str | None) -> str | None:
    """The value without lone surrogates, which no UTF-8 file can hold."""
    return value and value.encode("utf-8", "replace").decode("utf-8")


def read_lines(
    file: BinaryIO, *, name: str, fields: FieldNames, first: bytes | None = None
) -> Iterator[Page | Unreadable]:
    """The pages of an open stream; a broken line is one ``Unreadable``, and the rest goes on.

    ``first`` is the first line where the caller has read it already.
    """
    parse = line_parser(fields)
    for number, line in enumerate(_split(file, first), start=1):
        where = f"{name}:{number}"
        # editors leave an empty line at the end: that is no page, and no fault either
        if line is not None and not line.strip(b" \t\r\n"):
            continue
        try:
            if line is None:
                raise ValueError(f"longer than {MAX_LINE_BYTES:,} bytes")
            yield page_of(parse(line), name=where)
        except NoPage as error:
            yield Unreadable(Source(JSON_LINES.kind, where), "no_page", f"line {number}: {error}")
        except ValueError as error:
            message = f"line {number}: {error}; {MEND_IT}"
            yield Unreadable(Source(JSON_LINES.kind, where), "broken_line", message)


def _split(file: BinaryIO, first: bytes | None) -> Iterator[bytes | None]:
    """Lines of bounded length; None for a line that was too long and skipped."""
    line = file.readline(MAX_LINE_BYTES) if first is None else first
    # only a file begins with a byte order mark
    line = line.removeprefix(_BOM)
    while line:
        if line.endswith(b"\n") or len(line) < MAX_LINE_BYTES:
            yield line
        else:
            # by the megabyte: the rest of such a line is never held
            while line and not line.endswith(b"\n"):
                line = file.readline(1 << 20)
            yield None
        line = file.readline(MAX_LINE_BYTES)


class JsonLines(FileSource):
    """A file of pages, one a line."""

    kind = "jsonl"
    suffixes = (".jsonl", ".ndjson")
    input = Input.JSONL

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        return read_lines(unpacked(file, shown), name=shown, fields=reading.fields)


JSON_LINES = JsonLines()
