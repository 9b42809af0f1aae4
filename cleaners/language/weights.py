"""Which of several languages a text is in, and how likely: py3langid's model, the words and letters that
distinguish close relatives, and what the page declares, weighed once.

The weights were fitted to half of the texts in ``benchmarks/languages``, cut at 20, 60, 200 and 1,000 characters, and
rounded with all of them in view (decisions 5 and 23).
"""

from __future__ import annotations

import lzma
import math
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import tomli
from msgspec import Struct
from numpy.typing import NDArray

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.language.codes import canonical

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

BY_MODEL = 1.6
"""How much py3langid's log-likelihoods count."""
BY_SIGN, BY_DECLARATION = 1.5, 1.5
"""Log-odds for each word or letter that distinguishes a language from its relatives, and for what the page declares."""
NOT_IN_MODEL = -3.0
"""Log-odds of languages that are measured by a relative alone: two signs more than it must speak for them."""
STRANGE, STRANGE_OF_FEW, STRANGE_SCORE = 0.75, 1.2, 0.25
"""How much likelier than most languages of its script the one found is at least, by the letter; less the second by the
root of their number, since few are weak evidence; and how likely it is where it is not. English full of names has
0.73 in 500 letters, random letters have 0.2 to 0.7 in 70.
"""
_MOST = 8  # languages of a script, so that most of them are no relatives of the one found
# set by hand: worth 9 of log-odds (`weights.BY_SIGN`); with more a long text would be decided by signs alone
_MOST_SIGNS = 6


def weigh(text: str, among: tuple[str, ...], *, declared: str | None) -> tuple[str, float]:
    """The likeliest of the languages ``among``, and its likelihood, 0 to 1. Raises BadData where py3langid's model is
    missing or broken.
    """
    found = dict(_model().rank(text))
    # of each language, or of the relatives it is measured by; but for a constant
    likelihoods = np.array([max(map(found.__getitem__, labels)) for labels in _measured(among)])
    # by the square root of the bytes, as py3langid does for probabilities: so short and long texts compare
    odds = BY_MODEL * likelihoods / math.sqrt(len(text.encode("utf-8", "replace")) or 1)
    # the others share the likelihood of a relative
    odds += [0.0 if code in _known() else NOT_IN_MODEL for code in among]
    if declared in among:
        odds[among.index(declared)] += BY_DECLARATION
    odds += BY_SIGN * _signs(among, among[int(odds.argmax())], text.lower())
    best = int(odds.argmax())
    score = 1.0 / float(np.exp(odds - odds[best]).sum())
    return among[best], min(score, STRANGE_SCORE) if _is_strange(likelihoods, len(text)) else score


def _is_strange(likelihoods: NDArray[np.float64], chars: int) -> bool:
    """Whether the likeliest language is hardly likelier than most of its script, as in made-up words."""
    # np.median takes ten times as long for so few
    ordered = np.sort(likelihoods)
    median = (ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2
    above_most = float(ordered[-1] - median)
    return len(ordered) >= _MOST and above_most < STRANGE * chars - STRANGE_OF_FEW * math.sqrt(chars)


@cache
def _model() -> LanguageIdentifier:
    # 0.4 seconds, 75 MB: loaded with the first text that frequent words do not decide
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        return LanguageIdentifier.from_model_file(MODEL_FILE)
    except (OSError, EOFError, KeyError, ValueError, lzma.LZMAError, zipfile.BadZipFile) as error:
        # it is unpacked to a file that has no name
        raise BadData(
            f"py3langid's model: {error}; install py3langid again, or make the folder for temporary files (TMPDIR) "
            "writable"
        ) from error


@cache
def _known() -> Mapping[str, Sequence[str]]:
    """The languages the model knows, each with the labels it has for it."""
    found: dict[str, list[str]] = {}
    for label in _model().labels:
        found.setdefault(canonical(label), []).append(label)
    return found


@cache
def _measured(among: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """For each language the labels it is measured by: its own or, where the model lacks it, those of its relatives."""
    likes = ((code,) if code in _known() else relatives()[code].like for code in among)
    return tuple(tuple(label for one in like for label in _known()[one]) for like in likes)


def _signs(among: tuple[str, ...], likeliest: str, lowered: str) -> NDArray[np.float64]:
    """How many signs speak for the likeliest language and for those it is distinguished from; others' signs mean
    nothing here.
    """
    found = np.zeros(len(among))
    for code in rivals_of(likeliest):
        if code in among and code in relatives():
            found[among.index(code)] = relatives()[code].signs(lowered)
    return found


class Relative(Struct, frozen=True, forbid_unknown_fields=True):
    """A language distinguished by words and letters (in lower case) from close relatives (``against``), or from all
    others where none is named; and what it is measured by where a voice does not know it (``like``).
    """

    words: frozenset[str]
    letters: str = ""
    against: tuple[str, ...] = ()
    like: tuple[str, ...] = ()

    def signs(self, sample: str) -> int:
        """How many words and letters of the sample, in lower case, are of the language; up to some."""
        # a word counts each time it occurs, a letter once: one name with ł would count again and again
        words = sum(map(self.words.__contains__, sample.split()))
        return min(_MOST_SIGNS, words + sum(map(sample.__contains__, self.letters)))


@cache
def relatives() -> Mapping[str, Relative]:
    """The languages of ``pairs.toml``."""
    text = Path(__file__).with_name("pairs.toml").read_text("utf-8")
    return msgspec.convert(tomli.loads(text), dict[str, Relative])


@cache
def relatives_of(code: str) -> frozenset[str]:
    """The language itself and its close relatives."""
    # both ways, since the file may name a pair under one of the two alone
    mine = relatives()[code].against if code in relatives() else ()
    return frozenset((code, *mine, *(name for name, one in relatives().items() if code in one.against)))


@cache
def rivals_of(code: str) -> frozenset[str]:
    """The languages whose signs count where ``code`` is the likeliest: its relatives, and those with signs of their own
    against all others.
    """
    return relatives_of(code) | {name for name, one in relatives().items() if not one.against}
