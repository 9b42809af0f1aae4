"""Records as Arrow tables and Parquet files. The schema is made from the types of the record, never from values: every
table has the same, whatever its records contain.

Dates are strings as in the record (RFC 3339, or a day where only the day is known): a timestamp could not express
which of the two it is. ``field_origins`` is a struct of the fields that may have an origin, null where one has none: a
map is no type that all readers know, and a struct of the fields that happen to be there would differ from file to file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from msgspec import inspect

from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.flows.errors import CannotWrite, SettingsError
from copydesk.flows.formats.format_registry import StreamFormat
from copydesk.flows.io.extras import install

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS_WITH_ORIGIN = (
    "title", "subtitle", "description", "section", "site_name", "canonical_url", "date_published",
    "date_modified", "authors", "tags", "images", "license", "is_accessible_for_free", "text",
)  # fmt: skip
"""The keys ``field_origins`` may have."""
_ORIGINS, _AGREEMENT = "field_origins", "field_agreement"


@lru_cache(maxsize=1)
def arrow_schema() -> pa.Schema:
    """The Arrow schema of records: a column a field, in the record's order, nested as the record is.

    All columns may be null, as in files of other versions. Raises ImportError where pyarrow is not installed.
    """
    import pyarrow as pa

    row = _type("record", inspect.type_info(Record))
    return pa.schema(list(row), metadata={"copydesk.schema_version": SCHEMA_VERSION})


_SCALARS = {
    inspect.StrType: "string",
    inspect.LiteralType: "string",  # all of ours are
    inspect.BoolType: "bool",
    inspect.IntType: "int64",
    inspect.FloatType: "float64",
}


def _type(name: str, type_: inspect.Type) -> pa.DataType:
    """The Arrow type of a field. Raises TypeError for one that records have not had so far."""
    import pyarrow as pa

    match type_:
        case inspect.UnionType(types=types):  # `str | None`: every column may be null
            (known,) = (one for one in types if not isinstance(one, inspect.NoneType))
            return _type(name, known)
        case inspect.StructType(fields=fields):
            return pa.struct([pa.field(one.encode_name, _type(one.encode_name, one.type)) for one in fields])
        case inspect.VarTupleType(item_type=item):
            return pa.list_(_type(name, item))
        case inspect.DictType(value_type=value) if name in (_ORIGINS, _AGREEMENT):
            return pa.struct([pa.field(one, _type(one, value)) for one in FIELDS_WITH_ORIGIN])
    if type(type_) not in _SCALARS:
        raise TypeError(f"{name}: {type_} has no Arrow type here yet")
    return pa.type_for_alias(_SCALARS[type(type_)])


def to_batch(records: Iterable[Record]) -> pa.RecordBatch:
    """Records as one Arrow batch of ``arrow_schema()``, a row a record, in order.

    Raises ValueError where a record has an origin for a field not in ``FIELDS_WITH_ORIGIN``, ImportError where pyarrow
    is not installed.
    """
    import pyarrow as pa

    rows = []
    for record in records:
        # Arrow would leave it out without an error
        if unknown := record.field_origins.keys() - set(FIELDS_WITH_ORIGIN):
            raise ValueError(
                f"record {record.id}: field_origins names {min(unknown)!r}, which no record of this version has"
            )
        rows.append(msgspec.to_builtins(record))
    return pa.RecordBatch.from_pylist(rows, schema=arrow_schema())


def from_batch(batch: pa.RecordBatch | pa.Table) -> Iterator[Record]:
    """The records that ``to_batch`` was given; fields without a column get their defaults.

    Raises msgspec.ValidationError where a row is no record.
    """
    for row in batch.to_pylist():
        # null is the default of every field that may be null; the others have no column in older files
        known = {name: value for name, value in row.items() if value is not None}
        for field in known.keys() & {_ORIGINS, _AGREEMENT, "processing"}:
            known[field] = {name: value for name, value in known[field].items() if value is not None}
        yield msgspec.convert(known, Record)


MOST_RECORDS = 1_000
"""Records of a row group: readers take a file by these, and skip those that cannot match a query."""
# set by hand: of characters, so that memory stays bounded where pages are long; a record is some four texts long
MOST_CHARS = 4_000_000
"""Characters of text of a row group."""


def write_parquet(records: Iterable[Record], stream: BinaryIO) -> None:
    """Writes a Parquet file, a row group at a time. Raises SettingsError where pyarrow is not installed, CannotWrite
    for a record that has no row.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise SettingsError(f"writing Parquet needs pyarrow: {install('parquet')}") from error
    with parquet.ParquetWriter(stream, arrow_schema(), compression="zstd") as table:
        for group in row_groups(records):
            try:
                batch = to_batch(group)
            except ValueError as error:
                raise CannotWrite(str(error)) from error
            table.write_batch(batch)


def row_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in runs of at most ``MOST_RECORDS``, and of not many more than ``MOST_CHARS`` characters of text."""
    group: list[Record] = []
    chars = 0
    for record in records:
        group.append(record)
        chars += len(record.text) + sum(len(removed.text) for removed in record.removed)
        if len(group) == MOST_RECORDS or chars > MOST_CHARS:
            yield group
            group, chars = [], 0
    if group:
        yield group


PARQUET = StreamFormat(
    summary="tables of the published Arrow schema (copydesk schema --arrow)",
    write=write_parquet,
    is_text=False,
)
