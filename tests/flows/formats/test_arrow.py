"""Records as Arrow tables: one schema, of the record's types alone, and back without loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import full_record, records
from pyarrow import json as arrow_json

from copydesk import arrow_schema
from copydesk.cleaners import encode, json_schema
from copydesk.cleaners.metadata.origins import ORIGINS
from copydesk.cleaners.schema import Record
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


def test_a_record_with_every_field_set_comes_back() -> None:
    record = full_record()
    assert list(from_batch(to_batch([record, record]))) == [record, record]
    assert {column.null_count for column in to_batch([record]).columns} == {0}


@given(st.lists(records(), max_size=3))
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
