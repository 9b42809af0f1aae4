"""Which language a text is in: langdetect, seeded, never on scraps, asked about few languages.

langdetect loads a profile a language (6 ms each) and is a coin toss below 60 letters. So the script
decides where it can, the function words of our lexicons and the declared language say whom to ask
about, and the whole set is loaded only where the small one does not settle the matter.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from msgspec import Struct

from cleaners.lexicon import languages, lexicon

MIN_LETTERS = 60
"""Letters below which langdetect is right less than 19 times in 20 (0.952 at 60, 0.841 at 20)."""
MIN_LETTERS_UNSPACED = 20
"""The same for Han, kana and Hangul, whose letters carry more."""
_SAMPLE_CHARS = 450  # langdetect costs 4 ms for 1,000 characters and gains nothing beyond
_SURE = 0.9
_FUNCTION_WORD_SHARE = (
    0.22  # running text of a language has 0.25 to 0.55 of ours, of a foreign one below 0.15
)

_AGREEING_WORDS = 60
_AGREED_SCORE = 0.99

_BY_SCRIPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "HANGUL": ("ko",),
        "HIRAGANA": ("ja",),
        "KATAKANA": ("ja",),
        "CJK": ("zh-cn", "zh-tw"),
        "CYRILLIC": ("bg", "mk", "ru", "uk"),
        "ARABIC": ("ar", "fa", "ur"),
        "DEVANAGARI": ("hi", "mr", "ne"),
        "GREEK": ("el",),
        "HEBREW": ("he",),
        "BENGALI": ("bn",),
        "GUJARATI": ("gu",),
        "KANNADA": ("kn",),
        "MALAYALAM": ("ml",),
        "GURMUKHI": ("pa",),
        "TAMIL": ("ta",),
        "TELUGU": ("te",),
        "THAI": ("th",),
    }
)
_LATIN = (
    "af",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "en",
    "es",
    "et",
    "fi",
    "fr",
    "hr",
    "hu",
    "id",
    "it",
    "lt",
    "lv",
    "nl",
    "no",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "so",
    "sq",
    "sv",
    "sw",
    "tl",
    "tr",
    "vi",
)
_FEW = ("de", "en", "es", "fr", "it", "nl", "pt", "sv")
_SAME = MappingProxyType({"nb": "no", "nn": "no"})  # told apart by nobody asked here
_BCP47 = MappingProxyType({"zh-cn": "zh", "zh-tw": "zh"})
_WORD = re.compile(r"[^\W\d_]+")
_DECLARED = re.compile(r"([a-zA-Z]{2,3})(?:[-_]|$)")


class LanguageGuess(Struct, frozen=True):
    """A BCP 47 language or ``und``, how sure (0 to 1), and who says so."""

    language: str
    score: float | None
    source: Literal["text", "declared", "both"] | None


def detect(text: str, declared: str | None = None) -> LanguageGuess:
    """The language of ``text``; ``declared`` (``lang``, ``og:locale`` ...) counts where text is too short."""
    said = _primary(declared)
    sample = _sample(text)
    letter_count = sum(map(len, sample))
    script = _script(sample)
    needed = MIN_LETTERS if script in ("LATIN", "CYRILLIC", "ARABIC", "GREEK") else MIN_LETTERS_UNSPACED
    if letter_count < needed:
        return LanguageGuess(said, None, "declared") if said else LanguageGuess("und", None, None)
    found, score = _ask(sample, script, said)
    if found == "und" and said:
        return LanguageGuess(said, None, "declared")
    return LanguageGuess(found, score, None if found == "und" else "both" if found == said else "text")


def _primary(declared: str | None) -> str | None:
    match = _DECLARED.match((declared or "").strip())
    code = match.group(1).lower() if match else None
    return _SAME.get(code, code) if code else None


def _sample(text: str) -> list[str]:
    """Words from the first letters of the text on; digits and addresses tell nothing."""
    return _WORD.findall(text[: _SAMPLE_CHARS * 2])


def _script(words: list[str]) -> str:
    """The script most letters are in, kana before Han: only Japanese mixes the two."""
    counts: dict[str, int] = {}
    for char, count in Counter("".join(words)[:_SAMPLE_CHARS]).items():
        name = "LATIN" if char.isascii() else unicodedata.name(char, "?").split(" ", 1)[0].split("-")[0]
        counts[name] = counts.get(name, 0) + count
    kana = counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0)
    if kana * 10 > counts.get("CJK", 0) > 0 or kana > sum(counts.values()) / 2:
        return "HIRAGANA"
    return max(counts, key=lambda name: counts[name], default="LATIN")


def _ask(words: list[str], script: str, said: str | None) -> tuple[str, float | None]:
    if script != "LATIN":
        known = _BY_SCRIPT.get(script)
        if known is None:
            return "und", None
        return (known[0], 0.99) if len(known) == 1 else _langdetect(words, known)
    likely = _likely(words, said)
    if likely and likely == said and len(words) >= _AGREEING_WORDS:
        return likely, _AGREED_SCORE  # declared, and full of its words: nothing is left to ask
    if likely in _LATIN:
        few = tuple(sorted({*_FEW[:4], likely})) if likely in _FEW else tuple(sorted({*_FEW, likely}))
        found, score = _langdetect(words, few)
        if found == likely and score is not None and score >= _SURE:
            return found, score
    return _langdetect(words, _LATIN)


def _likely(words: list[str], said: str | None) -> str | None:
    """The language whose function words the text is full of: the declared one or English are tried first."""
    lowered = [word.lower() for word in words]
    for code in (said, "en"):
        if code in languages() and _function_word_share(lowered, code) >= _FUNCTION_WORD_SHARE:
            return code
    return None


def _function_word_share(words: list[str], code: str) -> float:
    known = lexicon(code).function_words
    return sum(word in known for word in words) / max(1, len(words))


@cache
def _factory(codes: tuple[str, ...]) -> Any:  # langdetect has no types
    from langdetect import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.seed = 0  # unseeded, the same text may be two languages
    factory.load_json_profile([(Path(PROFILES_DIRECTORY) / code).read_text("utf-8") for code in codes])
    return factory


def _langdetect(words: list[str], codes: tuple[str, ...]) -> tuple[str, float | None]:
    detector = _factory(codes).create()
    detector.append(" ".join(words)[:_SAMPLE_CHARS])
    found = detector.get_probabilities()
    if not found:
        return "und", None
    code = "zh" if found[0].lang in _BCP47 else found[0].lang
    return code, round(min(1.0, found[0].prob), 4)
