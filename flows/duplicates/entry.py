"""The input of the index of near duplicates, and its result."""

from __future__ import annotations

from msgspec import Struct


class Syndication(Struct, frozen=True):
    """As in a record's ``provenance``."""

    agency: str | None = None
    original_publisher: str | None = None
    original_url: str | None = None


class Provenance(Struct, frozen=True):
    """As much of a record's as the index needs."""

    syndication: Syndication = Syndication()


class Entry(Struct, frozen=True, kw_only=True):
    """As much of a record as decides whether it is a copy, and of what: decoded from its line, the rest is never built.

    Times are those of the record: RFC 3339, or a day.
    """

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
    provenance: Provenance = Provenance()

    @property
    def key(self) -> tuple[str, int]:
        """By which the record is known."""
        return self.id, self.version

    @property
    def content(self) -> tuple[str, str] | None:
        """The text and its hash; None where there is nothing to compare, as in a record that is rejected or failed."""
        if self.status not in ("ok", "partial") or not self.text or not self.content_hash:
            return None
        return self.text, self.content_hash


class Mark(Struct, frozen=True):
    """What a record's ``duplicate_of`` and ``duplicate_similarity`` have to be.

    ``duplicate_of``: the id of the original; None where the record is one itself. ``similarity``: 0 to 1, the share of
    the shorter text's shingles that the other has too; 1 where the texts are the same; None with the other.
    """

    id: str
    version: int
    duplicate_of: str | None
    similarity: float | None
