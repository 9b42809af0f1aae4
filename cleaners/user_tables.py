"""Tables of users' TOML files: rules, platforms, decisions, sources, gates, views. An error names the wrong key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import Label

_T = TypeVar("_T")


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


def read_value(key: str, reader: Callable[[Any], _T], value: object) -> _T:
    """The value that a reader makes of it. Raises BadKey in place of its ValueError."""
    try:
        return reader(value)
    except ValueError as error:
        raise BadKey(key, str(error)) from error


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
