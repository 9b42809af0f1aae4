"""Boxes below a text: what follows it in an element of its own is of it only if the judgement is surer than elsewhere.

An entry of a list, a table or a short line of an article is often in doubt, and kept then, for its paragraphs speak
for it. Below the last paragraph nothing does: where a promotion, a word on the author or cards of other articles are
taken for text, they are in a box without any sure paragraph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import pairwise

from copydesk._core.layout import common_words
from copydesk.cleaners.types import Block, Kind, Label, PathStep
from copydesk.cleaners.word_count import count_words

SURE_TEXT, SURE_WORDS = 0.9, 12
"""Probability of being kept and number of words from which a block is surely a paragraph of the text."""
LEAST_WORDS = 20
"""In such paragraphs that are no standfirst, for the text to be known by them; 15 to 25 do equally well. Below a
standfirst alone, three short texts of 338 were taken for boxes."""
MOST_PARAGRAPHS, MOST_WORDS = 4, 300
"""Of a brief. Below a longer text such boxes are as often of it: without these bounds 28 of 791 articles of WCXB are
worse, and 35 better."""
BOX_KEEP_AT = 0.7
"""Mean probability, by words, from which the blocks of a box below the text are kept. Of 338 pages cut to one to four
paragraphs, judged by networks that had not seen their sites, 20 are better and 2 worse, by 2.9 of F1 in sum. With 0.8
27 are better and 3 worse, by 3.2, but more small composed pages lose their last lines. None of the five folds by site
is worse in sum (0.00 to 1.19), though the bounds were chosen on all of them.
"""
MOST_TIMES = 2.5
"""Words of a box as a multiple of those of the text, above which the box is the text, and what was taken for it an
opening: one long article was lost so."""
_BOXES = frozenset(
    {
        "article",
        "aside",
        "details",
        "dialog",
        "div",
        "footer",
        "form",
        "header",
        "main",
        "nav",
        "section",
        "td",
    }
)


def boxes_below(
    blocks: Sequence[Block], keep: Sequence[float], labels: Mapping[int, Label], ruled: Set[int]
) -> Mapping[int, float]:
    """By number, the kept blocks in boxes below the text whose mean probability is too low, with that mean.

    ``keep``: of each block, the probability that it is kept; ``labels``: by number, what the kept ones are taken for;
    ``ruled``: those of them that a rule keeps, which stay with what is around them.
    """
    words = {at: count_words(blocks[at].raw) for at in labels}
    sure = [
        at
        for at in labels
        if keep[at] >= SURE_TEXT and words[at] >= SURE_WORDS and blocks[at].kind is not Kind.HEADING
    ]
    in_all = sum([words[at] for at in sure])
    without_standfirst = sum([words[at] for at in sure if labels[at] is not Label.STANDFIRST])
    if len(sure) > MOST_PARAGRAPHS or in_all > MOST_WORDS or without_standfirst < LEAST_WORDS:
        return {}
    last, most = max(sure), MOST_TIMES * in_all
    around_text = {step.number for at in (*sure, *ruled) for step in blocks[at].path}
    # posts of a thread, steps and entries: like one that holds a sure paragraph
    like_text = {_shape(above, step) for at in sure for above, step in pairwise(blocks[at].path)}
    boxes: dict[int, list[int]] = {}
    for at in sorted(labels.keys() - sure - ruled):
        within = (
            (above, step) for above, step in pairwise(blocks[at].path) if step.number not in around_text
        )
        above, outermost = next(within, (None, None))
        if above and outermost and outermost.tag in _BOXES and _shape(above, outermost) not in like_text:
            boxes.setdefault(outermost.number, []).append(at)
    found: dict[int, float] = {}
    for inside in boxes.values():
        weights = [max(1, words[at]) for at in inside]
        mean = sum(keep[at] * weight for at, weight in zip(inside, weights, strict=True)) / sum(weights)
        if inside[0] > last and sum(weights) <= most and mean < BOX_KEEP_AT:
            found |= dict.fromkeys(inside, mean)
    return found


def _shape(above: PathStep, step: PathStep) -> tuple[int, str, str]:
    """Where an element stands, and what it is called but for numbers; without a name it is like no other."""
    return above.number, step.tag, common_words(step.words) or f"#{step.number}"
