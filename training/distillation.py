"""What networks of other seeds say of a page, for one network to learn beside the truth.

The mean of several networks judges better than one, and costs as many times the work; a network that learns from that
mean gets most of what it gains (Hinton, Vinyals, Dean: Distilling the Knowledge in a Neural Network, 2015). They also
say of pages whose truth is unknown, or known but for the labels, what each block is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from training.batches import Batch, Opinions
from training.model import Model


def with_opinions(teachers: Sequence[Model], batches: Sequence[Batch]) -> list[Batch]:
    """The pages with the mean of what the teachers say of each block, by the custom of the set a page is from."""
    return [
        replace(batch, truth=replace(batch.truth, opinions=_opinions(teachers, batch))) for batch in batches
    ]


def _opinions(teachers: Sequence[Model], batch: Batch) -> Opinions:
    with torch.no_grad():
        said = [teacher(batch) for teacher in teachers]
    labels = torch.stack([torch.softmax(logits, 1) for logits, _, _ in said])
    keep = torch.stack([torch.sigmoid(odds) for _, odds, _ in said])
    return Opinions(labels.mean(0), keep.mean(0))
