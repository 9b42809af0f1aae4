"""How well a text fits each language langdetect knows, by langdetect's own profiles and without its chance.

langdetect (Nakatani Shuyo, 2010; Apache-2.0) multiplies the probabilities of n-grams it draws from a text at random, so
that the same text may be two languages. Here all n-grams of one to three letters count, once each time they occur. This
decides in which encoding a text reads best (``cleaners/decode/charsets.py``).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData

# U+10FFFF, the last, takes 21 bits: three characters fit into a number of 64
_BITS = 21  # of a code point
_SPACE = 32
# probability of an n-gram a profile lacks: langdetect's ALPHA_DEFAULT over its BASE_FREQ
_SMOOTHING = 0.5 / 10_000


class _Profile(Struct, frozen=True):
    """A file of langdetect: how often each n-gram was found, and how many of one, two and three letters there were."""

    freq: dict[str, int]
    n_words: tuple[int, int, int]


class Fits(NamedTuple):
    """For each column of the table the log-likelihood of a text but for a constant; and the log-likelihood
    such a text usually has in the language that fits best.
    """

    values: NDArray[np.float64]
    usual: float


class _Table(NamedTuple):
    """The n-grams (sorted), and for each, from ``starts[i]`` to ``starts[i + 1]``, whose they are and what
    they gain; what an n-gram of each language gains on average.
    """

    languages: tuple[str, ...]
    keys: NDArray[np.uint64]
    starts: NDArray[np.intp]
    whose: NDArray[np.uint8]
    gains: NDArray[np.float64]
    usual: NDArray[np.float64]


def fits(text: str) -> Fits:
    """How well a text fits each language. Raises BadData where langdetect's profiles are missing or broken."""
    table = _table()
    grams = np.sort(_grams(text))  # neighbours in the table are read one after another
    at = np.searchsorted(table.keys, grams)
    # beyond the last key there is nothing to compare with; the next line drops what is not the same
    at[at == len(table.keys)] = 0
    at = at[table.keys[at] == grams]
    counts = table.starts[at + 1] - table.starts[at]
    before = np.cumsum(counts) - counts
    # the entries of all n-grams in a row, without a loop in Python: from `starts[i]` on, as many as it has
    entries = np.repeat(table.starts[at] - before, counts) + np.arange(int(counts.sum()))
    sums = np.bincount(table.whose[entries], weights=table.gains[entries], minlength=len(table.languages))
    usual = float(table.usual[sums.argmax()]) * len(grams)
    return Fits(sums.astype(np.float64), usual)


def columns() -> tuple[str, ...]:
    """The language of each column, by langdetect's code."""
    return _table().languages


def _grams(text: str) -> NDArray[np.uint64]:
    """All n-grams of the text as numbers; none goes beyond a word and the space beside it."""
    # a word that begins with two capitals (NATO) is of no language: langdetect passes over such too
    words = [word for word in _normal(text).split() if not word[:2].isupper() or len(word) == 1]
    codes = np.frombuffer(f" {' '.join(words)} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    one, two = np.uint64(_BITS), np.uint64(2 * _BITS)
    is_space = codes == _SPACE
    pairs = codes[:-1] | (codes[1:] << one)
    triples = codes[:-2] | (codes[1:-1] << one) | (codes[2:] << two)
    # a space alone is no evidence, and one in the middle would join two words
    return np.concatenate((codes[~is_space], pairs, triples[~is_space[1:-1]]))


def _normal(text: str) -> str:
    """The text as the profiles were made: signs as spaces, Han and Hangul by groups, Vietnamese in one form."""
    from langdetect.utils.ngram import NGram

    # its two functions are called, not written again: the profiles were made with just these
    return "".join(map(_normal_letter, str(NGram.normalize_vi(text))))


@cache
def _normal_letter(char: str) -> str:
    from langdetect.utils.ngram import NGram

    return str(NGram.normalize(char))


@cache
def _table() -> _Table:
    from langdetect import PROFILES_DIRECTORY

    try:
        # names with underscores are Python's
        files = sorted(file for file in Path(PROFILES_DIRECTORY).iterdir() if "_" not in file.name)
        profiles = [msgspec.json.decode(file.read_bytes(), type=_Profile) for file in files]
    except (OSError, msgspec.DecodeError) as error:
        raise BadData(f"langdetect's profiles: {error}; install langdetect again") from error
    if not profiles:
        raise BadData(f"langdetect's profiles: none in {PROFILES_DIRECTORY}; install langdetect again")
    codes = np.concatenate([np.array([*one.freq], "U3").view(np.uint32) for one in profiles]).reshape(-1, 3)
    shifted = codes.astype(np.uint64) << np.array([0, _BITS, 2 * _BITS], np.uint64)
    keys = shifted.sum(axis=1, dtype=np.uint64)
    whose = np.repeat(np.arange(len(profiles), dtype=np.uint8), [len(one.freq) for one in profiles])
    # the share of each n-gram among those of its length
    totals = np.array([one.n_words for one in profiles])[whose, (codes > 0).sum(axis=1) - 1]
    found = [np.fromiter(one.freq.values(), np.float64, len(one.freq)) for one in profiles]
    shares = np.concatenate(found) / totals
    gains = np.log1p(shares / _SMOOTHING)
    order = np.argsort(keys, kind="stable")
    known, starts = np.unique(keys[order], return_index=True)
    # what an n-gram of one to three letters gains on average in a text of the language, by the profile itself
    usual = np.bincount(whose, weights=shares * gains) / 3
    names = tuple(file.name for file in files)
    return _Table(names, known, np.append(starts, len(keys)), whose[order], gains[order], usual)
