"""Reduces records before they are stored: removed text according to ``--removed``, and the content of pages whose
publisher reserves text and data mining.

Robots.txt decides whether a page may be fetched; the reservation decides whether it may be mined (Directive (EU)
2019/790, article 4; TDM Reservation Protocol). Terms about training or search do not matter here: they are in
``provenance.usage``, for those who use the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from copydesk.cleaners.schema import Provenance, Record, Removed

# one of line_key.JUDGEMENTS: it replaces the record of an earlier reading
REASON = "tdm_reserved"


def _counts(record: Record) -> Record:
    """The record with one entry a label instead of the removed texts; its evidence is ``blocks: 12, chars: 3400``."""
    totals: dict[str, tuple[int, int]] = {}
    for removed in record.removed:
        blocks, chars = totals.get(removed.label, (0, 0))
        totals[removed.label] = (blocks + 1, chars + len(removed.text))
    return replace(
        record,
        # sorted: the line must not depend on the order of removals
        removed=tuple(
            Removed(after=0, label=label, rule="", evidence=f"blocks: {blocks}, chars: {chars}", text="")
            for label, (blocks, chars) in sorted(totals.items())
        ),
    )


def _full(record: Record) -> Record:
    """Text and removals together are the whole page."""
    return record


def _none(record: Record) -> Record:
    return replace(record, removed=())


# named, so that they can be sent to the workers of a cluster
REMOVALS: Mapping[str, Callable[[Record], Record]] = MappingProxyType(
    {"full": _full, "counts": _counts, "none": _none}
)
"""The values of ``--removed``."""


def is_reserved(record: Record) -> bool:
    """Whether the page or its site reserves text and data mining."""
    return record.provenance.usage.tdm_reserved is True


def without_content(record: Record) -> Record:
    """A ``rejected`` record with the page's URL and its reservation, without its content."""
    usage = record.provenance.usage
    # other evidence quotes the page
    evidence = tuple(one for one in record.provenance.evidence if one.field.startswith("usage."))
    return Record(
        id=record.id,
        status="rejected",
        reason=f'{REASON}: its publisher reserves text and data mining; policy = "record" reads it all the same',
        url=record.url,
        canonical_url=record.canonical_url,
        source=record.source,
        fetched_at=record.fetched_at,
        license=record.license,
        provenance=Provenance(usage=usage, evidence=evidence),
        processing=replace(record.processing, overrides=()),
    )


class Reservations:
    """Records (without content) of reserved pages, so that cleaning the archive does not restore their content."""

    def __init__(self, reserved: Iterable[Record]) -> None:
        self._by_page: dict[str, Record] = {}
        shared: dict[
            Provenance, Provenance
        ] = {}  # saves memory: it is mostly the same for the pages of a site
        for record in reserved:
            kept = replace(record, provenance=shared.setdefault(record.provenance, record.provenance))
            self._by_page[record.url or record.id] = kept

    def honoured(self, record: Record) -> Record:
        """The record, without content if its page or its canonical page was reserved when it was fetched, or later."""
        found = self._by_page.get(record.url or record.id) or self._by_page.get(record.canonical_url or "")
        if found is None:
            return record
        # if a time is unknown, the reservation counts; both are texts in the same format
        if record.fetched_at and found.fetched_at and record.fetched_at > found.fetched_at:
            return record
        if found.url == record.url:
            return replace(found, source=record.source)
        return replace(
            found, id=record.id, url=record.url, canonical_url=record.canonical_url, source=record.source
        )
