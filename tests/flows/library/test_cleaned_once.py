"""Whatever changes between runs: what has not changed is not cleaned again, however its path is written, and nothing is
missing for that.

Each step changes pages, options or what was stored; then runs follow. Pages are cleaned in this process, and each once
for all runs, as cleaning is pure; all else is a run as users have it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import chdir
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from prefect_runs import ARTICLE, records

from copydesk.cleaners import clean_page
from copydesk.cleaners.options import Options
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.records import page_notes
from copydesk.flows.run import batches
from copydesk.flows.run.batches import IngestResult, ingest_plainly

pytestmark = pytest.mark.slow

BOX = "The Harbour Kiosk has the whole paper, the crossword and six letters from readers, every morning at five."
WORDS = "harbour council bridge winter market teacher orchard railway ferry mayor letter morning village river garden"
GATE = "[gate]\nleast_words = 80\n"
NAMES = "abcdef"
ONE_ARTICLE = "ab"
"""The names of files that declare one article: they share a record while they tell the same story."""
SELDOM_OFF = st.sampled_from((True, True, False))
SHORT = 2
"""The number of a story that the gate stops."""
# ten articles must be known of a site before anything recurs on it
FILLERS = {f"filler-{number}": 100 + number for number in range(10)}


def story(number: int) -> list[str]:
    """Paragraphs that differ for each number."""
    chance = Random(number)  # noqa: S311 - no secret
    count = 2 if number == SHORT else 4
    return [f"The {' '.join(chance.choices(WORDS.split(), k=20))} said so on Monday." for _ in range(count)]


def page(name: str, number: int) -> str:
    body = "".join(f"<p>{text}</p>" for text in (*story(number), BOX))
    of = ONE_ARTICLE if name in ONE_ARTICLE else name
    head = f'<title>News of {of}</title><link rel="canonical" href="https://news.example.org/{of}">'
    return f"<html><head>{head}</head><body><article><h1>News of {of}</h1>{body}</article></body></html>"


_records: dict[str, Record] = {}
CLEANED: list[str] = []


def clean_here(pages: Iterable[Page], *, options: Options, **_: Any) -> Iterator[Record]:
    for one in pages:
        CLEANED.append(one.source.name)
        key = repr((one, options))
        if key not in _records:
            _records[key] = clean_page(one, options)
        yield _records[key]


class Machine(RuleBasedStateMachine):
    """``stories``: what the pages say now, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.output = self.root / "out"
        (self.root / "in").mkdir()
        self.stories: dict[str, int] = {}
        for name, number in FILLERS.items():
            self.write(name, number)

    @initialize(options=st.fixed_dictionaries(dict.fromkeys(("recurring", "unique", "gate"), SELDOM_OFF)))
    def begins(self, options: dict[str, bool]) -> None:
        self.options = options
        self.settles()

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # --- what changes

    @rule(stories=st.dictionaries(st.sampled_from(NAMES), st.integers(0, SHORT), min_size=2))
    def pages_say_something_else(self, stories: dict[str, int]) -> None:
        for name, number in stories.items():
            self.write(name, number)
        self.settles()

    @rule(name=st.sampled_from(["recurring", "unique", "gate"]))
    def another_option(self, name: str) -> None:
        self.options[name] = not self.options[name]
        self.settles()

    @rule(at=st.integers(0, 9), is_waiting=st.booleans())
    def a_line_that_is_taken_out_by_hand(self, at: int, is_waiting: bool) -> None:
        file = self.output / ("quarantine.jsonl" if is_waiting else "records.jsonl")
        if file.exists():
            lines = file.read_bytes().splitlines(keepends=True)
            file.write_bytes(b"".join(lines[:-1] if is_waiting else lines[:at] + lines[at + 1 :]))
            self.settles()

    # --- what holds

    def settles(self) -> None:
        """The first run may leave a copy of a page that it read later to the next run, and reports that."""
        _, result = self.run()
        left = [line for line in result.summary.splitlines() if "the next run looks again" in line]
        cleaned, _ = self.run()
        assert len(cleaned) == sum(int(line.split()[0]) for line in left)
        before, stored, waiting = (
            self.written(),
            self.content("records.jsonl"),
            self.content("quarantine.jsonl"),
        )
        cleaned, result = self.run()
        assert (cleaned, result.records) == ([], 0)
        assert self.written() == before, "a run that cleans nothing writes nothing"
        self.everything_is_there()
        cleaned, _ = self.run(again=True)
        assert len(cleaned) == len(self.stories)
        assert self.content("records.jsonl") == stored, "nothing was missing"
        assert self.content("quarantine.jsonl") == waiting

    def everything_is_there(self) -> None:
        """Each page as it is now: in the store, among those that wait, or in the words of another."""
        stored = [record for record in self.lines("records.jsonl") if record["next"] is None]
        waiting = self.lines("quarantine.jsonl")
        for name, number in self.stories.items():
            found = waiting if self.options["gate"] and number == SHORT else stored
            alike = [record for record in found if all(text in record["text"] for text in story(number))]
            names = ONE_ARTICLE if name in ONE_ARTICLE else [name]
            own = [record for record in alike if record["source"]["name"].removesuffix(".html") in names]
            assert own or (self.options["unique"] and alike and found is stored), (name, number)
            for record in own if found is stored else ():
                assert (BOX in record["text"]) is not self.options["recurring"], name

    # --- how

    def write(self, name: str, number: int) -> None:
        self.stories[name] = number
        (self.root / "in" / f"{name}.html").write_text(page(name, number))

    def run(self, **options: Any) -> tuple[list[str], IngestResult]:
        """Which pages are cleaned by a run, and its result."""
        CLEANED.clear()
        chosen = {name: value for name, value in self.options.items() if name != "gate"} | options
        (self.root / "copydesk.toml").write_text(GATE if self.options["gate"] else "")
        with chdir(self.root):
            result = ingest_plainly(IngestOptions(sources=("in",), output=Path("out"), jobs=1, **chosen))
        return list(CLEANED), result

    def lines(self, name: str) -> list[dict[str, Any]]:
        file = self.output / name
        return [json.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []

    def content(self, name: str) -> list[dict[str, Any]]:
        """All of the lines but how often a block was seen when its page was read."""
        lines = self.lines(name)
        for block in (block for line in lines for block in line["removed"]):
            del block["evidence"]
        return lines

    def names_with(self, number: int) -> list[str]:
        """Of the pages whose newest records tell a story."""
        newest = (record for record in self.lines("records.jsonl") if record["next"] is None)
        return [record["source"]["name"] for record in newest if story(number)[0] in record["text"]]

    def written(self) -> dict[str, bytes]:
        """All files but the state, which SQLite may tidy."""
        return {file.name: file.read_bytes() for file in self.output.iterdir() if file.suffix == ".jsonl"}


@pytest.fixture(autouse=True)
def _cleaned_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "clean_pages", clean_here)
    # as if each file had been written long before it is looked at
    monkeypatch.setattr(page_notes, "GRANULARITY_NS", 0)


