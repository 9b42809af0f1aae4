"""What the tests of flow runs share: pages, commands in a home of their own, and Prefect's API."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import HANG_SECONDS

from copydesk.flows.errors import SettingsError
from copydesk.flows.library.reading import LibraryRecords
from copydesk.flows.run.prefect_server import private_server

ARTICLE = """<!doctype html><html lang="en"><head><title>Ferry number {number}</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/weather">Weather</a></nav>
<article><h1>Ferry number {number} returns to the harbour</h1>
<p>The old ferry number {number} came back to the harbour on Monday after nine months in the yard, and
most of the town stood on the quay to see it. The captain said the engine had never sounded better.</p>
<p>Tickets cost what they did before the repair, the council said, and the first boat leaves at six in
the morning. Bicycles travel free of charge until the end of the summer, and so do dogs.</p>
<p>The repair had been put off twice, because the yard could find nobody who still knew how to bend the
old planks. In the end a retired carpenter from the island came every day to teach two apprentices.</p>
</article></body></html>"""
BROKEN_LINE = "{this is no JSON"
TABLES_ARE_MADE = {
    "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
}
"""Settings of a server whose home has its tables: it starts in two thirds of the processor time."""


def write_pages(file: Path, *, articles: int, broken: int = 0) -> Path:
    """A JSON Lines file of articles after so many lines that cannot be read, each a failed page."""
    lines = [BROKEN_LINE] * broken
    lines += [json.dumps({"id": f"page-{n}", "html": ARTICLE.format(number=n)}) for n in range(articles)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def records(output: Path) -> list[dict[str, Any]]:
    """The records in an output folder, every line of which must be whole."""
    text = (output / "records.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def is_writing(output: Path) -> bool:
    """Whether a run has written its first record."""
    try:
        return next(LibraryRecords(output, None).lines(), None) is not None
    except SettingsError:  # not even made
        return False


def written(output: Path) -> int:
    """How many records runs have written."""
    return sum(1 for _ in LibraryRecords(output, None).lines())


def environment(home: Path, *, api_url: str | None = None) -> dict[str, str]:
    """This process's environment with a Prefect home of its own, on which no other test can tread."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "COPYDESK_"))
    }
    env |= {"PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    if (home / "prefect.db").exists():
        env |= TABLES_ARE_MADE
    return env | ({"PREFECT_API_URL": api_url} if api_url else {})


FIRST_SERVERS_AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
import httpx, prefect.analytics
from copydesk.flows.run import prefect_server
from copydesk.flows.run.prefect_server import private_server, set_quiet_defaults

prefect_server.START_SECONDS *= 5  # two that make tables, beside all that begins with the tests
set_quiet_defaults()

def started(_):
    with private_server() as url:
        server = httpx.get(f"{url}/admin/settings", timeout=600).json()["server"]
    return url, server["analytics_enabled"], server["ui"]["show_promotional_content"]

with ThreadPoolExecutor(2) as threads:
    for one in threads.map(started, range(2)):
        print(*one, prefect.analytics.is_telemetry_enabled())
"""
FIRST_SERVERS = "first-servers.json"


def make_tables(folder: Path) -> None:
    """Makes a folder with the database of a Prefect that nobody has used: most of the processor time that a server's
    first start takes.

    Two servers make it at once, and their output is beside it, for the tests of that.
    """
    # Prefect is quiet by itself in CI alone, and tests say so themselves: neither counts here
    env = {
        name: value
        for name, value in environment(folder).items()
        if name not in ("DO_NOT_TRACK", "PREFECT_SERVER_ANALYTICS_ENABLED")
        and not name.startswith(("CI", "GITHUB", "GITLAB", "JENKINS", "BUILD"))
    }
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SERVERS_AT_ONCE],
        env=env, cwd=folder.parent, capture_output=True, text=True, timeout=2 * HANG_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / FIRST_SERVERS).write_text(json.dumps([*done.stdout.splitlines(), living(folder)]), "utf-8")


def new_home(folder: Path, tables: Path) -> Path:
    """A Prefect home of one's own in a folder, its tables made before: a copy of those that ``make_tables`` made."""
    return Path(shutil.copytree(tables, folder / "home"))


@contextmanager
def server(home: Path) -> Iterator[dict[str, str]]:
    """A running Prefect server with a home of its own: the environment of its clients."""
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("PREFECT_")]:
                patch.delenv(name)
            for name, value in environment(home).items():
                patch.setenv(name, value)
            url = stack.enter_context(private_server())
        yield environment(home, api_url=url)
    assert living(home) == []


