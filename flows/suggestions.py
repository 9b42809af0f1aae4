"""What may have been meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Collection


def suggestion(word: str, known: Collection[str], *, otherwise: str = "", prefix: str = "") -> str:
    """The known word that may be meant, else all of them in order; ``otherwise`` where none is known.

    ``prefix``: what all words begin with, which makes no two of them alike.
    """
    import difflib  # here: most runs have nothing to suggest

    ends = [name.removeprefix(prefix) for name in known]
    close = difflib.get_close_matches(word.removeprefix(prefix), ends, n=1)
    if close:
        return f"did you mean {prefix}{close[0]}?"
    return f"known are {', '.join(known)}" if known else otherwise
