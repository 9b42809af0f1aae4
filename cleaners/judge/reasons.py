"""What moved the learned judgement of a block most: the gradient of its log-odds times its inputs.

What a block is by itself is explained by measure; what the blocks around it add, by their place. First-order and
therefore rough where measures work together, but it names what the network looked at and nothing else. Where a measure
speaks of a name, a phrase or a word, the page's own is quoted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tomli
from numpy.typing import NDArray

from copydesk.cleaners.judge.element_kinds import QUOTED_FROM, name_of_kind, names_in
from copydesk.cleaners.judge.features import NAMES, PAGE_TAGS, PHRASE_RULES, Measures
from copydesk.cleaners.judge.link_features import QUOTED_TARGETS, quoted_of_link
from copydesk.cleaners.judge.network import NEIGHBOURS, SPAN_LEVELS, Floats, Judgement, Network
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.layout import Ints, Layout
from copydesk.cleaners.types import Block, PathStep

# in the order in which `Around.seen` of the core lays them side by side
_AROUND = (
    *("neighbours",) * len(NEIGHBOURS),
    "what comes before",
    "what comes after",
    *("containers",) * len(SPAN_LEVELS),
    "blocks like it",
    "blocks of its path",
    "its like among siblings",
    "the page",
    "all before it",
    "all after it",
)
_FIRST = "the first judgement of its groups"
_TOGETHER = "what its groups add"
_GROUPS = (*dict.fromkeys(_AROUND), _FIRST, _TOGETHER)  # four neighbours are one name to a reader
_OWN = (*NAMES, "the names of its elements", "its words")
_ELEMENTS, _WORDS = _OF_MANY_WORDS = len(NAMES), len(NAMES) + 1  # places in it
# the elements whose names are reported, as `_summed_names` in network.py lays them side by side
_STEPS: Mapping[str, Callable[[Sequence[PathStep]], Sequence[PathStep]]] = {
    "holder": lambda path: path[-1:],
    "parent": lambda path: path[-2:-1],
    "around": lambda path: path[:-2],
}
# by measure of a kind of element, of which elements and which kind
_PLACED = {
    at: (_STEPS[place], kind)
    for at, (place, _, kind) in enumerate(name.partition("_") for name in NAMES)
    if place in _STEPS
}
# measures that speak of a name, a phrase or a word which the page has
_QUOTED = frozenset(
    (
        *_PLACED,
        *(at for at, name in enumerate(NAMES) if name in PHRASE_RULES or name in QUOTED_TARGETS),
    )
)
# further out an element holds most of the page, and its name tells of no block
_NAMED_LEVELS = 8
_SIDES = ("against", "for")
_MAX_QUOTED = 40  # characters of a phrase or word
_UNQUOTABLE = lazy_pattern(r"[;()]")  # they part what the evidence tells
# set by hand: more than ordinary pages have blocks; the most that a page may have take 150 MB less so
_ROWS_AT_ONCE = 4_096


class _MeasureText(NamedTuple):
    """How a measure is worded: ``high`` where it is above 0, else ``low``; ``value`` makes of it what replaces `#`."""

    high: str
    low: str
    value: Callable[[float], str] | None = None


class JudgedBlocks(NamedTuple):
    """The blocks that are judged, and of each the phrases found in it, by the rule they are filed under."""

    blocks: Sequence[Block]
    hits: Sequence[Mapping[str, PhraseHit]]


def reasons(
    network: Network, judged: Judgement, measures: Measures, judged_blocks: JudgedBlocks
) -> list[str]:
    """For each block the two measures of its own that moved it most, and where those blocks stand that did, in words:
    those that spoke against keeping the block and those that spoke for it, each strongest first.
    """
    lines: list[str] = []
    found: dict[tuple[object, ...], str | None] = {}
    for start in range(0, len(judged.rows), _ROWS_AT_ONCE):
        end = start + _ROWS_AT_ONCE
        blocks, hits = judged_blocks.blocks[start:end], judged_blocks.hits[start:end]
        layout = measures.layout
        quotes = _Quotes(
            network,
            JudgedBlocks(blocks, hits),
            measures.words[start:end],
            layout,
            layout.holders[start:end],
            found,
        )
        lines += _reasons(network, _part(judged, start, end), measures.rows[start:end], quotes)
    return lines


def _part(judged: Judgement, start: int, end: int) -> Judgement:
    """The judgement of some blocks: each has its reasons whatever the others are."""
    rows = slice(start, end)
    return Judgement(
        judged.keep[rows],
        judged.labels[rows],
        judged.rows[rows],
        tuple(state[rows] for state in judged.states),
        tuple(seen[rows] for seen in judged.seen),
        judged.hidden[rows],
        judged.names,
        judged.by_groups[rows],
    )


def _reasons(
    network: Network, judged: Judgement, measured: NDArray[np.float32], quotes: _Quotes
) -> list[str]:
    own, around, by_words = _moved(network, judged)
    strength = np.abs(own)
    first = strength.argmax(axis=1)
    every = np.arange(len(own))
    # so that the second look finds another
    strength[every, first] = 0.0
    second = strength.argmax(axis=1)
    where = np.abs(around).argmax(axis=1)
    names = np.stack((first, second, where + len(_OWN)), axis=1)
    moved = np.stack((own[every, first], own[every, second], around[every, where]), axis=1)
    ranked = np.argsort(-np.abs(moved), axis=1, kind="stable")
    rows = every[:, None]
    names, moved = names[rows, ranked], moved[rows, ranked]
    # what is no single measure is neither high nor low
    single = names < measured.shape[1]
    values = np.where(single, measured[rows, np.where(single, names, 0)], 1.0)
    quoted = _quoted(quotes, judged, names, moved, by_words)
    # by rank, not by block: lists of three numbers for each block are many objects
    ranks = zip(names.T.tolist(), values.T.tolist(), strict=True)
    words = [_measure_words(*one, quotes, quoted) for one in ranks]
    return _both_sides(zip(*words, strict=True), zip(*(moved > 0).T.tolist(), strict=True))


def _quoted(
    quotes: _Quotes, judged: Judgement, names: Ints, moved: Floats, slopes: Floats
) -> dict[tuple[int, int], str | None]:
    """By block and measure, what is quoted of the words of elements and of the block's own: of many, one moved it most.
    ``names``, ``moved``: the measures that moved each block most, and how far.
    """
    width, found = quotes.network.own_embedding.shape[1], {}
    at, rank = np.nonzero(names == _ELEMENTS)
    outward = np.sign(moved[at, rank])[:, None]
    for row, name in zip(
        at.tolist(), quotes.strongest_names(judged.names, at, slopes[at, :-width] * outward), strict=True
    ):
        found[row, _ELEMENTS] = name
    at, rank = np.nonzero(names == _WORDS)
    for row, by in zip(at.tolist(), moved[at, rank].tolist(), strict=True):
        found[row, _WORDS] = quotes.strongest_word(row, slopes[row, -width:] * (1 if by > 0 else -1))
    return found


def _measure_words(
    names: Sequence[int],
    values: Sequence[float],
    quotes: _Quotes,
    quoted: Mapping[tuple[int, int], str | None],
) -> list[str]:
    """One measure of each block in words, given which and its value."""
    texts, found = _measure_texts(), []
    for at, (name, value) in enumerate(zip(names, values, strict=True)):
        one = texts[name]
        words = one.high if value > 0 else one.low
        if one.value is not None:
            words = words.replace("#", one.value(value))
        if name in _QUOTED:
            quote = quotes.of(name, at) if value > 0 else None
        else:
            quote = quoted.get((at, name)) if name in _OF_MANY_WORDS else None
        found.append(f"{words} “{quote}”" if quote else words)
    return found


def _both_sides(words: Iterable[tuple[str, ...]], is_for: Iterable[tuple[bool, ...]]) -> list[str]:
    """What moved each block, strongest first, in a line. ``is_for``: whether each of it spoke for keeping the block."""
    lines = []
    for some, signs in zip(words, is_for, strict=True):
        sides: tuple[list[str], list[str]] = [], []
        for one, sign in zip(some, signs, strict=True):
            # two measures may have the same wording: once is enough
            if one not in sides[sign]:
                sides[sign].append(one)
        both = (signs[0], not signs[0])
        lines.append("; ".join([f"{_SIDES[side]}: {', '.join(sides[side])}" for side in both if sides[side]]))
    return lines


class _Quotes(NamedTuple):
    """What the page has where a measure speaks of a name, a phrase or a word, of some of its blocks. ``words``: the
    first of each; ``holders``: the elements they stand in; ``found``: names quoted before, by what they depend on.
    """

    network: Network
    judged_blocks: JudgedBlocks
    words: Sequence[Sequence[str]]
    layout: Layout
    holders: Ints
    found: dict[tuple[object, ...], str | None]

    def of(self, measure: int, at: int) -> str | None:
        """What made a measure of block number ``at`` above 0, where it speaks of one thing alone."""
        block, name = self.judged_blocks.blocks[at], _OWN[measure]
        if name in QUOTED_TARGETS:
            return quoted_of_link(block.link_url or "", name)
        if name in PHRASE_RULES:
            hit = self.judged_blocks.hits[at].get(name)
            return None if hit is None else _quotable(hit.phrase)
        steps, kind = _PLACED[measure]
        found = self._name_of_kind(steps(block.path), kind)
        return None if found == kind else found  # it is reported already

    def _name_of_kind(self, steps: Sequence[PathStep], kind: str) -> str | None:
        # nearest first, and not the page's own classes, which are alike for all its blocks
        for step in reversed(steps):
            if not step.words or step.tag in PAGE_TAGS:
                continue
            # lists and menus have the same words again and again
            if (key := (step.words, kind)) not in self.found:
                self.found[key] = name_of_kind(step.words, kind)
            if name := self.found[key]:
                return name
        return None

    def strongest_names(self, names: Floats, at: Ints, slopes: Floats) -> list[str | None]:
        """Of each block in ``at`` a name or tag of the element of which most comes. ``names``: as in a judgement;
        ``slopes``: by how much inputs of elements' words move each.
        """
        parts = np.split(slopes, len(_STEPS), axis=1)
        above = np.empty((_NAMED_LEVELS, len(at)), dtype=np.intp)
        scores = np.empty(above.shape, dtype=np.float32)
        element = self.holders[at]
        for level in range(_NAMED_LEVELS):
            above[level] = self.layout.named[element]
            part = parts[min(level, len(parts) - 1)]
            scores[level] = np.einsum("ij,ij->i", names[above[level]], part)
            element = self.layout.parents[element]
        best = scores.argmax(axis=0)
        chosen = above[best, np.arange(len(at))].tolist()
        places = np.minimum(best, len(parts) - 1).tolist()
        return [
            self._name_in(name, parts[place][row])
            for row, (name, place) in enumerate(zip(chosen, places, strict=True))
        ]

    def _name_in(self, name: int, slopes: Floats) -> str | None:
        """A name or tag of an element, for all that have the same names the same."""
        if (key := (name,)) not in self.found:
            tag, words = self.layout.names[name]
            numbers = self.network.vocabulary.find(tag, words[:QUOTED_FROM])
            by = self.network.embedding[list(numbers)] @ slopes
            self.found[key] = self._as_written(numbers[int(by.argmax())], tag, words) if numbers else None
        return self.found[key]

    def _as_written(self, number: int, tag: str, words: str) -> str:
        known = self.network.vocabulary
        word = known.word(number)
        if word.startswith("<"):
            return f"<{tag}>"
        # `ad` is in `header` as well, which says something else
        names = (name for name in names_in(words) if word in name and number in known.find("", name))
        return next(names, word)

    def strongest_word(self, at: int, slopes: Floats) -> str | None:
        """The word of a block's own of which most comes."""
        numbers = self.network.own_words
        known = [word for word in dict.fromkeys(self.words[at]) if word in numbers]
        by = self.network.own_embedding[[numbers[word] for word in known]] @ slopes
        return _quotable(known[int(by.argmax())]) if known else None


