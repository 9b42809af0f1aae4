"""The learned judgement: how likely a block belongs to the article.

Boosted trees over ``features.measure``, written out as Python (``keep_html.py`` for pages with tags,
``keep_lines.py`` for flattened text) by ``python -m training.train``. See ``training/README.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cleaners.features import measure
from cleaners.types import Block, Kind

_ARTICLE_TAGS = frozenset({"article", "main"})
_SITE_TAGS = frozenset({"nav", "footer"})
_LINKED = 0.95
_MENU_WORDS = 3
_CHOICES = ("option", "optgroup", "select")

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


NOT_ASKED = 0.0
"""Stands for the probability of blocks that are the site's menus beyond doubt: judging them would take half the time.

Of 67,000 labelled blocks 38 % are such, and readers kept 0.5 % of them.
"""


def judge_blocks(blocks: Sequence[Block], score: Score) -> tuple[float, ...]:
    """For each block the probability (0 to 1) that it belongs to the article, or ``NOT_ASKED``."""
    seen = [block for block in blocks if not _is_choice(block)]
    asked = [place for place, block in enumerate(seen) if not is_site_menu(block)]
    keep = [NOT_ASKED] * len(blocks)
    for place, row in zip(asked, measure(seen, asked), strict=True):
        keep[seen[place].index] = _probability(score(row))
    return tuple(keep)


def _is_choice(block: Block) -> bool:
    """Entries of a drop-down list: thousands of them must not make the article look small."""
    return block.kind is Kind.CONTROL and block.path[-1].tag in _CHOICES


def is_site_menu(block: Block) -> bool:
    """Whether a block is in the site's navigation or footer, or a short link of a list, outside any article."""
    tags = {step.tag for step in block.path}
    if not tags.isdisjoint(_ARTICLE_TAGS):
        return False
    if not tags.isdisjoint(_SITE_TAGS):
        return True
    is_link = block.link_chars >= _LINKED * len(block.raw)
    return (
        is_link
        and block.kind is Kind.LIST_ITEM
        and len(block.raw.split()) <= _MENU_WORDS
        and block.raw.isascii()
    )


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, log_odds))))
