"""The JSON Lines sink against a model: whatever is written, ended, killed and begun again, in whatever order.

A run is killed by going on in a copy of its folder: what stands there is what a killed process would have left,
whole, with half a line, or amid the merge.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
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


def taken_up(lines: dict[str, Line], new: dict[str, Line]) -> dict[str, Line]:
    """Known pages keep their place, new ones follow."""
    return lines | {
        name: line for name, line in new.items() if name not in lines or lines[name].gives_way_to(line)
    }


names = st.sampled_from("abcd")
texts = st.sampled_from(("one", "two\u2028lines\nof text"))
readings = st.tuples(
    names,
    st.one_of(
        texts.map(lambda text: Line("read", text)),
        st.sampled_from(sorted(OUTCOMES.keys() - {"read"})).map(lambda outcome: Line(outcome, "")),
    ),
)


class SinkMachine(RuleBasedStateMachine):
    """``file`` and ``journal``: what the model says of the file, and of the run that is going on."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "0"
        self.kills = 0
        self.file: dict[str, Line] = {}
        self.journal: dict[str, Line] = {}
        self.answered: set[str] = set()
        self.sink: JsonlSink | None = None
        self.before = b""

    def teardown(self) -> None:
        if self.sink is not None:
            self.sink.__exit__(None, None, None)
        shutil.rmtree(self.root)

    # --- what happens

    @precondition(lambda self: self.sink is None)
    @rule()
    def begin(self) -> None:
        """What a killed run left is merged first."""
        self.sink = JsonlSink(self.folder).__enter__()
        self.file, self.journal = taken_up(self.file, self.journal), {}
        self.before = self.content()

    @precondition(lambda self: self.sink is not None)
    @rule(readings=st.lists(readings, max_size=4), answered=st.sets(names))
    def write(self, readings: list[tuple[str, Line]], answered: set[str]) -> None:
        assert self.sink is not None
        for name, line in readings:
            self.sink.write(self.made(name, line))
            self.journal = taken_up(self.journal, {name: line})
        for name in answered:
            self.sink.answered(url_of(name))
        self.answered |= answered

    @precondition(lambda self: self.sink is not None)
    @rule()
    def another_run_is_refused(self) -> None:
        with pytest.raises(SinkError, match="another run is writing here"):
            JsonlSink(self.folder).__enter__()

    @precondition(lambda self: self.sink is not None)
    @rule()
    def end(self) -> None:
        assert self.sink is not None
        self.sink.__exit__(None, None, None)
        kept = {name: line for name, line in self.file.items() if not self.is_answered(name)}
        self.sink, self.file, self.journal, self.answered = None, taken_up(kept, self.journal), {}, set()
        assert {entry.name for entry in self.folder.iterdir()} <= {FILE}

    @precondition(lambda self: self.sink is not None)
    @rule(half=st.none() | st.integers(1, 200), fresh=st.booleans())
    def kill(self, half: int | None, *, fresh: bool) -> None:
        """While a record is being written, or once they are; perhaps with a part of the new file."""
        self.go_on_in_a_copy()
        if half is not None:
            with (self.folder / JOURNAL_NAME).open("ab") as journal:
                journal.write(encode(self.made("a", Line("read", "never whole")))[:half])
        if fresh:
            (self.folder / FRESH_NAME).write_bytes(self.content()[:100])

    @precondition(lambda self: self.sink is not None)
    @rule()
    def kill_once_the_new_file_has_its_name(self) -> None:
        """The journal is still there, and is merged a second time."""
        journal = (self.folder / JOURNAL_NAME).read_bytes()
        journalled = self.journal
        self.end()
        (self.folder / JOURNAL_NAME).write_bytes(journal)
        self.journal = journalled

    @precondition(lambda self: self.sink is None)
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
        """While a run is going on, too: its records come with its end."""
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

    @precondition(lambda self: self.sink is not None)
    @invariant()
    def nobody_sees_half_a_run(self) -> None:
        assert self.content() == self.before

    # --- how

    def content(self) -> bytes:
        file = self.folder / FILE
        return file.read_bytes() if file.exists() else b""

    def made(self, name: str, line: Line) -> Record:
        status, reason = OUTCOMES[line.outcome]
        return record(name, line.text, status=status, reason=reason, url=url_of(name))

    def is_answered(self, name: str) -> bool:
        """Whether a line says of an address only that nobody answered, which is no longer so."""
        return name in self.answered - set(self.journal) and self.file[name].outcome in ("failed", "not had")

    def go_on_in_a_copy(self) -> None:
        assert self.sink is not None
        self.kills += 1
        copy = self.root / str(self.kills)
        shutil.copytree(self.folder, copy)
        self.sink.__exit__(None, None, None)
        self.sink, self.folder, self.answered = None, copy, set()


SinkMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSinkMachine = SinkMachine.TestCase
