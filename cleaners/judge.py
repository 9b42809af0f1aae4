"""The learned judgement: how likely a block belongs to the article.

Boosted trees over ``features.measure``, written out as Python (``keep_html.py`` for pages with tags,
``keep_lines.py`` for flattened text) by ``python -m training.train``. See ``training/README.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cleaners.features import measure
from cleaners.types import Block

Score = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Judge:
    """Two scoring functions: measures of a block to the log-odds that it is kept."""

    html: Score
    lines: Score


def _score_html(measures: Sequence[float]) -> float:
    from cleaners.keep_html import score

    return score(measures)


def _score_lines(measures: Sequence[float]) -> float:
    from cleaners.keep_lines import score

    return score(measures)


PACKAGED = Judge(_score_html, _score_lines)
"""The judge that comes with copydesk; each half is loaded when first used."""


def judge_blocks(blocks: Sequence[Block], score: Score) -> tuple[float, ...]:
    """For each block the probability (0 to 1) that it belongs to the article."""
    return tuple(_probability(score(row)) for row in measure(blocks))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))
