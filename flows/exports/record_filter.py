"""Makes a test of records from the expression of ``--where``.

SQLite evaluates the expression, with the standard meaning of ``and``, ``in``, ``like`` and ``is null``. The statement
contains only listed words and signs; the user's fields and constants are parameters.
"""

from __future__ import annotations

import json
import re
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Record
from copydesk.cleaners.suggestions import closest, suggestion
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import shortened

_WORDS = frozenset({"and", "or", "not", "in", "is", "null", "like", "escape", "between", "true", "false"})
_FUNCTIONS = frozenset({"lower", "upper", "length", "substr", "instr", "trim", "coalesce", "abs", "round"})
# functions of lists: whether a value is in it, and its length
_LIST_FUNCTIONS = frozenset({"has", "items"})
_COMPARISONS = frozenset({"=", "==", "<", "<=", ">", ">=", "<>", "!="})
_TOKEN = lazy_pattern(
    r"""(?P<space>\s+)
    | (?P<text>'(?:[^']|'')*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
    | (?P<sign><=|>=|<>|!=|==|\|\||[=<>(),+*/%-])""",
    re.VERBOSE,
)
_NUMBER = lazy_pattern(r"-?\d+(?:\.\d+)?")
_DATES = (("date_published",), ("date_modified",), ("fetched_at",))
_DATE = lazy_pattern(r"\d{4}(?:-\d\d(?:-\d\d(?:T.+)?)?)?")
_EXAMPLE = "status = 'ok' and language in ('de', 'fr')"
# names in other programs for the length of a text
_LENGTHS = frozenset({"words", "word_count", "wordcount", "chars", "characters", "length", "size"})
# after a sign of comparison, or in the brackets of `in`
_BEFORE_A_VALUE = lazy_pattern(r"(?:[=<>]|\blike|\bbetween|\bin\s*+\([^()]*+)\s*+$", re.IGNORECASE)
_CALL = lazy_pattern(r"\s*+\(")
# set by hand: room for the ids of some hundred records, and little to evaluate for each record
_MOST_CHARACTERS, _MOST_PARTS = 20_000, 2_000
# with types, so that '2' and 2 are equal, as for columns
_TYPED = {inspect.FloatType: "CAST(? AS REAL)", inspect.IntType: "CAST(? AS INTEGER)", inspect.BoolType: "?"}
Value = str | int | float | None


class Field(NamedTuple):
    """A field of records: its names from the outside in, and its type; of a list that of its items."""

    names: tuple[str, ...]
    type: type[inspect.Type]
    is_list: bool


class Token(NamedTuple):
    """A word, sign, field or constant: as written, its column (from 1), as SQL, and its field or value."""

    written: str
    column: int
    sql: str
    field: Field | None = None
    constant: str | int | float | None = None


def record_filter(where: str) -> Callable[[Record], bool]:
    """The test of an expression. Empty fields are null: as in SQL, a comparison with them is neither true nor false.

    Raises SettingsError, with the column, for a wrong expression.
    """
    if len(where) > _MOST_CHARACTERS:
        raise SettingsError(f"--where: {len(where):,} characters; give {_MOST_CHARACTERS:,} or fewer")
    tokens = list(islice(_tokens(where), _MOST_PARTS + 1))
    if len(tokens) > _MOST_PARTS:
        raise SettingsError(f"--where: more than {_MOST_PARTS:,} words and signs; give fewer")
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
            # SQLite's integers have 64 bits
            is_integer = written.isdecimal() and len(written) < 19
            token = Token(written, column, "?", constant=int(written) if is_integer else float(written))
        token = token or Token(written, column, written)
        if "?" in token.sql:
            placeholder += 1
            token = token._replace(sql=token.sql.replace("?", f"?{placeholder}"))
        yield token


def _word(where: str, column: int, written: str) -> Token:
    lower = written.lower()
    if lower in _WORDS:
        return Token(written, column, lower)
    if _CALL.match(where, column - 1 + len(written)):
        known = sorted(_FUNCTIONS | _LIST_FUNCTIONS)
        if lower not in known:
            raise _wrong(column, f"there is no function {shortened(written)!r}; {suggestion(lower, known)}")
        return Token(written, column, lower)
    field = _fields().get(written)
    if field is None:
        raise _unknown(written, column, is_value=_BEFORE_A_VALUE.search(where[: column - 1]) is not None)
    return Token(
        written, column, _TYPED.get(field.type, "CAST(? AS TEXT)") if not field.is_list else "?", field
    )


