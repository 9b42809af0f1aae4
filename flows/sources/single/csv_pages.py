"""Tables of pages (CSV, TSV): one page a row, in the columns that JSON Lines have as fields."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.files import FILES, MAX_PAGE_BYTES, read_at_most, read_path, shown_name
from copydesk.flows.sources.opening.inflating import unpacked, without_packing
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable
from copydesk.flows.sources.opening.tables import TABLES, Head, head_of
from copydesk.flows.sources.single.json_lines import MAX_LINE_BYTES, NoPage, PageLine, page_of, what_there_is

_MEND_IT = "mend the row; the others were read"


def read_rows(file: BinaryIO, head: Head, *, name: str, fields: FieldNames) -> Iterator[Page | Unreadable]:
    """The pages of the rows behind the head; what is wrong with a row is one ``Unreadable``, and the rest goes on."""
    columns = head.columns(fields)
    is_broken = False
    for number, (line, row) in enumerate(_rows(file, head.delimiter), start=1):
        where = f"{name}:{number}"
        # lines behind a broken row may be of its cells; and a delimiter in a cell without quotation marks
        # leaves half a page before it
        is_whole = len(row) == len(head.names)
        if is_broken and (isinstance(row, str) or not is_whole):
            continue
        is_broken = isinstance(row, str)
        try:
            if isinstance(row, str):
                raise ValueError(row)
            if not is_whole:
                raise ValueError(f"{len(row)} cells, and the head has {len(head.names)}")
            values = {field: row[at] for field, at in columns.items() if row[at]}
            if values.keys().isdisjoint(BODIES):
                raise NoPage(f"the row has none of {fields.bodies}")
            yield _page(values, where)
        except NoPage as error:
            yield Unreadable(Source(CSV_FILES.kind, where), "no_page", f"line {line}: {error}")
        except ValueError as error:
            told = f"line {line}: {error}; {_MEND_IT}"
            yield Unreadable(Source(CSV_FILES.kind, where), "broken_line", told)


def _page(values: dict[str, str], where: str) -> Page:
    """Raises ValueError where the headers are no JSON object."""
    headers = values.pop("headers", None)
    try:
        known = msgspec.json.decode(headers, type=dict[str, str]) if headers else None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise ValueError("its headers are no JSON object of texts") from error
    page = page_of(PageLine(**values, headers=known), name=where)
    text = page.body if isinstance(page.body, str) else ""
    try:
        text.encode()
        body: str | bytes = text
    except UnicodeEncodeError:
        # the file's own bytes where they are no UTF-8: the cleaner tells encodings
        body = text.encode("utf-8", "surrogateescape")
    # page_of writes the kind of JSON Lines
    return msgspec.structs.replace(page, body=body, source=Source(CSV_FILES.kind, page.source.name))


def _rows(file: BinaryIO, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with the line it begins in, the head's being the first; or what is wrong with it."""
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begun = reader.line_num + 2
        lines.left = MAX_LINE_BYTES
        # of the whole process: what is parsed elsewhere has smaller cells
        usual = csv.field_size_limit(MAX_LINE_BYTES)
        try:
            row: list[str] | str | None = next(reader, None)
        except csv.Error as error:
            row = str(error)
        finally:
            csv.field_size_limit(usual)
        if row is None:
            return
        if row:
            yield begun, row


class _Lines:
    """The lines of a table, so many bytes of a row at most. Bytes that are no UTF-8 can be had back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.left = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_LINE_BYTES)
        self.left -= len(line)
        if self.left <= 0:
            raise csv.Error(f"longer than {MAX_LINE_BYTES:,} bytes")
        if not line:
            raise StopIteration
        return line.decode("utf-8", "surrogateescape")


class CsvFiles:
    """A table whose rows are pages; one without a column of pages, or a text of such a name, is as any other file."""

    kind = "csv"

    def takes(self, name: str, input_: Input) -> bool:
        return input_ is Input.CSV or (
            input_ is Input.AUTO and without_packing(name).lower().endswith(TABLES)
        )

    def read(self, name: str, reading: Reading) -> Iterator[Page | Unreadable]:
        return read_path(self, name, shown=shown_name(name), reading=reading)

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        content = unpacked(file, shown)
        first = content.readline(MAX_PAGE_BYTES)
        head = head_of(first)
        if head is not None and head.has_pages(reading.fields):
            yield from read_rows(content, head, name=shown, fields=reading.fields)
        elif reading.input is Input.CSV:
            yield without_pages(head, reading.fields, Source(self.kind, shown))
        else:
            body = first + read_at_most(content, MAX_PAGE_BYTES - len(first))
            yield FILES.page_of(body, shown=shown, reading=reading)


def without_pages(head: Head | None, fields: FieldNames, source: Source) -> Unreadable:
    """What is said of a table in which no column holds pages."""
    there = what_there_is(head.names if head else ())
    return Unreadable(source, "no_page", f"no column is named {fields.bodies}{there}")


CSV_FILES = CsvFiles()
