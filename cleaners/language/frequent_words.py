"""Whether a text is full of the frequent words of one language: the quickest of voices, and one that only says yes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from copydesk.cleaners.lexicon.words import folded_words, languages, lexicon

_LEAST_WORDS = 12
_ENOUGH = 0.25
_ENOUGH_DESPITE_RELATIVES: Mapping[str, float] = MappingProxyType(
    {"de": 0.28, "es": 0.4, "fr": 0.4, "it": 0.33, "nl": 0.45, "pt": 0.45, "ru": 0.34, "sv": 0.36}
)
"""The share from which a look sees a language, where close relatives in ``benchmarks/languages``
(Luxembourgish, Catalan, Galician, Afrikaans, Norwegian, Bulgarian) reach nearly as much.
"""


def looks_like(text: str, language: str) -> bool:
    """Whether some words are of a language, by their frequent ones; a no means nothing."""
    return share_of_frequent(text, language) > _ENOUGH_DESPITE_RELATIVES.get(language, _ENOUGH)


def share_of_frequent(text: str, language: str) -> float:
    """The share of the words that are among the 80 most frequent ones of a language; 0 where we have no
    lexicon of it or next to no text.

    In 200 characters of languages with articles and prepositions as words of their own it is 0.35 to 0.5; in
    other languages of ``benchmarks/languages``, close relatives aside, hardly ever more than 0.3, and never
    more than 0.4.
    """
    if language not in languages():
        return 0.0
    words, frequent = folded_words(text), lexicon(language).function_words
    return sum(word in frequent for word in words) / len(words) if len(words) >= _LEAST_WORDS else 0.0
