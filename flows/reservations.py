"""Pages whose publisher reserves text and data mining: what is left of their records where a source respects that.

Robots.txt decides whether a page may be fetched, this whether it may be mined (Directive (EU) 2019/790, article 4, told by the TDM
Reservation Protocol). What a publisher says of training or search concerns those who use a record later: it stands in
``provenance.usage`` and stops nothing here.
"""

from __future__ import annotations

from cleaners.schema import Provenance, Record

REASON = "tdm_reserved"


def is_reserved(record: Record) -> bool:
    """Whether the page, or its site for the page, reserves text and data mining."""
    return record.provenance.usage.tdm_reserved is True


def without_content(record: Record) -> Record:
    """A ``rejected`` record that says where the page is and what reserves it, and holds nothing of its content."""
    usage = record.provenance.usage
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
        processing=record.processing,
    )
