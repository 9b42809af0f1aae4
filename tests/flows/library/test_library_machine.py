"""Every sink against a model: whatever is written, ended, killed and begun again, in whatever order.

A run is killed by SIGKILL, at any line of the code that brings its records into the store; see ``killed_runs``.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import ClassVar, NamedTuple

import msgspec
import pytest
from copydesk.flows.sinks.catalogue import backend_named, sink_named
from copydesk.flows.sinks.files.jsonl import FILE_NAME
from copydesk.flows.sinks.journal import journal_file
from copydesk.flows.sinks.journalled_sink import JournalledSink
from copydesk.flows.sinks.merging.copies import NearCopies
from copydesk.flows.sinks.store_backend import StoreLocation
from copydesk.flows.store.state import State
from copydesk.flows.store.state_database import FILE_NAME as FILE_NAME_OF_STATE
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from killed_runs import KillableRun
from msgspec.structs import replace
from stores import EVERY_SINK, emptied, left_over, place_for
from test_sinks import record

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SinkError
from copydesk.flows.io.output_folder import BROKEN

FOREIGN = b'{"note": "by hand"}\n'
OUTCOMES = {
    "failed": ("failed", None),
    "not had": ("rejected", "http_404: gone"),
    "judged": ("rejected", "index: a list of links"),
    "read": ("ok", None),
}


# packed files are written by what writes the others: test_every_sink holds them to the same
MODELLED = [kind for kind in EVERY_SINK if "." not in kind and kind != "parquet"]
ORDER = "abcd"
FRESH_NAME = ".records.jsonl.new"


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


def taken_up(lines: dict[str, Line], new: dict[str, Line]) -> dict[str, Line]:
    """Known pages keep their place, new ones follow."""
    return lines | {
        name: line for name, line in new.items() if name not in lines or lines[name].is_superseded_by(line)
    }


def merged(store: Store, journal: dict[str, Line], versions: str = "all") -> Store:
    """What a run's readings make of a store: new pages and versions follow, all else keeps its place."""
    result, known = dict(store), newest(store)
    for name, line in journal.items():
        old = known.get(name)
        if old is None:
            result[name, 1] = line
        elif line.is_another_text_than(old):
            if versions == "all":
                result[name, old.version + 1] = line._replace(version=old.version + 1)
            else:
                result[name, old.version] = line._replace(version=old.version + 1)
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
# a merge of so few records takes 300 to 900 lines
lines_of_a_merge = st.integers(0, 900)


