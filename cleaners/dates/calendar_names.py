"""What months and days of the week are called: in a language's own file, else in the CLDR; and years of the solar
calendar of Iran and Afghanistan.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from copydesk.cleaners.lexicon.byline_words import WORDS
from copydesk.cleaners.lexicon.words import languages, lexicon_without_tables

_MONTHS = range(1, 13)
# 1 Farvardin 1 in the Gregorian calendar
_EPOCH = date(622, 3, 21)
_MONTHS_OF_31 = 6
# the arithmetic leap years of the calendar: eight in each 33 years, right from 1178 to 1633
_CYCLE, _LEAP_YEARS = 33, frozenset({1, 5, 9, 13, 17, 22, 26, 30})
SOLAR_YEARS = range(1300, 1500)
"""Years of the solar calendar that pages are dated with: 1921 to 2120."""


@cache
def months(code: str) -> dict[str, int]:
    """The number of each month by its lower-case names in a language (a primary subtag); empty where none is known."""
    spellings = lexicon_without_tables(code).months if code in languages() else ()
    own = [(name, number) for number, names in enumerate(spellings, start=1) for name in names]
    besides = (entry.split() for entry in WORDS.months_besides.get(code, ()))
    further = [(name.replace("_", " "), int(number)) for number, *names in besides for name in names]
    # "11月" is read with its year and day, which no name could
    named = (*(own or _cldr_months(code)), *further)
    return {name.lower(): number for name, number in named if not name[0].isdigit()}


def _cldr_months(code: str) -> Iterator[tuple[str, int]]:
    for locale in _locales(code):
        for widths in locale.months.values():
            for width in ("wide", "abbreviated"):
                yield from ((name.rstrip("."), number) for number, name in widths.get(width, {}).items())


@cache
def weekdays(code: str) -> dict[str, int]:
    """The number of each day of the week, Monday 0, by its lower-case names in a language."""
    return {
        name.lower().rstrip("."): number
        for locale in _locales(code)
        for widths in locale.days.values()
        for width in ("wide", "abbreviated", "short")
        for number, name in widths.get(width, {}).items()
    }


def _locales(code: str) -> Iterator[Any]:
    # imported where it is used: takes longer than a page, and most pages are in a language with a file
    from babel import Locale, UnknownLocaleError

    # Serbian is written in two scripts
    for tag in (code, f"{code}_Latn") if code.isalpha() else ():
        try:
            yield Locale.parse(tag)
        # a language or a form of it that the CLDR has no file of
        except (UnknownLocaleError, ValueError):
            continue


@lru_cache(maxsize=256)
def solar_months(code: str) -> dict[str, int]:
    """As ``months``, of the solar calendar, in the languages that date with it."""
    numbered = enumerate(WORDS.solar_months_of.get(code, ()), start=1)
    return {name: number for number, names in numbered for name in names.split()}


def from_solar(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    """The Gregorian year, month and day of one of the solar calendar; None where it has no such day."""
    last = 31 if month <= _MONTHS_OF_31 else 30 if month < 12 or year % _CYCLE in _LEAP_YEARS else 29
    if month not in _MONTHS or not 1 <= day <= last or year < 1:
        return None
    before = year - 1
    leaps = before // _CYCLE * len(_LEAP_YEARS) + sum(one <= before % _CYCLE for one in _LEAP_YEARS)
    days = 365 * before + leaps + 31 * min(month - 1, _MONTHS_OF_31) + 30 * max(month - 1 - _MONTHS_OF_31, 0)
    found = _EPOCH + timedelta(days=days + day - 1)
    return found.year, found.month, found.day
