"""Blocks to measures: what the learned judgement looks at, one row a block, as arrays.

Nothing here knows a language but the phrases of the lexicon: shares, lengths, punctuation, places,
containers and words of elements. The same measures serve flattened text, where all about elements is zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from cleaners.characters import CLASSES, HEAD_CHARS, count_signs
from cleaners.element_kinds import KINDS, kinds_of
from cleaners.layout import Layout, lay_out
from cleaners.lexicon import PhraseHit
from cleaners.link_targets import TARGETS, measure_targets
from cleaners.types import Block, Kind
from cleaners.word_count import UNSPACED_PER_WORD, unspaced

Floats = NDArray[np.float64]

_PROSE_WORDS = 8
_LONG_WORDS = 25
_PROSE_LINKS = 0.4
_MAIN_SHARE = 0.6
_GOOD_PART = 0.3  # of the page's prose
_TITLE_LIKENESS = 0.35
_TITLE_WORDS = 40  # longer blocks are no title
_LEVELS = (0, 1, 2, 3, 5)
_WINDOWS = (3, 8, 20)
_PAGE_TAGS = ("html", "body")
_KINDS = tuple(Kind)
_KIND_PLACES = {kind: place for place, kind in enumerate(_KINDS)}
_SENTENCE_END = re.compile(r"[.!?。！？…։؟।][\"”»“’'）)\]」』]*$")
_TOKEN = re.compile(r"[^\W_]+")
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
_TAG_PLACES = {tag: place for place, tag in enumerate(_TAGS)}
PHRASE_RULES = (
    "wording.ad",
    "wording.author-bio",
    "wording.byline",
    "wording.caption",
    "wording.comment-form",
    "wording.cookie",
    "wording.copyright",
    "wording.correction",
    "wording.nav",
    "wording.newsletter",
    "wording.paywall",
    "wording.related",
    "wording.social",
    "wording.source-note",
    "wording.tags",
)
_LOG_SHORT_SENTENCE = math.log1p(8)
_IN_SENTENCE = 0.25
_MODES = {"whole": 1.0, "lead": 0.8, "start": 0.6, "contains": 0.4}

_OWN = (
    "chars_log",
    "words_log",
    "link_share",
    "ends_sentence",
    "chars_a_word",
    *(f"{name}_share" for name in CLASSES),
    "is_cut",
    "starts_lower",
    "has_question",
    "ends_colon",
    "level",
    "is_prose",
    "is_hidden",
    "gap_before",
    "gap_after",
    "cells",
    *(f"is_{kind}" for kind in _KINDS),
)
_PLACE = (
    "place",
    "place_chars",
    "blocks_log",
    "page_chars_log",
    "prose_chars_log",
    "after_title",
    "is_title",
    "has_title",
    "after_first_prose",
    "before_last_prose",
    "after_first_prose_blocks",
    "before_last_prose_blocks",
    "words_in_title",
    "title_in_words",
    "seen",
    "seen_before",
)
_CONTAINER = ("chars_log", "link_share", "prose_share", "blocks_log", "prose_blocks_share", "words_a_block")
_ALIKE = ("count_log", "words", "links", "prose_share", "sentences")
_ELEMENTS = ("in_main", "main_distance", "prose_distance", "depth", *(f"in_{tag}" for tag in _TAGS))
NAMES: tuple[str, ...] = (
    *_OWN,
    *_PLACE,
    *(f"container{level}_{name}" for level in _LEVELS for name in _CONTAINER),
    *(f"alike_{name}" for name in _ALIKE),
    *_ELEMENTS,
    *(
        f"window{size}_{name}"
        for size in _WINDOWS
        for name in (
            "prose_before",
            "prose_after",
            "words_before",
            "words_after",
            "links_before",
            "links_after",
        )
    ),
    *PHRASE_RULES,
    *TARGETS,
    *(f"holder_{kind}" for kind in KINDS),
    *(f"parent_{kind}" for kind in KINDS),
    *(f"around_{kind}" for kind in KINDS),
)
"""The columns of ``Measures.rows``."""


class Measures(Struct, frozen=True):
    """``rows``: one a block, columns as in ``NAMES``; ``layout``: the elements around the blocks."""

    rows: Floats
    layout: Layout


def measure(blocks: Sequence[Block], phrases: Sequence[Mapping[str, PhraseHit]]) -> Measures:
    """The measures of all blocks of a page, of which there must be one at least."""
    layout = lay_out(blocks)
    own = _own(blocks)
    sums = _Sums(own)
    columns = (
        own,
        _places(blocks, own, sums),
        *(_container(layout, sums, level) for level in _LEVELS),
        _alike(layout, own, sums),
        _elements(layout, sums),
        *(_window(sums, size) for size in _WINDOWS),
        _phrases(blocks, phrases, own),
        measure_targets(blocks),
        *_kinds(layout),
    )
    return Measures(np.concatenate(columns, axis=1), layout)


_CHARS, _WORDS, _LINKS, _ENDS = 0, 1, 2, 3
_IS_PROSE = _OWN.index("is_prose")


def _own(blocks: Sequence[Block]) -> Floats:
    texts = [block.raw.strip() for block in blocks]
    signs, head_words = count_signs(texts)
    table = np.zeros((len(blocks), len(_OWN)))
    chars = np.array([len(text) for text in texts], dtype=np.float64)
    heads = np.minimum(np.maximum(chars, 1.0), HEAD_CHARS)
    words = head_words + signs[:, CLASSES.index("unspaced")] // UNSPACED_PER_WORD
    words *= np.maximum(chars / heads, 1.0)
    links = np.array([block.link_chars / len(block.raw) for block in blocks])
    flags = np.array([_flags(text) for text in texts], dtype=np.float64)
    table[:, _CHARS] = np.log1p(chars)
    table[:, _WORDS] = np.log1p(words)
    table[:, _LINKS] = links
    table[:, _ENDS] = flags[:, 0]
    table[:, 4] = np.minimum(chars / np.maximum(words, 1.0), 30.0)
    start = 5 + len(CLASSES)
    table[:, 5:start] = signs / heads[:, None]
    table[:, start : start + 4] = flags[:, 1:]
    facts = np.array(
        [
            (block.level, block.is_hidden, block.gap, block.raw.count("\t"), _KIND_PLACES[block.kind])
            for block in blocks
        ],
        dtype=np.float64,
    )
    kinds = facts[:, 4].astype(np.intp)
    prose = ((flags[:, 0] > 0) & (words >= _PROSE_WORDS)) | (words >= _LONG_WORDS)
    prose &= (links < _PROSE_LINKS) & (facts[:, 1] == 0) & (kinds != _KIND_PLACES[Kind.CONTROL])
    gaps = np.minimum(facts[:, 2], 3.0)
    table[:, start + 4] = facts[:, 0]
    table[:, start + 5] = prose
    table[:, start + 6] = facts[:, 1]
    table[:, start + 7] = gaps
    table[:-1, start + 8] = gaps[1:]
    table[:, start + 9] = np.minimum(facts[:, 3], 8.0)
    table[np.arange(len(blocks)), start + 10 + kinds] = 1.0
    return table


def _flags(text: str) -> tuple[bool, bool, bool, bool, bool]:
    """Ends as a sentence, is cut short, starts with a small letter, asks, ends with a colon."""
    tail = text[-6:]
    return (
        _SENTENCE_END.search(tail) is not None,
        tail.endswith(("…", "...", "…]", "...]")),
        text[:1].islower(),
        "?" in text or "？" in text or "؟" in text,
        tail.endswith((":", "：")),
    )


class _Sums:
    """Running sums over the blocks, with a leading zero."""

    def __init__(self, own: Floats) -> None:
        count = len(own)
        chars, words = np.expm1(own[:, _CHARS]), np.expm1(own[:, _WORDS])
        is_prose = own[:, _IS_PROSE]
        self.count = count
        self.is_prose = is_prose > 0
        columns = np.stack(
            (chars, chars * own[:, _LINKS], chars * is_prose, is_prose, words, own[:, _LINKS]), axis=1
        )
        self.table = np.zeros((count + 1, columns.shape[1]))
        np.cumsum(columns, axis=0, out=self.table[1:])
        self.total_chars = max(1.0, float(self.table[-1, 0]))
        self.total_prose = max(1.0, float(self.table[-1, 2]))


def _places(blocks: Sequence[Block], own: Floats, sums: _Sums) -> Floats:
    count = len(blocks)
    numbers = np.arange(count, dtype=np.float64)
    prose = np.flatnonzero(sums.is_prose)
    first, last = (int(prose[0]), int(prose[-1])) if len(prose) else (0, count - 1)
    title_at, overlaps = _title(blocks, own)
    keys = [_key(block.raw) for block in blocks]
    seen: dict[str, int] = {}
    before = np.empty(count)
    for at, key in enumerate(keys):
        before[at] = seen.get(key, 0)
        seen[key] = seen.get(key, 0) + 1
    table = np.empty((count, len(_PLACE)))
    table[:, 0] = numbers / count
    table[:, 1] = sums.table[1:, 0] / sums.total_chars
    table[:, 2] = np.log1p(count)
    table[:, 3] = np.log1p(sums.total_chars)
    table[:, 4] = np.log1p(sums.total_prose)
    table[:, 5] = 0.0 if title_at is None else _signed_log(numbers - title_at)
    table[:, 6] = 0.0 if title_at is None else numbers == title_at
    table[:, 7] = title_at is not None
    table[:, 8] = (numbers - first) / count
    table[:, 9] = (last - numbers) / count
    table[:, 10] = _signed_log(numbers - first)
    table[:, 11] = _signed_log(last - numbers)
    table[:, 12:14] = overlaps
    table[:, 14] = np.log1p([seen[key] - 1 for key in keys])
    table[:, 15] = np.minimum(before, 1.0)
    return table


def _signed_log(values: Floats) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values))


def _key(raw: str) -> str:
    return " ".join(raw[:400].split())[:200].lower()


def _title(blocks: Sequence[Block], own: Floats) -> tuple[int | None, Floats]:
    """The block most like the head's title (in flattened text: like the first line), and how far each is like it."""
    head = next((block.raw for block in blocks if block.kind is Kind.TITLE), blocks[0].raw)
    wanted = frozenset(_tokens(head[:400]))
    overlaps = np.zeros((len(blocks), 2))
    if not wanted:
        return None, overlaps
    best, title_at = _TITLE_LIKENESS, None
    short = own[:, _WORDS] <= np.log1p(_TITLE_WORDS)
    for at in np.flatnonzero(short).tolist():
        block = blocks[at]
        tokens = frozenset(_tokens(block.raw))
        common = len(tokens & wanted)
        if not common:
            continue
        overlaps[at] = common / len(tokens), common / len(wanted)
        if block.kind is Kind.TITLE:
            continue
        likeness = common / (len(tokens) + len(wanted) - common)
        likeness += 0.3 * (block.kind is Kind.HEADING) + 0.2 * (block.level == 1)
        if likeness > best:
            best, title_at = likeness, at
    return title_at, overlaps


