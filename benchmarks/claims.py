"""What a record claims of a page's origin that no mark of the page declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from copydesk.cleaners.schema import Provenance

CLAIMED = ("ai", "digital_source_type", "derived_from")


@dataclass(frozen=True, slots=True)
class Claim:
    """A field of the provenance with its value as text, and the words it rests on."""

    field: str
    value: str
    quotes: tuple[str, ...]

    @property
    def quote(self) -> str:
        """The words in one."""
        return " | ".join(self.quotes)


def claims_in(provenance: Provenance) -> tuple[Claim, ...]:
    """Each field of ``CLAIMED`` that has a value and rests on the page's text, or on nothing; not those that
    headers, markup or structured data declare.
    """
    return tuple(_claims(provenance))


def _claims(provenance: Provenance) -> Iterator[Claim]:
    for name in CLAIMED:
        value = getattr(provenance, name)
        evidence = [one for one in provenance.evidence if one.field == name]
        if value and all(one.where == "text" for one in evidence):
            yield Claim(name, _in_words(value), tuple(one.quote for one in evidence))


def _in_words(value: object) -> str:
    return "; ".join(map(repr, value)) if isinstance(value, tuple) else str(value)
