"""Blocks to rows of measures: what the learned judgement looks at.

Nothing here knows a language: shares, lengths, punctuation, places, neighbours, containers and the
kinds of element words. The same measures serve flattened text, where all about elements is zero.
Columns are named in ``NAMES``, in the order of the rows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add, itemgetter
from typing import NamedTuple

from cleaners import normal
from cleaners.element_words import KINDS, kinds_of
from cleaners.types import Block, Kind, PathStep

_WORD = re.compile(r"[^\W_]+")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_UNSPACED_PER_WORD = 2  # letters a word in scripts without spaces, on average
_SENTENCE_END = re.compile(r"[.!?。！？…։؟।][\"”»“’'）)\]」』]*\s*$")
_PAUSES = re.compile("[,،、，;；:：]")
_PROSE_WORDS = 8
_LONG_WORDS = 25
_PROSE_LINKS = 0.4
_MAIN_SHARE = 0.6
_TITLE_LIKENESS = 0.35
_GOOD_PART = 0.3  # of the page's prose
_TAGS = (
    "article",
    "main",
    "aside",
    "nav",
    "header",
    "footer",
    "form",
    "ul",
    "table",
    "figure",
    "blockquote",
    "section",
    "a",
    "p",
)
_TAG_COLUMNS = {tag: column for column, tag in enumerate(_TAGS)}
_PAGE_TAGS = ("html", "body")
_NO_TAGS = (0.0,) * len(_TAGS)
_NO_KINDS = (0.0,) * len(KINDS)
_NO_HEAD = (*_NO_TAGS, 0.0, *_NO_KINDS, *_NO_KINDS)
_NO_CONTAINER = (0.0,) * 6
_LEVELS = (1, 2, 3, 4, 6)
_WINDOWS = (5, 10)
_KINDS = {kind: float(number) for number, kind in enumerate(Kind)}
_SEEN_LETTERS = 200
_TITLE_WORDS = 40  # longer blocks are no title
_SHARE_CHARS = 200  # shares of signs are told by the beginning

_OWN = [
    "chars_log",
    "words_log",
    "link_share",
    "ends_sentence",
    "chars_a_word",
    "pauses_share",
    "digit_share",
    "upper_share",
    "is_cut",
    "starts_lower",
    "has_question",
    "has_bar",
    "kind",
    "level",
    "is_prose",
]
_PAD = (0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -1.0, 0.0)
_NEIGHBOUR = tuple(
    _OWN.index(name) for name in ["chars_log", "link_share", "ends_sentence", "kind", "is_cut", "is_prose"]
)

_brief = itemgetter(*_NEIGHBOUR)
_NO_BRIEF: tuple[float, ...] = _brief(_PAD)

NAMES: tuple[str, ...] = (
    *_OWN,
    "gap_before",
    "gap_after",
    *(f"in_{tag}" for tag in _TAGS),
    "depth",
    *(f"above_{kind}" for kind in KINDS),
    *(f"near_{kind}" for kind in KINDS),
    *["place", "place_chars", "blocks", "page_chars_log", "prose_chars_log"],
    *[
        "after_title",
        "is_title",
        "after_first_prose",
        "before_last_prose",
        "after_first_prose_blocks",
        "before_last_prose_blocks",
    ],
    *["words_in_title", "title_in_words"],
    *(
        f"container{level}_{name}"
        for level in _LEVELS
        for name in [
            "chars_log",
            "link_share",
            "prose_share",
            "blocks_log",
            "prose_blocks_share",
            "words_a_block",
        ]
    ),
    *["in_main", "main_distance", "prose_distance"],
    *["alike", "alike_words", "alike_links", "alike_prose_share", "alike_sentences"],
    "seen",
    *(f"{_OWN[column]}_{offset:+d}" for offset in (-2, -1, 1, 2) for column in _NEIGHBOUR),
    *(f"same_parent_{offset:+d}" for offset in (-1, 1)),
    *(
        f"window{size}_{name}"
        for size in _WINDOWS
        for name in ["prose_before", "prose_after", "link_share", "words_before", "words_after"]
    ),
)


@dataclass(slots=True)
class _Alike:
    """Sums over the blocks whose nearest elements have the same tags and words."""

    count: int = 0
    words: int = 0
    links: float = 0.0
    prose: int = 0
    sentences: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sums:
    """Running sums over the blocks, with a leading zero: the blocks under an element are a span of
    the page, so whatever is summed under it is a difference of two running sums.
    """

    chars: Sequence[float]
    links: Sequence[float]
    prose: Sequence[float]
    prose_blocks: Sequence[float]
    words: Sequence[float]


@dataclass(slots=True)
class _PageMeasures:
    """All that is measured once a page; lists run parallel to the blocks."""

    blocks: Sequence[Block]
    chars: list[int] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    links: list[float] = field(default_factory=list)
    prose: list[int] = field(default_factory=list)
    own: list[tuple[float, ...]] = field(default_factory=list)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    sums: _Sums = field(default_factory=lambda: _Sums((), (), (), (), ()))
    alike: dict[tuple[tuple[str, str], ...], _Alike] = field(default_factory=dict)
    signatures: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    briefs: list[tuple[float, ...]] = field(default_factory=list)  # what its neighbours are told of a block
    title_words: frozenset[str] = frozenset()
    tokens: list[frozenset[str] | None] = field(default_factory=list)  # None where too long for a title
    title_at: int | None = None
    main: int | None = None

    @property
    def has_prose(self) -> bool:
        """Whether there is any prose on the page."""
        return self.sums.prose[-1] > 0

    def prose_under(self, number: int) -> float:
        """Characters of prose under an element."""
        start, end = self.spans[number]
        return self.sums.prose[end] - self.sums.prose[start]


def count_words(text: str) -> int:
    """Words of ``text``; in scripts without spaces, two letters count as one."""
    spaced = len(_WORD.findall(text))
    if text.isascii():
        return spaced
    return spaced + len(_UNSPACED.findall(text)) // _UNSPACED_PER_WORD


def measure(blocks: Sequence[Block], wanted: Sequence[int]) -> list[list[float]]:
    """One row for each wanted block (by index), columns as in ``NAMES``; all blocks are looked at."""
    if not blocks:
        return []
    page = _PageMeasures(blocks)
    for block in blocks:
        _measure_own(page, block)
    _measure_containers(page)
    _find_title(page)
    return _rows(page, wanted)


def _measure_own(page: _PageMeasures, block: Block) -> None:
    text = block.text
    head = text[:_SHARE_CHARS]
    length = len(text)
    words = count_words(text)
    link_share = block.link_chars / max(1, len(block.raw))
    ends = bool(_SENTENCE_END.search(text[-12:]))
    is_prose = (
        ((ends and words >= _PROSE_WORDS) or words >= _LONG_WORDS)
        and link_share < _PROSE_LINKS
        and not block.is_hidden
        and block.kind is not Kind.CONTROL
    )
    page.chars.append(length)
    page.words.append(words)
    page.links.append(link_share)
    page.prose.append(length if is_prose else 0)
    page.own.append(
        (
            math.log1p(length),
            math.log1p(words),
            link_share,
            float(ends),
            length / max(1, words),
            len(_PAUSES.findall(head)) / len(head) * 100,
            sum(map(str.isdigit, head)) / len(head),
            sum(map(str.isupper, head)) / len(head),
            float(text.endswith(("…", "..."))),
            float(text[:1].islower()),
            float("?" in text),
            float("|" in text or "»" in text or "›" in text),
            _KINDS[block.kind],
            float(block.level),
            float(is_prose),
        )
    )
    page.briefs.append(_brief(page.own[-1]))
    key = normal.letters(text[: _SEEN_LETTERS * 2])[:_SEEN_LETTERS]
    page.keys.append(key)
    page.seen[key] += 1


def _measure_containers(page: _PageMeasures) -> None:
    page.sums = _Sums(
        _sums(page.chars),
        _sums([block.link_chars for block in page.blocks]),
        _sums(page.prose),
        _sums([prose > 0 for prose in page.prose]),
        _sums(page.words),
    )
    _find_spans(page)
    for i, block in enumerate(page.blocks):
        signature = tuple([(step.tag, step.words) for step in block.path[-3:]])
        page.signatures.append(signature)
        alike = page.alike.get(signature)
        if alike is None:
            alike = page.alike[signature] = _Alike()
        alike.count += 1
        alike.words += page.words[i]
        alike.links += page.links[i]
        alike.prose += page.prose[i]
        alike.sentences += page.own[i][3]
    page.main = _main_container(page)


def _find_spans(page: _PageMeasures) -> None:
    """The span of blocks under each element: opened by the first block in it, closed by the next outside."""
    opened: dict[int, int] = {}
    before: tuple[PathStep, ...] = ()
    for i, block in enumerate(page.blocks):
        path = block.path
        common = 0
        for one, other in zip(before, path, strict=False):
            if one.number != other.number:
                break
            common += 1
        for step in before[common:]:
            page.spans[step.number] = opened.pop(step.number), i
        for step in path[common:]:
            opened[step.number] = i
        before = path
    for step in before:
        page.spans[step.number] = opened.pop(step.number), len(page.blocks)


def _main_container(page: _PageMeasures) -> int | None:
    """The deepest element that holds most of the page's prose."""
    enough = _MAIN_SHARE * (sum(page.prose) or 1)
    main, deepest = None, -1
    for i, block in enumerate(page.blocks):
        if not page.prose[i]:
            continue
        for depth in range(len(block.path) - 1, deepest, -1):
            if page.prose_under(block.path[depth].number) >= enough:
                deepest, main = depth, block.path[depth].number
                break
    return main


