"""Pages of URLs that are tried again within minutes come from the disk, and from their servers all the same where the
disk does not help.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from faulty_server import FaultyServer
from full_disk import limited_files

from copydesk.flows.commands.cli import cli
from copydesk.flows.fetching.http.response_cache import CACHE_MINUTES

pytestmark = [pytest.mark.slow, pytest.mark.waits]
TITLE = "The clock of the town hall struck noon"
ALL = ["/robots.txt", "/one", "/.well-known/tdmrep.json"]
NOTICE = "page from the cache, fetched just now; --no-cache fetches again\n"


def ran(command: str, server: FaultyServer) -> Result:
    arguments = command.format(at=f"http://{server.netloc}", ok=f"--allow-private {server.netloc}").split()
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


CLEAN = "clean {at}/one {ok}"
AGAIN = [
    (CLEAN, [], NOTICE),
    (f"{CLEAN} --quiet", [], ""),
    ("explain {at}/one {ok}", [], NOTICE),
    # another page of the site: its robots.txt and terms are known
    ("clean {at}/one {at}/two {ok}", ["/two"], NOTICE),
    (f"{CLEAN} --no-cache", ALL, ""),
    # what is sent to the server is another request
    (f"{CLEAN} --contact desk@paper.example", ALL, ""),
]
"""What is tried, what is requested for it, and what is said."""


def test_who_tries_a_page_again_waits_for_no_server(server: FaultyServer) -> None:
    first = ran(CLEAN, server)
    assert (server.paths(), first.stderr) == (ALL, "")
    for again, requested, notice in AGAIN:
        server.asked.clear()
        second = ran(again, server)
        said = re.sub(r"\d+ minutes? ago", "just now", second.stderr)  # on a busy machine it was some ago
        assert (again, server.paths(), said) == (again, requested, notice)
        assert TITLE in second.stdout
        if again == CLEAN:
            one, other = (json.loads(done.stdout) for done in (first, second))
            for record in (one, other):
                del record["processing"]["duration_ms"]
            assert one == other  # with the time it was fetched, too


def expired(folder: Path) -> None:
    for file in folder.iterdir():
        os.utime(file, (0, file.stat().st_mtime - CACHE_MINUTES * 60))


def of_the_future(folder: Path) -> None:
    for file in folder.iterdir():
        os.utime(file, (0, file.stat().st_mtime + 3600))


def damaged(folder: Path) -> None:
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:-9])


def test_what_is_kept_is_used_only_while_it_is_good(server: FaultyServer, response_cache: Path) -> None:
    ran(CLEAN, server)
    for spoil in (expired, of_the_future, damaged):
        assert {file.stat().st_mode & 0o777 for file in response_cache.iterdir()} == {0o600}
        assert response_cache.stat().st_mode & 0o777 == 0o700
        spoil(response_cache)
        server.asked.clear()
        done = ran(CLEAN, server)
        assert (spoil, server.paths(), done.stderr, done.exit_code) == (spoil, ALL, "", 0)
        assert len(list(response_cache.iterdir())) == len(ALL)


def test_neither_a_page_that_is_not_to_be_stored_nor_a_failure_is_kept(server: FaultyServer) -> None:
    server.files["/own"] = b"<article><p>" + b"The harbour froze over on Monday, and the ferry stayed. " * 9
    server.headers["/own"] = {"Cache-Control": "private, no-store"}
    for _ in range(2):
        assert ran("clean {at}/own {ok}", server).stderr == ""
        assert ran("clean {at}/status/404 {ok}", server).exit_code == 1
    assert server.paths().count("/own") == server.paths().count("/status/404") == 2


@pytest.mark.parametrize("fault", ["full", "a file", "not writable"])
def test_a_disk_that_takes_nothing_costs_a_request(
    fault: str, server: FaultyServer, response_cache: Path
) -> None:
    cache = response_cache.parents[1]
    if fault == "full":
        text = b"<p>The harbour froze over on Monday, and the ferry stayed in port.</p>" * 9
        server.files["/one"] = b"<article>" + text + b"</article><!--" + b" " * 1_500_000 + b"-->"
    elif fault == "a file":
        cache.parent.mkdir(exist_ok=True)
        cache.write_text("")
    else:
        cache.mkdir(parents=True)
        (cache / "copydesk").symlink_to("/proc/self")  # nobody makes a folder there, not even root
    for _ in range(2):
        # the state of a run needs some room
        with limited_files(1_000_000) if fault == "full" else nullcontext():
            done = ran(CLEAN, server)
        assert (done.exit_code, done.stderr) == (0, "")
    if fault == "full":
        assert all(not file.name.startswith(".") for file in response_cache.iterdir())
    assert server.paths().count("/one") == 2


def test_commands_at_the_same_time_share_it(server: FaultyServer, tmp_path: Path) -> None:
    command = ["copydesk", "clean", "--allow-private", server.netloc, *map(server.url, ("/one", "/two"))]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *command], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    outputs = [one.communicate() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert all(out.decode().count(TITLE) > 1 for out, _ in outputs)
    server.asked.clear()
    assert "2 responses from the cache" in ran("clean {at}/one {at}/two {ok}", server).stderr
    assert server.asked == []


def test_a_run_keeps_and_uses_none(server: FaultyServer, response_cache: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert ran(f"ingest {{at}}/one {{ok}} --output {tmp_path}/out --refetch", server).exit_code == 0
    assert not response_cache.exists()
    assert server.paths().count("/one") == 2


def test_a_page_that_its_scripts_build(server: FaultyServer, chromium: None) -> None:  # noqa: ARG001
    text = "The harbour froze over on Monday, and the ferry stayed in port. " * 9
    server.files["/app"] = b"<!doctype html><div id=app></div><script src=/app.js></script>"
    server.files["/app.js"] = f"document.getElementById('app').innerHTML = '<article><p>{text}'".encode()
    plain = ran("clean {at}/app {ok}", server)
    assert "rejected (needs_javascript): " in plain.stderr
    assert "build it with --browser" in plain.stderr
    built = ran("clean {at}/app {ok} --browser --no-cache", server)
    assert (json.loads(built.stdout)["text"], built.stderr) == (text.strip(), "")


@pytest.fixture
def no_chromium(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("PATH", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.setenv(variable, str(empty_folder))
    return empty_folder


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        ("explain {at}/one {ok}", 5, '--browser and fetch = "browser" need a Chromium: install '),
        ("clean page.html", 2, "--browser is for URLs; files are read as they are"),
    ],
)
def test_where_no_browser_can_help(
    command: str, code: int, line: str, server: FaultyServer, no_chromium: Path
) -> None:
    (no_chromium / "page.html").write_text("<article><p>" + "The harbour froze over on Monday. " * 9)
    done = ran(f"{command} --browser", server)
    assert done.exit_code == code
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert server.asked == []
