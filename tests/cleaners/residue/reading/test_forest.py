"""Trees as arrays: where rows end, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.residue.reading.forest import Forest, read_forest


def forest() -> Forest:
    """Two trees for "note", one for "talk": by the first measure at 1, then by the second at 0; missing goes left."""
    return Forest(
        names=("note", "talk"),
        first_nodes=np.array([0, 2, 3], np.int32),
        first_leaves=np.array([0, 3, 5], np.int32),
        answers=np.array([0, 0, 1], np.int32),
        measures=np.array([0, 1, 1, 0], np.int16),
        limits=np.array([1.0, 0.0, 5.0, np.inf], np.float32),
        misses_true=np.array([True, False, False, True]),
        remaining=np.array([0b110, 0b101, 0b10, 0b1], np.uint16),
        leaves=np.array([0.5, 1.0, 2.0, 4.0, 0.5, -1.0], np.float32),
    )


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ([0.0, 9.0], 0.5 + 0.5),
        ([2.0, -1.0], 1.0 + 4.0),
        ([2.0, 1.0], 2.0 + 4.0),
        ([np.nan, 1.0], 0.5 + 4.0),
        ([2.0, np.nan], 2.0 + 0.5),
    ],
)
def test_each_row_ends_in_one_leaf_of_each_tree(row: list[float], note: float) -> None:
    assert forest().odds(np.array([row], np.float32)).tolist() == [[note, -1.0]]


def test_trees_for_other_measures_are_refused() -> None:
    with pytest.raises(BadData, match=r"forest\.npz: the trees are for other measures"):
        read_forest({"measure_names": np.array(["weight"])}, ("height",), where="forest.npz")
