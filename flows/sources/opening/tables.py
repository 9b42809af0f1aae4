"""Tables of values separated by commas: what a spreadsheet writes, and no page; a row may hold one."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.inflating import MAX_LINE_BYTES, WIDE_MARKS, whole_line, without_packing

TABLES = (".csv", ".tsv")
"""Ends of the names of tables."""
_DELIMITERS = ",;\t"
# set by hand: enough to distinguish a table from a text of that name
_ROWS = 20
_BYTES = 50_000
# set by hand: a remark above the table, or a row with a cell too many, makes it no text
_MOST = 0.8
# set by hand: the words of a link have some ten, the shortest of articles more
_PAGE_CHARS = 200
_MAX_LINES = 1_000_000
"""Of a row: a page of 20 MB has fewer."""
_UNCLOSED = "a quotation mark is misplaced or not closed"
_MARKUP = lazy_pattern(r"[\s\ufeff]*<(?:!doctype|!--|\?xml|[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)
_DOCUMENT = lazy_pattern(
    # possessive: a comment that takes in the next ones doubles the time with each
    r"[\s\ufeff]*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*+-->\s*)*+<(?:!doctype\s|(?:html|head|body)[\s>])",
    re.IGNORECASE | re.DOTALL,
)
"""How a whole document begins: no extract of a page does."""
# set by hand: a page has many times the tags of an extract of it
_MORE_TAGS = 2


class SeveralHtmlColumns(ValueError):
    """Several columns of a table may hold its pages; the message has what to do."""


class Head(Struct, frozen=True):
    """The first row of a table: its delimiter, and what its columns are called."""

    delimiter: str
    names: tuple[str, ...]
    is_tight: bool = True
    """Whether no name has a blank beside it, as a clause has behind its comma."""

    def columns(self, known: FieldNames) -> dict[str, int]:
        """The fields of a page that have a column, each with its place. Names know no case, as in spreadsheets."""
        lower = [name.lower() for name in self.names]
        return {
            field: lower.index(name.lower())
            for field, name in known.within(lower).looked_for.items()
            if name.lower() in lower
        }

    def fields_by(self, known: FieldNames, rows: bytes) -> FieldNames:
        """The names of the fields; where no column has one for pages, that of the column of HTML in the first rows,
        if there is one. Raises SeveralHtmlColumns.
        """
        if known.has_named_body or not {*BODIES}.isdisjoint(self.columns(known)):
            return known
        found = self._first(rows)
        columns = {name: _cells(found, at) for at, name in enumerate(self.names) if name}
        tags = {name: count for name, cells in columns.items() if (count := _tags(cells))}
        most = max(tags.values(), default=0)
        taken = [name for name, count in tags.items() if count * _MORE_TAGS > most]
        if len(taken) > 1:
            raise SeveralHtmlColumns(
                f"no column is named {known.bodies}, and HTML is in {', '.join(taken)}; "
                f"name the one of pages: --field html={taken[0]}"
            )
        return replace(known, html=taken[0], body=None, text=None) if taken else known

    def has_pages(self, known: FieldNames, rows: bytes = b"") -> bool:
        """Whether one of its columns holds pages, by its name and, beside URLs, by the first rows."""
        columns = self.columns(known)
        if known.has_named_body or "html" in columns or "url" not in columns:
            return not {*BODIES}.isdisjoint(columns)
        # a text beside a URL may be the words of a link to it
        found = self._first(rows)
        return any(_are_pages(_cells(found, columns[field])) for field in BODIES if field in columns)

    def _first(self, rows: bytes) -> list[list[str]]:
        return _rows(rows[:_BYTES].decode("utf-8-sig", "replace"), self.delimiter)[:_ROWS]

    def rows_ahead(self, file: BinaryIO, known: FieldNames) -> bytes:
        """The first rows behind the head, where they decide; nothing is waited for else."""
        is_decided = known.has_named_body or self.has_pages(known)
        rows = b""
        while not is_decided and len(rows) < _BYTES and (line := file.readline(MAX_LINE_BYTES)):
            rows += line
        return rows


def head_of(line: bytes) -> Head | None:
    """The head of a table that begins with this line; None where it is none: a name occurs twice."""
    text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    delimiter = delimiter_of(text)
    try:
        cells = next(csv.reader([text.rstrip("\r\n")], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None
    names = tuple(cell.strip() for cell in cells)
    # without a name may be a column of numbers, as statistics programs put it first
    named = [name for name in names if name]
    return Head(delimiter, names, is_tight=list(names) == cells) if len({*named}) == len(named) else None


class Row(Struct):
    """A row and the lines that it is in, the head's being the first; or what is wrong with these lines.

    ``reach``: the line up to which a cell was read whose quotation mark is not closed.
    ``line``: the first of a broken row.
    """

    begin: int
    end: int
    cells: list[str] = []
    fault: str = ""
    reach: int = 0
    line: str = ""

    @property
    def place(self) -> str:
        return f"lines {self.begin} to {self.end}" if self.end > self.begin else f"line {self.begin}"


def table_rows(file: BinaryIO, delimiter: str, *, ahead: bytes = b"", number: int = 1) -> Iterator[Row]:
    """Each row; of a broken one its first line: the next row begins in the line behind that."""
    lines = _Lines(file, ahead, number)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begin = lines.begin_row()
        fault = ""
        # of the whole process: what is parsed elsewhere has smaller cells
        usual = csv.field_size_limit(MAX_LINE_BYTES)
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cells, fault = [], _UNCLOSED if "expected after" in str(error) else str(error)
        finally:
            csv.field_size_limit(usual)
        if cells is None:
            return
        if fault:
            reach = lines.number if lines.number > begin else 0
            fault += f" (read as far as line {reach})" if reach else ""
            yield Row(begin, begin, fault=fault, reach=reach, line=lines.back_to_the_second())
        elif cells:
            yield Row(begin, lines.number, cells)


class _Lines:
    """The lines of a table, so many of a row at most. Bytes that are no UTF-8 can be had back."""

    def __init__(self, file: BinaryIO, ahead: bytes, number: int) -> None:
        self._file = file
        self._waiting = deque(io.BytesIO(ahead).readlines())
        self._row: list[bytes] = []
        # rows that begin before have one line: no line is read for the third time, whatever marks are not closed
        self._single_before = self._left = 0
        self._first = self.number = number

    def begin_row(self) -> int:
        """The number of the line in which the next row begins."""
        self._row.clear()
        self._left = MAX_LINE_BYTES
        self._first = self.number + 1
        return self._first

    def back_to_the_second(self) -> str:
        """Reads the lines of the row again, but the first, which is returned."""
        self._single_before = max(self._single_before, self.number)
        self._waiting.extendleft(reversed(self._row[1:]))
        self.number = self._first
        return _as_text(self._row[0])

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._row and self._first < self._single_before:
            raise csv.Error(_UNCLOSED)
        line = self._waiting.popleft() if self._waiting else whole_line(self._file)
        if not line and not self._row:
            raise StopIteration
        if not line:
            self._single_before = self.number + 1
            raise csv.Error(_UNCLOSED)
        self._row.append(line)
        self.number += 1
        self._left -= len(line)
        if self._left <= 0 or len(self._row) > _MAX_LINES:
            raise csv.Error(f"longer than {MAX_LINE_BYTES:,} bytes")
        return _as_text(line)


def _as_text(line: bytes) -> str:
    return line.decode("utf-8", "surrogateescape")


def has_pages(name: str, data: bytes, fields: FieldNames) -> bool:
    """Whether a file of this name is a table with a column of pages. Raises SeveralHtmlColumns."""
    first, _, rows = data.partition(b"\n")
    head = head_of(first) if name.lower().endswith(TABLES) else None
    return head is not None and head.has_pages(head.fields_by(fields, rows), rows)


def delimiter_of(line: str) -> str:
    """What parts the cells of a table that begins with this line."""
    return max(f"{_DELIMITERS}|", key=line.count)


def is_table(name: str, data: bytes) -> bool:
    """Whether a file of this name holds a table: most of its first rows have as many cells as others, two at least,
    and no markup before them.
    """
    if not without_packing(name).lower().endswith(TABLES):
        return False
    # as spreadsheets write it
    encoding = "utf-16" if data.startswith(WIDE_MARKS) else "utf-8-sig"
    text = data[:_BYTES].decode(encoding, "replace")
    return not text.lstrip().startswith("<") and any(
        _has_columns(text, delimiter, is_cut=len(data) > _BYTES)
        for delimiter in _DELIMITERS
        if delimiter in text
    )


def is_piped_table(first: bytes, data: bytes) -> bool:
    """Whether what has no name is a table, by its first line and what follows: three rows at least, none of another
    width, below names that are parted by nothing but the delimiter, as no sentence is.
    """
    head = head_of(first)
    if head is None or len(head.names) < 2 or not head.is_tight:
        return False
    rows = _rows(data[:_BYTES].decode("utf-8", "replace"), head.delimiter)
    # where the data are cut, the last is half a row
    found = rows[: len(rows) - (len(data) > _BYTES)][:_ROWS]
    return len(found) > 1 and {len(row) for row in found} == {len(head.names)}


def _cells(rows: list[list[str]], column: int) -> list[str]:
    return [row[column] for row in rows if len(row) > column]


def _tags(cells: list[str]) -> int:
    """How many tags the first cells of a column have, if they are HTML and pages; else 0."""
    found = [cell for cell in cells if cell.strip()]
    is_html = sum(_MARKUP.match(cell) is not None for cell in found) >= _MOST * len(found)
    return "".join(found).count("</") if is_html and _are_pages(found) else 0


def _are_pages(cells: list[str]) -> bool:
    """Whether cells have the length of pages, on average, or are whole documents, however short."""
    found = [cell for cell in cells if cell.strip()]
    is_documents = sum(_DOCUMENT.match(cell) is not None for cell in found) >= _MOST * len(found) > 0
    return is_documents or (bool(cells) and sum(map(len, cells)) >= _PAGE_CHARS * len(cells))


def _has_columns(text: str, delimiter: str, *, is_cut: bool) -> bool:
    rows = _rows(text, delimiter)
    # where the text is cut, the last is half a row
    rows = rows[: len(rows) - is_cut][:_ROWS]
    if len(rows) < 2:  # a head and what it is the head of
        return False
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return width > 1 and count >= _MOST * len(rows)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a table; none where it is none, as a cell does not end."""
    try:
        return [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row]
    except csv.Error:
        return []
