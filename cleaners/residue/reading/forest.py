"""Decision trees over measures: what was learned of texts, as arrays.

Learned with LightGBM (``python -m training.residue``), evaluated with NumPy alone: all trees go down together, a level
a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData


class Forest(Struct, frozen=True):
    """Trees, node after node: ``left`` and ``right`` are numbers of nodes, below zero those of leaves (-1 - leaf).

    ``misses_left``: whether a measure that is not a number goes left. ``answers``: the number of the answer that each
    tree speaks for; ``roots`` where it begins.
    """

    names: tuple[str, ...]
    roots: NDArray[np.int32]
    answers: NDArray[np.int32]
    measures: NDArray[np.int16]
    limits: NDArray[np.float32]
    misses_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaves: NDArray[np.float32]

    def odds(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-odds of each answer for each row of measures: an array of (rows, answers)."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        row, tree = np.nonzero(at >= 0)
        while len(row):
            nodes = at[row, tree]
            values = rows[row, self.measures[nodes]]
            goes_left = np.where(np.isnan(values), self.misses_left[nodes], values <= self.limits[nodes])
            found = np.where(goes_left, self.left[nodes], self.right[nodes])
            at[row, tree] = found
            is_continuation = found >= 0
            row, tree = row[is_continuation], tree[is_continuation]
        values = self.leaves[-1 - at]
        ends = np.flatnonzero(np.diff(self.answers, prepend=-1))  # trees of one answer stand together
        return (
            np.add.reduceat(values, ends, axis=1) if len(rows) else np.zeros((0, len(self.names)), np.float32)
        )


def read_forest(arrays: Mapping[str, NDArray[np.generic]], measures: Sequence[str], *, where: str) -> Forest:
    """Trees as stored. Raises BadData where they were learned from other measures."""
    if tuple(map(str, arrays["measure_names"])) != tuple(measures):
        raise BadData(f"{where}: the trees are for other measures; make them with python -m training.residue")
    return Forest(
        names=tuple(map(str, arrays["names"])),
        roots=np.asarray(arrays["roots"], np.int32),
        answers=np.asarray(arrays["answers"], np.int32),
        measures=np.asarray(arrays["measures"], np.int16),
        limits=np.asarray(arrays["limits"], np.float32),
        misses_left=np.asarray(arrays["misses_left"], np.bool_),
        left=np.asarray(arrays["left"], np.int32),
        right=np.asarray(arrays["right"], np.int32),
        leaves=np.asarray(arrays["leaves"], np.float32),
    )
