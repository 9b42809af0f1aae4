"""Attempts at URLs, as the state is told of them and tells of them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import Validators


class Ending(Struct, frozen=True):
    """How an attempt at a URL ended.

    ``code`` and ``validators`` given as None stay what they were, as when the page has not changed or the
    attempt failed; ``Validators()`` says that the server gave none. A failure counts one more in a row,
    anything else begins anew.
    """

    code: str | None
    is_failure: bool = False
    status: int | None = None
    """The HTTP status; None where no answer came."""
    validators: Validators | None = None
    next_attempt_at: datetime | None = None
    """Not to be asked for before; None where nothing stands against it."""
    left_before: datetime | None = None
    """Of a list: what it dates before was left out. None where all of it was taken. Of a failure it says nothing."""
    first_fetched_at: datetime | None = None
    """From when on the age of a page counts, where that is not known yet; None of lists and failures."""
    is_list: bool = False
    """Whether it leads to pages; a page may be both, one after the other, and is what it was last."""
    over: str | None = None
    """How the keys of entries of its source begin that are forgotten."""


class Fetch(Struct, frozen=True):
    """The last attempt at a URL, and what the last good one brought."""

    url: str
    source: str
    """Name of the source it was fetched for."""
    outcome: str
    """A code of how it ended."""
    status: int | None
    validators: Validators
    fetched_at: datetime
    """When it was last asked for, however that ended."""
    next_attempt_at: datetime | None
    failures: int
    """Attempts that failed since the last that did not."""
    left_before: datetime | None = None
    first_fetched_at: datetime | None = None
    """When it was first had; None of lists, and of pages of states from before it was noted."""
    age_when_asked: int | None = None
    """Seconds from then to ``fetched_at``."""
    list_version: str | None = None
    """Which body of it was last read as a list; its validators may be of a newer one, read as a page."""