def _find_title(page: _PageMeasures) -> None:
    """The block most like the head's title; in flattened text, the first block."""
    head = next((block.text for block in page.blocks if block.kind is Kind.TITLE), page.blocks[0].text)
    page.title_words = frozenset(_tokens(head))
    best = _TITLE_LIKENESS
    for i, block in enumerate(page.blocks):
        tokens = frozenset(_tokens(block.raw)) if page.words[i] <= _TITLE_WORDS else None
        page.tokens.append(tokens)
        if not tokens or not page.title_words or block.kind is Kind.TITLE:
            continue
        common = len(tokens & page.title_words)
        likeness = common / (len(tokens) + len(page.title_words) - common)
        likeness += 0.3 * (block.kind is Kind.HEADING) + 0.2 * (block.level == 1)
        if likeness > best:
            best, page.title_at = likeness, i


def _tokens(text: str) -> list[str]:
    """Words in lower case; letters of unspaced scripts each for itself."""
    if text.isascii():
        return _WORD.findall(text.lower())
    return _WORD.findall(_UNSPACED.sub(r" \g<0> ", text.lower()))


def _rows(page: _PageMeasures, wanted: Sequence[int]) -> list[list[float]]:
    blocks = page.blocks
    count = len(blocks)
    total_chars = sum(page.chars) or 1
    total_prose = sum(page.prose) or 1
    first = next((i for i in range(count) if page.prose[i]), 0)
    last = next((i for i in range(count - 1, -1, -1) if page.prose[i]), count)
    prose_sums, word_sums, link_sums = page.sums.prose, page.sums.words, _sums(page.links)
    page_log, prose_log = math.log1p(total_chars), math.log1p(total_prose)
    paths = _PathMeasurer(page, total_prose)
    rows: list[list[float]] = []
    for i in wanted:
        block = blocks[i]
        before = page.sums.chars[i + 1]
        row = [*page.own[i], float(block.gap), float(blocks[i + 1].gap if i + 1 < count else 9)]
        row += paths.head(block.path)
        row += (i / count, before / total_chars, float(count), page_log, prose_log)
        row += (
            float(i - page.title_at) if page.title_at is not None else -999.0,
            float(page.title_at == i),
            (i - first) / count,
            (last - i) / count,
            float(i - first),
            float(last - i),
        )
        row += _title_overlap(page, i)
        row += paths.tail(block.path)
        row += _alike_measures(page, i, total_prose)
        row.append(float(page.seen[page.keys[i]]))
        row += _neighbours(page, i)
        for size in _WINDOWS:
            low, high = max(0, i - size), min(count, i + size + 1)
            row += (
                (prose_sums[i] - prose_sums[low]) / total_prose,
                (prose_sums[high] - prose_sums[i + 1]) / total_prose,
                (link_sums[high] - link_sums[low]) / (high - low),
                (word_sums[i] - word_sums[low]) / max(1, i - low),
                (word_sums[high] - word_sums[i + 1]) / max(1, high - i - 1),
            )
        rows.append(row)
    return rows


