"""Tasks on a Dask cluster of real processes; whole runs are in ``tests/flows/run/test_cluster_runs.py``."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Thread

import dask
import distributed
import pytest
from conftest import HANG_SECONDS

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.workers import dask_cluster
from copydesk.flows.workers.dask_cluster import Cluster, cluster_named, done_on

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own are none of ours


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On a busy machine a worker takes long to be replaced."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where workers find this module
    with patience(HANG_SECONDS):
        yield


def patience(seconds: float) -> AbstractContextManager[object]:
    return dask.config.set({"distributed.comm.timeouts.connect": seconds})


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


def greet_as_ssh(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


async def do_in_a_notebook(cluster: Cluster) -> None:
    """Where an event loop is running already."""
    list(done(cluster, iter("a")))


@pytest.mark.parametrize("answer", [None, lambda _: None, greet_as_ssh], ids=["nobody", "silence", "another"])
def test_a_place_without_a_scheduler_is_reported(
    answer: Callable[[socket.socket], None] | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(dask_cluster, "_QUIET_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server, patience(0.5):
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        if answer is None:
            server.close()
        else:
            Thread(target=answer, args=(server,)).start()
        with pytest.raises(
            EnvironmentFault, match=rf"the Dask cluster at {address} does not answer \(.+\); see that"
        ):
            asyncio.run(do_in_a_notebook(Cluster(address, 1)))
    if answer is not greet_as_ssh:
        line = (
            f"Dask: waiting for a scheduler at {address}, for up to 0.5 s (distributed.comm.timeouts.connect)"
        )
        assert caplog.messages == [line]


def begun(cluster: distributed.LocalCluster) -> Iterator[tuple[str, bytes]]:
    """Tasks of which the first is done."""
    going_on = done(Cluster(cluster.scheduler_address, 1), map(str, range(9)))
    assert next(going_on) == ("0", b"0")
    return going_on


def test_a_cluster_that_cannot_go_on_ends_the_run_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    no_worker = "no worker is left; start some, and run again"
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        with pytest.raises(
            EnvironmentFault, match="Dask: ValueError: no such thing; see that its scheduler runs"
        ):
            list(done(Cluster(cluster.scheduler_address, 1), iter(["wrong"])))
        going_on, losing = begun(cluster), begun(cluster)
        monkeypatch.setattr(dask_cluster, "_AHEAD_PER_THREAD", 1)  # nothing is under way after the first
        monkeypatch.setattr(dask_cluster, "_COUNTED_SECONDS", -1.0)
        left, others = begun(cluster), set(distributed.Client._instances)
        cut_off = begun(cluster)
        # nothing is handed to a scheduler that is gone
        for one in set(distributed.Client._instances) - others:
            one.close()
        with (
            patience(1.0),
            pytest.raises(EnvironmentFault, match="Dask: its scheduler is lost; start one, and run again"),
        ):
            list(cut_off)
        cluster.scale(0)
        with patience(1.0), pytest.raises(EnvironmentFault, match=no_worker):
            list(going_on)
        with distributed.Client(cluster, set_as_default=False) as client:
            while client.nthreads():
                time.sleep(0.05)
        # pages that are left are not forgotten while no worker is there
        with patience(1.0), pytest.raises(EnvironmentFault, match=no_worker):
            list(left)
        # a cluster that we have not started goes on
        assert cluster.status is distributed.Status.running
    with patience(1.0), pytest.raises(EnvironmentFault, match="Dask: "):
        list(losing)
