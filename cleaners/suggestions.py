"""What may have been meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Collection


def suggestion(word: str, known: Collection[str], *, otherwise: str = "", prefix: str = "") -> str:
    """The known word that may be meant, else all of them in order; ``otherwise`` where none is known.

    ``prefix``: what all words begin with, which makes no two of them alike.
    """
    ends = [name.removeprefix(prefix) for name in known]
    if close := closest(word.removeprefix(prefix), ends):
        return f"did you mean {prefix}{close}?"
    return f"known are {', '.join(known)}" if known else otherwise


def closest(word: str, known: Collection[str]) -> str:
    """The known word that may be meant; empty where none is like it."""
    return next(iter(alike(word, known, most=1)), "")


def alike(word: str, known: Collection[str], *, most: int) -> list[str]:
    """At most so many known words that may be meant, the likeliest first."""
    import difflib  # here: most runs have nothing to suggest

    return difflib.get_close_matches(word, known, n=most)
