"""What ``--where`` says, as a test of records.

The words are read by SQLite, which has the field's standard meaning of ``and``, ``in``, ``like`` and ``is null``. What
it is given holds nothing of the user's but listed words and signs: fields and constants are handed over as values.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.suggestions import closest, suggestion

_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "like", "escape", "between", "true", "false"})
_FUNCTIONS = frozenset({"lower", "upper", "length", "substr", "instr", "trim", "coalesce", "abs", "round"})
# of lists: whether a value is among them, and how many there are
_OF_LISTS = frozenset({"has", "items"})
_COMPARISONS = frozenset({"=", "==", "<", "<=", ">", ">=", "<>", "!="})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>'(?:[^']|'')*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<sign><=|>=|<>|!=|==|\|\||[=<>(),+*/%-])""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_EXAMPLE = "status = 'ok' and language in ('de', 'fr')"
# by what other programs call how long a text is
_LENGTHS = frozenset({"words", "word_count", "wordcount", "chars", "characters", "length", "size"})
# behind a sign of comparison, or in the brackets of `in`
_BEFORE_A_VALUE = re.compile(r"(?:[=<>]|\blike|\bbetween|\bin\s*\([^()]*)\s*$", re.IGNORECASE)
# with types, so that '2' and 2 compare as SQL has it for columns
_TYPED = {inspect.FloatType: "CAST(? AS REAL)", inspect.IntType: "CAST(? AS INTEGER)", inspect.BoolType: "?"}
Value = str | int | float | None


class Field(NamedTuple):
    """A field of records: its names from the outside in, and what it holds."""

    names: tuple[str, ...]
    type: type[inspect.Type]
    is_list: bool


class Token(NamedTuple):
    """A word, sign, field or constant: as it is written, where (from 1), as SQL, and what it stands for."""

    written: str
    column: int
    sql: str
    field: Field | None = None
    constant: str | int | float | None = None


def record_filter(where: str) -> Callable[[Record], bool]:
    """The test that an expression is. What it says of a field without a value is, as in SQL, neither true nor false;
    empty texts and lists are without one.

    Raises SettingsError, naming the column, where the expression is none.
    """
    tokens = list(_tokens(where))
    if not tokens:
        raise SettingsError(f"--where: is empty; give an expression such as {_EXAMPLE}")
    _check_types(tokens)
    database = _database()
    statement = _statement(tokens)
    values = [token.field or token.constant for token in tokens if token.sql.startswith(("?", "CAST"))]
    try:
        database.execute(statement, [None] * len(values))
    except sqlite3.Error as error:
        raise _fault(database, tokens, error) from error

    def holds(record: Record) -> bool:
        given = [_value(record, value) if isinstance(value, Field) else value for value in values]
        try:
            return bool(database.execute(statement, given).fetchone()[0])
        except sqlite3.Error as error:
            raise SettingsError(f"--where: {error} (at record {record.id})") from error

    return holds


def _tokens(where: str) -> Iterator[Token]:
    at = placeholder = 0
    while at < len(where):
        found = _TOKEN.match(where, at)
        if found is None:
            raise _wrong(at + 1, _about_sign(where[at]))
        written, column, kind = found[0], at + 1, found.lastgroup
        at = found.end()
        if kind == "space":
            continue
        token = _word(where, column, written) if kind == "word" else None
        if kind == "text":
            token = Token(written, column, "?", constant=written[1:-1].replace("''", "'"))
        elif kind == "number":
            token = Token(written, column, "?", constant=_number(written))
        token = token or Token(written, column, written)
        if "?" in token.sql:
            placeholder += 1
            token = token._replace(sql=token.sql.replace("?", f"?{placeholder}"))
        yield token


def _number(written: str) -> int | float:
    # SQLite's integers have 64 bits
    return int(written) if written.isdecimal() and len(written) < 19 else float(written)


def _word(where: str, column: int, written: str) -> Token:
    lower, is_called = written.lower(), where[column - 1 + len(written) :].lstrip().startswith("(")
    if lower in _WORDS:
        return Token(written, column, lower)
    if is_called:
        known = sorted(_FUNCTIONS | _OF_LISTS)
        if lower not in known:
            raise _wrong(column, f"there is no function {written!r}; {suggestion(lower, known)}")
        return Token(written, column, lower)
    field = _find_field(written, column, is_value=_BEFORE_A_VALUE.search(where[: column - 1]) is not None)
    return Token(
        written, column, _TYPED.get(field.type, "CAST(? AS TEXT)") if not field.is_list else "?", field
    )


def _find_field(written: str, column: int, *, is_value: bool) -> Field:
    """``is_value``: whether it stands where a value is expected."""
    names = tuple(written.split("."))
    type_, is_list = inspect.type_info(Record), False
    for depth, name in enumerate(names):
        inner = _fields(type_)
        if name not in inner:
            outer = ".".join(names[:depth])
            known = [f"{outer}.{one}" if outer else one for one in inner]
            if outer:
                hint = suggestion(".".join(names[: depth + 1]), known, otherwise=f"{outer} has no parts")
            else:
                hint = _meant(name, known, quoted=written if is_value else "")
            raise _wrong(column, f"there is no field {written!r}; {hint}")
        type_ = _without_null(inner[name])
        while isinstance(type_, inspect.VarTupleType):
            type_, is_list = _without_null(type_.item_type), True
    return Field(names, type(type_), is_list)


def _meant(name: str, known: Sequence[str], *, quoted: str) -> str:
    """What may be meant by a name that no field has; all fields where nothing is like it. ``quoted``: as it is written
    where a value is expected.
    """
    close = closest(name, known)
    if quoted:
        return f"texts stand in single quotes: '{quoted}'" + (f"; or did you mean {close}?" if close else "")
    if close:
        return f"did you mean {close}?"
    if name.lower() in _LENGTHS:
        return "length(text) is how many characters the text has"
    if holding := [path for path in _paths(inspect.type_info(Record)) if name.lower() in _words_of(path)]:
        return f"did you mean {' or '.join(filter(None, (', '.join(holding[:-1]), holding[-1])))}?"
    return f"known are {', '.join(known)}"


def _paths(type_: inspect.Type, outer: str = "") -> Iterator[str]:
    """All fields, also those that stand deeper, but those whose names are the page's own."""
    type_ = _without_null(type_)
    while isinstance(type_, inspect.VarTupleType):
        type_ = _without_null(type_.item_type)
    if isinstance(type_, inspect.StructType):
        for name, inner in _fields(type_).items():
            yield f"{outer}{name}"
            yield from _paths(inner, f"{outer}{name}.")


