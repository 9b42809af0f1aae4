"""What a run did, counted record by record, and in words: a few lines or a Markdown page.

Only counts and a handful of examples are kept, so a run over a million pages needs no more memory
than one over ten.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import get_args

from msgspec import Struct

from copydesk.cleaners.schema import Record, Status
from copydesk.flows.config.override_file import unmatched_count, unmatched_message
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.run.reporting.text import UNPRINTABLE, cell, one_line, table
from copydesk.flows.shortening import counted
from copydesk.flows.sinks.store_backend import Stored
from copydesk.flows.sources.source_tally import DENIED

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


class Summary(Struct, frozen=True):
    """Counts of one run. Pairs are sorted, the greatest first; ``seconds`` is wall-clock time.

    ``records`` and ``stored`` count the records of what was read, the latter by whether the store knew
    them: nothing where nothing is stored yet. Everything else counts pages as they were read: ``merged`` has those of
    them that have no record of their own.
    ``spared``: pages beside these that were not cleaned again, as they have not changed; their records are among those
    that are ``unchanged``.
    """

    statuses: tuple[tuple[str, int], ...]
    records: tuple[tuple[str, int], ...]
    stored: tuple[tuple[str, int], ...]  # new, changed, unchanged
    reasons: tuple[tuple[str, int], ...]
    removed: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    failures: tuple[tuple[str, str], ...]  # name, reason; the first few
    slowest: tuple[tuple[str, float], ...]  # name, milliseconds
    seconds: float
    pages: int
    failed_pages: int
    merged: Stored = Stored()
    spared: int = 0
    quarantined: tuple[tuple[str, int], ...] = ()  # gate, pages that did not pass it
    unmatched_overrides: int = 0  # manual decisions that match no block
    troubles: tuple[Trouble, ...] = ()  # the first pages that failed or were denied

    @property
    def has_news(self) -> bool:
        """Whether a record is new, or differs from the record before."""
        return any(count for _, count in self.stored[:2])

    @property
    def headline(self) -> str:
        """One line: ``12 pages cleaned: 10 ok, 1 partial, 1 rejected, 0 failed; 3 records new, 1 changed, 38
        unchanged``.
        """
        parts = [f"{counted(self.pages, 'page')} cleaned: {_in_a_row(self.statuses)}"]
        if self.stored:
            (_, new), *others = self.stored
            parts.append(f"{counted(new, 'record')} new, {_in_a_row(others)}")
        return "; ".join(parts)


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
    summary: str


def result_of(
    summary: Summary, lines: Iterable[str], *, missing: int, is_stopped: bool, unwritten: Iterable[str]
) -> IngestResult:
    """What a run came to; ``lines``: in words. ``missing``: of what was named."""
    return IngestResult(
        pages=summary.pages,
        failed_pages=summary.failed_pages,
        records=sum(count for _, count in summary.records),
        **{"new": 0, "changed": 0, "unchanged": 0, **dict(summary.stored)},
        **dict(summary.records),
        stopped=is_stopped,
        unwritten=tuple(unwritten),
        missing=missing,
        summary="\n".join(lines),
    )


class Tally:
    """Counts records as they pass by."""

    def __init__(self) -> None:
        self._statuses: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._removed: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._failures: list[tuple[str, str]] = []
        self._slowest: list[tuple[float, str]] = []
        self._quarantined: Counter[str] = Counter()
        self._statuses_quarantined: Counter[str] = Counter()
        self._unmatched = 0
        self._troubles: list[Trouble] = []

    @property
    def pages(self) -> int:
        """How many pages were counted so far."""
        # each page ends in exactly one record, so that statuses count pages
        return self._statuses.total()

    @property
    def failed(self) -> int:
        """How many of them are failures."""
        return self._statuses["failed"]

    def add(self, record: Record, gate: str | None = None) -> None:
        """Counts one record. ``gate``: that it did not pass, where it is not stored."""
        name = without_secrets(one_line(record.url or record.source.name or record.id))
        reason, half = UNPRINTABLE.sub(" ", record.reason or "unknown"), (REASON_CHARS - 3) // 2
        # what is too long is left out of its middle
        reason = reason if len(reason) <= REASON_CHARS else f"{reason[:half]} … {reason[-half:]}"
        # every count is of words from a fixed set or the first few: memory does not grow with the run
        self._statuses[record.status] += 1
        if gate is not None:
            self._quarantined[gate] += 1
            self._statuses_quarantined[record.status] += 1
        self._removed.update(removed.label for removed in record.removed)
        self._unmatched += unmatched_count(record)
        if record.status in ("ok", "partial"):
            self._languages[record.language] += 1
        if record.status != "ok":
            # the code alone: messages quote their page, and would be as many as pages
            self._reasons[f"{record.status}: {reason.split(':')[0]}"] += 1
        if record.status == "failed" and len(self._failures) < SHOWN:
            self._failures.append((name, reason))
        is_denied = reason.partition(":")[0] in DENIED
        if (is_denied or record.status == "failed") and len(self._troubles) < MOST_TROUBLES:
            url = without_secrets(record.url) if record.url else None
            source = without_secrets(one_line(record.source.name or record.id))
            self._troubles.append(Trouble(source, url, reason, is_denied))
        if record.processing.duration_ms is not None:
            # a heap has its smallest on top: the quickest of the slow ones gives way
            keep = heapq.heappush if len(self._slowest) < SHOWN else heapq.heappushpop
            keep(self._slowest, (record.processing.duration_ms, name))

    def summary(self, *, seconds: float, stored: Stored | None = None, spared: int = 0) -> Summary:
        """The counts so far, for a run that took this long; ``stored``: what the records came to, once that
        is known; ``spared``: pages that were not cleaned again.
        """
        records = self._statuses - self._statuses_quarantined if stored is None else stored.statuses
        counts, kinds = Counter(stored.became.values() if stored else ()), list[tuple[str, int]]()
        if stored and (stored.became or self.pages or spared):
            kinds = [("new", counts["new"]), ("changed", counts["changed"])]
            kinds += [("unchanged", counts["unchanged"] + spared)]
        stored = stored or Stored()
        return Summary(
            statuses=_by_status(self._statuses),
            records=_by_status(records),
            stored=tuple(kinds),
            reasons=_sorted(self._reasons),
            removed=_sorted(self._removed),
            languages=_sorted(self._languages),
            failures=tuple(self._failures),
            slowest=tuple((name, took) for took, name in sorted(self._slowest, reverse=True)),
            seconds=seconds,
            pages=self.pages,
            failed_pages=self.failed,
            merged=stored,
            spared=spared,
            quarantined=_sorted(self._quarantined),
            unmatched_overrides=self._unmatched,
            troubles=tuple(self._troubles),
        )


def as_lines(summary: Summary, *, show_failed: str = "") -> tuple[str, ...]:
    """The run in a few lines for a log or a terminal. ``show_failed``: the command that shows what failed."""
    pace = summary.pages / summary.seconds if summary.seconds else 0.0
    lines = [f"{summary.headline} ({summary.seconds:.1f} s, {pace:.0f} a second)"]
    lines += _notes(summary)
    lines += _line("pages by language", summary.languages)
    lines += _line("removed blocks", summary.removed)
    lines += _line("pages not ok", summary.reasons)
    lines += _line("pages quarantined, by gate", summary.quarantined)
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
        _table("Pages", ("status", "pages"), summary.statuses),
        _table("Records", ("stored", "records"), summary.stored),
        _table("Removed blocks", ("label", "blocks"), summary.removed),
        _table("Languages", ("language", "pages"), summary.languages),
        _table("Not ok", ("reason", "pages"), summary.reasons),
        _table("Quarantined", ("gate", "pages"), summary.quarantined),
        _table("First failures", ("page", "reason"), summary.failures),
        _table("Slowest pages", ("page", "ms"), ((name, round(took)) for name, took in summary.slowest)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _notes(summary: Summary) -> list[str]:
    """Versions, copies and decisions without a block; and a sentence for each reason why pages that were read have no
    record of their own.
    """
    stored = summary.merged
    same, kept = (
        "had the same content as another and",
        "could not be had this time; what was read before stays",
    )
    spared = "unchanged since the last run, not cleaned again"
    notes = (
        (stored.versions, "new version", "new versions"),
        (stored.copies, "copy of another article", "copies of other articles"),
        (stored.left_out, "copy left out (--unique)", "copies left out (--unique)"),
        (stored.shared, f"page {same} shares its record", f"pages {same} share its record"),
        (stored.again, "page was read again; what was read last holds", "pages were read again; what was read last holds"),
        (stored.kept, f"page {kept}", f"pages {kept}"),
        (summary.spared, f"page {spared}", f"pages {spared}"),
    )  # fmt: skip
    lines = [f"{count:,} {one if count == 1 else more}" for count, one, more in notes if count]
    return (
        [*lines, f"warning: {unmatched_message(summary.unmatched_overrides)}"]
        if summary.unmatched_overrides
        else lines
    )


def _by_status(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    # in the schema's order, zeros too: who reads the headline by machine finds all four
    return tuple((status, counts.get(status, 0)) for status in STATUSES)


def _in_a_row(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts)


def _sorted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    # by name where counts are equal: two runs over the same pages read the same
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _line(title: str, counts: tuple[tuple[str, int], ...]) -> list[str]:
    return [f"{title}: " + ", ".join(f"{name} {count}" for name, count in counts)] if counts else []


def _table(title: str, heads: tuple[str, str], rows: Iterable[tuple[str, object]]) -> str:
    body = [(cell(name), cell(str(value))) for name, value in rows]
    return f"## {title}\n\n{table(heads, body, numbers=[1])}" if body else ""