def _unknown(written: str, column: int, *, is_value: bool) -> SettingsError:
    """``is_value``: whether a value is expected there."""
    fields = _fields()
    # the longest known prefix, and the first unknown name
    outer, name = "", written.partition(".")[0]
    while (path := f"{outer}.{name}" if outer else name) in fields:
        outer, name = path, written.removeprefix(f"{path}.").partition(".")[0]
    known = list(_parts(outer))
    if outer:
        hint = suggestion(path, known, otherwise=f"{outer} has no parts")
    else:
        hint = _meant(name, known, quoted=shortened(written) if is_value else "")
    return _wrong(column, f"there is no field {shortened(written)!r}; {hint}")


def _meant(name: str, known: Sequence[str], *, quoted: str) -> str:
    """A hint for an unknown field: similar fields, or all of them. ``quoted``: the text, where a value is expected."""
    close = closest(name, known)
    if quoted:
        return f"put texts in single quotes: '{quoted}'" + (f"; or did you mean {close}?" if close else "")
    if close:
        return f"did you mean {close}?"
    if name.lower() in _LENGTHS:
        return "length(text) is how many characters the text has"
    maps = ("field_origins.", "field_agreement.")
    lasts = {path: path.rpartition(".")[2] for path in _fields() if not path.startswith(maps)}
    similar = [path for path, last in lasts.items() if name.lower() in (last, *last.split("_"))]
    if similar:
        return f"did you mean {' or '.join(filter(None, (', '.join(similar[:-1]), similar[-1])))}?"
    return f"known are {', '.join(known)}"


@lru_cache(maxsize=1)
def _fields() -> dict[str, Field]:
    """All fields of records by name, including nested ones: ``provenance.ai.role``."""
    found: dict[str, Field] = {}

    def add(type_: inspect.Type, names: tuple[str, ...], is_list: bool) -> None:
        while isinstance(type_, inspect.UnionType | inspect.VarTupleType):
            if isinstance(type_, inspect.VarTupleType):
                type_, is_list = type_.item_type, True
            else:
                type_ = next(one for one in type_.types if not isinstance(one, inspect.NoneType))
        if names:
            found[".".join(names)] = Field(names, type(type_), is_list)
        match type_:
            case inspect.StructType(fields=fields):
                for field in fields:
                    add(field.type, (*names, field.encode_name), is_list)
            case inspect.DictType(value_type=value):  # origins: of any field
                for name in Record.__struct_fields__:
                    add(value, (*names, name), is_list)

    add(inspect.type_info(Record), (), False)
    return found


def _parts(outer: str) -> Iterator[str]:
    """The full names of the fields directly within one."""
    depth = outer.count(".") + 1 if outer else 0
    return (
        path for path in _fields() if path.count(".") == depth and (not outer or path.startswith(f"{outer}."))
    )


def _check_types(tokens: Sequence[Token]) -> None:
    """Refuses comparisons that SQLite would accept, but that are true for no record or for all."""
    for number, token in enumerate(tokens):
        field = token.field
        if field is None:
            continue
        before = tokens[number - 2].sql if number > 1 and tokens[number - 1].sql == "(" else ""
        after = [one.sql for one in tokens[number + 1 : number + 2]]
        if field.is_list and before not in _LIST_FUNCTIONS and after != ["is"]:
            raise _wrong(token.column, f"{token.written} is a list: use has({token.written}, 'value')")
        if field.type in (inspect.StructType, inspect.DictType) and not field.is_list:
            raise _wrong(token.column, f"{token.written} has parts: {', '.join(_parts(token.written))}")
        if before in _LIST_FUNCTIONS and not field.is_list:
            raise _wrong(token.column, f"{token.written} is no list")
        for compared in _compared(tokens, number):
            if problem := _problem_of(token.written, field, compared):
                raise _wrong(compared[0].column, problem)


def _compared(tokens: Sequence[Token], number: int) -> Iterator[Sequence[Token]]:
    """The constants with which a field is compared, beyond a sign on either side or as bounds of ``between``; each with
    the tokens behind it.
    """
    sign, *_ = signs = [token.sql for token in tokens[number + 1 : number + 3]] or [""]
    places = [number + 2] if sign in _COMPARISONS else []
    if number > 1 and tokens[number - 1].sql in _COMPARISONS:
        places.append(number - 2)
    if "between" in signs:
        first = number + signs.index("between") + 2
        places += [first, first + 2]
    return (tokens[at:] for at in places if at < len(tokens) and tokens[at].constant is not None)


