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

from copydesk.cleaners.judge.network import NEIGHBOURS, SPAN_LEVELS
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
_BEFORE_ALIKE = len(NEIGHBOURS) + 2 + len(SPAN_LEVELS)
_SEEN = _BEFORE_ALIKE + 1 + 3


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

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(STATE, SHOWN)
        self.state = _DroppingLinear(STATE + SHOWN * _SEEN, STATE, share=0.1)

    def forward(self, state: Tensor, batch: Batch) -> Tensor:
        shown = self.project(state)
        means = _means(shown, batch.low, batch.high)
        groups = int(batch.template_group.max()) + 1
        totals = torch.zeros(groups, SHOWN).index_add(0, batch.template_group, shown)
        sizes = torch.zeros(groups).index_add(0, batch.template_group, torch.ones(len(shown)))
        group_means = (totals / sizes[:, None]).index_select(0, batch.template_group)
        seen = (state, *means[:_BEFORE_ALIKE], group_means, *means[_BEFORE_ALIKE:])
        looked: Tensor = functional.relu(self.state(torch.cat(seen, 1)))
        return looked


def _means(shown: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The mean of ``shown`` over each span, spans x blocks x numbers; 0 over an empty one."""
    # in double precision: differences of long running sums lose their digits in single
    sums = functional.pad(torch.cumsum(shown.double(), 0), (0, 0, 1, 0))
    # `index_select`, not `sums[high]`: the gradient of the latter is put together number by number
    inside = (sums.index_select(0, high.flatten()) - sums.index_select(0, low.flatten())).float()
    sizes = (high - low).clamp(min=1).flatten()
    return (inside / sizes[:, None]).view(*low.shape, -1)


class Model(nn.Module):
    """The network; ``forward`` gives (logits of labels, log-odds of being kept) of each block."""

    def __init__(self, *, measures: int, words: int, own_words: int, labels: int, sets: int) -> None:
        super().__init__()
        self.embedding = _embedding(words, EMBEDDED)
        self.own_embedding = _embedding(own_words, OWN_EMBEDDED)
        self.enter = _DroppingLinear(measures + WORD_PLACES * EMBEDDED + OWN_EMBEDDED, STATE, share=0.15)
        self.around = [_Look() for _ in range(LOOKS)]
        self.looks = nn.ModuleList(self.around)
        self.label = nn.Linear(STATE, labels)
        self.sets = nn.Embedding(sets, SETS_EMBEDDED)
        self.keep_hidden = nn.Linear(STATE + SETS_EMBEDDED, KEEP_HIDDEN)
        self.keep = nn.Linear(KEEP_HIDDEN, 1)

    def forward(
        self, batch: Batch, *, nameless: Tensor | None = None, wordless: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """``nameless``, ``wordless``: True for blocks to be judged without the words of elements, without their own."""
        elements = self.embedding(batch.elements.numbers, batch.elements.offsets)
        named = torch.cat([elements.index_select(0, place) for place in batch.at_elements], 1)
        worded = self._own_words(batch.own_words)
        if nameless is not None:
            named = named * (~nameless)[:, None]
        if wordless is not None:
            worded = worded * (~wordless)[:, None]
        state = functional.relu(self.enter(torch.cat((batch.rows, named, worded), 1)))
        for look in self.around:
            state = look(state, batch)
        joined = torch.cat((state, self.sets(batch.sets)), 1)
        odds = self.keep(functional.relu(self.keep_hidden(joined)))[:, 0]
        return self.label(state), odds

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
