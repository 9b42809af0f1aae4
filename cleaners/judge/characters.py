"""Signs of many texts counted at once: one table of character classes, one pass over all texts.

The texts are laid end to end as an array of code points; each code point is looked up in a table whose
entries hold one 8-bit counter per class, so that one sum counts eight classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

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
_TABLE_SIZE = 0x530  # Latin, Greek, Cyrillic; what is beyond is looked up per page

Counts = NDArray[np.float64]


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
_TABLE = np.array(list(map(_entry, range(_TABLE_SIZE))), dtype=np.uint64)


def count_signs(texts: Sequence[str]) -> tuple[Counts, Counts]:
    """(one row a text, one column for each of ``CLASSES``; words a text), both of the first ``HEAD_CHARS``.

    A word is a run of letters and digits; in scripts written without spaces letters are not parted so.
    """
    heads = [text[:HEAD_CHARS] for text in texts]
    lengths = np.array([len(head) + 1 for head in heads])
    # lone surrogates of broken pages have no code to encode: each becomes "?"
    codes = np.frombuffer("\n".join((*heads, "")).encode("utf-32-le", "replace"), dtype=np.uint32)
    entries = _look_up(codes)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    sums = np.add.reduceat(entries, starts)
    # the eight counters are the bytes, lowest first: little-endian is taken for granted, as in `codes`
    counts = sums.view(np.uint8).reshape(-1, 8).astype(np.float64)
    is_word = (entries & np.uint64(0xFF)).astype(bool)
    begins = is_word.copy()
    begins[1:] &= ~is_word[:-1]
    return counts, np.add.reduceat(begins, starts, dtype=np.float64)


def _look_up(codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
    known = codes < _TABLE_SIZE
    if known.all():
        return _TABLE[codes]
    entries = np.zeros(len(codes), dtype=np.uint64)
    entries[known] = _TABLE[codes[known]]
    # a page in Han has thousands of letters and some hundreds of different ones
    rare, places = np.unique(codes[~known], return_inverse=True)
    entries[~known] = np.array([_entry(int(code)) for code in rare], dtype=np.uint64)[places]
    return entries
