"""What is left of a record that is stored: of what was removed as ``--removed`` has it, for those who store millions;
nothing of a page whose publisher reserves text and data mining, where its source respects that.

Robots.txt decides whether a page may be fetched, this whether it may be mined (Directive (EU) 2019/790,
article 4, declared by the TDM Reservation Protocol). A publisher's words on training or search concern those
who use a record later: they are in ``provenance.usage`` and stop nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from copydesk.cleaners.schema import Provenance, Record, Removed

# one of record_rank.JUDGEMENTS: what was read of the page before gives way to it
REASON = "tdm_reserved"


def _counts(record: Record) -> Record:
    """One entry a label instead of the removed texts, its evidence ``blocks: 12, chars: 3400``."""
    totals: dict[str, tuple[int, int]] = {}
    for removed in record.removed:
        blocks, chars = totals.get(removed.label, (0, 0))
        # characters and not bytes, as all lengths in a record
        totals[removed.label] = (blocks + 1, chars + len(removed.text))
    return replace(
        record,
        # in the order of labels: the same page gives the same line whatever was removed first
        removed=tuple(
            Removed(after=0, label=label, rule="", evidence=f"blocks: {blocks}, chars: {chars}", text="")
            for label, (blocks, chars) in sorted(totals.items())
        ),
    )


REMOVALS: Mapping[str, Callable[[Record], Record]] = MappingProxyType(
    {
        # text and removals give back the page
        "full": lambda record: record,
        "counts": _counts,
        "none": lambda record: replace(record, removed=()),
    }
)
"""The values of ``--removed``: how much of what was removed a stored record keeps."""


def is_reserved(record: Record) -> bool:
    """Whether the page, or its site for the page, reserves text and data mining."""
    return record.provenance.usage.tdm_reserved is True


def without_content(record: Record) -> Record:
    """A ``rejected`` record with the page's URL and its reservation, without its content."""
    usage = record.provenance.usage
    # evidence of other fields quotes the page itself
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
    """Pages that were found reserved, given as their records without content: what was archived of them
    before is not brought back.
    """

    def __init__(self, reserved: Iterable[Record]) -> None:
        self._by_page: dict[str, Record] = {}
        shared: dict[Provenance, Provenance] = {}  # the pages of a site are reserved in the same words
        for record in reserved:
            kept = replace(record, provenance=shared.setdefault(record.provenance, record.provenance))
            # a page without an address by its id
            self._by_page[record.url or record.id] = kept

    def honoured(self, record: Record) -> Record:
        """The record; without content where its page was reserved when it was fetched or later.

        Or the page that it names as its canonical URL: what a publisher reserves, it reserves in its copies too.
        """
        found = self._by_page.get(record.url or record.id) or self._by_page.get(record.canonical_url or "")
        if found is None or not _is_before(record, found):
            return record
        if found.url == record.url:
            return replace(found, source=record.source)
        return replace(
            found, id=record.id, url=record.url, canonical_url=record.canonical_url, source=record.source
        )


def _is_before(record: Record, reserved: Record) -> bool:
    """Whether a page was fetched no later than it was found reserved; so it is held where the one or the
    other time is not known.
    """
    if record.fetched_at is None or reserved.fetched_at is None:
        return True
    return record.fetched_at <= reserved.fetched_at  # written by us, in one form
