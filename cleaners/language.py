"""Which language a text is in: two voices, weighed once, with a score that means what it says.

langdetect's profiles, summed over all n-grams instead of sampled, and fastText's small model speak of every text; the
script says which languages are asked about; words that only one of two relatives has tell those apart; what the page
declares counts like a few letters more. How they are weighed (``SLACK`` to ``BY_FAST_TEXT``) was fitted to half of the texts in
``benchmarks/languages``, cut at 20, 60, 200 and 1,000 characters, and rounded with all of them in view (decision 5).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import tomli
from msgspec import Struct

from cleaners.errors import BadData
from cleaners.fast_text import shares
from cleaners.language_profiles import fits

SLACK, SLACK_A_GRAM, BY_FAST_TEXT = 2.25, 0.04, 0.55
"""By what the profiles' log-likelihoods are divided, and a little more for each n-gram, since neighbours say the same; and
how much fastText's count.
"""
BY_SIGN, BY_DECLARATION = 1.5, 1.5
"""Log-odds for each word or letter that tells a language from its relatives, and for what the page declares."""
FOREIGN = -6.0
"""Log-odds of languages that only fastText knows: text of a template, names and code are often taken for one of them."""
MIN_LETTERS, MIN_LETTERS_UNSPACED = 12, 4
"""Letters below which a text is not asked; in Han, kana and Hangul they carry more."""
MIN_SCORE = 0.3
"""Likelihood below which a language is not named."""
_READ_CHARS, _SAMPLE_CHARS, _ENOUGH_CHARS = 4_000, 450, 200
_SURE = 0.99
_LEAST_CHANCE = 1e-4
_MOST_SIGNS = 4
_MOST_FOR_RELATIVES, _FOREIGN_CHANCE = (
    0.6,
    0.6,
)  # of a language that is named where fastText is for one langdetect does not know
_MOST_FOR_NAMES, _NAMES_SHARE = (
    0.8,
    0.8,
)  # share of words with a capital, from which a text is a list of names, or a headline
_SURE_LETTERS = 40  # a score rises to 0.9 only with so many: names and brands look like any language

_BY_SCRIPT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "HANGUL": ("ko",), "HIRAGANA": ("ja",), "KATAKANA": ("ja",), "CJK": ("zh",), "GREEK": ("el",), "THAI": ("th",),
        "BENGALI": ("bn",), "GUJARATI": ("gu",), "KANNADA": ("kn",), "MALAYALAM": ("ml",), "GURMUKHI": ("pa",), "TAMIL": ("ta",),
        "TELUGU": ("te",), "GEORGIAN": ("ka",), "ARMENIAN": ("hy",), "KHMER": ("km",), "LAO": ("lo",), "MYANMAR": ("my",), "SINHALA": ("si",),
        "ETHIOPIC": ("am",), "ORIYA": ("or",), "TIBETAN": ("bo",), "THAANA": ("dv",),
        "HEBREW": ("he", "yi"), "ARABIC": ("ar", "fa", "ur", "ps", "ckb", "sd", "ug"), "DEVANAGARI": ("hi", "mr", "ne", "sa"),
        "CYRILLIC": ("bg", "mk", "ru", "uk", "sr", "be", "kk", "ky", "mn", "tg", "tt", "ba", "cv"),
    }
)  # fmt: skip
_LATIN = frozenset(
    {
        "af", "bs", "ca", "cs", "cy", "da", "de", "en", "es", "et", "eu", "fi", "fr", "gl", "hr", "hu", "id", "it", "lt", "lv", "ms", "nl", "no", "pl",
        "pt", "ro", "sk", "sl", "so", "sq", "sr", "sv", "sw", "tl", "tr", "vi", "az", "br", "eo", "fo", "fy", "ga", "gd", "ht", "is", "jv", "ku", "la",
        "lb", "mg", "mi", "mt", "oc", "su", "uz", "yo", "zu",
    }
)  # fmt: skip
_SAME: Mapping[str, str] = MappingProxyType(
    {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "zh-cn": "zh", "zh-tw": "zh", "ckb": "ku"}
)
_UNSPACED = frozenset({"HANGUL", "HIRAGANA", "KATAKANA", "CJK", "THAI"})
_WORD = re.compile(r"[^\W\d_]+(?:[\u0900-\u0dff\u0300-\u036f]+[^\W\d_]*)*")
_NO_LANGUAGE = frozenset({"", "und", "mul", "zxx", "mis"})
_DECLARED = re.compile(r"([a-zA-Z]{2,3})(?:[-_]|$)")
_CHINESE = ((("tw", "hk", "mo", "hant"), "Hant"), (("cn", "sg", "hans"), "Hans"))
# characters that only one of the two ways of writing Chinese has, among the most frequent
_TRADITIONAL = frozenset(
    "這個們來時說國會對學發經過還後為於與從開關長門問間見現實體點樣種機電車東買賣讀書寫話語請讓認識誰記計設訪許論證議灣颱風氣眾兩臺區醒雲廣業產務員隊錢銀價"
)
_SIMPLIFIED = (
    frozenset(
        "这个们来时说国会对学发经过还后为于与从开关长门问间见现实体点样种机电车东买卖读书写话语请让认识谁记计设访许论证议湾风气众两区云广业产务员队钱银价"
    )
    - _TRADITIONAL
)


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


class _Relative(Struct, frozen=True):
    """A language with close relatives: whose profiles stand for its own where it has none, and its telling words."""

    like: tuple[str, ...]
    words: frozenset[str]
    letters: frozenset[str]

    def signs(self, sample: str) -> int:
        """How many words and letters of the sample tell the language, up to some."""
        told = sum(word in self.words for word in sample.split())
        return min(_MOST_SIGNS, told + sum(letter in sample for letter in self.letters))


def detect(text: str, declared: str | None = None) -> LanguageGuess:
    """The language of ``text``; ``declared`` (``lang``, ``og:locale`` ...) counts a little, and where the text is too
    short, alone. Same text, same answer, in every process and whatever was asked before.
    """
    said = _primary(declared)
    words = _sample(text)
    script = _script(words)
    letters = sum(map(len, words))
    if letters < (MIN_LETTERS_UNSPACED if script in _UNSPACED else MIN_LETTERS):
        return LanguageGuess(said, None, "declared") if said else LanguageGuess("und", None, None)
    found, score = _weighed(words, script, said)
    if script not in _UNSPACED:
        score = min(score, 0.5 + 0.4 * letters / _SURE_LETTERS, _MOST_FOR_NAMES if _are_names(words) else 1.0)
    if score < MIN_SCORE:
        return LanguageGuess(said, None, "declared") if said else LanguageGuess("und", None, None)
    source: Literal["both", "text"] = "both" if found == said else "text"
    return LanguageGuess(found, round(score, 4), source, _written(found, words, declared or ""))


def _sample(text: str) -> list[str]:
    """The first words of the text, addresses left out, until there are letters enough."""
    plain = " ".join(token for token in text[:_READ_CHARS].split() if not _is_address(token))
    words: list[str] = []
    letters = 0
    for word in _WORD.finditer(plain):
        words.append(word.group())
        letters += len(word.group())
        if letters >= _SAMPLE_CHARS:
            break
    return words


def _is_address(token: str) -> bool:
    return "://" in token or "@" in token or token.startswith("www.") or ("/" in token and "." in token)


def _are_names(words: Sequence[str]) -> bool:
    """Whether nearly all words have a capital: names are at home in no language."""
    return sum(word[:1].isupper() for word in words) >= _NAMES_SHARE * len(words)


def _primary(declared: str | None) -> str | None:
    match = _DECLARED.match((declared or "").strip())
    code = match.group(1).lower() if match else ""
    return None if code in _NO_LANGUAGE else _SAME.get(code, code)


def _script(words: Sequence[str]) -> str:
    """The script most letters are in; kana before Han, since only Japanese mixes the two."""
    counts: dict[str, int] = {}
    for char, count in Counter("".join(words)[:_SAMPLE_CHARS]).items():
        name = "LATIN" if char.isascii() else unicodedata.name(char, "?").split(" ", 1)[0].split("-")[0]
        counts[name] = counts.get(name, 0) + count
    kana = counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0)
    if kana * 10 > counts.get("CJK", 0) > 0 or kana > sum(counts.values()) / 2:
        return "HIRAGANA"
    return max(counts, key=lambda name: counts[name], default="LATIN")


def _weighed(words: Sequence[str], script: str, said: str | None) -> tuple[str, float]:
    """The likeliest language of the script, and how likely it is. The beginning is enough where it leaves no doubt."""
    asked = (
        _LATIN
        if script == "LATIN"
        else frozenset(_SAME.get(code, code) for code in _BY_SCRIPT.get(script, ()))
    )
    if len(asked) < 2:
        return next(((code, _SURE) for code in asked), ("und", 0.0))
    whole = " ".join(words)
    begun = _likeliest(whole[:_ENOUGH_CHARS], asked, said)
    if begun[1] >= _SURE or len(whole) <= _ENOUGH_CHARS:
        return begun
    return _likeliest(whole[:_SAMPLE_CHARS], asked, said)


def _likeliest(sample: str, asked: Set[str], said: str | None) -> tuple[str, float]:
    fitting, grams = fits(sample)
    chances = _by_language(shares(sample))
    known = _by_language(fitting, max)
    best = max((known.get(code, -math.inf) for code in asked), default=0.0)
    lowered = sample.lower()
    odds: dict[str, float] = {}
    for code in sorted(asked):  # sums in one order give the same last digit everywhere
        relative = _relatives().get(code)
        fit = known.get(code)
        if fit is None:
            near = [
                known[one] for one in (relative.like if relative else ()) if one in known and one in asked
            ]
            fit = max(near, default=best)
        odds[code] = (
            (fit - best) / (SLACK + SLACK_A_GRAM * grams)
            + BY_FAST_TEXT * math.log(max(chances.get(code, 0.0), _LEAST_CHANCE))
            + (BY_SIGN * relative.signs(lowered) if relative else 0.0)
            + (BY_DECLARATION if code == said else 0.0)
            + (FOREIGN if code not in known and relative is None else 0.0)
        )
    most = max(odds.values())
    foreign = max(
        (code for code in sorted(chances) if code not in known), key=chances.__getitem__, default=""
    )
    powers = {code: math.exp(value - most) for code, value in odds.items()}
    found = max(sorted(powers), key=powers.__getitem__)
    share = powers[found] / sum(powers.values())
    is_doubted = (
        foreign not in ("", found) and foreign not in _relatives() and chances[foreign] >= _FOREIGN_CHANCE
    )
    return found, min(share, _MOST_FOR_RELATIVES) if is_doubted else share


def _by_language(told: Mapping[str, float], join: object = None) -> dict[str, float]:
    """The same by the codes used here; where two become one, their sum or, with ``max``, the larger."""
    found: dict[str, float] = {}
    for code, value in told.items():
        name = _SAME.get(code, code)
        if code == "sh":  # what fastText calls Serbo-Croatian is one of three
            for one in ("bs", "hr", "sr"):
                found[one] = found.get(one, 0.0) + value / 3
            continue
        found[name] = max(found.get(name, -math.inf), value) if join is max else found.get(name, 0.0) + value
    return found


def _written(language: str, words: Iterable[str], declared: str) -> str | None:
    """The script of a language that is written in two: ISO 15924; what is declared where the text does not tell, else None."""
    letters = Counter("".join(words))
    if language == "zh":
        traditional = sum(letters[char] for char in _TRADITIONAL)
        simplified = sum(letters[char] for char in _SIMPLIFIED)
        if traditional != simplified:
            return "Hant" if traditional > simplified else "Hans"
        return next((script for regions, script in _CHINESE if declared.lower().endswith(regions)), None)
    if language == "sr":
        cyrillic = sum(count for char, count in letters.items() if "\u0400" <= char <= "\u04ff")
        return "Cyrl" if 2 * cyrillic > letters.total() else "Latn"
    return None


@cache
def _relatives() -> Mapping[str, _Relative]:
    """The languages of ``language_pairs.toml``. Raises BadData where the file is wrong."""
    file = Path(__file__).with_name("language_pairs.toml")
    found = {}
    for code, entry in tomli.loads(file.read_text("utf-8")).items():
        if set(entry) - {"like", "words", "letters"} or "words" not in entry:
            raise BadData(
                f"{file.name}: {code}: expected words, perhaps letters and, where there is no profile, like"
            )
        found[code] = _Relative(
            tuple(entry.get("like", ())), frozenset(entry["words"]), frozenset(entry.get("letters", ""))
        )
    return found