class _Outer(NamedTuple):
    """What the elements from the root down to one tell, for all blocks inside it."""

    tags: tuple[float, ...]
    above: tuple[float, ...]
    main_distance: float  # elements up to the main container, -1 outside it
    prose_distance: float  # elements up to one that holds a good part of the page's prose


_NO_OUTER = _Outer(_NO_TAGS, _NO_KINDS, -1.0, 0.0)


class _PathMeasurer:
    """All that depends on the elements above alone. Elements share their outer elements, so each
    element's own part is computed once and built upon by those inside it.
    """

    def __init__(self, page: _PageMeasures, total_prose: int) -> None:
        self._page = page
        self._total_prose = total_prose
        self._enough_prose = _GOOD_PART * total_prose
        self._outers: dict[int, _Outer] = {}
        self._containers: dict[int, tuple[float, ...]] = {}

    def head(self, path: tuple[PathStep, ...]) -> tuple[float, ...]:
        """Counts of tags above, depth, kinds of element words above and near."""
        if not path:
            return _NO_HEAD
        outer = self._outer(path)
        near = kinds_of(path[-1].words)
        if len(path) > 1 and path[-2].words and path[-2].tag not in _PAGE_TAGS:
            near = tuple(map(max, near, kinds_of(path[-2].words)))
        return (*outer.tags, float(len(path)), *outer.above, *near)

    def tail(self, path: tuple[PathStep, ...]) -> list[float]:
        """The sums of the containers around, and where the block stands to the main one."""
        measures: list[float] = []
        for level in _LEVELS:
            measures += self._container(path[-level].number) if level <= len(path) else _NO_CONTAINER
        outer = self._outer(path)
        measures += (float(outer.main_distance >= 0), outer.main_distance, outer.prose_distance)
        return measures

    def _outer(self, path: tuple[PathStep, ...]) -> _Outer:
        known = len(path)
        while known and path[known - 1].number not in self._outers:
            known -= 1
        outer = self._outers[path[known - 1].number] if known else _NO_OUTER
        for step in path[known:]:
            outer = self._outers[step.number] = self._inner(outer, step)
        return outer

    def _inner(self, outer: _Outer, step: PathStep) -> _Outer:
        """What one more element adds."""
        tags, above, main_distance, prose_distance = outer
        if step.tag in _TAG_COLUMNS:
            column = _TAG_COLUMNS[step.tag]
            tags = (*tags[:column], tags[column] + 1.0, *tags[column + 1 :])
        if step.words and step.tag not in _PAGE_TAGS:
            above = tuple(map(add, above, kinds_of(step.words)))
        if step.number == self._page.main:
            main_distance = 0.0
        elif main_distance >= 0:
            main_distance += 1.0
        has_prose = self._page.prose_under(step.number) >= self._enough_prose
        if has_prose:
            prose_distance = 0.0
        elif self._page.has_prose:
            prose_distance += 1.0
        return _Outer(tags, above, main_distance, prose_distance)

    def _container(self, number: int) -> tuple[float, ...]:
        measures = self._containers.get(number)
        if measures is None:
            start, end = self._page.spans[number]
            sums = self._page.sums
            chars = sums.chars[end] - sums.chars[start]
            blocks = end - start
            measures = self._containers[number] = (
                math.log1p(chars),
                (sums.links[end] - sums.links[start]) / max(1, chars),
                (sums.prose[end] - sums.prose[start]) / self._total_prose,
                math.log1p(blocks),
                (sums.prose_blocks[end] - sums.prose_blocks[start]) / blocks,
                (sums.words[end] - sums.words[start]) / blocks,
            )
        return measures


