"""Gates of sources on the web: quarantined pages are stored from the archive without a request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ARTICLE
from faulty_server import ANSWERS, FaultyServer
from web_runs import ingest, source_list

pytestmark = pytest.mark.slow


def test_a_page_that_waits_is_stored_from_the_archive_once_its_source_lets_it_pass(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    monkeypatch.setitem(ANSWERS, "clock", lambda handler, _: handler.give(ARTICLE.encode()))
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    table = f'name = "one"\nkind = "url"\naddress = "{server.url("/clock")}"\n'
    strict = source_list(tmp_path, [server], f"{table}gate = {{ least_words = 100000 }}")
    assert ingest(strict, out).records == 0
    (line,) = (out / "quarantine.jsonl").read_text("utf-8").splitlines()
    assert (json.loads(line)["gate"]["name"], json.loads(line)["status"]) == ("least_words", "ok")
    # by the source's name, which the archive keeps
    assert ingest(strict, out, from_archive=True).records == 0
    assert (out / "quarantine.jsonl").exists()

    server.asked.clear()
    loose = source_list(tmp_path, [server], table)
    assert ingest(loose, out, from_archive=True).ok == 1
    assert server.asked == []
    assert not (out / "quarantine.jsonl").exists()
    assert len((out / "records.jsonl").read_text("utf-8").splitlines()) == 1
