"""Values in messages: as much as identifies them, and how many."""

from __future__ import annotations

# set by hand: with the rest of a message, it fits two lines of a terminal
MOST_CHARACTERS = 60
SHOWN_ID_CHARS = 12
"""Of an id on the screen: commands take its beginning."""


def shortened(value: object) -> str:
    """A value as text; of a long one its beginning, and `…`."""
    try:
        text = str(value)
    except ValueError:
        # sys.get_int_max_str_digits: Python writes no number that is longer
        return "a number of thousands of digits"
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 article``, ``1,200 articles``."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
