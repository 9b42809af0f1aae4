"""The fields of a record that metadata fill: the best candidates, with their origins."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from msgspec.structs import replace

from copydesk.cleaners.dates.timestamps import REJECTED
from copydesk.cleaners.markup.page_head import web_address
from copydesk.cleaners.metadata.credits import authors_of
from copydesk.cleaners.record.status import is_free
from copydesk.cleaners.schema import Image, Record, RejectedDate
from copydesk.cleaners.types import Labelled, Metadata

# candidates are named for one value, fields of the record for all
_FIELD_OF = {"author": "authors", "tag": "tags", "image": "images"}
_Date = Literal["date_published", "date_modified"]
_DATES: tuple[_Date, ...] = get_args(_Date)
_PARTS = frozenset({"author_url", "language"})  # the language says its origin itself
# https://example.com/a matches, neither https://example.com/ nor https://example.com/?id=1 does
_BEYOND_FRONT_PAGE = re.compile(r"https?://[^/?#]+/[^?#]")


def with_metadata(
    record: Record,
    metadata: Metadata,
    labelled: Sequence[Labelled],
    images: tuple[Image, ...],
    *,
    url: str | None,
) -> Record:
    """``record`` with what is known of the page with these blocks and pictures, found at ``url``."""
    described = replace(
        record,
        canonical_url=_canonical(metadata, url),
        title=_value(metadata, "title"),
        subtitle=_value(metadata, "subtitle"),
        description=_value(metadata, "description"),
        section=_value(metadata, "section"),
        tags=tuple(candidate.value for candidate in metadata.all("tag")),
        images=images,
        authors=authors_of(metadata),
        site_name=_value(metadata, "site_name"),
        date_published=_value(metadata, "date_published"),
        date_modified=_value(metadata, "date_modified"),
        license=_value(metadata, "license"),
        is_accessible_for_free=is_free(labelled, metadata),
    )
    # after the fields: only those that got a value have an origin
    return replace(described, field_origins=_origins(metadata, described))


def rejected_dates(metadata: Metadata) -> tuple[RejectedDate, ...]:
    """Impossible dates of the page, and times of day that are left out of its dates."""
    return tuple(rejected for field in _DATES for rejected in _rejected(metadata, field))


def _rejected(metadata: Metadata, field: _Date) -> Iterator[RejectedDate]:
    for candidate in metadata.all(REJECTED + field):
        yield RejectedDate(field=field, value=candidate.value, origin=candidate.origin)
    best = metadata.best(field)
    if best is not None and best.clock:
        yield RejectedDate(
            field=field, value=best.clock, origin=best.origin, why="time of day without a zone"
        )


def _canonical(metadata: Metadata, url: str | None) -> str | None:
    """The canonical address; a site's front page names no article, unless it is the page."""
    candidate = metadata.best("canonical_url")
    address = web_address(candidate.value, base=url) if candidate else None
    if address is None or address == url or _BEYOND_FRONT_PAGE.match(address):
        return address
    return None


def _value(metadata: Metadata, name: str) -> str | None:
    best = metadata.best(name)
    return best.value if best else None


def _origins(metadata: Metadata, record: Record) -> dict[str, str]:
    """Field of the record to the place its value was found in, for the fields that have one."""
    origins = {
        _FIELD_OF.get(name, name): found[0].origin
        for name, found in sorted(metadata.candidates.items())
        if found and name not in _PARTS
    }
    return {
        name: origin for name, origin in origins.items() if getattr(record, name, None) not in (None, (), "")
    }
