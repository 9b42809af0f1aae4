"""A step in a real pipeline of datatrove, in processes of its executor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ARTICLE

pytestmark = pytest.mark.slow


def test_documents_of_html_become_articles(tmp_path: Path) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from copydesk.flows.adapters.datatrove import CopydeskExtractor

    pages = tmp_path / "pages"
    pages.mkdir()
    for part in range(2):
        documents = [
            {"text": ARTICLE, "id": f"{part}-a", "url": f"https://courier.example/{part}", "crawl": "one"},
            {"text": "<p></p>", "id": f"{part}-b", "url": "https://courier.example/empty"},
        ]
        (pages / f"{part}.jsonl").write_text("\n".join(map(json.dumps, documents)) + "\n")
    steps = [
        JsonlReader(str(pages)),
        CopydeskExtractor(timeout=60),
        JsonlWriter(str(tmp_path / "out"), compression=None),
    ]
    LocalPipelineExecutor(steps, tasks=2, workers=2, logging_dir=str(tmp_path / "logs")).run()
    found = [
        json.loads(line)
        for file in sorted((tmp_path / "out").glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]
    assert [one["id"] for one in found] == ["0-a", "1-a"]
    assert all(one["metadata"]["crawl"] == "one" and one["metadata"]["status"] == "ok" for one in found)
    assert [one["metadata"]["url"] for one in found] == [f"https://courier.example/{n}" for n in range(2)]
    assert all(one["text"].startswith("Old clock") or "clock" in one["text"] for one in found)
    stats = json.loads((tmp_path / "logs" / "stats.json").read_text())
    (step,) = [one for one in stats if "copydesk" in one["name"]]
    assert (step["stats"]["total"], step["stats"]["forwarded"]) == (4, 2)
    assert any(name.startswith("dropped_") for name in step["stats"])
