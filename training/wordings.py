"""Trains the judgement of wording:
``python -m training.wordings [--data FOLDER] [--folds FOLDER] [--without LANGUAGE]``.

Without ``--folds`` it writes ``cleaners/wording/classifier.npz`` from all that is composed and all real pages. With it,
five judgements are written to the folder, each trained without the blocks of a fifth of the *sites*. With
``--without``, nothing composed in that language is learned from, and ``wordings_without_XX.npz`` goes to
``--to``; ``fr,ru`` leaves out both at once, which is stricter and quicker.

What is learned from: the texts in ``training/composed``, all our own; every block of real pages that the
judgement would be applied to, of the article or named by a reader; and the open half of residue as it was
published. Blocks of the article that weights learned from other blocks take for something else count more, in
several rounds.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from torch import nn
from torch.nn import functional

from copydesk.cleaners.judge.judgement import PACKAGED, judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import PHRASE_CHARS, find_phrases, language_sample
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.rules.classifier_rules import classifiable
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.wording.classifier import BODY, CLIP, prefilter_parts
from copydesk.cleaners.wording.cue_features import NAMES, measure_cues
from copydesk.cleaners.wording.ngrams import ngrams
from training.pages import FOLDS, SETS, Raw, as_html, fold_of, read, read_unlabelled

ROOT = Path(__file__).parent.parent
COMPOSED = Path(__file__).parent / "composed"
LABELS = (
    BODY, "ai_disclaimer", "leaked_prompt", "chatbot_meta", "source_note", "ad", "related", "newsletter", "social",
    "comment_form", "author_bio", "cookie", "paywall", "copyright", "nav", "caption", "byline", "dateline",
)  # fmt: skip
BITS = 18
PARTS = 3  # in which texts are judged by what was learned from the others
PENALTY, PASSES = 0.06, 6  # on n-gram weights, for all texts together; over all texts
GLANCED_SMOOTHING = 1.0
GLANCED_LEAST = 0.05  # weight below which a glance does without a word
SURE_OF_ARTICLE = (
    0.95  # learned probability from which a block of a page without truth counts as the article's
)
PUBLISHED_WEIGHT = 3.0  # of residue as it was published: few hundred beside 43,500 composed texts
HARD_FROM, HARD_WEIGHT = (
    0.0,
    3.0,
)  # log-odds from which an article's block is hard, and what it counts from then on
ROUNDS = 2  # of looking for hard ones
HIDDEN, NETWORKS, EPOCHS, RATE, DECAY = 64, 4, 8, 3e-3, 0.1
DROPPED_INPUTS, DROPPED = 0.1, 0.3
BATCH = 128
_SAME = {"tags": "nav"}
_PUBLISHED = frozenset({"ai_disclaimer", "leaked_prompt", "chatbot_meta", BODY, "newsletter", "comment_form"})
_LANGUAGES = {"hi-Latn": "hi"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text one learns from: what it is, how much it counts; ``fold`` of its site, -1 where it is of no page."""

    text: str
    language: str
    label: str
    weight: float = 1.0
    fold: int = -1


