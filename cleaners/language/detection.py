"""Which language a text is in, with a score that means what it says.

Where the text is full of one language's frequent words, no model is used. Else the script says which languages may
be meant. py3langid's model distinguishes them, together with words that only one of two relatives has and what the
page declares (cleaners/language/weights.py, decision 23). All of it is read from a ``Sample`` of the text's words:
without addresses and figures, in plain letters, no more than it takes.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

from copydesk.cleaners.language.codes import (
    DeclaredLanguage,
    characters_of,
    chinese_alone,
    is_detected,
    is_rare,
    languages_in,
    read_declaration,
)
from copydesk.cleaners.language.weights import weigh
from copydesk.cleaners.lexicon.words import folded_words, function_words, languages
from copydesk.cleaners.patterns import lazy_pattern

_READ_CHARS = 4_000  # of a text, in which words are looked for
_NAMES_SHARE = 0.8  # of words with a capital, from which a text is a list of names, or a headline
_WORDS_A_COMMA = 3  # and fewer stand between two commas of a list
_SHOUTED_SHARE = 0.6  # of words all in capitals, from which capitals mean nothing
# of Han and kana, from which a text is Japanese; a word or a sign in a Chinese one has less
_KANA_SHARE = 0.2
_EAST = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
# an address, a file or a piece of a program: `example.org`, `a@b.example`, `index.php?id=3`, `f(x)=`
_NO_WORD = lazy_pattern(
    r"://|[@=_{}<>\\]|\(\)|^www\.|\w\w\.[a-zA-Z]{2,}(?:[/?#:]|\W*$)|^/\w|\w/\w+/|\w/\S*\.\w"
)
_TOKEN = lazy_pattern(r"\S+")
_ADDRESS = lazy_pattern(r"[!-~]*(?:://|@)[!-~]*|www\.[!-~]+")  # where no space parts it from the words
# letters with the marks written above, below and between them: accents, points, vowel signs
_WORD = lazy_pattern(
    r"[^\W\d_](?:[^\W\d_\u0300-\u036f]|[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff"
    r"\u0e31-\u0e4e\u0eb1-\u0ece\u0f18-\u0fbc\u102b-\u109d\u135d-\u135f\u17b4-\u17d3])*"
)

MIN_LETTERS, MIN_LETTERS_UNSPACED = 12, 4
"""Letters below which a text is not classified; in Han, kana and Hangul they carry more."""
_DIGITS = 4  # of a score
MIN_SCORE = 0.3
"""Likelihood below which a language is not named."""
LOOK_CHARS = 200
"""In which frequent words are counted."""
_BEGINNING = 60  # letters that are read first
_SAMPLE = 450  # letters that are read where the first leave a doubt
# of a text about which the model is believed in a language we have words of, or that is declared ...
_CLEAR_LETTERS = 50
_CLEAR = 0.9  # ... from this likelihood on
_SURE = 0.99  # at which no more is read, and of a language that has a script of its own
# of names, of texts in two scripts, of rare languages and against a declaration we cannot judge
_MOST_IF_NOT_PLAIN = 0.8
_OWN_SCRIPT_SHARE = 0.85  # of the letters are in one script, or the text is in two
# a score rises above only with more letters: names and brands look like any language
_SURE_LETTERS, _MOST_IF_SHORT = 40, 0.89
_HAN_LETTERS = 20  # of which Chinese has one that only Chinese has
_HAN_WORD_LETTERS = 5  # between spaces and signs, in prose
_MOST_FOR_HAN = 0.6
_UNSPACED = frozenset({"HANGUL", "HIRAGANA", "KATAKANA", "CJK", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
_LEAST_WORDS = 12
_ENOUGH = 0.25
_ENOUGH_DESPITE_RELATIVES: Mapping[str, float] = MappingProxyType(
    {"de": 0.28, "es": 0.4, "fr": 0.4, "it": 0.33, "nl": 0.45, "pt": 0.45, "ru": 0.34, "sv": 0.36}
)
"""The share from which a look sees a language, where close relatives in ``benchmarks/languages``
(Luxembourgish, Catalan, Galician, Afrikaans, Norwegian, Bulgarian) reach nearly as much.
"""


class LanguageGuess(Struct, frozen=True):
    """A BCP 47 language without script, or ``und``; how sure (0 to 1: of those at 0.9, nine in ten are
    right), or None where only the page says so; who says it; and the script, where the language is written in
    two (``Hans``, ``Cyrl`` …).
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
    short, alone. Same text, same answer, in every process and whatever was classified before.
    """
    stated = read_declaration(declared)
    if stated and _plain_language(text, (stated.language,)):
        return LanguageGuess(stated.language, _SURE, "both")
    beginning = Sample(text, _BEGINNING)
    if beginning.letters < (MIN_LETTERS_UNSPACED if beginning.script in _UNSPACED else MIN_LETTERS):
        return _declared_alone(stated)
    # in fewer characters a look has so few words that relatives pass: decision 23
    if len(text) >= LOOK_CHARS and _most(beginning) >= _SURE:
        plain = _plain_language(text, sorted(set(languages()).intersection(languages_in(beginning.script))))
        if plain:
            return LanguageGuess(plain, _SURE, "text", _written(plain, beginning, stated))
    sample, found, score = _found(text, beginning, stated.language if stated else None)
    score = min(score, _most(sample))
    if is_rare(found) and not (stated and stated.language == found):
        score = min(score, _MOST_IF_NOT_PLAIN)
    # a page may say that it is in a language that is never detected, and nothing show that it is wrong
    is_beyond_us = stated and not is_detected(stated.language) and not looks_like(text[:LOOK_CHARS], found)
    if score < MIN_SCORE or is_beyond_us:
        return _declared_alone(stated)
    source: Literal["both", "text"] = "both" if stated and found == stated.language else "text"
    return LanguageGuess(found, round(score, _DIGITS), source, _written(found, beginning, stated))


def may_score(text: str, least: float) -> bool:
    """Whether the score of a text of which nothing is declared may be so high; a no needs no detection of
    the language.
    """
    beginning = Sample(text, _BEGINNING)
    # where the first letters leave a doubt, it is more of them that count
    return round(_most(beginning), _DIGITS) >= least or (
        beginning.letters >= _BEGINNING and round(_most(Sample(text, _SAMPLE)), _DIGITS) >= least
    )


def _most(sample: Sample) -> float:
    """The highest score that such words allow, whatever their language."""
    is_plain = not sample.is_names and sample.share >= _OWN_SCRIPT_SHARE
    most = 1.0 if is_plain else _MOST_IF_NOT_PLAIN
    if sample.script in _UNSPACED or sample.letters > _SURE_LETTERS:
        return most
    return min(most, 0.5 + (_MOST_IF_SHORT - 0.5) * sample.letters / _SURE_LETTERS)


def _plain_language(text: str, among: Iterable[str]) -> str | None:
    """The first language of which the text is so full of frequent words, at its beginning and in its middle, that no
    model is needed.
    """
    middle = len(text) // 2
    looks = [folded_words(text[at : at + LOOK_CHARS]) for at in (0, middle)]
    seen = (code for code in among if all(_share_of(words, code) > _enough(code) for words in looks))
    return next(seen, None)


def quick_guess(text: str) -> tuple[str, float]:
    """The language a few words look like (``und``: none), and how likely that is."""
    sample = Sample(text, _SAMPLE)
    # figures and signs are worth no model
    among = languages_in(sample.script) if sample.letters else ()
    if len(among) < 2 or sample.script == "CJK":
        return (among[-1], _SURE) if among else ("und", 0.0)
    found, chance = weigh(sample.text, among, declared=None)
    return found, chance if sample.share >= _OWN_SCRIPT_SHARE else min(chance, _MOST_IF_NOT_PLAIN)


def _declared_alone(stated: DeclaredLanguage | None) -> LanguageGuess:
    if stated is None:
        return LanguageGuess("und", None, None)
    script = stated.script if stated.language in ("zh", "sr") else None
    return LanguageGuess(stated.language, None, "declared", script)


def _found(text: str, beginning: Sample, stated: str | None) -> tuple[Sample, str, float]:
    """The likeliest language of the script, how likely it is, and the words it was detected by. The beginning is
    enough where it leaves no doubt.
    """
    among = languages_in(beginning.script)
    if beginning.script == "CJK":
        return (beginning, *_found_by_han(beginning, stated))
    if len(among) < 2:
        return (beginning, among[0], _SURE) if among else (beginning, "und", 0.0)
    found, score = weigh(beginning.text, among, declared=stated)
    is_clear = beginning.letters >= _CLEAR_LETTERS and (found == stated or found in languages())
    if (score < (_CLEAR if is_clear else _SURE) or beginning.is_names) and beginning.letters >= _BEGINNING:
        longer = Sample(text, _SAMPLE)
        if longer.script == beginning.script:
            return (longer, *weigh(longer.text, among, declared=stated))
    return beginning, found, score


def _found_by_han(beginning: Sample, stated: str | None) -> tuple[str, float]:
    """Chinese or, where only Japanese has the characters, Japanese: headlines may do without kana. Where they
    do not decide, what the page declares.
    """
    letters = set(beginning.text)
    is_chinese = not letters.isdisjoint(chinese_alone())
    has_kana = any("\u3040" <= letter <= "\u30ff" for letter in letters)
    is_japanese = not letters.isdisjoint(characters_of("Jpan")) or (has_kana and not is_chinese)
    if is_chinese == is_japanese:
        is_stated = stated in ("ja", "zh")
        return "ja" if stated == "ja" else "zh", _MOST_IF_NOT_PLAIN if is_stated else _MOST_FOR_HAN
    # names and menus stand in short pieces
    is_prose = beginning.letters >= max(_HAN_LETTERS, _HAN_WORD_LETTERS * len(beginning.words))
    return "zh" if is_chinese else "ja", _SURE if is_prose else _MOST_IF_NOT_PLAIN


def _written(language: str, sample: Sample, stated: DeclaredLanguage | None) -> str | None:
    """The script of a language that is written in two: ISO 15924; what is declared where the text does not
    decide, else None.
    """
    if language == "sr":
        return "Cyrl" if sample.script == "CYRILLIC" else "Latn"
    if language != "zh":
        return None
    letters = Counter(sample.text)
    counts = {script: sum(letters[char] for char in characters_of(script)) for script in ("Hans", "Hant")}
    if counts["Hans"] != counts["Hant"]:
        return max(counts, key=counts.__getitem__)
    return stated.script if stated and stated.language == "zh" else None


def looks_like(text: str, language: str) -> bool:
    """Whether some words are of a language, by their frequent ones; a no means nothing."""
    return share_of_frequent(text, language) > _enough(language)


def _enough(language: str) -> float:
    return _ENOUGH_DESPITE_RELATIVES.get(language, _ENOUGH)


def share_of_frequent(text: str, language: str) -> float:
    """The share of the words that are among the 80 most frequent ones of a language; 0 where we have no
    lexicon of it or next to no text.

    In 200 characters of languages with articles and prepositions as words of their own it is 0.35 to 0.5; in
    other languages of ``benchmarks/languages``, close relatives aside, hardly ever more than 0.3, and never
    more than 0.4.
    """
    return _share_of(folded_words(text), language)


def _share_of(words: Sequence[str], language: str) -> float:
    if len(words) < _LEAST_WORDS:
        return 0.0
    return sum(map(function_words(language).__contains__, words)) / len(words)


class Sample:
    """Words of a text, from its beginning until there are ``letters`` of them; those in another script than
    most are left out.
    """

    def __init__(self, text: str, letters: int) -> None:
        words = _first_words(text[:_READ_CHARS], letters)
        self.script, self.share = _script_of_most("".join(words))
        """The script most letters are in (``LATIN``), and their share of all."""
        if self.share < 1.0:
            words = [word for word in words if _is_in(self.script, word)]
        shouted = len([word for word in words if len(word) > 1 and word.isupper()])
        capitals, commas = sum(word[:1].isupper() for word in words), text[: letters * 2].count(",")
        self.is_names = capitals >= _NAMES_SHARE * len(words) or commas * _WORDS_A_COMMA >= len(words)
        """Whether nearly all words have a capital, or commas between them: names are at home in no language,
        nor are lists.
        """
        self.words = [word.lower() for word in words] if shouted > _SHOUTED_SHARE * len(words) else words
        self.letters = sum(map(len, self.words))
        self.text = " ".join(self.words)


def _script_of_most(letters: str) -> tuple[str, float]:
    """Kana and Han count together; it is Japanese from a share of kana on, since only Japanese mixes the two."""
    if letters.isascii():
        return "LATIN", 1.0
    counts: Counter[str] = Counter()
    for char, count in Counter(letters).items():
        counts["LATIN" if char.isascii() else _script_of(char)] += count
    kana = counts.pop("HIRAGANA", 0) + counts.pop("KATAKANA", 0)
    han = counts.get("CJK", 0)
    counts["CJK"] = han + kana
    script, most = max(counts.items(), key=lambda item: item[1])
    if script == "CJK" and kana > _KANA_SHARE * most:
        script = "HIRAGANA"
    return script, most / len(letters)


def _is_in(script: str, word: str) -> bool:
    found = "LATIN" if word[0].isascii() else _script_of(word[0])
    return found == script or (script in _EAST and found in _EAST)


@cache
def _script_of(char: str) -> str:
    return unicodedata.name(char, "?").partition(" ")[0].partition("-")[0]


def _first_words(text: str, letters: int) -> list[str]:
    """The first words with so many letters, addresses aside; full-width letters and ligatures as plain ones."""
    words: list[str] = []
    missing = letters
    for spaced in _TOKEN.finditer(text):
        token = spaced.group()
        if token.isascii():
            found = [] if _NO_WORD.search(token) else _WORD.findall(token)
        else:
            found = _WORD.findall(unicodedata.normalize("NFKC", _ADDRESS.sub(" ", token)))
        for word in found:
            words.append(word)
            missing -= len(word)
            if missing <= 0:
                return words
    return words
