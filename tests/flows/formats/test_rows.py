"""Records as Arrow tables, flat rows and data frames: each field in its type, and back without loss."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from conftest import ARTICLE
from hypothesis import example, given
from hypothesis import strategies as st
from made_records import full_record, records
from pyarrow import json as arrow_json

from copydesk import arrow_schema, clean, to_dataframe
from copydesk.cleaners import encode, json_schema
from copydesk.cleaners.metadata.origins import ORIGINS
from copydesk.cleaners.schema import Record
from copydesk.flows.formats.flat_rows import COLUMNS, flat_row
from copydesk.flows.formats.parquet import FIELDS_WITH_ORIGIN, from_batch, to_batch

JSON_TYPES = {"string": pa.string(), "boolean": pa.bool_(), "integer": pa.int64(), "number": pa.float64()}


def agrees(arrow: pa.DataType, schema_part: dict[str, Any], definitions: dict[str, Any]) -> bool:
    """Whether an Arrow type is that of a JSON Schema: as deep as it goes, in the same order."""
    if "anyOf" in schema_part:
        (schema_part,) = (part for part in schema_part["anyOf"] if part.get("type") != "null")
    if "$ref" in schema_part:
        schema_part = definitions[schema_part["$ref"].rpartition("/")[2]]
    if schema_part.get("type") == "object" and "properties" in schema_part:
        names = [arrow.field(number).name for number in range(arrow.num_fields)]
        return names == list(schema_part["properties"]) and all(
            agrees(arrow.field(name).type, schema_part["properties"][name], definitions) for name in names
        )
    if schema_part.get("type") == "array":
        return pa.types.is_list(arrow) and agrees(arrow.value_type, schema_part["items"], definitions)
    if schema_part.get("type") == "object":  # of any keys: field_origins, field_agreement
        values = JSON_TYPES[schema_part["additionalProperties"]["type"]]
        return {arrow.field(number).type for number in range(arrow.num_fields)} == {values}
    types = [schema_part["type"]] if "type" in schema_part else ["string"]  # an enumeration of strings
    return [JSON_TYPES[name] for name in types] == [arrow]


def test_the_arrow_schema_has_every_field_of_the_json_schema_in_its_type() -> None:
    schema = json_schema()
    definitions = schema["$defs"]
    assert agrees(pa.struct(list(arrow_schema())), definitions["Record"], definitions)


def test_every_field_that_has_origins_has_a_place_for_them() -> None:
    of_all = {"author": "authors", "tag": "tags", "image": "images"}
    found = {of_all.get(origin.field, origin.field) for origin in ORIGINS} - {"language"}
    assert {*found, "text"} == set(FIELDS_WITH_ORIGIN) <= set(Record.__struct_fields__)


@given(st.lists(records(), max_size=3))
@example([full_record()])
def test_any_record_comes_back_from_a_table_of_the_one_schema(made: list[Record]) -> None:
    batch = to_batch(made)
    assert batch.schema.equals(arrow_schema(), check_metadata=True)
    assert list(from_batch(batch)) == made


def test_an_origin_without_a_place_is_not_left_out_silently() -> None:
    record = msgspec.structs.replace(full_record(), field_origins={"colour": "meta:theme-color"})
    with pytest.raises(ValueError, match="record some id: field_origins names 'colour'"):
        to_batch([record])


def test_lines_of_different_records_load_by_the_one_schema(tmp_path: Path) -> None:
    empty = msgspec.structs.replace(full_record(), id="1", tags=(), images=(), field_origins={}, languages=())
    read = arrow_json.ParseOptions(explicit_schema=arrow_schema(), unexpected_field_behavior="error")
    for number, record in enumerate((full_record(), empty)):
        file = tmp_path / f"{number}.jsonl"
        file.write_bytes(encode(record))
        assert list(from_batch(arrow_json.read_json(file, parse_options=read))) == [record]


TYPES = {"TEXT": str, "INTEGER": int, "REAL": float, "BOOLEAN": bool}


def test_every_column_has_its_value_in_its_type() -> None:
    row = flat_row(full_record())
    assert [type(value) for value in row] == [TYPES[column.type] for column in COLUMNS]
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)


def test_new_columns_stand_behind_those_that_were_there() -> None:
    names = [column.name for column in COLUMNS]
    # versions of a page and copies of a text differ by these
    assert names[:4] == ["id", "version", "status", "reason"]
    assert names[-7:] == ["duplicate_similarity", "previous", "next", "change_kind", "change_share", "comments", "confidence"]  # fmt: skip


def test_what_a_record_does_not_know_is_null() -> None:
    row = dict(zip((column.name for column in COLUMNS), flat_row(clean("")), strict=True))
    known = {name for name, value in row.items() if value is not None}
    assert known == {"id", "version", "status", "reason", "source_kind", "source_name", "language", "text"}


ONE = clean(ARTICLE, "https://courier.example/clock")
NONE = clean("<p></p>", "https://courier.example/none")


def test_one_record_and_many_are_rows() -> None:
    assert len(to_dataframe(ONE)) == 1
    assert list(to_dataframe([]).columns) == list(to_dataframe(ONE).columns)
    table = to_dataframe(one for one in (ONE, NONE))
    assert table["url"].tolist() == ["https://courier.example/clock", "https://courier.example/none"]
    assert table["status"].tolist() == ["ok", "rejected"]
    assert table.loc[0, "text"] == ONE.text
    assert str(table.dtypes["version"]) == "Int64"
    assert str(table.dtypes["sponsored"]) == "boolean"


@pytest.mark.parametrize("wrong", [[ONE, None], ["text"], [ONE.to_dict()]])
def test_what_is_no_record_is_named(wrong: list[Record]) -> None:
    with pytest.raises(TypeError, match=r"records\[\d\]: expected a copydesk.Record, not"):
        to_dataframe(wrong)


def test_pandas_is_loaded_by_its_use_alone() -> None:
    script = "import sys; from copydesk import to_dataframe; assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
