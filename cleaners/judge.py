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


def packaged_judge() -> Judge:
    """The judge that comes with copydesk."""
    from cleaners import keep_html, keep_lines  # noqa: PLC0415  each page needs just one of them at first

    return Judge(keep_html.score, keep_lines.score)


def judge_blocks(blocks: Sequence[Block], score: Score) -> tuple[float, ...]:
    """For each block the probability (0 to 1) that it belongs to the article."""
    return tuple(_probability(score(row)) for row in measure(blocks))


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))
