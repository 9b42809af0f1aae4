"""The contract of a backend: it stores records in files or a database, and a merge changes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct

from copydesk.flows.errors import SettingsError
from copydesk.flows.library.identity import LineKey


class StoreLocation(NamedTuple):
    """The options of a run about its store. ``database``: its URL, if the sink is one. ``part_size``, ``part_by``: when
    a store begins a new part.
    """

    folder: Path
    database: str | None = None
    part_size: str | None = None
    part_by: str | None = None


def check_unused(place: StoreLocation, sink: str, *options: str) -> None:
    """Raises SettingsError if an option is given that this sink does not use."""
    for option in options:
        if getattr(place, option) is not None:
            raise SettingsError(f"--{option.replace('_', '-')}: means nothing to --sink {sink}")


class FoundRecord(NamedTuple):
    """A stored record. ``number``: its position, which defines the order of records and does not change."""

    number: int
    key: LineKey


class Changes(Struct, frozen=True):
    """The changes of a merge. Lines are made when needed: the records of a run may be larger than memory.

    ``became``: by number, a function from the old line to the new one. ``renamed``: numbers of records whose id
    changes. ``gone``: numbers of records to delete; none of them is in ``became``. ``added``: the lines to append.
    """

    became: Mapping[int, Callable[[bytes], bytes]]
    renamed: Sequence[int]
    gone: Set[int]
    added: Sequence[Callable[[], bytes]]


Became = Literal["new", "changed", "unchanged"]
"""What a merge did with a record that was read. *new*: the store had no record with its id. *changed*: it had one with
other content (``record_lines.has_same_content``). *unchanged*: it had one with the same content, or one that was kept.
"""


class Stored(Struct, frozen=True):
    """The result of a merge; counts of pages, unless it says otherwise."""

    lines: int = 0
    """Records in the store."""
    statuses: Mapping[str, int] = {}
    """Records of the run by status."""
    became: Mapping[int, Became] = {}
    """By the number of a record in the order of writing, from 0, if the page has a record of its own."""
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


class OpenBackend(Protocol):
    """A backend during a merge, which nobody else changes."""

    def holding(self, keys: Set[bytes]) -> Iterable[FoundRecord]:
        """The records that have one of these keys (``identity.lookup_keys``), in order."""
        ...

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """The lines of the records with these numbers, in order, each with its number."""
        ...

    def change(self, changes: Changes) -> int:
        """Makes the changes, at most once; returns the number of records in the store.

        Readers see all changes when the context ends without an error; otherwise none.
        """
        ...


# a protocol, so that other packages need not import it
class StoreBackend(Protocol):
    """A store of records: what an entry point of ``copydesk.sinks`` makes from a ``StoreLocation``.

    A record is a line of JSON with its line end. All methods raise SinkError if the store cannot be read or written.
    """

    @property
    def name(self) -> str:
        """A few characters for file names: ``jsonl``. No two backends for an output folder have the same: a journal
        that a killed run left belongs to one of them.
        """
        ...

    @property
    def where(self) -> str:
        """For messages: where the records are, without a password."""
        ...

    def prepare(self) -> None:
        """Creates what the first merge needs; called before a page is read."""
        ...

    def opened(self) -> AbstractContextManager[OpenBackend]:
        """Opens the backend for a merge."""
        ...

    def lines(self) -> Iterator[bytes]:
        """All records in order, in one state, even if a merge changes the store meanwhile; damaged lines, too."""
        ...


@runtime_checkable
class Versioned(Protocol):
    """A backend in a database, which can tell quickly whether it has changed."""

    def version(self) -> str:
        """A text that differs after each change of a record."""
        ...
