"""What a run did, counted record by record, and in words: a few lines or a Markdown page.

Only counts and a handful of examples are kept, so a run over a million pages needs no more memory
than one over ten.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from msgspec import Struct, field

from copydesk.cleaners.schema import Record, Status
from copydesk.flows.config.override_file import unmatched_count, unmatched_message
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.run.reporting.text import UNPRINTABLE, cell, one_line, table
from copydesk.flows.shortening import counted
from copydesk.flows.source_tally import DENIED, ROBOTS_DENIED
from copydesk.flows.stored import Became, Stored, WebhookState

STATUSES: tuple[Status, ...] = get_args(Status)
# set by hand: more push the counts off the screen, fewer hide that failures differ
SHOWN = 5
"""How many failures and slow pages are named."""
# set by hand: more than anybody looks into by hand after one run
MOST_TROUBLES = 100
"""How many pages that failed or were denied are kept by name."""
# set by hand, as is the length of names: more fills the screen with one page's words
REASON_CHARS = 500
"""So much of a reason is shown: its code and what happened, which begin it, and what to do, which ends it."""


class Trouble(Struct, frozen=True):
    """A page that could not be had, or that its publisher does not let us have. ``url``: without secrets, whole."""

    source: str
    url: str | None
    reason: str
    is_denied: bool


class IngestResult(Struct, frozen=True):
    """What a run came to: how many pages were read, and how many of them failed; how many records they gave, by
    their statuses; and how many are new in the store, changed or unchanged (see ``Became``), the last with
    those of pages that were not cleaned again.

    ``stopped``: it ended early, at the failure limit. ``unwritten``: a line for each view that could not be written.
    """

    pages: int
    failed_pages: int
    records: int
    new: int
    changed: int
    unchanged: int
    ok: int
    partial: int
    rejected: int
    failed: int
    stopped: bool
    unwritten: tuple[str, ...]
    missing: int
    """Files and folders that were named and are not there, and rows of tables that cannot be read."""
    unlisted: int
    """Places elsewhere that could not be listed."""
    quarantined: Mapping[str, int]
    """Pages by the gate that they did not pass."""
    webhook: WebhookState | None
    """None of a run without a webhook."""
    summary: str


class Summary(Struct):
    """Counts of one run or a part of it, record by record as they pass by; all but ``records`` and ``stored`` count
    pages as they were read.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    records: Mapping[str, int] = {}
    """The records of what was read, by status; known at the end."""
    stored: dict[Became, int] = {}
    """These and those of spared pages, by whether the store knew them; empty where nothing is stored."""
    merged: Stored = field(default_factory=Stored)
    """What the records came to: pages that have none of their own are in it, too."""
    unrequested: int = 0
    """Of the rejected pages those that robots.txt denies."""
    reasons: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    """By the gate that they did not pass."""
    _statuses_quarantined: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = []
    """The names of the first few, with their reasons."""
    troubles: list[Trouble] = []
    """The first pages that failed or were denied."""
    _slowest: list[tuple[float, str]] = []
    unmatched_overrides: Counter[str] = field(default_factory=Counter)
    """Manual decisions that match no block, by the name of their page."""
    spared: int = 0
    """Pages beside these that were not cleaned again, as they have not changed."""
    seconds: float = 0.0

    @property
    def pages(self) -> int:
        """How many pages were counted so far."""
        # each page ends in exactly one record, so that statuses count pages
        return self.statuses.total()

    @property
    def failed_pages(self) -> int:
        return self.statuses["failed"]

    @property
    def slowest(self) -> list[tuple[str, float]]:
        """The names of the slowest pages, and their milliseconds."""
        return [(name, took) for took, name in sorted(self._slowest, reverse=True)]

    @property
    def has_news(self) -> bool:
        """Whether a record is new, or differs from the record before."""
        return any(self.stored.get(became) for became in ("new", "changed"))

    @property
    def headline(self) -> str:
        """One line: ``12 pages cleaned: 10 ok, 1 partial, 1 rejected, 0 failed; 3 records new, 1 changed, 38
        unchanged``.
        """
        # in the schema's order, zeros too: who reads the headline by machine finds all four
        cleaned = self.statuses - Counter(rejected=self.unrequested)
        statuses = ", ".join(f"{cleaned[status]:,} {status}" for status in STATUSES)
        denied = f", {self.unrequested:,} denied by robots.txt" if self.unrequested else ""
        parts = [f"{counted(cleaned.total(), 'page')} cleaned: {statuses}{denied}"]
        if self.stored:
            (_, new), *others = self.stored.items()
            parts.append(
                ", ".join((f"{counted(new, 'record')} new", *(f"{n:,} {what}" for what, n in others)))
            )
        return "; ".join(parts)

    def add(self, record: Record, gate: str | None = None) -> None:
        """Counts one record. ``gate``: that it did not pass, where it is not stored."""
        name = without_secrets(one_line(record.url or record.source.name or record.id))
        reason, half = UNPRINTABLE.sub(" ", record.reason or "unknown"), (REASON_CHARS - 3) // 2
        # what is too long is left out of its middle
        reason = reason if len(reason) <= REASON_CHARS else f"{reason[:half]} … {reason[-half:]}"
        # every count is of words from a fixed set or the first few: memory does not grow with the run
        self.statuses[record.status] += 1
        if gate is not None:
            self.quarantined[gate] += 1
            self._statuses_quarantined[record.status] += 1
        self.removed.update(removed.label for removed in record.removed)
        if count := unmatched_count(record):
            self.unmatched_overrides[name] += count
        if record.status in ("ok", "partial"):
            self.languages[record.language] += 1
        if record.status != "ok":
            # the code alone: messages quote their page, and would be as many as pages
            self.reasons[f"{record.status}: {reason.split(':')[0]}"] += 1
        if record.status == "failed" and len(self.failures) < SHOWN:
            self.failures.append((name, reason))
        code = reason.partition(":")[0]
        self.unrequested += code == ROBOTS_DENIED
        is_denied = code in DENIED
        if (is_denied or record.status == "failed") and len(self.troubles) < MOST_TROUBLES:
            url = without_secrets(record.url) if record.url else None
            source = without_secrets(one_line(record.source.name or record.id))
            self.troubles.append(Trouble(source, url, reason, is_denied))
        if record.processing.duration_ms is not None:
            # a heap has its smallest on top: the quickest of the slow ones gives way
            keep = heapq.heappush if len(self._slowest) < SHOWN else heapq.heappushpop
            keep(self._slowest, (record.processing.duration_ms, name))

    def include(self, part: Summary) -> None:
        """Counts what a part of the run has counted."""
        for counts in (
            "statuses", "reasons", "removed", "languages", "quarantined", "_statuses_quarantined", "unmatched_overrides",
        ):  # fmt: skip
            getattr(self, counts).update(getattr(part, counts))
        self.unrequested += part.unrequested
        self.failures = [*self.failures, *part.failures][:SHOWN]
        self.troubles = [*self.troubles, *part.troubles][:MOST_TROUBLES]
        self._slowest = heapq.nlargest(SHOWN, (*self._slowest, *part._slowest))
        heapq.heapify(self._slowest)

    def end(self, *, seconds: float, stored: Stored | None = None, spared: int = 0) -> None:
        """Completes the counts of a run that took so long; ``stored``: what its records came to, None of a dry run."""
        self.seconds, self.spared = seconds, spared
        if stored is None:
            self.records = self.statuses - self._statuses_quarantined
            return
        self.merged, self.records = stored, stored.statuses
        if stored.became or self.pages or spared:
            counts = stored.became + Counter[Became](unchanged=spared)
            self.stored = {became: counts[became] for became in get_args(Became)}


