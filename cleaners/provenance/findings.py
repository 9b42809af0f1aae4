"""What is found about a page's provenance: one value of one field, and the words it rests on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from copydesk.cleaners.schema import AiUse, DerivedFrom, ProvenanceEvidence

# `meta`: any element of the head; `site`: files of the site, such as robots.txt
Where = Literal["text", "meta", "json-ld", "header", "attribute", "c2pa", "site"]
Value = str | bool | AiUse | DerivedFrom | None

MAX_QUOTE_CHARS = 1_000
"""Set by hand: enough to find the words in the page again, and no copy of its text in the record."""


class Finding(Struct, frozen=True):
    """``field`` is the record's name below ``provenance`` (``ai``, ``usage.ai_training`` ...).

    A ``value`` of None is evidence alone: something was stated that leaves the field open.
    """

    field: str
    value: Value
    evidence: ProvenanceEvidence


def strong(field: str, value: Value, where: Where, quote: str) -> Finding:
    """A finding that settles its field."""
    evidence = ProvenanceEvidence(field=field, where=where, quote=quote[:MAX_QUOTE_CHARS], strength="strong")
    return Finding(field, value, evidence)


def weak(field: str, value: Value, where: Where, quote: str) -> Finding:
    """A finding that counts where nothing strong is found."""
    evidence = ProvenanceEvidence(field=field, where=where, quote=quote[:MAX_QUOTE_CHARS], strength="weak")
    return Finding(field, value, evidence)
