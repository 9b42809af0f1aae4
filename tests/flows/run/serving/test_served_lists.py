"""Lists that are served in a folder with a stranger's code: their runs, these on Prefect's own pages, in Chromium, and
others who serve beside them. Nothing in the folder is imported or run, hostile pages inject nothing, serving ends in
order, and with a line where its server does not.
"""

from __future__ import annotations

import html
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from conftest import HANG_SECONDS, in_background, wait_until
from faulty_server import FaultyServer, faulty_server
from hostile_folder import MODULES, PAGES, hostile_folder, ran, spoil_settings
from prefect_pages import Seen, look_at_artifacts, look_at_deployment, look_at_runs
from prefect_runs import (
    api,
    assert_gone,
    environment,
    faults,
    is_writing,
    living,
    new_home,
    records,
    run,
    runs,
    served_by,
    server_processes,
    started,
    write_pages,
    written,
)
from web_runs import execute, feed, titled

from copydesk.flows.run.serving.deployments import ENTRYPOINT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.prefect

HOSTILE = "Ferry | <img src=x onerror=alert(1)> [here](javascript:alert(2)) returns"
ONE_JOB = ("--jobs", "1")
YEARLY = '[schedule]\ncron = "0 6 1 1 *"\ntimezone = "Europe/Paris"\n'


class Served(NamedTuple):
    """What has been served: the hostile folder it was in, the papers' server, that of Prefect and the environment of
    its clients, the two runs of the list, and who serves.
    """

    pages: Path
    server: FaultyServer
    url: str
    env: dict[str, str]
    done: Sequence[dict[str, Any]]
    command: subprocess.Popen[str]

    @property
    def output(self) -> Path:
        return self.pages.parent / "output"

    @property
    def port(self) -> int | None:
        return urlsplit(self.url).port


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, prefect_tables: Path) -> Iterator[Served]:
    """On a server of its own, beside another program that holds its port. Started in the background: an interrupt meant
    for what runs in front does not stop it. It ends when its server is killed.
    """
    folder = tmp_path_factory.mktemp("papers")
    pages, home = hostile_folder(folder), new_home(folder, prefect_tables)
    spoil_settings(pages)
    with ExitStack() as opened:
        server = opened.enter_context(faulty_server())
        papers = Papers(folder, server)
        papers.write("1h", "courier", "herald")
        (folder / "year.toml").write_text(YEARLY + source("year", server))
        papers.publish("/status/500", clock="Old clock strikes again")
        taken = opened.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        env = environment(home) | {"PREFECT_SERVER_API_PORT": str(taken), "XDG_CACHE_HOME": str(folder)}
        lists = ("../papers.toml", "../year.toml", "--output", "../output", "--name", "morning", *ONE_JOB)
        with in_background():
            command = opened.enter_context(started("serve", *lists, env=env, cwd=pages))
        (often, url), (seldom, _) = served_by(command), served_by(command)
        assert (often, seldom) == ("morning-papers", "morning-year")
        assert f":{taken}/" not in url
        assert command.stderr is not None
        why = f"as another program holds port {taken}"
        assert command.stderr.readline().strip() == f"that server: started for this, home {home}, {why}"
        done = two_runs(papers, url, folder / "output", command)
        yield Served(pages, server, url, env | {"PREFECT_API_URL": url}, done, command)
        (number,) = server_processes(home)
        os.kill(number, signal.SIGKILL)
        output = assert_gone(command, f"the Prefect server at {url} has ended")
        assert output.count("../papers.toml: its schedule has changed; restart serve to apply it") == 1
        wait_until(lambda: living(home) == [], "nothing is left")
        assert ran(pages) == []


def source(name: str, server: FaultyServer) -> str:
    """A paper in a list."""
    path = "/status/404" if name == "herald" else f"/{name}.xml"
    return (
        f'[[source]]\nname = "{name}"\nkind = "feed"\naddress = "{server.url(path)}"\n'
        f'pace_seconds = 0\nallow_private = ["{server.netloc}"]\n'
    )


