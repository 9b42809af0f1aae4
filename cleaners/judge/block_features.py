"""What a block is by itself, as measures: its length, signs, shape and links.

Signs of a text are counted in one pass: what there is to know of a character holds one 8-bit counter per class, so that
one sum counts eight classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core.texts import Texts
from copydesk.cleaners.sentence_ends import ends_with_terminal
from copydesk.cleaners.types import Block, Kind

Floats = NDArray[np.float64]

HEAD_CHARS = 240
"""Signs are counted in so much of a text's beginning: counters of eight bits hold no more."""

CLASSES = (
    "word",
    "digit",
    "upper",
    "pause",
    "quote",
    "unspaced",
    "mark",  # bars, arrows and bullets, which part what is listed
    "odd",  # currency, at, hash, copyright, asterisk: signs that prose has few of
)
_PAUSES = frozenset(",،、，;；:：–—")
_QUOTES = frozenset('"“”„«»‘’「」『』‹›')
_MARKS = frozenset("|¦›»→▶►•·▪●/\\>")
_ODD = frozenset("$€£¥₹%@#©®™*+=_~{}<[]&✓★☆")
# Thai; kana; Han with extension A; Han beyond the Basic Multilingual Plane. Unicode blocks
_UNSPACED = ((0x0E00, 0x0E7F), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0x20000, 0x2FFFF))
_FIRST_UNSPACED = _UNSPACED[0][0]

_KINDS = tuple(Kind)

OWN: tuple[str, ...] = (
    "chars_log",
    "words_log",
    "link_share",
    "ends_sentence",
    "chars_a_word",
    *(f"{name}_share" for name in CLASSES),
    "is_cut",
    "starts_lower",
    "has_question",
    "ends_colon",
    "level",
    "is_prose",
    "is_hidden",
    "gap_before",
    "gap_after",
    "cells",
    *(f"is_{kind}" for kind in _KINDS),
)
"""The columns of ``Own.table``."""
_APART = ("link_share", "ends_sentence", "is_prose", f"is_{Kind.HEADING}")


def _entry(code: int) -> int:
    """The eight counters of one character: 1 in each class it is in."""
    char = chr(code)
    entry = _SIGNS.get(char, 0)
    if char.isalnum():
        entry |= 1
        if char.isdigit():
            entry |= 1 << 8
    if char.isupper():
        entry |= 1 << 16
    if code >= _FIRST_UNSPACED and any(low <= code <= high for low, high in _UNSPACED):
        entry |= 1 << 40
    return entry


def _signs() -> dict[str, int]:
    """The counters of marks of punctuation."""
    signs: dict[str, int] = {}
    for name, chars in (("pause", _PAUSES), ("quote", _QUOTES), ("mark", _MARKS), ("odd", _ODD)):
        for char in chars:
            signs[char] = signs.get(char, 0) | 1 << 8 * CLASSES.index(name)
    return signs


_SIGNS = _signs()


class Own(Struct, frozen=True):
    """Blocks by themselves, one number a block: ``chars``, ``words``, ``links`` (share of the text that is linked),
    ``ends_sentence``, ``is_prose`` and ``is_heading`` (0 or 1); ``table`` has these and more, columns as in ``OWN``.
    """

    chars: Floats
    words: Floats
    links: Floats
    ends_sentence: Floats
    is_prose: Floats
    is_heading: Floats
    table: Floats


def measure_own(blocks: Sequence[Block]) -> Own:
    """The measures of blocks by themselves."""
    chars, words, table = READER.own(blocks, _KINDS, ends_with_terminal)
    links, ends, is_prose, is_heading = (table[:, OWN.index(name)] for name in _APART)
    return Own(chars, words, links, ends, is_prose, is_heading, table)


def _describe_character(char: str) -> tuple[int, str, bool, bool]:
    """What the compiled core asks of a character: its counters, its small letter, whether that is part of a word, and
    whether it is a word by itself.
    """
    lower = char.lower()
    is_alone = any(first <= ord(lower[0]) <= last for first, last in _UNSPACED)
    return _entry(ord(char)), lower, lower.isalnum(), is_alone


READER = Texts(_describe_character)
"""Reads texts character by character."""
