"""Records as CSV (RFC 4180, UTF-8): flat rows, with a line of names, for spreadsheets and databases.

A spreadsheet takes a cell that begins with ``=`` or its like for a formula, and runs it. The content of pages must
never be run, so such a cell gets an apostrophe before it, which marks text in spreadsheets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.flat_rows import COLUMNS, Value, flat_row
from copydesk.flows.formats.format_registry import StreamFormat

# the last four are the full-width forms, which spreadsheets of East Asia read as the others
FORMULA_STARTS = tuple("=+-@＝＋－＠")
_PARTING = tuple("\t\r\n")
"""What may end a cell in a program that minds no quotation marks: what follows would begin another."""


def write_csv(records: Iterable[Record], stream: BinaryIO) -> None:
    """Writes a table of ``COLUMNS``. What a record does not know is an empty cell."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        table = csv.writer(text)
        table.writerow(column.name for column in COLUMNS)
        table.writerows(map(_cell, flat_row(record)) for record in records)
    finally:
        # writes what it still holds, and leaves the stream open
        text.detach()


def _cell(value: Value) -> str | int | float:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return harmless(value)
        case None:
            return ""
    return value


def harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs."""
    # programs trim cells: of white space, and of invisible characters
    first = next((char for char in text if char.isprintable() and not char.isspace()), "")
    return f"'{text}" if first.startswith(FORMULA_STARTS) or text.startswith(_PARTING) else text


CSV = StreamFormat(summary="a table for spreadsheets and databases, without formulas", write=write_csv)
