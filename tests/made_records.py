"""Records of any content their types allow, for laws that hold of all of them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import NODEFAULT, convert, inspect

from copydesk.cleaners.schema import Record
from copydesk.flows.formats.parquet import FIELDS_WITH_ORIGIN

# what UTF-8 can hold: no lone surrogates
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


SCALARS: dict[type[inspect.Type], st.SearchStrategy[Any]] = {
    inspect.NoneType: st.none(), inspect.StrType: TEXTS, inspect.BoolType: st.booleans(),
    inspect.IntType: st.integers(-(2**63), 2**63 - 1),
    inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
}  # fmt: skip


def _values(type_: inspect.Type) -> st.SearchStrategy[Any]:
    match type_:
        case inspect.UnionType(types=types):
            return st.one_of(*map(_values, types))
        case inspect.StructType():
            return _structs(type_)
        case inspect.VarTupleType(item_type=item):
            return st.lists(_values(item), max_size=2)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.DictType(value_type=value):
            return st.dictionaries(st.sampled_from(FIELDS_WITH_ORIGIN), _values(value), max_size=3)
    return SCALARS[type(type_)]


def _structs(struct: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    strategies = {field.encode_name: _values(field.type) for field in struct.fields}
    required = {field.encode_name for field in struct.fields if field.required}
    return st.fixed_dictionaries(
        {name: strategies[name] for name in required},
        optional={name: strategy for name, strategy in strategies.items() if name not in required},
    )


def records() -> st.SearchStrategy[Record]:
    """Any record: each field at random there, empty or left to its default."""
    info = inspect.type_info(Record)
    assert isinstance(info, inspect.StructType)
    return _structs(info).map(lambda fields: convert(fields, Record))


def full_record() -> Record:
    """A record in which every field has a value that is not its default; every list has one item."""
    return convert(_full(inspect.type_info(Record), "record"), Record)


def _full(type_: inspect.Type, name: str, default: object = NODEFAULT) -> Any:
    match type_:
        case inspect.UnionType(types=types):
            (given,) = (item for item in types if not isinstance(item, inspect.NoneType))
            return _full(given, name, default)
        case inspect.StructType(fields=fields):
            return {
                field.encode_name: _full(field.type, field.encode_name, field.default) for field in fields
            }
        case inspect.VarTupleType(item_type=item):
            return [_full(item, name)]
        case inspect.LiteralType(values=values):
            return next(item for item in values if item != default)
        case inspect.DictType(value_type=value):
            return {item: _full(value, f"{name} of {item}") for item in FIELDS_WITH_ORIGIN}
    scalars = {inspect.BoolType: default is not True, inspect.IntType: 7, inspect.FloatType: 0.25}
    return scalars.get(type(type_), f"some {name}")
