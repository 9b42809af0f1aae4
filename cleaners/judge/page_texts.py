"""Texts of a page against each other: which occur again, and which have words of the title."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.judge.block_features import READER
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Block
from copydesk.cleaners.word_count import UNSPACED

Floats = NDArray[np.float64]
_TOKEN = lazy_pattern(r"[^\W_]+")
Shared = tuple[int, list[tuple[int, int, int]]]
"""How many different words a title has; for each text that has any of them its place, how many different words it has,
and how many of them are the title's.
"""


def repeats(blocks: Sequence[Block]) -> Floats:
    """How often else the text of each block occurs on the page, and how often before it: two rows."""
    return READER.repeats(blocks, _key)


def shared_words(texts: list[str], head: str) -> Shared:
    """What texts have in common with a title."""
    return READER.shared_words(texts, head, _tokens)


def _key(raw: str) -> str:
    # characters enough to tell blocks apart; a hostile block of a megabyte is not lowered whole
    return " ".join(raw[:400].split())[:200].lower()


def _tokens(text: str) -> list[str]:
    """Words in lower case; letters of unspaced scripts each for itself."""
    if text.isascii():
        return _TOKEN.findall(text.lower())
    # else a Han headline would be one word, and like no title that differs in one sign
    return _TOKEN.findall(UNSPACED.sub(r" \g<0> ", text.lower()))