class Papers:
    """Papers on the web, and the list of them in a folder."""

    def __init__(self, folder: Path, server: FaultyServer) -> None:
        self._list, self.server = folder / "papers.toml", server
        server.robots = (200, b"User-agent: *\nDisallow: /secret\n")
        self._listed: list[str] = []

    def write(self, every: str, *names: str) -> None:
        """The list of papers with these names, beside a file of a page."""
        saved = '[[source]]\nname = "saved"\nkind = "file"\naddress = "pages/table.parquet"\n'
        papers = "".join(source(name, self.server) for name in names)
        self._list.write_text(f'[schedule]\nevery = "{every}"\n{papers}{saved}')

    def publish(self, *paths: str, **titles: str) -> None:
        """The courier lists these pages, and articles by their names with these titles."""
        self.server.files |= {f"/{name}": titled(html.escape(title)) for name, title in titles.items()}
        self._listed = [*(f"/{name}" for name in titles), *paths, *self._listed]
        self.server.files["/courier.xml"] = feed(*map(self.server.url, self._listed))


def two_runs(papers: Papers, url: str, output: Path, of: subprocess.Popen[str]) -> Sequence[dict[str, Any]]:
    """The one at the start, and another in which a page fails for the fifth time. For that the list is read anew, with
    a source more; its changed schedule is reported and not applied.
    """

    def over() -> list[dict[str, Any]]:
        return runs(url, "COMPLETED", "FAILED", "CRASHED", scheduled=False)

    wait_until(lambda: len(over()) == 1, "the run at the start", of=of)
    (first,) = over()
    of.send_signal(signal.SIGINT)
    execute(
        output,
        "update url set failures = 4, next_attempt_at = '2026-01-01 00:00:00.000000' where outcome = 'http_500'",
    )
    server = papers.server
    server.files |= {"/gazette.xml": feed(server.url("/poem")), "/poem": titled("A poem")}
    papers.write("2h", "courier", "herald", "gazette")
    papers.publish("/secret", mayor="Mayor resigns", ferry=HOSTILE)
    api(url, f"deployments/{first['deployment_id']}/create_flow_run")
    wait_until(lambda: len(over()) == 2, "another run", of=of)
    return sorted(over(), key=lambda run: str(run["start_time"]))


def test_two_lists_are_served_on_their_schedules(served: Served) -> None:
    server, url = served.server, served.url
    assert [(run["name"], run["state_name"]) for run in served.done] == [
        ("courier: 1 new, 1 failing; herald: list not read; files: 1 new", "CompletedWithFailures"),
        ("courier: 2 new, 1 failing; herald: list not read; gazette: 1 new", "KeepsFailing"),
    ]
    assert set(served.done[-1]["tags"]) == {"courier", "herald", "gazette", "saved"}
    deployments = {found["name"]: found for found in api(url, "deployments/filter")}
    schedules = {name: found["schedules"][0]["schedule"] for name, found in deployments.items()}
    assert schedules["morning-papers"]["interval"] == 3600
    yearly = schedules["morning-year"]
    assert (yearly["cron"], yearly["timezone"]) == ("0 6 1 1 *", "Europe/Paris")
    # each article was fetched once, and was new in one run alone; the list of the year was never read
    articles = ["/clock", "/ferry", "/mayor", "/poem"]
    assert sorted(path for path in server.paths() if path in (*articles, "/year.xml")) == articles
    artifacts = api(url, "artifacts/filter", artifacts={"key": {"like_": "copydesk-new-%"}})
    assert sum(one["data"].count("](http") for one in artifacts if "Ferry number" not in one["data"]) == 4
    stored = [one["title"] for one in records(served.output) if one["status"] == "ok"]
    assert len(stored) == len(set(stored)) == 5


