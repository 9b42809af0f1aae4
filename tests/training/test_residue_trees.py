"""Trees as arrays give what the trees give that LightGBM dumps."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.residue.reading.forest import MAX_LEAVES, Forest
from training.residue import flattened

VALUES = st.sampled_from([math.nan, -1.0, 0.0, 0.5, 1.0, 2.0])
LEAVES = st.sampled_from([-2.0, -0.5, 0.0, 0.25, 4.0]).map(lambda value: {"leaf_value": value})


def split(below: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "split_feature": st.integers(0, 2),
            "threshold": st.sampled_from([-0.5, 0.0, 0.75, 1.0]),
            "missing_type": st.sampled_from(["NaN", "None"]),
            "default_left": st.booleans(),
            "left_child": below,
            "right_child": below,
        }
    )


TREES = st.recursive(LEAVES, split, max_leaves=MAX_LEAVES)


def walked(tree: dict[str, Any], row: list[float]) -> float:
    """The leaf in which a row ends: what is not a number counts as zero where no example lacked the measure."""
    while "split_feature" in tree:
        value = row[tree["split_feature"]]
        if not math.isnan(value):
            goes_left = value <= tree["threshold"]
        elif tree["missing_type"] == "NaN":
            goes_left = tree["default_left"]
        else:
            goes_left = tree["threshold"] >= 0
        tree = tree["left_child" if goes_left else "right_child"]
    return float(tree["leaf_value"])


def leaves_of(tree: dict[str, Any]) -> int:
    return leaves_of(tree["left_child"]) + leaves_of(tree["right_child"]) if "split_feature" in tree else 1


@given(
    st.lists(TREES.filter(lambda tree: leaves_of(tree) <= MAX_LEAVES), min_size=2, max_size=5),
    st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=4),
)
def test_a_row_ends_in_the_leaf_in_which_a_walk_ends(
    trees: list[dict[str, Any]], rows: list[list[float]]
) -> None:
    answers = [0] * (len(trees) - 1) + [1]
    forest = Forest(names=("note", "talk"), **flattened(trees, answers))
    expected = [[sum(walked(tree, row) for tree in trees[:-1]), walked(trees[-1], row)] for row in rows]
    assert forest.odds(np.array(rows, np.float32)).tolist() == expected


def test_a_tree_of_more_leaves_than_there_are_bits_is_refused() -> None:
    tree: dict[str, Any] = {"leaf_value": 1.0}
    for _ in range(MAX_LEAVES):
        tree = {"split_feature": 0, "threshold": 0.0, "missing_type": "None", "left_child": {"leaf_value": 0.0}, "right_child": tree}  # fmt: skip
    with pytest.raises(ValueError, match="17 leaves"):
        flattened([tree], [0])
