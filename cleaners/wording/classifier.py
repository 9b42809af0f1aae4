"""The learned judgement of wording: what a short text is by its words alone, wherever it is.

A linear look at its n-grams, then a small network over that and the cues of `copydesk.cleaners.wording.cue_features`.
Trained by ``python -m training.wordings`` on texts composed for it and on blocks of real pages; see
``training/README.md``. Reading all this costs a tenth of a millisecond for a line and ten for a long block,
so a glance at the words decides which blocks are worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.one_processor import on_one_processor
from copydesk.cleaners.types import Label
from copydesk.cleaners.wording.cue_features import NAMES, measure_cues
from copydesk.cleaners.wording.ngrams import ngrams, word_numbers

Floats = NDArray[np.float32]

BODY = "body"
"""What the judgement calls text of the article, of whatever label."""
CLIP = 5.0
"""Standard deviations beyond which a measure counts no more."""
_FILE = Path(__file__).with_name("classifier.npz")
# by hand; fewer join words that differ ("general", "generated"), more part "translated" from "translation"
_STEM = 7  # letters of a word that a glance takes in
_BEGINNING = itemgetter(slice(_STEM))
_FIRST_UNSPACED = "\u3040"  # from here on: kana, Han, Hangul, whose particles stand in the word
_MAX_NAMED_WORDS = 3  # words named in `copydesk explain`
CUED_BY: Mapping[Label, tuple[str, ...]] = MappingProxyType(
    {
        Label.SOURCE_NOTE: (
            "said:cue.origin-based",
            "said:cue.origin-published",
            "said:cue.published",
            "said:cue.permission",
        ),
    }
)
"""Cues of which one is in nine of ten texts of these labels."""
_COLUMN = {name: number for number, name in enumerate(NAMES)}
# set by hand, no figure on record: a larger share reads fewer cues and lets more residue pass
_LEAST_SHARE = 0.05  # of anything but the article, by n-grams alone, from which cues are looked for


class TextClassifier(Struct, frozen=True):
    """All weights: ``ngrams`` a row for each bucket, and for each language the words a glance looks for.

    ``answers``: of which each text gets one. ``mean``, ``scale``: of the network's inputs, the linear logits and then
    the cues.
    """

    bits: int
    ngrams: NDArray[np.int8]
    step: Floats
    prefilter_weights: Callable[[str], Mapping[str, float]]
    answers: tuple[str, ...]
    bias: Floats
    mean: Floats
    scale: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats


class TextLabel(NamedTuple):
    """What a text is by its words if it is none of the article's own.

    ``odds``: log-odds that it is none, as often as both stand among what was learned from. ``is_cued``:
    whether it has a cue without which texts of its label are rare (see ``CUED_BY``).
    """

    label: Label
    odds: float
    is_cued: bool


def prefilter_scores(texts: Iterable[Sequence[str]], weights: Mapping[str, float]) -> list[float]:
    """The log-odds that each text is what the weights are for, by its single words (as
    `copydesk.cleaners.lexicon.words` folds them).
    """
    known, bias = weights.keys(), weights[""]  # under a name no word has
    # in C: nearly all words are unknown
    return [bias + sum(map(weights.__getitem__, known & parts)) for parts in map(prefilter_parts, texts)]


def prefilter_parts(words: Sequence[str]) -> list[str]:
    """What a glance takes in: beginnings of words, pairs of letters where words are not parted."""
    # words go by their first letter: where the largest begins below kana (Latin, Arabic, Hindi), all do
    if not words or max(words) < _FIRST_UNSPACED:
        return list(map(_BEGINNING, words))
    found = []
    for word in words:
        if word[0] < _FIRST_UNSPACED:
            found.append(word[:_STEM])
        else:
            # particles follow nouns without a space: "記事は" must share a part with "記事を"
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found


def classify_texts(
    texts: Sequence[str],
    language: str,
    phrases: Sequence[Mapping[str, PhraseHit]],
    classifier: TextClassifier,
) -> list[TextLabel | None]:
    """What each text is by its words; None where that is the article's own, or nothing speaks for anything else.

    ``phrases[i]``: the rules whose phrases were found in text ``i``.
    """
    if not texts:
        return []
    body = classifier.answers.index(BODY)
    linear = _linear(texts, classifier)
    # n-grams of all texts at once are cheap; cues are read text by text, so only where in doubt
    doubted = np.flatnonzero(1.0 - _shares(linear)[:, body] >= _LEAST_SHARE).tolist()
    judged: list[TextLabel | None] = [None] * len(texts)
    if not doubted:
        return judged
    cues = np.stack([measure_cues(texts[at], language, phrases[at]) for at in doubted])
    logits = _weigh(linear[doubted], cues, classifier)
    odds = _odds_against(logits, body)
    # the label is computed as if the text were none of the article's: whether it is, `odds` says
    logits[:, body] = -np.inf
    for at, row, logit, odd in zip(doubted, cues, logits, odds.tolist(), strict=True):
        label = Label(classifier.answers[int(logit.argmax())])
        judged[at] = TextLabel(label, odd, is_cued(label, row))
    return judged


def _odds_against(logits: Floats, answer: int) -> Floats:
    """The log-odds of any answer but one."""
    others = np.delete(logits, answer, axis=1)
    most = others.max(axis=1)
    # less the largest, lest a large logit overflow
    odds: Floats = most + np.log(np.exp(others - most[:, None]).sum(axis=1)) - logits[:, answer]
    return odds


def own_shares(texts: Sequence[str], language: str, classifier: TextClassifier) -> list[float]:
    """How likely each text is the article's own by its words (0 to 1); for texts without phrases of the lexicon."""
    if not texts:
        return []
    cues = np.stack([measure_cues(text, language, {}) for text in texts])
    logits = _weigh(_linear(texts, classifier), cues, classifier)
    shares: list[float] = _shares(logits)[:, classifier.answers.index(BODY)].tolist()
    return shares


