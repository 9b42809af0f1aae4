"""What a run did with one of its sources, counted while it goes on."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct, field

from copydesk.cleaners.schema import Record
from copydesk.flows.stored import Became
from copydesk.flows.stored_content import REASON as RESERVED

ROBOTS_DENIED = "robots_denied"
"""Code of the reason for which a page is not requested at all."""
DENIED = frozenset({ROBOTS_DENIED, RESERVED})
"""Codes of reasons for which a publisher does not let us have a page; a source with another policy reads it."""

LEFT_OUT = {
    "known": "known",
    "old": "older than since",
    "beyond": "beyond the limit",
    "linkless": "without a link",
    "resting": "failed lately",
    "denied": "denied lately",
    "left": "of hosts that do not answer",
    "patience": "of hosts that requested a pause",
    "shared": "requested by another source",
}
"""Why a page or entry that a source lists is not requested, with the words for it."""


class SourceTally(Struct):
    """Counts of pages. Once a run has come to its end, ``listed`` is ``requested`` and all ``left_out``;
    ``requested`` is ``read``, ``rejected``, ``failed``, and ``spared``: those that need not be cleaned again. ``sent``
    is what reports show of it. What became of their records: ``became``, filled once they are in the store.

    Who fetches counts in one thread, who stores in another: no count is for both.
    """

    name: str
    kind: str
    remark: str | None = None
    """A remark on it, such as why it was not read."""
    may_be_empty: bool = False
    """Whether it is as it should be that it yields nothing."""
    is_begun: bool = False
    is_ended: bool = False
    listed: int = 0
    requested: int = 0
    spared: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    lists_read: int = 0
    lists_unchanged: int = 0
    list_problem: str | None = None
    """What the first of its lists that could not be read, or not whole, lacks."""
    missing: int = 0
    """How many files, folders and rows that it names are none."""
    unlisted: int = 0
    """How many places that it names could not be listed: what they hold is as it was, for all we know."""
    read: int = 0
    became: Counter[Became] = field(default_factory=Counter)
    rejected_for: Counter[str] = field(default_factory=Counter)
    failed_for: Counter[str] = field(default_factory=Counter)
    """Codes of reasons, with how many pages."""

    def __post_init__(self) -> None:
        # why it was not read is known at once
        if self.remark is not None:
            self.is_begun = self.is_ended = True

    @property
    def rejected(self) -> int:
        """Pages of which there is no article."""
        return self.rejected_for.total()

    @property
    def sent(self) -> int:
        """Requests for pages: none is sent for one that robots.txt denies."""
        return self.requested - self.rejected_for[ROBOTS_DENIED]

    @property
    def denied(self) -> int:
        """Those of the rejected that their publisher does not let us have."""
        return sum(self.rejected_for[code] for code in DENIED)

    @property
    def failed(self) -> int:
        """Pages that could not be had or read."""
        return self.failed_for.total()

    @property
    def has_failures(self) -> bool:
        """Whether pages could not be had, or one of its lists could not be read."""
        return self.failed > 0 or self.list_problem is not None

    @property
    def unchanged(self) -> int:
        """Pages whose records are as they were, whether they were cleaned again or spared."""
        return self.spared + self.became["unchanged"]

    @property
    def has_nothing_new(self) -> bool:
        """Whether what it lists is known and has not changed: as usual with most sources in most runs."""
        return bool(self.spared or self.lists_unchanged or self.left_out["known"])

    def leave_out(self, why: str, count: int = 1) -> None:
        """So many pages are listed and not requested, for a reason in ``LEFT_OUT``."""
        if count:
            self.left_out[why] += count

    def miss(self, problem: str | None = None, *, code: str = "missing") -> None:
        """Counts a file or folder that is not there, or a row that is none, in place of the pages it should hold;
        ``problem``: which.
        """
        self.missing += 1
        self._fail(problem, code)

    def fail_to_list(self, problem: str, code: str) -> None:
        """The same of a place that may be there, and does not say what it holds."""
        self.unlisted += 1
        self._fail(problem, code)

    def _fail(self, problem: str | None, code: str) -> None:
        self.listed += 1
        self.requested += 1
        self.failed_for[code] += 1
        self.list_problem = self.list_problem or problem

    def store(self, record: Record) -> None:
        """Counts what one page came to."""
        if record.status in ("ok", "partial"):
            self.read += 1
            return
        reasons = self.failed_for if record.status == "failed" else self.rejected_for
        reasons[(record.reason or "unknown").partition(":")[0]] += 1

    def count_became(self, became: Became) -> None:
        """Counts what became of a record."""
        self.became[became] += 1

    def add(self, other: SourceTally) -> None:
        """Counts what another source has, too."""
        self.listed += other.listed
        self.requested += other.requested
        self.spared += other.spared
        self.read += other.read
        self.became += other.became
        self.left_out += other.left_out
        self.rejected_for += other.rejected_for
        self.failed_for += other.failed_for
        self.missing += other.missing
        self.unlisted += other.unlisted
        self.list_problem = self.list_problem or other.list_problem
