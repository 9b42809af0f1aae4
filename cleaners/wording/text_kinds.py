"""What kind of text a short block is by its words alone, wherever it is: the article's own, or what sites add.

A small net reads the pieces of its words, in any language (`copydesk.cleaners.words.text_net`), beside a few measures
and the phrases of the lexicon in it. Trained by ``python -m training.text_kinds`` on texts composed for it and on
blocks of real pages; see ``training/README.md``. Its single words decide first which texts are worth the net.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import BadZipFile

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import PhraseHit
from copydesk.cleaners.one_processor import on_one_processor
from copydesk.cleaners.types import Label
from copydesk.cleaners.words.pieces import vocabulary
from copydesk.cleaners.words.text_net import TextNet, read_text_net, text_pieces

Floats = NDArray[np.float32]

BODY: Final = "body"
"""The answer for text of the article, of whatever label."""
NOTICES: Final = ("login", "robot_check", "not_found", "error", "region", "browser", "app")
"""The answers for what a page says that shows no article: log in, no robot, no such page, an error, not in your
country, another browser, in the app.
"""
ANSWERS: Final = (
    BODY, "ai_disclaimer", "leaked_prompt", "chatbot_meta", "source_note", "ad", "related", "newsletter", "social",
    "comment_form", "author_bio", "cookie", "paywall", "copyright", "nav", "caption", "byline", "dateline", *NOTICES,
)  # fmt: skip
"""Of which each text gets one."""
VISITORS: Final = frozenset({*NOTICES, "cookie", "paywall", "newsletter"})
"""The answers for what speaks to the visitors of a site."""
_IS_BODY, _IS_OF_VISITORS = np.isin(ANSWERS, [BODY]), np.isin(ANSWERS, sorted(VISITORS))
_OF_VISITORS: Final = tuple(answer for answer in ANSWERS if answer in VISITORS)
# a copy of `features.PHRASE_RULES`, because each model has its own columns; and what notices say
_PHRASES: Final = (
    "page.captcha", "page.consent", "page.error", "page.login", "page.not-found",
    "wording.ad", "wording.author-bio", "wording.byline", "wording.caption", "wording.comment-form", "wording.cookie",
    "wording.copyright", "wording.correction", "wording.nav", "wording.newsletter", "wording.paywall", "wording.related",
    "wording.social", "wording.source-note", "wording.tags",
)  # fmt: skip
_QUOTES, _BARS = frozenset('"“”«»„「『'), frozenset("|>›·•")
MEASURES: Final = (
    *(f"phrase:{rule_id}" for rule_id in _PHRASES),
    *(f"opens:{rule_id}" for rule_id in _PHRASES),
    "ends-sentence", "ends-colon", "ends-dots", "quotes", "bars", "copyright-sign", "address",
    "chars-log", "words-log", "digit-share", "upper-share", "word-odds",
)  # fmt: skip
"""The names of the columns of ``measure``."""
_COLUMN: Final = {name: column for column, name in enumerate(MEASURES)}
_SENTENCE_ENDS: Final = tuple(".。।۔!?！？؟")
_MAX_CHARS: Final = 1_200  # of a text that are measured
# by hand; fewer join words that differ ("general", "generated"), more part "translated" from "translation"
_BEGINNING: Final = itemgetter(slice(7))  # the letters of a word that count
_FIRST_UNSPACED: Final = "\u3040"  # from here on: kana, Han, Hangul, whose particles stand in the word
_MAX_NAMED_WORDS: Final = 3  # words named in `copydesk explain`
_FILE: Final = Path(__file__).with_name("text_kinds.npz")


class TextKind(NamedTuple):
    """What a text is by its words if it is none of the article's own: one of ANSWERS but BODY.

    ``odds``: log-odds that it is none, as often as both stand among what was learned from; ``visitor_answer``: the
    likeliest of VISITORS; ``visitor_odds``: log-odds that it is one of them, against all other answers and BODY.
    """

    answer: str
    odds: float
    visitor_answer: str
    visitor_odds: float

    @property
    def label(self) -> Label:
        """The label of such a block; notices have none of their own."""
        return Label.OTHER if self.answer in NOTICES else Label(self.answer)


class WordWeights:
    """How much single words speak against the article, in each language; those of a language are read on first use.

    ``written``: to each code the words, one a line, and their weights.
    """

    def __init__(self, bias: float, written: Mapping[str, tuple[bytes, Floats]]) -> None:
        self._bias = bias
        self._written = written
        self._read: dict[str, dict[str, float]] = {}

    def odds(self, texts: Iterable[Sequence[str]], language: str) -> list[float]:
        """The log-odds that each text is none of the article's, by its words (as `copydesk.cleaners.lexicon.words`
        folds them), in that language or English, which templates are often left in.
        """
        weights = self._weights(self._code(language))
        known = weights.keys()
        # in C: nearly all words are unknown
        return [self._bias + sum(map(weights.__getitem__, known & parts)) for parts in map(word_parts, texts)]

    def strongest(self, words: Sequence[str], language: str) -> tuple[str, ...]:
        """Those of a text's words that speak most against the article, in their order."""
        weights = self._weights(self._code(language))
        spoken = [sum([weights.get(part, 0.0) for part in word_parts([word])]) for word in words]
        order = sorted(range(len(words)), key=spoken.__getitem__, reverse=True)
        chosen = [at for at in order[:_MAX_NAMED_WORDS] if spoken[at] > 0]
        return tuple(dict.fromkeys(words[at] for at in sorted(chosen)))

    def _code(self, language: str) -> str:
        # a page may declare any language: each must not have a table of its own
        code = primary(language)
        return code if code in self._written else "en"

    def _weights(self, code: str) -> Mapping[str, float]:
        found = self._read.get(code)
        if found is None:
            found = {} if code == "en" else dict(self._weights("en"))
            words, weights = self._written[code]
            found.update(zip(words.decode().split("\n"), weights.tolist(), strict=True))
            self._read[code] = found
        return found


