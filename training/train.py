"""Trains the networks: ``python -m training.train [--data FOLDER] [--folds FOLDER] [--kinds html,lines] [--seeds 0]``.

Without ``--folds`` it writes ``cleaners/judge/labels_html.npz`` and ``cleaners/judge/labels_lines.npz`` from all pages;
the second learns from what the first makes of pages, too (``training.taught``). With ``--folds``, five networks a kind
are written to the folder, each trained without a fifth of the *sites*: what a benchmark needs to judge pages the
network has never seen; for more than one seed, all of them once more by each (``training.folds``). Same data, versions
and kind of processor, same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from copydesk.cleaners.judge.element_kinds import KINDS
from copydesk.cleaners.judge.features import NAMES, PHRASE_RULES, Measures
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.judge.network import Vocabulary, judge
from copydesk.cleaners.judge.network import read as read_network
from training.batches import (
    Batch,
    Measured,
    Truth,
    Words,
    batch_of,
    element_words_of,
    join,
    languages_of,
    normalised,
    own_words_of,
)
from training.distillation import with_opinions
from training.examples import LABELS, examples, labelled_by, taught_examples, untold_examples
from training.folds import fold_path, judge_without
from training.model import Model, as_arrays
from training.pages import (
    FOLDS,
    SETS,
    Raw,
    fold_of,
    read,
    read_other_kinds,
    read_unlabelled,
)

PAGES_A_STEP = 16
THREADS = 1  # two trainings side by side are done sooner than one on two processors
RATE = 2e-3
DECAY = 1e-2
NAMELESS = 0.25  # share of pages judged without the words of elements
COMPARED = 8  # pages on which the network as it runs is held against the one that was trained
MOST_APART = 0.02  # of a probability: weights are kept in half precision
TRUST = 0.7  # in what teachers say of a block, beside its truth where that is known
FIRST_WEIGHT = 0.5  # of the judgement after the first look beside the last one
RARE_LABELS = 0.4  # 0: every block counts alike for the labels; 1: every label


@dataclass(frozen=True, slots=True)
class Course:
    """How a network is trained: ``epochs``; ``wordless``, the share of pages judged without the words of their
    text; ``seed``, that of the packaged network; and ``teachers``, the seeds of the networks that teach it.
    """

    epochs: int
    wordless: float
    seed: int
    teachers: tuple[int, ...]


COURSES = {
    "html": Course(epochs=12, wordless=1.0, seed=0, teachers=(101, 102)),
    "lines": Course(epochs=10, wordless=0.4, seed=0, teachers=(101, 102)),
}
"""One for each kind of page; with tags, words of the text gained nothing (decision 19)."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a network learns from: ``batches``, with what teachers say of them; ``pages``, the first of them as they
    were measured; ``sites``: how many there are whose truth is known. ``element_words``: in the order of their
    numbers; ``mean``, ``scale``: by which measures are read; ``label_weights``: what a block of each label counts.
    """

    pages: Sequence[Measured]
    sites: int
    batches: Sequence[Batch]
    element_words: Sequence[str]
    words: Words
    mean: Tensor
    scale: Tensor
    label_weights: Tensor


_NAMED = slice(NAMES.index(f"holder_{KINDS[0]}"), None)  # the kinds of elements come last
_PHRASES = [NAMES.index(name) for name in PHRASE_RULES]
PHRASE_SCALE = 2.0  # by their spread, rare as they are, all ways of holding a phrase would look alike
ROOT = Path(__file__).parent.parent


def main() -> None:
    """Reads the data, trains, writes the arrays."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folds", type=Path, help="write networks of five folds to this folder instead")
    parser.add_argument("--kinds", default="html,lines", help="only these kinds of page")
    parser.add_argument("--seeds", default="0", help="of the networks of folds, parted by commas")
    arguments = parser.parse_args()
    raws = [*read(arguments.data), *read_other_kinds(arguments.data)]
    unlabelled = list(read_unlabelled(arguments.data))
    for kind in arguments.kinds.split(","):
        digest = _digest([*raws, *unlabelled])
        if arguments.folds is None:
            lesson = lesson_of(kind, raws, unlabelled, PACKAGED)
            _write(
                ROOT / "cleaners" / "judge" / f"labels_{kind}.npz", lesson, kind, digest, COURSES[kind].seed
            )
            continue
        for fold in range(FOLDS):
            seen = [raw for raw in raws if fold_of(raw.site) != fold]
            others = [raw for raw in unlabelled if fold_of(raw.site) != fold]
            lesson = lesson_of(kind, seen, others, judge_without(fold, folder=arguments.folds))
            for seed in map(int, arguments.seeds.split(",")):
                path = fold_path(arguments.folds, kind, fold, seed)
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, lesson, kind, digest, seed)


