"""Headlines quoted elsewhere: whether two are the same, and which language a few words are in."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import cache

from cleaners.lexicon import fold, languages, lexicon

_SAME = 0.9
_SCRIPTS = (
    (("\u3040", "\u30ff"), "ja"),
    (("\uac00", "\ud7a3"), "ko"),
    (("\u4e00", "\u9fff"), "zh"),
    (("\u0900", "\u097f"), "hi"),
    (("\u0600", "\u06ff"), "ar"),
    (("\u0400", "\u04ff"), "ru"),
)
# letters that only one of our Latin languages has
_LETTERS = {
    "de": "ß", "pl": "łąęśżźń", "tr": "ğış", "es": "ñ¿¡", "pt": "ãõ", "sv": "å",
}  # fmt: skip


def is_same_headline(one: str, other: str) -> bool:
    """Whether two headlines are the same but for punctuation, case and a word or two."""
    left, right = fold(one), fold(other)
    if left == right:
        return True
    longer, shorter = max(len(left), len(right)), min(len(left), len(right))
    return shorter > _SAME * longer and SequenceMatcher(None, left, right, autojunk=False).ratio() >= _SAME


def guess_language(text: str) -> str | None:
    """The language of a headline, from its script, letters and function words; None where they do not tell.

    Meant for a dozen words, where statistical detectors are a coin toss. A script shared by several
    languages counts as the one we have words of only if a function word agrees.
    """
    code = language_of_script(text)
    if code:
        return code if code in ("ja", "ko", "zh") else _by_words(text, frozenset({code}))
    return _by_words(text, frozenset(code for code in languages() if "Latn" in lexicon(code).scripts))


def language_of_script(text: str) -> str | None:
    """The one of our languages that is written in the script of ``text``; None for Latin."""
    if text.isascii():
        return None
    return next(
        (code for (first, last), code in _SCRIPTS if any(first <= char <= last for char in text)), None
    )


def _by_words(text: str, codes: frozenset[str]) -> str | None:
    words = fold(text).split()
    weight = _word_weights()
    scores = dict.fromkeys(sorted(codes), 0.0)
    for word in words:
        for code in weight.get(word, ()):
            if code in scores:
                scores[code] += 1 / len(weight[word])
    for code, letters in _LETTERS.items():
        if code in scores:
            scores[code] += sum(char in letters for char in text.lower())
    ranked = sorted(scores.items(), key=lambda pair: -pair[1])
    best = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return best[0] if best[1] > 0 and best[1] >= 1.5 * second else None


@cache
def _word_weights() -> dict[str, tuple[str, ...]]:
    """Function word to the languages that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for code in languages():
        for word in lexicon(code).function_words:
            found[word] = (*found.get(word, ()), code)
    return found
