"""The learned judgement: how likely each block belongs to the article, and what it is.

A small network over ``features.measure``, one for pages with tags and one for flattened text, trained by
``python -m training.train``. See ``training/README.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.element_kinds import KINDS, kinds_of
from copydesk.cleaners.judge.features import measure
from copydesk.cleaners.judge.network import Judgement, Network, judge, packaged
from copydesk.cleaners.judge.reasons import JudgedBlocks, reasons
from copydesk.cleaners.lexicon.block_phrases import Phrased
from copydesk.cleaners.one_processor import on_one_processor
from copydesk.cleaners.options import Favor
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.reading.residue_reading import packaged_net
from copydesk.cleaners.segment.inline_asides import CONCEALED_ROLE, MARK_ROLE
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import KEPT, SHAPES, Block, Kind, Label
from copydesk.cleaners.wording.cues import candidate_cues
from copydesk.cleaners.wording.text_kinds import TextClassifier, packaged_text_classifier
from copydesk.cleaners.words.text_net import TextNet

# a form's list of all countries has two hundred entries
_CHOICES = ("option", "optgroup", "select")
_SPECIAL = frozenset({*_CHOICES, "aside"})
_Value = TypeVar("_Value")


class Favored(Struct, frozen=True):
    """From which probability a block is kept where one of these is favored."""

    precision: float
    recall: float

    def threshold(self, favor: Favor) -> float:
        """That of one."""
        return self.precision if favor == "precision" else self.recall


FAVOR = Favored(precision=0.55, recall=0.04)
"""Probability from which a block of a page with tags is kept where precision or recall is favored, in place of
``KEEP_AT`` (docs/figures.md).
"""
FLATTENED_FAVOR = Favored(precision=0.7, recall=0.07)
"""The same in place of ``FLATTENED_KEEP_AT``: as far from that in log-odds, and not measured by itself."""


class Judge(Struct, frozen=True):
    """What gives the network for each kind of page, and the judgement of wording; loaded on first use."""

    # functions, since a network takes time to load and a run of plain texts never needs both
    html: Callable[[], Network]
    lines: Callable[[], Network]
    text_classifier: Callable[[], TextClassifier] = packaged_text_classifier
    readings: Callable[[], TextNet] = packaged_net
    favor: Favored = FAVOR
    """The probabilities that stand in for ``KEEP_AT``: they are a network's own."""


PACKAGED = Judge(partial(packaged, "html"), partial(packaged, "lines"))
"""The judge that comes with copydesk."""


class Opinions(Struct, frozen=True):
    """What is thought of the blocks of a page, a column each.

    ``keep``: probability (0 to 1) that a block belongs to the article; ``kept_as`` and ``removed_as``: what it most
    likely is if so and if not, and ``kept_share``, ``removed_share`` how likely (0 to 1) beside the other labels of
    that side; ``removed_else``: what is likeliest then of what needs no sign in the words; ``headline``: how likely
    (0 to 1) it is the title, beside all other labels; ``why``: by number of the block, what decided where no network
    was used.
    """

    keep: Sequence[float]
    kept_as: Sequence[Label]
    kept_share: Sequence[float]
    removed_as: Sequence[Label]
    removed_share: Sequence[float]
    removed_else: Sequence[Label]
    headline: Sequence[float]
    why: Mapping[int, str] = {}


def bylines(opinions: Opinions) -> frozenset[int]:
    """The numbers of blocks that are likelier a byline (an author, a date) than text or anything else."""
    return frozenset(
        [
            at
            for at, label in enumerate(opinions.removed_as)
            if label is Label.BYLINE and opinions.removed_share[at] > 0.5 > opinions.keep[at]
        ]
    )


_RuledOut = Callable[[Sequence[Block], Sequence[float]], Iterable[tuple[int, frozenset[Label]]]]


def _nothing(_blocks: Sequence[Block], _keep: Sequence[float]) -> tuple[()]:
    return ()