def _words_of(path: str) -> Sequence[str]:
    last = path.rpartition(".")[2]
    return (last, *last.split("_"))


def _fields(type_: inspect.Type) -> dict[str, inspect.Type]:
    match type_:
        case inspect.StructType(fields=fields):
            return {field.encode_name: field.type for field in fields}
        case inspect.DictType(value_type=value):  # origins: of any field
            return dict.fromkeys(Record.__struct_fields__, value)
    return {}


def _without_null(type_: inspect.Type) -> inspect.Type:
    if isinstance(type_, inspect.UnionType):
        return next(one for one in type_.types if not isinstance(one, inspect.NoneType))
    return type_


def _check_types(tokens: Sequence[Token]) -> None:
    """Refuses what SQLite would take, and answer without a word for no record or for all."""
    for number, token in enumerate(tokens):
        before = tokens[number - 2].sql if number > 1 and tokens[number - 1].sql == "(" else ""
        after = [one.sql for one in tokens[number + 1 : number + 2]]
        if token.field is None:
            continue
        if token.field.is_list and before not in _OF_LISTS and after != ["is"]:
            raise _wrong(token.column, f"{token.written} is a list: has({token.written}, 'value') asks it")
        if token.field.type in (inspect.StructType, inspect.DictType) and not token.field.is_list:
            parts = ", ".join(f"{token.written}.{name}" for name in _parts(token.field))
            raise _wrong(token.column, f"{token.written} has parts: {parts}")
        if before in _OF_LISTS and not token.field.is_list:
            raise _wrong(token.column, f"{token.written} is no list")
        for other in _compared(tokens, number):
            _check_comparison(token, other)