def as_lines(summary: Summary, *, show_failed: str = "") -> tuple[str, ...]:
    """The run in a few lines for a log or a terminal. ``show_failed``: the command that shows what failed."""
    pace = summary.pages / summary.seconds if summary.seconds else 0.0
    lines = [f"{summary.headline} ({summary.seconds:.1f} s, {pace:.0f} a second)"]
    lines += _notes(summary)
    for title, counts in (
        ("pages by language", summary.languages),
        ("removed blocks", summary.removed),
        ("pages not ok", summary.reasons),
        ("pages quarantined, by gate", summary.quarantined),
    ):
        if counts:
            lines.append(f"{title}: " + ", ".join(f"{name} {count}" for name, count in _sorted(counts)))
    lines += [f"failed: {name}: {reason}" for name, reason in summary.failures]
    if (unnamed := summary.failed_pages - len(summary.failures)) > 0:
        lines.append(f"failed: {unnamed:,} more" + (f"; {show_failed} shows them" if show_failed else ""))
    if summary.slowest:
        name, took = summary.slowest[0]
        lines.append(f"slowest: {name}: {took:.0f} ms")
    return tuple(lines)


def as_markdown(summary: Summary) -> str:
    """The run as a Markdown page: a table for each kind of count that is not empty."""
    parts = [
        f"**{summary.headline}** in {summary.seconds:.1f} s",
        *_notes(summary),
        _table("Pages", ("status", "pages"), ((one, summary.statuses[one]) for one in STATUSES)),
        _table("Records", ("stored", "records"), summary.stored.items()),
        _table("Removed blocks", ("label", "blocks"), _sorted(summary.removed)),
        _table("Languages", ("language", "pages"), _sorted(summary.languages)),
        _table("Not ok", ("reason", "pages"), _sorted(summary.reasons)),
        _table("Quarantined", ("gate", "pages"), _sorted(summary.quarantined)),
        _table("First failures", ("page", "reason"), summary.failures),
        _table("Slowest pages", ("page", "ms"), ((name, round(took)) for name, took in summary.slowest)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _notes(summary: Summary) -> list[str]:
    """Versions, copies and decisions without a block; and a sentence for each reason why pages that were read have no
    record of their own.
    """
    stored = summary.merged
    same = "had the same content as another and"
    kept = "could not be had this time; what was read before stays"
    spared = "unchanged since the last run, not cleaned again"
    notes = (
        (stored.versions, "new version", "new versions"),
        (stored.copies, "copy of another article", "copies of other articles"),
        (stored.left_out, "copy left out (--unique)", "copies left out (--unique)"),
        (stored.shared, f"page {same} shares its record", f"pages {same} share its record"),
        (stored.again, "page was read again; the last reading counts", "pages were read again; the last reading counts"),
        (stored.kept, f"page {kept}", f"pages {kept}"),
        (summary.spared, f"page {spared}", f"pages {spared}"),
    )  # fmt: skip
    lines = [f"{count:,} {one if count == 1 else more}" for count, one, more in notes if count]
    if by_page := summary.unmatched_overrides:
        pages = [name for name, _ in by_page.most_common()]
        further = f" and {len(pages) - SHOWN:,} more" if len(pages) > SHOWN else ""
        lines.append(f"warning: {unmatched_message(by_page.total())} ({', '.join(pages[:SHOWN])}{further})")
    return lines


def _sorted(counts: Counter[str]) -> list[tuple[str, int]]:
    # the greatest first, by name where counts are equal: two runs over the same pages read the same
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _table(title: str, heads: tuple[str, str], rows: Iterable[tuple[str, object]]) -> str:
    body = [(cell(name), cell(str(value))) for name, value in rows]
    return f"## {title}\n\n{table(heads, body, numbers=[1])}" if body else ""
