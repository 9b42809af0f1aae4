"""A small net that reads a text by the vectors of its pieces, its neighbours, and measures of it.

Two convolutions look at three pieces at a time, four heads of attention gather what they found, and one hidden layer
answers. Trained with PyTorch (``training/text_nets.py``), evaluated with NumPy: a text takes a third of a millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.words.pieces import pieces_of

Floats = NDArray[np.float32]

MAX_PIECES, LAST_PIECES = 64, 20
"""Of a longer text the first 44 and the last 20 pieces are read."""
NEIGHBOUR_PIECES = 24
MAX_CHARS, NEIGHBOUR_CHARS = 1_500, 250
"""Of a text and of each neighbour, before they are cut into pieces."""
_DILATIONS = (1, 2)
_EPSILON = 1e-5  # of PyTorch's LayerNorm
ARRAYS = (
    "scale", "bias", "norm_weights", "norm_biases", "convolutions", "convolution_biases",
    "attention", "attention_bias", "beside", "beside_bias", "hidden", "hidden_bias", "answers", "answers_bias",
    "means", "deviations",
)  # fmt: skip
"""What a net has besides its pieces and their vectors."""


class TextPieces(NamedTuple):
    """A text and its neighbours as numbers of pieces."""

    text: Sequence[int]
    before: Sequence[int]
    after: Sequence[int]


def text_pieces(text: str, before: str, after: str) -> TextPieces:
    """The pieces of a text and of what is nearest to it in its neighbours."""
    pieces = pieces_of(text[:MAX_CHARS])
    if len(pieces) > MAX_PIECES:
        pieces = pieces[: MAX_PIECES - LAST_PIECES] + pieces[-LAST_PIECES:]
    return TextPieces(
        pieces,
        pieces_of(before[-NEIGHBOUR_CHARS:])[-NEIGHBOUR_PIECES:],
        pieces_of(after[:NEIGHBOUR_CHARS])[:NEIGHBOUR_PIECES],
    )


class TextNet(Struct, frozen=True):
    """The net as arrays (ARRAYS). ``names``: of its answers; ``vectors``: of the pieces, by number, in eight bits, to
    be multiplied by ``scale``; a piece that the vocabulary does not know has zeros, as in training.
    """

    names: tuple[str, ...]
    arrays: Mapping[str, Floats]
    vectors: NDArray[np.int8]

    def answers(self, text: TextPieces, measured: Floats) -> Floats:
        """One number for each of ``names``."""
        a = self.arrays
        beside = [self._mean(pieces) @ a["beside"] + a["beside_bias"] for pieces in (text.before, text.after)]
        seen = (self._measured(measured), *self._seen(text.text), *beside)
        hidden = np.maximum(np.concatenate(seen) @ a["hidden"] + a["hidden_bias"], 0)
        answers: Floats = hidden @ a["answers"] + a["answers_bias"]
        return answers

    def _measured(self, measured: Floats) -> Floats:
        scaled: Floats = np.clip((measured - self.arrays["means"]) / self.arrays["deviations"], -4, 4)
        return scaled

    def _vectors(self, pieces: Sequence[int]) -> Floats:
        vectors: Floats = (
            self.vectors[np.asarray(pieces, np.int32)] * self.arrays["scale"] + self.arrays["bias"]
        )
        return vectors

    def _mean(self, pieces: Sequence[int]) -> Floats:
        mean: Floats = self._vectors(pieces).sum(0) / max(1, len(pieces))
        return mean

    def _seen(self, pieces: Sequence[int]) -> tuple[Floats, Floats]:
        """What the heads of attention gather from the pieces, and the highest of each number."""
        a = self.arrays
        state = self._vectors(pieces)
        length, width = state.shape
        if not length:
            return np.zeros(a["attention"].size, np.float32), np.zeros(width, np.float32)
        for layer, reach in enumerate(_DILATIONS):
            normal = (state - state.mean(1, keepdims=True)) / np.sqrt(state.var(1, keepdims=True) + _EPSILON)
            padded = np.zeros((length + 2 * reach, width), np.float32)
            padded[reach : reach + length] = normal * a["norm_weights"][layer] + a["norm_biases"][layer]
            windows = np.concatenate([padded[at : at + length] for at in (0, reach, 2 * reach)], axis=1)
            state = state + np.maximum(windows @ a["convolutions"][layer] + a["convolution_biases"][layer], 0)
        scores = state @ a["attention"] + a["attention_bias"]
        weights = np.exp(scores - scores.max(0))
        weights /= weights.sum(0)
        return (weights.T @ state).ravel(), state.max(0)


def read_text_net(
    stored: Mapping[str, NDArray[np.generic]], measures: Sequence[str], names: Sequence[str], *, where: str
) -> TextNet:
    """A net as stored. Raises BadData where it was trained with other measures, or answers something else."""
    for what, wanted in (("measures", measures), ("names", names)):
        if tuple(map(str, stored[what])) != tuple(wanted):
            raise BadData(
                f"{where}: the net was trained with other {what}; train it again (training/README.md)"
            )
    return TextNet(
        names=tuple(names),
        arrays={name: np.asarray(stored[name], np.float32) for name in ARRAYS},
        vectors=np.asarray(stored["vectors"], np.int8),
    )