def test_a_copy_that_was_left_out_comes_back_when_its_original_changes() -> None:
    """In the same run if it is read after its original, else in the next, as the run reports."""
    for name, is_read_first in (("a", True), ("f", False)):
        desk = Machine()
        desk.begins({"recurring": True, "unique": True, "gate": False})
        desk.pages_say_something_else({"e": 1})
        desk.write(name, 1)
        assert "1 copy left out (--unique)" in desk.run()[1].summary
        assert desk.run()[0] == []
        assert desk.names_with(1) == ["e.html"]
        desk.write("e", 3)
        cleaned, result = desk.run()
        assert cleaned == (["e.html"] if is_read_first else ["e.html", "f.html"])
        assert ("1 page was left out as a copy" in result.summary) is is_read_first
        desk.settles()
        assert desk.names_with(1) == [f"{name}.html"]
        desk.teardown()


def test_a_copy_stays_left_out_where_its_original_is_stored_though_its_new_reading_waits() -> None:
    desk = Machine()
    desk.begins({"recurring": True, "unique": True, "gate": True})
    desk.pages_say_something_else({"e": 1})
    desk.pages_say_something_else({"a": 1})
    desk.pages_say_something_else({"e": SHORT})
    assert (desk.names_with(1), desk.run()[0]) == (["e.html"], [])
    desk.teardown()


def test_a_page_replaced_by_an_article_is_not_cleaned_again(tmp_path: Path) -> None:
    """A page that is empty in a later file than the one that has it."""
    for name, html in (("then", page("a", 0)), ("now", "<html><body></body></html>")):
        made = {"id": "a", "url": "https://news.example.org/a", "html": html}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(made) + "\n")

    def ingested(name: str) -> str:
        CLEANED.clear()
        options = IngestOptions(sources=(str(tmp_path / f"{name}.jsonl"),), output=tmp_path / "out", jobs=1)
        return ingest_plainly(options).summary

    ingested("then")
    assert "could not be had this time; what was read before stays" in ingested("now")
    assert "1 page unchanged" in ingested("now")
    assert CLEANED == []
    (tmp_path / "out" / "library.sqlite").unlink()
    (tmp_path / "out" / "records.jsonl").unlink()
    assert "1 rejected" in ingested("now")