def is_cued(label: Label, cues: Floats) -> bool:
    """Whether a text with these measures has a cue of a label; True for labels that have none."""
    return label not in CUED_BY or any(cues[_COLUMN[name]] for name in CUED_BY[label])


def _weigh(linear: Floats, cues: Floats, classifier: TextClassifier) -> Floats:
    """The logits of the answers by the small network over n-grams and cues."""
    inputs = (np.concatenate((linear, cues), axis=1) - classifier.mean) * classifier.scale
    with on_one_processor():
        hidden = np.maximum(np.clip(inputs, -CLIP, CLIP) @ classifier.hidden + classifier.hidden_bias, 0.0)
        logits: Floats = hidden @ classifier.out + classifier.out_bias
    return logits


def _shares(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _linear(texts: Sequence[str], classifier: TextClassifier) -> Floats:
    """The sum of a text's n-gram weights over the root of their number."""
    sums = np.zeros((len(texts), len(classifier.answers)), np.float32)
    found = ngrams(texts, bits=classifier.bits)
    numbers, owner = (np.concatenate(column) for column in zip(*found, strict=True))
    if len(owner):
        # one after the other, each kind in order of its texts: a run of one owner is summed in one go
        # `np.add.at` alone would go n-gram by n-gram
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        rows = classifier.ngrams[numbers]
        np.add.at(sums, owner[starts], np.add.reduceat(rows, starts, axis=0, dtype=np.float32))
    counts = np.bincount(owner, minlength=len(texts)).astype(np.float32)
    # neither sum nor mean: a sum grows with length, a mean forgets that ten words say more than one
    means = sums / np.sqrt(np.maximum(counts, 1.0))[:, None]
    logits: Floats = (means * classifier.step + classifier.bias).astype(np.float32)
    return logits


def strongest_words(text: str, label: Label, classifier: TextClassifier) -> tuple[str, ...]:
    """The words of a text that speak most for a label rather than for the article, in their order."""
    words, numbers = word_numbers(text, bits=classifier.bits)
    weights = classifier.ngrams[numbers].astype(np.float32) * classifier.step
    # against the article's own weight: a frequent word speaks for both
    spoken = weights[:, classifier.answers.index(label)] - weights[:, classifier.answers.index(BODY)]
    order = np.argsort(-spoken, kind="stable")
    chosen = [at for at in order[:_MAX_NAMED_WORDS] if spoken[at] > 0]
    return tuple(dict.fromkeys(words[at] for at in sorted(chosen)))


@cache
def packaged_classifier() -> TextClassifier:
    """The judgement that comes with copydesk. Raises BadData where the file is wrong."""
    # no pickles: a file of weights must not run code
    with np.load(_FILE, allow_pickle=False) as arrays:
        return read_classifier(arrays, where=_FILE.name)


def read_classifier(arrays: Mapping[str, NDArray[np.generic]], *, where: str) -> TextClassifier:
    """Weights as stored. Raises BadData where they were made for other measures."""
    # names and order: as many columns in another order would pass unnoticed
    if tuple(str(name) for name in arrays["names"]) != NAMES:
        raise BadData(
            f"{where}: the weights are for other measures; make them with python -m training.wordings"
        )
    # eight bits a weight: `step` is what one unit is worth
    rows = np.asarray(arrays["ngrams"], np.int8)
    parts = ("bias", "mean", "scale", "hidden", "hidden_bias", "out", "out_bias")
    return TextClassifier(
        bits=(len(rows) - 1).bit_length(),
        ngrams=rows,
        step=np.asarray(arrays["step"], np.float32),
        prefilter_weights=_PrefilterWeights(arrays),
        answers=tuple(map(str, arrays["labels_answers"])),
        **{part: np.asarray(arrays[f"labels_{part}"], np.float32) for part in parts},
    )


class _PrefilterWeights:
    """The words of a language and of English, which templates are often left in; read on first use."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        codes = [str(code) for code in arrays["glance_codes"]]
        words = arrays["glance_words"].tobytes().split(b"\0")
        ends = np.cumsum(arrays["glance_counts"])[:-1]
        weights = np.split(np.asarray(arrays["glance_weights"], np.float32), ends)
        self._words = dict(zip(codes, zip(words, weights, strict=True), strict=True))
        self._bias = float(np.asarray(arrays["glance_bias"], np.float32)[0])
        self._read: dict[str, dict[str, float]] = {}

    def __call__(self, language: str) -> Mapping[str, float]:
        code = primary(language)
        if code not in self._words:
            code = "en"  # a page may declare any language: each must not have a table of its own
        found = self._read.get(code)
        if found is None:
            # copied from the English table, so that its words and weights are in memory once for all languages
            found = {"": self._bias} if code == "en" else dict(self("en"))
            if code in self._words:
                written, weights = self._words[code]
                found.update(zip(written.decode().split("\n"), weights.tolist(), strict=True))
            self._read[code] = found
        return found
