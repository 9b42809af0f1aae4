"""Values of keys: texts, words of a list, yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from copydesk.flows.suggestions import suggestion

# C0, DEL and C1; a line break in a value would begin a header or request of its own
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def read_text(value: object) -> str:
    """A text that says something. Raises ValueError, as all of these do, that says what to write instead."""
    if not isinstance(value, str):
        raise ValueError(f"expected a text{_in_quotes(value)}")
    if not value.strip():
        raise ValueError("expected a text, not an empty one")
    return value


def _in_quotes(value: object) -> str:
    # in Python true and false are integers, too
    is_simple = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f'; write "{value}"' if is_simple else ""


def one_of(known: Sequence[str], what: str, others: Mapping[str, str]) -> Callable[[object], str]:
    """A reader of one of some words; ``others``: which of them people mean by another."""

    def read(value: object) -> str:
        word = read_text(value)
        if word not in known:
            meant = others.get(word.lower())
            hint = f"did you mean {meant}?" if meant else suggestion(word.lower(), known)
            raise ValueError(f"unknown {what} {word!r}; {hint}")
        return word

    return read


def read_yes_or_no(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false, without quotation marks")
    return value


def read_most(value: object) -> int:
    """A number of things, one at least."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("expected a number, 1 or more")
    return value
