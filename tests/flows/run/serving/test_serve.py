"""Scheduled runs: schedules are read, and a real server starts the runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, in_background, wait_until
from faulty_server import ANSWERS, FaultyServer
from prefect_runs import (
    api,
    environment,
    is_up,
    is_writing,
    latest_run,
    living,
    records,
    run,
    runs,
    started,
    write_pages,
    written,
)
from web_runs import feed, titled

from copydesk.flows.run.prefect_server import free_port
from copydesk.flows.run.serving.serve import fold_overdue

pytestmark = pytest.mark.prefect


def errors_in(output: str) -> list[str]:
    """The lines with which a command ends; what Prefect prints meanwhile may stand before one without a line's end."""
    return re.findall(r"Error: the Prefect .*", output)


def test_two_lists_are_served_on_their_schedules(tmp_path: Path, home: Path, server: FaultyServer) -> None:
    """On a server of our own, beside another program that holds its port. Started in the background: an interrupt meant
    for what runs in front does not stop it.
    """
    server.files |= {
        "/feed.xml": feed(server.url("/one")),
        "/one": titled("The first"),
        "/two": titled("The second"),
        "/more.xml": feed(server.url("/three")),
        "/three": titled("The third"),
    }
    source = f'[[source]]\nname = "paper"\nkind = "feed"\naddress = "{server.url("/feed.xml")}"\npace_seconds = 0\n'
    (tmp_path / "paper.toml").write_text(f'[schedule]\nevery = "10s"\n{source}')
    yearly = '[schedule]\ncron = "0 6 1 1 *"\ntimezone = "Europe/Paris"\n'
    (tmp_path / "year.toml").write_text(yearly + source.replace("paper", "year"))
    options = ("--allow-private", server.netloc, "--output", "out", "--jobs", "1")
    with ExitStack() as opened:
        taken = opened.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        with in_background():
            env = environment(home) | {"PREFECT_SERVER_API_PORT": str(taken)}
            serving = started("serve", "paper.toml", "year.toml", *options, env=env, cwd=tmp_path)
            command = opened.enter_context(serving)
        assert command.stderr is not None
        assert command.stderr.readline().startswith("starting: ")
        (often, url), (seldom, _) = served(command), served(command)
        assert f":{taken}/" not in url
        why = f"as another program holds port {taken}"
        assert command.stderr.readline().strip() == f"that server: started for this, home {home}, {why}"
        wait_until(lambda: done(url, often), "the run at the start", of=command)
        command.send_signal(signal.SIGINT)
        assert [one["title"] for one in records(tmp_path / "out")] == ["The first"]
        server.files["/feed.xml"] = feed(server.url("/one"), server.url("/two"))
        # its sources are read anew; the changed schedule is reported and not applied
        more = source.replace("paper", "more").replace("/feed.xml", "/more.xml")
        (tmp_path / "paper.toml").write_text(f'[schedule]\nevery = "2h"\n{source}{more}')
        wait_until(
            lambda: len(records(tmp_path / "out")) == 3, "what is new, and of a new source", of=command
        )
        # by one run or by two, each of which may have begun before both were there
        wait_until(lambda: sum(new_records(url)) == 2, "the end of their runs", of=command)
        deployments = {found["name"]: found for found in api(url, "deployments/filter")}
        artifacts = api(url, "artifacts/filter", artifacts={"key": {"like_": "copydesk-new-%"}})
        found_new = new_records(url)
        command.send_signal(signal.SIGTERM)
        _, output = command.communicate(timeout=HANG_SECONDS)
    assert (command.returncode, faults(output)) == (0, 0), output
    wait_until(lambda: living(home) == [], "nothing is left")
    assert sum(found_new) == 2
    schedules = {name: found["schedules"][0]["schedule"] for name, found in deployments.items()}
    assert schedules[often]["interval"] == 10
    assert (schedules[seldom]["cron"], schedules[seldom]["timezone"]) == ("0 6 1 1 *", "Europe/Paris")
    assert output.count("paper.toml: its schedule has changed; restart serve to apply it") == 1
    titles = [record["title"] for record in records(tmp_path / "out")]
    assert (titles[0], sorted(titles)) == ("The first", ["The first", "The second", "The third"])
    # each article was fetched once, and was new in one run alone; the list of the year was never read
    assert sorted(path for path in server.paths() if path in ("/one", "/two", "/three")) == [
        "/one",
        "/three",
        "/two",
    ]
    (key,) = {artifact["key"] for artifact in artifacts}
    assert f"[new articles](/artifacts/key/{key})" in deployments[often]["description"]
    listed = [one["data"].count("](http") for one in artifacts]
    assert sum(listed) == 3


