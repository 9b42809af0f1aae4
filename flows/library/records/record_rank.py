"""Decides which of two records of a page is stored: a failure today does not replace an article read before."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

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
