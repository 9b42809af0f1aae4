"""Whether a text is full of the frequent words of one language: the quickest of voices, and one that only says yes."""

from __future__ import annotations

from cleaners.lexicon import folded_words, languages, lexicon

_LEAST_WORDS = 12


def share_of_frequent(text: str, language: str) -> float:
    """The share of the words that are among the 80 most frequent ones of a language; 0 where we have no lexicon of it or next to no text.

    In 200 characters of languages with articles and prepositions as words of their own it is 0.35 to 0.5; in other languages of
    ``benchmarks/languages``, close relatives aside, hardly ever more than 0.3, and never more than 0.4.
    """
    if language not in languages():
        return 0.0
    words, frequent = folded_words(text), lexicon(language).function_words
    return sum(word in frequent for word in words) / len(words) if len(words) >= _LEAST_WORDS else 0.0