class SinkMachine(RuleBasedStateMachine):
    """Each step is a run. ``store`` and ``journal``: what the model says of the store, and of what a killed run has
    left.
    """

    sink: ClassVar[str]
    base: ClassVar[StoreLocation]
    killable_run: ClassVar[KillableRun]

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.place = self.base._replace(folder=self.root / "output")
        emptied(self.place)
        self.store: Store = {}
        self.journal: dict[str, Line] = {}
        self.has_foreign = False

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # --- what happens

    @rule(readings=some_readings, answered=st.sets(names), versions=st.sampled_from(("all", "all", "last")))
    def run_that_ends(self, readings: Readings, answered: set[str], versions: str) -> None:
        with self.run(readings, versions) as sink:
            for name in answered:
                sink.answered(url_of(name))
        kept = {
            (name, version): line
            for (name, version), line in self.store.items()
            # a line goes that says of an address only that nobody answered, which is no longer so
            if name in self.journal or name not in answered or line.outcome not in ("failed", "not had")
        }
        self.store, self.journal = merged(kept, self.journal, versions), {}
        assert left_over(self.place) == [FILE_NAME_OF_STATE]

    @rule(readings=some_readings, at=lines_of_a_merge, half=st.integers(0, 200))
    def run_that_is_killed(self, readings: Readings, at: int, half: int) -> None:
        """Once its records are written, or amid the merge; readers see all of it or none."""
        records = [made(name, line) for name, line in readings]
        has_ended = self.killable_run(
            self.sink, self.place, records, kill_at=at, half=half if records else 0, is_near=True
        )
        self.store, self.journal = merged(self.store, self.journal), {}
        for name, line in readings:
            self.journal = taken_up(self.journal, {name: line})
        after = merged(self.store, self.journal)
        if has_ended or self.differs(self.store):
            self.store = after
        if has_ended:
            self.journal = {}

    @rule(readings=some_readings)
    def run_that_is_killed_once_the_store_has_its_records(self, readings: Readings) -> None:
        """The journal is still there, and is merged a second time."""
        file = journal_file(self.place.folder, backend_named(self.sink, self.place).name)
        with self.run(readings):
            journal = file.read_bytes()
        file.write_bytes(journal)
        self.store = merged(self.store, self.journal)

    @rule()
    def what_is_no_record(self) -> None:
        """A line that is no record, without its end, as editors leave it; half of a new file."""
        if self.sink != "jsonl" or self.place.part_size or not self.place.folder.exists():
            return
        with (self.place.folder / FILE_NAME).open("ab") as file:
            # behind one that is there it would be half of a line
            if FOREIGN not in backend_named(self.sink, self.place).lines():
                file.write(FOREIGN.rstrip())
        self.has_foreign = True
        (self.place.folder / FRESH_NAME).write_bytes(FOREIGN[:5])

    # --- what holds

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        assert self.differs(self.store) == ""

    def differs(self, model: Store) -> str:
        """How the store differs from what it should be; ``""`` where it does not."""
        lines = self.lines()
        if len(lines) != len(model):
            return f"{len(lines)} lines for {len(model)}"
        first_with = self.originals(lines)
        ids = []
        last = newest(model)
        for line, ((name, _), known) in zip(lines, model.items(), strict=True):
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

    def originals(self, lines: list[bytes]) -> dict[str, str]:
        """The id of the record that others with its text name: that of the better claim."""
        found = [msgspec.json.decode(line, type=Record) for line in lines]
        newest = [one for one in found if one.next is None and one.text]
        return {one.text: one.id for one in sorted(newest, key=lambda one: one.source.name, reverse=True)}

    # --- how

    @contextmanager
    def run(self, readings: Readings, versions: str = "all") -> Iterator[JournalledSink]:
        """What a killed run left is merged first; nobody sees half of a run, and no other may begin."""
        with ExitStack() as opened:
            copies = NearCopies(opened.enter_context(State.open(self.place.folder)))
            sink = opened.enter_context(sink_named(self.sink, self.place, versions=versions, copies=copies))
            self.store, self.journal = merged(self.store, self.journal, versions), {}
            self.the_store_is_what_the_model_says()
            for name, line in readings:
                sink.write(made(name, line))
                self.journal = taken_up(self.journal, {name: line})
            with pytest.raises(SinkError, match="another run is writing here"):
                sink_named(self.sink, self.place).__enter__()
            self.the_store_is_what_the_model_says()
            yield sink

    def lines(self) -> list[bytes]:
        """The records; what is none is in the store, or beside it."""
        lines = list(backend_named(self.sink, self.place).lines())
        aside = self.place.folder / BROKEN
        if self.has_foreign and FOREIGN not in lines:
            assert FOREIGN in aside.read_bytes()
        return [line for line in lines if line != FOREIGN]


@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELLED)
def test_every_sink_is_what_the_model_says(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, killable_run: KillableRun
) -> None:
    sink, base = EVERY_SINK[kind][0], place_for(kind, tmp_path, request)
    # a run into a database costs ten times as much as one into a file
    examples = 20 if kind == "jsonl" else 8 if sink.startswith("jsonl") else 6
    ignored = [HealthCheck.too_slow]
    few = settings(max_examples=examples, stateful_step_count=8, deadline=None, suppress_health_check=ignored)
    values = {"sink": sink, "base": base, "killable_run": staticmethod(killable_run)}
    run_state_machine_as_test(type(f"{sink}Machine", (SinkMachine,), values), settings=few)
