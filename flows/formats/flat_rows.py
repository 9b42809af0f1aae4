"""Records as flat rows, for programs that know no nested values: the columns one filters, sorts and reads by. Of these
also a table of pandas, which is imported only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from copydesk.cleaners.schema import Record

if TYPE_CHECKING:
    from pandas import DataFrame

Value = str | int | float | bool | None
BETWEEN = "; "
"""Parts the values of a list within a cell."""
_DECLARED = ("digital_source_type", "sponsored", "press_release", "machine_translated")


class Column(Struct, frozen=True):
    """A column: its name, the type of its values as SQL has it, and its value in a record."""

    name: str
    type: Literal["TEXT", "INTEGER", "REAL", "BOOLEAN"]
    value: Callable[[Record], Value]


_OTHERS: dict[str, Callable[[Record], Value]] = {
    "source_kind": lambda record: record.source.kind,
    "source_name": lambda record: record.source.name,
    "tags": lambda record: BETWEEN.join(record.tags) or None,
    "authors": lambda record: BETWEEN.join(one.name for one in record.authors) or None,
    # such as "translated text; generated image"
    "ai": lambda record: (
        BETWEEN.join(f"{use.role or 'used for'} {use.medium}" for use in record.provenance.ai) or None
    ),
    "agency": lambda record: record.provenance.syndication.agency,
    "ai_training": lambda record: record.provenance.usage.ai_training,
    "tdm_reserved": lambda record: record.provenance.usage.tdm_reserved,
    "change_kind": lambda record: record.change.kind if record.change else None,
    "change_share": lambda record: record.change.share if record.change else None,
    "comments": lambda record: "\n\n".join(record.comments or ()) or None,
    **{name: attrgetter(f"provenance.{name}") for name in _DECLARED},
}
"""The values of columns that are no fields of a record itself, or no plain ones."""
_TYPES: dict[str, Literal["INTEGER", "REAL", "BOOLEAN"]] = {
    "version": "INTEGER",
    **dict.fromkeys(("language_score", "duplicate_similarity", "change_share", "confidence"), "REAL"),
    **dict.fromkeys(("is_accessible_for_free", "tdm_reserved", *_DECLARED[1:]), "BOOLEAN"),
}
_NAMES = (
    "id", "version", "status", "reason", "page_kind", "url", "canonical_url", "source_kind", "source_name", "fetched_at",
    "title", "subtitle", "description", "section", "tags", "authors", "site_name", "date_published", "date_modified",
    "language", "language_score", "text", "license", "is_accessible_for_free", "digital_source_type", "ai", "agency",
    "sponsored", "press_release", "machine_translated", "ai_training", "tdm_reserved", "content_hash", "duplicate_of",
    "duplicate_similarity", "previous", "next", "change_kind", "change_share", "comments", "confidence",
)  # fmt: skip
COLUMNS = tuple(
    Column(name, _TYPES.get(name, "TEXT"), _OTHERS.get(name, attrgetter(name))) for name in _NAMES
)
"""In this order, which programs rely on: a new column is added at the end. A nested field has its own name, after that
of the outer one where it is ambiguous; lists are joined by ``BETWEEN``.
"""


def flat_row(record: Record) -> tuple[Value, ...]:
    """The values of a record, one for each of ``COLUMNS``; null where the record has none."""
    return tuple(column.value(record) for column in COLUMNS)


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
