"""What the index of near duplicates is given of a record, and what it says of one."""

from __future__ import annotations

from msgspec import Struct

from copydesk.cleaners.schema import Record


class Entry(Struct, frozen=True, kw_only=True):
    """As much of a record as tells whether it is a copy, and of what; ``id`` and ``version`` are its key.

    ``text`` without content, and ``content_hash`` None, say that there is nothing to compare. Times are those of the
    record: RFC 3339, or a day.
    """

    id: str
    version: int = 1
    text: str
    content_hash: str | None
    url: str | None = None
    canonical_url: str | None = None
    site_name: str | None = None
    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None
    date_published: str | None = None
    fetched_at: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """By which the record is known."""
        return self.id, self.version


class _Syndication(Struct, frozen=True):
    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None


class _Provenance(Struct, frozen=True):
    syndication: _Syndication = _Syndication()


class Comparable(Struct, frozen=True):
    """As much of a record's line as ``entry_of`` asks for: the rest is never built."""

    id: str
    status: str
    version: int = 1
    text: str = ""
    content_hash: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    site_name: str | None = None
    date_published: str | None = None
    fetched_at: str | None = None
    provenance: _Provenance = _Provenance()


def entry_of(record: Record | Comparable) -> Entry:
    """What the index needs of a record; of one that is rejected or failed nothing is compared."""
    said = record.provenance.syndication
    is_usable = record.status in ("ok", "partial")
    return Entry(
        id=record.id,
        version=record.version,
        text=record.text if is_usable else "",
        content_hash=record.content_hash if is_usable else None,
        url=record.url,
        canonical_url=record.canonical_url,
        site_name=record.site_name,
        agency=said.agency,
        original_publisher=said.original_publisher,
        original_url=said.original_url,
        date_published=record.date_published,
        fetched_at=record.fetched_at,
    )


class Mark(Struct, frozen=True):
    """What a record's ``duplicate_of`` and ``duplicate_similarity`` have to be.

    ``duplicate_of``: the id of the original; None where the record is one itself. ``similarity``: 0 to 1, the share of
    the shorter text's shingles that the other has too; 1 where the texts are the same; None with the other.
    """

    id: str
    version: int
    duplicate_of: str | None
    similarity: float | None
