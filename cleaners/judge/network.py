"""The small network that judges all blocks of a page together, evaluated with numpy.

A block's measures, the words of the elements around it and the first words of its own text give it a state of
``STATE`` numbers. Twice, each block then looks around: at its neighbours, at its containers, at the groups it is in
(blocks that look like it, blocks of its path, its place in all siblings), at what comes before and after it on the
page. After the first look each block is judged once; the second look is told what came of its groups and of what is
before and after it. From the last state come the log-odds of being kept and one logit a label; to the log-odds each
group adds its own, the mean over its members. So where the article begins and ends, and which containers and which
groups belong to it, is decided by all their blocks together. The words of elements are tags, and words of
class, id, role, itemprop and rel: ``Vocabulary`` has those that are known.

Weights are made by ``python -m training.train``; see ``training/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk._core import layout as core
from copydesk._core.names import WordNumbers
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.judge.features import NAMES, Measures
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.segment.layout import Ints

Floats = NDArray[np.float32]

# digits part words: `item-4711` is `item`; the cap cuts encoded data into pieces of bounded length
_MOST_LETTERS = 24
_WORD = lazy_pattern(f"[a-z]{{2,{_MOST_LETTERS}}}")
_LEAST_PART = 4  # letters of a known word inside an unknown one

SPAN_LEVELS = (0, 1, 2, 4)  # learned with: other levels need a new training
"""Containers a block looks at, counted from the element it is in."""
NEIGHBOURS = (-2, -1, 1, 2)
VERDICTS = 9
"""Numbers a block is told of the first judgement: own, mean and highest of three groups, before and after."""

WINDOW = 8
"""Blocks before and after, besides its neighbours, a block looks at together."""
CLIP = 5.0
"""Standard deviations beyond which a measure counts no more."""


def element_words(tag: str, words: str) -> list[str]:
    """The words that tell of an element: its tag (as ``<div``) and the runs of letters in ``words``."""
    return [f"<{tag}", *_WORD.findall(words)]


class Vocabulary:
    """Known words to numbers, 4,096 at most. Unknown ones are looked for in parts: ``relatedposts`` is ``related`` and
    ``posts``.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(words)}
        # a site's own words are unknown on every page of it: they are taken apart once
        self._numbers_in = WordNumbers(self._find_word, len(words), _MOST_LETTERS)

    def find(self, tag: str, words: str) -> tuple[int, ...]:
        """The numbers of the known words of an element, each once, in rising order."""
        return self._numbers_in.find(words, tag)

    def embedded(self, names: Sequence[tuple[str, str]], embedding: Floats) -> Floats:
        """For each tag with its words the sum of its numbers' rows of ``embedding``; 0 where there is no tag."""
        sums = np.zeros((len(names), embedding.shape[1]))
        self._numbers_in.sum_rows(names, embedding, sums)
        return sums.astype(np.float32)

    def word(self, number: int) -> str:
        """The known word of a number."""
        return self._words[number]

    def _find_word(self, word: str) -> tuple[int, ...]:
        """The number of a known word; of another those of the longest known beginning and what follows it, or else that
        of the longest known end.
        """
        numbers = self._numbers
        if word in numbers:
            return (numbers[word],)
        # longest first: `newsletterbox` is `newsletter`, not `news`
        for border in range(len(word) - 1, _LEAST_PART - 1, -1):
            if word[:border] in numbers:
                rest = word[border:]
                known = (numbers[rest],) if len(rest) >= _LEAST_PART and rest in numbers else ()
                return (numbers[word[:border]], *known)
        for border in range(1, len(word) - _LEAST_PART + 1):
            if word[border:] in numbers:
                return (numbers[word[border:]],)
        return ()


class ContextLayer(Struct, frozen=True):
    """One look around: ``project`` to what blocks show of themselves, ``state`` from own state and all that is seen."""

    project: Floats
    project_bias: Floats
    state: Floats
    state_bias: Floats


class Network(Struct, frozen=True):
    """Weights, and the labels its logits stand for. ``first_keep``: the judgement after the first look;
    ``group_keep``: what members add to the log-odds of their groups, a column for each of ``Measures.groups``;
    ``vocabulary`` and ``embedding``: the words of elements; ``own_words`` and ``own_embedding``: the words of the text
    itself, folded, each with its row; they are looked for on pages in
    ``own_languages``, of which enough were learned from.
    """

    labels: tuple[str, ...]
    mean: Floats
    scale: Floats
    vocabulary: Vocabulary
    embedding: Floats
    own_languages: frozenset[str]
    own_words: Mapping[str, int]
    own_embedding: Floats
    enter: Floats
    enter_bias: Floats
    looks: tuple[ContextLayer, ...]
    first_keep: Floats
    first_keep_bias: Floats
    group_keep: Floats
    label: Floats
    label_bias: Floats
    keep_hidden: Floats
    keep_hidden_bias: Floats
    keep: Floats
    keep_bias: Floats


class Judgement(Struct, frozen=True):
    """Per block ``keep``, the probability of belonging to the article, and ``labels``, that of each label; and the
    states on the way there, from which ``copydesk.cleaners.judge.reasons`` tells what moved it; ``names``: the embedded
    words of each of ``Layout.names``; ``by_groups``: what its groups added to the log-odds of each.
    """

    keep: Floats
    labels: Floats
    rows: Floats
    states: tuple[Floats, ...]
    seen: tuple[Floats, ...]
    hidden: Floats
    names: Floats
    by_groups: Floats


