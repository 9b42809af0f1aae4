"""The network of ``copydesk.cleaners.judge.network`` as it is trained, with PyTorch, and its weights as arrays.

``Batch`` holds several pages end to end; nothing a block sees reaches beyond its page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from copydesk.cleaners.judge.network import CLIP, NEIGHBOURS, SPAN_LEVELS, WINDOW

STATE = 96
SHOWN = 24
EMBEDDED = 16
LOOKS = 2
KEEP_HIDDEN = 32
SETS_EMBEDDED = 8


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about each block of a batch: ``labels`` (-1: unknown), ``keep`` (-1: unknown), ``weights``."""

    labels: Tensor
    keep: Tensor
    weights: Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Pages end to end. ``words``: for holder, parent and all further out (numbers, offsets) of embedded words;
    ``spans``: (starts, ends) a level; ``alike``: groups; ``pages``: (start, end) of each block's page; ``sets``:
    whose truth each block is judged by.
    """

    rows: Tensor
    words: tuple[tuple[Tensor, Tensor], ...]
    spans: tuple[tuple[Tensor, Tensor], ...]
    alike: Tensor
    pages: tuple[Tensor, Tensor]
    sets: Tensor
    truth: Truth


def join(batches: Sequence[Batch]) -> Batch:
    """Several batches end to end."""
    sizes = [len(batch.rows) for batch in batches]
    shifts = np.concatenate(([0], np.cumsum(sizes)[:-1])).tolist()

    def shifted(pairs: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        moved = [(low + shift, high + shift) for (low, high), shift in zip(pairs, shifts, strict=True)]
        return torch.cat([low for low, _ in moved]), torch.cat([high for _, high in moved])

    def bags(place: int) -> tuple[Tensor, Tensor]:
        filled = np.concatenate(
            ([0], np.cumsum([len(batch.words[place][0]) for batch in batches])[:-1])
        ).tolist()
        offsets = [batch.words[place][1] + start for batch, start in zip(batches, filled, strict=True)]
        return torch.cat([batch.words[place][0] for batch in batches]), torch.cat(offsets)

    groups = np.concatenate(([0], np.cumsum([int(batch.alike.max()) + 1 for batch in batches])[:-1])).tolist()
    return Batch(
        rows=torch.cat([batch.rows for batch in batches]),
        words=tuple(bags(place) for place in range(3)),
        spans=tuple(shifted([batch.spans[level] for batch in batches]) for level in range(len(SPAN_LEVELS))),
        alike=torch.cat([batch.alike + start for batch, start in zip(batches, groups, strict=True)]),
        pages=shifted([batch.pages for batch in batches]),
        sets=torch.cat([batch.sets for batch in batches]),
        truth=Truth(
            torch.cat([batch.truth.labels for batch in batches]),
            torch.cat([batch.truth.keep for batch in batches]),
            torch.cat([batch.truth.weights for batch in batches]),
        ),
    )


class _ColumnDropout(nn.Module):
    """Whole columns left out of a step: as good as single values here, and three times as fast to draw."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return values
        return values * ((torch.rand(values.shape[1]) >= self.share) / (1.0 - self.share))


