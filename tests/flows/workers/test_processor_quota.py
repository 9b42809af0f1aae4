"""The quota of a container, read from files as Linux lays them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from copydesk.flows.workers.pool import quota_processors, usual_jobs

V1 = "12:memory:/docker/1f0c\n4:cpu,cpuacct:/docker/1f0c\n0::/system.slice\n"
IN_A_SLICE = {"proc": "0::/a.slice/b\n", "a.slice/cpu.max": "200000 100000\n"}
V1_PERIOD = {"proc": V1, "cpu/cpu.cfs_period_us": "100000\n"}
V1_GROUP = {"cpu/docker/1f0c/cpu.cfs_quota_us": "250000\n", "cpu/docker/1f0c/cpu.cfs_period_us": "100000\n"}
CASES: dict[str, tuple[dict[str, str], int | None]] = {
    "no control groups": ({}, None),
    "version 2, in its container": ({"proc": "0::/\n", "cpu.max": "150000 100000\n"}, 2),
    "version 2, less than one": ({"proc": "0::/\n", "cpu.max": "20000 100000\n"}, 1),
    "version 2, none": ({"proc": "0::/\n", "cpu.max": "max 100000\n"}, None),
    "version 2, the least of all": (IN_A_SLICE | {"a.slice/b/cpu.max": "300000 100000\n"}, 2),
    "version 2, host path": ({"proc": "0::/../host/docker/1f0c\n", "cpu.max": "100000 100000\n"}, 1),
    "version 1": ({"proc": V1} | V1_GROUP, 3),
    "version 1, host path": (V1_PERIOD | {"cpu/cpu.cfs_quota_us": "50000\n"}, 1),
    "version 1, none": (V1_PERIOD | {"cpu/cpu.cfs_quota_us": "-1\n"}, None),
    "no numbers": ({"proc": "nothing\n0::/\n:\n", "cpu.max": "many 0\n"}, None),
    "a period of nothing": ({"proc": "0::/\n", "cpu.max": "100000 0\n"}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_quota_is_what_the_control_groups_say(tmp_path: Path, name: str) -> None:
    files, expected = CASES[name]
    for path, text in files.items():
        file = tmp_path / ("proc/self/cgroup" if path == "proc" else f"sys/fs/cgroup/{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert quota_processors(tmp_path) == expected


def test_a_quota_bounds_the_workers_where_nobody_says_how_many(tmp_path: Path) -> None:
    unbounded = usual_jobs(tmp_path)
    assert unbounded >= 1
    for quota, jobs in (("100000 100000", 1), (f"{(unbounded + 1) * 100_000} 100000", unbounded)):
        (tmp_path / "proc/self").mkdir(parents=True, exist_ok=True)
        (tmp_path / "proc/self/cgroup").write_text("0::/\n")
        (tmp_path / "sys/fs/cgroup").mkdir(parents=True, exist_ok=True)
        (tmp_path / "sys/fs/cgroup/cpu.max").write_text(quota)
        assert usual_jobs(tmp_path) == jobs
