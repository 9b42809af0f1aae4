"""The fields of a record by which its page is known."""

from __future__ import annotations

import msgspec

from copydesk.flows.library.records.record_rank import RecordRank, rank_of


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
    """As much of a record's as decides."""

    missing_pages: str | None = None


class LineKey(msgspec.Struct, frozen=True):
    """The fields of a line by which its page is identified."""

    id: str
    source: Source
    status: str
    reason: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    fetched_at: str | None = None
    title: str | None = None
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