def test_new_articles_and_failures_are_shown(browser: Browser, served: Served) -> None:
    seen = Seen(browser.new_page(viewport={"width": 1400, "height": 1000}), served.url.removesuffix("/api"))
    look_at_runs(seen, served.done)
    look_at_deployment(seen, served.done[-1]["deployment_id"])
    look_at_artifacts(seen, served.url, served.server)
    assert (seen.dialogs, seen.foreign_requests) == ([], [])


def test_neither_doctor_nor_run_nor_program_runs_what_lies_in_the_folder(
    served: Served, tmp_path: Path
) -> None:
    """The first two would also fail if they read Prefect's settings there; what the user names there is found all the
    same.
    """
    pages, output = served.pages, tmp_path / "not" / "yet"
    before = len(runs(served.url, "COMPLETED", scheduled=False))
    env = {name: value for name, value in served.env.items() if name != "PREFECT_API_URL"}
    env |= {"PREFECT_SERVER_API_PORT": str(served.port)}
    code, checks = doctor("--output", str(output), env=env, cwd=pages)
    # what is amiss it names in ``test_doctor.py``
    assert (code, [check for check in checks.values() if not check["ok"]]) == (0, [])
    home = served.env["PREFECT_HOME"]
    assert checks["prefect"]["detail"] == f"a server answers at {served.url} (home {home}): serve uses it"
    assert checks["state"]["detail"] == f"{output}/library.sqlite is to be made"
    assert not output.parent.exists()
    code, printed = run("ingest", *PAGES, "--output", str(tmp_path / "out"), env=served.env, cwd=pages)
    assert code == 0, printed
    assert ran(pages) == []
    by_program(hostile_folder(tmp_path), served.env)
    assert len(runs(served.url, "COMPLETED", scheduled=False)) == before + 2
    assert [record["status"] for record in records(tmp_path / "out")] == ["ok"] * 3


def doctor(
    *arguments: str, env: Mapping[str, str], cwd: Path
) -> tuple[int | None, dict[str, dict[str, Any]]]:
    """Its exit code, and its checks by their names."""
    with started("doctor", "--json", *arguments, env=dict(env), cwd=cwd) as command:
        output, _ = command.communicate(timeout=HANG_SECONDS)
    return command.returncode, {check["name"]: check for check in json.loads(output)}


NOTEBOOK = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    {imports}
    from copydesk.cleaners.options import Options
    from copydesk.flows.config.run_options import IngestOptions
    from copydesk.flows.io.child import Limits
    from copydesk.flows.run.ingest import run_ingest
    from copydesk.flows.sources.catalogue import Input, read_pages
    from copydesk.flows.workers.pool import clean_pages

    print("main")  # no guard: nothing runs this file again
    pages, output = map(Path, sys.argv[1:])
    sys.path.insert(0, "")
    os.chdir(pages)
    found = clean_pages(read_pages((".",), input_=Input.AUTO), options=Options(), limits=Limits(), jobs=2)
    print(sum(record.status == "ok" for record in found))
    before = list(sys.path), os.environ.get("PYTHONPATH"), os.environ.get("PYTHONSAFEPATH")
    print(run_ingest(IngestOptions(sources=(".",), output=output)).ok)
    assert before == (list(sys.path), os.environ.get("PYTHONPATH"), os.environ.get("PYTHONSAFEPATH"))
