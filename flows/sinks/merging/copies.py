"""Records that are copies of others: marked by the index of near duplicates, whenever they came into the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

import msgspec
from msgspec import structs
from sqlalchemy import Engine

from copydesk.flows.library.copies.near_duplicates import Key, Mark, NearDuplicates
from copydesk.flows.library.copies.precedence import Entry as Text
from copydesk.flows.library.identity import LineKey, PlannedRecord, id_key
from copydesk.flows.sinks.merging.merge import MergePlan
from copydesk.flows.sinks.merging.outcomes import Outcomes, note_outcomes
from copydesk.flows.library.record_lines import key_of
from copydesk.flows.sinks.store_backend import OpenBackend, StoreBackend

_decode: Final = msgspec.json.Decoder(Text).decode


class StateDatabase(Protocol):
    """The database that the index lies in."""

    @property
    def engine(self) -> Engine: ...

    def map_errors(self) -> AbstractContextManager[None]:
        """Turns errors of the database into an EnvironmentFault with advice."""
        ...


class _Line(NamedTuple):
    """A record that is the newest of its page. ``number``: None of what is added; ``key``: of those in
    the store that have no entry in the plan.
    """

    number: int | None
    entry: PlannedRecord
    key: LineKey | None = None


class NearCopies:
    """Marks what is a copy of another record of a store: of what was read, and of what was there before.

    ``is_unique``: copies that the store does not have yet are left out of it. ``outcomes``: notes what is stored in
    place of the records that are not. One store at a time.
    """

    def __init__(
        self, state: StateDatabase, *, is_unique: bool = False, outcomes: Outcomes | None = None
    ) -> None:
        self._state = state
        self._is_unique = is_unique
        self._outcomes = outcomes
        self._index: NearDuplicates | None = None
        self._growth = 0
        # whether the index names records that the store does not have
        self._is_stale = False

    def prepare(self, backend: StoreBackend) -> None:
        """Before a merge: gives the index all records of a store that it does not know.

        Raises EnvironmentFault where the state cannot be written.
        """
        with self._state.map_errors():
            if self._index is None:
                self._index = NearDuplicates(self._state.engine, backend.name)
            if not self._index.is_complete:
                _add_all(self._index, backend.lines())

    def mark(self, plan: MergePlan, backend: OpenBackend) -> None:
        """The step of a merge, after versions are settled: enters ``duplicate_of`` and ``duplicate_similarity``."""
        index, lines = self._prepared, _newest_of(plan)
        gone = {(held.id, held.version) for number, held in plan.held.items() if number in plan.entries}
        with self._state.map_errors():
            index.remove(gone - lines.keys())
            index.add(_texts(plan, backend, lines))
            index.unconfirm(key for key, line in lines.items() if _is_renamed(plan, line.entry))
        self._enter_marks(plan, backend)
        # the marks of a copy go with it: that may change the marks of others
        while self._is_unique and (left := _leave_out(plan)):
            with self._state.map_errors():
                index.remove(left)
            self._enter_marks(plan, backend)
        read = (line.entry for line in _newest_of(plan).values() if line.entry.page is not None)
        plan.copies = sum(entry.fields.get("duplicate_of") is not None for entry in read)
        self._growth = len(plan.added) - sum(entry is None for entry in plan.entries.values())
        # nothing more is left out after this
        if self._outcomes is not None:
            note_outcomes(plan, backend, self._outcomes)

    def confirm(self, lines: int) -> None:
        """After a merge: the store has its marks, and so many lines.

        A different number is somebody else's work: the index is rebuilt before the next merge.
        """
        index = self._prepared
        with self._state.map_errors():
            index.confirm()
            known = index.lines + self._growth == lines
            index.note_lines(lines, is_complete=known and not self._is_stale)
        if self._outcomes is not None:
            self._outcomes.confirm()

    def _enter_marks(self, plan: MergePlan, backend: OpenBackend) -> None:
        """Enters the marks that the store does not have yet; those of records that it does not have are dropped."""
        with self._state.map_errors():
            marks = {(mark.id, mark.version): mark for mark in self._prepared.unconfirmed()}
        if not marks:
            return
        lines = _newest_of(plan)
        ids = {id_ for id_, _ in lines}
        originals = {mark.duplicate_of for mark in marks.values() if mark.duplicate_of is not None}
        wanted = frozenset(map(id_key, ({id_ for id_, _ in marks.keys() - lines.keys()} | originals) - ids))
        for number, key in backend.holding(wanted) if wanted else ():
            # what a merge has to do with is in its plan, or no newest record any more
            entry = plan.entry(number, key)
            if entry is not None and not key.is_past and number not in plan.entries:
                ids.add(key.id)
                lines[key.id, key.version] = _Line(number, entry, key)
        self._is_stale |= not originals <= ids
        for at, mark in marks.items():
            if at in lines:
                _enter(plan, lines[at], mark, is_known=mark.duplicate_of in ids)

    @property
    def _prepared(self) -> NearDuplicates:
        assert self._index is not None  # noqa: S101 - prepare() comes first
        return self._index


def _add_all(index: NearDuplicates, lines: Iterator[bytes]) -> None:
    """Makes an index of all records that are there."""
    index.reset()
    count = 0
    marked: list[Key] = []

    def texts() -> Iterator[Text]:
        nonlocal count
        for line in lines:
            count += 1
            key = key_of(line)
            if key is None or key.is_past:
                continue
            if key.duplicate_of is not None:
                marked.append((key.id, key.version))
            yield _text_of(line, key.id, key.version)

    index.add(texts())
    # else those that are no longer copies would not be reported
    index.unconfirm(marked)
    index.note_lines(count, is_complete=True)


def _newest_of(plan: MergePlan) -> dict[Key, _Line]:
    """The records of a plan that are the newest of their pages, by what their keys will be."""
    found = [_Line(number, entry) for number, entry in sorted(plan.entries.items()) if entry is not None]
    found += [_Line(None, entry) for entry in plan.added]
    return {
        (line.entry.id, _version_of(plan, line)): line for line in found if "next" not in line.entry.fields
    }


def _is_renamed(plan: MergePlan, entry: PlannedRecord) -> bool:
    """Whether a record was not read and gets another id."""
    return entry.page is None and plan.is_renamed(entry)


def _version_of(plan: MergePlan, line: _Line) -> int:
    held = None if line.number is None or line.entry.page is not None else plan.held.get(line.number)
    version: int = line.entry.fields.get("version", 1 if held is None else held.version)
    return version


def _texts(plan: MergePlan, backend: OpenBackend, lines: Mapping[Key, _Line]) -> Iterator[Text]:
    """The texts of records that were read, and of those that get another id."""
    for key, line in lines.items():
        if line.entry.page is not None:
            yield _text_of(plan.read(line.entry.page), *key)
    renamed = {
        line.number: key
        for key, line in lines.items()
        if line.number is not None and _is_renamed(plan, line.entry)
    }
    for number, old in backend.lines(renamed) if renamed else ():
        yield _text_of(old, *renamed[number])


def _text_of(line: bytes, id_: str, version: int) -> Text:
    """What the index compares of a record: nothing, where it does not read like ours."""
    try:
        return structs.replace(_decode(line), id=id_, version=version)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Text(id=id_, version=version, status="failed")


def _enter(plan: MergePlan, line: _Line, mark: Mark, *, is_known: bool) -> None:
    original, similarity = (mark.duplicate_of, mark.similarity) if is_known else (None, None)
    key = line.key
    if key is None or (key.duplicate_of, key.duplicate_similarity) != (original, similarity):
        plan.amend(line.number, line.entry, duplicate_of=original, duplicate_similarity=similarity)


def _leave_out(plan: MergePlan) -> list[Key]:
    """Takes copies out of a plan of whose page the store has nothing; their keys."""
    left = [entry for entry in plan.added if _may_be_left_out(entry)]
    plan.added[:] = [entry for entry in plan.added if not _may_be_left_out(entry)]
    for entry in left:
        assert entry.page is not None  # noqa: S101 - only what was read is added
        plan.left_out[_decode(plan.read(entry.page)).status] += 1
        plan.instead[entry.page] = entry.fields["duplicate_of"]
    return [(entry.id, 1) for entry in left]


def _may_be_left_out(entry: PlannedRecord) -> bool:
    # with a version it follows others that are there
    return entry.fields.get("duplicate_of") is not None and "version" not in entry.fields