def main() -> None:
    """Reads, trains, writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--folds", type=Path, help="write judgements of five folds to this folder instead")
    parser.add_argument(
        "--without",
        nargs="*",
        default=[],
        help="languages of which nothing composed is learned from; with commas between them all at once",
    )
    parser.add_argument("--to", type=Path, default=Path("build/languages"))
    arguments = parser.parse_args()
    composed = [*read_composed(), *read_published(arguments.data)]
    real = read_real(arguments.data)
    print(f"{len(composed)} texts composed or published, {len(real)} blocks of real pages", flush=True)
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
        for fold in range(FOLDS):
            kept = [text for text in real if text.fold != fold]
            write(arguments.folds / f"wordings_{fold}.npz", composed, kept)
    elif arguments.without:
        arguments.to.mkdir(parents=True, exist_ok=True)
        for group in arguments.without:
            codes = group.split(",")
            kept = [text for text in composed if text.language not in codes]
            written = arguments.to / f"wordings_without_{codes[0]}.npz"
            write(written, kept, real)
            for code in codes[1:]:
                shutil.copy(written, arguments.to / f"wordings_without_{code}.npz")
    else:
        write(ROOT / "cleaners" / "wording" / "classifier.npz", composed, real)


def read_composed(folder: Path = COMPOSED) -> list[Text]:
    """Everything composed for this, a file a language."""
    return [
        Text(row["text"], file.stem, row["label"])
        for file in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, file.read_text("utf-8").splitlines())
    ]


def read_published(data: Path) -> list[Text]:
    """Residue and what only looks like it, as published: the half that may be learned from."""
    rows = map(json.loads, (data / "labelled" / "real_residue.jsonl").read_text("utf-8").splitlines())
    return [
        Text(row["text"], _LANGUAGES.get(row["language"], row["language"]), row["label"], PUBLISHED_WEIGHT)
        for row in rows
        if row["half"] == "open" and row["label"] in _PUBLISHED
    ]


def read_real(data: Path) -> list[Text]:
    """The blocks of all real pages whose words may be judged, each text once: those of the article, the
    others only where a reader named them.
    """
    with ProcessPoolExecutor(2) as pool:
        pages = list(pool.map(_blocks_of, [*read(data), *read_unlabelled(data)], chunksize=8))
    found: dict[str, Text] = {}
    for text in (text for page in pages for text in page):
        found.setdefault(text.text, text)
    return list(found.values())


def _blocks_of(raw: Raw) -> list[Text]:
    page = as_html(raw)
    if page is None:
        return []
    phrased = find_phrases(page.blocks, language := detect(language_sample(page.blocks)).language)
    labels = (
        tuple(_labels(page.labels, page.keep))
        if raw.set_name in SETS
        else tuple(
            BODY if keep >= SURE_OF_ARTICLE else None
            for keep in judge_blocks(PageTable(page.blocks), phrased, PACKAGED.html()).keep
        )
    )
    fold = fold_of(page.site)
    return [
        Text(block.text, language, label, fold=fold)
        for block, label in zip(page.blocks, labels, strict=True)
        if label in LABELS and classifiable([block])
    ]


def _labels(labels: Sequence[str | None], keep: Sequence[bool | None]) -> Iterator[str | None]:
    for label, is_kept in zip(labels, keep, strict=True):
        yield BODY if is_kept else _SAME.get(str(label), label and str(label))


def write(path: Path, composed: Sequence[Text], real: Sequence[Text]) -> None:
    """Trains on these texts and writes the weights."""
    texts = [*composed, *real]
    rows = count_ngrams([text.text for text in texts])
    with ProcessPoolExecutor(2) as pool:
        cues = np.stack(list(pool.map(_cues, texts, chunksize=200)))
    question = Question(LABELS, [text.label for text in texts])
    is_real = np.arange(len(texts)) >= len(composed)
    linear, logits, weights = learn_mining(rows, question, np.array([text.weight for text in texts]), is_real)
    head = learn_head(np.hstack((logits, cues)), question, weights)
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(NAMES),
        "labels_answers": np.array(question.answers),
        "labels_bias": linear.bias,
        **{f"labels_{name}": value for name, value in head.items()},
        **_stored(linear.coefficients),
        **Glance(texts, weights).arrays(),
    }
    np.savez(path, **arrays)  # compressed, it would take 50 ms to read
    print(f"{path}: {len(texts)} texts, {Counter(text.label for text in texts).most_common(3)}", flush=True)


def learn_mining(
    rows: sparse.csr_matrix, question: Question, weights: NDArray[np.float64], is_real: NDArray[np.bool_]
) -> tuple[Linear, NDArray[np.float32], NDArray[np.float64]]:
    """Weights of n-grams learned from all texts; for each text the logits by weights learned from the other
    parts; and what each text counted in the end: blocks of real articles which those take for something else
    count HARD_WEIGHT.
    """
    body = question.answers.index(BODY)
    is_article = is_real & (question.numbers == body)
    for _ in range(ROUNDS):
        logits = held_out_logits(rows, question, weights)
        others = np.logaddexp.reduce(np.delete(logits, body, axis=1), axis=1)
        is_hard = is_article & (others - logits[:, body] > HARD_FROM)
        print(f"{is_hard.sum()} blocks of {is_article.sum()} are hard", flush=True)
        weights = np.where(is_hard, HARD_WEIGHT, weights)
    linear = _fit(rows, question.numbers, weights, len(question.answers))
    return linear, held_out_logits(rows, question, weights), weights


def _cues(text: Text) -> NDArray[np.float32]:
    found = find_phrases((Block(0, Kind.PARAGRAPH, text.text),), text.language)
    return measure_cues(text.text, text.language, found.hits[0])


def count_ngrams(texts: Sequence[str]) -> sparse.csr_matrix:
    """How often each text has each n-gram, over the root of how many it has."""
    parts = []
    for start in range(0, len(texts), 500):
        some = texts[start : start + 500]
        found = ngrams(some, bits=BITS)
        numbers, owner = (np.concatenate(column) for column in zip(*found, strict=True))
        ones = np.ones(len(numbers), np.float32)
        counted = sparse.csr_matrix((ones, (owner, numbers)), shape=(len(some), 1 << BITS))
        sizes = np.sqrt(np.maximum(np.asarray(counted.sum(axis=1)).ravel(), 1.0))
        parts.append(sparse.diags(1.0 / sizes) @ counted)
    return sparse.vstack(parts).tocsr()


@dataclass(frozen=True, slots=True)
class Question:
    """The answers there are and the right one for each text."""

    answers: tuple[str, ...]
    given: Sequence[str]

    @property
    def numbers(self) -> NDArray[np.intp]:
        """The right answers by number."""
        return np.array([self.answers.index(answer) for answer in self.given])


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of n-grams for each answer; answers nobody gave have none."""

    coefficients: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, rows: sparse.csr_matrix) -> NDArray[np.float32]:
        """The log-odds of each answer, but for a constant."""
        return np.asarray(rows @ self.coefficients + self.bias, np.float32)