class _Look(nn.Module):
    """One look around: see ``copydesk.cleaners.judge.network.Looking``."""

    def __init__(self) -> None:
        super().__init__()
        seen = len(NEIGHBOURS) + 2 + len(SPAN_LEVELS) + 1 + 3
        self.project = nn.Linear(STATE, SHOWN)
        self.state = nn.Linear(STATE + SHOWN * seen, STATE)
        self.dropout = _ColumnDropout(0.1)

    def forward(self, state: Tensor, batch: Batch) -> Tensor:
        shown = self.project(state)
        starts, ends = batch.pages
        count = len(shown)
        at = torch.arange(count)
        sums = functional.pad(torch.cumsum(shown.double(), 0), (0, 0, 1, 0))

        def mean(low: Tensor, high: Tensor) -> Tensor:
            return ((sums[high] - sums[low]) / (high - low).clamp(min=1)[:, None]).float()

        seen = []
        for offset in NEIGHBOURS:
            there = at + offset
            inside = (there >= starts) & (there < ends)
            seen.append(shown[there.clamp(0, count - 1)] * inside[:, None])
        seen.append(mean(torch.maximum(at - WINDOW, starts), at))
        seen.append(mean(at + 1, torch.minimum(at + 1 + WINDOW, ends)))
        seen += [mean(low, high) for low, high in batch.spans]
        groups = int(batch.alike.max()) + 1
        totals = torch.zeros(groups, SHOWN).index_add(0, batch.alike, shown)
        sizes = torch.zeros(groups).index_add(0, batch.alike, torch.ones(count))
        seen.append((totals / sizes.clamp(min=1)[:, None])[batch.alike])
        seen += [mean(starts, ends), mean(starts, at), mean(at + 1, ends)]
        looked: Tensor = functional.relu(self.state(self.dropout(torch.cat((state, *seen), 1))))
        return looked


class Model(nn.Module):
    """The network; ``forward`` gives (logits of labels, log-odds of being kept) of each block."""

    def __init__(self, *, measures: int, words: int, labels: int, sets: int) -> None:
        super().__init__()
        self.embedding = nn.EmbeddingBag(words, EMBEDDED, mode="sum")
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.enter = nn.Linear(measures + 3 * EMBEDDED, STATE)
        self.around = [_Look() for _ in range(LOOKS)]
        self.looks = nn.ModuleList(self.around)
        self.label = nn.Linear(STATE, labels)
        self.sets = nn.Embedding(sets, SETS_EMBEDDED)
        self.keep_hidden = nn.Linear(STATE + SETS_EMBEDDED, KEEP_HIDDEN)
        self.keep = nn.Linear(KEEP_HIDDEN, 1)
        self.dropout = _ColumnDropout(0.15)

    def forward(self, batch: Batch, *, nameless: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """``nameless``: True for blocks to be judged without the words of elements."""
        words = torch.cat([self.embedding(numbers, offsets) for numbers, offsets in batch.words], 1)
        if nameless is not None:
            words = words * (~nameless)[:, None]
        state = functional.relu(self.enter(self.dropout(torch.cat((batch.rows, words), 1))))
        for look in self.around:
            state = look(state, batch)
        told = torch.cat((state, self.sets(batch.sets)), 1)
        odds = self.keep(functional.relu(self.keep_hidden(told)))[:, 0]
        return self.label(state), odds


def normalised(rows: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Measures as the network sees them."""
    return ((rows - mean) * scale).clamp(-CLIP, CLIP)


def as_arrays(model: Model, *, set_number: int) -> Mapping[str, np.ndarray[Any, Any]]:
    """The weights under the names ``copydesk.cleaners.judge.network.read`` expects; the set asked for is folded
    into a bias.
    """
    arrays: dict[str, Tensor] = {"embedding": model.embedding.weight, "looks": torch.tensor(LOOKS)}
    layers: dict[str, nn.Linear] = {"enter": model.enter, "label": model.label, "keep": model.keep}
    for number, look in enumerate(model.around):
        layers[f"look{number}_project"], layers[f"look{number}_state"] = look.project, look.state
    for name, layer in layers.items():
        arrays[name], arrays[f"{name}_bias"] = layer.weight.T, layer.bias
    hidden = model.keep_hidden
    arrays["keep_hidden"] = hidden.weight[:, :STATE].T
    arrays["keep_hidden_bias"] = hidden.bias + hidden.weight[:, STATE:] @ model.sets.weight[set_number]
    return {name: _half(value.detach().numpy()) for name, value in arrays.items()}


def _half(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Half precision: a quarter of the bytes, and no verdict the other way."""
    return values.astype(np.float16) if values.dtype.kind == "f" else values
