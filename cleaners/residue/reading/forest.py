"""Decision trees over measures: what was learned of texts, as arrays.

Learned with LightGBM (``python -m training.residue``), evaluated with NumPy. No tree is walked: each condition that
does not hold excludes leaves, and a row ends in the first leaf that is left (QuickScorer, Lucchese et al., SIGIR 2015).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData

MAX_LEAVES = 16
"""Of a tree: each is a bit."""
_ALL_LEAVES = np.uint16((1 << MAX_LEAVES) - 1)


class Forest(Struct, frozen=True):
    """Trees as arrays of conditions, tree after tree. A condition holds where a measure is at most its limit, or is not
    a number and ``misses_true``. ``remaining``: the leaves in which a row may still end where the condition does not
    hold, as bits; the lowest is the tree's first leaf.

    ``first_nodes``, ``first_leaves``: where each tree begins; ``answers``: the number of the answer that it speaks for.
    """

    names: tuple[str, ...]
    first_nodes: NDArray[np.int32]
    first_leaves: NDArray[np.int32]
    answers: NDArray[np.int32]
    measures: NDArray[np.int16]
    limits: NDArray[np.float32]
    misses_true: NDArray[np.bool_]
    remaining: NDArray[np.uint16]
    leaves: NDArray[np.float32]

    def odds(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of each answer for each row of measures: an array of (rows, answers)."""
        # a comparison with NaN is false, one with the least number is true: a second set of columns has that instead
        both = np.concatenate((rows, np.where(np.isnan(rows), -np.inf, rows)), axis=1)
        columns = self.measures + np.int16(rows.shape[1]) * self.misses_true
        is_true = both.take(columns, axis=1) <= self.limits
        remaining = self.remaining | is_true * _ALL_LEAVES
        possible = np.bitwise_and.reduceat(remaining, self.first_nodes, axis=1)
        lowest = possible & -possible
        # the exponent of a power of two is the place of its bit
        leaf = self.first_leaves + np.frexp(lowest.astype(np.float32))[1] - 1
        # trees of one answer are beside each other
        first_trees = np.flatnonzero(np.diff(self.answers, prepend=-1))
        odds: NDArray[np.float32] = np.add.reduceat(self.leaves[leaf], first_trees, axis=1)
        return odds


def read_forest(arrays: Mapping[str, NDArray[np.generic]], measures: Sequence[str], *, where: str) -> Forest:
    """Trees as stored. Raises BadData where they were learned from other measures."""
    if tuple(map(str, arrays["measure_names"])) != tuple(measures):
        raise BadData(f"{where}: the trees are for other measures; make them with python -m training.residue")
    return Forest(
        names=tuple(map(str, arrays["names"])),
        first_nodes=np.asarray(arrays["first_nodes"], np.int32),
        first_leaves=np.asarray(arrays["first_leaves"], np.int32),
        answers=np.asarray(arrays["answers"], np.int32),
        measures=np.asarray(arrays["measures"], np.int16),
        limits=np.asarray(arrays["limits"], np.float32),
        misses_true=np.asarray(arrays["misses_true"], np.bool_),
        remaining=np.asarray(arrays["remaining"], np.uint16),
        leaves=np.asarray(arrays["leaves"], np.float32),
    )