def held_out_logits(
    rows: sparse.csr_matrix, question: Question, weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """For each text the logits by weights learned from the other parts."""
    numbers = question.numbers
    parts = np.random.default_rng(0).integers(0, PARTS, len(numbers))
    logits = np.zeros((len(numbers), len(question.answers)), np.float32)
    for part in range(PARTS):
        others, mine = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        learned = _fit(rows[others], numbers[others], weights[others], len(question.answers))
        logits[mine] = learned.logits(rows[mine])
    return logits


def _fit(
    rows: sparse.csr_matrix, numbers: NDArray[np.intp], weights: NDArray[np.float64], answers: int
) -> Linear:
    """Each answer against all others, by averaged stochastic descent: better on texts held out than L-BFGS, in a tenth
    of the time.
    """
    model = SGDClassifier(
        loss="log_loss",
        alpha=PENALTY / len(numbers),
        max_iter=PASSES,
        tol=None,
        average=True,
        random_state=0,
        n_jobs=2,
    ).fit(rows, numbers, sample_weight=weights)
    coefficients = np.zeros((rows.shape[1], answers), np.float32)
    bias = np.full(answers, -20.0, np.float32)
    coefficients[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    return Linear(coefficients, bias)


def learn_head(
    inputs: NDArray[np.float32], question: Question, weights: NDArray[np.float64]
) -> dict[str, NDArray[np.float32]]:
    """The small network over logits and cues: several, begun differently, side by side, whose logits are averaged."""
    mean, scale = inputs.mean(axis=0), 1.0 / (inputs.std(axis=0) + 1e-3)
    rows = torch.tensor(np.clip((inputs - mean) * scale, -CLIP, CLIP))
    learned = [_learn_network(rows, question, weights, seed) for seed in range(NETWORKS)]
    return {
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        "hidden": np.hstack([hidden.weight.detach().numpy().T for hidden, _ in learned]),
        "hidden_bias": np.hstack([hidden.bias.detach().numpy() for hidden, _ in learned]),
        "out": np.vstack([out.weight.detach().numpy().T for _, out in learned]) / NETWORKS,
        "out_bias": np.mean([out.bias.detach().numpy() for _, out in learned], axis=0),
    }


def _learn_network(
    rows: torch.Tensor, question: Question, weights: NDArray[np.float64], seed: int
) -> tuple[nn.Linear, nn.Linear]:
    torch.manual_seed(seed)
    right, counted = torch.tensor(question.numbers), torch.tensor(weights, dtype=torch.float32)
    hidden, out = nn.Linear(rows.shape[1], HIDDEN), nn.Linear(HIDDEN, len(question.answers))
    model = nn.Sequential(nn.Dropout(DROPPED_INPUTS), hidden, nn.ReLU(), nn.Dropout(DROPPED), out)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * (len(rows) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(rows))
        for start in range(0, len(rows), BATCH):
            some = order[start : start + BATCH]
            losses = functional.cross_entropy(model(rows[some]), right[some], reduction="none")
            optimizer.zero_grad()
            (losses * counted[some]).mean().backward()
            optimizer.step()
            schedule.step()
    return hidden, out


def _stored(coefficients: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """N-gram weights as whole numbers, and the step of one for each column."""
    step = np.abs(coefficients).max(axis=0) / 127.0
    return {"ngrams": np.round(coefficients / step).astype(np.int8), "step": step.astype(np.float32)}


class Glance:
    """Weights of single words, from which a glance shows whether a text may be anything but the article's."""

    def __init__(self, texts: Sequence[Text], counted: NDArray[np.float64]) -> None:
        self._counter = CountVectorizer(analyzer=glanced_once, binary=True, min_df=2)
        rows = self._counter.fit_transform([text.text for text in texts])
        self._model = LogisticRegression(C=GLANCED_SMOOTHING, max_iter=300).fit(
            rows, [text.label != BODY for text in texts], sample_weight=counted
        )
        self._languages = self._spoken(rows, [text.language for text in texts])

    def _spoken(self, rows: sparse.csr_matrix, languages: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
        """For each language that something was composed in, which words it has."""
        codes = sorted({code for code, count in Counter(languages).items() if count > 100})
        found = {}
        for code in codes:
            mine = np.array([number for number, language in enumerate(languages) if language == code])
            found[code] = np.asarray(rows[mine].sum(axis=0)).ravel() > 0
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The weights as they are stored: the words of each language in one string."""
        weights = self._model.coef_[0]
        words = self._counter.get_feature_names_out()
        arrays: dict[str, NDArray[Any]] = {"glance_bias": self._model.intercept_.astype(np.float32)}
        spoken = [
            np.flatnonzero(is_spoken & (np.abs(weights) > GLANCED_LEAST))
            for is_spoken in self._languages.values()
        ]
        # as bytes: an array of strings takes four bytes a letter, and a tenth of a second to read
        written = b"\0".join("\n".join(words[chosen]).encode() for chosen in spoken)
        return arrays | {
            "glance_codes": np.array(list(self._languages)),
            "glance_counts": np.array([len(chosen) for chosen in spoken]),
            "glance_words": np.frombuffer(written, np.uint8),
            "glance_weights": np.concatenate([weights[chosen] for chosen in spoken]).astype(np.float16),
        }


def glanced_once(text: str) -> list[str]:
    """Each word a glance takes in, once."""
    return sorted(set(prefilter_parts(folded_words(text[:PHRASE_CHARS]))))


if __name__ == "__main__":
    main()
