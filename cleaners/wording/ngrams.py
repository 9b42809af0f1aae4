"""Words, runs of words and parts of words as numbers, for many short texts at once.

The hashing trick: an n-gram is the number of its bucket; there are no tables of words, whatever the language. What
is hashed: one to three words (or signs) in a row, and four letters in a row; three and five letters besides were no
gain. Letters of scripts without spaces count as words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]

LETTERS_IN_A_ROW = (4,)
WORDS_IN_A_ROW = (2, 3)
_ZERO, _NINE = np.uint32(ord("0")), np.uint32(ord("9"))
# what a character is: between words, part of one, a word by itself, not yet asked
_SPACE, _LETTER, _ALONE, _UNKNOWN = range(4)
_CLASSES = 0x11000  # of code points told apart; those beyond are words by themselves
_UNSPACED = range(0x3040, 0xA000)  # kana and Han
_LINE_END = 10
# multipliers of FNV-1a, xxHash and the golden ratio: any large odd number would do
_STEP, _MIX, _SPREAD = np.uint32(0x01000193), np.uint32(0x85EBCA77), np.uint32(0x9E3779B1)


def ngrams(texts: Sequence[str], *, bits: int) -> list[tuple[Numbers, NDArray[np.intp]]]:
    """The buckets (0 to 2**bits - 1) of all n-grams of the texts, and for each the number of its text, in rising order.

    One pair of arrays for each kind of n-gram, repeated ones included. Digits count alike, capitals as small
    letters, any white space as one space.
    """
    codes = _codes(texts)
    is_end = codes == _LINE_END
    owner = np.cumsum(is_end)
    letters = _mixed(codes * _SPREAD)
    first, last = _borders(codes)
    words, owners = _word_numbers(letters, first, last), owner[first]
    parts = [
        (_mixed(words + np.uint32(1)), owners),
        *_runs(words, owners, WORDS_IN_A_ROW),
        *_runs(letters, owner, LETTERS_IN_A_ROW, is_skipped=is_end),
    ]
    return [(numbers >> np.uint32(32 - bits), whose) for numbers, whose in parts]


def word_numbers(text: str, *, bits: int) -> tuple[tuple[str, ...], Numbers]:
    """The words (and signs) of a text as they are read, and the bucket of each as an n-gram of one."""
    codes = _codes([text])
    first, last = _borders(codes)
    numbers = _mixed(_word_numbers(_mixed(codes * _SPREAD), first, last) + np.uint32(1))
    read = codes.tobytes().decode("utf-32-le")
    words = tuple(read[start : end + 1] for start, end in zip(first.tolist(), last.tolist(), strict=True))
    return words, numbers >> np.uint32(32 - bits)


def _codes(texts: Sequence[str]) -> Numbers:
    """The characters of all texts as they are compared, a line end between two."""
    joined = "\n".join([f" {' '.join(text.lower().split())} " for text in texts])
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    return np.where((codes > _ZERO) & (codes <= _NINE), _ZERO, codes)


def _borders(codes: Numbers) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where words begin, and where they end (their last character)."""
    kind = _kinds(codes)
    before = np.concatenate(([_SPACE], kind[:-1]))
    after = np.concatenate((kind[1:], [_SPACE]))
    is_alone, is_letter = kind == _ALONE, kind == _LETTER
    first = np.flatnonzero((is_letter & (before != _LETTER)) | is_alone)
    last = np.flatnonzero((is_letter & (after != _LETTER)) | is_alone)
    return first, last


def _word_numbers(letters: Numbers, first: NDArray[np.intp], last: NDArray[np.intp]) -> Numbers:
    """A number for each word from its letters, told from sums over all letters before its ends."""
    powers, inverses = _powers(_rounded(len(letters) + 1))
    sums = np.concatenate(([np.uint32(0)], np.cumsum(letters * powers[: len(letters)], dtype=np.uint32)))
    return _mixed((sums[last + 1] - sums[first]) * inverses[first])


def _runs(
    numbers: Numbers,
    owner: NDArray[np.intp],
    lengths: Sequence[int],
    *,
    is_skipped: NDArray[np.bool_] | None = None,
) -> list[tuple[Numbers, NDArray[np.intp]]]:
    """For each length, the numbers of so many things in a row, where all are of one text."""
    found = []
    for length in lengths:
        count = max(0, len(numbers) - length + 1)
        runs = np.full(count, length, np.uint32)
        for place in range(length):
            runs = runs * _STEP + numbers[place : place + count]
        is_whole = owner[:count] == owner[length - 1 : length - 1 + count]
        if is_skipped is not None:
            is_whole &= ~is_skipped[:count]
        found.append((_mixed(runs[is_whole]), owner[:count][is_whole]))
    return found


def _mixed(numbers: Numbers) -> Numbers:
    """The numbers with all bits depending on all bits."""
    numbers = numbers ^ (numbers >> np.uint32(15))
    numbers = numbers * _MIX
    return numbers ^ (numbers >> np.uint32(13))


def _kinds(codes: Numbers) -> NDArray[np.uint8]:
    """What each character is; asked of Python once for each that is met."""
    codes = np.minimum(codes, _CLASSES - 1)
    table = _known_kinds()
    kinds = table[codes]
    if kinds.max(initial=0) == _UNKNOWN:
        for code in set(codes[kinds == _UNKNOWN].tolist()):
            table[code] = _kind(code)
        kinds = table[codes]
    return kinds


@cache
def _known_kinds() -> NDArray[np.uint8]:
    return np.full(_CLASSES, _UNKNOWN, np.uint8)


def _kind(code: int) -> int:
    char = chr(code)
    if char.isspace():
        return _SPACE
    is_letter = char.isalnum() or unicodedata.category(char) in ("Mn", "Mc")
    return _LETTER if is_letter and code not in _UNSPACED else _ALONE


def _rounded(count: int) -> int:
    """The next power of two, so that few tables are made."""
    return 1 << (count - 1).bit_length()


@cache
def _powers(count: int) -> tuple[Numbers, Numbers]:
    """Powers of an odd number and of its inverse, modulo 2**32."""
    inverse = np.uint32(pow(int(_STEP), -1, 2**32))
    powers = np.full(count, _STEP, np.uint32)
    inverses = np.full(count, inverse, np.uint32)
    powers[0] = inverses[0] = 1
    return np.cumprod(powers, dtype=np.uint32), np.cumprod(inverses, dtype=np.uint32)
