"""Headlines quoted elsewhere: whether two are the same, and which language a few words are in."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cache

from copydesk.cleaners.lexicon.words import fold, languages, lexicon, lexicon_without_tables
from copydesk.cleaners.patterns import lazy_pattern

# set by hand, no figure on record: a smaller one takes two stories for one, a larger minds a changed word
_SAME = 0.9
_MAX_CHARS = 500  # of a headline
# a name or two has no function word in any language
_MIN_WORDS = 3
_CLEAR = 1.15  # by how much the best language must lead: 97 of 126 headlines found, 6 wrongly; 1.5 finds 92, 6 wrongly
# in this order: Japanese has Han letters besides kana, so kana are checked first
_SCRIPTS = tuple(
    (lazy_pattern(letters), code)
    for letters, code in (
        ("[\u3040-\u30ff]", "ja"),
        ("[\uac00-\ud7a3]", "ko"),
        ("[\u4e00-\u9fff]", "zh"),
        ("[\u0900-\u097f]", "hi"),
        ("[\u0600-\u06ff]", "ar"),
        ("[\u0400-\u04ff]", "ru"),
    )
)
_FIRST_OF_SCRIPTS = "\u0400"
# letters that only one of our Latin languages has
_LETTERS = {
    "de": "ß", "pl": "łąęśżźń", "tr": "ğış", "es": "ñ¿¡", "pt": "ãõ",
}  # fmt: skip

# letters of Latin languages that are not ours: Danish and Norwegian, Czech, Hungarian, Romanian, Baltic ones
_FOREIGN = frozenset("øæþðřěůďťőűțșāēģķļņŗūė")


def is_same_headline(one: str, other: str) -> bool:
    """Whether two headlines are the same but for punctuation, case and a word or two."""
    left, right = fold(one), fold(other)
    # folding makes a space of a comma, which scripts without spaces have nowhere else
    if left.replace(" ", "") == right.replace(" ", ""):
        return True
    longer, shorter = max(len(left), len(right)), min(len(left), len(right))
    if not _SAME * longer < shorter <= _MAX_CHARS:
        return False
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    # the exact ratio takes the square of the length; a quick one is never below it
    return matcher.quick_ratio() >= _SAME and matcher.ratio() >= _SAME


def guess_language(text: str) -> str | None:
    """The language of a headline, from its script, letters and function words; None where they do not tell.

    Meant for a dozen words, where statistical detectors are a coin toss. A script shared by several
    languages counts as the one we have words of only if a function word agrees.
    """
    code = language_of_script(text)
    if code:
        return code if code in ("ja", "ko", "zh") else _by_words(text, frozenset({code}))
    if any(char in _FOREIGN for char in text.lower()):
        return None
    return _by_words(
        text, frozenset(code for code in languages() if "Latn" in lexicon_without_tables(code).scripts)
    )


def is_foreign(text: str, language: str) -> bool:
    """Whether a headline is in another language than ``language`` (a primary tag).

    Where it may be one of several, it is foreign if not one of its words is a function word of ``language``.
    """
    guess = guess_language(text)
    if guess is not None or language not in languages():
        return guess not in (None, language)
    words = set(fold(text).split())
    return len(words) >= _MIN_WORDS and words.isdisjoint(lexicon(language).function_words)


def has_letters_of(text: str, language: str) -> bool:
    """Whether a text has a letter that only this one of our Latin languages has."""
    return any(letter in text for letter in _LETTERS.get(language, ""))


def language_of_script(text: str) -> str | None:
    """The one of our languages that is written in the script of ``text``; None for Latin."""
    if max(text, default="") < _FIRST_OF_SCRIPTS:
        return None
    return next((code for letters, code in _SCRIPTS if letters.search(text)), None)


def _by_words(text: str, codes: frozenset[str]) -> str | None:
    words = fold(text).split()
    weight = _word_weights()
    scores = dict.fromkeys(sorted(codes), 0.0)
    for word in words:
        if word == "s":  # what an English apostrophe leaves over is French otherwise
            continue
        for code in weight.get(word, ()):
            if code in scores:
                scores[code] += 1 / len(weight[word])
    for code, letters in _LETTERS.items():
        if code in scores:
            scores[code] += sum(char in letters for char in text.lower())
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    best = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return best[0] if best[1] > 0 and best[1] >= _CLEAR * second else None


@cache
def _word_weights() -> dict[str, tuple[str, ...]]:
    """Function word to the languages that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for code in languages():
        for word in lexicon_without_tables(code).function_words:
            found[word] = (*found.get(word, ()), code)
    return found
