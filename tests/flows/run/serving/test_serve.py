"""Serving ends in order, and with a line where its server does not."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, wait_until
from faulty_server import ANSWERS, FaultyServer
from prefect_runs import (
    api,
    assert_gone,
    environment,
    faults,
    is_writing,
    living,
    records,
    run,
    served_by,
    server_processes,
    started,
    write_pages,
    written,
)
from web_runs import titled

from copydesk.flows.run.prefect_server import free_port
from copydesk.flows.run.serving.deployments import ENTRYPOINT

pytestmark = pytest.mark.prefect

EVERY_HOUR = ("--every", "1h", "--jobs", "1")


def runs_of(url: str, name: str, state: str) -> int:
    """How many runs of a deployment are in a state."""
    found = {"state": {"type": {"any_": [state]}}}
    return len(api(url, "flow_runs/filter", flow_runs=found, deployments={"name": {"any_": [name]}}))


def test_two_folders_share_a_server_that_stays_for_the_second_and_costs_no_record_when_it_is_killed(
    tmp_path: Path, home: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ends with its run, by Ctrl-C, the server not by the SIGTERM that a service manager sends to all.
    Who found the server running bears its silence for a while: it may be started again meanwhile.
    """
    is_gone = threading.Event()

    def give_last(handler: Any, _: str) -> None:
        is_gone.wait(HANG_SECONDS)
        handler.give(titled("The last"))

    monkeypatch.setitem(ANSWERS, "last", give_last)
    for name, articles in (("few", 1), ("some", 60)):
        write_pages(tmp_path / f"{name}.jsonl", articles=articles)
    env = environment(home, api_url=(url := f"http://127.0.0.1:{(port := free_port())}/api"))
    # the server is at the port that is set for Prefect's
    own = environment(home) | {"PREFECT_SERVER_API_PORT": str(port)}
    # fewer than usual, to be soon over; some, for a busy server refuses a request now and then (503)
    soon = env | {"PREFECT_CLIENT_MAX_RETRIES": "3"}
    waiting = ("some.jsonl", server.url("/last"), "--allow-private", server.netloc)
    long = ("serve", *waiting, *EVERY_HOUR, "--output", "long")
    few = ("serve", "few.jsonl", *EVERY_HOUR, "--output", "few")
    with started(*long, env=own, cwd=tmp_path) as command:
        first, found = served_by(command)
        assert found == url
        assert command.stderr is not None
        assert command.stderr.readline() == f"that server: started for this, home {home}\n"
        with started(*few, env=env, cwd=tmp_path) as other:
            second, _ = served_by(other)
            assert_is_taken(first, command, run(*long, env=env, cwd=tmp_path))
            wait_until(partial(is_writing, tmp_path / "long"), "a record", of=command)
            wait_until(partial(runs_of, url, second, "COMPLETED"), "a run", of=other)
            with started("ingest", *waiting, "--output", "some", env=soon, cwd=tmp_path) as running:
                wait_until(partial(is_writing, tmp_path / "some"), "records", of=running)
                (number,) = server_processes(home)
                os.kill(number, signal.SIGTERM)
                os.killpg(command.pid, signal.SIGINT)
                assert_ended_in_order(command)
                assert_are_as_served(tmp_path, url, {first: "long", second: "few"})
                assert runs_of(url, first, "CANCELLED") == 1
                os.kill(number, signal.SIGKILL)
                is_gone.set()
                _, output = running.communicate(timeout=2 * HANG_SECONDS)
            assert_gone(other, f"the Prefect server at {url} no longer answers")
    assert 0 < written(tmp_path / "long") < 61
    assert running.returncode == 5, output
    # Prefect prints lines of its own before and after it, and leaves one open
    (last,) = [line.partition("Error: ")[2] for line in output.splitlines() if "Error: the Prefect" in line]
    assert last.startswith(f"the Prefect server at {url}")
    assert last.endswith("the records so far are written: see to the server, and run again")
    assert len(records(tmp_path / "some")) == 61
    wait_until(lambda: living(home) == [], "nothing is left")


def assert_is_taken(name: str, by: subprocess.Popen[str], done: tuple[int, str]) -> None:
    """Nobody else serves under a name."""
    code, output = done
    assert (code, output.count("\n")) == (2, 1), output
    assert f"{name} is already served by process {by.pid} into " in output


def assert_are_as_served(folder: Path, url: str, outputs: dict[str, str]) -> None:
    """The server has these deployments, each of its output folder; of them the first is paused."""
    found = {one["name"]: one for one in api(url, "deployments/filter")}
    assert {name: one["parameters"]["output"] for name, one in found.items()} == {
        name: str(folder / output) for name, output in outputs.items()
    }
    assert [found[name]["paused"] for name in outputs] == [True, False]
    for name, output in outputs.items():
        assert name.startswith(f"{folder.name}-{output}-")
        assert found[name]["entrypoint"] == ENTRYPOINT


def assert_ended_in_order(command: subprocess.Popen[str]) -> None:
    _, output = command.communicate(timeout=HANG_SECONDS)
    assert (command.returncode, faults(output)) == (0, 0), output


def test_serve_is_stopped_while_its_server_starts(tmp_path: Path, home: Path) -> None:
    write_pages(tmp_path / "pages.jsonl", articles=1)
    env = environment(home, api_url=f"http://127.0.0.1:{free_port()}/api")
    with started("serve", "pages.jsonl", *EVERY_HOUR, env=env, cwd=tmp_path) as command:
        wait_until(lambda: server_processes(home), "a server that starts", of=command)
        command.send_signal(signal.SIGTERM)
        assert_ended_in_order(command)
    wait_until(lambda: living(home) == [], "nothing is left")
