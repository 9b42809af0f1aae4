"""Tables of values separated by commas: what a spreadsheet writes, and no page."""

from __future__ import annotations

import csv
from itertools import islice

from copydesk.flows.sources.opening.inflating import without_packing

TABLES = (".csv", ".tsv")
"""Ends of the names of tables."""
_DELIMITERS = ",;\t"
# set by hand: as much as tells a table from a text of that name
_ROWS = 20
_CHARS = 50_000


def is_table(name: str, data: bytes) -> bool:
    """Whether a file of this name holds a table: rows of as many cells, two at least, and no markup before them."""
    if not without_packing(name).lower().endswith(TABLES):
        return False
    text = data[:_CHARS].decode("utf-8-sig", "replace")
    if text.lstrip().startswith("<"):
        return False
    # the last line of what was cut may be half a row
    lines = text.splitlines(keepends=True)[: -1 if len(data) > _CHARS else None]
    head = next(iter(lines), "")
    try:
        rows = [row for row in csv.reader(lines, delimiter=max(_DELIMITERS, key=head.count)) if row]
    except csv.Error:
        return False
    widths = {len(row) for row in islice(rows, _ROWS)}
    return len(rows) > 1 and len(widths) == 1 and min(widths) > 1
