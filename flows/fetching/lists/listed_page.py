"""A page that a list on the web names."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from copydesk.cleaners.types import Announced
from copydesk.flows.fetching.http.outcomes import Outcome

# "2024-05-01", without a time
_DAY_CHARS = 10


class ListedPage(Struct, frozen=True, omit_defaults=True):
    """A page that a source lists."""

    url: str
    key: str | None = None
    """Identifies the entry of a feed."""
    changed_at: datetime | None = None
    """The last change according to the list."""
    announced: Announced | None = None
    """The metadata in the list."""
    content: str | None = None
    """The text in the feed, in case the page cannot be fetched."""
    content_type: str | None = None
    """``text/html`` or ``text/plain``."""
    outcome: Outcome | None = None
    """Its outcome, if it was already fetched to detect its kind."""
    is_unconditional: bool = False
    """Whether it is fetched without validators."""


def moment_of(date: str | None) -> datetime | None:
    """A date of a list as a moment: of a day alone its end, without a zone in UTC."""
    if not date:
        return None
    try:
        found = datetime.fromisoformat(date)
    except ValueError:
        return None
    if len(date) == _DAY_CHARS:  # it may have changed again before the day was over
        found = found.replace(hour=23, minute=59, second=59)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
