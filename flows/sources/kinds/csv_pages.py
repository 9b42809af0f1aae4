"""Tables of pages (CSV, TSV): one page a row, in the columns that JSON Lines have as fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import BinaryIO

import msgspec

from copydesk.cleaners.decode.charsets import detect
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.json_lines import (
    PageLine,
    page_of,
    read_entry,
    what_there_is,
)
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, FileSource, page_of_file, read_at_most
from copydesk.flows.sources.opening.inflating import MAX_LINE_BYTES, as_utf8, peekable, unpacked
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.tables import TABLES, Head, Row, SeveralHtmlColumns, head_of, table_rows

# enough to tell an encoding; set by hand: a table of a few pages is read whole, a large one not held
_ROWS_BYTES = 200_000
# as the cleaner looks for it
_DECLARED_BYTES = 8_192
# likewise of its row, in a media type
_CHARSET = lazy_pattern(r"charset\s*=[\s\"']*(?!utf-?8)\w", re.IGNORECASE)
# a page that says how it is encoded itself; in a table that is not UTF-8, “utf-8” is what it was before
_OWN_CHARSET = lazy_pattern(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=[\s\"']*(?!utf-?8)[\w]", re.IGNORECASE
)


def read_rows(
    file: BinaryIO, head: Head, *, name: str, fields: FieldNames, ahead: bytes = b""
) -> Iterator[Page | Unreadable]:
    """The pages of the rows behind the head, of which those ``ahead`` were read; what is wrong with a row is one
    ``Unreadable``, and the rest goes on.
    """
    columns = head.columns(fields)
    pages = ", ".join(head.names[at] for field, at in columns.items() if field in BODIES)
    encoding = _Encoding(ahead)
    for number, row in enumerate(_rows(table_rows(file, head.delimiter, ahead=ahead), head), start=1):
        source = Source(CSV_FILES.kind, f"{name}:{number}")
        read = partial(_page, row, columns, pages, source, encoding)
        yield read_entry(read, source, row.place, "left out, mend the row")


def _page(
    row: Row, columns: Mapping[str, int], pages: str, source: Source, encoding: _Encoding
) -> Page | Unreadable:
    """Raises ValueError for a broken row, and where the headers are no JSON object."""
    if row.fault:
        raise ValueError(row.fault)
    values = {field: row.cells[at] for field, at in columns.items() if row.cells[at]}
    field = next((field for field in BODIES if field in values), None)
    if field is None:
        url = encoding.text(values.get("url", "")) or None
        return Unreadable(source, "empty", f"{row.place}: nothing in {pages}", url)
    texts = {one: encoding.text(value) for one, value in values.items() if one not in BODIES}
    headers = texts.pop("headers", None)
    try:
        known = msgspec.json.decode(headers, type=dict[str, str]) if headers else None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError("its headers are no JSON object of texts") from error
    page = page_of(PageLine(**texts, **{field: ""}, headers=known), source)
    is_declared = _CHARSET.search(page.content_type or "") is not None
    return msgspec.structs.replace(page, body=encoding.page(values[field], is_declared=is_declared))


class _Encoding:
    """How the cells of a table are written that are not UTF-8: in one encoding, which the first rows tell."""

    def __init__(self, rows: bytes) -> None:
        self._rows = rows
        self._name = ""

    def text(self, cell: str) -> str:
        """A cell as text."""
        raw = _raw(cell)
        return cell if raw is None else raw.decode(self._known_by(raw), "replace")

    def page(self, cell: str, *, is_declared: bool) -> str | bytes:
        """A page as text; as bytes, which the cleaner reads, where its row or the page itself declares an encoding."""
        raw = _raw(cell)
        if raw is None:
            return cell
        try:
            is_declared = is_declared or _OWN_CHARSET.search(raw, 0, _DECLARED_BYTES) is not None
            return raw if is_declared else raw.decode(self._known_by(raw))
        except UnicodeDecodeError:
            return raw

    def _known_by(self, raw: bytes) -> str:
        self._name = self._name or detect(self._rows + raw, ["cp1252"]) or "cp1252"
        return self._name


def _raw(cell: str) -> bytes | None:
    """The bytes of a cell that is not UTF-8; else None."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return cell.encode("utf-8", "surrogateescape")
    return None