def _tokens(text: str) -> list[str]:
    """Words in lower case; letters of unspaced scripts each for itself."""
    if text.isascii():
        return _TOKEN.findall(text.lower())
    return _TOKEN.findall(unspaced().sub(r" \g<0> ", text.lower()))


def _container(layout: Layout, sums: _Sums, level: int) -> Floats:
    return _container_of_elements(layout, sums)[layout.above(level)]


def _container_of_elements(layout: Layout, sums: _Sums) -> Floats:
    inside = sums.table[layout.ends] - sums.table[layout.starts]
    blocks = np.maximum(1.0, (layout.ends - layout.starts).astype(np.float64))
    chars, linked, prose, prose_blocks, words, _ = inside.T
    return np.stack(
        (
            np.log1p(chars),
            linked / np.maximum(1.0, chars),
            prose / sums.total_prose,
            np.log1p(blocks),
            prose_blocks / blocks,
            np.log1p(words / blocks),
        ),
        axis=1,
    )


def _alike(layout: Layout, own: Floats, sums: _Sums) -> Floats:
    groups = layout.alike[layout.holders]
    size = int(groups.max()) + 1
    counts = np.maximum(1.0, np.bincount(groups, minlength=size).astype(np.float64))
    chars = np.expm1(own[:, _CHARS])

    def total(values: Floats) -> Floats:
        return np.bincount(groups, weights=values, minlength=size).astype(np.float64)

    table = np.stack(
        (
            np.log1p(counts),
            np.log1p(total(np.expm1(own[:, _WORDS])) / counts),
            total(own[:, _LINKS]) / counts,
            total(chars * own[:, _IS_PROSE]) / sums.total_prose,
            total(own[:, _ENDS]) / counts,
        ),
        axis=1,
    )
    return table[groups]