def judge_blocks(
    table: PageTable,
    phrased: Phrased,
    network: Network,
    ruled_out: _RuledOut = _nothing,
) -> Opinions:
    """What the network thinks of each block it judges, and of the others that they are removed.

    ``ruled_out``: given blocks and the probability of each that it is kept, the labels some of them cannot have.
    """
    judged, hits, places = _judged_alone(table, phrased)
    if not judged.blocks:
        return _with_unjudged(_NONE, places, table)
    measures = measure(judged, hits)
    # on two, waking the other costs more than all else (docs/decisions/0002-labels-from-a-network.md)
    with on_one_processor():
        found = judge(network, measures)
    found = _without(found, network.labels, ruled_out(judged.blocks, found.keep.tolist()))
    opinions = _opinions(found, network.labels)
    return opinions if judged is table else _with_unjudged(opinions, places, table)


def _judged_alone(table: PageTable, phrased: Phrased) -> tuple[PageTable, Phrased, Sequence[int]]:
    """The blocks of a page that the network judges, their phrases and their numbers on the page."""
    places = judged_places(table)
    if len(places) == len(table.blocks):
        return table, phrased, places
    return PageTable(tuple([table.blocks[at] for at in places])), phrased.of(places), places


def moved_by(page: PageFacts, judged_by: Judge) -> Mapping[int, str]:
    """By number of the block, what moved the network most (`copydesk.cleaners.judge.reasons`); it judges once more."""
    network = judged_by.html() if page.is_html else judged_by.lines()
    judged, hits, places = _judged_alone(page.table, page.phrased)
    if not places:
        return {}
    measures = measure(judged, hits)
    with on_one_processor():
        found = reasons(network, judge(network, measures), measures, JudgedBlocks(judged.blocks, hits.hits))
    return dict(zip(places, found, strict=True))


def _without(
    found: Judgement, labels: tuple[str, ...], ruled_out: Iterable[tuple[int, frozenset[Label]]]
) -> Judgement:
    """What remains of a judgement once some blocks cannot have some labels: what spoke for these speaks for nothing."""
    exclusions = list(ruled_out)
    if not exclusions:
        return found
    sides = _sides_of(labels)
    named, is_removed = sides.labels, sides.is_removed
    # most blocks of a page cannot have the same labels: a row of the table for each set of them
    rows = {out: row for row, out in enumerate({out for _, out in exclusions})}
    table = np.array([[label in out for label in named] for out in rows])
    at = np.array([at for at, _ in exclusions])
    is_out = table[[rows[out] for _, out in exclusions]]
    keep, shares = found.keep.copy(), found.labels.copy()
    before = shares[at][:, is_removed].sum(axis=1)
    shares[at] = np.where(is_out, 0.0, shares[at])
    # what spoke for a label ruled out goes to no other removal: the block is kept the more for it
    left = (1.0 - keep[at]) * shares[at][:, is_removed].sum(axis=1) / np.maximum(before, 1e-9)
    # the two sides add up to 1 again
    keep[at] = keep[at] / (keep[at] + left)
    return replace(found, keep=keep, labels=shares)


def judged_places(table: PageTable) -> Sequence[int]:
    """The numbers of the blocks that the network judges: its measures are of these alone."""
    unjudged = table.memoized(_unjudged)
    every = range(len(table.blocks))
    return [at for at in every if at not in unjudged] if unjudged else every


def _unjudged(table: PageTable) -> Mapping[int, tuple[Label, str]]:
    """By number, the blocks that the network does not judge, what they are and why: entries of drop-down lists,
    thousands of which would make the article look small, or text concealed or marked within a sentence, which must not
    change how its paragraph is judged.
    """
    layout = table.layout
    special = [name for name, (tag, _) in enumerate(layout.names) if tag in _SPECIAL]
    if not special:
        return {}
    found = {}
    for at in np.flatnonzero(np.isin(layout.named[layout.holders], special)).tolist():
        block = table.blocks[at]
        tag, roles = block.path[-1].tag, block.path[-1].words.split()
        if tag != "aside":
            if block.kind is Kind.CONTROL:
                found[at] = _CHOICE
        elif MARK_ROLE in roles:
            found[at] = _MARK
        elif block.is_hidden and CONCEALED_ROLE in roles:
            found[at] = _CONCEALED
    return found


