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


def repeats(blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """How often else the text of each block occurs on the page, and how often before it."""
    if READER is None:
        return plain_repeats(blocks)
    seen, before = READER.repeats(blocks, _key)
    return seen, before


def shared_words(texts: Sequence[str], head: str) -> Shared:
    """What texts have in common with a title."""
    shared: Shared | None = READER and READER.shared_words(texts, head, _tokens)
    return shared or plain_shared_words(texts, head)


def plain_repeats(blocks: Sequence[Block]) -> tuple[Floats, Floats]:
    """The plain twin of ``Texts.repeats``."""
    keys = [_key(block.raw) for block in blocks]
    counts: dict[str, int] = {}
    before = np.empty(len(blocks))
    for at, key in enumerate(keys):
        before[at] = counts.get(key, 0)
        counts[key] = counts.get(key, 0) + 1
    return np.array([counts[key] - 1.0 for key in keys]), before


def _key(raw: str) -> str:
    # characters enough to tell blocks apart; a hostile block of a megabyte is not lowered whole
    return " ".join(raw[:400].split())[:200].lower()


def plain_shared_words(texts: Sequence[str], head: str) -> Shared:
    """The plain twin of ``Texts.shared_words``."""
    wanted = frozenset(_tokens(head))
    shared = []
    for at, text in enumerate(texts):
        # nearly no entry of a menu has any of them, even within a word
        if not any(map(text.lower().__contains__, wanted)):
            continue
        tokens = frozenset(_tokens(text))
        if common := len(tokens & wanted):
            shared.append((at, len(tokens), common))
    return len(wanted), shared


def _tokens(text: str) -> list[str]:
    """Words in lower case; letters of unspaced scripts each for itself."""
    if text.isascii():
        return _TOKEN.findall(text.lower())
    # else a Han headline would be one word, and like no title that differs in one sign
    return _TOKEN.findall(UNSPACED.sub(r" \g<0> ", text.lower()))
