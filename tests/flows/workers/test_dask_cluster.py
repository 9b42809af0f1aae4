"""Tasks on a Dask cluster of real processes: each is done, in order, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import distributed
import pytest
from conftest import HANG_SECONDS

from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.workers import dask_cluster
from copydesk.flows.workers.dask_cluster import Cluster, cluster_named, done_on

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own are none of ours

Task = tuple[str, ...]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a worker takes long to be replaced."""
    monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", HANG_SECONDS)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where workers find this module


def joined(task: Task) -> bytes:
    """Ends its worker where the task holds what no worker survives."""
    if "deadly" in task:
        time.sleep(5)  # Dask gives up a worker that dies while it is only just starting
        os.kill(os.getpid(), signal.SIGKILL)
    if "wrong" in task:
        raise ValueError("no such thing")
    return " ".join(task).encode()


def nothing(task: Task, result: bytes) -> Sequence[Task]:  # noqa: ARG001
    return ()


def halves(task: Task) -> Sequence[Task]:
    half = len(task) // 2
    return [task[:half], task[half:]] if half else [("given up",)]


def test_what_takes_its_workers_down_is_parted_and_costs_nothing_else(
    capfd: pytest.CaptureFixture[str],
) -> None:
    tasks: Iterator[Task] = iter([("a", "b"), ("c", "deadly"), *((str(n),) for n in range(9))])
    done = [
        result.decode() for _, result in done_on(Cluster(None, 2), tasks, joined, part=halves, more=nothing)
    ]
    assert done == ["a b", "c", "given up", *map(str, range(9))]
    capfd.readouterr()


def test_what_cannot_be_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ray", "dask=", "", "local=4"):
        with pytest.raises(SettingsError, match="--runner: expected local, dask or dask=ADDRESS, not "):
            cluster_named(name, 1)
    assert cluster_named("local", 1) is None
    with pytest.raises(
        EnvironmentFault, match="Dask: ValueError: no such thing; see that its scheduler runs"
    ):
        list(done_on(Cluster(None, 1), [("wrong",)], joined, part=halves, more=nothing))
    monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(EnvironmentFault, match=r"the Dask cluster at tcp://127.0.0.1:9 does not answer"):
        list(done_on(Cluster("tcp://127.0.0.1:9", 1), [("a",)], joined, part=halves, more=nothing))


def test_a_cluster_without_workers_ends_the_run_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        tasks: Iterator[Task] = ((str(n),) for n in range(9))
        done = done_on(Cluster(cluster.scheduler_address, 1), tasks, joined, part=halves, more=nothing)
        assert next(done) == (("0",), b"0")
        cluster.scale(0)
        monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 1.0)
        with pytest.raises(EnvironmentFault, match="no worker is left; start some, and run again"):
            list(done)
        # a cluster that we have not started goes on
        assert cluster.status is distributed.Status.running
