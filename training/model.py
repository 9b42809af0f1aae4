"""The network of ``copydesk.cleaners.judge.network`` as it is trained, with PyTorch, and its weights as arrays.

Several pages are judged end to end (``training.batches``); nothing a block sees reaches beyond its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from copydesk.cleaners.judge.network import NEIGHBOURS, SPAN_LEVELS, VERDICTS
from training.batches import WORD_PLACES, Bags, Batch

STATE = 96
SHOWN = 24
EMBEDDED = 16
OWN_EMBEDDED = 8
WORDS_LEFT_OUT = 0.5
"""Share of a text's words left out of a step: with all of them, those of single stories are learned by heart."""
LOOKS = 2
KEEP_HIDDEN = 32
SETS_EMBEDDED = 8
GROUPS = 3  # kinds of them, as in `Measures.groups`
_BEFORE_GROUPS = len(NEIGHBOURS) + 2 + len(SPAN_LEVELS)
_SEEN = _BEFORE_GROUPS + GROUPS + 3


class _DroppingLinear(nn.Linear):
    """A linear layer that leaves whole columns of its input out of a step: as good as single values here, and drawn
    three times as fast. The columns of the weights are left out in their place, which are fewer than the blocks.
    """

    def __init__(self, inputs: int, outputs: int, *, share: float) -> None:
        super().__init__(inputs, outputs)
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return super().forward(values)
        kept = (torch.rand(self.in_features) >= self.share) / (1.0 - self.share)
        return functional.linear(values, self.weight * kept, self.bias)


class _Look(nn.Module):
    """One look around: see ``copydesk.cleaners.judge.network.ContextLayer``."""

    def __init__(self, told: int) -> None:
        super().__init__()
        self.project = nn.Linear(STATE, SHOWN)
        self.state = _DroppingLinear(STATE + SHOWN * _SEEN + told, STATE, share=0.1)

    def forward(self, state: Tensor, batch: Batch, *told: Tensor) -> Tensor:
        """``told``: what more each block knows, from the second look on what the first made of the blocks."""
        shown = self.project(state)
        means = _means(shown, batch.low, batch.high)
        seen = (state, *means[:_BEFORE_GROUPS], *_group_means(shown, batch), *means[_BEFORE_GROUPS:], *told)
        looked: Tensor = functional.relu(self.state(torch.cat(seen, 1)))
        return looked


def _group_means(values: Tensor, batch: Batch) -> list[Tensor]:
    """The mean of ``values`` over the members of each kind of group that a block is in."""
    found = []
    for group, count in zip(batch.groups, batch.counts, strict=True):
        totals = torch.zeros(count, values.shape[1]).index_add(0, group, values)
        sizes = torch.zeros(count).index_add(0, group, torch.ones(len(values)))
        found.append((totals / sizes[:, None]).index_select(0, group))
    return found


def _verdicts(keep: Tensor, batch: Batch) -> Tensor:
    """As ``copydesk.cleaners.judge.network`` tells a block of the first judgement; ``keep``: probabilities."""
    column = keep[:, None]
    columns = [column]
    for mean, group, count in zip(_group_means(column, batch), batch.groups, batch.counts, strict=True):
        highest = torch.zeros(count).scatter_reduce(0, group, keep, "amax")
        columns += [mean, highest.index_select(0, group)[:, None]]
    totals = torch.zeros(int(batch.pages[-1]) + 1, dtype=torch.float64).index_add(
        0, batch.pages, keep.double()
    )
    earlier = (torch.cumsum(totals, 0) - totals).index_select(0, batch.pages)
    total = totals.clamp(min=1e-6).index_select(0, batch.pages)
    until = torch.cumsum(keep.double(), 0) - earlier
    columns += [((until - keep) / total)[:, None].float(), ((total - until) / total)[:, None].float()]
    return torch.cat(columns, 1)


