"""Dates as people write them, to RFC 3339 (a time of day only where its offset from UTC is known)."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice

from copydesk.cleaners.dates.calendar_names import SOLAR_YEARS, from_solar, months, solar_months, weekdays
from copydesk.cleaners.dates.timestamps import (
    DATE_FIELDS,
    UNBOUNDED,
    Clock,
    DateBounds,
    DateField,
    clock_in,
    read_timestamp,
    written,
    zone_of,
)
from copydesk.cleaners.lexicon.byline_words import WORDS, is_modified_note, is_other_date_note
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Candidate

# set by hand: a date is in a short line; more would search whole paragraphs for one
_MAX_TEXT = 400
# set by hand: a time with all that may stand around it
_MAX_CLOCK = 40
_DIRECTIONS = dict.fromkeys((0x200E, 0x200F, 0x61C), " ")
# the year before each Japanese era began, and the Republic of China: 令和7年 is 2018 + 7
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "中華民國": 1911, "民國": 1911}
_TIME = lazy_pattern(
    # `, um 10:05`, ` at 10.05`, ` 10h05`, ` 10時05分`: up to two words between the date and its time
    # and no second date: the year of "Updated: 2026-03-15" is no 20:26
    r"[^\d\w]{0,4}(?:[^\W\d]{1,9}[^\d\w]{1,3}){0,2}(?!\d{4}\s?[-/.]\s?\d)(\d{1,2})(?:[:.時时시点點]| ?h ?)?\s?(\d{2})?(?::(\d{2}))?"
    # Uhr, hrs; a.m., PM; (UTC+2), +02:00; last a zone's name: CET, MESZ
    r"([分분]?\s*(?:Uhr\b|hrs?\b)?)\s*(?:(([ap])\.?m\.?)(?!\w))?\s*\(?(Z\b|UTC|GMT)?([+-]\d{1,2}(?::?\d{2})?)?\s*([^\W\d_]{2,4})?\b",
    re.IGNORECASE,
)

# 2026-11-20, 2026. 11. 20 (Korean); what has digits or signs before it is a longer number
_YEAR_FIRST = lazy_pattern(r"(?<![\d.,/-])(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
# 20.11.2026, 11/20/2026; years of the Buddhist era begin with 25
_NUMERIC = lazy_pattern(
    r"(?<![\d.,/-])(?P<first>\d{1,2})\s?(?P<sign>[-/.])\s?(?P<second>\d{1,2})\s?(?P=sign)\s?(?P<last>(?:19|20|25)\d{2})(?!\d)"
)
# 20.11.26, 20/11/26: behind a word for "on" or a day of the week; alone or behind a sign with both digits of day and
# month; 2.11.26, which may be a version, only at the end of a line, and not in languages written both ways
_SHORT = lazy_pattern(
    rf"(?:(?<![^\W\d_])(?:{'|'.join(WORDS.before_dates)})\s(?=\d)"
    r"|(?<![^\W\d_])(?P<word>[^\W\d_]{2,12})[.,]{0,2}\s(?=\d)(?!(?<=,\s)\d{1,2}\.\s?\d{1,2}\.\d\d$)"
    r"|(?:^|[,;:(|·–—]\s?)(?=\d\d[./]\s?\d\d[./]|(?P<may_be_version>\d{1,2}\.\s?\d{1,2}\.\d\d$)))"
    r"(?P<first>\d{1,2})(?P<sign>[./])\s?(?P<second>\d{1,2})(?P=sign)\s?(?P<last>\d\d)(?![\d.:]\d|\d|/)",
    re.IGNORECASE,
)
_LAST_WORD = lazy_pattern(r"([^\W\d_]{2,12})[.,]{0,2}\s{0,2}$")
_SURNAMES = frozenset({"domingo"})  # that days of the week are, in languages without a file
_MAX_WEEKDAY = 16  # characters of a day of the week with its signs
_MONTH_FIRST = frozenset({"us", "ph"})
_DAY_FIRST = frozenset({"gb", "au", "nz", "ie", "in", "za"})
_BOTH_ORDERS = frozenset({"", "und", "en"})  # languages that are written both ways
_YEAR_FIRST_IN = frozenset({"ko", "ja", "zh", "hu"})
_MDY, _DMY = "-x-mdy", "-x-dmy"  # private subtags of BCP 47
_LAST_SHORT_YEAR = 69  # as POSIX has it: 69 to 99 are of the last century
# 2026年11月20日, 令和8年11月20日, 令和元年 (the first of an era), 2026년 11월 20일
_CJK = lazy_pattern(
    rf"(?:(\d{{4}})|({'|'.join(_ERAS)})\s?(\d{{1,3}}|元))\s?[年년]"
    r"\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日号號일]?"
)
# 20, 20th, 8:e, 1er, 1º, 20.
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|:[ae]\b|an?\b|º|ª|°|\.)?"
# 20 de noviembre de 2026, 20-Nov-2026, 1 d’octubre, 20th of November, Nov. 20
_GLUE = r"[\s,،.॰׳\-/]{0,3}(?:\b(?:de|del|of|d[’']|ta[’']|den|di|do|da|the|năm|[คพ]\.ศ\.)(?:\b|(?<=[’'.]))[\s.]{0,2})?[\s’']{0,2}"
# no other centuries: four digits behind a month may be a time or a number of pages
_YEAR = r"((?:19|20|25)\d{2})(?!\d)"
_HAS_YEAR = lazy_pattern(_YEAR)
_SOLAR_YEAR = r"(1[34]\d{2})(?!\d)"
_GROUPS = ((1, 2, 3), (2, 1, 3), (3, 2, 1), (2, 3, 1))  # day, month and year in each pattern of ``_orders``
_YEAR_GLUE = r"(?:\(?e\)?ko)?[\s,.\-/]{1,3}(?:\w{1,5}[.,]{0,2}\s)?"


def read_date(value: str, *, language: str = "und") -> str | None:
    """The date a machine-readable value represents (ISO 8601 and kin, epoch, mail, or as a reader would write it).

    RFC 3339, or the date alone where no offset is known; None where it is no date, or a placeholder.
    """
    value = value.strip()[:_MAX_TEXT]
    if not value:
        return None
    return read_timestamp(value) or parse_date(value, language=language)


def parse_date(text: str, *, language: str = "und") -> str | None:
    """The first full date in a short text as people write it, e.g. ``13. August 2025`` or ``2025年8月13日 10:05``.

    ``language`` (BCP 47) decides between day and month first and which month names count; English ones
    always do, and all known ones where it is ``und``. ``03/04/2025`` in English without a region gives None.
    """
    found = _first_date(_with_ascii_digits(text[:_MAX_TEXT]), language)
    return found[2] if found else None


def around_dates(text: str, *, language: str = "und") -> tuple[str, ...]:
    """The text before, between and behind the full dates in a line, with their days of the week and times of day; the
    line itself where there are none.
    """
    text, parts = text[:_MAX_TEXT], list[str]()
    digits, at = _with_ascii_digits(text), 0
    while found := _first_date(digits[at:], language):
        start, end, _ = found
        parts.append(_without_weekday(text[at : at + start], primary(language)))
        at += end + _clock_end(digits[at + end : at + end + _MAX_CLOCK])
    return (*parts, text[at:])


def _without_weekday(before: str, code: str) -> str:
    # those of languages with a file are among the words that name nobody; to look up others takes a while
    if not before.strip() or code in languages():
        return before
    words = before.split()
    # "Thứ Tư, 10/4/2024", "วันพฤหัสบดีที่ 8"
    for count in (2, 1):
        name = " ".join(words[-count:]).strip(".,").lower().removesuffix("ที่")
        if name in weekdays(code) and name not in _SURNAMES:
            return "".join(f"{word} " for word in words[:-count])
    return before


def clock_beside(value: str, *, language: str = "und") -> str:
    """The time of day given with the date of a value as ``read_date`` reads it, without a zone; as it is
    written, empty where there is none.
    """
    value = _with_ascii_digits(value.strip()[:_MAX_TEXT])
    if read_timestamp(value):
        return clock_in(value)
    found = _first_date(value, language)
    return _clock_without_zone(value[found[1] :]) if found else ""


ShownDates = Mapping[DateField, Sequence[Candidate]]
"""What is shown of each field: the first date that can be, and before it those that cannot, as they are written."""


def dates_of_note(
    text: str, *, origin: str = "", language: str = "und", bounds: DateBounds = UNBOUNDED
) -> ShownDates:
    """The dates in a line such as "14 May 2026 (updated 15 May 2026)".

    A date is of change where the words between it and the date before say so, and of neither where they speak of
    something else ("Member since"). One beyond ``bounds`` is passed over; beside a possible one it is the date of
    something announced.
    """
    text = text[:_MAX_TEXT]
    digits, at = _with_ascii_digits(text), 0
    possible: dict[DateField, list[Candidate]] = {field: [] for field in DATE_FIELDS}
    impossible: dict[DateField, list[Candidate]] = {field: [] for field in DATE_FIELDS}
    while found := _first_date(digits[at:], language):
        start, end, date = found
        # only the words since the date before: "updated" refers to the date behind it
        before = digits[at : at + start]
        field: DateField = "date_modified" if is_modified_note(before) else "date_published"
        # as the page writes it: in our digits nobody would find it there again
        as_written = " ".join(text[at + start : at + end].split())
        if is_other_date_note(before):
            pass  # "Joined 14 May 2026"
        elif bounds.admits(date):
            clock = _clock_without_zone(digits[at + end :])
            possible[field].append(Candidate(date, origin, clock, as_written))
        else:
            impossible[field].append(Candidate("", origin, written=as_written))
        at += end
    return {field: possible[field][:1] or impossible[field] for field in DATE_FIELDS}


def _first_date(text: str, language: str) -> tuple[int, int, str] | None:
    """(start, end, date) of the first full date."""
    best: tuple[int, int, str] | None = None
    for at, end, year, month, day in _full_dates(text, language):
        # each way of writing gives its first hit; the one farthest left is the date of the line
        if best is None or at < best[0]:
            clock = _read_clock(text[end : end + _MAX_CLOCK])
            if moment := written(year, month, day, clock):
                best = (at, end, moment)
    return best


def _full_dates(text: str, language: str) -> list[tuple[int, int, int, int, int]]:
    """(start, end, year, month, day) of each way to read the text; at most one a way."""
    found: list[tuple[int, int, int, int, int]] = []
    if cjk := _CJK.search(text):
        year, era, era_year, month, day = cjk.groups()
        number = int(year) if year else _ERAS[era] + (1 if era_year == "元" else int(era_year))
        found.append((*cjk.span(), number, int(month), int(day)))
    if first := _YEAR_FIRST.search(text):
        parts = int(first[1]), int(first[3]), int(first[4])
        is_solar = parts[0] in SOLAR_YEARS and bool(solar_months(primary(language)))
        if (moment := from_solar(*parts) if is_solar else parts) is not None:
            found.append((*first.span(), *moment))
    if (numeric := _NUMERIC.search(text)) and (day := _numeric_date(numeric, language)):
        found.append(day)
    if named := _named_date(text, language):
        found.append(named)
    shorts = (_numeric_date(one, language) for one in _SHORT.finditer(text)) if not found else ()
    return [*found, *islice(filter(None, shorts), 1)]


def _numeric_date(date: re.Match[str], language: str) -> tuple[int, int, int, int, int] | None:
    """(start, end, year, month, day) of a date in numbers; None where nobody can say which of them is the day."""
    first, second, last = (int(date[name]) for name in ("first", "second", "last"))
    start = date.start("first")
    word = _LAST_WORD.search(date.string[max(0, start - _MAX_WEEKDAY) : start])
    # few dates have one, and the names of most languages have to be looked up
    weekday = {**weekdays("en"), **weekdays(primary(language))}.get(word[1].lower()) if word else None
    is_short = len(date["last"]) == 2
    if is_short and date["word"] and weekday is None:
        return None
    if is_short and date["may_be_version"] is not None and primary(language) in _BOTH_ORDERS:
        return None
    if is_short and primary(language) in _YEAR_FIRST_IN:
        return start, date.end(), _whole_year(first), second, last
    year = _whole_year(last) if is_short else last
    day = _on_weekday(first, second, year, weekday) or _day_and_month(
        first, second, is_dotted=date["sign"] == ".", language=language
    )
    return (start, date.end(), year, day[1], day[0]) if day else None


def _whole_year(year: int) -> int:
    return year + (1900 if year >= _LAST_SHORT_YEAR else 2000)


def _on_weekday(first: int, second: int, year: int, weekday: int | None) -> tuple[int, int] | None:
    """Day and month in the one order in which they fall on a day of the week; None where neither or both do."""
    orders = {(first, second), (second, first)}
    fitting = [
        (day, month)
        for day, month in orders
        if 0 < min(day, month) <= max(day, month) <= 12 and calendar.weekday(year, month, day) == weekday
    ]
    return fitting[0] if len(fitting) == 1 else None


def _day_and_month(first: int, second: int, *, is_dotted: bool, language: str) -> tuple[int, int] | None:
    """Which of the first two numbers of a date is the day; None where nobody can say."""
    # with dots hardly anybody writes the month first; and above 12 only one can be the day
    if is_dotted or first > 12 or first == second:
        return first, second
    if second > 12:
        return second, first
    primary, _, region = language.lower().replace("_", "-").partition("-")
    if language.endswith(_MDY) or (primary in _BOTH_ORDERS and region in _MONTH_FIRST):
        return second, first
    is_day_first = language.endswith(_DMY) or primary not in _BOTH_ORDERS or region in _DAY_FIRST
    return (first, second) if is_day_first else None


def with_order(language: str, texts: Iterable[str]) -> str:
    """``language`` (BCP 47) with a private subtag for the order of numeric dates, where one of a page's own dates shows
    it, as ``04/17/2025`` does, and none another.
    """
    orders = set[str]()
    for text in texts:
        found = _NUMERIC.search(text)
        if found and found["sign"] != ".":
            first, second = int(found["first"]), int(found["second"])
            orders |= {_DMY} if first > 12 >= second else {_MDY} if second > 12 >= first else set()
    return language + orders.pop() if len(orders) == 1 else language


def _named_date(text: str, language: str) -> tuple[int, int, int, int, int] | None:
    lowered = text.lower()
    # İ becomes two characters in lower case: places found there would not hold
    if len(lowered) != len(text):
        return None
    found = _first_named(lowered, *_month_patterns(primary(language))) if _HAS_YEAR.search(text) else None
    solar = solar_months(primary(language))
    if found is None and solar and (named := _first_named(lowered, *_solar_patterns(primary(language)))):
        day = from_solar(*named[2:])
        found = (*named[:2], *day) if day else None
    return found


def _first_named(
    lowered: str, names: Mapping[str, int], patterns: Sequence[re.Pattern[str]]
) -> tuple[int, int, int, int, int] | None:
    best: tuple[int, int, int, int, int] | None = None
    for pattern, (day, month, year) in zip(patterns, _GROUPS, strict=True):
        found = pattern.search(lowered)
        if found and (best is None or found.start() < best[0]):
            best = (*found.span(), int(found[year]), names[found[month]], int(found[day]))
    return best


def is_date_word(word: str, *, language: str = "und") -> bool:
    """Whether a word is the name of a month in ``language`` or English."""
    names, _ = _month_patterns(primary(language))
    return word.lower() in names


@cache
def _month_patterns(primary: str) -> tuple[dict[str, int], tuple[re.Pattern[str], ...]]:
    """Month names of a language and English (all with a file where unknown), and the orders they stand in."""
    names = {**months("en"), **months(primary)}
    if names == months("en") != months(primary):
        for code in languages():
            names = {**months(code), **names}
    return names, _orders(names, _YEAR)


@cache
def _solar_patterns(primary: str) -> tuple[dict[str, int], tuple[re.Pattern[str], ...]]:
    return solar_months(primary), _orders(solar_months(primary), _SOLAR_YEAR)


def _orders(names: Mapping[str, int], year: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of the three orders in which day, month and year stand: as ``_GROUPS`` says."""
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)"
    month = rf"(?<![^\W\d_])({listed})(?![^\W_])"
    return (
        # 20 November 2026
        re.compile(rf"(?<!\d){_DAY}{_GLUE}{month}{_GLUE}{year}"),
        # November 20, 2026
        re.compile(rf"{month}{_GLUE}{_DAY}[\s,]{{1,3}}{year}"),
        # 2026. november 20 (Hungarian), 2026 m. lapkričio 20 (Lithuanian), 2026(e)ko azaroaren 20 (Basque)
        re.compile(rf"(?<!\d){year}{_YEAR_GLUE}{month}[\s.\-]{{1,3}}{_DAY}(?!\d)"),
        # 2026. gada 20. novembris (Latvian)
        re.compile(rf"(?<!\d){year}{_YEAR_GLUE}{_DAY}{_GLUE}{month}"),
    )


