"""What a run came to, for its reports."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from msgspec import Struct, field

Became = Literal["new", "changed", "unchanged"]
"""What became of a record that was read. *new*: there was none with its id. *changed*: there was one with other
content. *unchanged*: there was one with the same content, or one that was kept.
"""


class WebhookState(Struct, frozen=True):
    """How many events wait to be sent, and how many were refused for good. ``problem``: why the run sent no more; where
    no run is known, why the last of those was refused.
    """

    waiting: int
    refused: int
    problem: str | None


class Stored(Struct):
    """What a run came to; counts of pages, unless it says otherwise."""

    lines: int = 0
    """Records in the library."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Records of the run by status."""
    became: Counter[Became] = field(default_factory=Counter)
    """What became of the records of the run that are of a page of their own."""
    shared: int = 0
    """With the text of another page, whose record they share."""
    again: int = 0
    """Read more than once in the run."""
    kept: int = 0
    """Not available this time, so that the earlier record was kept."""
    versions: int = 0
    """With a new version."""
    copies: int = 0
    """Records that are copies of other articles."""
    left_out: int = 0
    """Copies that are not stored."""

    def include(self, other: Stored) -> None:
        """Counts what another part of the run, or another run, came to, but for what only the end of one shows."""
        self.became += other.became
        self.shared += other.shared
        self.again += other.again
        self.kept += other.kept
        self.versions += other.versions
