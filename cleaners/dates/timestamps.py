"""Dates as machines write them, to RFC 3339; and which dates a page can have: none later than it was fetched (without
``fetched_at`` nothing is bounded), and no change long before the publication.

A time of day is kept only where its offset from UTC is known: RFC 3339 has no other form, and a guessed
zone is worse than none. So a value is either ``2026-11-20`` or ``2026-11-20T08:30:00+01:00``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final, Literal, NamedTuple, get_args

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Candidate, Metadata

# of the first newspaper in print: archives publish old issues under their dates
_FIRST_YEAR, _LAST_YEAR = 1605, 2100
_EPOCHS = frozenset({
    "1601-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1904-01-01", "1969-12-31",
    "1970-01-01", "2000-01-01",
})  # fmt: skip
"""Where clocks and tables of software begin, which it writes where it knows no date: at midnight, here or in
UTC. At another time of such a day something may have been published.
"""
# the Buddhist era, in which Thai pages count: 2569 is 2026
_THAI_YEARS = 543

_ISO = lazy_pattern(
    # 2026-11-20, 2026/11/20, 2026.11.20, 20261120: the same sign twice, or none
    r"\s*(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?!\d)"
    # T08:30:00.123Z · 08:30 +01:00 · , 08:30 GMT
    r"(?:(?:[T\s]|\s*[,-]\s*)\s*(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)?)?"
    # the zone's name, as Java adds it: [Europe/Berlin] (RFC 9557)
    r"(?:\[[\w/]+\])?\s*",
    re.IGNORECASE,
)
# 20261120083000Z: nothing between day and hour, nor between any other two (the second group)
_COMPACT = lazy_pattern(
    r"\s*(\d{4})()(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?\s*(Z|[+-]\d{2}:?\d{2})?\s*", re.IGNORECASE
)
# 9 or 10 digits: 1973 to 2286; so that no short number is taken for a moment of 1970; three more are milliseconds
_EPOCH = lazy_pattern(r"(\d{9,10})(?:\.\d+|\d{3})?")
# Fri, 20 Nov 2026 08:30:00 +0100 (RFC 5322, 3.3)
_MAIL = lazy_pattern(
    r"(?:[A-Za-z]{3},?\s+)?\d{1,2}[\s-][A-Za-z]{3}[\s-]\d{4}\s+\d{2}:\d{2}(?::\d{2})?\s+(?:[+-]\d{4}|GMT|UTC|Z)"
)
# Fri Nov 20 08:30:00 UTC 2026, as Java prints a Date
_JAVA = lazy_pattern(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (UTC|GMT|[+-]\d{4}) (\d{4})"
)
# /2026/11/20/, 2026-11-20, 20261120; and /2026/1/5/, without zeros only between strokes
_IN_URL = lazy_pattern(
    r"(?<!\d)((?:19|20)\d\d)([/_-]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)|"
    r"(?<!\d)((?:19|20)\d\d)/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?=/|$)|"
    # /29-10-2021, where only one can be the day
    r"(?<![\d-])(1[3-9]|2\d|3[01])-(0[1-9]|1[0-2])-((?:19|20)\d\d)(?![\d-])"
)

# offsets in minutes of the abbreviations that mean one zone only on news pages
ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "mez": 60, "cest": 120, "mesz": 120, "eet": 120,
    "eest": 180, "msk": 180, "мск": 180, "jst": 540, "kst": 540, "est": -300, "edt": -240, "et": None, "pt": None, "ct": None, "ist": None,
    "aest": 600, "aedt": 660, "acst": 570, "awst": 480, "nzst": 720, "nzdt": 780, "sast": 120, "wib": 420,
    "cdt": -300, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480,
}  # fmt: skip
TOLERANCE: Final = timedelta(days=1)
"""How much later a date may be: local times up to 14 hours ahead are written as if they were UTC, dates alone
are those of the writer's calendar, and clocks go wrong. The same between a change and a publication, which
may be given in two zones.
"""
DateField = Literal["date_published", "date_modified"]
DATE_FIELDS: Final[tuple[DateField, ...]] = get_args(DateField)
REJECTED: Final = "rejected_"
"""Prefix of a field's name in ``Metadata`` for its impossible values: candidates as they were
written.
"""
_DATE_CHARS = 10
MAX_REJECTED, _MAX_RAW_CHARS = 5, 120  # of one field


class Clock(NamedTuple):
    """A time of day; without a zone it is not written."""

    hour: int
    minute: int
    second: int
    zone: timezone | None

    @property
    def is_one(self) -> bool:
        """Whether there is such a time of day; 24:00 and a leap second are."""
        is_midnight = (self.hour, self.minute, self.second) == (24, 0, 0)
        return is_midnight or (self.hour < 24 and self.minute < 60 and self.second <= 60)


def read_timestamp(value: str) -> str | None:
    """The date an ISO 8601, epoch or mail value represents; None where it is none of these, or a placeholder."""
    return _read_iso(value) or _read_epoch(value) or _read_mail(value)


def clock_in(value: str) -> str:
    """The time of day of an ISO 8601 value that says no zone, as it is written; empty where there is none."""
    found = _ISO.fullmatch(value)
    if not found or found[5] is None or found[8] is not None:
        return ""
    if not Clock(int(found[5]), int(found[6]), int(found[7] or 0), None).is_one:
        return ""
    return value[found.start(5) : found.end(7 if found[7] else 6)]


def date_in_url(url: str) -> tuple[str, str] | None:
    """The full date in a URL's path (``/2026/11/20/``): as written there, and the date it represents; or None."""
    # not the query, which may say any day: one of a calendar, or today
    path = url.split("://", 1)[-1].split("?", 1)[0].partition("/")[2]
    found = _IN_URL.search(path)
    if not found:
        return None
    groups = (1, 3, 4) if found.group(1) else (5, 6, 7) if found.group(5) else (10, 9, 8)
    year, month, day = found.group(*groups)
    if found.group(1) and not found.group(2) and (found.start() and path[found.start() - 1].isalnum()):
        return None  # eight digits glued to a word are an article number
    date = written(int(year), int(month), int(day))
    return (found.group(), date) if date else None


