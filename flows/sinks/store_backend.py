"""What a backend is: where records rest, be it a file or a database, and how a merge changes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct

from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.identity import LineKey


class StoreLocation(NamedTuple):
    """Where a store is to be, and how, by a run's options.

    ``database``: the URL of a database, where the sink is one. ``part_size``, ``part_by``: when a store in parts begins
    a new one, as the options have it.
    """

    folder: Path
    database: str | None = None
    part_size: str | None = None
    part_by: str | None = None


def check_unused(place: StoreLocation, sink: str, *options: str) -> None:
    """Raises SettingsError for options that this sink does not use."""
    for option in options:
        if getattr(place, option) is not None:
            raise SettingsError(f"--{option.replace('_', '-')}: means nothing to --sink {sink}")


class FoundRecord(NamedTuple):
    """A record on a backend. ``number``: its place, by which records are in order; it keeps it while it is there."""

    number: int
    key: LineKey


class Changes(Struct, frozen=True):
    """What a merge changes in a store. Lines are made when needed: a run's records may be larger than memory.

    ``became``: of the records at these numbers, what becomes of them. ``renamed``: the numbers of those whose id
    changes. ``gone``: the numbers of those that go; none of them is in ``became``. ``added``: what follows them all.
    """

    became: Mapping[int, Callable[[bytes], bytes]]
    renamed: Sequence[int]
    gone: Set[int]
    added: Sequence[Callable[[], bytes]]


Became = Literal["new", "changed", "unchanged"]
"""What became of a record that was read. *new*: the store had no record of that id. *changed*: it had one with
other content (``record_lines.reads_the_same``). *unchanged*: it had one with the same content, or one that stays.
"""


class Stored(Struct, frozen=True):
    """What the records of a run came to. ``statuses``: of the lines that hold them now; all else counts pages.

    ``lines``: of the store as a whole. ``became``: by the numbers of the records, in the order they were written,
    counted from 0; of those alone that have a record of their own. ``shared``: pages with the text of another, which
    share its record. ``again``: readings of pages that were read again in the same run. ``kept``: pages that were not
    to be had this time, and keep their record of before. ``versions``: pages that have a new version, as their text
    has changed. ``copies``: records that are copies of other articles; ``left_out``: those that are in no store for
    that.
    """

    lines: int = 0
    # an empty mapping as a default is copied by msgspec: no two share it
    statuses: Mapping[str, int] = {}
    became: Mapping[int, Became] = {}
    shared: int = 0
    again: int = 0
    kept: int = 0
    versions: int = 0
    copies: int = 0
    left_out: int = 0


class OpenBackend(Protocol):
    """A backend in the hands of one merge: nobody else changes it meanwhile."""

    def holding(self, keys: Set[bytes]) -> Iterable[FoundRecord]:
        """The records that have one of these keys (``identity.lookup_keys``), in order."""
        ...

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """The lines of the records with these numbers, in order, each with its number."""
        ...

    def change(self, changes: Changes) -> int:
        """Makes the changes; how many records there are then. Once at most.

        Readers see them when the backend is let go of without an error, all at once; else they see none, ever.
        """
        ...


# a protocol: a backend need not inherit from anything of ours
class StoreBackend(Protocol):
    """Where records rest: the contract of what the entry points of ``copydesk.sinks`` make of a ``StoreLocation``.

    A record is one line of JSON with its line end. ``name`` distinguishes the backend from any other that a run into
    the same folder may fill: what a killed run left for one goes to no other. All methods raise SinkError where the
    store cannot be read or written.
    """

    @property
    def name(self) -> str:
        """A few characters for a file's name: ``jsonl``."""
        ...

    @property
    def where(self) -> str:
        """For messages: where the records are, without a password."""
        ...

    def prepare(self) -> None:
        """Makes what must be there before the first merge; an error comes before a page is read."""
        ...

    def opened(self) -> AbstractContextManager[OpenBackend]:
        """Takes the backend for one merge."""
        ...

    def lines(self) -> Iterator[bytes]:
        """All records in order, as they are at this moment, whatever is merged meanwhile. Lines that are no records
        may be among them.
        """
        ...


@runtime_checkable
class Versioned(Protocol):
    """A backend that is no file, and can tell quickly whether anything in it has changed."""

    def version(self) -> str:
        """Another text after each change of a record."""
        ...
