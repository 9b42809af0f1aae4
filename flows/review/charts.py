"""Counts as what is drawn: tables with a bar a row, and columns over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from copydesk.flows.review.counting import Counts

# set by hand: more rows are a list and no picture
MOST_ROWS = 12
# set by hand: wider than a screen beyond
MOST_COLUMNS = 60
BAR_WIDTH = 100.0
COLUMNS_WIDTH, COLUMNS_HEIGHT = 600.0, 120.0


class Row(Struct, frozen=True):
    """A line of a table: its name, its values as they are shown, and the length of its bar, 0 to 100."""

    name: str
    values: tuple[str, ...]
    bar: float


class Bars(Struct, frozen=True):
    """A table whose last column is a bar. ``rest``: what is not shown, in words."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: str = ""


class Column(Struct, frozen=True):
    """A column over time, in units of the drawing, with what it stands for."""

    name: str
    count: int
    x: float
    y: float
    width: float
    height: float


class Timeline(Struct, frozen=True):
    """Records over time. ``told``: the same in a sentence."""

    title: str
    told: str
    columns: tuple[Column, ...]


def all_bars(counts: Counts) -> tuple[Bars, ...]:
    """The tables of a store, those with nothing to show left out."""
    found = (_languages(counts), _sites(counts), _rules(counts), _ai(counts), _reasons(counts))
    return tuple(one for one in found if one.rows)


def _languages(counts: Counts) -> Bars:
    rows = [(name, (f"{count:,}",), count) for name, count in counts.languages.most_common()]
    return _bars("languages", "Languages", ("Language", "Records"), rows)


def _sites(counts: Counts) -> Bars:
    sites = sorted(counts.sites.items(), key=lambda one: (-one[1].records, one[0]))
    rows = [(name, (f"{site.records:,}", f"{site.share:.0%}"), site.share) for name, site in sites]
    return _bars("cut-by-site", "Share cut, by site", ("Site", "Records", "Cut"), rows, whole=1.0)


def _rules(counts: Counts) -> Bars:
    total = counts.cut_chars or 1
    rules = sorted(counts.rules.items(), key=lambda one: (-one[1].chars, one[0]))
    rows = [
        (f"{label} · {rule}" if rule else label, (f"{one.blocks:,}", f"{one.chars / total:.0%}"), one.chars)
        for (rule, label), one in rules
    ]
    return _bars("cut-by-rule", "What was cut, by rule", ("Label and rule", "Blocks", "Of all cut"), rows)


def _ai(counts: Counts) -> Bars:
    sites = sorted(counts.sites.items(), key=lambda one: (-one[1].ai, one[0]))
    rows = [
        (name, (f"{site.ai:,} of {site.records:,}",), site.ai / site.records)
        for name, site in sites
        if site.ai
    ]
    return _bars("ai", "Pages that disclose AI, by site", ("Site", "Records"), rows, whole=1.0)


def _reasons(counts: Counts) -> Bars:
    rows = [(name, (f"{count:,}",), count) for name, count in counts.reasons.most_common()]
    return _bars("reasons", "What is missing or went wrong", ("Status and reason", "Records"), rows)


def _bars(
    id_: str,
    title: str,
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, tuple[str, ...], float]],
    *,
    whole: float | None = None,
) -> Bars:
    most = whole or max((length for *_, length in rows), default=0) or 1
    shown = tuple(
        Row(name, values, round(BAR_WIDTH * length / most, 1)) for name, values, length in rows[:MOST_ROWS]
    )
    more = len(rows) - len(shown)
    return Bars(id_, title, heads, shown, f"and {more:,} more" if more else "")


def timeline(counts: Counts) -> Timeline | None:
    """Records by day, month or year, as far as they reach; None where no time is known of any."""
    for what, days in counts.days():
        unit, binned = _binned(days)
        if not binned:
            return None
        most = max(count for _, count in binned)
        step = COLUMNS_WIDTH / len(binned)
        width = min(step * 0.8, 28.0)
        columns = tuple(
            Column(
                name,
                count,
                round(at * step + (step - width) / 2, 1),
                round(COLUMNS_HEIGHT * (1 - count / most), 1),
                round(width, 1),
                round(COLUMNS_HEIGHT * count / most, 1),
            )
            for at, (name, count) in enumerate(binned)
        )
        told = f"From {binned[0][0]} to {binned[-1][0]}; at most {most:,} {'record' if most == 1 else 'records'} a {unit}."
        return Timeline(f"Records by {unit} {what}", told, columns)
    return None


def _binned(days: Counter[str]) -> tuple[str, list[tuple[str, int]]]:
    """The unit in which days fit into the drawing, and the counts in it, gaps included."""
    known = sorted(filter(None, map(_day, days)))
    if not known:
        return "day", []
    first, last = known[0], known[-1]
    if (last - first).days < MOST_COLUMNS:
        every: Iterable[str] = (str(first + timedelta(days=n)) for n in range((last - first).days + 1))
        unit, length = "day", 10
    elif (months := (last.year - first.year) * 12 + last.month - first.month) < MOST_COLUMNS:
        start = first.year * 12 + first.month - 1
        every = (f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start, start + months + 1))
        unit, length = "month", 7
    else:
        # older than the drawing is wide: the last years
        every = (f"{year:04}" for year in range(max(first.year, last.year - MOST_COLUMNS + 1), last.year + 1))
        unit, length = "year", 4
    binned: Counter[str] = Counter()
    for day in known:
        binned[str(day)[:length]] += days[str(day)]
    return unit, [(name, binned[name]) for name in every]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # a year alone, or a month
        return None
