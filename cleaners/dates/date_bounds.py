"""Which dates a page can have: none later than it was fetched, and no change long before the publication.

Without ``fetched_at`` nothing is bounded: nobody here asks a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.types import Candidate, Metadata

TOLERANCE: Final = timedelta(days=1)
"""How much later a date may be: local times up to 14 hours ahead are written as if they were UTC, dates alone
are those of the writer's calendar, and clocks go wrong. The same between a change and a publication, which
may be told in two zones.
"""
REJECTED: Final = "rejected_"
"""Stands before a field's name in ``Metadata`` for what was said of it and cannot be: candidates as they were
written.
"""
_DATE_CHARS = 10
MAX_REJECTED, _MAX_RAW_CHARS = 5, 120  # of one field


class DateBounds(Struct, frozen=True):
    """What dates are held against: the moment after which a page's dates cannot lie, or None where it is unknown."""

    latest: datetime | None = None

    def admits(self, written: str) -> bool:
        """Whether a date or time (RFC 3339, with or without offset) is possible; what is none is not judged."""
        moment = _moment(written)
        return self.latest is None or moment is None or moment <= self.latest


UNBOUNDED: Final = DateBounds()


def bounds_of(fetched_at: str | None) -> DateBounds:
    """The bounds of a page fetched then (RFC 3339, or a date: the end of that day)."""
    moment = _moment(fetched_at or "")
    if moment is None:
        return UNBOUNDED
    if len(fetched_at or "") == _DATE_CHARS:
        moment += timedelta(days=1)
    return DateBounds(moment + TOLERANCE)


def _moment(written: str) -> datetime | None:
    """The first moment a date or time can mean; without an offset it is taken as UTC. None where it is neither."""
    try:
        if len(written) == _DATE_CHARS:
            return datetime.combine(date.fromisoformat(written), time(), UTC)
        moment = datetime.fromisoformat(written.strip().upper())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def as_rejected(written: str) -> str:
    """What a date that cannot be was read from, as it is kept."""
    return written.strip()[:_MAX_RAW_CHARS]


def with_changes_after(metadata: Metadata) -> Metadata:
    """``metadata`` without dates of change that lie before the publication: templates and drafts leave those."""
    published = metadata.best("date_published")
    earliest = _moment(published.value) if published else None
    if earliest is None:
        return metadata
    changed = metadata.all("date_modified")
    kept = tuple(
        one for one in changed if (moment := _moment(one.value)) is None or moment >= earliest - TOLERANCE
    )
    if len(kept) == len(changed):
        return metadata
    gone = tuple(one for one in changed if one not in kept)
    key = REJECTED + "date_modified"
    rejected: dict[str, Candidate] = {}
    for one in (*metadata.all(key), *gone):
        rejected.setdefault(one.value, one)
    others = {name: found for name, found in metadata.candidates.items() if name != "date_modified"}
    return replace(
        metadata,
        candidates={**others, key: tuple(rejected.values())[:MAX_REJECTED]}
        | ({"date_modified": kept} if kept else {}),
    )
