"""Which letters of a page whose parts are known are out of its record's text, and what took them; what a record claims
of a page's origin that no mark of the page declares.

``text`` and ``removed`` of a record hold every letter of the page in order, so that each part of the page is
found again without any search: what a part has lost is exact, however blocks were cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from copydesk.cleaners.schema import Provenance, Record

CLAIMED = ("ai", "digital_source_type", "derived_from")


class OtherTextError(Exception):
    """The record holds other letters than the page that was given."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Of one part of a page: how many letters it has, how many are out of the text, and what took the first
    of these.
    """

    letters: int
    lost: int = 0
    label: str = ""
    rule: str = ""
    evidence: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the part is lost."""
        return self.lost == 0

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the part is left."""
        return self.lost == self.letters > 0


class _Piece(NamedTuple):
    letters: str
    label: str = ""
    rule: str = ""
    evidence: str = ""
    is_kept: bool = True


def letters(text: str) -> str:
    """Letters and digits alone, NFC: what is compared."""
    return "".join(char for char in unicodedata.normalize("NFC", text) if char.isalnum())


def losses(parts: Sequence[str], record: Record) -> list[Loss]:
    """What each part of a page lost; ``parts`` are all of its text in order.

    Raises OtherTextError where the record's letters are not those of ``parts``.
    """
    wanted = [letters(part) for part in parts]
    if not record.text and not record.removed:
        return [Loss(len(part), len(part), "nothing", record.reason or record.status) for part in wanted]
    pieces = list(_pieces(record))
    ours, theirs = "".join(wanted), "".join(piece.letters for piece in pieces)
    if ours != theirs:
        raise OtherTextError(_parting(ours, theirs))
    return list(_dealt(wanted, pieces))


def _pieces(record: Record) -> Iterator[_Piece]:
    """Lines of the text and removals, as they followed each other in the page."""
    lines = [line for line in record.text.split("\n") if line.strip()]
    done = 0
    for gone in record.removed:
        yield from (_Piece(letters(line)) for line in lines[done : gone.after])
        done = max(done, gone.after)
        yield _Piece(letters(gone.text), gone.label, gone.rule, gone.evidence, is_kept=False)
    yield from (_Piece(letters(line)) for line in lines[done:])


def _parting(ours: str, theirs: str) -> str:
    pairs = enumerate(zip(ours, theirs, strict=False))
    at = next((place for place, (one, other) in pairs if one != other), min(len(ours), len(theirs)))
    return f"at letter {at}: {ours[max(0, at - 20) : at + 20]!r} became {theirs[max(0, at - 20) : at + 20]!r}"


def _dealt(wanted: Sequence[str], pieces: Sequence[_Piece]) -> Iterator[Loss]:
    """Deals the pieces' letters out to the parts, first come first served."""
    left = iter(pieces)
    piece, rest = _Piece(""), 0
    for part in wanted:
        missing, lost = len(part), 0
        first: _Piece | None = None
        while missing:
            if not rest:
                piece = next(left)
                rest = len(piece.letters)
            taken = min(rest, missing)
            rest, missing = rest - taken, missing - taken
            if taken and not piece.is_kept:
                lost, first = lost + taken, first or piece
        yield Loss(len(part), lost, *((first.label, first.rule, first.evidence) if first else ()))


class Claim(NamedTuple):
    """A field of the provenance with its value as text, and the words it rests on."""

    field: str
    value: str
    quotes: tuple[str, ...]


def claims_in(provenance: Provenance) -> list[Claim]:
    """Each field of ``CLAIMED`` that has a value and rests on the page's text, or on nothing; not those that
    headers, markup or structured data declare.
    """
    found = []
    for name in CLAIMED:
        value = getattr(provenance, name)
        evidence = [one for one in provenance.evidence if one.field == name]
        if value and all(one.where == "text" for one in evidence):
            found.append(Claim(name, str(value), tuple(one.quote for one in evidence)))
    return found