def _digest(raws: Sequence[Raw]) -> str:
    total = hashlib.sha256()
    for raw in raws:
        total.update(raw.name.encode())
        total.update(hashlib.sha256(raw.body).digest())
        total.update(raw.truth.encode())
        total.update("\n".join(label for label, _ in raw.labels).encode())
    return total.hexdigest()[:16]


def _write(path: Path, lesson: Lesson, kind: str, digest: str, seed: int) -> None:
    started = time.monotonic()
    np.savez(path, digest=np.array(digest), **as_network(trained(lesson, COURSES[kind], seed), lesson))
    took = time.monotonic() - started
    print(
        f"{path.name}: {len(lesson.batches)} pages, truth of {lesson.sites} sites, {took:.0f} s", flush=True
    )


def lesson_of(kind: str, raws: Sequence[Raw], unlabelled: Sequence[Raw], judge: Judge) -> Lesson:
    """What a network for that kind of page learns from: pages of known truth, others, and what its teachers, who have
    learned from the same pages, say of all.

    Of the others, the network for pages with tags learns what its teachers say; that for flattened text what ``judge``
    says of them with their tags, and what labels the blocks have of pages whose text alone is known.
    """
    if kind == "html":
        told, untold = examples(raws, kind), untold_examples(unlabelled)
    else:
        told = [*examples(labelled_by(judge, raws), kind), *taught_examples(unlabelled, judge)]
        untold = []
    lesson = _lesson(told, COURSES[kind])
    models = [trained(lesson, COURSES[kind], seed) for seed in COURSES[kind].teachers]
    batches = [*lesson.batches, *(_batch(page, lesson) for page in untold)]
    return replace(lesson, batches=with_opinions(models, batches))


def _lesson(pages: list[Measured], course: Course) -> Lesson:
    """``pages`` are taken out of their list as they become batches: both together are 15 GB."""
    languages = languages_of(pages) if course.wordless < 1 else []
    own_words = {word: row for row, word in enumerate(own_words_of(pages, languages))}
    element_words = element_words_of(pages)
    words = Words(Vocabulary(element_words), own_words, frozenset(languages))
    mean, scale = _mean_and_scale(pages)
    mean[_PHRASES], scale[_PHRASES] = 0.0, PHRASE_SCALE
    lesson = Lesson(
        pages[:COMPARED],
        len({page.site for page in pages}),
        (),
        element_words,
        words,
        torch.from_numpy(mean),
        torch.from_numpy(scale),
        _label_weights(pages),
    )
    pages.reverse()
    return replace(lesson, batches=[_batch(pages.pop(), lesson) for _ in range(len(pages))])


