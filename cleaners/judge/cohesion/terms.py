"""Which terms stand where on a page: words that tell what a text is about, in any language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.word_count import UNSPACED

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
Floats = NDArray[np.float64]

# set by hand: shorter ones are mostly function words, and of those of four letters the lexicon lists the frequent
LEAST_LETTERS = 4


class Terms(Struct, frozen=True):
    """The terms of a page's blocks, each once a block: ``terms[k]`` (a number) occurs in block ``blocks[k]``, which
    is prose where ``in_prose[k]``. Per term ``first`` and ``last``, the first and the last block of prose it occurs
    in: beyond the last block (``count``) and -1 where there is none.
    """

    blocks: Ints
    terms: Ints
    in_prose: Bools
    first: Ints
    last: Ints
    count: int

    def share(self, is_so: Bools) -> Floats:
        """The share of each block's terms of which something is so; 0 for a block without any."""
        holding = np.bincount(self.blocks, minlength=self.count)
        return self.total(is_so) / np.maximum(1, holding)

    def total(self, is_so: Bools) -> Floats:
        """The number of each block's terms of which something is so."""
        return np.bincount(self.blocks, weights=is_so, minlength=self.count).astype(np.float64)

    def of(self, is_so: Bools) -> Bools:
        """For each term whether it occurs in one of the blocks of which something is so."""
        found = np.zeros(len(self.first), dtype=np.bool_)
        found[self.terms[is_so[self.blocks]]] = True
        return found


def find_terms(
    words: Sequence[Sequence[str]], is_counted: Bools, is_prose: Bools, function_words: Collection[str]
) -> Terms:
    """The terms of the blocks where ``is_counted``, from their folded ``words``.

    ``function_words``: the frequent words of the page's language, which do not show what a text is about.
    """
    numbers: dict[str, int] = {}
    blocks: list[int] = []
    terms: list[int] = []
    for at in np.flatnonzero(is_counted).tolist():
        found = _terms_of(words[at], function_words)
        blocks += [at] * len(found)
        terms += [numbers.setdefault(term, len(numbers)) for term in found]
    places, found_terms = np.array(blocks, dtype=np.intp), np.array(terms, dtype=np.intp)
    in_prose = is_prose[places]
    first, last = np.full(len(numbers), len(words)), np.full(len(numbers), -1)
    prose_blocks, prose_terms = places[in_prose], found_terms[in_prose]
    # pairs come in the order of blocks: what is written last stays
    last[prose_terms] = prose_blocks
    first[prose_terms[::-1]] = prose_blocks[::-1]
    return Terms(places, found_terms, in_prose, first, last, len(words))


def _terms_of(words: Iterable[str], function_words: Collection[str]) -> dict[str, None]:
    # a dictionary, as a set's order differs from run to run
    found: dict[str, None] = {}
    for word in words:
        if word.isascii():
            # figures are folded to signs
            if len(word) >= LEAST_LETTERS and word[0] != "#" and word not in function_words:
                found[word] = None
        elif UNSPACED.search(word):
            found.update(dict.fromkeys(map("".join, pairwise(word))))
        elif len(word) >= LEAST_LETTERS and word not in function_words:
            found[word] = None
    return found