def _means(shown: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The mean of ``shown`` over each span, spans x blocks x numbers; 0 over an empty one."""
    # in double precision: differences of long running sums lose their digits in single
    sums = functional.pad(torch.cumsum(shown.double(), 0), (0, 0, 1, 0))
    # `index_select`, not `sums[high]`: the gradient of the latter is put together number by number
    inside = (sums.index_select(0, high.flatten()) - sums.index_select(0, low.flatten())).float()
    sizes = (high - low).clamp(min=1).flatten()
    return (inside / sizes[:, None]).view(*low.shape, -1)


class Model(nn.Module):
    """The network; ``forward`` gives (logits of labels, log-odds of being kept, the same after the first look) of each
    block.
    """

    def __init__(self, *, measures: int, words: int, own_words: int, labels: int, sets: int) -> None:
        super().__init__()
        self.embedding = _embedding(words, EMBEDDED)
        self.own_embedding = _embedding(own_words, OWN_EMBEDDED)
        self.enter = _DroppingLinear(measures + WORD_PLACES * EMBEDDED + OWN_EMBEDDED, STATE, share=0.15)
        self.around = [_Look(told=VERDICTS if number else 0) for number in range(LOOKS)]
        self.looks = nn.ModuleList(self.around)
        self.first_keep = nn.Linear(STATE, 1)
        self.group_keep = nn.Linear(STATE, GROUPS, bias=False)
        self.label = nn.Linear(STATE, labels)
        self.sets = nn.Embedding(sets, SETS_EMBEDDED)
        self.keep_hidden = nn.Linear(STATE + SETS_EMBEDDED, KEEP_HIDDEN)
        self.keep = nn.Linear(KEEP_HIDDEN, 1)

    def forward(
        self, batch: Batch, *, nameless: Tensor | None = None, wordless: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """``nameless``, ``wordless``: True for blocks to be judged without the words of elements, without their own."""
        elements = self.embedding(batch.elements.numbers, batch.elements.offsets)
        named = torch.cat([elements.index_select(0, place) for place in batch.at_elements], 1)
        worded = self._own_words(batch.own_words)
        if nameless is not None:
            named = named * (~nameless)[:, None]
        if wordless is not None:
            worded = worded * (~wordless)[:, None]
        state = functional.relu(self.enter(torch.cat((batch.rows, named, worded), 1)))
        first, *later = self.around
        state = first(state, batch)
        first_odds = self.first_keep(state)[:, 0]
        # a verdict is evidence: it is learned by what it is right or wrong in alone
        told = _verdicts(torch.sigmoid(first_odds.detach()), batch)
        for look in later:
            state = look(state, batch, told)
        joined = torch.cat((state, self.sets(batch.sets)), 1)
        odds = self.keep(functional.relu(self.keep_hidden(joined)))[:, 0]
        by_groups = _group_means(self.group_keep(state), batch)
        odds = odds + sum(mean[:, kind] for kind, mean in enumerate(by_groups))
        return self.label(state), odds, first_odds

    def _own_words(self, bags: Bags) -> Tensor:
        """Sums over the root of the number of words: a sum grows with length, a mean forgets that ten words tell more
        than one.
        """
        counts = torch.diff(bags.offsets, append=torch.tensor([len(bags.numbers)]))
        # as in the layers: what stays speaks for what was left out
        left = (
            (torch.rand(len(bags.numbers)) >= WORDS_LEFT_OUT) / (1.0 - WORDS_LEFT_OUT)
            if self.training
            else None
        )
        sums: Tensor = self.own_embedding(bags.numbers, bags.offsets, left)
        return sums / counts.clamp(min=1).sqrt()[:, None]


def _embedding(count: int, size: int) -> nn.EmbeddingBag:
    embedding = nn.EmbeddingBag(count, size, mode="sum")
    nn.init.normal_(embedding.weight, std=0.1)
    return embedding


def as_arrays(model: Model, *, set_number: int) -> Mapping[str, np.ndarray[Any, Any]]:
    """The weights under the names ``copydesk.cleaners.judge.network.read`` expects; the set ``set_number`` is folded
    into a bias.
    """
    arrays: dict[str, Tensor] = {
        "embedding": model.embedding.weight,
        "own_embedding": model.own_embedding.weight,
        "looks": torch.tensor(LOOKS),
    }
    arrays["group_keep"] = model.group_keep.weight.T
    layers: dict[str, nn.Linear] = {
        "enter": model.enter,
        "first_keep": model.first_keep,
        "label": model.label,
        "keep": model.keep,
    }
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