def _problem_of(name: str, field: Field, compared: Sequence[Token]) -> str:
    """Why a field of this type is not compared with a constant, the first of the tokens; empty if it may be."""
    constant, none = compared[0].constant, f"and {shortened(compared[0].written)} none"
    if field.type is inspect.BoolType and isinstance(constant, str):
        return f"{name} is true or false, without quotes"
    is_number = field.type in (inspect.IntType, inspect.FloatType)
    if is_number and isinstance(constant, str) and not _NUMBER.fullmatch(constant):
        return f"{name} is a number, {none}"
    if field.names not in _DATES:
        return ""
    if [token.sql for token in compared[1:2]] == ["-"]:
        # else it would be a difference of numbers
        date = takewhile(lambda token: token.sql == "-" or token.constant is not None, compared)
        return f"put dates in single quotes: '{shortened(''.join(token.written for token in date))}'"
    return "" if _is_date(str(constant)) else f"{name} is a date, such as '2026-03-14', {none}"


def _is_date(text: str) -> bool:
    """Whether a text is a date as records have them, or the year or month of one."""
    if not _DATE.fullmatch(text):
        return False
    try:
        # a year or month alone stands for its beginning
        datetime.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)  # shared: it has no data
def _database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    # SQLite's own lower() and upper() change only ASCII letters
    database.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)
    database.create_function("upper", 1, lambda text: text and str(text).upper(), deterministic=True)
    database.create_function(
        "has", 2, lambda listed, value: value in json.loads(listed or "[]"), deterministic=True
    )
    database.create_function("items", 1, lambda listed: len(json.loads(listed or "[]")), deterministic=True)
    allowed = _FUNCTIONS | _LIST_FUNCTIONS | {"like"}

    def is_allowed(action: int, _: str | None, name: str | None, *__: str | None) -> int:
        if action == sqlite3.SQLITE_SELECT or (action == sqlite3.SQLITE_FUNCTION and name in allowed):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    # a second line of defence: only listed words get here
    database.set_authorizer(is_allowed)
    return database


def _statement(tokens: Sequence[Token], *, end: str = " THEN 1 ELSE 0 END") -> str:
    return f"SELECT CASE WHEN {' '.join(token.sql for token in tokens)}{end}"


def _fault(database: sqlite3.Connection, tokens: Sequence[Token], error: sqlite3.Error) -> SettingsError:
    """SQLite's error, with the first word that it does not accept."""
    if "syntax error" not in str(error) and "incomplete" not in str(error):
        return SettingsError(f"--where: {error}")

    def is_wrong(count: int) -> bool:
        """Whether the first so many words are wrong, whatever follows: as all are that begin with wrong ones."""
        try:
            database.execute(_statement(tokens[:count], end=""), [None] * len(tokens))
        except sqlite3.Error as stopped:
            return "syntax error" in str(stopped)
        return False

    number = bisect_left(range(1, len(tokens) + 1), True, key=is_wrong)
    if number < len(tokens):
        token = tokens[number]
        return _wrong(
            token.column, f"{shortened(token.written)!r} is not possible here; an example: {_EXAMPLE}"
        )
    return _wrong(tokens[-1].column + len(tokens[-1].written), f"it ends early; an example: {_EXAMPLE}")


def _value(record: Record, field: Field) -> Value:
    """The value of a field for SQLite: a list as JSON, an empty value as null."""
    found = _get(record, field.names)
    if found in (None, "", ()) or found == []:
        return None
    value: Value = msgspec.json.encode(found).decode() if field.is_list else found
    return value


def _get(value: Any, names: Sequence[str]) -> Any:
    for number, name in enumerate(names):
        if isinstance(value, tuple):
            return [found for one in value if (found := _get(one, names[number:])) is not None]
        value = value.get(name) if isinstance(value, dict) else getattr(value, name)
    return value


def _about_sign(sign: str) -> str:
    if sign == "'":
        return "a text is not closed by '"
    if sign == '"':
        return "put texts in single quotes: 'ok'"
    return f"{sign!r} means nothing here; an example: {_EXAMPLE}"


def _wrong(column: int, problem: str) -> SettingsError:
    return SettingsError(f"--where, column {column}: {problem}")
