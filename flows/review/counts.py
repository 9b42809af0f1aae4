"""Statistics of a store for the review, as tables and a timeline; counted in one pass over its records."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.flows.web_kinds import WEB_KINDS

NO_FOLDER = "(no folder)"
"""The source of files that were named one by one."""
NO_SITE = "(no site)"
MAX_ROWS = 12
"""Set by hand: more rows are hard to compare at a glance."""
MAX_COLUMNS = 60
"""Set by hand: more are wider than a screen."""
BAR_WIDTH = 100.0
COLUMNS_WIDTH, COLUMNS_HEIGHT = 600.0, 120.0


class SiteCount(Struct):
    """Counts of a site: its records, characters kept and removed, and records that disclose a use of AI."""

    records: int = 0
    kept: int = 0
    removed: int = 0
    ai: int = 0

    @property
    def share(self) -> float:
        """The share of text that was removed, 0 to 1."""
        return self.removed / total if (total := self.kept + self.removed) else 0.0


class RuleCount(Struct):
    """Counts of what a rule removed under a label."""

    blocks: int = 0
    chars: int = 0


class Counts:
    """Counts of the newest records of a store; ``past``: of past versions."""

    def __init__(self) -> None:
        self.records = 0
        self.past = 0
        self.statuses: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()
        self.published: Counter[str] = Counter()
        self.sources: dict[tuple[str, str], Counter[str]] = {}
        self.sites: dict[str, SiteCount] = {}
        self.rules: dict[tuple[str, str], RuleCount] = {}
        self.manual = 0

    def add(self, record: Record) -> bool:
        """Counts a record; returns whether it is the newest of its page."""
        if record.next is not None:
            self.past += 1
            return False
        self.records += 1
        self.statuses[record.status] += 1
        self.sources.setdefault(source_of(record), Counter())[record.status] += 1
        if record.reason:
            self.reasons[f"{record.status}: {reason_code(record)}"] += 1
        # by day: `2026-11-20`
        self.fetched.update(filter(None, [(record.fetched_at or "")[:10]]))
        self.published.update(filter(None, [(record.date_published or "")[:10]]))
        if record.status in ("ok", "partial"):
            self.languages[record.language] += 1
            self._add_text(record)
        self.manual += sum(bool(one.blocks) for one in record.processing.overrides)
        return True

    def _add_text(self, record: Record) -> None:
        site = self.sites.setdefault(site_of(record), SiteCount())
        site.records += 1
        site.kept += len(record.text)
        site.ai += discloses_ai(record)
        for removed in record.removed:
            site.removed += len(removed.text)
            rule = self.rules.setdefault((removed.rule, removed.label), RuleCount())
            rule.blocks += 1
            rule.chars += len(removed.text)


def site_of(record: Record) -> str:
    """The host of a record's page, without ``www.``; without a URL the name of its site."""
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    return host or record.site_name or NO_SITE


def source_of(record: Record) -> tuple[str, str]:
    """The name and kind of the source that a record is counted under; for files their folder."""
    if record.source.kind in WEB_KINDS:
        return record.source.name, record.source.kind
    # "pages.jsonl:3" → "pages.jsonl"; "pages/a.html" → "pages"
    file, colon, number = record.source.name.rpartition(":")
    name = file if colon and number.isdecimal() else posixpath.dirname(record.source.name)
    return name or NO_FOLDER, record.source.kind


def reason_code(record: Record) -> str:
    """The code of a record's reason: ``no_article`` of `no_article: …`."""
    return (record.reason or "").partition(":")[0]


def discloses_ai(record: Record) -> bool:
    """Whether a page discloses that AI had a part in it."""
    return bool(record.provenance.ai or record.provenance.digital_source_type)


class Row(Struct, frozen=True):
    """A row of a table: its name, its formatted values, and the length of its bar, 0 to 100."""

    name: str
    values: tuple[str, ...]
    bar: float


