"""``ingest --shard``: runs that share the pages write together what one run writes; ``merge`` brings it together."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from msgspec import json
from msgspec.structs import replace
from page_versions import FIRST, SECOND, URL, reading, store

from copydesk.cleaners import failed
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page, Source
from copydesk.flows.commands.cli import cli
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.place import StoreLocation
from copydesk.flows.run.batches import ingest_plainly
from copydesk.flows.run.merging import Merged, merge
from copydesk.flows.run.planning import checked_plan

pytestmark = pytest.mark.slow
COUNT = 3


def records_of(output: Path) -> list[Record]:
    file = output / "records.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [json.decode(line, type=Record) for line in lines]


def stored(output: Path) -> dict[str, str]:
    """Texts by ids."""
    records = records_of(output)
    assert len({record.id for record in records}) == len(records)
    return {record.id: record.text for record in records}


def copies(output: Path) -> set[frozenset[str]]:
    """The ids of originals, each with those of its copies."""
    groups: dict[str, set[str]] = {}
    for record in records_of(output):
        groups.setdefault(record.duplicate_of or record.id, set()).add(record.id)
    return set(map(frozenset, groups.values()))


def at(hour: int) -> str:
    return f"2026-11-01T{hour:02}:00:00Z"


def merged(*parts: str, **options: Any) -> Merged:
    warnings: list[str] = []
    found = merge([*map(Path, parts)], IngestOptions(**{"output": Path("all")} | options), warnings.append)
    assert warnings == []
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.html").write_text(ARTICLE.replace("eleven", f"the {number}th of"))
    lines = (
        f'{{"id": "line {number}", "html": "<p>Line {number} of a file of many pages.</p>"}}'
        for number in range(12)
    )
    (folder / "many.jsonl").write_text("\n".join((*lines, "{broken")))
    return folder


def test_shards_are_together_what_one_run_writes_and_are_merged_to_it_with_marks_of_copies(
    folder: Path,
) -> None:
    ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("whole")))
    parts = [Path(f"part-{number}") for number in range(1, COUNT + 1)]
    for number, part in enumerate(parts, 1):
        given = IngestOptions(sources=(str(folder),), output=part, shard=f"{number}/{COUNT}")
        assert ingest_plainly(given).records == len(stored(part)) > 0
    whole = stored(Path("whole"))
    # none has what another has
    assert sum(len(stored(part)) for part in parts) == len(whole) == 25
    assert {id_: text for part in parts for id_, text in stored(part).items()} == whole
    within = {group for part in parts for group in copies(part)}
    first = merged(*map(str, parts))
    assert (first.records, first.stored.became["new"], first.copies) == (25, 25, 11)
    assert stored(Path("all")) == whole
    assert copies(Path("all")) == copies(Path("whole")) != within
    # once more, as after a kill; and as files
    before = Path("all/records.jsonl").read_bytes()
    assert merged(*map(str, parts)).stored.became == {"unchanged": 25}
    assert merged(*(f"{part}/records.jsonl" for part in parts)).stored.became == {"unchanged": 25}
    assert Path("all/records.jsonl").read_bytes() == before


def test_versions_and_what_was_set_aside_are_merged_too(folder: Path) -> None:
    for text, hour in ((FIRST, 1), (SECOND, 2)):
        store("jsonl", StoreLocation(Path("one")), reading(text, hour=hour))
    store("jsonl", StoreLocation(Path("two")), reading(FIRST, hour=3))
    Path("copydesk.toml").write_text("[gate]\nleast_words = 20\n")
    ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("two")))
    found = merged("one", "two")
    assert (found.aside, found.copies) == (12, 11)
    assert (Path("all") / "quarantine.jsonl").read_bytes().count(b"\n") == 12
    chain = [record for record in records_of(Path("all")) if record.url]
    assert [(one.version, one.text) for one in chain] == [(1, FIRST), (2, SECOND), (3, FIRST)]
    assert (chain[0].next, chain[1].previous) == (chain[1].content_hash, chain[0].content_hash)
    before = Path("all/records.jsonl").read_bytes()
    assert merged("two", "one").stored.became["new"] == 0
    assert Path("all/records.jsonl").read_bytes() == before


def test_what_is_there_stays_and_what_was_made_anew_is_taken(empty_folder: Path) -> None:  # noqa: ARG001
    output = StoreLocation(Path("all"))
    store(
        "jsonl", output, failed(Page("", url=URL, source=Source("feed", "x"), fetched_at=at(5)), "http_500")
    )
    store("jsonl", StoreLocation(Path("one")), reading(FIRST, hour=1))
    assert merged("one").stored.became["changed"] == 1
    assert [record.text for record in records_of(Path("all"))] == [FIRST]
    # cleaned again, at the same reading
    again = reading(FIRST, hour=1, title="The ferry sails")
    store("jsonl", StoreLocation(Path("one")), again)
    merged("one")
    assert [record.title for record in records_of(Path("all"))] == ["The ferry sails"]
    store("jsonl", StoreLocation(Path("two")), reading(SECOND, hour=0))
    assert merged("two").earlier == 1
    assert [record.text for record in records_of(Path("all"))] == [FIRST]


def test_readings_that_nobody_dated_are_merged_once(empty_folder: Path) -> None:
    for text in (FIRST, SECOND):
        store("jsonl", StoreLocation(Path("one")), reading(text, url=None))
    for name, text in (("two", FIRST), ("three", SECOND)):
        store("jsonl", StoreLocation(Path(name)), reading(text, url=None))
    merged("one")
    before = Path("all/records.jsonl").read_bytes()
    assert [record.text for record in records_of(Path("all"))] == [FIRST, SECOND]
    merged("one")
    assert Path("all/records.jsonl").read_bytes() == before
    both = empty_folder / "both.jsonl"
    both.write_bytes(b"".join(Path(name, "records.jsonl").read_bytes() for name in ("two", "three")))
    found = merged(str(both), output=Path("other"))
    assert (found.records, [record.text for record in records_of(Path("other"))]) == (2, [FIRST, SECOND])


def test_damaged_lines_are_reported_and_removals_are_as_wanted(folder: Path) -> None:
    Path("copydesk.toml").write_text("[gate]\nleast_words = 20\n")
    ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("one")))
    part = folder.with_name("part")
    part.mkdir()
    lines = Path("one/records.jsonl").read_bytes()
    (part / "records.jsonl").write_bytes(lines[:-40])
    (part / "quarantine.jsonl").write_bytes(Path("one/quarantine.jsonl").read_bytes()[:-40])
    merging = ["merge", "part", "--output", "all", "--removed", "none"]
    done = CliRunner().invoke(cli, merging)
    assert done.exit_code == 1
    assert done.stderr.count("1 line is left out") == 2
    assert "23 records of 1 part: 12 new" in done.stderr
    assert all(record.removed == () for record in records_of(Path("all")))
    again = json.decode(CliRunner().invoke(cli, [*merging, "--json"]).stdout)
    counts = [again[name] for name in ("parts", "records", "new", "unchanged", "quarantined")]
    assert counts == [1, 23, 0, 12, 11]


def test_a_part_without_records_and_the_output_itself_are_refused(folder: Path) -> None:
    ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("all")))
    with pytest.raises(SettingsError, match="pages: holds no records"):
        merged(str(folder))
    with pytest.raises(SettingsError, match="all: is the output itself"):
        merged("all")
    with pytest.raises(SettingsError, match=r"many\.jsonl:1: no record"):
        merged(str(folder / "many.jsonl"), output=Path("other"))
    assert not Path("other").exists()


def test_a_shard_is_remembered_as_that_shard_alone(folder: Path) -> None:
    def records(shard: str | None) -> int:
        return ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("out"), shard=shard)).records

    (folder / "many.jsonl").unlink()  # its broken line is tried again in every run
    first = records("1/2")
    assert 0 < first < 12
    # neither files nor pages are looked at again for the same share; another share has the others
    assert records("1/2") == 0
    assert records("2/2") == 12 - first
    assert len(stored(Path("out"))) == 12
    shutil.rmtree("out")
    assert records(None) == 12


def test_shards_share_the_web_through_their_library_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = IngestOptions(sources=("https://courier.example/1",), output=tmp_path / "out", shard="1/2")
    with pytest.raises(SettingsError, match=r"--shard: .* is on the web"):
        ingest_plainly(options)
    shared = replace(options, sink="postgresql", database="postgresql://editor@db.example/news")
    assert [one.addresses for one in checked_plan(shared).web] == [options.sources]
    with pytest.raises(SettingsError, match="--shard: expected K/N"):
        IngestOptions(shard="3/2")
