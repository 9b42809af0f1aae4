"""Measures of a text by its concepts: which there are, where, how much else there is, its marks.

They are the same for all languages, and are told to the net that reads a text beside the pieces of its words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.residue.inline_marks import without_inline_marks, without_line_marks
from copydesk.cleaners.residue.reading.vocabulary import CONCEPTS, SIGNS, Hit, concepts_in, fold
from copydesk.cleaners.sentence_ends import split_sentences

MAX_CHARS = 1_500
"""Of a text that is read."""
_BESIDE_CHARS = 400  # of its neighbours
_MOST = 4  # of a concept, as the same

_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "agent": ("ai", "product"),
        "maker": ("ai", "product", "machine"),
        "making": ("made", "written", "translated", "summarised", "voiced"),
        "deed": ("made", "written", "translated", "summarised", "voiced", "assisted", "checked"),
        "thing": ("text", "translation", "summary", "image", "audio", "video", "transcript", "code"),
        "media": ("image", "audio", "video"),
        "person": ("human", "checked"),
        "other_case": ("example", "study"),
        "translating": ("translated", "translation"),
        "summing_up": ("summary", "summarised"),
        "possible": ("can", "will"),
        "talk": (
            "assent",
            "here_is",
            "offer",
            "if_you",
            "i_can",
            "hope",
            "thanks",
            "sorry",
            "refusal",
            "as_ai",
        ),
    }
)
_FIRST = (
    "assent", "here_is", "if_you", "i_can", "offer", "label", "order", "persona", "thanks", "sorry", "turn", "hope",
    "text", "this", "summary", "image", "agent", "making", "we", "not",
)  # fmt: skip
_LAST = ("offer", "request", "hope", "agent", "i_can")
_BESIDE = (
    "agent", "talk", "making", "policy", "turn", "label", "example", "order", "must", "code", "image",
)  # fmt: skip
_MARKS_BESIDE = ("heading", "item", "ends with a colon", "code", "turn")
_SIZES = (
    "words", "characters", "sentences", "share of block", "share of sentence", "words of sentence",
    "other words of sentence", "other words", "is first sentence", "is last sentence", "words of other sentences",
)  # fmt: skip
_FIRST_WORDS, _LAST_WORDS = 3, 8
SHOWN = (
    "this", "text", "translation", "summary", "image", "audio", "video", "transcript", "code",
    "made", "written", "translated", "summarised", "voiced", "assisted", "used", "not", "ai", "machine", "product",
    "assent", "here_is", "offer", "if_you", "i_can", "as_ai", "refusal", "crumb", "order", "persona",
)  # fmt: skip
"""Concepts that tell a reader what a text says of its making: what, how, by whom, and how chatbots talk."""

_EMOJI = lazy_pattern("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2139]")
_WIDE = lazy_pattern("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_LETTERS_OF_WORD, _LETTERS_OF_WIDE_WORD = 6.0, 1.8
_SPACE = lazy_pattern(r"\s+")
_LETTERS, _SIGN, _DIGIT = lazy_pattern(rf"[\w{SIGNS}]+"), lazy_pattern(r"[^\w\s]|_"), lazy_pattern(r"\d")
_TURN = lazy_pattern(
    r"\W*[\w .-]{1,24}\s*[:：]\s*$|\W*(?:user|assistant|human|system|ai|q|a)\s*[:：]", re.IGNORECASE
)
# marks of a text as it was written
_MARKS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "quotation": lazy_pattern(r">"),
        "item": lazy_pattern(r"(?:[-*+•]|\d+[.)])\s"),
        "heading": lazy_pattern(r"#"),
        "emoji": lazy_pattern(rf".{{0,5}}{_EMOJI.pattern}", re.DOTALL),
        "bracketed": lazy_pattern(r"[\[(（【「*_].*[\])）】」*_]$", re.DOTALL),
        "emphasised": lazy_pattern(r"[*_].*[*_]$", re.DOTALL),
        "callout": lazy_pattern(r".*(?:\[![A-Z]+\]|\{%)|:::|!!!", re.DOTALL),
        "bold": lazy_pattern(r".*\*\*", re.DOTALL),
        "ends with a colon": lazy_pattern(r".*[:：][*_~`\"'”» )）」\]>]*$", re.DOTALL),
        "ends with a question": lazy_pattern(r".*[?？؟][*_~`\"'”» )）」\]>]*$", re.DOTALL),
        "ends with dots": lazy_pattern(r".*(?:…|\.\.\.)[*_~`\"'”» )）」\]>]*$", re.DOTALL),
        "ends with an exclamation": lazy_pattern(r".*[!！][*_~`\"'”» )）」\]>]*$", re.DOTALL),
        "linked": lazy_pattern(r".*(?:\]\(|href)", re.DOTALL),
        "code": lazy_pattern(r".*`", re.DOTALL),
        "address": lazy_pattern(r".*http", re.DOTALL),
        "placeholder": lazy_pattern(
            r".*(?:\[[A-Z][^\]]{2,40}\](?!\()|\{\{?[^}]+\}|<[A-Z _]{3,}>)", re.DOTALL
        ),
        "citation": lazy_pattern(
            r".*(?:[\ue200\ue201]|turn\d+(?:search|view|news)\d+|oaicite|oai_citation|【\d+[†:]|contentReference)",
            re.DOTALL,
        ),
        "turn": _TURN,
        "label": lazy_pattern(r"\W*[^\n:：]{2,30}[:：]\s*\S"),
        "footnote": lazy_pattern(r"[*※†‡+]"),
        "quoted": lazy_pattern("[\"“«„「『']"),
        "only a link": lazy_pattern(r"\W*\[[^\]]*\]\([^)]*\)\W*$"),
        "capital": lazy_pattern(r"[^\W\d_a-z]"),
        "tag": lazy_pattern(r".*<.*>", re.DOTALL),
    }
)
_COUNTED = ("signs", "digits", "bars")


class Neighbours(NamedTuple):
    """The texts that stand before and after a text; empty at either end."""

    before: str
    after: str


class Sentence(NamedTuple):
    """The sentence of a text that says most of machines: its place in the folded text, and its concepts."""

    number: int
    start: int
    end: int
    hits: tuple[Hit, ...]


class _Read(NamedTuple):
    """A text in the form that is measured; ``letters``: how many it has; ``unit``: characters of a word."""

    folded: str
    hits: Sequence[Hit]
    sentences: Sequence[tuple[int, int]]
    key: Sentence
    letters: int
    unit: float


def _numbers(name: str) -> frozenset[int]:
    return frozenset(CONCEPTS.index(concept) for concept in _GROUPS.get(name, (name,)))


_FIRST_NUMBERS, _LAST_NUMBERS, _BESIDE_NUMBERS = (
    tuple(map(_numbers, names)) for names in (_FIRST, _LAST, _BESIDE)
)
_KEY_WEIGHTS = tuple(
    (_numbers(name), weight)
    for name, weight in (
        ("agent", 3.0), ("maker", 1.2), ("making", 1.0), ("deed", 0.7), ("this", 0.6), ("thing", 0.6), ("used", 0.3),
    )
)  # fmt: skip
"""What a sentence must have to be the one that says most of machines: by hand, in the order of what tells a note."""
_KEY_WORD_WEIGHT = -0.004  # for each word: of two that say the same the shorter

NAMES = (
    *(f"{name} in text" for name in CONCEPTS),
    *(f"{name} in sentence" for name in CONCEPTS),
    *_SIZES,
    *(f"mark: {name}" for name in (*_MARKS, *_COUNTED)),
    *(f"{name} first" for name in _FIRST),
    *(f"{name} last" for name in _LAST),
    *(
        f"{name} {where}"
        for where in ("before", "after")
        for name in (*_BESIDE, *(f"mark: {mark}" for mark in _MARKS_BESIDE))
    ),
)
"""The measures, in their order."""


def measure(text: str, language: str, beside: Neighbours) -> NDArray[np.float32]:
    """The measures of a text, one for each of NAMES."""
    read = _read(text, language)
    values = [
        *_counts(read.hits),
        *_counts(read.key.hits),
        *_sizes(read),
        *_marks(text.strip()),
        *_at_ends(read),
        *_beside(beside, language),
    ]
    return np.array(values, dtype=np.float32)


def key_sentence(text: str, language: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The sentence of a text that says most of machines, and its words of SHOWN, each with its concept."""
    read = _read(text, language)
    words = {
        (CONCEPTS[hit.concept], read.folded[hit.start : hit.end])
        for hit in read.key.hits
        if CONCEPTS[hit.concept] in SHOWN
    }
    folded = read.folded[read.key.start : read.key.end].strip()
    quote = next((part for part in _written(text) if fold(bare(part)).strip() == folded), text)
    return quote.strip(), tuple(sorted(words, key=lambda word: (SHOWN.index(word[0]), word[1])))


