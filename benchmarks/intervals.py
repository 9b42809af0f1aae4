"""Means with bootstrap intervals: how much of a difference is the choice of pages."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

ROUNDS = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval that holds 95 % of its bootstrap repetitions."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """The same with a sign, for differences."""
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Mean over pages. An empty sequence is an error of the caller (ValueError)."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(ROUNDS))
    return _estimate(fmean(values), means)


def ratio(top: Sequence[float], bottom: Sequence[float], *, seed: int = 0) -> Estimate:
    """Ratio of two sums over the same pages, resampled page by page."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    pairs = list(zip(top, bottom, strict=True))
    draws = (chance.choices(pairs, k=len(pairs)) for _ in range(ROUNDS))
    ratios = sorted(sum(pair[0] for pair in draw) / sum(pair[1] for pair in draw) for draw in draws)
    return _estimate(sum(top) / sum(bottom), ratios)


def _estimate(value: float, repeated: Sequence[float]) -> Estimate:
    return Estimate(value, repeated[int(0.025 * len(repeated))], repeated[int(0.975 * len(repeated)) - 1])
