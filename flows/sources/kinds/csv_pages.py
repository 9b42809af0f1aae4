"""Tables of pages (CSV, TSV): one page a row, in the columns that JSON Lines have as fields."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from copydesk.cleaners.decode.charsets import detect
from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.json_lines import (
    MAX_LINE_BYTES,
    NoPage,
    PageLine,
    entry_fault,
    page_of,
    what_there_is,
)
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.files import FILES, MAX_PAGE_BYTES, FileSource, read_at_most
from copydesk.flows.sources.opening.inflating import unpacked
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.tables import TABLES, Head, SeveralHtmlColumns, head_of


def read_rows(
    file: BinaryIO, head: Head, *, name: str, fields: FieldNames, ahead: bytes = b""
) -> Iterator[Page | Unreadable]:
    """The pages of the rows behind the head, of which those ``ahead`` were read; what is wrong with a row is one
    ``Unreadable``, and the rest goes on.
    """
    columns = head.columns(fields)
    for number, (lines, row) in enumerate(_rows(_Lines(file, ahead), head.delimiter), start=1):
        source = Source(CSV_FILES.kind, f"{name}:{number}")
        try:
            if isinstance(row, str):
                raise ValueError(row)
            # a delimiter in a cell without quotation marks leaves half a page before it
            if len(row) != len(head.names):
                raise ValueError(f"{len(row)} cells, and the head has {len(head.names)}")
            values = {field: row[at] for field, at in columns.items() if row[at]}
            if values.keys().isdisjoint(BODIES):
                raise NoPage(f"the row has none of {fields.bodies}")
            yield _page(values, source)
        except ValueError as error:
            yield entry_fault(error, source, lines, "left out, mend the row")


def _page(values: dict[str, str], source: Source) -> Page:
    """Raises ValueError where the headers are no JSON object."""
    values = _in_its_encoding(values)
    headers = values.pop("headers", None)
    try:
        known = msgspec.json.decode(headers, type=dict[str, str]) if headers else None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError("its headers are no JSON object of texts") from error
    page = page_of(PageLine(**values, headers=known), source)
    text = page.body if isinstance(page.body, str) else ""
    try:
        text.encode()
        body: str | bytes = text
    except UnicodeEncodeError:
        # the file's own bytes where they are not UTF-8: the cleaner detects encodings
        body = text.encode("utf-8", "surrogateescape")
    return msgspec.structs.replace(page, body=body)


def _in_its_encoding(values: dict[str, str]) -> dict[str, str]:
    """The cells of a row that is not UTF-8, but for the page, which keeps its bytes for the cleaner."""
    raw = {field: value.encode("utf-8", "surrogateescape") for field, value in values.items()}
    try:
        b"\n".join(raw.values()).decode()
    except UnicodeDecodeError:
        encoding = detect(b"\n".join(raw.values()), ["cp1252"]) or "cp1252"
        return {
            field: value if field in BODIES else raw[field].decode(encoding, "replace")
            for field, value in values.items()
        }
    return values


def _rows(lines: _Lines, delimiter: str) -> Iterator[tuple[str, list[str] | str]]:
    """Each row with the lines it is in, the head's being the first; or what is wrong with it, and the line that is
    left out for it: the next row begins in the line behind that.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begun = lines.begin_row()
        # of the whole process: what is parsed elsewhere has smaller cells
        usual = csv.field_size_limit(MAX_LINE_BYTES)
        try:
            row = next(reader, None)
        except csv.Error as error:
            later = f" (read as far as line {lines.number})" if lines.number > begun else ""
            lines.back_to_the_second()
            yield f"line {begun}", f"{error}{later}"
            continue
        finally:
            csv.field_size_limit(usual)
        if row is None:
            return
        if row:
            yield f"lines {begun} to {lines.number}" if lines.number > begun else f"line {begun}", row


class _Lines:
    """The lines of a table, so many bytes of a row at most. Bytes that are no UTF-8 can be had back."""

    def __init__(self, file: BinaryIO, ahead: bytes) -> None:
        self._file = file
        # what was read of the file since the row began, or since a broken one before it did
        self._kept = io.BytesIO(ahead)
        # places in it: of the row, of the line read last, and behind all lines
        self._begun = self._last = 0
        self._end = len(ahead)
        # rows that begin before have one line: no line is read for the third time, whatever marks are not closed
        self._single_before = 0
        self._left = 0
        # the head is line 1
        self._first = self.number = 1

    def begin_row(self) -> int:
        """The number of the line in which the next row begins."""
        self._begun = self._kept.tell()
        if self._begun == self._end:
            self._kept.seek(0)
            self._kept.truncate()
            self._begun = self._end = self._single_before = 0
        self._left = MAX_LINE_BYTES
        self._first = self.number + 1
        return self._first

    def back_to_the_second(self) -> None:
        """Reads the lines of the row again, but the first."""
        self._single_before = max(self._single_before, self._last)
        self._kept.seek(self._begun)
        self._kept.readline()
        self.number = self._first

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        is_first = self.number < self._first
        line = b"" if not is_first and self._begun < self._single_before else self._read()
        if not line:
            if is_first:
                raise StopIteration
            raise csv.Error("a quotation mark is not closed")
        self.number += 1
        self._left -= len(line)
        if self._left <= 0:
            raise csv.Error(f"longer than {MAX_LINE_BYTES:,} bytes")
        return line.decode("utf-8", "surrogateescape")

    def _read(self) -> bytes:
        self._last = self._kept.tell()
        line = self._kept.readline()
        if not line:
            part = line = self._file.readline(MAX_LINE_BYTES)
            self._end += self._kept.write(line)
            # the rest of a line that is too long is none by itself
            while len(part) == MAX_LINE_BYTES and not part.endswith(b"\n"):
                part = self._file.readline(MAX_LINE_BYTES)
        return line


class CsvFiles(FileSource):
    """A table whose rows are pages; one without a column of pages, or a text of such a name, is as any other file."""

    kind = "csv"
    suffixes = TABLES
    is_never_empty = True
    input = Input.CSV

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        content = unpacked(file, shown)
        first = content.readline(MAX_PAGE_BYTES)
        head, ahead, pages = head_of(first), b"", None
        if head is not None:
            ahead = b"" if _is_chosen(head, reading) else head.rows_ahead(content, reading.fields)
            pages = read_table(content, head, name=shown, reading=reading, ahead=ahead)
        if pages is not None:
            yield from pages
        elif reading.input is Input.CSV:
            yield without_pages(head, reading.fields, Source(self.kind, shown))
        else:
            body = first + ahead
            body += read_at_most(content, MAX_PAGE_BYTES - len(body))
            yield FILES.page_of(body, shown=shown, reading=reading)


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