def _mean_and_scale(pages: Sequence[Measured]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean of each measure, and the inverse of its spread."""
    count = sum(len(page.rows) for page in pages)
    mean = sum(page.rows.sum(axis=0, dtype=np.float64) for page in pages) / count
    spread = np.sqrt(sum(((page.rows - mean) ** 2).sum(axis=0) for page in pages) / count)
    return mean.astype(np.float32), (1.0 / (spread + 1e-3)).astype(np.float32)


def _batch(page: Measured, lesson: Lesson) -> Batch:
    return batch_of(page, lesson.words, lesson.mean, lesson.scale)


def trained(lesson: Lesson, course: Course, seed: int) -> Model:
    """A network that has learned the lesson; its random numbers, and the order of pages, follow from ``seed``."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    # memory is filled before it is written, a tenth of the time of a step; nothing here reads what was not written
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_num_threads(THREADS)
    model = Model(
        measures=len(NAMES),
        words=len(lesson.element_words),
        own_words=len(lesson.words.own),
        labels=len(LABELS),
        sets=len(SETS),
    )
    _fit(model, lesson, course)
    model.eval()
    return model


def as_network(model: Model, lesson: Lesson) -> Mapping[str, np.ndarray[Any, Any]]:
    """The weights and what they are read with, as arrays by name.

    Raises ArithmeticError where the network as it runs differs from the model.
    """
    words = lesson.words
    arrays = {
        **as_arrays(model, set_number=0),
        "mean": lesson.mean.numpy(),
        "scale": lesson.scale.numpy(),
        "measures": np.array("\n".join(NAMES)),
        "labels": np.array("\n".join(LABELS)),
        "vocabulary": np.array("\n".join(lesson.element_words)),
        "own_languages": np.array("\n".join(sorted(words.languages))),
        "own_words": np.array("\n".join(words.own)),
    }
    _hold_together(model, arrays, lesson.pages, lesson.batches[:COMPARED])
    return arrays


def _hold_together(
    model: Model,
    arrays: Mapping[str, np.ndarray[Any, Any]],
    pages: Sequence[Measured],
    batches: Sequence[Batch],
) -> None:
    """Raises ArithmeticError where the network as it runs gives other results than as it was trained, on pages end to
    end: the same sums are written twice, for PyTorch and for numpy.
    """
    network = read_network(arrays, where="the network just trained")
    ours = [
        judge(network, Measures(page.rows, page.layout, page.groups, page.words, page.language)).keep
        for page in pages
    ]
    whole = join(batches)
    with torch.no_grad():
        _, odds, _ = model(replace(whole, sets=torch.zeros_like(whole.sets)))
    apart = float(np.abs(np.concatenate(ours) - torch.sigmoid(odds).numpy()).max())
    if apart > MOST_APART:
        raise ArithmeticError(f"trained and running network are {apart:.3f} apart")


def _label_weights(pages: Sequence[Measured]) -> Tensor:
    """What a block of each label counts: rare ones more."""
    counted = Counter(chain.from_iterable(page.labels[page.labels >= 0].tolist() for page in pages))
    sizes = np.array([max(20, counted[number]) for number in range(len(LABELS))], dtype=np.float64)
    weights = (sizes.max() / sizes) ** RARE_LABELS
    return torch.from_numpy(weights.astype(np.float32)) / 4 + 0.2


def _fit(model: Model, lesson: Lesson, course: Course) -> None:
    chance = random.Random(torch.initial_seed())  # noqa: S311 - an order of pages is no secret
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = course.epochs * -(-len(lesson.batches) // PAGES_A_STEP)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.15)
    order = list(lesson.batches)
    nothing = normalised(torch.zeros(len(NAMES)), lesson.mean, lesson.scale)[_NAMED]
    model.train()
    for _ in range(course.epochs):
        chance.shuffle(order)
        for start in range(0, len(order), PAGES_A_STEP):
            some = order[start : start + PAGES_A_STEP]
            hidden = _without(some, NAMELESS, chance), _without(some, course.wordless, chance)
            loss = _loss(model, join(some), hidden, nothing, lesson.label_weights)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()


def _without(pages: Sequence[Batch], share: float, chance: random.Random) -> Tensor:
    """True for the blocks of a share of pages."""
    return torch.cat([torch.full((len(page.rows),), chance.random() < share) for page in pages])


def _loss(
    model: Model, batch: Batch, hidden: tuple[Tensor, Tensor], nothing: Tensor, label_weights: Tensor
) -> Tensor:
    """``hidden``: True for blocks judged without the words of elements, without their own."""
    nameless, wordless = hidden
    rows = batch.rows  # a fresh copy: pages were joined
    rows[:, _NAMED] = torch.where(nameless[:, None], nothing, rows[:, _NAMED])
    logits, odds, first_odds = model(batch, nameless=nameless, wordless=wordless)
    kept = _loss_of_keeping(odds, batch.truth) + FIRST_WEIGHT * _loss_of_keeping(first_odds, batch.truth)
    return 2 * kept + _loss_of_labels(logits, batch.truth, label_weights)


def _loss_of_keeping(odds: Tensor, truth: Truth) -> Tensor:
    right, known = truth.keep, truth.keep >= 0
    if truth.opinions is not None:
        said = truth.opinions.keep
        right = torch.where(known, (1 - TRUST) * right + TRUST * said, said)
        known = torch.ones_like(known)
    missed = functional.binary_cross_entropy_with_logits(odds[known], right[known], reduction="none")
    weights = truth.weights[known]
    return (missed * weights).sum() / weights.sum().clamp(min=1.0)


def _loss_of_labels(logits: Tensor, truth: Truth, label_weights: Tensor) -> Tensor:
    named, loss = truth.labels >= 0, torch.zeros(())
    if named.any():
        share = min(1.0, float(named.sum()) / 500)
        loss = share * functional.cross_entropy(logits[named], truth.labels[named], weight=label_weights)
    if truth.opinions is None:
        return loss
    said = truth.opinions.labels
    missed = -(said * functional.log_softmax(logits, 1)).sum(1)
    weights = said @ label_weights
    return (1 - TRUST) * loss + TRUST * (missed * weights).sum() / weights.sum()


if __name__ == "__main__":
    main()
