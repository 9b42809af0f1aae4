"""The expected F1 of a page's text: a generalised additive model of a few measures, small enough to be read.

Each measure adds to the log-odds what its curve has at its value: straight lines between a few points, the end points'
value beyond them (``calibration.toml``, written by ``python -m training.confidence``).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import tomli
from msgspec import Struct

from copydesk.cleaners.confidence.measures import MEASURED, WORDS, Measures, Medium
from copydesk.cleaners.errors import BadData

_FILE = Path(__file__).with_name("calibration.toml")
# set by hand: what moves a page by less is not worth a line; more lines are not read
_LEAST_SAID, _MOST_SAID = 0.15, 3


class Curve(Struct, frozen=True):
    """What a measure adds to the log-odds: ``adds[i]`` where it is ``at[i]``, rising; ``usual``: its median."""

    at: tuple[float, ...]
    adds: tuple[float, ...]
    usual: float

    def value(self, measure: float) -> float:
        """What is added at this value of the measure."""
        if measure <= self.at[0]:
            return self.adds[0]
        if measure >= self.at[-1]:
            return self.adds[-1]
        right = bisect_right(self.at, measure)
        below, above = self.at[right - 1], self.at[right]
        share = (measure - below) / (above - below)
        return self.adds[right - 1] + share * (self.adds[right] - self.adds[right - 1])


class Calibration(Struct, frozen=True):
    """``base``: the log-odds of the average page; ``curves``: one for each measure."""

    base: float
    curves: Mapping[str, Curve]


def expected_f1(measures: Measures, calibration: Calibration) -> float:
    """The expected F1 of a text, 0 to 1."""
    added = [curve.value(measures.values[name]) for name, curve in calibration.curves.items()]
    return 1.0 / (1.0 + math.exp(-(calibration.base + sum(added))))


def confidence(measures: Measures) -> float:
    """The same by the calibration that comes with copydesk, to three digits."""
    # the sums that measures are made of may differ in their last digits from one processor to the next
    return round(expected_f1(measures, packaged_calibrations()[measures.medium]), 3)


def doubts(measures: Measures) -> tuple[str, ...]:
    """In plain words the few measures that speak most against a text, the strongest first; none where all measures
    together do not.
    """
    curves = packaged_calibrations()[measures.medium].curves
    spoke = {name: curves[name].value(value) for name, value in measures.values.items()}
    if sum(spoke.values()) >= 0:
        return ()
    chosen = sorted((name for name in spoke if spoke[name] <= -_LEAST_SAID), key=lambda name: spoke[name])
    return tuple(
        WORDS[name].format(value=measures.values[name], usual=curves[name].usual)
        for name in chosen[:_MOST_SAID]
    )


@cache
def packaged_calibrations() -> Mapping[Medium, Calibration]:
    """The calibrations that come with copydesk. Raises BadData where the file is wrong."""
    data = tomli.loads(_FILE.read_text("utf-8"))
    return {medium: read_calibration(data, medium, where=_FILE.name) for medium in MEASURED}


def read_calibration(data: Mapping[str, Any], medium: Medium, *, where: str) -> Calibration:
    """Checks the part of a calibration file for one medium. Raises BadData with ``where`` and what is wrong."""
    part = data.get(medium, {})
    measures = part.get("measures", {})
    curves = {}
    for name in MEASURED[medium]:
        entry = measures.get(name, {})
        at, adds = tuple(map(float, entry.get("at", ()))), tuple(map(float, entry.get("adds", ())))
        if not at or len(at) != len(adds) or any(a >= b for a, b in pairwise(at)):
            raise BadData(f"{where}: {medium}.measures.{name} needs at, rising, as many adds, and usual")
        curves[name] = Curve(at, adds, float(entry.get("usual", 0.0)))
    if unknown := sorted(measures.keys() - curves.keys()):
        raise BadData(f"{where}: {medium}.measures.{unknown[0]}: there is no such measure")
    return Calibration(float(part["base"]), curves)