@lru_cache(maxsize=4_096)  # mostly phrases of the lexicon
def _quotable(text: str) -> str | None:
    """The text where it parts nothing of what the evidence tells; its beginning, where it is long."""
    if not text or _UNQUOTABLE.search(text):
        return None
    text = text.replace("#", "…")  # a number, in phrases
    return text if len(text) <= _MAX_QUOTED else f"{text[: _MAX_QUOTED - 1]}…"


@cache
def _measure_texts() -> tuple[_MeasureText, ...]:
    """The words of ``measure_words.toml`` for all that may move a judgement: as in ``_OWN``, then as in ``_GROUPS``."""
    data = tomli.loads((Path(__file__).parent / "measure_words.toml").read_text("utf-8"))
    return (
        *(_measure_text(name, data) for name in NAMES),
        *(_MeasureText(name, name) for name in _OWN[len(NAMES) :]),
        *(_MeasureText(data["around"][name], data["around"][name]) for name in _GROUPS),
    )


def _measure_text(name: str, data: Mapping[str, Mapping[str, Any]]) -> _MeasureText:
    if words := data["counts"].get(name):
        return _MeasureText(words, words, lambda value: f"{round(math.expm1(value)):,}")
    if words := data["shares"].get(name):
        return _MeasureText(words, words, lambda value: f"{value:.2f}")
    if words := data["plain"].get(name):
        return _MeasureText(words, words)
    if words := data["facts"].get(name):
        return _MeasureText(*words)
    pattern = next(one for one in data["many"] if name.startswith(one[:-1]))
    rest, words = name[len(pattern) - 1 :], data["many"][pattern]
    if isinstance(words, str):
        text = words.replace("*", data["parts"][rest])
        return _MeasureText(text, text)
    # "author-bio", "list_item"
    part = rest.replace("-", " ").replace("_", " ")
    return _MeasureText(*(text.replace("*", part) for text in words))


