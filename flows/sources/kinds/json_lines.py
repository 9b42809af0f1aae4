"""JSON Lines of pages: one page a line, and a line ends with a line feed and nothing else.

Keys: ``body`` (or ``html``, or ``text``), and optionally ``id``, ``url``, ``content_type``,
``headers``, ``fetched_at``, ``title``; the user may name other fields instead, and fields within these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import unescape
from itertools import chain
from typing import BinaryIO, TypeVar

import msgspec

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Announced, Page, Source
from copydesk.flows.sources.kinds.http_response import header
from copydesk.flows.sources.opening.field_names import BODIES, USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import CONTENT_TYPES, FileSource, fault_of
from copydesk.flows.sources.opening.inflating import MAX_LINE_BYTES, unpacked, whole_line
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

Value = TypeVar("Value")

_MAX_MARKS = 4_000_000
"""More quotes, commas and brackets are no page: of 50 MB of HTML one byte in fifteen is such, of a million of
values most.
"""
_RENDERED = "content.rendered"
"""Where WordPress has the HTML of a post."""
_IN_UTC = {"date": "date_gmt", "modified": "modified_gmt"}
"""Where it has the dates of a post in UTC; those of the usual names have no zone."""
_NOT_SET = "0000-00-00"
"""Begins a date in UTC that is not set, as of a draft."""
_MAX_DIGITS = 9
# set by hand: a message is one line, and rows of exports may have hundreds of fields
_SHOWN_FIELDS = 10

_MEND_IT = "mend the line; the others were read"
"""What to do about a line that is broken."""
CONVERT_IT = "convert it to UTF-8"
BOM = b"\xef\xbb\xbf"


class PageLine(msgspec.Struct):
    """The keys of a line; others are ignored, so that richer exports can be fed as they are."""

    body: str | None = None
    html: str | None = None
    text: str | None = None
    markdown: str | None = None
    id: str | int | None = None
    url: str | None = None
    content_type: str | None = None
    headers: dict[str, str] | None = None
    fetched_at: str | None = None
    # whatever a richer export has there: what is no text is not used
    title: object = None
    author: object = None
    date: object = None
    modified: object = None


class NoPage(ValueError):
    """A sound line whose object holds no page."""


class NotUtf8(ValueError):
    """JSON in another encoding; the message has what to do."""


def parse_line(line: bytes, fields: FieldNames) -> PageLine:
    """The page on a line. Raises NoPage where it has none, ValueError in words a person can act on."""
    check_marks(line)
    return line_of(parse_json(line), fields)


def check_marks(data: bytes) -> None:
    """Raises ValueError for JSON of so many values that it would fill the memory."""
    # what is too short to hold so many is not searched
    if len(data) > _MAX_MARKS and sum(map(data.count, (b'"', b",", b"[", b"{"))) > _MAX_MARKS:
        raise ValueError(f"more than {_MAX_MARKS:,} quotes, commas and brackets")


def line_of(json_value: object, fields: FieldNames) -> PageLine:
    """The page in an object, by names and paths. Raises NoPage where it has none, and ValueError."""
    value = converted(json_value, dict[str, object])
    is_wordpress = isinstance(_at(value, _RENDERED), str) and not fields.has_named_body
    names = _wordpress_names(fields, value) if is_wordpress else fields.within(value.keys())
    looked_for = names.looked_for
    found = {field: one for field, name in looked_for.items() if (one := _at(value, name)) is not None}
    bodies = [field for field in BODIES if field in found]
    empty = [looked_for[field] for field in BODIES if looked_for.get(field) in value]
    if empty and not bodies:
        raise NoPage(f"nothing in {', '.join(empty)}")
    # what was only guessed to be the page: “content” may be an object of anything
    guessed = [field for field in bodies if getattr(fields, field) != looked_for[field]]
    if not bodies or (guessed and not isinstance(found[guessed[0]], str)):
        raise NoPage(f"the object has none of {fields.bodies}{what_there_is(_paths(value))}")
    # a page may be there in several forms, of which one is read
    found = {field: one for field, one in found.items() if field not in bodies[1:]}
    if is_wordpress:
        found |= {"title": unescape(str(found.get("title", "")))}
        found |= {
            field: f"{found[field]}Z" for field, name in _IN_UTC.items() if looked_for.get(field) == name
        }
    return converted(found, PageLine)


def _wordpress_names(fields: FieldNames, post: dict[str, object]) -> FieldNames:
    """Where the REST interface of WordPress has the fields of a post; dates of no known zone only for those in UTC."""
    usual = {"html": _RENDERED, "body": None, "text": None, "title": "title.rendered", "url": "link"}
    usual |= {"author": "_embedded.author.0.name"}
    for field, in_utc in _IN_UTC.items():
        is_set = not str(post.get(in_utc) or _NOT_SET).startswith(_NOT_SET)
        usual[field] = in_utc if is_set else field
    unnamed = {field for field in usual if getattr(fields, field) == getattr(USUAL_NAMES, field)}
    return msgspec.structs.replace(fields, **{field: usual[field] for field in unnamed})


def _at(value: object, path: str) -> object:
    """What is under a name, or where a path of names and numbers leads; None for nothing."""
    if isinstance(value, dict) and path in value:
        return value[path]
    name, dot, rest = path.partition(".")
    inner = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list) and name.isdecimal() and len(name) < _MAX_DIGITS and int(name) < len(value):
        inner = value[int(name)]
    return _at(inner, rest) if dot else inner


def _paths(value: dict[str, object]) -> list[str]:
    """The names in an object, for a message; of an object within it the paths to its texts."""
    objects = {name: one for name, one in value.items() if isinstance(one, dict)}
    texts = ((name, below) for name, one in objects.items() for below in one if isinstance(one[below], str))
    return [*(name for name in value if name not in objects), *map(".".join, texts)]


# "Expected `str | null`, got `int` - at `$.body`"
_OTHER_TYPE = lazy_pattern(r"Expected `([a-z]+)[^`]*`, got `([a-z]+)`(?: - at `(?:key in )?\$\.?(.*)`)?")
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "null": "nothing",
    "object": "an object",
    "str": "a text",
}


def type_fault(problem: str) -> str:
    """The parser's message on a field of another type, in plain words; another message as it is."""
    match = _OTHER_TYPE.fullmatch(problem)
    if match is None:
        return problem
    expected, found = (_KINDS.get(kind, kind) for kind in match.group(1, 2))
    return f"{match[3] or 'a page'} is {expected}, and here {found}"


