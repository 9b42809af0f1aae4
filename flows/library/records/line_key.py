"""The fields of a record by which its page is known, and which of two records of a page is stored: a failure today does
not replace an article read before.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

import msgspec

from copydesk.cleaners.reasons import is_answer
from copydesk.flows.stored_content import REASON as RESERVED

JUDGEMENTS = (RESERVED, "index", "category", "search", "product", "forum", "service", "no_article")
"""Reason codes of ``rejected`` records that judge the page: by its content and words, or by what its publisher
reserves, whatever was read before. A judgement replaces an older record.

All other codes (``http_404``, ``robots_denied``, ``captcha``, ``needs_javascript``, ``empty`` …) mean that the page was
not available this time, which says nothing about an earlier record.
"""


class RecordRank(IntEnum):
    """How much a record knows of its page; ``is_replaced`` compares two."""

    FAILED = 0
    """Nothing: fetching or cleaning failed."""
    UNAVAILABLE = 1
    """The page was not available this time."""
    JUDGED = 2
    """The page is no article, or reserved."""
    CUT_SHORT = 3
    """A part of the article: some of its pages were not available this time."""
    USABLE = 4


def rank_of(status: str, reason: str | None, missing_pages: str | None = None) -> RecordRank:
    """The rank of a record with this status and reason. ``missing_pages``: of its ``processing``."""
    if status == "failed":
        # the site's answer that it does not have the page is information
        return RecordRank.UNAVAILABLE if is_answer(reason or "") else RecordRank.FAILED
    if status != "rejected":
        return RecordRank.CUT_SHORT if missing_pages == "later" else RecordRank.USABLE
    return RecordRank.JUDGED if (reason or "").partition(":")[0] in JUDGEMENTS else RecordRank.UNAVAILABLE


def is_replaced(old: RecordRank, new: RecordRank) -> bool:
    """Whether a newer record of the same page replaces the older one."""
    if new is RecordRank.FAILED:
        return old is RecordRank.FAILED
    if new is RecordRank.CUT_SHORT:
        return old is not RecordRank.USABLE
    return not (new is RecordRank.UNAVAILABLE and old >= RecordRank.CUT_SHORT)


def moment_of(written: str | None) -> datetime | None:
    """The moment of a record's ``fetched_at``; None if it is no time with a zone."""
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


# of source and provenance the fields that decide alone: a line's text and removals are never built
class Source(msgspec.Struct, frozen=True):
    """Where a record was read; ``retrieved_from``: the capture of an archive."""

    name: str
    kind: str = ""
    retrieved_from: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """What its publisher reserves."""

    tdm_reserved: bool | None = None


class Provenance(msgspec.Struct, frozen=True):
    """As much of a record's as decides."""

    usage: Usage = Usage()


class Processing(msgspec.Struct, frozen=True):
    """As much of a record's as decides, and by which rules it was made."""

    missing_pages: str | None = None
    copydesk: str = ""
    rules: str = ""


class LineKey(msgspec.Struct, frozen=True):
    """The fields of a line by which its page is identified, and others that are columns: texts and blocks are not
    decoded.
    """

    id: str
    source: Source
    status: str
    reason: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    fetched_at: str | None = None
    title: str | None = None
    site_name: str | None = None
    language: str = "und"
    date_published: str | None = None
    content_hash: str | None = None
    duplicate_of: str | None = None
    duplicate_similarity: float | None = None
    version: int = 1
    next: str | None = None
    provenance: Provenance = Provenance()
    processing: Processing = Processing()

    @property
    def rank(self) -> RecordRank:
        """What it knows of the page."""
        return rank_of(self.status, self.reason, self.processing.missing_pages)

    @property
    def is_past(self) -> bool:
        """Whether it is a version after which there is another."""
        return self.next is not None

    @property
    def attempts(self) -> tuple[str, ...]:
        """By which it is known that something was tried again."""
        by_source = f"{self.source.kind} {self.source.name}"
        # without a URL only the source shows what was tried: a failed file has neither text nor headline
        return (self.url, by_source) if self.url else (by_source,)