def _read_iso(value: str) -> str | None:
    found = _ISO.fullmatch(value) or _COMPACT.fullmatch(value)
    if found is None:
        return None
    year, _, month, day, hour, minute, second, zone = found.groups()
    clock = Clock(int(hour), int(minute), int(second or 0), zone_of(zone)) if hour is not None else None
    return written(int(year), int(month), int(day), clock)


def _read_epoch(value: str) -> str | None:
    found = _EPOCH.fullmatch(value)
    return _read_iso(datetime.fromtimestamp(int(found[1]), UTC).isoformat()) if found else None


def _read_mail(value: str) -> str | None:
    if java := _JAVA.fullmatch(value):
        month, day, hour, minute, second, zone, year = java.groups()
        value = f"{day} {month} {year} {hour}:{minute}:{second} {zone}"
    elif not _MAIL.fullmatch(value):
        return None
    from email.utils import parsedate_to_datetime  # few pages write dates so, and it takes 8 ms to import

    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    clock = Clock(moment.hour, moment.minute, moment.second, timezone(moment.utcoffset() or timedelta()))
    return written(moment.year, moment.month, moment.day, clock)


def zone_of(text: str | None) -> timezone | None:
    """The zone of an offset (``+02:00``) or an unambiguous abbreviation (``MESZ``); None where unknown."""
    if not text:
        return None
    if text[0] in "+-":
        digits = text[1:].replace(":", "")
        hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
        # no zone is farther ahead than UTC+14
        if hours > 14 or minutes > 59:
            return None
        total = hours * 60 + minutes
        return timezone(timedelta(minutes=-total if text[0] == "-" else total))
    offset = ZONES.get(text.lower())
    return None if offset is None else timezone(timedelta(minutes=offset))


def written(year: int, month: int, day: int, clock: Clock | None = None) -> str | None:
    """A calendar date, and its time where the zone is known, as RFC 3339; None where there is no such day."""
    # no page is dated so far ahead, so that these can only be of that era
    if 2400 <= year < 2400 + 300:
        year -= _THAI_YEARS
    try:
        moment = date(year, month, day)
    except ValueError:
        return None
    if not _FIRST_YEAR <= year <= _LAST_YEAR or (moment.isoformat() in _EPOCHS and _is_midnight(clock)):
        return None
    # a time without its zone is left out, not guessed: the day is right all the same
    if clock is None or clock.zone is None:
        return moment.isoformat()
    try:
        return datetime.combine(moment, time(*clock[:3], tzinfo=clock.zone)).isoformat()
    except ValueError:
        return moment.isoformat()


def _is_midnight(clock: Clock | None) -> bool:
    """Whether a time is the beginning of a day where it is written or in UTC, or is not given."""
    if clock is None:
        return True
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    offset = clock.zone.utcoffset(None) if clock.zone else timedelta()
    return seconds == 0 or (seconds - offset.total_seconds()) % 86_400 == 0


class DateBounds(Struct, frozen=True):
    """What dates are held against: the moment after which a page's dates cannot lie, or None where it is unknown."""

    latest: datetime | None = None

    def admits(self, written: str) -> bool:
        """Whether a date or time (RFC 3339, with or without offset) is possible; what is none is not judged."""
        moment = _moment(written)
        return self.latest is None or moment is None or moment <= self.latest


UNBOUNDED: Final = DateBounds()


def bounds_of(fetched_at: str | None) -> DateBounds:
    """The bounds of a page fetched then (RFC 3339, or a date: the end of that day)."""
    moment = _moment(fetched_at or "")
    if moment is None:
        return UNBOUNDED
    if len(fetched_at or "") == _DATE_CHARS:
        moment += timedelta(days=1)
    return DateBounds(moment + TOLERANCE)


def _moment(written: str) -> datetime | None:
    """The first moment a date or time can mean; without an offset it is taken as UTC. None where it is neither."""
    try:
        if len(written) == _DATE_CHARS:
            return datetime.combine(date.fromisoformat(written), time(), UTC)
        moment = datetime.fromisoformat(written.strip().upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_rejected(written: str) -> str:
    """What a date that cannot be was read from, as it is kept."""
    return written.strip()[:_MAX_RAW_CHARS]


def with_changes_after(metadata: Metadata) -> Metadata:
    """``metadata`` without dates of change that lie before the publication: templates and drafts leave those."""
    published = metadata.best("date_published")
    earliest = _moment(published.value) if published else None
    if earliest is None:
        return metadata
    changed = metadata.all("date_modified")
    gone = [one for one in changed if (moment := _moment(one.value)) and moment < earliest - TOLERANCE]
    if not gone:
        return metadata
    key = REJECTED + "date_modified"
    rejected: dict[str, Candidate] = {}
    for one in (*metadata.all(key), *gone):
        rejected.setdefault(one.value, one)
    found = {name: candidates for name, candidates in metadata.candidates.items() if name != "date_modified"}
    found[key] = tuple(rejected.values())[:MAX_REJECTED]
    if kept := tuple(one for one in changed if one not in gone):
        found["date_modified"] = kept
    return replace(metadata, candidates=found)
