"""Which of two records of one page holds: what is known of a page is not lost because it cannot be had today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from types import MappingProxyType

from copydesk.cleaners.reasons import is_answer
from copydesk.flows.sinks.stored_content import REASON as RESERVED

JUDGEMENTS: Mapping[str, str] = MappingProxyType(
    {
        RESERVED: "the publisher reserves text and data mining: that is honoured, whatever was read before",
        "index": "a list of links, seen by its content",
        "category": "a list of one subject or of things for sale, seen by its content",
        "search": "the results of a search, seen by their words",
        "product": "something for sale, seen by its content",
        "forum": "a discussion, seen by its content",
        "service": "an offer or a form, seen by its content",
        "no_article": "nothing on the page reads like an article",
    }
)
"""Reason codes of ``rejected`` records that judge what a page is, and why each is a judgement: a better one
corrects an older one.

Every other code (``http_404``, ``robots_denied``, ``captcha``, ``needs_javascript``, ``empty`` …) says that
the page was not to be had or not shown this time, which is nothing against what was read of it before.
"""


class RecordRank(IntEnum):
    """How much a record holds of its page; ``is_replaced`` decides by it."""

    FAILED = 0
    """Nothing: fetching or cleaning failed."""
    UNSEEN = 1
    """That it was not to be had, or not shown."""
    JUDGED = 2
    """That it is no article, or not ours to read."""
    CUT_SHORT = 3
    """A part of it: of an article on several pages some could not be had this time."""
    USABLE = 4


def rank_of(status: str, reason: str | None, missing_pages: str | None = None) -> RecordRank:
    """What a record of this status and reason knows of its page. ``missing_pages``: of its ``processing``."""
    if status == "failed":
        # that a site does not have it is more than nothing
        return RecordRank.UNSEEN if is_answer(reason or "") else RecordRank.FAILED
    if status != "rejected":
        return RecordRank.CUT_SHORT if missing_pages == "later" else RecordRank.USABLE
    return RecordRank.JUDGED if (reason or "").partition(":")[0] in JUDGEMENTS else RecordRank.UNSEEN


def is_replaced(old: RecordRank, new: RecordRank) -> bool:
    """Whether a newer record of the same page takes the older one's place."""
    if new is RecordRank.FAILED:
        return old is RecordRank.FAILED
    if new is RecordRank.CUT_SHORT:
        return old is not RecordRank.USABLE
    return not (new is RecordRank.UNSEEN and old >= RecordRank.CUT_SHORT)


def moment_of(written: str | None) -> datetime | None:
    """When a page was fetched, as its record has it; None where that is no moment."""
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return None
    # a date, or a time without its zone, may lie half a day away
    return found if found.tzinfo is not None else None
