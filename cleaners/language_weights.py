"""Which of several languages a text is in, and how likely: the two voices, the signs of relatives and the page, weighed once.

How they are weighed was fitted to half of the texts in ``benchmarks/languages``, cut at 20, 60, 200 and 1,000 characters, and
rounded with all of them in view (decision 5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

from cleaners.fast_text import is_known, shares
from cleaners.language_codes import canonical, meant_by
from cleaners.language_profiles import Fits, fits
from cleaners.language_relatives import relatives, relatives_of, rivals_of

SLACK, SLACK_A_GRAM = 2.25, 0.04
"""By what the profiles' log-likelihoods are divided, and a little more for each n-gram, since neighbours say the same."""
BY_FAST_TEXT, BY_FAST_TEXT_ALONE = 0.55, 1.1
"""How much fastText's log-likelihoods count; more for languages langdetect has no profile of."""
BY_SIGN, BY_DECLARATION = 1.5, 1.5
"""Log-odds for each word or letter that tells a language from its relatives, and for what the page declares."""
SHORTFALL, SHORTFALL_OF_FEW = 0.35, 6.0
"""How much less than usual an n-gram must gain in the profile that fits best before a language without profile is likelier; the
second, by the square root of their number, since few n-grams may fit badly by chance.
"""
UNHEARD = 0.05
"""What stands for fastText's likelihood of languages it does not know either: those are told by their signs."""
STRANGE, STRANGE_CHANCE, STRANGE_SCORE = 0.9, 0.3, 0.25
"""From which shortfall, and below which of fastText's likelihoods, a text without signs is in no language known; and its score."""
DOUBTED = 0.6
"""fastText's likelihood of a language without profile from which another one is no surer than this."""
_LEAST_CHANCE = 1e-4


def chances_of(text: str) -> Mapping[str, float]:
    """How likely each language is by fastText alone, by the codes used here."""
    found: dict[str, float] = {}
    for code, share in shares(text).items():
        meant = meant_by(code)
        for one in meant:
            found[one] = found.get(one, 0.0) + share / len(meant)
    return found


@cache
def has_unheard_relative(code: str) -> bool:
    """Whether fastText, which knows the language, does not know a relative that looks like it."""
    return not all(map(is_known, relatives_of(code)))


def with_declared(code: str, chance: float, declared: str | None) -> tuple[str, float]:
    """What fastText tells, by the code used here, and how likely it is with what the page declares."""
    found = canonical(code)
    if found != declared:
        return found, chance
    agreed = chance * math.exp(BY_DECLARATION)
    return found, agreed / (agreed + 1.0 - chance)


def weigh(text: str, among: Sequence[str], *, declared: str | None) -> tuple[str, float]:
    """The likeliest of the languages ``among`` and its likelihood, 0 to 1."""
    chances = chances_of(text)
    fitting = fits(text)
    fit_of = _by_language(fitting)
    odds = {  # sums in one order give the same last digit everywhere
        code: _evidence(code, fit_of, fitting, chances) + (BY_DECLARATION if code == declared else 0.0)
        for code in among
    }
    signs = _signs(odds, text.lower())
    odds = {code: value + BY_SIGN * signs.get(code, 0) for code, value in odds.items()}
    most = max(odds.values())
    powers = {code: math.exp(value - most) for code, value in odds.items()}
    found = max(powers, key=powers.__getitem__)
    if not signs.get(found) and _is_strange(fitting, chances):
        return found, STRANGE_SCORE
    is_doubted = any(
        share >= DOUBTED and _is_foreign(code, fit_of) for code, share in chances.items() if code != found
    )
    return found, min(powers[found] / sum(powers.values()), DOUBTED if is_doubted else 1.0)


def _is_foreign(code: str, fit_of: Mapping[str, float]) -> bool:
    """Whether langdetect has a profile neither of the language nor of a near relative."""
    return code not in fit_of and (code not in relatives() or not relatives()[code].like)


def _is_strange(fitting: Fits, chances: Mapping[str, float]) -> bool:
    """Whether a text fits no profile and fastText knows nothing like it."""
    best = max(fitting.by_language.values())
    is_heard = max(chances.values(), default=0.0) >= STRANGE_CHANCE
    return not is_heard and fitting.usual - best > STRANGE * fitting.grams


def _evidence(code: str, fit_of: Mapping[str, float], fitting: Fits, chances: Mapping[str, float]) -> float:
    """Log-odds of a language by the two voices.

    One without profile fits as well as its nearest relative or, where it has none, as texts usually fit their language but for some.
    """
    slack = SLACK + SLACK_A_GRAM * fitting.grams
    chance = max(chances.get(code, 0.0 if is_known(code) else UNHEARD), _LEAST_CHANCE)
    like = (code,) if code in fit_of else relatives()[code].like if code in relatives() else ()
    if like:
        return max(fit_of[one] for one in like) / slack + BY_FAST_TEXT * math.log(chance)
    short = SHORTFALL * fitting.grams + SHORTFALL_OF_FEW * math.sqrt(fitting.grams)
    return (fitting.usual - short) / slack + BY_FAST_TEXT_ALONE * math.log(chance)


def _by_language(fitting: Fits) -> dict[str, float]:
    """The fits by the codes used here; where two profiles are of one language, the better."""
    found: dict[str, float] = {}
    for code, value in fitting.by_language.items():
        name = canonical(code)
        found[name] = max(found.get(name, -math.inf), value)
    return found


def _signs(odds: Mapping[str, float], lowered: str) -> Mapping[str, int]:
    """How many signs speak for the likeliest language and for those it is told apart from; others' signs mean nothing here."""
    rivals = rivals_of(max(odds, key=odds.__getitem__))
    return {code: one.signs(lowered) for code, one in relatives().items() if code in rivals and code in odds}