KEEP_AT = 0.26
"""Probability from which a block of a page with tags is kept: on sites left out of training 0.2 to 0.26 do equally
well, 0.32 costs .001 to .004 of F1 (589 articles of WCXB, Fundus and the labelled pages); in doubt, keep.
"""
FLATTENED_KEEP_AT = 0.4
"""The same of flattened text, where a site's lines look more like the article's (decision 21)."""
# likelier than all others of its side together; set by hand, less would let a guess beat a tag
_SURE_SHARE = 0.5
_NO_SHAPES = frozenset({Label.STANDFIRST, Label.EMBED, Label.CORRECTION})  # no tag tells of them
_CHOICE = Label.OTHER, "an entry of a list to choose from"
_CONCEALED = Label.HIDDEN, "concealed within a sentence"
_MARK = Label.NAV, "set within a sentence by the page's platform"
_NONE = Opinions((), (), (), (), (), (), ())


def _with_unjudged(judged: Opinions, places: Sequence[int], table: PageTable) -> Opinions:
    """The opinions on all blocks of a page, of which those at ``places`` were judged."""
    unjudged = table.memoized(_unjudged)
    count = len(table.blocks)
    labels = [unjudged[at][0] if at in unjudged else Label.OTHER for at in range(count)]

    def spread(column: Sequence[_Value], rest: list[_Value]) -> list[_Value]:
        for at, value in zip(places, column, strict=True):
            rest[at] = value
        return rest

    return Opinions(
        keep=spread(judged.keep, [0.0] * count),
        kept_as=spread(judged.kept_as, [Label.PARAGRAPH] * count),
        kept_share=spread(judged.kept_share, [1.0] * count),
        removed_as=spread(judged.removed_as, list(labels)),
        removed_share=spread(judged.removed_share, [1.0] * count),
        removed_else=spread(judged.removed_else, labels),
        headline=spread(judged.headline, [0.0] * count),
        why={at: why for at, (_, why) in unjudged.items()},
    )


class _Sides(NamedTuple):
    """The labels of a network by side of the decision: places of those that are kept, of those that are removed, and of
    these of those that need no sign in the words.
    """

    labels: tuple[Label, ...]
    kept: NDArray[np.intp]
    removed: NDArray[np.intp]
    removed_else: NDArray[np.intp]
    is_removed: NDArray[np.bool_]


@cache
def _sides_of(labels: tuple[str, ...]) -> _Sides:
    named = tuple(map(Label, labels))
    is_removed = np.array([label not in KEPT for label in named])
    needs_sign = np.array([label in _NEED_SIGN for label in named])
    return _Sides(
        named,
        kept=np.flatnonzero(~is_removed),
        removed=np.flatnonzero(is_removed),
        removed_else=np.flatnonzero(is_removed & ~needs_sign),
        is_removed=is_removed,
    )


def _opinions(judgement: Judgement, labels: tuple[str, ...]) -> Opinions:
    """The likeliest label on either side of the decision, for each block."""
    sides = _sides_of(labels)
    # the best label of each side is needed: rules may turn the decision after this
    kept, removed, other = [
        _best(judgement.labels, places) for places in (sides.kept, sides.removed, sides.removed_else)
    ]
    label = sides.labels.__getitem__
    return Opinions(
        judgement.keep.tolist(),
        list(map(label, kept[0])),
        kept[1],
        list(map(label, removed[0])),
        removed[1],
        list(map(label, other[0])),
        judgement.labels[:, sides.labels.index(Label.TITLE)].tolist(),
    )


def _best(shares: NDArray[np.float32], places: NDArray[np.intp]) -> tuple[list[int], list[float]]:
    """The likeliest of some labels, and how likely beside the others of them."""
    some = shares[:, places]
    best = some.argmax(axis=1)
    # 1e-9: a side on which all labels were ruled out has sum 0
    tops = some[np.arange(len(some)), best] / np.maximum(some.sum(axis=1), 1e-9)
    return places[best].tolist(), tops.tolist()


