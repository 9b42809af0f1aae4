"""Boosted trees to a Python module: nested conditions, which Python runs ten times as fast as a walk
over arrays, needing no library and no loading beyond an import.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EARLY_TREES = 30
"""Trees after which a block that is sure enough is let go: half of all, which the others would not turn."""
_EARLY = """    if s < -4.0 or s > 5.0:
        return s
"""
_HEAD = '''"""{title}

Made by ``python -m training.train`` from data with the digest {digest}; not to be edited by hand.
{card}
"""

from __future__ import annotations

from collections.abc import Sequence

COLUMNS = {columns}


def score(m: Sequence[float]) -> float:
    """The log-odds that a block with the measures ``m`` (columns as in ``features.NAMES``) is kept."""
    s = {start!r}
'''


def to_module(
    dump: Mapping[str, Any], *, title: str, digest: str, card: str, constant: tuple[int, float]
) -> str:
    """The source of a module for a LightGBM dump; the measure ``constant`` (column, value) is folded away."""
    parts = [_HEAD.format(title=title, digest=digest, card=card, columns=constant[0], start=0.0)]
    for number, tree in enumerate(dump["tree_info"]):
        if number == EARLY_TREES:
            parts.append(_EARLY)
        parts.append(f"    s += {_expression(tree['tree_structure'], constant)}\n")
    parts.append("    return s\n")
    return "".join(parts)


def _expression(node: Mapping[str, Any], constant: tuple[int, float]) -> str:
    if "leaf_value" in node:
        return f"{node['leaf_value']:.4g}"
    column, threshold = node["split_feature"], float(f"{node['threshold']:.6g}")
    if column == constant[0]:
        return _expression(node["left_child" if constant[1] <= threshold else "right_child"], constant)
    left, right = (_expression(node[side], constant) for side in ("left_child", "right_child"))
    return left if left == right else f"({left} if m[{column}] <= {threshold!r} else {right})"