class TextClassifier(Struct, frozen=True):
    """The net, and the words that decide which texts it reads."""

    net: TextNet
    words: WordWeights

    def classify(
        self, texts: Sequence[str], phrases: Sequence[Mapping[str, PhraseHit]], word_odds: Sequence[float]
    ) -> list[TextKind]:
        """What each text is by its words. ``phrases[i]``: the rules whose phrases were found in text ``i``;
        ``word_odds[i]``: what `WordWeights.odds` makes of it.
        """
        with on_one_processor():
            found = [
                self.net.answers(text_pieces(text, "", ""), measure(text, hits, odds))
                for text, hits, odds in zip(texts, phrases, word_odds, strict=True)
            ]
        return [
            TextKind(
                ANSWERS[1 + int(row[1:].argmax())],
                _odds(row, ~_IS_BODY),
                _OF_VISITORS[int(row[_IS_OF_VISITORS].argmax())],
                _odds(row, _IS_OF_VISITORS),
            )
            for row in found
        ]


def _odds(answers: Floats, is_one: NDArray[np.bool_]) -> float:
    """The log-odds of some answers against all others."""
    return float(np.logaddexp.reduce(answers[is_one]) - np.logaddexp.reduce(answers[~is_one]))


def measure(text: str, hits: Mapping[str, PhraseHit], word_odds: float) -> Floats:
    """One number for each of MEASURES: 1 or 0, the logarithm of a count plus 1, a share (0 to 1), log-odds. The
    arguments are what `TextClassifier.classify` is given for a text.
    """
    text = text[:_MAX_CHARS].strip()
    row = np.zeros(len(MEASURES), np.float32)
    for rule_id, hit in hits.items():
        column = _COLUMN.get(f"phrase:{rule_id}")
        if column is not None:  # a language file may have newer ones
            row[column] = 1.0
            row[column + len(_PHRASES)] = hit.mode != "contains"
    chars = max(1, len(text))
    row[2 * len(_PHRASES) :] = (
        # a label ("Advertisement") does not end like a sentence
        text.endswith(_SENTENCE_ENDS),
        text.endswith((":", "：")),
        text.endswith(("…", "...")),
        not _QUOTES.isdisjoint(text),
        not _BARS.isdisjoint(text),
        "©" in text,
        "@" in text or "http" in text,
        math.log1p(chars),
        math.log1p(len(text.split())),
        sum(map(str.isdigit, text)) / chars,
        sum(map(str.isupper, text)) / chars,
        word_odds,
    )
    return row


def word_parts(words: Sequence[str]) -> list[str]:
    """The parts of words by which texts are chosen: their beginnings, pairs of letters where words are not parted."""
    # words go by their first letter: where the largest begins below kana (Latin, Arabic, Hindi), all do
    if not words or max(words) < _FIRST_UNSPACED:
        return list(map(_BEGINNING, words))
    found = []
    for word in words:
        if word[0] < _FIRST_UNSPACED:
            found.append(_BEGINNING(word))
        else:
            # particles follow nouns without a space: "記事は" must share a part with "記事を"
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return found


@cache
def packaged_text_classifier() -> TextClassifier:
    """The judgement that comes with copydesk. Raises BadData where the file is wrong."""
    return read_text_classifier(_FILE)


def read_text_classifier(file: Path) -> TextClassifier:
    """A judgement from a file. Raises BadData where it cannot be read, or was trained for something else."""
    try:
        # no pickles: a file of weights must not run code
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            net = read_text_net(stored, MEASURES, ANSWERS, where=file.name)
            weights = read_words(stored)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise BadData(f"{file.name}: the net cannot be read ({error}); install copydesk again") from None
    if len(net.vectors) != vocabulary().get_piece_size():
        raise BadData(f"{file.name}: the net is for other pieces; make it with python -m training.text_kinds")
    return TextClassifier(net, weights)


def read_words(stored: Mapping[str, NDArray[np.generic]]) -> WordWeights:
    """The weights of single words as they are stored: the words of each language in one string."""
    words = stored["words"].tobytes().split(b"\0")
    weights = np.split(np.asarray(stored["word_weights"], np.float32), np.cumsum(stored["word_counts"])[:-1])
    written = zip(map(str, stored["codes"]), zip(words, weights, strict=True), strict=True)
    return WordWeights(float(np.asarray(stored["word_bias"], np.float32)[0]), dict(written))