def _read_clock(rest: str) -> Clock | None:
    """A time of day right after a date, if its zone is given too."""
    found = _TIME.match(rest)
    if not found:
        return None
    hour, minute, second, _, _, half, base, offset, zone_name = found.groups()
    # a lone number is no time: "20 November 2026, 3 comments"
    if minute is None and not half:
        return None
    zone = zone_of(offset or base or zone_name)
    hours = int(hour)
    if half and hours <= 12:
        # 12 a.m. is midnight, 12 p.m. is noon
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    return Clock(hours, int(minute or 0), int(second or 0), zone)


def _clock_end(rest: str) -> int:
    """Where a time of day right after a date ends, with its zone; 0 where there is none."""
    found = _TIME.match(rest)
    # "4 March 2026 Anna 10:22": a name stands between
    if found is None or _read_clock(rest) is None or rest[: found.start(1)] != rest[: found.start(1)].lower():
        return 0
    zones = (number for number in (7, 8, 9) if zone_of(found[number]))
    return max(found.end(number) for number in (1, 2, 3, 4, 5, *zones))


def _clock_without_zone(rest: str) -> str:
    """A time of day right after a date, as it is written, where its zone is not given."""
    clock, found = _read_clock(rest[:_MAX_CLOCK]), _TIME.match(rest[:_MAX_CLOCK])
    if clock is None or clock.zone is not None or not clock.is_one or found is None:
        return ""
    # hour, minute, second and "p.m.": as far as there are any
    return rest[found.start(1) : max(map(found.end, (1, 2, 3, 5)))]


def _with_ascii_digits(text: str) -> str:
    """Digits of every script as 0 to 9, marks of direction as spaces; each stays one character, so that places in the
    text hold.
    """
    if text.isascii():
        return text
    digits = {ord(char): str(unicodedata.digit(char)) for char in {*filter(str.isdigit, text)}}
    return text.translate(_DIRECTIONS | digits)
