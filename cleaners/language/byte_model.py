"""How likely a text is in each of a hundred languages, by py3langid's model.

The model (Lui & Baldwin, "langid.py", 2012; retrained by Adrien Barbaresi, py3langid 0.4, BSD) is a naive
Bayes over the longest known n-gram of bytes that ends at each byte. The table is made from it by
``python -m training.language_model``.
"""

from __future__ import annotations

import math
import zipfile
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData

FILE = Path(__file__).with_name("byte_model.npz")
# 1/20: a weight is one byte then, and the answers are those of the model as it comes (decision 5)
STEP = 0.05
"""What one step of a stored weight is worth, in log-likelihood."""
# how many branches a state may have: one for each value of a byte
BYTES = 256
NONE = 2**32 - 1
"""The row of a state that is no n-gram of the model, only the beginning of one."""


class _Table(NamedTuple):
    """The n-grams as a tree: ``branches[state * BYTES + byte]`` is the state that is one byte longer,
    ``shorter[state]`` the longest of its endings, ``rows[state]`` the n-gram's row of ``steps`` (n-grams by
    languages): what it is worth above the language's floor.
    """

    languages: tuple[str, ...]
    branches: Mapping[int, int]
    shorter: tuple[int, ...]
    rows: NDArray[np.uint32]
    steps: NDArray[np.uint8]
    floors: NDArray[np.float32]
    priors: NDArray[np.float32]


def likelihoods(text: str) -> NDArray[np.float64]:
    """For each column of the table the log-likelihood of a text, by the square root of its bytes, so that
    short and long texts compare; but for a constant. Raises BadData where the table is missing or broken.
    """
    table = _table()
    # bytes, since the model's n-grams are of UTF-8: one tree serves every script
    encoded = text.encode("utf-8", "replace")
    counts = Counter(_states(encoded, table))
    rows = table.rows[np.fromiter(counts, np.intp, len(counts))]
    # by the logarithm, as py3langid does: a name said twenty times must not outvote the rest
    weights = np.log1p(np.fromiter(counts.values(), np.float32, len(counts)))
    # what only begins an n-gram tells nothing: any row may stand in for it, without weight
    weights[rows == NONE] = 0.0
    rows[rows == NONE] = 0
    # steps hold what is above a language's floor; the floor itself is owed by every n-gram counted
    gained = STEP * (weights @ table.steps[rows])
    told: NDArray[np.float64] = (gained + table.floors * weights.sum() + table.priors) / math.sqrt(
        max(1, len(encoded))
    )
    return told


def columns() -> tuple[str, ...]:
    """The language of each column; some have two, in two ways of writing."""
    return _table().languages


def _states(encoded: bytes, table: _Table) -> list[int]:
    """The state of the tree after each byte: the longest known string that ends there."""
    longer, shorter = table.branches.get, table.shorter
    states = []
    state = 0
    for byte in encoded:
        after = longer(state * BYTES + byte)
        # no longer string is known: its longest ending goes on (Aho and Corasick's automaton)
        while after is None and state:
            state = shorter[state]
            after = longer(state * BYTES + byte)
        state = after or 0
        states.append(state)
    return states


@cache
def _table() -> _Table:
    try:
        # no pickles: a file that was exchanged could run code by them
        with np.load(FILE, allow_pickle=False) as arrays:
            return _Table(
                tuple(str(code) for code in arrays["languages"]),
                dict(zip(arrays["branches"].tolist(), arrays["states"].tolist(), strict=True)),
                # no list: the garbage collector would look through it again and again
                tuple(arrays["shorter"].tolist()),
                arrays["rows"],
                arrays["steps"],
                arrays["floors"],
                arrays["priors"],
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadData(f"{FILE.name}: {error}; make it with python -m training.language_model") from error