def what_there_is(found: Sequence[str]) -> str:
    """For the end of a message: the first of the fields there are, and how they are named. Nothing for none."""
    if not found:
        return ""
    more = ", …" if len(found) > _SHOWN_FIELDS else ""
    return f"; it has {', '.join(found[:_SHOWN_FIELDS])}{more} (name them with --field FIELD=NAME)"


def parse_json(data: bytes) -> object:
    """What JSON holds, lone surrogates too: Python's own ``json.dumps`` writes them. Raises ValueError."""
    try:
        return json.loads(data.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(
            f"no JSON: {error.msg.lower().removesuffix(' at')} at character {error.pos + 1}"
        ) from error
    except UnicodeDecodeError as error:
        # not guessed: JSON is UTF-8 (RFC 8259, 8.1)
        line, start = data.count(b"\n", 0, error.start) + 1, data.rfind(b"\n", 0, error.start)
        place = f"byte {error.start - start}" + (f" of line {line}" if line > 1 else "")
        raise NotUtf8(f"not UTF-8, as JSON has to be, at {place}; {CONVERT_IT}") from error
    except RecursionError as error:
        raise ValueError("no JSON that can be read: it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"no JSON object: {error}") from error


def converted(value: object, kind: type[Value]) -> Value:
    """A value as one of a type. Raises ValueError in plain words."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(type_fault(str(error))) from error


def read_entry(
    read: Callable[[], Page | Unreadable], source: Source, place: str, advice: str
) -> Page | Unreadable:
    """The page of a line, row or object at a place such as “line 3”, or what is wrong with that: others follow."""
    try:
        return read()
    except ValueError as error:
        reason = "no_page" if isinstance(error, NoPage) else "broken_line"
        end = "" if isinstance(error, NoPage | NotUtf8) else f"; {advice}"
        return Unreadable(source, reason, f"{place}: {error}{end}")
    except Exception as error:  # noqa: BLE001 - the boundary of an entry
        return fault_of(source, error)


def page_of(line: PageLine, source: Source) -> Page:
    """The page of a line; the name of ``source`` is used where it has no ``id``."""
    headers = line.headers or {}
    # the line's own key counts for more than a header in it
    kind = line.content_type or header(headers, "content-type")
    # in the order of field_names.BODIES
    bodies = (
        (line.body, None, kind),
        (line.html, "html", kind),
        (line.text, "text", kind),
        (line.markdown, None, CONTENT_TYPES[".md"]),
    )
    body, media, content_type = next((one for one in bodies if one[0] is not None), bodies[0])
    id_ = None if line.id is None else _storable(str(line.id))
    return Page(
        body=body or "",
        url=_storable(line.url),
        content_type=content_type,
        headers=headers,
        fetched_at=_storable(line.fetched_at),
        source=Source(source.kind, id_ or source.name),
        media=media,
        announced=_announced(line),
    )


def _announced(line: PageLine) -> Announced | None:
    title, author, date, modified = (
        _storable(one) or None if isinstance(one, str) else None
        for one in (line.title, line.author, line.date, line.modified)
    )
    if title or author or date or modified:
        authors = (author,) if author else ()
        return Announced("fields", title=title, authors=authors, published=date, updated=modified)
    return None


def _storable(value: str | None) -> str | None:
    """The value without lone surrogates, which no UTF-8 file can hold."""
    return value and value.encode("utf-8", "replace").decode("utf-8")


def read_lines(
    file: BinaryIO, *, name: str, fields: FieldNames, first: bytes | None = None
) -> Iterator[Page | Unreadable]:
    """The pages of an open stream; a broken line is one ``Unreadable``, and the rest goes on.

    ``first`` is the first line where the caller has read it already.
    """
    # only a file begins with a byte order mark
    start = (whole_line(file) if first is None else first).removeprefix(BOM)
    for number, line in enumerate(chain((start,), iter(partial(whole_line, file), b"")), start=1):
        # editors leave an empty line at the end: that is no page, and no fault either
        if not line.strip(b" \t\r\n"):
            continue
        source = Source(JSON_LINES.kind, f"{name}:{number}")
        yield read_entry(partial(_page_on, line, fields, source), source, f"line {number}", _MEND_IT)


def _page_on(line: bytes, fields: FieldNames, source: Source) -> Page:
    if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
        raise ValueError(f"longer than {MAX_LINE_BYTES:,} bytes")
    return page_of(parse_line(line, fields), source)


class JsonLines(FileSource):
    """A file of pages, one a line."""

    kind = "jsonl"
    suffixes = (".jsonl", ".ndjson")
    input = Input.JSONL

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        return read_lines(unpacked(file, shown), name=shown, fields=reading.fields)


JSON_LINES = JsonLines()
