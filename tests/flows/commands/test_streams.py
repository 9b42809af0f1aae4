"""What is printed beside the data, and how far a run is."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ARTICLE, HANG_SECONDS, clean_environment
from each_case import hold

from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.run_progress import progress_line
from copydesk.flows.source_tally import SourceTally


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.html").write_text(ARTICLE)
    (tmp_path / "empty.html").write_text("<p></p>")
    (tmp_path / "ja.txt").write_text("金曜日の正午に市役所の時計が鳴った。" * 20)
    monkeypatch.chdir(tmp_path)


def tally(
    name: str, kind: str, *, listed: int, requested: int, read: int, is_ended: bool = False
) -> SourceTally:
    made = SourceTally(name, kind)
    made.is_begun, made.is_ended = True, is_ended
    made.listed, made.requested, made.read = listed, requested, read
    return made


def test_a_line_shows_how_far_a_run_is() -> None:
    ended = tally("saved", "folder", listed=3, requested=3, read=2, is_ended=True)
    feed = tally("paper", "feed", listed=1_200, requested=1, read=0)
    folder = tally("in\x1b[2Jbox", "folder", listed=7, requested=7, read=5)
    assert progress_line([], seconds=0.4) == "0 pages, 0 articles, 0 s"
    assert progress_line([ended], seconds=1) == "3 pages, 2 articles, 1 s"
    assert progress_line([ended, feed], seconds=61) == "4 pages, 2 articles, 61 s; paper: 1 of 1,200"
    line = progress_line([folder, feed, SourceTally("later", "feed")], seconds=2)
    assert line.endswith("box and 1 more source")
    assert "\x1b" not in line


MESSAGES = [
    ("clean empty.html", "empty.html: rejected (empty)"),
    ("clean empty.html -q", ""),
    ("clean page.html", ""),
    ("clean page.html --verbose", "page.html: ok: 99 words kept, 4 blocks removed"),
    ("clean ja.txt -v", "ja.txt: ok: 190 words kept"),
    ("explain empty.html -q", ""),
    ("ingest page.html --jobs 1", "1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed; 1 record new"),
    ("ingest page.html --jobs 1 -v --dry-run", "**1 page cleaned: 1 ok, 0 partial, 0 rejected, 0 failed**"),
]


@pytest.mark.slow
def test_what_is_printed_beside_the_data() -> None:
    def is_printed(command: str, message: str) -> None:
        done = CliRunner().invoke(cli, command.split(), catch_exceptions=False)
        assert done.stderr.startswith(message) if message else done.stderr == ""
        assert done.exit_code == (3 if "empty" in command else 0)

    hold(is_printed, MESSAGES)


@pytest.mark.slow
def test_programs_get_summaries_as_a_line_of_json() -> None:
    run = CliRunner()
    done = run.invoke(cli, ["ingest", "page.html", "empty.html", "--jobs", "1", "--json"])
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["records"] == 2
    assert "records" not in done.stderr
    done = run.invoke(cli, ["export", "--format", "markdown", "--to", "out", "--json"])
    assert json.loads(done.stdout) == {"written": 1, "left_out": 1, "past": 0}
    done = run.invoke(cli, ["export", "--format", "jsonl", "--to", "-", "--json"])
    assert (done.exit_code, "name a path with --to" in done.stderr) == (2, True)


TURNED, SHOWN = "\u202eetoN\u202c\u2067.\u2069", r"\u202eetoN\u202c\u2067.\u2069"
"""What turns the direction of writing, and how a terminal is shown it."""


def on_a_terminal(*arguments: str, stdout: int | None = None, **env: str) -> bytes:
    """What a terminal shows of a command."""
    leader, follower = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "copydesk", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=follower if stdout is None else stdout,
        stderr=follower,
        env=clean_environment() | {"TERM": "xterm"} | env,
    )
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 10_000):
            shown += part
    except OSError:  # the other end of the terminal is closed
        pass
    os.close(leader)
    assert run.wait(HANG_SECONDS) == 0
    return shown


@pytest.mark.slow
def test_a_terminal_is_shown_what_turns_the_direction_of_writing() -> None:
    page = Path("page.html")
    page.write_text(page.read_text("utf-8").replace("</p>", f" {TURNED}</p>", 1), "utf-8")
    assert CliRunner().invoke(cli, ["ingest", "page.html", "--quiet"]).exit_code == 0
    found = on_a_terminal("export", "--format", "csv", "-o", "-").decode()
    assert SHOWN in found
    assert not set(TURNED) & set(found) - set("etoN.")


@pytest.mark.slow
def test_a_terminal_shows_how_far_a_run_is_unless_it_is_quiet() -> None:
    command = ("ingest", "page.html", "--dry-run", "--jobs", "1")
    assert b"page, 0 articles" in on_a_terminal(*command, stdout=subprocess.DEVNULL)
    assert on_a_terminal(*command, "--quiet", stdout=subprocess.DEVNULL) == b""


@pytest.mark.slow
def test_colour_only_on_a_terminal_that_wants_it_and_what_a_terminal_obeys_is_shown() -> None:
    Path("page.html").write_text(ARTICLE.replace("struck noon", f"struck {TURNED} noon"))
    assert b"\x1b[" in on_a_terminal("clean", "--mark", "page.html")
    for style in ("--mark", "--format=jsonl"):
        shown = on_a_terminal("clean", style, "page.html", NO_COLOR="1").decode()
        assert SHOWN in shown, style
        assert not {"\x1b", *TURNED} & set(shown) - set("etoN."), style
        # what is for programs is whole
        assert TURNED in CliRunner().invoke(cli, ["clean", style, "page.html"]).stdout
