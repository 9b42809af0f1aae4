"""Statistics of a store for the review: counted as its records pass by (no text is kept), as tables and a timeline."""

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
"""The source of pages that were read by their own names."""
NO_SITE = "(no site)"
# set by hand: more rows are a list and no picture
MOST_ROWS = 12
# set by hand: wider than a screen beyond
MOST_COLUMNS = 60
BAR_WIDTH = 100.0
COLUMNS_WIDTH, COLUMNS_HEIGHT = 600.0, 120.0


class SiteCount(Struct):
    """The records of a site: characters kept and removed, and records that disclose a use of AI."""

    records: int = 0
    kept: int = 0
    removed: int = 0
    ai: int = 0

    @property
    def share(self) -> float:
        """How much of its pages was removed, 0 to 1."""
        return self.removed / total if (total := self.kept + self.removed) else 0.0


class RuleCount(Struct):
    """What a rule removed, under one label."""

    blocks: int = 0
    chars: int = 0


class Counts:
    """Counts of all newest records of a store; past versions of pages are counted apart."""

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
        """Counts a record; whether it is its page's newest."""
        if record.next is not None:
            self.past += 1
            return False
        self.records += 1
        self.statuses[record.status] += 1
        self.sources.setdefault(source_of(record), Counter())[record.status] += 1
        if record.reason:
            self.reasons[f"{record.status}: {reason_code(record)}"] += 1
        # `2026-11-20`: by the day
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
    """The host of a record's page, without ``www.``; of a page without a URL the name of its site."""
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    return host or record.site_name or NO_SITE


def source_of(record: Record) -> tuple[str, str]:
    """The source that a record is counted under: of files their folder, of those without one all together."""
    if record.source.kind in WEB_KINDS:
        return record.source.name, record.source.kind
    # "pages.jsonl:3" and "pages/a.html": the file of many pages, the folder of many files
    file, colon, number = record.source.name.rpartition(":")
    name = file if colon and number.isdecimal() else posixpath.dirname(record.source.name)
    return name or NO_FOLDER, record.source.kind


def reason_code(record: Record) -> str:
    """``no_article`` of `no_article: …`."""
    return (record.reason or "").partition(":")[0]


def discloses_ai(record: Record) -> bool:
    """Whether a page discloses that AI had a part in it."""
    return bool(record.provenance.ai or record.provenance.digital_source_type)


class Row(Struct, frozen=True):
    """A row of a table: its name, its values as they are shown, and the length of its bar, 0 to 100."""

    name: str
    values: tuple[str, ...]
    bar: float


class Bars(Struct, frozen=True):
    """A table whose last column is a bar. ``rest``: how many rows are not shown, in words."""

    id: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: str = ""


def all_bars(counts: Counts) -> Iterator[Bars]:
    """The tables of a store; empty ones are left out."""
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
    """``names``: the table's id, its title and the heads of its columns. ``whole``: the value of a full bar."""
    if not rows:
        return
    id_, title, *heads = names
    most = whole or max(length for *_, length in rows) or 1
    shown = tuple(
        Row(name, values, round(BAR_WIDTH * length / most, 1)) for name, values, length in rows[:MOST_ROWS]
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
    """Records by day, month or year in which pages were fetched, else published; None where no date is known."""
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