def _moved(network: Network, judged: Judgement) -> tuple[Floats, Floats, Floats]:
    """How far its own measures (columns as in ``_OWN``) and the blocks around it (as in ``_GROUPS``) moved each
    block's log-odds; and by how much each number of words would.
    """
    # a ReLU that is off passes nothing on: its slope is 0, else 1
    slope = (network.keep[:, 0] * (judged.hidden > 0)) @ network.keep_hidden.T
    around = np.zeros((len(slope), len(_GROUPS)), dtype=np.float32)
    around[:, _GROUPS.index(_TOGETHER)] = judged.by_groups
    # backwards, as gradients go: what the last look saw, then what the one before it did
    for number in range(len(network.looks) - 1, -1, -1):
        slope = (slope * (judged.states[number + 1] > 0)) @ network.looks[number].state.T
        own = judged.states[number].shape[1]
        seen = slope[:, own:] * judged.seen[number][:, own:]
        around += seen @ _summed_places(seen.shape[1])
        slope = slope[:, :own]  # columns of the block's own state come first
    inputs = ((slope * (judged.states[0] > 0)) @ network.enter.T).astype(np.float32, copy=False)
    moved = inputs * judged.rows
    # inputs stand in the order of `_OWN`: measures, numbers of the words of elements, numbers of its own words
    measures, own_words = len(NAMES), moved.shape[1] - network.own_embedding.shape[1]
    summed = [
        moved[:, columns].sum(axis=1) for columns in (slice(measures, own_words), slice(own_words, None))
    ]
    own_moved: Floats = np.concatenate((moved[:, :measures], np.stack(summed, axis=1)), axis=1)
    return own_moved, around, inputs[:, measures:]


@cache
def _summed_places(width: int) -> Floats:
    """The matrix that adds up what is seen by its place."""
    size = width // len(_AROUND)
    table = np.zeros((width, len(_GROUPS)), dtype=np.float32)
    for place, group in enumerate(_AROUND):
        table[place * size : (place + 1) * size, _GROUPS.index(group)] = 1.0
    # what the first judgement made of the blocks comes last, and only the second look is told
    table[size * len(_AROUND) :, _GROUPS.index(_FIRST)] = 1.0
    return table
