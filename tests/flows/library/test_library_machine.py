"""The library and its views against a model: whatever is written, ended, killed and begun again, in whatever order.

A run is killed by SIGKILL, at any line of the code that writes the library; see ``killed_runs``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from killed_runs import KillableRun, run_of
from msgspec.structs import replace
from stores import EVERY_SINK, emptied, left_over, lines, place_for, shown
from test_stored_records import record

from copydesk.cleaners.schema import Record
from copydesk.flows.library.place import StoreLocation

OUTCOMES = {
    "failed": ("failed", None),
    "not had": ("rejected", "http_404: gone"),
    "judged": ("rejected", "index: a list of links"),
    "read": ("ok", None),
}


MODELLED = {"postgresql": 2, "jsonl in parts": 4}
"""Both databases, and the view that is most work, with so many examples; test_every_view holds others to the same."""
ORDER = "abcd"
BATCH = 2


class Line(NamedTuple):
    """What the model knows of a version of a page; ``version`` counts where it is in a store."""

    outcome: str
    text: str
    version: int = 1

    def is_superseded_by(self, new: Line) -> bool:
        """A failure replaces failures alone; a page that is gone does not replace an article."""
        if new.outcome == "failed":
            return self.outcome == "failed"
        return (self.outcome, new.outcome) != ("read", "not had")

    def is_another_text_than(self, other: Line) -> bool:
        """What was read twice with two texts is two versions."""
        return self.outcome == other.outcome == "read" and self.text != other.text


Store = dict[tuple[str, int], Line]
"""The lines of a store in order, by the names and versions of their pages."""


def newest(store: Store) -> dict[str, Line]:
    """The newest version of each page."""
    return {name: line for (name, _), line in sorted(store.items())}


def url_of(name: str) -> str:
    return f"https://example.org/{name}"


def made(name: str, line: Line) -> Record:
    status, reason = OUTCOMES[line.outcome]
    found = record(name, line.text, status=status, reason=reason, url=url_of(name))
    # of copies the first by name is the original, whenever it is read
    return replace(found, date_published=f"2026-10-0{ORDER.index(name) + 1}")


def held_of(batch: Readings) -> dict[str, Line]:
    """Of each page the reading of a batch that holds."""
    held: dict[str, Line] = {}
    for name, line in batch:
        if name not in held or held[name].is_superseded_by(line):
            held[name] = line
    return held


def merged(store: Store, batches: Sequence[Readings], versions: str = "all") -> Store:
    """What a run's readings make of a store: new pages and versions follow, all else keeps its place.

    A page that is read again in a later batch of a run is no new version.
    """
    before, result = newest(store), dict(store)
    for name, line in (one for batch in batches for one in held_of(batch).items()):
        old = newest(result).get(name)
        if old is None:
            result[name, 1] = line
        elif line.is_another_text_than(old) and name in before and old == before[name]:
            version = old.version + 1
            if versions == "all":
                result[name, version] = line._replace(version=version)
            else:
                result[name, old.version] = line._replace(version=version)
                # under its new version, at its old place
                result = {(key[0], kept.version): kept for key, kept in result.items()}
        elif old.is_superseded_by(line):
            result[name, old.version] = line._replace(version=old.version)
    return result


names = st.sampled_from(ORDER)
read_lines = st.sampled_from(("one", "two\u2028lines\nof text")).map(lambda text: Line("read", text))
other_lines = st.sampled_from(sorted(OUTCOMES.keys() - {"read"})).map(lambda outcome: Line(outcome, ""))
Readings = list[tuple[str, Line]]
some_readings = st.lists(st.tuples(names, st.one_of(read_lines, other_lines)), max_size=5)
# a run of so few records takes 300 to 1,500 lines
lines_of_a_run = st.integers(1, 1_500)


class LibraryMachine(RuleBasedStateMachine):
    """Each step is a run. ``store``: what the model says of the library."""

    sink: ClassVar[str]
    base: ClassVar[StoreLocation]
    killable_run: ClassVar[KillableRun]

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.place = self.base._replace(folder=self.root / "output")
        emptied(self.place)
        self.store: Store = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # --- what happens

    @rule(readings=some_readings, answered=st.sets(names), versions=st.sampled_from(("all", "all", "last")))
    def run_that_ends(self, readings: Readings, answered: set[str], versions: str) -> None:
        # with all that was read: what answered is noted with the first batch
        records = [made(name, line) for name, line in readings]
        urls = map(url_of, answered)
        run_of(self.sink, self.place, records, batch=9, versions=versions, answered=urls)
        read = {name for name, _ in readings}
        kept = {
            (name, version): line
            for (name, version), line in self.store.items()
            # a line goes that says of an address only that nobody answered, which is no longer so
            if name in read or name not in answered or line.outcome not in ("failed", "not had")
        }
        self.store = merged(kept, [readings], versions)
        self.the_view_is_the_library()

    @rule(readings=some_readings, at=lines_of_a_run)
    def run_that_is_killed(self, readings: Readings, at: int) -> None:
        """At any batch: each is there whole or not at all."""
        records = [made(name, line) for name, line in readings]
        self.killable_run(self.sink, self.place, records, kill_at=at, batch=BATCH)
        batches = [readings[at : at + BATCH] for at in range(0, len(readings), BATCH)]
        after = [merged(self.store, batches[:count]) for count in range(len(batches) + 1)]
        faults = [self.differs(model) for model in after]
        # what is whole in one more batch may be the same
        assert "" in faults, faults
        self.store = after[faults.index("")]
        run_of(self.sink, self.place, ())
        self.the_view_is_the_library()

    # --- what holds

    @invariant()
    def the_library_is_what_the_model_says(self) -> None:
        assert self.differs(self.store) == ""

    def the_view_is_the_library(self) -> None:
        assert shown(self.sink, self.place) in (lines(self.place), None)
        assert left_over(self.place) == []

    def differs(self, model: Store) -> str:
        """How the store differs from what it should be; ``""`` where it does not."""
        found_lines = lines(self.place)
        if len(found_lines) != len(model):
            return f"{len(found_lines)} lines for {len(model)}"
        first_with = self.originals(found_lines)
        ids = []
        last = newest(model)
        for line, ((name, _), known) in zip(found_lines, model.items(), strict=True):
            found = msgspec.json.decode(line, type=Record)
            is_newest = last[name] == known
            page = (found.source.name, found.text, found.status, found.reason)
            stored = (*page, found.version, found.next is None)
            expected = (name, known.text, *OUTCOMES[known.outcome], known.version, is_newest)
            if stored != expected:
                return f"{stored} for {expected}"
            first = first_with.setdefault(found.text, found.id) if found.text and is_newest else found.id
            # of a past version it says what was so then
            if is_newest and found.duplicate_of != (None if first == found.id else first):
                return f"{name} names {found.duplicate_of}"
            ids.append((found.id, found.version))
        return "" if len(ids) == len(set(ids)) else "an id and version that two have"

    def originals(self, found_lines: list[bytes]) -> dict[str, str]:
        """The id of the record that others with its text name: that of the better claim."""
        found = [msgspec.json.decode(line, type=Record) for line in found_lines]
        newest = [one for one in found if one.next is None and one.text]
        return {one.text: one.id for one in sorted(newest, key=lambda one: one.source.name, reverse=True)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELLED)
def test_the_library_is_what_the_model_says(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, killable_run: KillableRun
) -> None:
    sink, base = EVERY_SINK[kind][0], place_for(kind, tmp_path, request)
    ignored = [HealthCheck.too_slow]
    few = settings(
        max_examples=MODELLED[kind], stateful_step_count=6, deadline=None, suppress_health_check=ignored
    )
    values = {"sink": sink, "base": base, "killable_run": staticmethod(killable_run)}
    run_state_machine_as_test(type(f"{sink}Machine", (LibraryMachine,), values), settings=few)