def _parts(field: Field) -> list[str]:
    type_: inspect.Type = inspect.type_info(Record)
    for name in field.names:
        type_ = _without_null(_fields(type_)[name])
    return list(_fields(type_))


def _compared(tokens: Sequence[Token], number: int) -> Iterator[Token]:
    """The constants a field is compared with, on either side."""
    for sign, other in ((number + 1, number + 2), (number - 1, number - 2)):
        if min(sign, other) >= 0 and max(sign, other) < len(tokens) and tokens[sign].sql in _COMPARISONS:
            yield tokens[other]


def _check_comparison(token: Token, other: Token) -> None:
    if token.field is None or not isinstance(other.constant, str):
        return
    if token.field.type is inspect.BoolType:
        raise _wrong(other.column, f"{token.written} is true or false, without quotes")
    if token.field.type in (inspect.IntType, inspect.FloatType) and not _NUMBER.fullmatch(other.constant):
        raise _wrong(other.column, f"{token.written} is a number, and {other.written} none")


@lru_cache(maxsize=1)  # one for all: it holds nothing
def _database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    # SQLite's own know the letters of ASCII alone
    database.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)
    database.create_function("upper", 1, lambda text: text and str(text).upper(), deterministic=True)
    database.create_function(
        "has", 2, lambda listed, value: value in json.loads(listed or "[]"), deterministic=True
    )
    database.create_function("items", 1, lambda listed: len(json.loads(listed or "[]")), deterministic=True)
    allowed = _FUNCTIONS | _OF_LISTS | {"like"}

    def is_allowed(action: int, _: str | None, name: str | None, *__: str | None) -> int:
        if action == sqlite3.SQLITE_SELECT or (action == sqlite3.SQLITE_FUNCTION and name in allowed):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    # nothing but listed words reaches it; if something did, it could read and write nothing
    database.set_authorizer(is_allowed)
    return database


def _statement(tokens: Sequence[Token], *, end: str = " THEN 1 ELSE 0 END") -> str:
    return f"SELECT CASE WHEN {' '.join(token.sql for token in tokens)}{end}"


def _fault(database: sqlite3.Connection, tokens: Sequence[Token], error: sqlite3.Error) -> SettingsError:
    """What SQLite says, at the first word after which it will not go on."""
    for number, token in enumerate(tokens, start=1):
        try:
            database.execute(_statement(tokens[:number], end=""), [None] * len(tokens))
        except sqlite3.Error as stopped:
            if "syntax error" in str(stopped):
                return _wrong(token.column, f"{token.written!r} cannot stand here; an example: {_EXAMPLE}")
    end = tokens[-1].column + len(tokens[-1].written)
    if "syntax error" in str(error) or "incomplete" in str(error):
        return _wrong(end, f"it ends early; an example: {_EXAMPLE}")
    return SettingsError(f"--where: {error}")


def _value(record: Record, field: Field) -> Value:
    """What is handed to SQLite: lists as JSON; what is empty as null."""
    found = _reach(record, field.names)
    if found in (None, "", ()) or found == []:
        return None
    value: Value = msgspec.json.encode(found).decode() if field.is_list else found
    return value


def _reach(value: Any, names: Sequence[str]) -> Any:
    for number, name in enumerate(names):
        if isinstance(value, tuple):
            return [found for one in value if (found := _reach(one, names[number:])) is not None]
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def _about_sign(sign: str) -> str:
    if sign == "'":
        return "a text is not closed by '"
    if sign == '"':
        return "texts stand in single quotes: 'ok'"
    return f"{sign!r} means nothing here; an example: {_EXAMPLE}"


def _wrong(column: int, problem: str) -> SettingsError:
    return SettingsError(f"--where, column {column}: {problem}")
