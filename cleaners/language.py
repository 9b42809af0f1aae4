"""Which language a text is in: two voices, weighed once, with a score that means what it says.

Where the page declares a language without close relatives and the text is full of that one's frequent words, nobody else is asked.
Else the script says which languages may be meant. py3langid's model speaks first, with what the page declares; where they leave a
doubt, or the text is short, langdetect's profiles, summed over all n-grams instead of sampled, and words that only one of two
relatives has are weighed with it (cleaners/language_weights.py, decision 5).
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct

from cleaners.language_codes import Declared, chinese_characters, languages_in, read_declaration
from cleaners.language_relatives import relatives_of
from cleaners.language_sample import Sample
from cleaners.language_weights import likeliest, weigh
from cleaners.language_words import share_of_frequent

MIN_LETTERS, MIN_LETTERS_UNSPACED = 12, 4
"""Letters below which a text is not asked; in Han, kana and Hangul they carry more."""
MIN_SCORE = 0.3
"""Likelihood below which a language is not named."""
_LOOK_CHARS = 200  # in which frequent words are counted
_PLAIN = 0.33  # of the words are frequent ones of the language: in no other than close relatives was it so
_BEGINNING = 60  # letters that are read first
_SAMPLE = 450  # letters that are read where the first leave a doubt
_CLEAR_LETTERS = 50  # of a text about which the model alone, or with the page's word, is believed ...
_CLEAR = 0.9  # ... from this likelihood on
_SURE = 0.99  # at which no more is read, and of a language that has a script of its own
_MOST_FOR_NAMES = 0.8
_SURE_LETTERS = 40  # a score rises to 0.9 only with so many: names and brands look like any language
_HAN_LETTERS = 20  # with fewer of them and no kana a text may be a Japanese headline
_MOST_FOR_HAN = 0.6
_UNSPACED = frozenset({"HANGUL", "HIRAGANA", "KATAKANA", "CJK", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})


class LanguageGuess(Struct, frozen=True):
    """A BCP 47 language without script, or ``und``; how sure (0 to 1: of those at 0.9, nine in ten are right), or None where
    only the page says so; who says it; and the script, where the language is written in two (``Hans``, ``Cyrl`` …).
    """

    language: str
    score: float | None
    source: Literal["text", "declared", "both"] | None
    script: str | None = None

    @property
    def tag(self) -> str:
        """The language as records have it, with its script where that matters: ``zh-Hant``, ``sr-Latn``."""
        return f"{self.language}-{self.script}" if self.script else self.language


def detect(text: str, declared: str | None = None) -> LanguageGuess:
    """The language of ``text``; ``declared`` (``lang``, ``og:locale`` ...) counts a little, and where the text is too
    short, alone. Same text, same answer, in every process and whatever was asked before.
    """
    said = read_declaration(declared)
    if said and _is_plain(text[:_LOOK_CHARS], said.language):
        return LanguageGuess(said.language, _SURE, "both")
    begun = Sample(text, _BEGINNING)
    if begun.letters < (MIN_LETTERS_UNSPACED if begun.script in _UNSPACED else MIN_LETTERS):
        return _declared_alone(said)
    found, score = _told(text, begun, said.language if said else None)
    if score < MIN_SCORE:
        return _declared_alone(said)
    source: Literal["both", "text"] = "both" if said and found == said.language else "text"
    return LanguageGuess(found, round(score, 4), source, _written(found, begun, said))


def _is_plain(text: str, said: str) -> bool:
    """Whether a text is so full of frequent words of the language its page declares that it needs no asking."""
    return relatives_of(said) == {said} and share_of_frequent(text, said) > _PLAIN


def glance(text: str) -> tuple[str, float]:
    """The language a few words look like (``und``: none), and how likely that is by the quicker of the two voices."""
    sample = Sample(text, _SAMPLE)
    among = languages_in(sample.script)
    if len(among) < 2 or sample.script == "CJK":
        return (among[-1], _SURE) if among else ("und", 0.0)
    return likeliest(sample.text, among, declared=None)


def _declared_alone(said: Declared | None) -> LanguageGuess:
    if said is None:
        return LanguageGuess("und", None, None)
    script = said.script if said.language in ("zh", "sr") else None
    return LanguageGuess(said.language, None, "declared", script)


def _told(text: str, begun: Sample, said: str | None) -> tuple[str, float]:
    """The likeliest language of the script, and how likely it is. The beginning is enough where it leaves no doubt."""
    among = languages_in(begun.script)
    if begun.script == "CJK":
        return _told_by_han(begun, said)
    if len(among) < 2:
        return (among[0], _SURE) if among else ("und", 0.0)
    if begun.letters >= _CLEAR_LETTERS and not begun.is_names:
        clear, chance = likeliest(begun.text, among, declared=said)
        if chance >= _CLEAR:
            return clear, chance
    found, score = weigh(begun.text, among, declared=said)
    if score < _SURE and begun.letters >= _BEGINNING:
        longer = Sample(text, _SAMPLE)
        found, score = weigh(longer.text, among, declared=said)
    return found, min(
        score, 0.5 + 0.4 * begun.letters / _SURE_LETTERS, _MOST_FOR_NAMES if begun.is_names else 1.0
    )


def _told_by_han(begun: Sample, said: str | None) -> tuple[str, float]:
    """Chinese, but for short texts of pages that say they are Japanese: those may do without kana."""
    if begun.letters >= _HAN_LETTERS:
        return "zh", _SURE
    return "ja" if said == "ja" else "zh", _MOST_FOR_HAN


def _written(language: str, sample: Sample, said: Declared | None) -> str | None:
    """The script of a language that is written in two: ISO 15924; what is declared where the text does not tell, else None."""
    if language == "sr":
        return "Cyrl" if sample.script == "CYRILLIC" else "Latn"
    if language != "zh":
        return None
    letters = Counter(sample.text)
    counts = {
        script: sum(letters[char] for char in chinese_characters(script)) for script in ("Hans", "Hant")
    }
    if counts["Hans"] != counts["Hant"]:
        return max(counts, key=counts.__getitem__)
    return said.script if said and said.language == "zh" else None
