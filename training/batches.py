"""Measured pages as tensors, and several of them end to end: what the network is trained on at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from copydesk.cleaners.judge.features import NAMES
from copydesk.cleaners.judge.network import CLIP, NEIGHBOURS, SPAN_LEVELS, WINDOW, Vocabulary, element_words
from copydesk.cleaners.segment.layout import Layout
from training.pages import SETS

MIN_SITES = 12  # a word of elements is learned if so many sites use it
MIN_TEXT_SITES = 20  # a word of the text itself: fewer, and words of single stories are learned by heart
MIN_LANGUAGE_SITES = (
    100  # with words learned from two languages, pages in others were judged worse (decision 19)
)
MAX_WORDS = 60  # a block counts by its words, as in the score, but a long one not for ever
WORD_PLACES = 3
"""Where words of elements are looked for: a block's holder, the element around it, all further out."""

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """A page as numbers, before words are numbered. ``words``: the first words of each block, folded; ``weight``: how
    much its blocks count.
    """

    set_name: str
    site: str
    language: str
    rows: Array
    layout: Layout
    groups: tuple[Array, ...]
    words: tuple[tuple[str, ...], ...]
    labels: Array
    keep: Array
    weight: float


@dataclass(frozen=True, slots=True)
class Words:
    """The words that are learned: of elements, and ``own`` of the text itself with the row of each, which are looked
    for on pages in ``languages``.
    """

    elements: Vocabulary
    own: dict[str, int]
    languages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opinions:
    """What teachers say of each block of a batch: probabilities of ``labels`` (blocks x labels), and of ``keep``."""

    labels: Tensor
    keep: Tensor


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about each block of a batch: ``labels`` (-1: unknown), ``keep`` (-1: unknown), ``weights``; and
    the ``opinions`` of teachers, if there are any.
    """

    labels: Tensor
    keep: Tensor
    weights: Tensor
    opinions: Opinions | None = None


@dataclass(frozen=True, slots=True)
class Bags:
    """Runs of numbers of words, for ``torch.nn.EmbeddingBag``: all numbers, and where each run starts."""

    numbers: Tensor
    offsets: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages end to end. ``elements``: the words of each distinct element or way outwards, and ``at_elements``
    (``WORD_PLACES`` x blocks) which of these a block has; ``own_words``: of each block; ``low``, ``high`` (spans x
    blocks): from where to where a block looks, neighbours, windows and containers first, then the whole page, all
    before and all after; ``groups``: the groups it is in; ``sets``: whose truth each block is judged by.
    """

    rows: Tensor
    elements: Bags
    at_elements: Tensor
    own_words: Bags
    low: Tensor
    high: Tensor
    groups: Tensor
    counts: tuple[int, ...]
    pages: Tensor
    sets: Tensor
    truth: Truth


def element_words_of(pages: Iterable[Measured]) -> list[str]:
    """The words of elements that enough sites use, sorted."""
    sites: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        for name in page.layout.names:
            for word in element_words(*name):
                sites[word].add(page.site)
    return sorted(word for word, of in sites.items() if len(of) >= MIN_SITES) or ["<"]


def languages_of(pages: Iterable[Measured]) -> list[str]:
    """The languages in which there are pages of enough sites, sorted."""
    sites: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        sites[page.language].add(page.site)
    return sorted(language for language, of in sites.items() if len(of) >= MIN_LANGUAGE_SITES)


def own_words_of(pages: Iterable[Measured], languages: Collection[str]) -> list[str]:
    """The words of texts in these languages that enough sites use, sorted."""
    sites: dict[str, set[str]] = defaultdict(set)
    for page in pages:
        if page.language in languages:
            for word in set(chain.from_iterable(page.words)):
                sites[word].add(page.site)
    return sorted(word for word, of in sites.items() if len(of) >= MIN_TEXT_SITES) or ["#"]


