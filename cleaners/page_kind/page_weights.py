"""A multinomial logistic regression over few named measures, and what it has to say for itself.

The numbers are in ``page_weights.toml``, written by ``python -m training.page_type``; how a measure is said in
words is in ``page_words.toml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import tomli
from msgspec import Struct

from copydesk.cleaners.errors import BadData

_FILE: Final = Path(__file__).with_name("page_weights.toml")
_WORDS: Final = Path(__file__).with_name("page_words.toml")
CLIP: Final = 4.0
"""Standard deviations beyond which a measure says no more."""
# measures named in the evidence; set by hand, so that it stays a line a person reads
_REASONS = 3


class Weights(Struct, frozen=True):
    """A measure's mean, scale and weight for each of ``kinds``, and each kind's bias."""

    kinds: tuple[str, ...]
    bias: tuple[float, ...]
    measures: Mapping[str, tuple[float, float, tuple[float, ...]]]


def probabilities(measures: Mapping[str, float], weights: Weights) -> dict[str, float]:
    """Probability of each kind the weights know; they add up to 1."""
    scores = list(weights.bias)
    for parts in _contributions(measures, weights).values():
        scores = [score + part for score, part in zip(scores, parts, strict=True)]
    # the largest is subtracted: exp() of a large score would overflow
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    return {kind: power / sum(powers) for kind, power in zip(weights.kinds, powers, strict=True)}


def why(measures: Mapping[str, float], weights: Weights, *, kind: str) -> str:
    """The few measures that spoke most for a kind rather than for an article."""
    here, there = weights.kinds.index(kind), weights.kinds.index("article")
    spoke = {name: parts[here] - parts[there] for name, parts in _contributions(measures, weights).items()}
    # by name where equal, so that evidence never depends on the file's order
    chosen = sorted(spoke, key=lambda name: (-spoke[name], name))[:_REASONS]
    return ", ".join(_said(name, measures[name]) for name in chosen)


def _contributions(measures: Mapping[str, float], weights: Weights) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for name, (mean, scale, some) in weights.measures.items():
        if name not in measures:  # not known of this page: as on the average one
            continue
        standard = max(-CLIP, min(CLIP, (measures[name] - mean) / scale))
        found[name] = tuple(standard * weight for weight in some)
    return found


def _said(name: str, value: float) -> str:
    words = _sayings()[name]
    # expm1 undoes the log1p of counts; bounded, for a plain measure may be too large for it
    said = words.format(value=value, count=round(math.expm1(min(value, 20.0))), percent=round(100 * value))
    return said if value or said != words else f"no sign of {words}"


@cache
def _sayings() -> Mapping[str, str]:
    told: dict[str, str] = tomli.loads(_WORDS.read_text("utf-8"))["told"]
    return told


@cache
def packaged_weights() -> Weights:
    """The weights that come with copydesk. Raises BadData where the file is wrong."""
    return read_weights(tomli.loads(_FILE.read_text("utf-8")), where=_FILE.name)


def read_weights(data: Mapping[str, Any], *, where: str) -> Weights:
    """Checks the content of a weights file. Raises BadData with ``where`` and what is wrong."""
    kinds, bias = tuple(data.get("kinds", ())), tuple(data.get("bias", ()))
    if not {"article", "list"} <= set(kinds) or len(bias) != len(kinds):
        raise BadData(f"{where}: expected kinds with 'article' and 'list' among them, and a bias for each")
    measures = {}
    for name, entry in data.get("measures", {}).items():
        weights = tuple(entry.get("weights", ()))
        if len(weights) != len(kinds) or not entry.get("scale") or name not in _sayings():
            raise BadData(
                f"{where}: measures.{name} needs mean, scale, {len(kinds)} weights and its words in {_WORDS.name}"
            )
        measures[name] = (float(entry["mean"]), float(entry["scale"]), weights)
    return Weights(kinds, bias, measures)
