"""How the sources of a run are doing, for its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from copydesk.flows.fetching.http.outcomes import GIVEN_UP


class NewestArticle(Struct, frozen=True):
    """The article of a source that came into the store last. ``url``: without secrets."""

    title: str | None
    url: str | None
    entered_at: datetime


class FailingUrl(Struct, frozen=True):
    """A page or list that could not be had the last time. ``attempts``: in a row; ``is_retried``: in this run.

    ``url``: without secrets.
    """

    source: str
    url: str
    reason: str
    is_list: bool
    attempts: int
    since: datetime
    next_attempt_at: datetime
    is_retried: bool

    @property
    def is_for_good(self) -> bool:
        """Whether this run has shown once more that retries do not help."""
        return self.is_retried and self.attempts >= GIVEN_UP


class SourceStates(Struct, frozen=True):
    """By the names of sources: the last article, and how many URLs fail. ``urls``: lists first, then what fails for
    longest; ``for_good``: of all that fail, the first few that fail for good.
    """

    newest: Mapping[str, NewestArticle] = {}
    failing: Mapping[str, int] = {}
    urls: Sequence[FailingUrl] = ()
    for_good: Sequence[FailingUrl] = ()


NO_STATES = SourceStates()
"""Where nothing on the web was read."""
