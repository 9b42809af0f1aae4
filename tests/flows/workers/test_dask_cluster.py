"""Tasks on a Dask cluster of real processes; whole runs are in ``tests/flows/run/test_cluster_runs.py``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest
from conftest import HANG_SECONDS

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.workers import dask_cluster
from copydesk.flows.workers.dask_cluster import Cluster, cluster_named, done_on

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own are none of ours


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a worker takes long to be replaced."""
    monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", HANG_SECONDS)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where workers find this module


def encoded(task: str) -> bytes:
    if task == "wrong":
        raise ValueError("no such thing")
    return task.encode()


def done(cluster: Cluster, tasks: Iterator[str]) -> Iterator[tuple[str, bytes]]:
    return done_on(cluster, tasks, encoded, halved=lambda task: [task], instead=lambda _task, _result: [])


def test_a_runner_is_this_machine_a_cluster_of_its_own_or_one_by_its_address() -> None:
    assert cluster_named("local", 2) is None
    assert cluster_named("dask", 2) == Cluster(None, 2)
    assert cluster_named("dask=tcp://scheduler:8786", 2) == Cluster("tcp://scheduler:8786", 2)
    assert IngestOptions(runner="dask=[::1]:8786").runner == "dask=[::1]:8786"


@pytest.mark.parametrize("name", ["ray", "dask=", "", "local=4", "dask=nonsense", "dask=tcp://host"])
def test_what_is_no_runner_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="--runner: expected local, dask or dask=ADDRESS, such as "):
        IngestOptions(runner=name)


def test_a_scheduler_that_does_not_answer_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(EnvironmentFault, match=r"the Dask cluster at tcp://127.0.0.1:9 does not answer"):
        list(done(Cluster("tcp://127.0.0.1:9", 1), iter("a")))


def test_a_cluster_that_cannot_go_on_ends_the_run_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        there = Cluster(cluster.scheduler_address, 1)
        with pytest.raises(
            EnvironmentFault, match="Dask: ValueError: no such thing; see that its scheduler runs"
        ):
            list(done(there, iter(["wrong"])))
        going_on = done(there, map(str, range(9)))
        assert next(going_on) == ("0", b"0")
        cluster.scale(0)
        monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 1.0)
        with pytest.raises(EnvironmentFault, match="no worker is left; start some, and run again"):
            list(going_on)
        # a cluster that we have not started goes on
        assert cluster.status is distributed.Status.running


def test_a_scheduler_that_is_lost_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        going_on = done(Cluster(cluster.scheduler_address, 1), map(str, range(9)))
        assert next(going_on) == ("0", b"0")
        monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 1.0)
    with pytest.raises(EnvironmentFault, match="Dask: "):
        list(going_on)


def test_pages_that_are_left_are_not_forgotten_while_no_worker_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dask_cluster, "_AHEAD_PER_THREAD", 1)  # nothing is under way after the first
    monkeypatch.setattr(dask_cluster, "_COUNTED_SECONDS", -1.0)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        going_on = done(Cluster(cluster.scheduler_address, 1), map(str, range(3)))
        assert next(going_on) == ("0", b"0")
        cluster.scale(0)
        with distributed.Client(cluster, set_as_default=False) as client:
            while client.nthreads():
                time.sleep(0.05)
        monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 1.0)
        with pytest.raises(EnvironmentFault, match="no worker is left; start some, and run again"):
            list(going_on)


def test_nothing_is_handed_to_a_scheduler_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "_AHEAD_PER_THREAD", 1)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        going_on = done(Cluster(cluster.scheduler_address, 1), map(str, range(3)))
        assert next(going_on) == ("0", b"0")
        ours = [one for one in distributed.Client._instances if one.status == "running"]
        monkeypatch.setattr(dask_cluster, "_PATIENCE_SECONDS", 1.0)
    for one in ours:
        one.close()
    with pytest.raises(EnvironmentFault, match="Dask: its scheduler is lost; start one, and run again"):
        list(going_on)