def _elements(layout: Layout, sums: _Sums) -> Floats:
    prose = sums.table[layout.ends, 2] - sums.table[layout.starts, 2]
    enough = prose >= _MAIN_SHARE * sums.total_prose
    deepest = int(np.argmax(np.where(enough, layout.depths, -1)))
    has_main = sums.table[-1, 2] > 0
    good = prose >= _GOOD_PART * sums.total_prose
    tags = np.array([_TAG_PLACES.get(tag, -1) for tag, _ in layout.names])[layout.named]
    table = np.zeros((len(tags), len(_ELEMENTS)))
    told = np.flatnonzero(tags >= 0)
    table[told, 4 + tags[told]] = 1.0
    table[:, 1] = -1.0
    if has_main and deepest == 0:
        table[0, 1] = 0.0
    for here in layout.levels():
        above = layout.parents[here]
        table[here, 4:] += table[above, 4:]
        outer = table[above, 1]
        table[here, 1] = np.where(outer >= 0, outer + 1.0, -1.0)
        if has_main:
            table[here[here == deepest], 1] = 0.0
        table[here, 2] = np.where(good[here], 0.0, table[above, 2] + has_main)
    table[:, 0] = table[:, 1] >= 0
    table[:, 3] = layout.depths
    return table[layout.holders]


