"""The small network that judges all blocks of a page together, evaluated with numpy.

A block's measures and the words of the elements around it give it a state of ``STATE`` numbers. Twice, each block
then looks around: at its neighbours, at its containers, at the blocks that look like it, at what comes before
and after it on the page. From the last state come the log-odds of being kept and one logit a label. So the
second look sees what the first made of the blocks around: where the article begins and ends, and which containers
belong to it, is decided by all their blocks together.

Weights are made by ``python -m training.train``; see ``training/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from cleaners.layout import Layout
from cleaners.measures import Measures
from cleaners.vocabulary import Vocabulary

Floats = NDArray[np.float32]

SPAN_LEVELS = (0, 1, 2, 4)
"""Containers a block looks at, counted from the element it stands in."""
NEIGHBOURS = (-2, -1, 1, 2)
WINDOW = 8
"""Blocks before and after, besides its neighbours, a block looks at together."""
CLIP = 5.0
"""Standard deviations beyond which a measure counts no more."""


@dataclass(frozen=True, slots=True)
class Looking:
    """One look around: ``project`` to what blocks show of themselves, ``state`` from own state and all that is seen."""

    project: Floats
    project_bias: Floats
    state: Floats
    state_bias: Floats


@dataclass(frozen=True, slots=True)
class Network:
    """Weights, and the labels its logits stand for."""

    labels: tuple[str, ...]
    mean: Floats
    scale: Floats
    vocabulary: Vocabulary
    embedding: Floats
    enter: Floats
    enter_bias: Floats
    looks: tuple[Looking, ...]
    label: Floats
    label_bias: Floats
    keep_hidden: Floats
    keep_hidden_bias: Floats
    keep: Floats
    keep_bias: Floats


@dataclass(frozen=True, slots=True)
class Judgement:
    """Per block ``keep``, the probability of belonging to the article, and ``labels``, that of each label; and the
    states on the way there, from which ``cleaners.reasons`` tells what moved it.
    """

    keep: Floats
    labels: Floats
    rows: Floats
    states: tuple[Floats, ...]
    seen: tuple[Floats, ...]
    hidden: Floats


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def on_one_processor() -> AbstractContextManager[object]:
    """Within, numpy multiplies matrices in one thread: for some as small as these, waking others costs more time
    than they save.
    """
    limited: AbstractContextManager[object] = _threads().limit(limits=1)
    return limited


def judge(network: Network, measures: Measures) -> Judgement:
    """What the network says of each block of a page."""
    layout = measures.layout
    rows = np.clip((measures.rows - network.mean) * network.scale, -CLIP, CLIP).astype(np.float32)
    inputs = np.concatenate((rows, _element_words(network, layout)), axis=1)
    states = [_relu(inputs @ network.enter + network.enter_bias)]
    around = _Around(layout, len(rows))
    seen: list[Floats] = []
    for look in network.looks:
        shown = states[-1] @ look.project + look.project_bias
        seen.append(np.concatenate((states[-1], *around.seen(shown)), axis=1))
        states.append(_relu(seen[-1] @ look.state + look.state_bias))
    logits = states[-1] @ network.label + network.label_bias
    hidden = _relu(states[-1] @ network.keep_hidden + network.keep_hidden_bias)
    odds = (hidden @ network.keep + network.keep_bias)[:, 0]
    keep = 1.0 / (1.0 + np.exp(-odds))
    return Judgement(keep, _softmax(logits), inputs, tuple(states), tuple(seen), hidden)


def _relu(values: Floats) -> Floats:
    return np.maximum(values, 0.0, out=values)


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _element_words(network: Network, layout: Layout) -> Floats:
    """Sums of the embedded words of each block's holder, of the element around it, and of all further out."""
    own = np.zeros((len(layout.tags), network.embedding.shape[1]), dtype=np.float32)
    places: list[int] = []
    words: list[int] = []
    for element in range(1, len(layout.tags)):
        found = network.vocabulary.find(layout.tags[element], layout.words[element])
        places += [element] * len(found)
        words += found
    if not words:
        return np.zeros((len(layout.holders), 3 * own.shape[1]), dtype=np.float32)
    starts = np.flatnonzero(np.diff(places, prepend=-1))
    own[np.array(places)[starts]] = np.add.reduceat(network.embedding[words], starts, axis=0)
    outer = own.copy()
    for here in layout.levels():
        outer[here] += outer[layout.parents[here]]
    return np.concatenate((own[layout.holders], own[layout.above(1)], outer[layout.above(2)]), axis=1)


class _Around:
    """What the blocks of a page see of each other; the same for every look."""

    def __init__(self, layout: Layout, count: int) -> None:
        self._count = count
        at = np.arange(count)
        self._spans = [
            (layout.starts[elements], layout.ends[elements]) for elements in map(layout.above, SPAN_LEVELS)
        ]
        self._spans.insert(0, (np.maximum(at - WINDOW, 0), at))
        self._spans.insert(1, (at + 1, np.minimum(at + 1 + WINDOW, count)))
        self._rest = [
            (np.zeros(count, dtype=np.intp), np.full(count, count)),
            (np.zeros(count, dtype=np.intp), at),
            (at + 1, np.full(count, count)),
        ]
        groups = layout.alike[layout.holders]
        self._order = np.argsort(groups, kind="stable")
        ordered = groups[self._order]
        self._starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        self._sizes = np.diff(self._starts, append=count)

    def seen(self, shown: Floats) -> list[Floats]:
        """Neighbours, means of windows and containers, of blocks that look alike, of the page, of all before and after."""
        width = shown.shape[1]
        padded = np.zeros((self._count + 4, width), dtype=np.float32)
        padded[2:-2] = shown
        sums = np.zeros((self._count + 1, width))
        np.cumsum(shown, axis=0, dtype=np.float64, out=sums[1:])
        seen = [padded[2 + offset : 2 + offset + self._count] for offset in NEIGHBOURS]
        seen += [_means(sums, *span) for span in self._spans]
        means = np.add.reduceat(shown[self._order], self._starts, axis=0) / self._sizes[:, None]
        alike = np.empty_like(shown)
        alike[self._order] = np.repeat(means, self._sizes, axis=0)
        seen.append(alike)
        seen += [_means(sums, *span) for span in self._rest]
        return seen


def _means(sums: NDArray[np.float64], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Floats:
    means: Floats = ((sums[ends] - sums[starts]) / np.maximum(ends - starts, 1)[:, None]).astype(np.float32)
    return means


@cache
def packaged(name: str) -> Network:
    """The network that comes with copydesk under ``name`` (``html``, ``lines``)."""
    with np.load(Path(__file__).parent / f"labels_{name}.npz", allow_pickle=False) as arrays:
        return read(arrays)


def read(arrays: Mapping[str, NDArray[np.generic]]) -> Network:
    """A network from the arrays ``training.train`` writes."""

    def floats(name: str) -> Floats:
        return np.asarray(arrays[name], dtype=np.float32)

    looks = tuple(
        Looking(
            *(floats(f"look{number}_{part}") for part in ("project", "project_bias", "state", "state_bias"))
        )
        for number in range(int(arrays["looks"]))
    )
    return Network(
        labels=tuple(str(arrays["labels"]).split("\n")),
        vocabulary=Vocabulary(str(arrays["vocabulary"]).split("\n")),
        looks=looks,
        **{
            name: floats(name)
            for name in (
                "mean",
                "scale",
                "embedding",
                "enter",
                "enter_bias",
                "label",
                "label_bias",
                "keep_hidden",
                "keep_hidden_bias",
                "keep",
                "keep_bias",
            )
        },
    )
