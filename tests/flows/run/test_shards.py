"""``ingest --shard``: runs that share the pages write together what one run writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import ARTICLE
from msgspec import json

from copydesk.cleaners.schema import Record
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import SettingsError
from copydesk.flows.run.batches import ingest_plainly

pytestmark = pytest.mark.slow
COUNT = 3


def stored(output: Path) -> dict[str, str]:
    """Texts by ids."""
    file = output / "records.jsonl"
    lines = file.read_bytes().splitlines() if file.exists() else []
    records = [json.decode(line, type=Record) for line in lines]
    assert len({record.id for record in records}) == len(records)
    return {record.id: record.text for record in records}


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


def test_the_shards_together_are_the_whole_and_none_has_what_another_has(folder: Path) -> None:
    ingest_plainly(IngestOptions(sources=(str(folder),), output=Path("whole")))
    for number in range(1, COUNT + 1):
        result = ingest_plainly(
            IngestOptions(sources=(str(folder),), output=Path(f"part-{number}"), shard=f"{number}/{COUNT}")
        )
        assert result.records == len(stored(Path(f"part-{number}")))
    parts = [stored(Path(f"part-{number}")) for number in range(1, COUNT + 1)]
    assert all(parts)
    assert sum(map(len, parts)) == len(stored(Path("whole"))) == 25
    assert {id_: text for part in parts for id_, text in part.items()} == stored(Path("whole"))


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


def test_the_web_is_not_shared_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = IngestOptions(sources=("https://courier.example/1",), output=tmp_path / "out", shard="1/2")
    with pytest.raises(SettingsError, match=r"--shard: .* is on the web"):
        ingest_plainly(options)
    with pytest.raises(SettingsError, match="--shard: expected K/N"):
        IngestOptions(shard="3/2")