def _rows(rows: Iterator[Row], head: Head) -> Iterator[Row]:
    """The rows; the lines that a quotation mark without an end has left over are one broken row with its own."""
    broken: Row | None = None
    for row in rows:
        # a delimiter in a cell without quotation marks leaves half a page before it
        if not row.fault and len(row.cells) != len(head.names):
            row.fault = f"{len(row.cells)} cells, and the head has {len(head.names)}"
        if broken is not None and row.fault and row.begin <= broken.reach:
            broken.end = row.end
            continue
        if broken is not None:
            yield broken
        broken = row if row.reach else None
        if broken is None:
            yield row
    if broken is not None:
        yield broken


class CsvFiles(FileSource):
    """A table whose rows are pages; one without a column of pages, or a text of such a name, is as any other file."""

    kind = "csv"
    suffixes = TABLES
    is_never_empty = True
    input = Input.CSV

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        content = as_utf8(peekable(unpacked(file, shown)))
        first = content.readline(MAX_PAGE_BYTES)
        head, ahead, pages = head_of(first), b"", None
        if head is not None:
            # what is called a table may be piped in, and its next row not be there yet
            read = content.read1 if _is_chosen(head, reading) else partial(read_at_most, content)
            ahead = read(_ROWS_BYTES)
            ahead += b"" if ahead.endswith(b"\n") else content.readline(MAX_LINE_BYTES)
            pages = read_table(content, head, name=shown, reading=reading, ahead=ahead)
        if pages is not None:
            yield from pages
        elif reading.input is Input.CSV:
            yield without_pages(head, reading.fields, Source(self.kind, shown))
        else:
            body = first + ahead
            body += read_at_most(content, MAX_PAGE_BYTES - len(body))
            yield page_of_file(body, shown=shown, reading=reading)


def read_table(
    file: BinaryIO, head: Head, *, name: str, reading: Reading, ahead: bytes
) -> Iterator[Page | Unreadable] | None:
    """The pages of the rows behind the head, of which those ``ahead`` were read; None where no column holds pages."""
    try:
        fields = head.fields_by(reading.fields, ahead)
    except SeveralHtmlColumns as error:
        return iter([Unreadable(Source(CSV_FILES.kind, name), "no_page", str(error))])
    if not _is_chosen(head, reading) and not head.has_pages(fields, ahead):
        return None
    if fields != reading.fields and reading.notify is not None:
        reading.notify(
            f"{name}: no column is named {reading.fields.bodies}; the pages are read from {fields.html}, which holds "
            "HTML (--field html=NAME names another)"
        )
    return read_rows(file, head, name=name, fields=fields, ahead=ahead)


def _is_chosen(head: Head, reading: Reading) -> bool:
    """Whether the user calls the file a table of pages: then each column is one that has such a name."""
    return reading.input is Input.CSV and bool(_texts(head, reading.fields))


def without_pages(head: Head | None, fields: FieldNames, source: Source) -> Unreadable:
    """The item for a table in which no column holds pages."""
    texts = _texts(head, fields) if head else []
    if texts:
        message = (
            f"a table of URLs ({fields.url}); if the pages are in {texts[0]}, give --field text={texts[0]}"
        )
        return Unreadable(source, "no_page", message)
    there = what_there_is(head.names if head else ())
    return Unreadable(source, "no_page", f"no column is named {fields.bodies}{there}")


def _texts(head: Head, fields: FieldNames) -> list[str]:
    """The names of the columns that may hold pages."""
    return [head.names[at] for field, at in head.columns(fields).items() if field in BODIES]


CSV_FILES = CsvFiles()