def normalised(rows: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Measures as the network sees them."""
    return ((rows - mean) * scale).clamp(-CLIP, CLIP)


def batch_of(page: Measured, words: Words, mean: Tensor, scale: Tensor) -> Batch:
    """One page as tensors."""
    layout, count = page.layout, len(page.rows)
    elements, at_elements = _element_bags(layout, words.elements)
    numbers = words.own if page.language in words.languages else {}
    own = [[numbers[word] for word in dict.fromkeys(block) if word in numbers] for block in page.words]
    low, high = _spans(layout, count)
    counted = np.minimum(np.expm1(page.rows[:, NAMES.index("words_log")]) + 3, MAX_WORDS) / 20
    groups = [np.unique(group, return_inverse=True)[1] for group in page.groups]
    return Batch(
        rows=normalised(torch.from_numpy(page.rows), mean, scale),
        elements=elements,
        at_elements=at_elements,
        own_words=_bags(own),
        low=torch.from_numpy(low),
        high=torch.from_numpy(high),
        groups=torch.from_numpy(np.stack(groups)),
        counts=tuple(int(group.max()) + 1 for group in groups),
        pages=torch.zeros(count, dtype=torch.long),
        sets=torch.full((count,), SETS.index(page.set_name)),
        truth=Truth(
            torch.from_numpy(page.labels),
            torch.from_numpy(page.keep),
            torch.from_numpy((counted * page.weight).astype(np.float32)),
        ),
    )


def _element_bags(layout: Layout, vocabulary: Vocabulary) -> tuple[Bags, Tensor]:
    """The words of elements, each distinct set of them once, and which a block has in each place."""
    names = [vocabulary.find(*name) if name[0] else () for name in layout.names]
    own = [names[name] for name in layout.named.tolist()]
    further: list[tuple[int, ...]] = [()]
    for element in range(1, len(own)):
        further.append((*further[layout.parents[element]], *own[element]))
    numbers: dict[tuple[int, ...], int] = {}
    places = [
        [numbers.setdefault(words[element], len(numbers)) for element in layout.above(level).tolist()]
        for level, words in enumerate((own, own, further))
    ]
    return _bags(list(numbers)), torch.tensor(places)


def _bags(runs: Sequence[Sequence[int]]) -> Bags:
    offsets = np.concatenate(([0], np.cumsum([len(run) for run in runs])[:-1]))
    numbers = torch.tensor(list(chain.from_iterable(runs)), dtype=torch.long)
    return Bags(numbers, torch.from_numpy(offsets.astype(np.int64)))


def _spans(layout: Layout, count: int) -> tuple[Array, Array]:
    """From where to where each block looks; a neighbour is a span of one block, or of none at the page's ends."""
    at = np.arange(count)
    first, last = np.zeros_like(at), np.full_like(at, count)
    containers = [layout.above(level) for level in SPAN_LEVELS]
    low = (
        *(at + offset for offset in NEIGHBOURS),
        at - WINDOW,
        at + 1,
        *(layout.starts[own] for own in containers),
        first,
        first,
        at + 1,
    )
    high = (
        *(at + offset + 1 for offset in NEIGHBOURS),
        at,
        at + 1 + WINDOW,
        *(layout.ends[own] for own in containers),
        last,
        at,
        last,
    )
    return np.clip(np.stack(low), 0, count), np.clip(np.stack(high), 0, count)


def join(batches: Sequence[Batch]) -> Batch:
    """Several batches end to end."""
    rows = _starts([len(batch.rows) for batch in batches])
    elements = _starts([len(batch.elements.offsets) for batch in batches])
    counts = [batch.counts for batch in batches]
    starts = torch.tensor([_starts(some) for some in zip(*counts, strict=True)]).T[:, :, None]

    def shifted(tensors: Sequence[Tensor], starts: Sequence[int]) -> Tensor:
        return torch.cat([tensor + start for tensor, start in zip(tensors, starts, strict=True)], -1)

    return Batch(
        rows=torch.cat([batch.rows for batch in batches]),
        elements=_joined([batch.elements for batch in batches]),
        at_elements=shifted([batch.at_elements for batch in batches], elements),
        own_words=_joined([batch.own_words for batch in batches]),
        low=shifted([batch.low for batch in batches], rows),
        high=shifted([batch.high for batch in batches], rows),
        groups=torch.cat([batch.groups + start for batch, start in zip(batches, starts, strict=True)], -1),
        counts=tuple(sum(some) for some in zip(*counts, strict=True)),
        pages=torch.cat([torch.full_like(batch.pages, page) for page, batch in enumerate(batches)]),
        sets=torch.cat([batch.sets for batch in batches]),
        truth=Truth(
            torch.cat([batch.truth.labels for batch in batches]),
            torch.cat([batch.truth.keep for batch in batches]),
            torch.cat([batch.truth.weights for batch in batches]),
            _joined_opinions([one for batch in batches if (one := batch.truth.opinions) is not None]),
        ),
    )


def _joined_opinions(opinions: Sequence[Opinions]) -> Opinions | None:
    if not opinions:
        return None
    return Opinions(torch.cat([one.labels for one in opinions]), torch.cat([one.keep for one in opinions]))


def _joined(bags: Sequence[Bags]) -> Bags:
    starts = _starts([len(bag.numbers) for bag in bags])
    offsets = [bag.offsets + start for bag, start in zip(bags, starts, strict=True)]
    return Bags(torch.cat([bag.numbers for bag in bags]), torch.cat(offsets))


def _starts(sizes: Sequence[int]) -> list[int]:
    starts: list[int] = np.concatenate(([0], np.cumsum(sizes)[:-1])).tolist()
    return starts
