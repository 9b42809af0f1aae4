"""What decoding makes of a page: text, and the named steps that give it again."""

from __future__ import annotations

from msgspec import Struct


class Repair(Struct, frozen=True):
    """One named change made to the decoded text before it was cut; replaying it gives the same text."""

    name: str
    count: int


class Decoded(Struct, frozen=True):
    """Text, and how to obtain it again: the encoding, who chose it, the repairs in order."""

    text: str
    encoding: str
    chosen_by: str  # bom | header | meta | utf-8 | detector | caller
    repairs: tuple[Repair, ...] = ()
