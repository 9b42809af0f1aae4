"""A stranger's code among the pages: nothing that lies in the current folder is imported or run by anything
we start. Of Prefect and its runs, and of programs that use us: ``test_served_lists.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import HANG_SECONDS
from hostile_folder import hostile_folder, ran
from prefect_runs import environment

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "arguments",
    [
        ("clean", "."), ("ingest", "../list.toml", "--output", "../out"), ("explain", "one.html"),
        ("sources", "check", "../list.toml"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_runs_what_lies_among_the_pages(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    pages = hostile_folder(tmp_path)
    (tmp_path / "list.toml").write_text('[[source]]\nname = "saved"\nkind = "folder"\naddress = "pages"\n')
    done = subprocess.run(
        [sys.executable, "-m", "copydesk", *arguments],
        cwd=pages,
        env=environment(tmp_path / "home"),
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert ran(pages) == []
    assert done.returncode == 0, done.stderr
    if arguments == ("clean", "."):
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert sum(record["status"] == "ok" for record in found) == 3, found
