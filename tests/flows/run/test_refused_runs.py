"""Whole runs that a disk or a server refuses: one line, exit code 5, and then each page where it belongs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import refused_runs
from conftest import HANG_SECONDS

pytestmark = pytest.mark.slow
NAMESPACE = ("unshare", "--map-root-user", "--mount")


def may_mount() -> bool:
    if shutil.which(NAMESPACE[0]) is None:
        return False
    tried = subprocess.run(
        (*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"), capture_output=True, check=False
    )
    return tried.returncode == 0


@pytest.mark.parametrize(
    ("sink", "part_size", "free"),
    [
        ("jsonl", "", (0, 100_000, 400_000, 700_000)), ("sqlite", "", (400_000,)), ("parquet", "20kB", (400_000,)),
    ],
)  # fmt: skip
def test_a_disk_that_takes_nothing_more_costs_no_page(
    tmp_path: Path, sink: str, part_size: str, free: tuple[int, ...]
) -> None:
    """Full as the run begins, or while pages are written: a run of these takes some 1 MB."""
    if not may_mount():
        pytest.skip("this machine lets nobody mount a small disk")
    ended = subprocess.run(
        (*NAMESPACE, sys.executable, refused_runs.__file__, str(tmp_path), sink, part_size, *map(str, free)),
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=5 * HANG_SECONDS,  # a dozen runs
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    cases = json.loads(ended.stdout)
    for name, case in cases.items():
        advice = (
            "choose a folder you may write to" if name == "read-only" else "free some space and run again"
        )
        refused = [line for line in case["said"] if line != "ended"]
        assert all(line.startswith("5: ") and advice in line and "\n" not in line for line in refused), name
        assert (case["then"], case["lost"], case["differs"]) == (["ended"] * 2, [], []), name
    assert cases["read-only"]["said"] != ["ended", "ended"]
    if 0 in free:
        assert cases["0 bytes free"]["said"] != ["ended", "ended"]
        assert len({case["said"][0] for case in cases.values()} - {"ended"}) > 2
        # before it began, and amid
        assert len({case["written"] for case in cases.values()}) > 2
