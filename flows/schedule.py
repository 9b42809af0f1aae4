"""When to run, as users write it: an interval (``1h``) or a cron line (``0 6 * * *``) with the time zone of its hours;
when to refetch a page.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Annotated

from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.suggestions import closest
from copydesk.cleaners.user_tables import BadKey, Reads, read_table
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import shortened

SHORTEST_SECONDS = 5
"""A run takes about five seconds to start."""
POLL_SECONDS = 10.0
"""How often the server is polled for runs that are due; oftener where the interval is short."""

NEVER = "never"
"""The word for no refetch."""
# set by hand: most corrections come within hours of an article, few after a week
ASK_AGAIN_SECONDS = (3_600, 6 * 3_600, 86_400, 7 * 86_400)
"""Ages at which a page is fetched once more: 1h, 6h, 1d, 7d."""
_OLDEST_SECONDS = 3_650 * 86_400

_EARLY = 0.05
"""Part of an interval that a source may be read early: a run every hour begins a little sooner or later than
the last one did.
"""
_MOST_AHEAD = timedelta(days=1)
"""What was read later than this from now was noted by a clock that went wrong, and would silence the source
until then.
"""
_CRON_FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of the month": "1 to 31 or L",
    "month": "1 to 12 or JAN to DEC",
    "day of the week": "0 to 7 or SUN to SAT",
}
"""Of a cron line in their order, each with what it takes."""
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# “30s”, “15m”, “24h”, “7d”; six digits, so that no span is longer than a timedelta holds
_DATE = lazy_pattern(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_SPAN = lazy_pattern(r"([1-9][0-9]{0,5})([smhd])")


UTC_NAME = "UTC"
"""The zone in which cron lines are read where nothing names another."""


class Plan(Struct, frozen=True):
    """When to run: either an interval in seconds or a cron line, whose hours are those of a time zone (IANA)."""

    every_seconds: int | None = None
    cron: str | None = None
    timezone: str = UTC_NAME

    @property
    def poll_seconds(self) -> float:
        """How often to poll for runs that are due."""
        # half an interval: a server that polls once an interval may be late by a whole one
        return min(POLL_SECONDS, (self.every_seconds or POLL_SECONDS) / 2)

    @property
    def shown(self) -> str:
        """As users read it: ``every 1h``, ``cron 0 6 * * * (Europe/Paris)``."""
        if self.cron is not None:
            return f"cron {self.cron} ({self.timezone})"
        seconds = self.every_seconds or 0
        # the greatest unit that it is a whole number of
        unit = next(unit for unit, size in reversed(_SECONDS.items()) if seconds % size == 0)
        return f"every {seconds // _SECONDS[unit]}{unit}"


class ListSchedule(Struct, frozen=True):
    """The schedule that a list of sources states: when it is served (``plan``), if it does, and the zone in which the
    cron lines of its sources are read.
    """

    plan: Plan | None = None
    timezone: str = UTC_NAME


def plan(*, every: str | None, cron: str | None, timezone: str | None = None) -> Plan:
    """Reads ``--every`` (``30s``, ``15m``, ``1h``, ``1d``) or ``--cron`` (five fields) with its ``--timezone``.

    Raises SettingsError, whose message is one line, where neither, both or nonsense is given.
    """
    if (every is None) == (cron is None):
        raise SettingsError("give either --every or --cron")
    option = "--every" if cron is None else "--cron"
    try:
        seconds = None if every is None else read_every(every)
        line = None if cron is None else read_cron(cron)
        option = "--timezone"
        zone = UTC_NAME if timezone is None else read_timezone(timezone)
    except ValueError as error:
        raise SettingsError(f"{option} {error}") from None
    return Plan(seconds, line, UTC_NAME if line is None else zone)


def read_timezone(name: str) -> str:
    """The name of a time zone of the IANA database. Raises ValueError as ``read_every`` does."""
    # names are looked up among those there are: one that is a path would be read as a file
    if name != UTC_NAME and name not in _zone_names():
        # people name the city alone
        cities = (zone for zone in sorted(_zone_names()) if zone.rpartition("/")[2].lower() == name.lower())
        meant = next(cities, "") or closest(shortened(name), sorted(_zone_names()))
        hint = f"; did you mean {meant}?" if meant else ", such as Europe/Paris"
        raise ValueError(f"{shortened(name)!r}: expected the name of a time zone{hint}")
    return name


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(name: str) -> tzinfo:
    # the one that cronsim knows for having no summer
    return UTC if name == UTC_NAME else zoneinfo.ZoneInfo(name)


def read_every(every: str) -> int:
    """The seconds between two runs. Raises ValueError, which quotes what was given and names what is expected."""
    seconds = read_span(every)
    if seconds is None:
        raise ValueError(
            f"{shortened(every)!r}: expected a number and s, m, h or d, such as 30s, 15m, 1h, 1d"
        )
    if seconds < SHORTEST_SECONDS:
        raise ValueError(f"{shortened(every)!r}: a run takes about 5 s to start; the shortest interval is 5s")
    return seconds


def read_span(text: str) -> int | None:
    """The seconds of a number with its unit (``24h``, ``7d``), or None where it is none."""
    match = _SPAN.fullmatch(text.strip().lower())
    return int(match[1]) * _SECONDS[match[2]] if match else None


def read_ages(text: str) -> tuple[int, ...]:
    """The ages, in seconds and ascending, at which pages are refetched (``1h,6h,1d,7d``); none for ``never``.
    Raises ValueError as ``read_every`` does.
    """
    if text.strip().lower() == NEVER:
        return ()
    found = [read_span(part) for part in text.split(",")]
    ages = sorted({seconds for seconds in found if seconds is not None and seconds <= _OLDEST_SECONDS})
    if len(ages) != len(found):
        raise ValueError(
            f"{shortened(text)!r}: expected ages of pages up to 3650d, such as 1h,6h,1d,7d, or {NEVER}"
        )
    return tuple(ages)


def is_due_again(ages: Sequence[int], first: datetime | None, last: datetime, now: datetime) -> bool:
    """Whether a page that was first fetched at ``first`` and last requested at ``last`` has come to one of the ages
    since, so that it is to be refetched ``now``. One request does for all ages that have gone by. Not where
    nobody knows when it was first fetched.
    """
    return first is not None and any(last < first + timedelta(seconds=age) <= now for age in ages)


def since_at(text: str, now: datetime | None = None) -> datetime:
    """The moment of a span before ``now``, by default this moment (``24h``), or of a date, which begins at 0:00 UTC.
    Raises ValueError as ``read_every`` does.
    """
    now = now or datetime.now(UTC)
    seconds = read_span(text)
    if seconds is not None:
        try:
            return now - timedelta(seconds=seconds)
        except OverflowError:  # before the year 1: nothing is too old
            return datetime.min.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{shortened(text)!r}: expected a span such as 24h or 7d, or a date such as 2026-11-01"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def until_at(text: str, now: datetime | None = None) -> datetime:
    """The same for the end of a time: a date ends with its day. Raises ValueError as ``since_at``."""
    moment = since_at(text, now)
    return moment + timedelta(days=1, microseconds=-1) if _DATE.fullmatch(text.strip()) else moment


def read_cron(cron: str) -> str:
    """A cron line of five fields, as both Prefect (``serve --cron``) and we understand it. Raises ValueError
    as ``read_every`` does.
    """
    if not _comes_round(cron):
        raise ValueError(f"{shortened(cron)!r}: {_fault_of(cron.split())}")
    return cron


def _comes_round(cron: str) -> bool:
    """Whether a line is one that we read, and there is a time that it names."""
    from cronsim import CronSim, CronSimError  # few sources have a cron line

    try:
        return _is_understood_by_both(cron) and next(iter(CronSim(cron, _SOME_TIME)), None) is not None
    except (CronSimError, ValueError):  # ValueError: numbers of thousands of digits
        return False


def _fault_of(fields: list[str]) -> str:
    """What is wrong with a line: the number of its fields, the first wrong one, or only all together."""
    if len(fields) != len(_CRON_FIELDS):
        return "expected five fields, such as '0 6 * * *' (every day at six)"
    for at, (name, values) in enumerate(_CRON_FIELDS.items()):
        alone = ["*"] * len(fields)
        alone[at] = fields[at]
        if not _comes_round(" ".join(alone)):
            return f"{name} {shortened(fields[at])!r}: expected {values}, with commas, -, / or *"
    return "there is no such day"


def _is_understood_by_both(cron: str) -> bool:
    """Whether a line is free of what cronsim and Prefect's croniter read differently: seconds, the last
    weekday of a month and the like.
    """
    fields = cron.upper().split()
    if len(fields) != len(_CRON_FIELDS):
        return False
    days, weekdays = fields[2].split(","), fields[4].split(",")
    has_counted = {"#" in weekday for weekday in weekdays}
    return (
        all("L" not in day or day == "L" for day in days) and "L" not in fields[4] and len(has_counted) == 1
    )


def is_due(when: Plan | None, last: datetime | None, now: datetime) -> bool:
    """Whether a source is to be read ``now`` that was last read at ``last`` (None: never). Both with a zone.

    Without a plan it always is. With an interval once so long has passed, or all but a twentieth of it; with
    a cron line once one of its times has come since: however many have, it is read once. Where day of the month
    and of the week are both restricted either will do, unless one of the two begins with ``*``: then both must
    hold (as Debian's cron has it).
    """
    return when is None or last is None or last - now > _MOST_AHEAD or due_at(when, last) <= now


def due_at(when: Plan, last: datetime) -> datetime:
    """From when on a source is due again that was last read at ``last``, as ``is_due`` has it; in UTC."""
    last = last.astimezone(UTC)
    if when.cron is not None:
        return next(_due_times(when.cron, when.timezone, last), _NEVER)
    return last + timedelta(seconds=(when.every_seconds or 0) * (1 - _EARLY))


def _due_times(cron: str, timezone: str, after: datetime) -> Iterator[datetime]:
    """The times of a cron line, in UTC. An hour of the day that clocks skip is due once they were put forward, one that
    comes twice is due the first time; lines of every hour, or of every so many, count all hours there are.
    """
    from cronsim import CronSim  # few sources have a cron line

    times = (time.astimezone(UTC) for time in CronSim(cron, after.astimezone(_zone(timezone))))
    # within the hour that comes twice cronsim goes back to its first half
    return (time for time in times if time > after)


class _ScheduleKeys(Struct, frozen=True):
    """A table ``[schedule]``."""

    every: Annotated[int | None, Reads(read=read_every)] = None
    cron: Annotated[str | None, Reads(read=read_cron)] = None
    timezone: Annotated[str, Reads(read=read_timezone)] = UTC_NAME


def read_schedule(table: object) -> ListSchedule:
    """The table ``[schedule]`` of a list. Raises BadKey."""
    if not isinstance(table, Mapping):
        raise BadKey(None, "expected one table [schedule]")
    keys = read_table(table, _ScheduleKeys)
    if keys.every is not None and keys.cron is not None:
        raise BadKey("cron", "there is every as well; give one of the two")
    if keys.every is None and keys.cron is None:
        return ListSchedule(timezone=keys.timezone)
    zone = keys.timezone if keys.cron else UTC_NAME
    return ListSchedule(Plan(keys.every, keys.cron, zone), keys.timezone)
