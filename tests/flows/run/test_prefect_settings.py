"""Which Prefect server is used: that of the environment or the profile, never one that a folder of pages names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, wait_until
from prefect_runs import FIRST_SERVERS, environment, living, records, run

from copydesk.flows.run.prefect_server import SERVED_BY, SERVED_FROM

pytestmark = pytest.mark.prefect


@contextmanager
def healthy_server() -> Iterator[tuple[str, list[str]]]:
    """A server that is no Prefect and answers true to all: its API address, and its requests."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.path} {self.headers.get('Authorization')}")
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"true")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/api", requests
        server.shutdown()


SERVED_RUN = """
import asyncio, os, time
import prefect.context  # as multiprocessing imports it, before anything of ours

from prefect._internal.observers import FlowRunSuspendingObserver
from prefect.settings import PREFECT_API_URL, temporary_settings
from copydesk.flows.run.ingest import begin_as_served

async def observe():
    async with FlowRunSuspendingObserver(on_suspended=print):
        await asyncio.sleep(0.1)  # no events without a server: it polls

begin_as_served()
with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
    asyncio.run(observe())
    print(os.getcwd(), flush=True)
    time.sleep(3_600)
"""

SERVING = """
import os, subprocess, sys
print(subprocess.call([sys.executable, "-c", sys.argv[1]], env=os.environ | {sys.argv[2]: str(os.getpid())}))
"""


def write_profile(file: Path, url: str) -> None:
    """Prefect profiles of which the active one names a server."""
    file.write_text(f'active = "theirs"\n[profiles.theirs]\nPREFECT_API_URL = "{url}"\n', "utf-8")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "one.html").write_text(ARTICLE, "utf-8")
    return folder


def test_a_folder_of_pages_names_no_server_and_learns_no_key(pages: Path, tmp_path: Path, home: Path) -> None:
    env = environment(home) | {"PREFECT_API_KEY": "secret"}
    with healthy_server() as (url, requests):
        (pages / ".env").write_text(f"PREFECT_API_URL={url}\nPREFECT_PROFILES_PATH=profiles.toml\n")
        (pages / "prefect.toml").write_text(f'[api]\nurl = "{url}"\n')
        (pages / "pyproject.toml").write_text(f'[tool.prefect.api]\nurl = "{url}"\n')
        write_profile(pages / "profiles.toml", url)
        code, output = run("ingest", "one.html", "--output", str(tmp_path / "out"), env=env, cwd=pages)
    assert requests == []
    assert code == 0, output
    assert [record["status"] for record in records(tmp_path / "out")] == ["ok"]


def test_another_server_is_reported_in_a_line(pages: Path, tmp_path: Path) -> None:
    """It is known from a profile of the user's, by its path relative to the current folder."""
    with healthy_server() as (url, requests):
        write_profile(pages / "mine.toml", url)
        env = environment(tmp_path / "home") | {"PREFECT_PROFILES_PATH": "mine.toml"}
        code, output = run("ingest", "one.html", env=env, cwd=pages)
    assert (code, len(output.strip().split("\n"))) == (5, 1), output
    assert f"no Prefect server answers at {url}" in output
    assert requests


def test_a_run_that_is_served_reads_no_settings_of_the_folder_it_goes_to_and_ends_with_who_serves_it(
    pages: Path, tmp_path: Path
) -> None:
    """Nor does it print a traceback where its server is gone: Prefect's observer of a run asks a cancelled task for its
    error.
    """
    for file in (".env", "prefect.toml", "pyproject.toml"):
        (pages / file).write_bytes(b"\xff")
    home = tmp_path / "home"
    # as the process that serves it has set it
    env = environment(home) | {SERVED_FROM: str(pages), "PREFECT_PROFILES_PATH": str(home / "profiles.toml")}
    command = [sys.executable, "-c", SERVING, SERVED_RUN, SERVED_BY]
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd="/", env=env, start_new_session=True, **streams) as serving:
        try:
            assert serving.stdout is not None
            assert serving.stdout.readline() == f"{pages}\n"
            serving.kill()
            wait_until(lambda: living(home) == [], "the end of the run")
            assert serving.communicate() == ("", "")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(serving.pid, signal.SIGKILL)


def test_two_servers_start_at_once_in_a_new_home_without_telemetry(prefect_tables: Path) -> None:
    """Nor do their clients; both have reported it (``make_tables``)."""
    *both, left = json.loads((prefect_tables / FIRST_SERVERS).read_text("utf-8"))
    (one, *first), (other, *second) = map(str.split, both)
    assert one != other
    assert first == second == ["False"] * 3
    assert left == []
