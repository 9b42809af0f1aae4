"""Tables of values separated by commas: what a spreadsheet writes, and no page; a row may hold one."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from typing import BinaryIO

from msgspec import Struct

from copydesk.flows.sources.opening.field_names import BODIES, FieldNames
from copydesk.flows.sources.opening.inflating import without_packing

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
# set by hand: what is longer is no row that is read
_MAX_LINE_BYTES = 50_000_000
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


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

    def has_pages(self, known: FieldNames, rows: bytes = b"") -> bool:
        """Whether one of its columns holds pages, by its name and, beside URLs, by the first rows."""
        columns = self.columns(known)
        if known.has_named_body or "html" in columns or "url" not in columns:
            return not {*BODIES}.isdisjoint(columns)
        # a text beside a URL may be the words of a link to it
        return any(self._has_long_cells(columns[field], rows) for field in BODIES if field in columns)

    def _has_long_cells(self, column: int, rows: bytes) -> bool:
        text = rows[:_BYTES].decode("utf-8-sig", "replace")
        found = [row[column] for row in _rows(text, self.delimiter) if len(row) > column][:_ROWS]
        return sum(map(len, found)) >= _PAGE_CHARS * max(1, len(found))

    def rows_ahead(self, file: BinaryIO, known: FieldNames) -> bytes:
        """The first rows behind the head, where they decide; nothing is waited for else."""
        is_decided = self.has_pages(known) or {*BODIES}.isdisjoint(self.columns(known))
        rows = b""
        while not is_decided and len(rows) < _BYTES and (line := file.readline(_MAX_LINE_BYTES)):
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


def has_pages(name: str, data: bytes, fields: FieldNames) -> bool:
    """Whether a file of this name is a table with a column of pages."""
    first, _, rows = data.partition(b"\n")
    head = head_of(first) if name.lower().endswith(TABLES) else None
    return head is not None and head.has_pages(fields, rows)


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
    encoding = "utf-16" if data.startswith(_WIDE_MARKS) else "utf-8-sig"
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
