"""When a source is due: by an interval, by a cron line, and what a cron line may be."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.user_tables import BadKey
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.prefect_server import set_quiet_defaults
from copydesk.flows.schedule import (
    SHORTEST_SECONDS,
    ListSchedule,
    Plan,
    due_at,
    is_due,
    plan,
    read_cron,
    read_schedule,
    read_timezone,
)

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
HOURLY = Plan(every_seconds=3_600)

moments = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(), timedelta(days=800))
zones = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
lines = st.sampled_from(
    ["0 6 * * *", "*/30 6-22 * * *", "0 0 29 2 *", "5,35 * * * mon-fri", "0 12 l * *", "0 9 * jan,jul 1#1", "* * * * *", "0 6 1 * 1"]
)  # fmt: skip
summers = st.sampled_from(
    ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata"]
)
plans = st.one_of(
    st.builds(Plan, every_seconds=st.integers(5, 10_000_000)),
    st.builds(lambda line, zone: Plan(cron=line, timezone=zone), lines, summers),
)


@given(plans, moments, spans, spans, st.tuples(zones, zones))
def test_what_is_due_stays_due_in_whatever_zone_the_moment_is_given(
    when: Plan, last: datetime, wait: timedelta, more: timedelta, places: tuple[timezone, timezone]
) -> None:
    assert is_due(when, None, last)
    assert is_due(None, last, last + wait)
    assert not is_due(when, last, last)
    was_due = is_due(when, last, last + wait)
    assert is_due(when, last, last + wait + more) or not was_due
    assert is_due(when, last.astimezone(places[0]), (last + wait).astimezone(places[1])) == was_due


# of Paris: on 29 March 2026 clocks go from 2 to 3, on 25 October from 3 to 2
CLOCKS = [
    # each day at six, whatever the clocks did
    ("0 6 * * *", "2026-03-28", ["28 05:00", "29 04:00", "30 04:00"]),
    ("0 6 * * *", "2026-10-24", ["24 04:00", "25 05:00", "26 05:00"]),
    # half past two is skipped in spring: once they were put forward; it comes twice in autumn: the first time
    ("30 2 * * *", "2026-03-28", ["28 01:30", "29 01:00", "30 00:30"]),
    ("30 2 * * *", "2026-10-24", ["24 00:30", "25 00:30", "26 01:30"]),
    # a line of every hour counts the hours there are
    ("30 * * * *", "2026-03-28T23:45", ["29 00:30", "29 01:30", "29 02:30"]),
    ("30 * * * *", "2026-10-24T23:45", ["25 00:30", "25 01:30", "25 02:30"]),
]


@pytest.mark.parametrize(("line", "since", "times"), CLOCKS)
def test_hours_are_those_of_the_zone_when_clocks_change(line: str, since: str, times: list[str]) -> None:
    when, found = Plan(cron=line, timezone="Europe/Paris"), []
    last = datetime.fromisoformat(since).replace(tzinfo=UTC)
    for _ in times:
        last = due_at(when, last)
        found.append(f"{last:%d %H:%M}")
    assert found == times


def test_within_the_hour_that_comes_twice_nothing_is_due_before_it_was_read() -> None:
    """Read in the second half past two, the source is due on the next day, not an hour ago."""
    when, start = Plan(cron="30 2 * * *", timezone="Europe/Paris"), datetime(2026, 10, 24, tzinfo=UTC)
    for minutes in range(0, 2 * 24 * 60, 7):
        last = start + timedelta(minutes=minutes)
        assert last < due_at(when, last) <= last + timedelta(hours=25)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [("Paris", "did you mean Europe/Paris?"), ("Europe/Pariss", "did you mean Europe/Paris?"), ("../../etc/passwd", "such as Europe/Paris"), ("", "such as"), ("GMT+25:00", "")],
)  # fmt: skip
def test_what_is_no_time_zone_is_reported(wrong: str, hint: str) -> None:
    with pytest.raises(ValueError, match="expected the name of a time zone") as caught:
        read_timezone(wrong)
    assert hint in str(caught.value)
    with pytest.raises(SettingsError, match="--timezone"):
        plan(every=None, cron="0 6 * * *", timezone=wrong)


def test_a_schedule_is_shown_as_it_is_written() -> None:
    assert plan(every="90m", cron=None).shown == "every 90m"
    assert plan(every="24h", cron=None).shown == "every 1d"
    shown = plan(every=None, cron="0 6 * * *", timezone="Europe/Paris").shown
    assert shown == "cron 0 6 * * * (Europe/Paris)"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([], "expected one table"), ({"evry": "1h"}, "evry: unknown key; did you mean every?"),
        ({"every": 60}, "every: expected a text"), ({"every": "1s"}, "every: '1s': a run takes"),
        ({"every": "1h", "cron": "0 6 * * *"}, "cron: there is every as well"),
        ({"cron": "0 6 * * *", "timezone": "Mars"}, "timezone: 'Mars'"),
    ],
)  # fmt: skip
def test_a_wrong_schedule_of_a_list_is_reported(table: object, problem: str) -> None:
    with pytest.raises(BadKey, match=re.escape(problem)):
        read_schedule(table)


def test_a_zone_by_itself_is_for_the_sources_of_the_list() -> None:
    assert read_schedule({"timezone": "Asia/Kolkata"}) == ListSchedule(None, "Asia/Kolkata")
    assert read_schedule({}) == ListSchedule()


@given(moments, spans)
def test_an_interval_is_due_once_it_has_passed(last: datetime, wait: timedelta) -> None:
    assert is_due(HOURLY, last, last + wait) == (wait >= timedelta(minutes=57))


@given(plans, moments, spans)
def test_a_clock_put_back_by_more_than_a_day_makes_due(when: Plan, last: datetime, back: timedelta) -> None:
    assert not is_due(when, last, last - min(back, timedelta(days=1)))
    assert is_due(when, last + timedelta(days=1, seconds=1) + back, last)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("0 6 * *", "expected five fields, such as '0 6 * * *' (every day at six)"),
        ("99 * * * *", "minute '99': expected 0 to 59, with commas, -, / or *"),
        ("*/5,61 * * * *", "minute '*/5,61': expected 0 to 59, with commas, -, / or *"),
        ("0 24 * * *", "hour '24': expected 0 to 23, with commas, -, / or *"),
        ("0 6 32 * *", "day of the month '32': expected 1 to 31 or L, with commas, -, / or *"),
        ("0 6 * Foo *", "month 'Foo': expected 1 to 12 or JAN to DEC, with commas, -, / or *"),
        ("0 6 * * 9", "day of the week '9': expected 0 to 7 or SUN to SAT, with commas, -, / or *"),
        ("0 6 30 2 *", "there is no such day"),
    ],
)
def test_what_is_wrong_with_a_cron_line_is_said(wrong: str, fault: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all of its message is compared
        read_cron(wrong)
    assert str(caught.value) == f"{wrong!r}: {fault}"


WRONG = [
    "@daily", "", "0 6 * *", "0 0 6 * * *", "60 * * * *", "0 6 0 * *", "0 22-2 * * *", "0 6 ? * *", "0 6 LW * *", "0 6 L/2 * *",
    "0 6 * * 5L", "0 6 * * L5", "0 6 * * 1#6", "0 6 * * 1#1,5", "H * * * *", "R R * * *", "*/0 * * * *", "٠ 6 * * *",
    f"{'9' * 5_000} * * * *", "0,,5 * * * *", "-5 * * * *", "1/2/3 * * * *",
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_line_that_is_no_cron_line_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r": (expected five fields|[a-z ]+ '.+': expected)"):
        read_cron(wrong)


_atoms = [
    st.integers(0, 60).map(str),
    st.integers(0, 24).map(str),
    st.one_of(st.integers(0, 32).map(str), st.sampled_from(["L", "LW", "15W", "?"])),
    st.one_of(st.integers(0, 13).map(str), st.sampled_from(["JAN", "jul", "Dec"])),
    st.one_of(st.integers(0, 8).map(str), st.sampled_from(["MON", "sun", "5L", "1#2", "L5", "6#6"])),
]


def _field(atoms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    term = st.one_of(st.just("*"), atoms, st.builds("{}-{}".format, atoms, atoms))
    stepped = st.one_of(term, st.builds("{}/{}".format, term, st.integers(0, 70)))
    return st.one_of(st.just("*"), st.lists(stepped, min_size=1, max_size=3).map(",".join))


@pytest.mark.slow
@given(st.tuples(*map(_field, _atoms)).map(" ".join))
def test_whatever_we_take_for_a_cron_line_prefect_takes_too(line: str) -> None:
    set_quiet_defaults()
    from prefect.client.schemas.schedules import CronSchedule

    try:
        read_cron(line)
    except ValueError:
        return
    assert CronSchedule(cron=line).cron == line


@given(st.integers(1, 999_999), st.sampled_from(sorted(UNITS)))
def test_an_interval_is_a_number_and_a_unit(number: int, unit: str) -> None:
    seconds = number * UNITS[unit]
    if seconds < SHORTEST_SECONDS:
        with pytest.raises(SettingsError, match="shortest"):
            plan(every=f"{number}{unit}", cron=None)
    else:
        assert plan(every=f"{number}{unit}", cron=None).every_seconds == seconds


@pytest.mark.parametrize(
    ("every", "cron", "option"),
    [(None, None, "either"), ("1h", "0 6 * * *", "either"), (None, "61 * * * *", "--cron")]
    + [
        (wrong, None, "--every")
        for wrong in ("", "1", "h", "1 h", "-1h", "0h", "1.5h", "1w", "1h30m", "1000000s")
    ],
)
def test_wrong_times_and_both_or_neither_are_reported(
    every: str | None, cron: str | None, option: str
) -> None:
    with pytest.raises(SettingsError, match=option) as caught:
        plan(every=every, cron=cron)
    assert len(str(caught.value).splitlines()) <= 2