def judge(network: Network, measures: Measures) -> Judgement:
    """What the network says of each block of a page."""
    layout = measures.layout
    # by the spread on training pages, but phrases by a fixed number (PHRASE_SCALE in training/train.py)
    rows = np.clip((measures.rows - network.mean) * network.scale, -CLIP, CLIP)
    names = network.vocabulary.embedded(layout.names, network.embedding)
    inputs = np.concatenate((rows, core.summed_names(layout, names), _own_words(network, measures)), axis=1)
    states = [_relu(inputs @ network.enter + network.enter_bias)]
    around = core.Around(layout, measures.groups, SPAN_LEVELS, WINDOW)
    seen: list[Floats] = []
    # two of them; three were no better (docs/decisions/0002-labels-from-a-network.md)
    for number, look in enumerate(network.looks):
        shown = states[-1] @ look.project + look.project_bias
        first = (
            _sigmoid((states[-1] @ network.first_keep + network.first_keep_bias)[:, 0]) if number else None
        )
        seen.append(around.seen(states[-1], shown, first))
        states.append(_relu(seen[-1] @ look.state + look.state_bias))
    logits = states[-1] @ network.label + network.label_bias
    hidden = _relu(states[-1] @ network.keep_hidden + network.keep_hidden_bias)
    by_groups = around.of_groups(states[-1] @ network.group_keep)
    keep = _sigmoid((hidden @ network.keep + network.keep_bias)[:, 0] + by_groups)
    return Judgement(keep, _softmax(logits), inputs, tuple(states), tuple(seen), hidden, names, by_groups)


def _sigmoid(odds: Floats) -> Floats:
    return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32, copy=False)


def _relu(values: Floats) -> Floats:
    return np.maximum(values, 0.0, out=values)  # in place: `values` is always a fresh product


def _softmax(logits: Floats) -> Floats:
    # less the largest, lest a large logit overflow
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _own_words(network: Network, measures: Measures) -> Floats:
    """Sums of the embedded words of each block, each word once, over the root of how many are known; nothing where few
    pages in the page's language were learned from, whose words would be taken for those of another.
    """
    if measures.language not in network.own_languages:
        return np.zeros((len(measures.words), network.own_embedding.shape[1]), dtype=np.float32)
    numbers = network.own_words
    # in their order on the page: that of a set differs from run to run, and with it the last digit of a sum
    found = [[numbers[word] for word in dict.fromkeys(own) if word in numbers] for own in measures.words]
    sums, counts = _summed(network.own_embedding, found)
    roots: Floats = np.sqrt(np.maximum(counts, 1), dtype=np.float32)
    return sums / roots[:, None]


def _summed(embedding: Floats, found: Sequence[Sequence[int]]) -> tuple[Floats, Ints]:
    """For each sequence of numbers the sum of these rows of ``embedding``, and how many they are."""
    counts = np.array([len(numbers) for numbers in found], dtype=np.intp)
    # in double precision, in which sums of weights of 16 bits are exact: in whatever order
    sums = np.zeros((1 + int(counts.sum()), embedding.shape[1]))
    np.cumsum(embedding[list(chain.from_iterable(found))], axis=0, dtype=np.float64, out=sums[1:])
    ends = np.cumsum(counts)
    return (sums[ends] - sums[ends - counts]).astype(np.float32), counts


@cache
def packaged(name: str) -> Network:
    """The network that comes with copydesk under ``name`` (``html``, ``lines``)."""
    # no pickles: a file of weights must not run code
    with np.load(Path(__file__).parent / f"labels_{name}.npz", allow_pickle=False) as arrays:
        return read(arrays, where=f"labels_{name}.npz")


def read(arrays: Mapping[str, NDArray[np.generic]], *, where: str) -> Network:
    """A network from the arrays ``training.train`` writes.

    Raises BadData where they were made for other measures than today's, or for these in another order.
    """
    # by name and order, since as many numbers in another order would pass unnoticed
    if not {"measures", "own_languages"} <= arrays.keys() or str(arrays["measures"]).split("\n") != list(
        NAMES
    ):
        raise BadData(f"{where}: made for other measures; make it anew with python -m training.train")

    def floats(name: str) -> Floats:
        return np.asarray(arrays[name], dtype=np.float32)

    looks = tuple(
        ContextLayer(
            *(floats(f"look{number}_{part}") for part in ("project", "project_bias", "state", "state_bias"))
        )
        for number in range(int(arrays["looks"]))
    )
    return Network(
        labels=tuple(str(arrays["labels"]).split("\n")),
        vocabulary=Vocabulary(str(arrays["vocabulary"]).split("\n")),
        own_languages=frozenset(str(arrays["own_languages"]).split("\n")),
        own_words={word: row for row, word in enumerate(str(arrays["own_words"]).split("\n"))},
        looks=looks,
        **{
            name: floats(name)
            for name in (
                "mean",
                "scale",
                "embedding",
                "own_embedding",
                "enter",
                "enter_bias",
                "first_keep",
                "first_keep_bias",
                "group_keep",
                "label",
                "label_bias",
                "keep_hidden",
                "keep_hidden_bias",
                "keep",
                "keep_bias",
            )
        },
    )