def _alike_measures(page: _PageMeasures, i: int, total_prose: int) -> tuple[float, ...]:
    alike = page.alike[page.signatures[i]]
    return (
        float(alike.count),
        alike.words / alike.count,
        alike.links / alike.count,
        alike.prose / total_prose,
        alike.sentences / alike.count,
    )


def _title_overlap(page: _PageMeasures, i: int) -> tuple[float, float]:
    tokens = page.tokens[i]
    if tokens is None or not page.title_words:
        return 0.0, 0.0
    common = len(tokens & page.title_words)
    return common / max(1, len(tokens)), common / len(page.title_words)


def _neighbours(page: _PageMeasures, i: int) -> list[float]:
    row: list[float] = []
    briefs, count = page.briefs, len(page.briefs)
    for at in (i - 2, i - 1, i + 1, i + 2):
        row += briefs[at] if 0 <= at < count else _NO_BRIEF
    parent = page.blocks[i].path[-2:-1]
    row.append(float(i > 0 and page.blocks[i - 1].path[-2:-1] == parent))
    row.append(float(i + 1 < count and page.blocks[i + 1].path[-2:-1] == parent))
    return row


def _sums(values: Sequence[float]) -> list[float]:
    """Running sums with a leading zero: the sum of ``values[a:b]`` is ``sums[b] - sums[a]``."""
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    return sums