def _written(text: str) -> Iterator[str]:
    """The sentences of a text with their marks; where one ends is found without them."""
    blanked = without_line_marks(without_inline_marks(text))  # each character where it was
    for start, end in _sentences(blanked):
        yield text[start:end]


def bare(text: str) -> str:
    """A text without marks of HTML and Markdown, as far as it is read."""
    return _SPACE.sub(" ", without_line_marks(without_inline_marks(text))).strip(" >#*_|")[:MAX_CHARS]


def _read(text: str, language: str) -> _Read:
    folded, hits = concepts_in(bare(text), language)
    letters = _letters(folded)
    unit = _letters_of_word(folded, letters)
    sentences = _sentences(folded) or [(0, len(folded))]
    key, most = Sentence(0, 0, 0, ()), -math.inf
    for number, (start, end) in enumerate(sentences):
        own = [hit for hit in hits if start <= hit.start and hit.end <= end]
        # how much it says of machines
        there = {hit.concept for hit in own}
        weight = sum([weight for concepts, weight in _KEY_WEIGHTS if not there.isdisjoint(concepts)])
        weight += _KEY_WORD_WEIGHT * (end - start) / unit
        if weight > most:
            key, most = Sentence(number, start, end, tuple(own)), weight
    return _Read(folded, hits, sentences, key, letters, unit)


