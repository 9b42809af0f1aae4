"""How much of a machine's processors a container may use: its time quota, which no count of processors includes.

Linux keeps it in control groups: ``cpu.max`` of version 2, ``cpu.cfs_quota_us`` of version 1. A group has no more than
those that it lies in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_GROUPS = Path("sys/fs/cgroup")


def quota_processors(root: Path = Path("/")) -> int | None:
    """How many processors the quota amounts to, rounded up; None where there is none. ``root``: of the file system."""
    try:
        # `0::/system.slice/x`; of version 1 `4:cpu,cpuacct:/docker/1f0c`
        lines = (root / "proc/self/cgroup").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    shares = [share for line in lines for share in _shares(root / _GROUPS, *line.split(":", 2)[1:])]
    return max(1, math.ceil(min(shares))) if shares else None


def _shares(groups: Path, controllers: str = "", path: str = "") -> Iterator[float]:
    if not controllers:
        found = (_numbers(folder / "cpu.max") for folder in _up(groups, path))
    elif "cpu" in controllers.split(","):
        found = (
            _numbers(folder / "cpu.cfs_quota_us") + _numbers(folder / "cpu.cfs_period_us")
            for folder in _up(groups / "cpu", path)
        )
    else:
        return
    # `max 100000` and -1 are no quota
    yield from (one[0] / one[1] for one in found if len(one) == 2 and min(one) > 0)


def _up(mount: Path, path: str) -> Iterator[Path]:
    """A group's folder and those it lies in. In a container the path may be the host's: then the mount is the group."""
    inner = PurePosixPath("/", path).relative_to("/")
    yield from (mount / one for one in (inner, *inner.parents))


def _numbers(file: Path) -> list[int]:
    try:
        return [int(one) for one in file.read_text("ascii").split()]
    except (OSError, ValueError):
        return []
