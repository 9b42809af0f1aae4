"""What a feed or sitemap says of a page, where the page itself is silent."""

from __future__ import annotations

from collections.abc import Iterator

from copydesk.cleaners.dates.date_bounds import UNBOUNDED, DateBounds, with_bounds
from copydesk.cleaners.dates.written_dates import read_date
from copydesk.cleaners.types import Announced, Candidate, Metadata

_LISTS = ("author", "tag")
"""Fields all of whose candidates are meant: a list's own are heard only where the page has none."""


def with_announced(
    metadata: Metadata, announced: Announced | None, bounds: DateBounds = UNBOUNDED
) -> Metadata:
    """``metadata`` with what the list says behind everything the page says, each with its origin (``feed:title``)."""
    if announced is None:
        return metadata
    found = dict(metadata.candidates)
    for field, values in _offers(announced):
        known = found.get(field, ())
        if known and field in _LISTS:
            continue
        # what the page says itself is not said again with a lesser origin
        new = tuple(
            Candidate(value, f"{announced.origin}:{field}")
            for value in values
            if value and all(value != one.value for one in known)
        )
        if new:
            found[field] = (*known, *new)
    # through the bounds, unlike the texts: a feed's date may lie in the future
    for field, said in (("date_published", announced.published), ("date_modified", announced.updated)):
        date = Candidate(read_date(said or "") or "", f"{announced.origin}:{field}")
        with_bounds(found, field, ((said or "", date),), bounds)
    return Metadata(found)


def _offers(announced: Announced) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    yield "title", (announced.title,)
    yield "author", announced.authors
    yield "tag", announced.tags
    yield "site_name", (announced.site_name,)