def start(
    *arguments: str, env: dict[str, str], cwd: Path, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Starts ``copydesk`` in a session of its own, as a service manager would."""
    return subprocess.Popen(
        [sys.executable, "-m", "copydesk", *arguments],
        env=env,
        cwd=cwd,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextmanager
def started(
    *arguments: str, env: dict[str, str], cwd: Path, stdin: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[str]]:
    """As ``start``, and gone at the end whatever the test found."""
    command = start(*arguments, env=env, cwd=cwd, stdin=stdin)
    try:
        yield command
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
        command.communicate()


def run(*arguments: str, env: dict[str, str], cwd: Path) -> tuple[int, str]:
    """Runs ``copydesk`` to its end: exit code and standard error."""
    with started(*arguments, env=env, cwd=cwd) as command:
        _, errors = command.communicate(timeout=2 * HANG_SECONDS)
        return command.returncode, errors


def living(home: Path) -> list[str]:
    """Command lines of all processes that run with this Prefect home: servers, workers, flow runs."""
    needle = f"PREFECT_HOME={home}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if needle in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it ended while we looked
            continue
    return [line for line in found if line]


_ATTEMPTS = 30


def api(url: str, path: str, **body: Any) -> Any:
    """The answer of Prefect's API. Where its database is busy it answers 503, and is asked again as by its client."""
    for _ in range(_ATTEMPTS):
        response = httpx.post(f"{url}/{path}", json=body, timeout=HANG_SECONDS)
        if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(1)
    response.raise_for_status()
    return response.json()


def latest_run(url: str) -> dict[str, Any]:
    runs: list[dict[str, Any]] = api(url, "flow_runs/filter", limit=1, sort="START_TIME_DESC")
    return runs[0]


def runs(url: str, *states: str, scheduled: bool) -> list[dict[str, Any]]:
    """Flow runs in one of these states: those the schedule made, or the others."""
    try:
        found = api(url, "flow_runs/filter", flow_runs={"state": {"type": {"any_": states}}})
    except httpx.HTTPError:  # it is just starting
        return []
    return [run for run in found if run["auto_scheduled"] is scheduled]


def served_by(command: subprocess.Popen[str]) -> tuple[str, str]:
    """The name that a command that serves reports for its deployment, and the URL of the server."""
    assert command.stderr is not None
    line = command.stderr.readline()
    # printed at once: what follows takes seconds
    if line.startswith("starting: "):
        line = command.stderr.readline()
    assert line.startswith("serving ingest/"), line
    return line.split()[1].removeprefix("ingest/"), line.split()[-1]


def server_processes(home: Path) -> list[int]:
    """The Prefect servers of a home."""
    needle, found = f"PREFECT_HOME={home}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_of_home = needle in (folder / "environ").read_bytes().split(b"\0")
            if is_of_home and b"prefect_server" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def faults(output: str) -> int:
    """Tracebacks. A signal may also meet what Python cleans up at its end: it says so with one, and goes on."""
    return output.count("Traceback") - output.count("Exception ignored in")


def assert_gone(command: subprocess.Popen[str], fault: str) -> str:
    """It ends with a line on its server; what it has printed."""
    _, output = command.communicate(timeout=HANG_SECONDS)
    # what Prefect prints meanwhile may stand before it without a line's end
    assert re.findall(r"Error: the Prefect .*", output) == [f"Error: {fault}; start serve again"], output
    assert (command.returncode, faults(output)) == (5, 0), output
    return output
