"""trafilatura's opinion on what is content, requested where the learned judgement is in doubt.

Measured on 1,487 pages of sites left out of training (word F1 on WCXB articles, Fundus, hand-labelled pages):
never requested 0.9548, 0.9675, 0.9630; in doubt from as much text as is kept 0.9550, 0.9675, 0.9633; from two
fifths 0.9552, 0.9677, 0.9639 at a fifth more time; from three twentieths 0.9557, 0.9680, 0.9645. Doubt was
counted after the rules had spoken then; counted before, it is found on the same pages (decision 24).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from copydesk.cleaners import text_forms
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.patterns import lazy_pattern

DOUBT_AT = 1.0
"""Share of doubtful text, measured against the kept text, from which the opinion is requested."""
WEIGHT, WEIGHT_ALONE = 0.25, 0.5
"""Weight of its vote against the learned probability: 0.2 and 0.4 were no better. The first is less than what a block
is kept from: the vote alone keeps nothing, but where nothing else would be kept."""
MAX_CHARS = 2_500_000
"""Characters of markup beyond which it is not requested: a second for 2 million of text."""
MAX_TAGS = 40_000
"""Tags beyond which it is not requested: up to 1.5 seconds for so many; no page of 1,624 has more than 20,032."""
MAX_SPANNED_CELLS = 100_000
"""Cells it would make of cells that span columns and rows, at most, for it to be requested."""
# `colspan="3"`, `rowspan = 02`, `colspan='99999999'`: the last, written out, would fill the memory; it begins with
# letters, which `re` searches for first
_SPAN = lazy_pattern(r"span(?<=\bcolspan|\browspan)\s*=\s*[\"']?\s*0*(\d{1,9})")
_DOUBTFUL = (0.15, 0.85)
_WHOLE_LINE_LETTERS = 25  # shorter texts must be a line of its own to count as found


def doubt(judged: JudgedPage) -> float:
    """Characters of blocks the judgement is unsure of, as a share of those it keeps; where it keeps nothing, all is in
    doubt.
    """
    low, high = _DOUBTFUL
    sizes = list(map(len, judged.page.table.raws))
    unsure = sum([sizes[at] for at, keep in enumerate(judged.keep) if low < keep < high])
    kept = sum([sizes[at] for at in judged.kept])
    return unsure / kept if kept else inf


def with_second_opinion(
    page: PageFacts, keep: Sequence[float], markup: str, *, weight: float
) -> tuple[float, ...]:
    """The learned probabilities with trafilatura's vote averaged in; unchanged where it would take too long."""
    if not _is_askable(markup):
        return tuple(keep)
    return tuple(
        (1 - weight) * probability + weight * vote
        for probability, vote in zip(keep, votes(page, markup), strict=True)
    )


def votes(page: PageFacts, markup: str) -> tuple[bool, ...]:
    """Of each block, whether it is in what trafilatura takes for the page's content; no block does where that
    would take too long to tell.
    """
    if not _is_askable(markup):
        return (False,) * len(page.table.blocks)
    from trafilatura import bare_extraction

    found = bare_extraction(markup, include_comments=False, fast=True)
    text = getattr(found, "text", None) or ""  # None where it finds nothing
    whole = text_forms.letters(text)
    lines = {text_forms.letters(line.lstrip("-•*| ")) for line in text.split("\n")}
    return tuple(
        letters in whole if len(letters) >= _WHOLE_LINE_LETTERS else letters in lines
        for letters in page.table.letters
    )


def _is_askable(markup: str) -> bool:
    """Whether it answers in time that grows with the markup's size: it writes out every spanned cell."""
    if len(markup) > MAX_CHARS or markup.count("<") > MAX_TAGS:
        return False
    spans = list(map(int, _SPAN.findall(markup.lower())))
    return sum(spans) * max(spans, default=0) <= MAX_SPANNED_CELLS
