"""Trains the judgement of wording:
``python -m training.text_kinds [--data FOLDER] [--folds FOLDER [--only FOLD …] | --without LANGUAGE …]``.

Without ``--folds`` it writes ``cleaners/wording/text_kinds.npz`` from all that is composed and all real pages. With it,
judgements are written to the folder, each trained without the blocks of a fifth of the *sites*. With ``--without``,
nothing composed in these languages is learned from, and ``text_kinds_without_XX.npz``, for the first of them, goes to
``build/languages``.

What is learned from: the texts in ``training/composed`` and ``training/residue_lines``, all our own; every block of
real pages that the judgement would be applied to, of the article or named by a reader; and the open half of residue as
it was published. Blocks of articles that a net taught by others takes for something else count more.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from copydesk.cleaners.judge.judgement import PACKAGED, judge_blocks
from copydesk.cleaners.language.detection import detect
from copydesk.cleaners.lexicon.block_phrases import PHRASE_CHARS, find_phrases, language_sample
from copydesk.cleaners.lexicon.words import folded_words
from copydesk.cleaners.rules.classifier_rules import classifiable, is_figures
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind
from copydesk.cleaners.wording.text_kinds import ANSWERS, BODY, MEASURES, measure, read_words, word_parts
from copydesk.cleaners.words.text_net import TextPieces, read_text_net, text_pieces
from training.pages import FOLDS, SETS, Raw, as_html, fold_of, read, read_unlabelled
from training.text_nets import Examples, Question, fit

ROOT = Path(__file__).parent.parent
COMPOSED, RESIDUE = Path(__file__).parent / "composed", Path(__file__).parent / "residue_lines"
PASSES, HARD_PASSES = 8, 3
HARD_WEIGHT = 3.0  # of an article's block that is taken for something else
PUBLISHED_WEIGHT = 3.0  # of residue as it was published: few hundred beside 51,000 composed texts
RESIDUE_WEIGHT = 0.3  # of lines composed to tell residue of AI from other text
WORD_SMOOTHING = 1.0
LEAST_TEXTS = 50  # of a language that has weights of its own
LEAST_WORD_WEIGHT = 0.05
SURE_OF_ARTICLE = (
    0.95  # learned probability from which a block of a page without truth counts as the article's
)
_SAME = {"tags": "nav"}
_PUBLISHED = frozenset({"ai_disclaimer", "leaked_prompt", "chatbot_meta", BODY, "newsletter", "comment_form"})
_LANGUAGES = {"hi-Latn": "hi"}
_WORD_ODDS = MEASURES.index("word-odds")


@dataclass(frozen=True, slots=True)
class Text:
    """A text one learns from: what it is, how much it counts; ``fold`` of its site, None where it is of no page."""

    text: str
    language: str
    label: str
    weight: float = 1.0
    fold: int | None = None


def main() -> None:
    """Reads, trains, writes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--folds", type=Path, help="write judgements of folds to this folder instead")
    instead.add_argument("--without", nargs="*", default=[], help="languages left out of what is composed")
    parser.add_argument("--only", type=int, nargs="*", default=range(FOLDS), help="of these folds")
    arguments = parser.parse_args()
    composed = [*read_composed(COMPOSED), *read_composed(RESIDUE, RESIDUE_WEIGHT)]
    texts = [*composed, *read_published(arguments.data), *read_real(arguments.data)]
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
        for fold in arguments.only:
            write(arguments.folds / f"text_kinds_{fold}.npz", [text for text in texts if text.fold != fold])
    elif arguments.without:
        path = Path("build/languages") / f"text_kinds_without_{arguments.without[0]}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        left = [text for text in texts if text.fold is not None or text.language not in arguments.without]
        write(path, left)
    else:
        write(ROOT / "cleaners" / "wording" / "text_kinds.npz", texts)


def read_composed(folder: Path, weight: float = 1.0) -> list[Text]:
    """What is composed in a folder, a file a language."""
    return [
        Text(row["text"], file.stem, row["label"], weight)
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
        if label in ANSWERS and classifiable([block]) and not is_figures(block.raw)
    ]


def _labels(labels: Sequence[str | None], keep: Sequence[bool | None]) -> Iterator[str | None]:
    for label, is_kept in zip(labels, keep, strict=True):
        yield BODY if is_kept else _SAME.get(str(label), label and str(label))