class Bars(Struct, frozen=True):
    """A table whose last column is a bar. ``rest``: the number of rows that are not shown, in words."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: str = ""


def all_bars(counts: Counts) -> Iterator[Bars]:
    """The tables of a store that are not empty."""
    sites = sorted(counts.sites.items(), key=lambda one: (-one[1].records, one[0]))
    disclosing = sorted(counts.sites.items(), key=lambda one: (-one[1].ai, one[0]))
    rules = sorted(counts.rules.items(), key=lambda one: (-one[1].chars, one[0]))
    chars = sum(site.removed for site in counts.sites.values()) or 1
    yield from _bars(
        ("languages", "Languages", "Language", "Records"),
        [(name, (f"{count:,}",), count) for name, count in counts.languages.most_common()],
    )
    yield from _bars(
        ("removed-by-site", "Share removed, by site", "Site", "Records", "Removed"),
        [(name, (f"{site.records:,}", f"{site.share:.0%}"), site.share) for name, site in sites],
        whole=1.0,
    )
    yield from _bars(
        ("removed-by-rule", "Removed text, by rule", "Label and rule", "Blocks", "Share of removals"),
        [
            (
                f"{label} · {rule}" if rule else label,
                (f"{one.blocks:,}", f"{one.chars / chars:.0%}"),
                one.chars,
            )
            for (rule, label), one in rules
        ],
    )
    yield from _bars(
        ("ai", "Pages that disclose AI, by site", "Site", "Records"),
        [
            (name, (f"{site.ai:,} of {site.records:,}",), site.ai / site.records)
            for name, site in disclosing
            if site.ai
        ],
        whole=1.0,
    )
    yield from _bars(
        ("reasons", "Incomplete and failed pages, by reason", "Status and reason", "Records"),
        [(name, (f"{count:,}",), count) for name, count in counts.reasons.most_common()],
    )


def _bars(
    names: tuple[str, ...], rows: Sequence[tuple[str, tuple[str, ...], float]], *, whole: float | None = None
) -> Iterator[Bars]:
    """``names``: the id of the table, its title and the heads of its columns. ``whole``: the value of a full bar."""
    if not rows:
        return
    id_, title, *heads = names
    most = whole or max(length for *_, length in rows) or 1
    shown = tuple(
        Row(name, values, round(BAR_WIDTH * length / most, 1)) for name, values, length in rows[:MAX_ROWS]
    )
    more = len(rows) - len(shown)
    yield Bars(id_, title, tuple(heads), shown, f"and {more:,} more" if more else "")


class Column(Struct, frozen=True):
    """A column of a timeline, in units of the drawing."""

    name: str
    count: int
    x: float
    y: float
    width: float
    height: float


class Timeline(Struct, frozen=True):
    """Records over time. ``description``: the same in a sentence."""

    title: str
    description: str
    columns: tuple[Column, ...]


def timeline(counts: Counts) -> Timeline | None:
    """Records by the day, month or year in which they were fetched, else published; None if no date is known."""
    what, days = ("fetched", counts.fetched) if counts.fetched else ("published", counts.published)
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
    records = "record" if most == 1 else "records"
    description = f"From {binned[0][0]} to {binned[-1][0]}; at most {most:,} {records} a {unit}."
    return Timeline(f"Records by {unit} {what}", description, columns)


def _binned(days: Counter[str]) -> tuple[str, list[tuple[str, int]]]:
    """The smallest unit in which the days fit into the drawing, and the count of each, including zeros."""
    known = sorted(filter(None, map(_day, days)))
    if not known:
        return "day", []
    first, last = known[0], known[-1]
    if (last - first).days < MAX_COLUMNS:
        every: Iterable[str] = (str(first + timedelta(days=n)) for n in range((last - first).days + 1))
        unit, length = "day", 10
    elif (months := (last.year - first.year) * 12 + last.month - first.month) < MAX_COLUMNS:
        start = first.year * 12 + first.month - 1
        every = (f"{n // 12:04}-{n % 12 + 1:02}" for n in range(start, start + months + 1))
        unit, length = "month", 7
    else:
        # the last years, if there are more
        every = (f"{year:04}" for year in range(max(first.year, last.year - MAX_COLUMNS + 1), last.year + 1))
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