def new_records(url: str) -> list[int]:
    """How many records each run that was scheduled and is completed has made."""
    return [int(one["state"]["message"].split()[0]) for one in runs(url, "COMPLETED", scheduled=True)]


def served(command: subprocess.Popen[str]) -> tuple[str, str]:
    """The name that a command that serves reports for its deployment, and the URL of the server."""
    assert command.stderr is not None
    line = command.stderr.readline()
    # printed at once: what follows takes seconds
    if line.startswith("starting: "):
        line = command.stderr.readline()
    assert line.startswith("serving ingest/"), line
    return line.split()[1].removeprefix("ingest/"), line.split()[-1]


def done(url: str, name: str) -> int:
    """How many runs of a deployment were completed."""
    completed = {"state": {"type": {"any_": ["COMPLETED"]}}}
    of_it = {"name": {"any_": [name]}}
    return len(api(url, "flow_runs/filter", flow_runs=completed, deployments=of_it))


def test_two_folders_share_a_server_and_all_end_in_order(tmp_path: Path, home: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/api"
    env = environment(home, api_url=url)
    write_pages(tmp_path / "pages.jsonl", articles=2)
    one = ("serve", "pages.jsonl", "--every", "1h", "--jobs", "1", "--output", "one")
    two = ("serve", "pages.jsonl", "--every", "10s", "--jobs", "1", "--output", "two")
    with started(*one, env=env, cwd=tmp_path) as first:
        name, _ = served(first)  # the server is there
        with started(*two, env=env, cwd=tmp_path) as second:
            other, _ = served(second)
            wait_until(lambda: done(url, name) and done(url, other), "a run of both", of=second)
            code, output = run(*one, env=env, cwd=tmp_path)
            assert (code, output.count("\n")) == (2, 1), output
            assert f"{name} is already served by process {first.pid} into {tmp_path / 'one'}" in output
            schedules = {found["name"]: found["schedules"] for found in api(url, "deployments/filter")}
            intervals = {name: found["schedule"]["interval"] for name, (found,) in schedules.items()}
            assert intervals == {name: 3600, other: 10}

            first.send_signal(signal.SIGTERM)
            _, output = first.communicate(timeout=HANG_SECONDS)
            assert (first.returncode, faults(output)) == (0, 0), output
            write_pages(tmp_path / "pages.jsonl", articles=20_000)
            code, output = run(*one[:-1], "three", "--name", name, env=env, cwd=tmp_path)
            assert code == 2, output
            assert f"for {tmp_path / 'one'}, not for {tmp_path / 'three'}: choose another --name" in output
            wait_until(lambda: written(tmp_path / "two") > 2, "a run without the first", of=second)
            stop_at_once(home, second)
    wait_until(lambda: living(home) == [], "nothing is left")
    assert name.startswith(f"{tmp_path.name}-one-")
    assert other.startswith(f"{tmp_path.name}-two-")


def faults(output: str) -> int:
    """Tracebacks. A signal may also meet what Python cleans up at its end: it says so with one, and goes on."""
    return output.count("Traceback") - output.count("Exception ignored in")


def stop_at_once(home: Path, *commands: subprocess.Popen[str]) -> None:
    """Those that serve by Ctrl-C, which goes to their groups; the server that they use by SIGTERM, as a service manager
    sends it to all. Each ends in order.
    """
    for number in server_processes(home):
        with suppress(OSError):
            os.kill(number, signal.SIGTERM)
    for command in commands:
        os.killpg(command.pid, signal.SIGINT)
    for command in commands:
        _, output = command.communicate(timeout=HANG_SECONDS)
        assert (command.returncode, faults(output)) == (0, 0), output


def of_home(process: Path, home: Path) -> bool:
    """Whether a process, by its folder in ``/proc``, runs with this Prefect home."""
    return f"PREFECT_HOME={home}".encode() in (process / "environ").read_bytes().split(b"\0")


def test_a_run_ends_with_serve_and_the_server_stays(tmp_path: Path, prefect_client: dict[str, str]) -> None:
    write_pages(tmp_path / "pages.jsonl", articles=20_000)
    output_folder = tmp_path / "output"
    env, url = prefect_client, prefect_client["PREFECT_API_URL"]
    serve = ("serve", "pages.jsonl", "--every", "1h", "--jobs", "1")

    with started(*serve, env=env, cwd=tmp_path) as command:
        wait_until(lambda: is_writing(output_folder), "the first record", of=command)
        command.send_signal(signal.SIGTERM)
        _, output = command.communicate(timeout=HANG_SECONDS)
    assert command.returncode == 0, output
    assert is_up(url)
    ended = latest_run(url)
    assert ended["state"]["type"] == "CANCELLED"
    assert api(url, "deployments/filter", deployments={"id": {"any_": [ended["deployment_id"]]}})[0]["paused"]

    before = written(output_folder)
    with started(*serve, env=env, cwd=tmp_path) as command:
        wait_until(lambda: written(output_folder) > before, "a record of the second run", of=command)
        command.kill()
        wait_until(lambda: len(living(Path(env["PREFECT_HOME"]))) == 1, "only the server is left")
    assert 0 < len(records(tmp_path / "output")) < 20_000


def test_missed_runs_are_folded_only_during_a_run(
    prefect_client: dict[str, str],
) -> None:
    """While none is, the runner may have chosen one that the server still calls scheduled: it must find it there."""
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
    from prefect.states import Running, Scheduled

    async def left() -> list[list[int]]:
        """Which of four runs are left after each pass, before one is under way and then."""
        async with PrefectClient(api=prefect_client["PREFECT_API_URL"]) as client:
            flow = await client.create_flow_from_name("ingest")
            deployment = await client.create_deployment(flow_id=flow, name="paper")
            of_it = DeploymentFilter(id=DeploymentFilterId(any_=[deployment]))
            now, missed = datetime.now(UTC), []
            for minutes in (3, 2, 1, -60):  # the last is not due yet
                due = Scheduled(scheduled_time=now - timedelta(minutes=minutes))
                missed.append((await client.create_flow_run_from_deployment(deployment, state=due)).id)
            found = []
            for state in (None, Running()):
                if state is not None:
                    await client.set_flow_run_state(missed[0], state, force=True)
                await fold_overdue(client, [deployment])
                ids = [one.id for one in await client.read_flow_runs(deployment_filter=of_it)]
                found.append(sorted(map(missed.index, ids)))
            for one in ids:  # of other tests' runs they would be the latest
                await client.delete_flow_run(one)
            return found

    assert asyncio.run(left()) == [[0, 1, 2, 3], [0, 2, 3]]


EVERY_HOUR = ("serve", "pages.jsonl", "--every", "1h", "--jobs", "1")


def test_a_server_that_is_killed_costs_no_record_and_is_reported_in_a_line(
    tmp_path: Path, home: Path, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a run, and by who serves: with a run under way, or between two. Who found the server running bears its silence
    for a while: it may be started again meanwhile.
    """
    is_gone = threading.Event()

    def give_last(handler: Any, _: str) -> None:
        is_gone.wait(HANG_SECONDS)
        handler.give(titled("The last"))

    monkeypatch.setitem(ANSWERS, "last", give_last)
    for name, articles in (("few", 1), ("some", 60)):
        write_pages(tmp_path / f"{name}.jsonl", articles=articles)
    waiting = ("some.jsonl", server.url("/last"), "--allow-private", server.netloc)
    env = environment(home, api_url=(url := f"http://127.0.0.1:{(port := free_port())}/api"))
    # the server is at the port that is set for Prefect's
    first = environment(home) | {"PREFECT_SERVER_API_PORT": str(port)}
    few = ("serve", "few.jsonl", *EVERY_HOUR[2:], "--output", "few")
    some = ("ingest", *waiting, "--output", "some")
    # fewer than usual, to be soon over; some, for a busy server refuses a request now and then (503)
    soon = env | {"PREFECT_CLIENT_MAX_RETRIES": "3"}
    with started("serve", *waiting, *EVERY_HOUR[2:], env=first, cwd=tmp_path) as command:
        assert served(command)[1] == url
        assert command.stderr is not None
        assert command.stderr.readline() == f"that server: started for this, home {home}\n"
        with started(*few, env=env, cwd=tmp_path) as other:
            name, _ = served(other)
            wait_until(partial(is_writing, tmp_path / "output"), "a record", of=command)
            wait_until(partial(done, url, name), "a run", of=other)
            (number,) = server_processes(home)
            with started(*some, env=soon, cwd=tmp_path) as running:
                wait_until(partial(is_writing, tmp_path / "some"), "records", of=running)
                os.kill(number, signal.SIGKILL)
                is_gone.set()
                _, output = running.communicate(timeout=2 * HANG_SECONDS)
            assert_gone(command, f"the Prefect server at {url} has ended")
            assert_gone(other, f"the Prefect server at {url} no longer answers")
    assert running.returncode == 5, output
    # Prefect prints lines of its own before and after it, and leaves one open
    (last,) = [line.partition("Error: ")[2] for line in output.splitlines() if "Error: the Prefect" in line]
    assert last.startswith(f"the Prefect server at {url}")
    assert last.endswith("the records so far are written: see to the server, and run again")
    assert len(records(tmp_path / "some")) == 61
    wait_until(lambda: living(home) == [], "nothing is left")


def assert_gone(command: subprocess.Popen[str], fault: str) -> None:
    """It ends with a line on its server."""
    _, output = command.communicate(timeout=HANG_SECONDS)
    assert errors_in(output) == [f"Error: {fault}; start serve again"], output
    assert (command.returncode, faults(output)) == (5, 0), output


def server_processes(home: Path) -> list[int]:
    """The Prefect servers of a home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"prefect_server" in (folder / "cmdline").read_bytes() and of_home(folder, home):
                found.append(int(folder.name))
    return found


def test_a_server_of_another_home_is_not_joined_and_one_that_no_longer_answers_is_left(
    tmp_path: Path, home: Path, server: FaultyServer, prefect_client: dict[str, str]
) -> None:
    """The run under way waits for its server as well. The doctor says whose server there is."""
    port = prefect_client["PREFECT_API_URL"].rpartition(":")[2].removesuffix("/api")
    write_pages(tmp_path / "pages.jsonl", articles=60)
    env = environment(home) | {"PREFECT_SERVER_API_PORT": port}
    slow = (server.url("/slow"), "--allow-private", server.netloc)
    with started(*EVERY_HOUR, *slow, env=env, cwd=tmp_path) as command:
        _, url = served(command)
        assert f":{port}/" not in url
        other = f"another's Prefect server (home {prefect_client['PREFECT_HOME']}) holds port {port}"
        assert command.stderr is not None
        assert command.stderr.readline() == f"that server: started for this, home {home}, as {other}\n"
        wait_until(partial(is_writing, tmp_path / "output"), "a record", of=command)
        (number,) = server_processes(home)
        os.kill(number, signal.SIGSTOP)
        command.send_signal(signal.SIGTERM)
        assert_gone(command, f"the Prefect server at {url} no longer answers")
    wait_until(lambda: living(home) == [], "nothing is left")

    theirs = prefect_client["PREFECT_HOME"]
    for one, use in ((home, "serve starts one of its own"), (Path(theirs), "serve uses it")):
        env = environment(one) | {"PREFECT_SERVER_API_PORT": port}
        with started("doctor", "--json", env=env, cwd=tmp_path) as command:
            output, _ = command.communicate(timeout=HANG_SECONDS)
        found = {check["name"]: check["detail"] for check in json.loads(output)}
        answers = f"a server answers at {prefect_client['PREFECT_API_URL']} (home {theirs})"
        assert found["prefect"] == f"{answers}: {use}"


def test_serve_is_stopped_while_its_server_starts(tmp_path: Path, home: Path) -> None:
    write_pages(tmp_path / "pages.jsonl", articles=1)
    env = environment(home, api_url=f"http://127.0.0.1:{free_port()}/api")
    with started(*EVERY_HOUR, env=env, cwd=tmp_path) as command:
        wait_until(lambda: server_processes(home), "a server that starts", of=command)
        command.send_signal(signal.SIGTERM)
        _, output = command.communicate(timeout=HANG_SECONDS)
    assert (command.returncode, faults(output)) == (0, 0), output
    wait_until(lambda: living(home) == [], "nothing is left")
