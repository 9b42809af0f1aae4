"""What a batch makes of the records of a library, before anything is changed: readings and records of one page are
brought together, and each record has its id.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from copydesk.flows.library.records.identity import Reading, is_superseded_by
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_table import Row
from copydesk.flows.stored import Became, Stored


class Incoming(Struct, frozen=True):
    """A record that was read. ``gate``: the one it did not pass, as JSON. ``place``: where its page is on the disk."""

    line: bytes
    key: LineKey | None
    made: bytes
    gate: str | None = None
    place: bytes | None = None


class Outcome(Struct, frozen=True):
    """What became of a reading: the record that is stored for it now, and what that was made of. ``became``: None where
    it has no record of its own. ``is_again``: whether its page was read before in this run; ``is_own``: whether the
    record is made of it.
    """

    number: int | None
    made: bytes | None
    became: Became | None = None
    is_again: bool = False
    is_own: bool = False


class PlannedRecord(Struct):
    """A record to be: under an id, at the place of an old one or behind them all.

    ``number``: of that old one, or that it gets. ``page``: number of the new reading whose record is there; None for
    the record as it was. ``fields``: values of the record's fields that differ from those it has. ``shares``: the one
    that has the record instead.
    """

    id: str
    reading: Reading
    number: int | None
    page: int | None
    fields: dict[str, Any] = {}
    shares: PlannedRecord | None = None


class BatchPlan(Struct):
    """What a batch makes of records.

    ``pages`` and ``readings``: of each page the one that holds. ``rows`` and ``held``: what is there of them, by
    numbers; ``past``: older versions, by id. ``at``: by number, the page that is at its place on the disk now;
    ``elsewhere``: those at other places, which no page takes over by its name.

    ``entries``: by the numbers of records; None where one goes. What has no entry stays as it is. ``added``: follows
    them all. ``targets``: of each page. ``stored``: how many pages share a record, gave way to what was read before,
    were read before in this run, and have a new version. ``changed``: records that a reading with other content has
    replaced. ``outcomes``: of each reading of the batch; ``statuses``: of the records that hold what was read, by
    their numbers.
    """

    run: int
    pages: Sequence[Incoming]
    readings: Sequence[Reading]
    rows: Mapping[int, Row]
    held: Mapping[int, Reading]
    past: Mapping[str, Sequence[Row]]
    at: Mapping[int, int] = {}
    elsewhere: Collection[int] = frozenset()
    entries: dict[int, PlannedRecord | None] = field(default_factory=dict)
    added: list[PlannedRecord] = field(default_factory=list)
    targets: Sequence[PlannedRecord] = ()
    stored: Stored = field(default_factory=Stored)
    changed: set[int] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)
    statuses: dict[int, str] = field(default_factory=dict)

    def is_of_this_run(self, number: int) -> bool:
        """Whether the record that is there was read in this run, too."""
        return self.rows[number].run == self.run

    def settle(self) -> None:
        """Brings what is there and what was read into one store.

        The order decides only where several pages have the same text and none is at its canonical URL (the first to
        come has the record), and where several pages would have one id (the first to come has it).
        """
        targets = self._find_targets()
        _share(targets)
        _give_ids(targets)
        # every line goes that no target names in the next step
        self.entries = dict.fromkeys(self.held)
        for target in targets:
            if target.shares is not None:
                self.stored.shared += 1
            elif target.number is None:
                self.added.append(target)
            else:
                self.entries[target.number] = target

    def _find_targets(self) -> list[PlannedRecord]:
        """A target for every line and reading, one where both are of one page."""
        page_at = {one: number for number, page in enumerate(self.readings) for one in page.url_keys}
        page_of_line = self._pages_of_files()
        targets: list[PlannedRecord] = []
        target_of: dict[int, PlannedRecord] = {}
        for line, old in self.held.items():
            # addresses before the file's name, which is the weaker sign
            number = next((page_at[one] for one in old.url_keys if one in page_at), page_of_line.get(line))
            if number is not None and is_superseded_by(old, self.readings[number]):
                if number not in target_of:  # else an older state of the same page
                    target_of[number] = PlannedRecord(old.id, self.readings[number], line, number)
                    targets.append(target_of[number])
                continue
            targets.append(PlannedRecord(old.id, old, line, None))
            if number is not None and number not in target_of:
                # the old record stays (see line_key), and represents the reading in the counts
                target_of[number] = targets[-1]
                self.stored.kept += 1
        for number, page in enumerate(self.readings):
            if number not in target_of:
                target_of[number] = PlannedRecord(page.id, page, None, number)
                targets.append(target_of[number])
        self.targets = [target_of[number] for number in range(len(self.readings))]
        return targets

    def _pages_of_files(self) -> dict[int, int]:
        """By lines the pages that are their files: those at their places; else where one line and one page have a
        name.
        """
        files = {line: old.file for line, old in self.held.items() if old.file is not None}
        found = {
            line: number
            for line, number in self.at.items()
            if line in files and files[line] == self.readings[number].file
        }
        free = {
            line: file for line, file in files.items() if line not in self.elsewhere and line not in found
        }
        pages = enumerate(self.readings)
        left = {n: page.file for n, page in pages if page.file is not None and n not in found.values()}
        # one then and one now: a name that two pages have identifies neither
        before, now = Counter(free.values()), Counter(left.values())
        page_of = {file: number for number, file in left.items() if now[file] == 1}
        return found | {
            line: page_of[file] for line, file in free.items() if before[file] == 1 and file in page_of
        }

    def note_outcomes(self, page_of: Sequence[int | None], places: Collection[int]) -> None:
        """Notes what became of each reading of a batch, once all is written. ``page_of``: the page of each;
        ``places``: of those that hold.
        """
        last_of = {entry.page: entry.number for entry in self.added}
        found = [self._outcome(number, target, last_of) for number, target in enumerate(self.targets)]
        self.stored.again += sum(one.is_again for one in found)
        for place, page in enumerate(page_of):
            one = Outcome(None, None) if page is None else found[page]
            if place not in places and one.number is not None:
                # of a page that was read twice in a batch one reading has the record
                one = Outcome(one.number, one.made, is_again=True)
            self.outcomes.append(one)

    def _outcome(
        self, number: int, target: PlannedRecord, last_of: Mapping[int | None, int | None]
    ) -> Outcome:
        holder = target.shares or target
        at = last_of.get(number, holder.number) if holder.page == number else holder.number
        if at is not None:
            self.statuses[at] = holder.reading.status
        entry = self.entries.get(at, holder) if at is not None else holder
        made = self.rows[at].made if at is not None and at in self.rows else None
        if entry is not None and entry.page is not None:
            made = self.pages[entry.page].made
        if target.shares is not None:
            return Outcome(at, made)
        is_there = at is not None and at in self.rows
        # what takes the place of another page's record that this run has brought is counted there
        is_counted = at is not None and is_there and self.is_of_this_run(at)
        became: Became = "new"
        # if another, the record that was there was kept
        if target.page != number or (is_there and at not in self.changed):
            became = "unchanged"
        # what follows another version changes its page
        elif is_there or any(one.page == number and one.fields.get("previous") for one in self.added):
            became = "changed"
        return Outcome(
            at,
            made,
            None if is_counted else became,
            at is not None and self._is_again(self.readings[number], at),
            made == self.pages[number].made,
        )

    def _is_again(self, reading: Reading, at: int) -> bool:
        """Whether the page of a reading was read before in this run."""
        held = self.held.get(at)
        return (
            held is not None
            and self.is_of_this_run(at)
            and (
                not set(held.url_keys).isdisjoint(reading.url_keys)
                or (held.file is not None and held.file == reading.file)
            )
        )


def _share(targets: list[PlannedRecord]) -> None:
    """Finds the targets with the text of another: the page at its canonical URL has the record, else the first; a
    capture only where no server sent the same.
    """
    holder: dict[bytes, PlannedRecord] = {}
    place = {id(target): index for index, target in enumerate(targets)}
    # sorted() is stable: where none is at its canonical URL the first to come has the record
    for target in sorted(targets, key=lambda one: (one.reading.is_capture, not one.reading.is_home)):
        found = next((holder[key] for key in target.reading.content_keys if key in holder), None)
        if found is None:
            holder |= dict.fromkeys(target.reading.content_keys, target)
            continue
        target.shares = found
        if found.number is None:  # takes the place of what came before it
            found.number = target.number
            place[id(found)] = min(place[id(found)], place[id(target)])
    targets.sort(key=lambda one: place[id(one)])


def _give_ids(targets: Sequence[PlannedRecord]) -> None:
    """Leaves each id to the first that has it: lines of the file come before what is new."""
    taken: set[str] = set()
    for target in targets:
        if target.shares is not None:
            continue
        if target.id in taken:
            # of the same address in another source; from id and place and not from a count: the same in any order
            apart = b"apart\0" + target.id.encode() + target.reading.url_keys[0]
            target.id = hashlib.sha256(apart).hexdigest()[:32]
        taken.add(target.id)
        if target.id != target.reading.id:
            target.fields["id"] = target.id
