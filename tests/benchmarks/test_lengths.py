"""Lengths of labelled blocks, against a set of three blocks."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from click.testing import CliRunner

from benchmarks.lengths import main


def test_lengths_are_recognized_by_label_and_held_against_limits(tmp_path: Path) -> None:
    lengths = (("heading", 9), ("heading", 20), ("ad", 4))
    blocks = [{"label": label, "text": "x" * chars} for label, chars in lengths]
    page = {"id": "a", "file": "a.html", "url": None, "source": "s", "page_type": "article", "blocks": blocks}
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "pages.jsonl.gz").write_bytes(gzip.compress(json.dumps(page).encode()))
    result = CliRunner().invoke(main, ["heading=9", "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1].split() == ["heading", "2", "20", "20", "20", "20", "9", "1"]
    for wrong in ("heading", "headline=9", "heading=few"):
        refused = CliRunner().invoke(main, [wrong, "--data", str(tmp_path)])
        assert refused.exit_code == 2
        assert "labels are ad, heading" in refused.output
