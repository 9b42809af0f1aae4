"""Records as flat rows, for programs that know no nested values: the columns one filters, sorts and reads by. Of these
also a table of pandas, which is imported only here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from copydesk.cleaners.schema import Record

if TYPE_CHECKING:
    from pandas import DataFrame

Value = str | int | float | bool | None
BETWEEN = "; "
"""Parts the values of a list within a cell."""


class Column(Struct, frozen=True):
    """A column: its name, the type of its values as SQL has it, and its value in a record."""

    name: str
    type: Literal["TEXT", "INTEGER", "REAL", "BOOLEAN"]
    value: Callable[[Record], Value]


def _ai(record: Record) -> str | None:
    """The declared uses of AI, such as ``translated text; generated image``."""
    return BETWEEN.join(f"{use.role or 'used for'} {use.medium}" for use in record.provenance.ai) or None


COLUMNS = (
    Column("id", "TEXT", lambda record: record.id),
    Column("version", "INTEGER", lambda record: record.version),
    Column("status", "TEXT", lambda record: record.status),
    Column("reason", "TEXT", lambda record: record.reason),
    Column("page_kind", "TEXT", lambda record: record.page_kind),
    Column("url", "TEXT", lambda record: record.url),
    Column("canonical_url", "TEXT", lambda record: record.canonical_url),
    Column("source_kind", "TEXT", lambda record: record.source.kind),
    Column("source_name", "TEXT", lambda record: record.source.name),
    Column("fetched_at", "TEXT", lambda record: record.fetched_at),
    Column("title", "TEXT", lambda record: record.title),
    Column("subtitle", "TEXT", lambda record: record.subtitle),
    Column("description", "TEXT", lambda record: record.description),
    Column("section", "TEXT", lambda record: record.section),
    Column("tags", "TEXT", lambda record: BETWEEN.join(record.tags) or None),
    Column("authors", "TEXT", lambda record: BETWEEN.join(one.name for one in record.authors) or None),
    Column("site_name", "TEXT", lambda record: record.site_name),
    Column("date_published", "TEXT", lambda record: record.date_published),
    Column("date_modified", "TEXT", lambda record: record.date_modified),
    Column("language", "TEXT", lambda record: record.language),
    Column("language_score", "REAL", lambda record: record.language_score),
    Column("text", "TEXT", lambda record: record.text),
    Column("license", "TEXT", lambda record: record.license),
    Column("is_accessible_for_free", "BOOLEAN", lambda record: record.is_accessible_for_free),
    Column("digital_source_type", "TEXT", lambda record: record.provenance.digital_source_type),
    Column("ai", "TEXT", _ai),
    Column("agency", "TEXT", lambda record: record.provenance.syndication.agency),
    Column("sponsored", "BOOLEAN", lambda record: record.provenance.sponsored),
    Column("press_release", "BOOLEAN", lambda record: record.provenance.press_release),
    Column("machine_translated", "BOOLEAN", lambda record: record.provenance.machine_translated),
    Column("ai_training", "TEXT", lambda record: record.provenance.usage.ai_training),
    Column("tdm_reserved", "BOOLEAN", lambda record: record.provenance.usage.tdm_reserved),
    Column("content_hash", "TEXT", lambda record: record.content_hash),
    Column("duplicate_of", "TEXT", lambda record: record.duplicate_of),
    Column("duplicate_similarity", "REAL", lambda record: record.duplicate_similarity),
    Column("previous", "TEXT", lambda record: record.previous),
    Column("next", "TEXT", lambda record: record.next),
    Column("change_kind", "TEXT", lambda record: record.change.kind if record.change else None),
    Column("change_share", "REAL", lambda record: record.change.share if record.change else None),
    Column("comments", "TEXT", lambda record: "\n\n".join(record.comments or ()) or None),
    Column("confidence", "REAL", lambda record: record.confidence),
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
