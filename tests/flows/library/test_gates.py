"""Gates: what does not pass waits aside, and nothing is lost or there twice, however a run ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from killed_runs import show
from msgspec.structs import replace
from prefect_runs import write_pages

from copydesk.cleaners import clean, failed, rejected
from copydesk.cleaners.schema import Provenance, Record, Removed, SourceRef, Usage
from copydesk.cleaners.types import Page, Source
from copydesk.flows.config.gate import Gate, Gatekeeper, Stopped, stopped_by
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.config.settings_tables import gate_of
from copydesk.flows.config.source_entry import read_entry
from copydesk.flows.config.source_list import as_table
from copydesk.flows.config.source_plan import plan_archive
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.library.records.run_writer import RunWriter, Taken
from copydesk.flows.run.batches import IngestResult, ingest_plainly

ARTICLE = replace(
    clean("Two words"),
    status="ok",
    reason=None,
    text="Four words of text.",
    language="en",
    removed=(Removed(after=0, label="nav", rule="r", evidence="e", text="Home and away " * 3),),
)
STOPPED = Stopped("least_words", 50, 4)


@pytest.mark.parametrize(
    ("gate", "changes", "expected"),
    [
        (Gate(), {}, None),
        (Gate(least_words=4), {}, None),
        (Gate(least_words=5), {}, Stopped("least_words", 5, 4)),
        # two letters of Chinese are one word
        (Gate(least_words=5), {"text": "四个词的文本吧", "language": "zh"}, Stopped("least_words", 5, 4)),
        (Gate(languages=("de", "en")), {"language": "en-GB"}, None),
        (Gate(languages=("pt-BR",)), {"language": "pt"}, Stopped("languages", ("pt-BR",), "pt")),
        (Gate(languages=("en",)), {"language": "eno"}, Stopped("languages", ("en",), "eno")),
        # 16 characters are kept, 33 removed
        (Gate(most_removed=0.68), {}, None),
        (Gate(most_removed=0.6), {}, Stopped("most_removed", 0.6, 0.6735)),
        (Gate(most_removed=0.0), {"removed": ()}, None),
        (Gate(least_confidence=0.8), {"confidence": 0.8}, None),
        (Gate(least_confidence=0.8), {"confidence": 0.79}, Stopped("least_confidence", 0.8, 0.79)),
        # what is not known is not below
        (Gate(least_confidence=1.0), {"confidence": None}, None),
        (Gate(statuses=("ok",)), {"status": "partial"}, Stopped("statuses", ("ok",), "partial")),
        # no text, no language: nothing to measure, so that a store still has the outcome of the page
        (Gate(least_words=5, languages=("de",), most_removed=0.1), {"status": "rejected", "text": ""}, None),
        (Gate(least_words=5, statuses=("ok",)), {"status": "failed"}, Stopped("statuses", ("ok",), "failed")),
        # its record takes what was stored before out of the store
        (Gate(statuses=("ok",)), {"status": "rejected", "provenance": Provenance(usage=Usage(tdm_reserved=True))}, None),
    ],
)  # fmt: skip
def test_a_record_has_to_pass_each_gate(
    gate: Gate, changes: dict[str, Any], expected: Stopped | None
) -> None:
    assert stopped_by(replace(ARTICLE, **changes), gate) == expected


def test_a_source_says_what_differs_from_the_gate_of_all() -> None:
    gates = Gatekeeper(Gate(least_words=5, statuses=("ok",)), {"brief": Gate(least_words=2), "usual": Gate()})
    assert gates.stopped(ARTICLE, "brief") is None
    assert gates.stopped(ARTICLE, "usual") == gates.stopped(ARTICLE, "other") == Stopped("least_words", 5, 4)
    assert gates.stopped(replace(ARTICLE, status="partial"), "brief") is not None
    assert (gates.has_any, Gatekeeper(Gate(), {"usual": Gate()}).has_any) == (True, False)
    assert Gatekeeper(Gate(), {"brief": Gate(least_words=2)}).has_any


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("jobs = 1\n[gate]\nleast_wrods = 5", "3: gate: least_wrods: unknown key; did you mean least_words?"),
        ("\ngate = { most_removed = 80 }", "2: gate: most_removed: expected a share of the page's characters, 0 to 1"),
        ('[gate]\nstatuses = ["okay"]', "2: gate: statuses: unknown status 'okay'; did you mean ok?"),
        ('[gate]\nlanguages = "en"', '2: gate: languages: expected a list of texts, such as ["en", "pt-BR"]'),
        ('[gate]\nlanguages = ["english"]', "2: gate: languages: 'english' is no code of a language (BCP 47); expected one like en, de or pt-BR"),
        ("[[gate]]\nleast_words = 5", "1: gate: expected a table [gate]"),
        ("[tool.copydesk.gate]\nleast_words = 0", "2 [tool.copydesk]: gate: least_words: expected a number of words, 1 or more"),
        ("[tool.copydesk]\ngate = 5", "2 [tool.copydesk]: gate: expected a table [tool.copydesk.gate]"),
    ],
)  # fmt: skip
def test_a_wrong_gate_is_reported_with_its_line(written: str, message: str, tmp_path: Path) -> None:
    file = "pyproject.toml" if written.startswith("[tool") else "copydesk.toml"
    (tmp_path / file).write_text(written, "utf-8")
    with pytest.raises(SettingsError) as error:
        gate_of(tmp_path)
    assert str(error.value) == f"{file}:{message}"


def test_gates_are_read_from_settings_and_lists(tmp_path: Path) -> None:
    assert gate_of(tmp_path) == Gate()
    (tmp_path / "copydesk.toml").write_text(
        '[gate]\nleast_words = 50\nlanguages = ["en", "und"]\nmost_removed = 1\nstatuses = ["ok"]\n', "utf-8"
    )
    expected = Gate(least_words=50, languages=("en", "und"), most_removed=1.0, statuses=("ok",))
    assert gate_of(tmp_path) == expected
    table = {"name": "a", "kind": "folder", "address": "pages", "gate": {"least_words": 2, "statuses": ["ok"]}}  # fmt: skip
    assert read_entry(table).gate == Gate(least_words=2, statuses=("ok",))
    assert as_table(read_entry(table)) == table
    unknown = "gate: most_remove: unknown key; did you mean most_removed"
    with pytest.raises(match=unknown) as error:
        read_entry(table | {"gate": {"most_remove": 2}})
    assert error.value.key == "gate"


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def names(file: Path) -> list[str]:
    return [line["source"]["name"] for line in lines(file)]


def run(folder: Path, gate: str, *sources: str, dry_run: bool = False) -> IngestResult:
    (folder / "copydesk.toml").write_text(gate, "utf-8")
    sources = sources or ("pages.jsonl",)
    return ingest_plainly(IngestOptions(sources=sources, output=Path("out"), jobs=1, dry_run=dry_run))


def test_min_confidence_is_a_gate_that_beats_settings_and_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_pages(tmp_path / "pages.jsonl", articles=2)
    Path("copydesk.toml").write_text("[gate]\nleast_confidence = 0.0\n", "utf-8")
    own = 'name = "a"\nkind = "jsonl"\naddress = "pages.jsonl"\ngate = { least_confidence = 0.1 }'
    Path("list.toml").write_text(f"[[source]]\n{own}\n", "utf-8")

    def ingested(**options: Any) -> IngestResult:
        return ingest_plainly(
            IngestOptions(sources=("list.toml",), output=Path("out"), jobs=1, again=True, **options)
        )

    aside = ingested(min_confidence=1.0)
    assert "by gate: least_confidence 2" in aside.summary
    held = lines(tmp_path / "out" / "quarantine.jsonl")
    expected = {"name": "least_confidence", "limit": 1.0}
    assert [line["gate"] for line in held] == [expected | {"value": line["confidence"]} for line in held]
    assert all(line["confidence"] < 1 for line in held)
    assert ingested().records == len(held) == 2


@pytest.mark.parametrize("value", ["2", "-0.1", "nan", "much", True, 1.5])
def test_a_wrong_min_confidence_is_one_line(value: Any) -> None:
    message = r"^--min-confidence: expected a number from 0 to 1, such as 0.8, not "
    with pytest.raises(SettingsError, match=message):
        IngestOptions(min_confidence=value)


@pytest.mark.slow
def test_what_does_not_pass_waits_until_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pages(tmp_path / "pages.jsonl", articles=3, broken=1)
    store, quarantine = tmp_path / "out" / "records.jsonl", tmp_path / "out" / "quarantine.jsonl"
    strict = '[gate]\nleast_words = 100000\nstatuses = ["ok"]'

    first = run(tmp_path, strict)
    assert (first.records, first.failed_pages, lines(store)) == (0, 1, [])
    assert "pages quarantined, by gate: least_words 3, statuses 1" in first.summary
    assert f"quarantined records are in {Path('out') / 'quarantine.jsonl'}" in first.summary
    held = lines(quarantine)
    assert [line["gate"]["name"] for line in held].count("least_words") == 3
    (article,) = (line for line in held if line["source"]["name"] == "page-0")
    assert article["gate"]["limit"] == 100_000
    assert article["gate"]["value"] == len(article["text"].split()) > 0
    # the record as it would be stored
    assert article["id"]
    assert article["removed"] is not None

    before = quarantine.read_bytes()
    # the folder itself beside the pages: what waits there is no page
    run(tmp_path, strict, "pages.jsonl", "out")
    assert quarantine.read_bytes() == before, "a second run adds nothing"

    # what passes later leaves, and is in the store
    second = run(tmp_path, '[gate]\nstatuses = ["ok"]')
    assert (second.records, second.failed_pages) == (3, 1)
    assert [line["status"] for line in lines(quarantine)] == ["failed"]
    assert len(lines(store)) == 3

    # what passed once stays stored as it was, and the new reading waits
    stored = store.read_bytes()
    run(tmp_path, strict)
    assert store.read_bytes() == stored
    assert len(lines(quarantine)) == 4

    # no gate at all: everything passes, and the file goes
    last = run(tmp_path, "")
    assert (last.records, quarantine.exists()) == (4, False)
    assert "quarantine" not in last.summary
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["library.sqlite", "records.jsonl"]
    dry = run(tmp_path, strict, dry_run=True)
    assert (dry.records, "least_words 3" in dry.summary, quarantine.exists()) == (0, True, False)


@pytest.mark.slow
def test_a_source_of_a_list_has_a_gate_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("brief", "usual"):
        write_pages(tmp_path / f"{name}.jsonl", articles=1)
    (tmp_path / "list.toml").write_text(
        '[[source]]\nname = "brief"\nkind = "jsonl"\naddress = "brief.jsonl"\ngate = { least_words = 1 }\n'
        '[[source]]\nname = "usual"\nkind = "jsonl"\naddress = "usual.jsonl"\n',
        "utf-8",
    )
    # pages in the archive go by the same
    assert plan_archive(Path("archive"), ("list.toml",)).gates["brief"] == Gate(least_words=1)
    result = run(tmp_path, "[gate]\nleast_words = 100000", "list.toml")
    assert (result.records, "least_words 1" in result.summary) == (1, True)
    with pytest.raises(SettingsError, match=r"^copydesk.toml:1: gate: words: unknown key"):
        run(tmp_path, "gate = { words = 1 }", "list.toml")


# pages, and what a run makes of each: it passes, is stopped, or fails
READING = st.tuples(st.integers(0, 2), st.sampled_from(["passes", "stopped", "fails", "is gone"]))
READINGS = st.lists(st.lists(READING, max_size=4), max_size=4)


def reading(number: int, what: str, *, day: int) -> Record:
    fetched_at = "2026-11-01" if what != "fails" else None
    source = Source("url", f"a{number}")
    page = Page(b"", url=f"https://news.example/{number}", fetched_at=fetched_at, source=source)
    if what == "fails":
        return failed(page, "timeout")
    if what == "is gone":
        return rejected(page, "http_404")
    text, ref = f"News of {number} on day {day}.", SourceRef(kind="url", name="a")
    return replace(failed(page, ""), status="ok", reason=None, text=text, content_hash=text, source=ref)


def enter(folder: Path, readings: Sequence[tuple[Record, bool]]) -> None:
    with Library.open(folder) as library:
        writer = RunWriter(library)
        for record, passes in readings:
            writer.write(Taken(record, None if passes else STOPPED))
        writer.end()
        show(library, "jsonl", StoreLocation(folder))


@pytest.mark.slow
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(READINGS)
def test_every_page_is_where_its_last_reading_puts_it(
    tmp_path_factory: pytest.TempPathFactory, days: list[list[tuple[int, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("out")
    # of each page the text of the last article that was stopped, and has not passed since
    waiting: dict[str, str] = {}
    for day, read in enumerate(days):
        readings = [(reading(number, what, day=day), what != "stopped") for number, what in read]
        for record, passes in readings:
            if not passes:
                waiting[str(record.url)] = record.text
            elif record.status == "ok":
                waiting.pop(str(record.url), None)
        enter(folder, readings)
        enter(folder, readings)
        found = {line["url"]: line["text"] for line in lines(folder / "quarantine.jsonl")}
        # a page that fails or is gone is stored as that, and takes no article with it
        assert found == waiting
        assert len(found) == len(lines(folder / "quarantine.jsonl"))
        assert all("gate" not in line for line in lines(folder / "records.jsonl"))


def test_a_failure_leaves_once_its_page_is_read_though_it_has_no_address(tmp_path: Path) -> None:
    page = Page(b"", source=Source("file", "a.html"))
    enter(tmp_path, [(failed(page, "timeout"), False)])
    assert names(tmp_path / "quarantine.jsonl") == ["a.html"]
    enter(tmp_path, [(replace(ARTICLE, id="1" * 32, source=SourceRef(kind="file", name="a.html")), True)])
    assert not (tmp_path / "quarantine.jsonl").exists()


def test_what_waits_stays_where_it_is_when_it_is_read_again(tmp_path: Path) -> None:
    for day in (1, 2):
        enter(tmp_path, [(replace(ARTICLE, fetched_at=f"2026-11-0{day}T00:00:00Z"), False)])
        assert lines(tmp_path / "records.jsonl") == []
        (waiting,) = lines(tmp_path / "quarantine.jsonl")
        assert (waiting["fetched_at"], waiting["gate"]["name"]) == (
            f"2026-11-0{day}T00:00:00Z",
            "least_words",
        )