# "first published in", "based on a report by", "press release", "translated by"
_SOURCE_CUES = frozenset({"cue.origin-published", "cue.origin-based", "cue.press-release", "cue.translator"})
_RIGHTS = lazy_pattern(r"[©ⓒ®℗]|\(c\)|copyright", re.IGNORECASE)
_NEED_SIGN = frozenset({Label.SOURCE_NOTE, Label.COPYRIGHT, Label.PAYWALL})
_STATE_FACTS = frozenset({Label.HIDDEN, Label.DUPLICATE})
_NAMED_KINDS = {Label.COPYRIGHT: KINDS.index("copyright"), Label.PAYWALL: KINDS.index("paywall")}
_NEAR = 6  # elements around a block whose names are read; further out they hold most of the page


def confirm_names(opinions: Opinions, page: PageFacts) -> Opinions:
    """The same, with source notes, rights notices and walls only where the words say so, of walls also the elements
    around: others are what is likeliest besides. Of blocks called so on sites unseen, a reader agrees with such a sign
    and without on 10 of 12 and 32 of 83 source notes, most of which are contacts; on 162 of 166 and 9 of 81 rights
    notices; on 6 of 11 and 2 of 28 walls.

    What is called concealed or a repetition, without an attribute that conceals it, is that only if it is likelier than
    all else: on the labelled pages, which the weights have seen, a reader agrees with 17 of 51 and 3 of 14 others.
    """
    blocks, removed_as = page.table.blocks, list(opinions.removed_as)
    for at, label in enumerate(opinions.removed_as):
        if label in _NEED_SIGN and not _has_sign(label, blocks[at], page):
            removed_as[at] = opinions.removed_else[at]
        elif label in _STATE_FACTS and opinions.removed_share[at] < _SURE_SHARE and not blocks[at].is_hidden:
            removed_as[at] = Label.OTHER
    return replace(opinions, removed_as=removed_as)


def _has_sign(label: Label, block: Block, page: PageFacts) -> bool:
    if f"wording.{label.replace('_', '-')}" in page.phrases[block.index]:
        return True
    if label is Label.COPYRIGHT and _RIGHTS.search(block.raw):
        return True
    kind = _NAMED_KINDS.get(label)
    if kind is not None:
        return any(kind in kinds_of(step.words) for step in block.path[-_NEAR:])
    return any(not _SOURCE_CUES.isdisjoint(ids) for _, ids in candidate_cues(block.text, page.language))


def labels_of(
    table: PageTable, opinions: Opinions, keep: Sequence[float], *, keep_at: float
) -> tuple[list[Label], list[float]]:
    """What each block is taken for, given the probability that it is kept and that from which it is; and how likely it
    is that (0 to 1) beside the other labels on that side of the decision. A kept block's tags tell its shape, where it
    has any.
    """
    kinds = table.kinds
    labels, shares = list(opinions.removed_as), list(opinions.removed_share)
    for at, probability in enumerate(keep):
        if probability >= keep_at:
            shares[at] = opinions.kept_share[at]
            labels[at] = _kept_as(table.blocks[at], opinions.kept_as[at], is_sure=shares[at] >= _SURE_SHARE)
        elif labels[at] is Label.BYLINE and kinds[at] is Kind.CAPTION:
            # a figure's caption credits who took the picture, and belongs to that
            labels[at] = Label.CAPTION
    return labels, shares


def _kept_as(block: Block, label: Label, *, is_sure: bool) -> Label:
    if is_sure and label in _NO_SHAPES:
        return label
    # a tag is the author's own word for the shape; in flattened text every line is a paragraph: there alone the
    # network names the shape
    if block.path or block.kind is not Kind.PARAGRAPH:
        return SHAPES.get(block.kind, Label.PARAGRAPH)
    return label if is_sure else Label.PARAGRAPH
