"""Two lists that are served in a folder with a stranger's code: their runs, these on Prefect's own pages, in Chromium,
and what others do with that server. Nothing that lies in the folder is imported or run, hostile pages inject nothing.
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
from prefect_runs import (
    api,
    assert_gone,
    environment,
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
)
from watched_page import expect
from web_runs import execute, feed, titled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.prefect

HOSTILE = "Ferry | <img src=x onerror=alert(1)> [here](javascript:alert(2)) returns"
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
        lists = (
            "../papers.toml",
            "../year.toml",
            "--output",
            "../output",
            "--name",
            "morning",
            "--jobs",
            "1",
        )
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


class Seen:
    """A page of a browser on a Prefect server, its dialogs and its requests to other servers."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        page.set_default_timeout(1_000 * HANG_SECONDS)
        self._base = base
        self.foreign_requests: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", lambda request: self._note(request.url))
        page.on("dialog", lambda dialog: self.dialogs.append(dialog.message))

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname != "127.0.0.1":
            self.foreign_requests.append(url)

    def open(self, path: str) -> None:
        self.page.goto(self._base + path)

    def shows(self, *texts: str) -> None:
        """Waits until each text is to be seen."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible(timeout=HANG_SECONDS * 1_000)


def test_new_articles_and_failures_are_shown(browser: Browser, served: Served) -> None:
    seen = Seen(browser.new_page(viewport={"width": 1400, "height": 1000}), served.url.removesuffix("/api"))
    look_at_runs(seen, served.done)
    look_at_deployment(seen, served.done[-1]["deployment_id"])
    look_at_artifacts(seen, served)
    assert (seen.dialogs, seen.foreign_requests) == ([], [])


def look_at_runs(seen: Seen, done: Sequence[dict[str, Any]]) -> None:
    """The list of runs, and the page of the last one: what is new, what failed, why, and what happens next."""
    seen.open("/runs")
    for text in (*(one["name"] for one in done), *(one["state_name"] for one in done)):
        expect(seen.page.get_by_text(text, exact=True).first).to_be_visible(timeout=HANG_SECONDS * 1_000)
    seen.page.get_by_role("link", name=done[-1]["name"]).first.click()
    seen.shows("KeepsFailing", "new: Mayor resigns", "(courier): http_500, since", "5 attempts")
    seen.shows("(herald): http_404, since", "2 attempts", "next run: ")
    assert seen.page.url.endswith(f"/runs/flow-run/{done[-1]['id']}")


def look_at_deployment(seen: Seen, deployment_id: str) -> None:
    """The page of the deployment links to the articles; its form has fields in words."""
    page = seen.page
    seen.open(f"/deployments/deployment/{deployment_id}")
    page.get_by_text("Description", exact=True).first.click()
    leads_there = page.get_by_role("link", name="new articles").get_attribute("href")
    assert leads_there == "/artifacts/key/copydesk-new-morning-papers"
    seen.open(leads_there)
    seen.shows("New articles: 3")
    # of a field that may be empty the form makes a field, not a switch between types
    seen.open(f"/deployments/deployment/{deployment_id}/run")
    seen.shows("Max failures (Optional)", "Stop when more pages than this have failed.")
    assert page.get_by_text("None", exact=True).count() <= 2  # of the two choices among values


def look_at_artifacts(seen: Seen, served: Served) -> None:
    """Those of the last run: its page of new articles leads to them, the others say what else there is."""
    page, server = seen.page, served.server
    found = {artifact["key"]: artifact for artifact in api(served.url, "artifacts/latest/filter")}
    whats = ("missing", "new", "run", "sources")
    missing, new, run_page, sources = (found.pop(f"copydesk-{what}-morning-papers") for what in whats)
    assert not found
    seen.open(f"/artifacts/artifact/{new['latest_id']}")
    seen.shows("Mayor resigns", "onerror=alert(1)")
    leads = page.locator("table a").evaluate_all("links => links.map(link => link.href)")
    # which of two sources comes first is chance
    assert sorted(leads) == sorted(map(server.url, ("/mayor", "/ferry", "/poem")))
    assert page.locator("table img").count() == 0
    for text in (
        "Failed",
        "http_500",
        "Denied by their publisher",
        "robots_denied",
        "its list could not be read",
    ):
        assert text in missing["data"]
    for text in (
        "Next run: ",
        "http_404, its list, 2 attempts",
        "http_500, 5 attempts",
        "by each run",
        "[Mayor resigns]",
    ):
        assert text in sources["data"]
    assert run_page["description"].startswith("3 new articles, 0 changed, 2 pages failed.")
    for text in ("This run and the 1 run before", "KeepsFailing", "New articles, oldest run first: "):
        assert text in run_page["data"]


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


def test_a_server_of_another_home_is_not_joined_and_one_that_no_longer_answers_is_left(
    tmp_path: Path, home: Path, server: FaultyServer, served: Served
) -> None:
    """The run under way waits for its server as well. The doctor says whose server there is."""
    port, theirs = served.port, served.env["PREFECT_HOME"]
    write_pages(tmp_path / "pages.jsonl", articles=60)
    env = environment(home) | {"PREFECT_SERVER_API_PORT": str(port)}
    slow = (server.url("/slow"), "--allow-private", server.netloc)
    with started(
        "serve", "pages.jsonl", *slow, "--every", "1h", "--jobs", "1", env=env, cwd=tmp_path
    ) as command:
        _, url = served_by(command)
        assert f":{port}/" not in url
        other = f"another's Prefect server (home {theirs}) holds port {port}"
        assert command.stderr is not None
        assert command.stderr.readline() == f"that server: started for this, home {home}, as {other}\n"
        wait_until(partial(is_writing, tmp_path / "output"), "a record", of=command)
        (number,) = server_processes(home)
        os.kill(number, signal.SIGSTOP)
        command.send_signal(signal.SIGTERM)
        assert_gone(command, f"the Prefect server at {url} no longer answers")
    wait_until(lambda: living(home) == [], "nothing is left")
    _, checks = doctor(env=env, cwd=tmp_path)
    assert (
        checks["prefect"]["detail"]
        == f"a server answers at {served.url} (home {theirs}): serve starts one of its own"
    )
