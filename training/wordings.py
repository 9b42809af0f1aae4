"""Trains the judgement of wording: ``python -m training.wordings [--data FOLDER] [--folds FOLDER] [--without LANGUAGE]``.

Without ``--folds`` it writes ``cleaners/wordings.npz`` from all that is composed and all real pages. With it, five
judgements are written to the folder, each trained without the blocks of a fifth of the *sites*. With ``--without``,
nothing composed in that language is learned from, and ``wordings_without_XX.npz`` goes to ``--to``; ``fr,ru`` leaves out
both at once, which is stricter and quicker.

What is learned from: the texts in ``training/composed``, all our own, and blocks of real pages: those of the article,
above all the ones that a glance takes for something else, and some of the rest by the reader's labels.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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

from copydesk.cleaners.cue_measures import NAMES, measure_cues
from copydesk.cleaners.language import detect
from copydesk.cleaners.lexicon import folded_words
from copydesk.cleaners.ngrams import ngrams
from copydesk.cleaners.phrases import PHRASE_CHARS, find_phrases, language_sample
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.wordings import BODY, CLIP, DENIED, glanced
from training.pages import FOLDS, Raw, as_html, fold_of, read

ROOT = Path(__file__).parent.parent
COMPOSED = Path(__file__).parent / "composed"
LABELS = (
    BODY, "ai_disclaimer", "leaked_prompt", "chatbot_meta", "source_note", "ad", "related", "newsletter", "social",
    "comment_form", "author_bio", "cookie", "paywall", "copyright", "nav", "caption", "byline", "dateline",
)  # fmt: skip
RESIDUE = frozenset({"ai_disclaimer", "leaked_prompt", "chatbot_meta", "source_note"})
"""What is looked for also in blocks that are no part of the article."""
USES = (
    "generated", "from_data", "translated", "assisted", "summarised", "open", "image", "audio", "video", DENIED,
)  # fmt: skip
BITS = 18
PARTS = 5  # in which what is composed is judged by what was learned from the others
PENALTY, PASSES = 0.06, 12  # on n-gram weights, for all texts together; over all texts
GLANCED_SMOOTHING = 1.0
GLANCED_LEAST = 0.05  # weight below which a glance does without a word
LONGEST = 600  # letters of a block that is learned from
ANY_BODY, HARD_BODY, EACH_LABEL = 12_000, 16_000, 800  # blocks of real pages
REAL_WEIGHT, HARD_WEIGHT = 0.3, 0.5
DENIAL_WEIGHT = 3.0  # few, and nearly the words of disclaimers: they count more only where it is asked what a disclaimer says: elsewhere disclaimers are lost by it
HIDDEN, NETWORKS, EPOCHS, RATE, DECAY = 64, 8, 15, 3e-3, 0.1
DROPPED_INPUTS, DROPPED = 0.1, 0.3
BATCH = 128
_SAME = {"tags": "nav"}
_NO_PROSE = frozenset({Kind.CODE, Kind.TABLE_ROW})


@dataclass(frozen=True, slots=True)
class Text:
    """A text one learns from: what it is, what use of AI it admits or denies, how much it counts; ``fold`` of its site, -1 where composed."""

    text: str
    language: str
    label: str
    use: str | None = None
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
    composed = read_composed()
    real = read_real(arguments.data)
    print(f"{len(composed)} texts composed, {len(real)} blocks of real pages", flush=True)
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
        write(ROOT / "cleaners" / "wordings.npz", composed, real)


def read_composed(folder: Path = COMPOSED) -> list[Text]:
    """Everything composed for this, a file a language."""
    return [
        Text(row["text"], file.stem, row["label"], _use(row))
        for file in sorted(folder.glob("*.jsonl"))
        for row in map(json.loads, file.read_text("utf-8").splitlines())
    ]


def _use(row: Mapping[str, Any]) -> str | None:
    if row.get("denial"):
        return DENIED
    if row["label"] != "ai_disclaimer":
        return None
    if row["medium"] != "text":
        return str(row["medium"])
    return "from_data" if row.get("from_data") else str(row["role"] or "open")


def read_real(data: Path) -> list[Text]:
    """The blocks of all real pages, each text once: those of the article, the others only where a reader named them."""
    raws = list(read(data))
    with ProcessPoolExecutor(2) as pool:
        pages = list(pool.map(_blocks_of, raws, chunksize=8))
    found: dict[str, Text] = {}
    for text in (text for page in pages for text in page):
        found.setdefault(text.text, text)
    return list(found.values())


def _blocks_of(raw: Raw) -> list[Text]:
    page = as_html(raw)
    if page is None:
        return []
    language = detect(language_sample(page.blocks)).language
    fold = fold_of(page.site)
    return [
        Text(block.text, language, label, weight=REAL_WEIGHT, fold=fold)
        for block, label in zip(page.blocks, _labels(page.labels, page.keep), strict=True)
        if label in LABELS and _is_readable(block)
    ]


def _labels(labels: Sequence[str | None], keep: Sequence[bool | None]) -> Iterator[str | None]:
    for label, is_kept in zip(labels, keep, strict=True):
        yield BODY if is_kept else _SAME.get(str(label), label and str(label))


def _is_readable(block: Block) -> bool:
    return not block.is_hidden and block.kind not in _NO_PROSE and 3 <= len(block.text) <= LONGEST


def write(path: Path, composed: Sequence[Text], real: Sequence[Text]) -> None:
    """Trains on these texts and writes the weights."""
    chance = random.Random(0)  # noqa: S311 - no secret
    body = chance.sample([text for text in real if text.label == BODY], k=len(_bodies(real)))
    glance = Glance([*composed, *body[:ANY_BODY]], frozenset(LABELS) - {BODY})
    hard = _hardest(body[ANY_BODY:], glance)
    named = [text for label in LABELS[1:] for text in _some(real, label, chance)]
    texts = [*composed, *body[:ANY_BODY], *hard, *named]
    residue = Glance(texts, RESIDUE)
    rows = count_ngrams([text.text for text in texts])
    cues = np.stack([_cues(text) for text in texts])
    weights = np.array([text.weight for text in texts])
    use_weights = np.array([DENIAL_WEIGHT if text.use == DENIED else text.weight for text in texts])
    labels = Question(LABELS, [text.label for text in texts])
    admitting = [number for number, text in enumerate(texts) if text.use is not None]
    uses = Question(USES, [str(texts[number].use) for number in admitting])
    arrays: dict[str, NDArray[Any]] = {"names": np.array(NAMES)}
    grams = []
    for kind, question, chosen, counted in (
        ("labels", labels, slice(None), weights),
        ("uses", uses, np.array(admitting), use_weights),
    ):
        linear, logits = learn_linear(rows[chosen], question, counted[chosen])
        grams.append(linear.coefficients)
        head = learn_head(np.hstack((logits, cues[chosen])), question, counted[chosen])
        arrays |= {f"{kind}_answers": np.array(question.answers), f"{kind}_bias": linear.bias}
        arrays |= {f"{kind}_{name}": value for name, value in head.items()}
    arrays |= _stored(np.concatenate(grams, axis=1)) | glance.arrays("other") | residue.arrays("residue")
    np.savez(path, **arrays)  # compressed, it would take 50 ms to read
    print(f"{path}: {len(texts)} texts, {Counter(text.label for text in texts).most_common(3)}", flush=True)


def _bodies(real: Iterable[Text]) -> list[Text]:
    return [text for text in real if text.label == BODY]


def _hardest(body: Sequence[Text], glance: Glance) -> list[Text]:
    """The article's blocks that a glance takes most for something else."""
    scores = glance.scores([text.text for text in body])
    chosen = np.argsort(-scores, kind="stable")[:HARD_BODY]
    return [_weighing(body[number], HARD_WEIGHT) for number in chosen]