def _sentences(folded: str) -> list[tuple[int, int]]:
    at, found = 0, []
    for part in split_sentences(folded):
        start = folded.find(part, at)
        if start >= 0:
            at = start + len(part)
            found.append((start, at))
    return found


def _letters_of_word(folded: str, letters: int) -> float:
    if not letters or folded.isascii():
        return _LETTERS_OF_WORD
    share = len(_WIDE.findall(folded)) / letters
    return _LETTERS_OF_WIDE_WORD * share + _LETTERS_OF_WORD * (1 - min(1.0, share))


def _counts(hits: Collection[Hit]) -> list[float]:
    counts = [0.0] * len(CONCEPTS)
    for hit in hits:
        counts[hit.concept] = min(counts[hit.concept] + 1, _MOST)
    return counts


def _sizes(read: _Read) -> list[float]:
    key, letters = read.key, read.letters
    is_all = len(read.sentences) == 1
    of_key = letters if is_all else _letters(read.folded[key.start : key.end])
    share = _covered(read.hits) / max(1, letters)
    key_share = share if is_all else _covered(key.hits) / max(1, of_key)
    words, of_key_words = letters / read.unit, of_key / read.unit
    return [
        math.log1p(words),
        math.log1p(len(read.folded)),
        math.log1p(len(read.sentences)),
        share,
        key_share,
        math.log1p(of_key_words),
        math.log1p(of_key_words * (1 - min(1.0, key_share))),
        math.log1p(words * (1 - min(1.0, share))),
        key.number == 0,
        key.number == len(read.sentences) - 1,
        math.log1p(max(0.0, words - of_key_words)),
    ]


def _letters(folded: str) -> int:
    return sum(map(len, _LETTERS.findall(folded))) - folded.count("_")


def _covered(hits: Collection[Hit]) -> int:
    """Characters that are of any concept."""
    covered = end = 0
    for hit in sorted(hits):
        covered += max(0, hit.end - max(hit.start, end))
        end = max(end, hit.end)
    return covered


def _marks(text: str) -> list[float]:
    size = max(1, len(text))
    return [
        *[pattern.match(text) is not None for pattern in _MARKS.values()],
        len(_SIGN.findall(text)) / size,
        len(_DIGIT.findall(text)) / size,
        math.log1p(text.count("|")),
    ]


def _at_ends(read: _Read) -> list[float]:
    until, begin = max(2.0, _FIRST_WORDS * read.unit), len(read.folded) - _LAST_WORDS * read.unit
    first = {hit.concept for hit in read.hits if hit.start <= until}
    last = {hit.concept for hit in read.hits if hit.end >= begin}
    return [
        *[not first.isdisjoint(concepts) for concepts in _FIRST_NUMBERS],
        *[not last.isdisjoint(concepts) for concepts in _LAST_NUMBERS],
    ]


def _beside(beside: Neighbours, language: str) -> list[float]:
    found: list[float] = []
    for text in beside:
        _, hits = concepts_in(text[:_BESIDE_CHARS], language)
        there = {hit.concept for hit in hits}
        found += [not there.isdisjoint(concepts) for concepts in _BESIDE_NUMBERS]
        stripped = text.strip()
        found += [_MARKS[name].match(stripped) is not None for name in _MARKS_BESIDE]
    return found
