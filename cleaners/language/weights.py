"""Which of several languages a text is in, and how likely: the two voices, the signs of relatives and the
page, weighed once.

How they are weighed was fitted to half of the texts in ``benchmarks/languages``, cut at 20, 60, 200 and 1,000
characters, and rounded with all of them in view (decision 5).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from copydesk.cleaners.language import byte_model as model
from copydesk.cleaners.language import profiles
from copydesk.cleaners.language.byte_model import likelihoods
from copydesk.cleaners.language.codes import canonical
from copydesk.cleaners.language.profiles import Fits, fits
from copydesk.cleaners.language.relatives import relatives, rivals_of

BY_MODEL = 1.5
"""How much py3langid's log-likelihoods count."""
BY_PROFILES, SLACK, SLACK_A_GRAM = 0.3, 2.25, 0.04
"""How much those of langdetect's profiles count, and by what they are divided first; more for each n-gram,
since neighbours say the same.
"""
WITHOUT_PROFILE = -1.0
"""What stands for the fit, less that of the best, of languages langdetect has no profile of."""
BY_SIGN, BY_DECLARATION = 1.5, 1.5
"""Log-odds for each word or letter that tells a language from its relatives, and for what the page declares."""
UNHEARD = -3.0
"""Log-odds of languages that are measured by a relative alone: two signs more than it must speak for them."""
STRANGE, STRANGE_OF_FEW, STRANGE_SCORE = 0.9, 6.0, 0.25
"""How much less than usual an n-gram gains in a text that is not in the language found; the second, by the
square root of their number, since few may fit badly by chance; and how likely that language then is.
"""


def likeliest(text: str, among: tuple[str, ...], *, declared: str | None) -> tuple[str, float]:
    """The likeliest of the languages ``among`` by py3langid's model and what the page declares, and its
    likelihood, 0 to 1.
    """
    return _best(_odds(text, among, declared), among)


def weigh(text: str, among: tuple[str, ...], *, declared: str | None) -> tuple[str, float]:
    """The same by both voices and by the signs of relatives."""
    fitting = fits(text)
    fit, has_profile = _best_of(fitting.values, _places(among, profiles.columns())), _has_profile(among)
    slack = SLACK + SLACK_A_GRAM * fitting.grams
    odds = _odds(text, among, declared)
    odds += BY_PROFILES * np.where(has_profile, (fit - fitting.values.max()) / slack, WITHOUT_PROFILE)
    odds += BY_SIGN * _signs(among, among[int(odds.argmax())], text.lower())
    found, score = _best(odds, among)
    is_strange = found in _with_profile() and _is_strange(fitting, float(fit[among.index(found)]))
    return found, min(score, STRANGE_SCORE) if is_strange else score


def _odds(text: str, among: tuple[str, ...], declared: str | None) -> NDArray[np.float64]:
    """Log-odds by the model and what is declared."""
    odds = BY_MODEL * _best_of(likelihoods(text), _places(among, model.columns()))
    odds += _unheard(among)
    if declared in among:
        odds[among.index(declared)] += BY_DECLARATION
    return odds


@cache
def _unheard(among: tuple[str, ...]) -> NDArray[np.float64]:
    """What languages the model does not know itself lose, as they share the likelihood of a relative."""
    known = set(map(canonical, model.columns()))
    return np.array([0.0 if code in known else UNHEARD for code in among])


def _best(odds: NDArray[np.float64], among: tuple[str, ...]) -> tuple[str, float]:
    best = int(odds.argmax())
    return among[best], 1.0 / float(np.exp(odds - odds[best]).sum())


def _best_of(values: NDArray[np.float64], places: NDArray[np.intp]) -> NDArray[np.float64]:
    best: NDArray[np.float64] = values[places].max(axis=0)
    return best


@cache
def _places(among: tuple[str, ...], columns: tuple[str, ...]) -> NDArray[np.intp]:
    """For each language its columns in a table, two rows of them; where the table lacks it, those of the
    relatives it is measured by, and where it has none, the first.
    """
    held: dict[str, list[int]] = {}
    for place, code in enumerate(columns):
        held.setdefault(canonical(code), []).append(place)
    found = []
    for code in among:
        near = held.get(code) or [place for one in _like(code) for place in held.get(one, ())]
        first, *more = near or [0]
        found.append((first, more[0] if more else first))
    return np.array(found, np.intp).T


@cache
def _has_profile(among: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether langdetect has a profile of each language, or of a relative it is measured by."""
    return np.array([not _with_profile().isdisjoint((code, *_like(code))) for code in among])


@cache
def _with_profile() -> frozenset[str]:
    return frozenset(map(canonical, profiles.columns()))


def _like(code: str) -> tuple[str, ...]:
    return relatives()[code].like if code in relatives() else ()


def _is_strange(fitting: Fits, fit: float) -> bool:
    few = STRANGE_OF_FEW * math.sqrt(fitting.grams)
    return fitting.usual - fit > STRANGE * fitting.grams + few


def _signs(among: tuple[str, ...], likeliest: str, lowered: str) -> NDArray[np.float64]:
    """How many signs speak for the likeliest language and for those it is told apart from; others' signs mean
    nothing here.
    """
    found = np.zeros(len(among))
    for code in rivals_of(likeliest):
        if code in among and code in relatives():
            found[among.index(code)] = relatives()[code].signs(lowered)
    return found
