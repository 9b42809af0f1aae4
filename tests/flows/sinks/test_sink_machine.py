"""The JSON Lines sink against a model: whatever is written, ended, killed and begun again, in whatever order.

A run is killed by going on in a copy of its folder: what stands there is what a killed process would have left,
whole, with half a line, or amid the merge.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from test_sinks import FILE, record

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SinkError
from copydesk.flows.sinks.jsonl import FRESH_NAME, JOURNAL_NAME, JsonlSink

FOREIGN = b'{"note": "by hand"}\n'
OUTCOMES = {
    "failed": ("failed", None),
    "not had": ("rejected", "http_404: gone"),
    "judged": ("rejected", "index: a list of links"),
    "read": ("ok", None),
}


class Line(NamedTuple):
    """What the model knows of a page."""

    outcome: str
    text: str

    def gives_way_to(self, new: Line) -> bool:
        """A failure holds against failures alone; who is not to be had takes nothing from what was read."""
        if new.outcome == "failed":
            return self.outcome == "failed"
        return (self.outcome, new.outcome) != ("read", "not had")


def url_of(name: str) -> str:
    return f"https://example.org/{name}"


def made(name: str, line: Line) -> Record:
    status, reason = OUTCOMES[line.outcome]
    return record(name, line.text, status=status, reason=reason, url=url_of(name))


def taken_up(lines: dict[str, Line], new: dict[str, Line]) -> dict[str, Line]:
    """Known pages keep their place, new ones follow."""
    return lines | {
        name: line for name, line in new.items() if name not in lines or lines[name].gives_way_to(line)
    }


names = st.sampled_from("abcd")
read_lines = st.sampled_from(("one", "two\u2028lines\nof text")).map(lambda text: Line("read", text))
other_lines = st.sampled_from(sorted(OUTCOMES.keys() - {"read"})).map(lambda outcome: Line(outcome, ""))
Readings = list[tuple[str, Line]]
some_readings = st.lists(st.tuples(names, st.one_of(read_lines, other_lines)), max_size=5)


class SinkMachine(RuleBasedStateMachine):
    """Each step is a run. ``file`` and ``journal``: what the model says of the file, and of what a killed run left."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "0"
        self.kills = 0
        self.file: dict[str, Line] = {}
        self.journal: dict[str, Line] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # --- what happens

    @rule(readings=some_readings, answered=st.sets(names))
    def run_that_ends(self, readings: Readings, answered: set[str]) -> None:
        with self.run(readings) as sink:
            for name in answered:
                sink.answered(url_of(name))
        kept = {
            name: line
            for name, line in self.file.items()
            # a line goes that says of an address only that nobody answered, which is no longer so
            if name in self.journal or name not in answered or line.outcome not in ("failed", "not had")
        }
        self.file, self.journal = taken_up(kept, self.journal), {}
        assert {entry.name for entry in self.folder.iterdir()} <= {FILE}

    @rule(readings=some_readings, half=st.none() | st.integers(1, 200), is_merging=st.booleans())
    def run_that_is_killed(self, readings: Readings, half: int | None, *, is_merging: bool) -> None:
        """While a record is being written, or once they are; perhaps with a part of the new file."""
        self.kills += 1
        copy = self.root / str(self.kills)
        with self.run(readings):
            shutil.copytree(self.folder, copy)
        self.folder = copy
        if half is not None:
            with (copy / JOURNAL_NAME).open("ab") as journal:
                journal.write(encode(made("a", Line("read", "never whole")))[:half])
        if is_merging:
            (copy / FRESH_NAME).write_bytes(self.content()[:100])

    @rule(readings=some_readings)
    def run_that_is_killed_once_the_new_file_has_its_name(self, readings: Readings) -> None:
        """The journal is still there, and is merged a second time."""
        with self.run(readings):
            journal = (self.folder / JOURNAL_NAME).read_bytes()
        (self.folder / JOURNAL_NAME).write_bytes(journal)
        self.file = taken_up(self.file, self.journal)

    @rule()
    def write_by_hand(self) -> None:
        """A line that is no record, without its end, as editors leave it."""
        if FOREIGN.rstrip() not in self.content() and self.folder.exists():
            with (self.folder / FILE).open("ab") as file:
                file.write(FOREIGN.rstrip())
            self.file["by hand"] = Line("read", "")

    # --- what holds

    @invariant()
    def the_file_is_what_the_model_says(self) -> None:
        lines = self.content().splitlines(keepends=True)
        assert len(lines) == len(self.file)
        first_with: dict[str, str] = {}
        ids = set()
        for line, (name, known) in zip(lines, self.file.items(), strict=True):
            if name == "by hand":
                assert line.rstrip() == FOREIGN.rstrip()
                continue
            found = msgspec.json.decode(line, type=Record)
            assert (found.source.name, found.text) == (name, known.text)
            assert (found.status, found.reason) == OUTCOMES[known.outcome]
            first = first_with.setdefault(found.text, found.id) if found.text else found.id
            assert found.duplicate_of == (None if first == found.id else first)
            ids.add(found.id)
        assert len(ids) == len(self.file) - ("by hand" in self.file)

    # --- how

    @contextmanager
    def run(self, readings: Readings) -> Iterator[JsonlSink]:
        """What a killed run left is merged first; nobody sees half of a run, and no other may begin."""
        with JsonlSink(self.folder) as sink:
            self.file, self.journal = taken_up(self.file, self.journal), {}
            self.the_file_is_what_the_model_says()
            for name, line in readings:
                sink.write(made(name, line))
                self.journal = taken_up(self.journal, {name: line})
            with pytest.raises(SinkError, match="another run is writing here"):
                JsonlSink(self.folder).__enter__()
            self.the_file_is_what_the_model_says()
            yield sink

    def content(self) -> bytes:
        file = self.folder / FILE
        return file.read_bytes() if file.exists() else b""


SinkMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestSinkMachine = SinkMachine.TestCase
