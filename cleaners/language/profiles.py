"""How well a text fits each language langdetect knows, by langdetect's own profiles and without its chance.

langdetect (Nakatani Shuyo, 2010; Apache-2.0) multiplies the probabilities of n-grams it draws from a text at random, so
that the same text may be two languages. Here all n-grams of one to three letters count, once each time they occur.
The table is made from the installed langdetect by ``python -m training.language_profiles``.
"""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData

FILE = Path(__file__).with_name("profiles.npz")
# U+10FFFF, the last, takes 21 bits: three characters fit into a number of 64
_BITS = 21  # of a code point
_SPACE = 32


class Fits(NamedTuple):
    """For each column of the table the log-likelihood of a text but for a constant; how many n-grams the text
    has; and the log-likelihood such a text usually has in the language that fits best.
    """

    values: NDArray[np.float64]
    grams: int
    usual: float


class _Table(NamedTuple):
    """The n-grams (sorted), and for each, from ``starts[i]`` to ``starts[i + 1]``, whose they are and what
    they gain; what an n-gram of each language gains on average.
    """

    languages: tuple[str, ...]
    keys: NDArray[np.uint64]
    starts: NDArray[np.int32]
    whose: NDArray[np.uint8]
    gains: NDArray[np.float32]
    usual: NDArray[np.float32]


def key_of(gram: str) -> int:
    """An n-gram of one to three characters as a number."""
    return sum(ord(char) << (_BITS * place) for place, char in enumerate(gram))


def fits(text: str) -> Fits:
    """How well a text fits each language. Raises BadData where the table is missing or broken."""
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
    # by the language that fits best: text in none of them falls short even of that (see `weights`)
    usual = float(table.usual[sums.argmax()]) * len(grams)
    return Fits(sums.astype(np.float64), len(grams), usual)


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
    # a space alone tells nothing, and one in the middle would join two words
    return np.concatenate((codes[~is_space], pairs, triples[~is_space[1:-1]]))


def _normal(text: str) -> str:
    """The text as the profiles were made: signs as spaces, Han and Hangul by groups, Vietnamese in one form."""
    from langdetect.utils.ngram import NGram

    # its two functions are called, not written again: the profiles were made with just these
    return str(NGram.normalize_vi(text)).translate(_letters())


class _Letters(dict[int, str]):
    """What langdetect makes of each character, asked once: a table for ``str.translate`` that fills as texts come."""

    def __missing__(self, code: int) -> str:
        from langdetect.utils.ngram import NGram

        self[code] = str(NGram.normalize(chr(code)))
        return self[code]


@cache
def _letters() -> _Letters:
    return _Letters()


@cache
def _table() -> _Table:
    try:
        with np.load(FILE, allow_pickle=False) as arrays:
            return _Table(
                tuple(str(code) for code in arrays["languages"]),
                arrays["keys"],
                arrays["starts"],
                arrays["whose"],
                # half precision is enough in the file, and too little to add up hundreds
                arrays["gains"].astype(np.float32),
                arrays["usual"],
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadData(f"{FILE.name}: {error}; make it with python -m training.language_profiles") from error