def _weighing(text: Text, weight: float) -> Text:
    return Text(text.text, text.language, text.label, text.use, weight, text.fold)


def _some(real: Iterable[Text], label: str, chance: random.Random) -> list[Text]:
    mine = [text for text in real if text.label == label]
    return chance.sample(mine, k=min(EACH_LABEL, len(mine)))


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


def learn_linear(
    rows: sparse.csr_matrix, question: Question, weights: NDArray[np.float64]
) -> tuple[Linear, NDArray[np.float32]]:
    """Weights learned from all texts; and for each text the logits by weights learned from the other parts."""
    numbers = question.numbers
    parts = np.random.default_rng(0).integers(0, PARTS, len(numbers))
    logits = np.zeros((len(numbers), len(question.answers)), np.float32)
    for part in range(PARTS):
        others, mine = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        learned = _fit(rows[others], numbers[others], weights[others], len(question.answers))
        logits[mine] = learned.logits(rows[mine])
    return _fit(rows, numbers, weights, len(question.answers)), logits


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
    """Weights of single words, from which a glance tells whether a text may be one of ``labels``."""

    def __init__(self, texts: Sequence[Text], labels: Set[str]) -> None:
        self._counter = CountVectorizer(analyzer=glanced_once, binary=True, min_df=2)
        rows = self._counter.fit_transform([text.text for text in texts])
        self._model = LogisticRegression(C=GLANCED_SMOOTHING, max_iter=300).fit(
            rows, [text.label in labels for text in texts], sample_weight=[text.weight for text in texts]
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

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The log-odds of being something else than an article's text."""
        return np.asarray(self._model.decision_function(self._counter.transform(texts)))

    def arrays(self, kind: str) -> dict[str, NDArray[Any]]:
        """The weights as they are stored: the words of each language in one string."""
        weights = self._model.coef_[0]
        words = self._counter.get_feature_names_out()
        arrays: dict[str, NDArray[Any]] = {f"{kind}_bias": self._model.intercept_.astype(np.float32)}
        spoken = [
            np.flatnonzero(is_spoken & (np.abs(weights) > GLANCED_LEAST))
            for is_spoken in self._languages.values()
        ]
        # as bytes: an array of strings takes four bytes a letter, and a tenth of a second to read
        written = b"\0".join("\n".join(words[chosen]).encode() for chosen in spoken)
        return arrays | {
            f"{kind}_codes": np.array(list(self._languages)),
            f"{kind}_counts": np.array([len(chosen) for chosen in spoken]),
            f"{kind}_words": np.frombuffer(written, np.uint8),
            f"{kind}_weights": np.concatenate([weights[chosen] for chosen in spoken]).astype(np.float16),
        }


def glanced_once(text: str) -> list[str]:
    """Each word a glance takes in, once."""
    return sorted(set(glanced(folded_words(text[:PHRASE_CHARS]))))


if __name__ == "__main__":
    main()
