"""When to run, as users write it: an interval (``1h``) or a cron line (``0 6 * * *``); when to ask for a page again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError
from msgspec import Struct

from copydesk.flows.cutting import cut
from copydesk.flows.errors import SettingsError

SHORTEST_SECONDS = 5
"""A run takes about five seconds to start."""
POLL_SECONDS = 10.0
"""How often the server is asked for runs that are due; oftener where the interval is short."""

NEVER = "never"
"""The word for no time at which to ask again."""
# set by hand: most corrections come within hours of an article, few after a week
ASK_AGAIN_SECONDS = (3_600, 6 * 3_600, 86_400, 7 * 86_400)
"""Ages at which a page is asked for once more: 1h, 6h, 1d, 7d."""
_OLDEST_SECONDS = 3_650 * 86_400

_EARLY = 0.05
"""Part of an interval that a source may be read early: a run every hour begins a little sooner or later than
the last one did.
"""
_MOST_AHEAD = timedelta(days=1)
"""What was read later than this from now was noted by a clock that went wrong, and would silence the source
until then.
"""
_CRON_FIELDS = 5
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# “30s”, “15m”, “24h”, “7d”; six digits, so that no span is longer than a timedelta holds
_DATE = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")


class Plan(Struct, frozen=True):
    """When to run: either an interval in seconds or a cron line."""

    every_seconds: int | None = None
    cron: str | None = None

    @property
    def poll_seconds(self) -> float:
        """How often to ask for runs that are due."""
        # half an interval: a server that asks once an interval may be late by a whole one
        return min(POLL_SECONDS, (self.every_seconds or POLL_SECONDS) / 2)


def plan(*, every: str | None, cron: str | None) -> Plan:
    """Reads ``--every`` (``30s``, ``15m``, ``1h``, ``1d``) or ``--cron`` (five fields).

    Raises SettingsError, whose message is one line, where neither, both or nonsense is given.
    """
    if (every is None) == (cron is None):
        raise SettingsError("give either --every or --cron")
    try:
        return Plan(cron=read_cron(cron)) if cron is not None else Plan(every_seconds=read_every(every or ""))
    except ValueError as error:
        raise SettingsError(f"--every {error}" if cron is None else f"--cron {error}") from None


def read_every(every: str) -> int:
    """The seconds between two runs. Raises ValueError, which quotes what was given and says what is expected."""
    seconds = read_span(every)
    if seconds is None:
        raise ValueError(f"{cut(every)!r}: expected a number and s, m, h or d, such as 30s, 15m, 1h, 1d")
    if seconds < SHORTEST_SECONDS:
        raise ValueError(f"{cut(every)!r}: a run takes about 5 s to start; the shortest interval is 5s")
    return seconds


def read_span(text: str) -> int | None:
    """The seconds of a number with its unit (``24h``, ``7d``), or None where it is none."""
    match = _SPAN.fullmatch(text.strip().lower())
    return int(match[1]) * _SECONDS[match[2]] if match else None


def read_ages(text: str) -> tuple[int, ...]:
    """The ages, in seconds and ascending, at which pages are asked for again (``1h,6h,1d,7d``); none for ``never``.
    Raises ValueError as ``read_every`` does.
    """
    if text.strip().lower() == NEVER:
        return ()
    found = [read_span(part) for part in text.split(",")]
    ages = sorted({seconds for seconds in found if seconds is not None and seconds <= _OLDEST_SECONDS})
    if len(ages) != len(found):
        raise ValueError(
            f"{cut(text)!r}: expected ages of pages up to 3650d, such as 1h,6h,1d,7d, or {NEVER}"
        )
    return tuple(ages)


def is_due_again(ages: Sequence[int], first: datetime | None, last: datetime, now: datetime) -> bool:
    """Whether a page that was first fetched at ``first`` and last asked for at ``last`` has come to one of the ages
    since, so that it is to be asked for again ``now``. One request does for all ages that have gone by. Not where
    nobody knows when it was first fetched.
    """
    return first is not None and any(last < first + timedelta(seconds=age) <= now for age in ages)


def since_at(text: str, now: datetime) -> datetime:
    """The moment of a span before now (``24h``) or of a date, which begins at 0:00 UTC. Raises ValueError as
    ``read_every`` does.
    """
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
            f"{cut(text)!r}: expected a span such as 24h or 7d, or a date such as 2026-11-01"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def until_at(text: str, now: datetime) -> datetime:
    """The same for the end of a time: a date ends with its day. Raises ValueError as ``since_at``."""
    moment = since_at(text, now)
    return moment + timedelta(days=1, microseconds=-1) if _DATE.fullmatch(text.strip()) else moment


def read_cron(cron: str) -> str:
    """A cron line of five fields, as both Prefect (``serve --cron``) and we understand it. Raises ValueError
    as ``read_every`` does.
    """
    try:
        is_cron = _is_understood_by_both(cron) and next(_due_times(cron, _SOME_TIME), None) is not None
    except (CronSimError, ValueError):  # ValueError: numbers of thousands of digits
        is_cron = False
    if not is_cron:
        raise ValueError(f"{cut(cron)!r}: expected five fields, such as '0 6 * * *' (every day at six)")
    return cron


def _is_understood_by_both(cron: str) -> bool:
    """Whether a line is free of what cronsim and Prefect's croniter read differently: seconds, the last
    weekday of a month and the like.
    """
    fields = cron.upper().split()
    if len(fields) != _CRON_FIELDS:
        return False
    days, weekdays = fields[2].split(","), fields[4].split(",")
    has_counted = {"#" in weekday for weekday in weekdays}
    return (
        all("L" not in day or day == "L" for day in days) and "L" not in fields[4] and len(has_counted) == 1
    )


def is_due(when: Plan | None, last: datetime | None, now: datetime) -> bool:
    """Whether a source is to be read ``now`` that was last read at ``last`` (None: never). Both with a zone.

    Without a plan it always is. With an interval once so long has passed, or all but a twentieth of it; with
    a cron line, whose hours are UTC, once one of its times has come since: however many have, it is read
    once. Where day of the month and of the week are both restricted either will do, unless one of the two
    begins with ``*``: then both must hold (as Debian's cron has it).
    """
    return when is None or last is None or last - now > _MOST_AHEAD or due_at(when, last) <= now


def due_at(when: Plan, last: datetime) -> datetime:
    """From when on a source is due again that was last read at ``last``, as ``is_due`` has it; in UTC."""
    last = last.astimezone(UTC)
    if when.cron is not None:
        return next(_due_times(when.cron, last), _NEVER)
    return last + timedelta(seconds=(when.every_seconds or 0) * (1 - _EARLY))


def _due_times(cron: str, after: datetime) -> Iterator[datetime]:
    return iter(CronSim(cron, after))
