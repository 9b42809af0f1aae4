"""Records as a table of pandas, which is imported only here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.flat_rows import COLUMNS, flat_row

if TYPE_CHECKING:
    from pandas import DataFrame


def to_dataframe(records: Record | Iterable[Record]) -> DataFrame:
    """One record, or many, as a DataFrame of pandas: a row for each, with the columns of ``copydesk export --format
    csv``. Raises ModuleNotFoundError where pandas is not installed, TypeError for anything but records.
    """
    import pandas

    given = [records] if isinstance(records, Record) else list(records)
    for number, one in enumerate(given):
        if not isinstance(one, Record):
            raise TypeError(f"records[{number}]: expected a copydesk.Record, not {type(one).__name__}")
    names = [column.name for column in COLUMNS]
    table = pandas.DataFrame([flat_row(one) for one in given], columns=names)
    # of columns of truth values with gaps pandas makes objects, of numbers with gaps fractions
    kinds = {"INTEGER": "Int64", "BOOLEAN": "boolean", "REAL": "Float64"}
    return table.astype({column.name: kinds[column.type] for column in COLUMNS if column.type in kinds})