""")


def by_program(pages: Path, env: Mapping[str, str]) -> None:
    """A program that uses us keeps its path, and our processes have none of it."""
    # what it imports itself is its own affair, so it imports all before it goes to the pages
    installed = [name for name in MODULES if name not in ("cleaners", "sitecustomize")]
    folder = pages.parent
    script = folder / "notebook.py"
    script.write_text(NOTEBOOK.format(imports="\n".join(f"import {name}" for name in installed)))
    # entries that mean the current folder, or depend on it
    path = os.pathsep.join(("", "lib", ".", os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, script, pages, folder / "program"],
        cwd=folder,
        env={**env, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )
    assert done.stdout.splitlines() == ["main", "3", "3"], done.stderr
    assert ran(pages) == []


def runs_of(url: str, name: str, state: str) -> int:
    """How many runs of a deployment are in a state."""
    found = {"state": {"type": {"any_": [state]}}}
    return len(api(url, "flow_runs/filter", flow_runs=found, deployments={"name": {"any_": [name]}}))


def test_two_folders_share_a_server_that_stays_for_the_second_and_costs_no_record_when_it_is_killed(
    tmp_path: Path, home: Path, server: FaultyServer, served: Served
) -> None:
    """Nobody joins a server of another home. The first ends with its run, by Ctrl-C, the server not by the SIGTERM that
    a service manager sends to all. Who found it running bears its silence for a while: it may be started again.
    """
    write_pages(tmp_path / "pages.jsonl", articles=20)
    # the runs wait at their last page: for nearly as long a pause as a run bears, and for standard input
    pause = server.url("/busy/503/299/99")
    serve = (
        "serve",
        "pages.jsonl",
        pause,
        "--allow-private",
        server.netloc,
        *ONE_JOB,
        "--every",
        "1h",
        "--output",
    )
    ingest = ("ingest", "pages.jsonl", "-", *ONE_JOB, "--output")
    port, theirs = served.port, served.env["PREFECT_HOME"]
    own = environment(home) | {"PREFECT_SERVER_API_PORT": str(port)}
    with started(*serve, "long", env=own, cwd=tmp_path) as command:
        first, url = served_by(command)
        assert f":{port}/" not in url
        other = f"another's Prefect server (home {theirs}) holds port {port}"
        assert command.stderr is not None
        assert command.stderr.readline() == f"that server: started for this, home {home}, as {other}\n"
        env = environment(home, api_url=url)
        with started(*serve, "second", env=env, cwd=tmp_path) as another:
            second, found = served_by(another)
            assert found == url
            code, output = run(*serve, "long", env=env, cwd=tmp_path)
            assert (code, output.count("\n")) == (2, 1), output
            assert f"{first} is already served by process {command.pid} into " in output
            for folder, of in (("long", command), ("second", another)):
                wait_until(partial(is_writing, tmp_path / folder), "a record", of=of)
            # fewer than usual, to be soon over; some, for a busy server refuses a request now and then (503)
            soon = env | {"PREFECT_CLIENT_MAX_RETRIES": "3"}
            with started(*ingest, "some", env=soon, cwd=tmp_path, stdin=subprocess.PIPE) as running:
                wait_until(partial(is_writing, tmp_path / "some"), "records", of=running)
                (number,) = server_processes(home)
                os.kill(number, signal.SIGTERM)
                os.killpg(command.pid, signal.SIGINT)
                output = command.communicate(timeout=HANG_SECONDS)[1]
                assert (command.returncode, faults(output)) == (0, 0), output
                assert_are_as_served(tmp_path, url, {first: "long", second: "second"})
                assert (runs_of(url, first, "CANCELLED"), runs_of(url, second, "RUNNING")) == (1, 1)
                os.kill(number, signal.SIGKILL)
                # with its run
                assert_gone(another, f"the Prefect server at {url} no longer answers")
                _, output = running.communicate(titled("The last").decode(), timeout=2 * HANG_SECONDS)
    assert 0 < written(tmp_path / "long") < 21
    assert running.returncode == 5, output
    # Prefect prints lines of its own before and after it, and leaves one open
    (last,) = [line.partition("Error: ")[2] for line in output.splitlines() if "Error: the Prefect" in line]
    assert last.startswith(f"the Prefect server at {url}")
    assert last.endswith("the records so far are written: see to the server, and run again")
    assert len(records(tmp_path / "some")) == 21
    wait_until(lambda: living(home) == [], "nothing is left")
    detail = doctor(env=own, cwd=tmp_path)[1]["prefect"]["detail"]
    assert detail == f"a server answers at {served.url} (home {theirs}): serve starts one of its own"


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
