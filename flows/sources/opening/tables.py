"""Tables of values separated by commas: what a spreadsheet writes, and no page."""

from __future__ import annotations

import codecs
import csv
from collections import Counter

from copydesk.flows.sources.opening.inflating import without_packing

TABLES = (".csv", ".tsv")
"""Ends of the names of tables."""
_DELIMITERS = ",;\t"
# set by hand: as much as tells a table from a text of that name
_ROWS = 20
_BYTES = 50_000
# set by hand: a remark above the table, or a row with a cell too many, makes it no text
_MOST = 0.8
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_table(name: str, data: bytes) -> bool:
    """Whether a file of this name holds a table: most of its first rows have as many cells as others, two at least,
    and no markup stands before them.
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


def _has_columns(text: str, delimiter: str, *, is_cut: bool) -> bool:
    try:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row]
    except csv.Error:  # a cell without end
        return False
    if is_cut:
        rows.pop()  # half a row
    rows = rows[:_ROWS]
    if len(rows) < 2:  # a head and what it is the head of
        return False
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return width > 1 and count >= _MOST * len(rows)
