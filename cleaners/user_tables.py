"""Tables of users' TOML files: rules, platforms, decisions, sources, gates, views. An error names the wrong key.

A table is a model: a struct with a field for each key, whose type says what is expected, or a ``Reads`` beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import Label

_T = TypeVar("_T")
_Model = TypeVar("_Model", bound=Struct)

NonNegative = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Texts = Annotated[tuple[str, ...], Meta(min_length=1)]
Table = Annotated[dict[str, Any], Meta(min_length=1)]


class Reads(NamedTuple):
    """How the value of a key is read, beside the type of its field.

    ``expected``: what the error says is expected; of a choice, what it is a choice of. ``read``: makes the value of the
    field from one of the type ``of``; raises ValueError.
    """

    expected: str = ""
    read: Callable[[Any], Any] | None = None
    of: Any = str


class BadKey(BadData):
    """A table is wrong; ``key`` is the key at fault, or None if one is missing.

    ``inner``: the table within the table that has the key, for the message; ``number``: its number in its array.
    """

    def __init__(self, key: str | None, problem: str, *, inner: str = "", number: int | None = None) -> None:
        super().__init__(": ".join(part for part in (inner, key, problem) if part))
        self.key = key
        self.problem = problem
        self.number = number


def check_keys(
    table: Mapping[str, Any],
    known: Collection[str],
    *,
    required: Collection[str] = (),
    hints: Mapping[str, str] | None = None,
) -> None:
    """Raises BadKey if a key is unknown, with its hint or a suggestion, or a required one is missing."""
    # unknown keys first, so that the message for "labl" is not that label is missing
    for key in table:
        if key not in known:
            raise BadKey(key, f"unknown key; {(hints or {}).get(key) or suggestion(key, known)}")
    for key in required:
        if key not in table:
            raise BadKey(None, f"{key} is missing; required: {', '.join(required)}")


def read_table(
    table: Mapping[str, Any],
    model: type[_Model],
    *,
    also: Collection[str] = (),
    hints: Mapping[str, str] | None = None,
) -> _Model:
    """The table as a model; ``also``: further keys, which are read elsewhere. Raises BadKey."""
    keys = keys_of(model)
    required = [field.name for field in msgspec.structs.fields(model) if field.required]
    check_keys(table, (*keys, *also), required=required, hints=hints)
    # in the model's order, so that the first error does not depend on the order in the table
    return model(**{key: read_value(key, kind, table[key]) for key, kind in keys.items() if key in table})


@cache
def keys_of(model: type[Struct]) -> Mapping[str, Any]:
    """The keys of a model's table, each with its type and how it is read."""
    hints = get_type_hints(model, include_extras=True)
    return {key: hints[key] for key in model.__struct_fields__}


def read_value(key: str, kind: Any, value: object) -> Any:
    """A value as its type and its ``Reads`` say. Raises BadKey."""
    reads = next((one for one in get_args(kind) if isinstance(one, Reads)), Reads())
    wanted = reads.of if reads.read else kind
    try:
        read = _converted(value, wanted, reads.expected)
        return reads.read(read) if reads.read else read
    except (ValueError, BadKey) as error:
        raise BadKey(key, str(error)) from error


def _converted(value: object, wanted: Any, expected: str) -> Any:
    inner = get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted
    kinds = get_args(inner) if get_origin(inner) in (UnionType, Union) else (inner,)
    if get_origin(kinds[0]) is Literal:
        return one_of(get_args(kinds[0]), expected, text_of(value))
    if kinds[0] is str:
        return text_of(value)
    try:
        return msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        raise ValueError(f"expected {expected or 'true or false, without quotation marks'}") from error


def table_of(model: Struct) -> dict[str, Any]:
    """The keys of a model's table that are not as usual; ``read_table`` reads them back."""
    return {
        field.name: list(value) if isinstance(value, tuple) else msgspec.to_builtins(value)
        for field in msgspec.structs.fields(model)
        if (value := getattr(model, field.name)) != field.default or field.required
    }


def text_of(value: object) -> str:
    """A text that is not blank. Raises ValueError."""
    if not isinstance(value, str):
        # bool is a subclass of int
        is_simple = isinstance(value, (int, float)) and not isinstance(value, bool)
        raise ValueError("expected a text" + (f'; write "{value}"' if is_simple else ""))
    if not value.strip():
        raise ValueError("expected a text, not an empty one")
    return value


def one_of(known: Collection[str], what: str, word: str, synonyms: Mapping[str, str] | None = None) -> str:
    """The word, if it is known; ``synonyms``: others, for a suggestion. Raises ValueError."""
    if word not in known:
        meant = (synonyms or {}).get(word.lower())
        hint = f"did you mean {meant}?" if meant else suggestion(word.lower(), known)
        raise ValueError(f"unknown {what} {word!r}; {hint}")
    return word


def read_text(key: str, value: object) -> str:
    """A text that is not blank. Raises BadKey."""
    if not isinstance(value, str) or not value.strip():
        raise BadKey(key, "expected a text")
    return value


def read_texts(key: str, value: object) -> tuple[str, ...]:
    """Such texts, at least one. Raises BadKey."""
    if not isinstance(value, list) or not value:
        raise BadKey(key, "expected a list of texts")
    return tuple(read_text(key, item) for item in value)


def read_label(value: Any) -> Label:
    """A label by its name. Raises BadKey, with a suggestion."""
    try:
        return Label(str(value))
    except ValueError as error:
        raise BadKey("label", f"unknown label {value!r}; {suggestion(str(value), list(Label))}") from error