def _kinds(layout: Layout) -> tuple[Floats, Floats, Floats]:
    """The kinds of each block's holder, of the element around it, and how many further out are of each kind."""
    names = np.zeros((len(layout.names), len(KINDS)))
    for name, (tag, words) in enumerate(layout.names):
        if words and tag not in _PAGE_TAGS:
            names[name, kinds_of(words)] = 1.0
    own = names[layout.named]
    around = own.copy()
    for here in layout.levels():
        around[here] += around[layout.parents[here]]
    holders, parents = layout.holders, layout.above(1)
    return own[holders], own[parents], np.minimum(around[layout.above(2)], 3.0)


def _window(sums: _Sums, size: int) -> Floats:
    at = np.arange(sums.count)
    low, high = np.maximum(0, at - size), np.minimum(sums.count, at + size + 1)
    before = sums.table[at] - sums.table[low]
    after = sums.table[high] - sums.table[at + 1]
    blocks_before, blocks_after = np.maximum(1, at - low), np.maximum(1, high - at - 1)
    return np.stack(
        (
            before[:, 2] / sums.total_prose,
            after[:, 2] / sums.total_prose,
            np.log1p(before[:, 4] / blocks_before),
            np.log1p(after[:, 4] / blocks_after),
            before[:, 5] / blocks_before,
            after[:, 5] / blocks_after,
        ),
        axis=1,
    )


def _phrases(blocks: Sequence[Block], phrases: Sequence[Mapping[str, PhraseHit]], own: Floats) -> Floats:
    """How a phrase stands in the block, a column a rule; prose begins with such words and holds them too."""
    table = np.zeros((len(blocks), len(PHRASE_RULES)))
    places = {rule: place for place, rule in enumerate(PHRASE_RULES)}
    for at, hits in enumerate(phrases):
        for rule, hit in hits.items():
            place = places.get(rule)
            if place is not None:
                table[at, place] = _MODES[hit.mode]
    is_sentence = (own[:, _ENDS] > 0) & (own[:, _WORDS] > _LOG_SHORT_SENTENCE)
    table[is_sentence] *= np.where(table[is_sentence] < _MODES["lead"], _IN_SENTENCE, 1.0)
    return table