def write(path: Path, texts: Sequence[Text]) -> None:
    """Trains on these texts and writes the weights."""
    with ProcessPoolExecutor(2) as pool:
        read = list(pool.map(_as_read, texts, chunksize=200))
    pieces, rows = [one for one, _ in read], np.stack([row for _, row in read])
    truths = np.array([ANSWERS.index(text.label) for text in texts])
    weights = np.array([text.weight for text in texts], np.float32)
    rows[:, _WORD_ODDS] = held_out_word_odds(texts, weights)
    every = Examples(pieces, rows, weights, [Question(ANSWERS, truths, 1.0)])
    is_article = np.array([text.fold is not None and text.label == BODY for text in texts])
    weights[_hard(every, is_article)] *= HARD_WEIGHT  # of `every`, too: it is the same array
    rows[:, _WORD_ODDS] = held_out_word_odds(texts, weights)
    learned = fit(every, passes=PASSES)
    arrays = learned | {"measures": np.array(MEASURES)} | word_weights(texts, weights)
    np.savez(path, **arrays)  # compressed, it would take 50 ms to read
    print(f"{path}: {len(texts)} texts, {Counter(text.label for text in texts).most_common(3)}", flush=True)


def _hard(every: Examples, asked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Which of those asked for a net that has learned from the other half takes for something else."""
    halves = np.random.default_rng(0).integers(0, 2, len(asked))
    found: list[int] = []
    for half in (0, 1):
        others, mine = np.flatnonzero(halves != half), np.flatnonzero((halves == half) & asked)
        learned = fit(_chosen(every, others), passes=HARD_PASSES) | {"measures": np.array(MEASURES)}
        net = read_text_net(learned, MEASURES, ANSWERS, where="the net")
        found += [at for at in mine if net.answers(every.texts[at], every.measures[at]).argmax() > 0]
    print(f"{len(found)} of {asked.sum()} blocks of articles are hard", flush=True)
    return np.array(found, np.intp)


def _chosen(every: Examples, places: NDArray[np.intp]) -> Examples:
    (question,) = every.questions
    return Examples(
        [every.texts[at] for at in places],
        every.measures[places],
        every.weights[places],
        [question._replace(truths=question.truths[places])],
    )


def _as_read(text: Text) -> tuple[TextPieces, NDArray[np.float32]]:
    found = find_phrases((Block(0, Kind.PARAGRAPH, text.text),), text.language)
    return text_pieces(text.text, "", ""), measure(text.text, found.hits[0], 0.0)


def held_out_word_odds(texts: Sequence[Text], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each text the log-odds by its single words, as learned from the other half."""
    halves = np.random.default_rng(1).integers(0, 2, len(texts))
    found = np.zeros(len(texts))
    for half in (0, 1):
        others, mine = np.flatnonzero(halves != half), np.flatnonzero(halves == half)
        words = read_words(word_weights([texts[at] for at in others], weights[others]))
        found[mine] = [
            words.odds([folded_words(texts[at].text[:PHRASE_CHARS])], texts[at].language)[0] for at in mine
        ]
    return found


def word_weights(texts: Sequence[Text], weights: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Weights of single words, by which it is chosen what the net reads, as they are stored: those of each language
    that something was composed in, its words in one string.
    """
    counter = CountVectorizer(analyzer=_parts_once, binary=True, min_df=2)
    rows = counter.fit_transform([text.text for text in texts])
    model = LogisticRegression(C=WORD_SMOOTHING, max_iter=300).fit(
        rows, [text.label != BODY for text in texts], sample_weight=weights
    )
    learned, words = model.coef_[0], counter.get_feature_names_out()
    spoken = {
        code: np.flatnonzero(is_spoken & (np.abs(learned) > LEAST_WORD_WEIGHT))
        for code, is_spoken in _spoken(rows, [text.language for text in texts])
    }
    # as bytes: an array of strings takes four bytes a letter, and a tenth of a second to read
    written = b"\0".join("\n".join(words[chosen]).encode() for chosen in spoken.values())
    return {
        "word_bias": model.intercept_.astype(np.float32),
        "codes": np.array(list(spoken)),
        "word_counts": np.array([len(chosen) for chosen in spoken.values()]),
        "words": np.frombuffer(written, np.uint8),
        "word_weights": np.concatenate([learned[chosen] for chosen in spoken.values()]).astype(np.float16),
    }


def _spoken(rows: sparse.csr_matrix, languages: Sequence[str]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """For each language that something was composed in, which words it has."""
    for code in sorted({code for code, count in Counter(languages).items() if count > LEAST_TEXTS}):
        mine = np.array([number for number, language in enumerate(languages) if language == code])
        yield code, np.asarray(rows[mine].sum(axis=0)).ravel() > 0


def _parts_once(text: str) -> list[str]:
    return sorted(set(word_parts(folded_words(text[:PHRASE_CHARS]))))


if __name__ == "__main__":
    main()