@pytest.mark.parametrize(("gate", "unique"), [(False, True), (True, False)])
def test_files_that_share_a_record_are_cleaned_once(*, gate: bool, unique: bool) -> None:
    desk = Machine()
    desk.begins({"recurring": True, "unique": unique, "gate": gate})
    desk.pages_say_something_else({"a": SHORT, "b": SHORT, "e": SHORT})
    assert sum(record["title"] == "News of ab" for record in desk.lines("quarantine.jsonl")) == gate
    desk.pages_say_something_else({"b": 0})
    desk.pages_say_something_else({"a": 0})
    desk.pages_say_something_else({"b": 1})
    desk.teardown()


def test_what_is_unchanged_is_cleaned_once_and_nothing_is_missing() -> None:
    # to shrink what fails takes minutes; steps are few
    phases, ignored = [Phase.generate], [HealthCheck.too_slow]
    few = settings(
        max_examples=3, stateful_step_count=5, deadline=None, suppress_health_check=ignored, phases=phases
    )
    run_state_machine_as_test(Machine, settings=few)


def cleaned_of(source: str, output: Path | str = "out") -> int:
    """How many pages are cleaned."""
    CLEANED.clear()
    ingest_plainly(IngestOptions(sources=(source,), output=Path(output), jobs=1))
    return len(CLEANED)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with pages in it."""
    (desk := tmp_path / "desk").mkdir()
    for name in ("inbox", "other"):
        (desk / name).mkdir()
    (desk / "inbox" / "ferry.html").write_text(ARTICLE.format(number=1))
    (desk / "inbox" / "clock.html").write_text(ARTICLE.format(number=2))
    monkeypatch.chdir(desk)
    return desk


def test_a_folder_is_cleaned_once_however_it_is_written(desk: Path) -> None:
    (desk.parent / "way").symlink_to(desk)
    assert cleaned_of("inbox") == 2
    relative = ("./inbox", "inbox/", "inbox//", "other/../inbox")
    for written in (*relative, f"{desk}/inbox", f"{desk.parent}/way/inbox"):
        assert cleaned_of(written) == 0, written
    # as a deployment has it, which may run from anywhere
    assert cleaned_of("inbox", desk / "out") == 0
    with chdir("other"):
        assert cleaned_of("../inbox", "../out") == 0
    assert len(records(desk / "out")) == 2


def test_a_list_is_read_relative_to_itself_however_it_is_written(desk: Path) -> None:
    (desk / "lists").mkdir()
    listed = '[[source]]\nname = "town"\nkind = "folder"\naddress = "../inbox"\n'
    (desk / "lists" / "town.toml").write_text(listed)
    assert cleaned_of("lists/town.toml") == 2
    assert [cleaned_of(name) for name in ("lists", "./lists/town.toml", f"{desk}/lists")] == [0, 0, 0]
    with chdir("other"):
        assert cleaned_of("../lists", "../out") == 0


def test_links_stay_what_they_are(desk: Path) -> None:
    """A link is another name, and behind it `..` leads elsewhere."""
    (desk / "far" / "deep").mkdir(parents=True)
    (desk / "far" / "inbox").mkdir()
    (desk / "far" / "inbox" / "third.html").write_text(ARTICLE.format(number=3))
    (desk / "link").symlink_to("far/deep")
    (desk / "alias").symlink_to("inbox")
    assert cleaned_of("inbox") == 2
    assert cleaned_of("link/../inbox") == 1
    assert cleaned_of("alias") == 2
    (desk / "alias").unlink()
    (desk / "alias").symlink_to("far/inbox")
    assert cleaned_of("alias") == 1


def test_a_file_has_one_record_however_it_is_written_also_as_standard_input_is(desk: Path) -> None:
    names = ("./inbox/ferry.html", f"{desk}/inbox/ferry.html", "inbox/ferry.html")
    assert [cleaned_of(name) for name in names] == [1, 0, 0]
    assert [record["source"]["name"] for record in records(desk / "out")] == ["inbox/ferry.html"]
    (desk / "-").write_text(ARTICLE.format(number=3))
    assert [cleaned_of("./-"), cleaned_of(f"{desk}/-")] == [1, 0]
