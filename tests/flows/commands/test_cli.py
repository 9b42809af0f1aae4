"""The command as users and other programs run it: real processes, streams and exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import html5lib
import msgspec
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from conftest import ARTICLE, HANG_SECONDS, Copydesk, clean_environment, in_background, living, wait_until
from each_case import hold
from prefect_runs import is_writing

from copydesk.cleaners.schema import Record
from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.streams import has_lost_its_reader

SENTENCE = "The clock of the town hall struck noon on Friday"
COMMAND = [sys.executable, "-m", "copydesk"]


def started(*arguments: str, cwd: Path, **streams: Any) -> subprocess.Popen[bytes]:
    """The command in a process of its own, with pipes for streams that are not given."""
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.Popen([*COMMAND, *arguments], cwd=cwd, env=clean_environment(), **streams)


def answer(run: subprocess.Popen[bytes], name: str) -> Record:
    """The record of a page that is sent to a running ``clean -``."""
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(json.dumps({"id": name, "html": ARTICLE}).encode() + b"\n")
    run.stdin.flush()
    (found,) = records(run.stdout.readline())
    return found


def records(output: bytes) -> list[Record]:
    assert output == b"" or output.endswith(b"\n")
    return [msgspec.json.decode(line, type=Record) for line in output.split(b"\n")[:-1]]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.html").write_text(ARTICLE)
    (folder / "b.html").write_text(ARTICLE.replace("Friday", "Monday"))
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return folder


@pytest.mark.usefixtures("pages")
def test_pages_in_records_out(copydesk: Copydesk) -> None:
    run = copydesk("clean", "pages")
    found = records(run.stdout)
    assert [item.source.name for item in found] == ["a.html", "b.html", "picture.png"]
    assert [item.status for item in found] == ["ok", "ok", "rejected"]
    assert SENTENCE in found[0].text
    assert found[0].processing.duration_ms is not None
    assert run.returncode == 0
    (line,) = run.stderr.decode().splitlines()
    assert line.startswith("picture.png: rejected (wrong_type): ")
    assert line.endswith("run OCR on it first (tesseract)")


@pytest.mark.parametrize("group", [[], ["sources"]])
def test_help_describes_each_command_in_a_whole_line(group: list[str]) -> None:
    shown = CliRunner().invoke(cli, [*group, "--help"]).stdout
    listed = shown.partition("Commands:\n")[2].partition("\n\n")[0]
    assert [line for line in listed.splitlines() if not line.endswith(".") or line.endswith("...")] == []
    assert listed


def test_standard_input(copydesk: Copydesk) -> None:
    for names in (["-"], []):
        run = copydesk("clean", *names, "--url", "https://example.org/clock", stdin=ARTICLE.encode())
        (found,) = records(run.stdout)
        assert (found.source.kind, found.source.name, found.url) == (
            "stdin",
            "-",
            "https://example.org/clock",
        )
        assert (run.returncode, run.stderr) == (0, b"")


def test_the_url_goes_to_pages_without_one(copydesk: Copydesk) -> None:
    lines = "\n".join(
        json.dumps(line) for line in ({"html": ARTICLE, "url": "https://a.example/"}, {"html": ARTICLE})
    )
    run = copydesk("clean", "--url", "https://b.example/", stdin=lines.encode())
    assert [record.url for record in records(run.stdout)] == ["https://a.example/", "https://b.example/"]


def test_json_lines_on_standard_input(copydesk: Copydesk) -> None:
    one, two = (json.dumps({"id": name, "html": ARTICLE}) for name in ("one", "two"))
    run = copydesk("clean", "-", stdin=f"{one}\n{{broken\n{two}".encode())
    found = [(item.source.name, item.status) for item in records(run.stdout)]
    assert found == [("one", "ok"), ("-:2", "failed"), ("two", "ok")]
    assert run.returncode == 1
    assert run.stderr.startswith(b"-:2: failed (broken_line): line 2: ")
    # a text has no place for it: an error is printed however quiet a command is to be
    quiet = copydesk("clean", "-", "-q", "--format", "text", stdin=f"{one}\n{{broken\n".encode())
    assert quiet.stderr == run.stderr


COMPLETED = [
    ("", "cl", ["clean"]),
    ("ingest", "--sh", ["--shard"]),
    ("ingest --sink", "jsonl.", ["jsonl.gz", "jsonl.zst"]),
    ("export --format", "p", ["parquet"]),
]


def test_a_shell_completes_names_and_values() -> None:
    shell = ShellComplete(cli, {}, "copydesk", "_COPYDESK_COMPLETE")
    for typed, begun, offered in COMPLETED:
        assert [found.value for found in shell.get_completions(typed.split(), begun)] == offered


@pytest.mark.usefixtures("pages")
def test_text_and_markdown(copydesk: Copydesk) -> None:
    found = records(copydesk("clean", "pages").stdout)
    for shape in ("text", "markdown"):
        run = copydesk("clean", "pages", "--format", shape, "--no-title")
        first, second = run.stdout.decode().split("\n---\n\n")
        assert first == getattr(found[0], shape) + "\n"
        assert second == getattr(found[1], shape) + "\n"


def test_html_is_one_document(copydesk: Copydesk, pages: Path) -> None:
    found = records(copydesk("clean", "pages").stdout)
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        copydesk("clean", "pages", "--format", "html").stdout.decode()
    )
    assert [one.findtext(".//h1") for one in page.iter("article")] == [
        record.title for record in found if record.text
    ]
    assert page.findtext(".//title") == found[0].title
    (pages.parent / "empty").mkdir()
    for place in ("pages", "empty"):
        document = copydesk("clean", place, "--format", "html").stdout
        assert document.startswith(b"<!DOCTYPE html>")
        assert document.endswith(b"</body>\n</html>\n")


EXIT_CODES = [
    ("clean pages", 0),
    ("clean pages/a.html gone.html", 1),
    ("clean gone.html", 2),
    ("clean --mark --format text pages", 2),
    ("clean pages/picture.png", 3),
    ("clean empty", 3),
    ("ingest --dry-run pages", 0),
    ("ingest --dry-run --max-failures 0 gone.html pages", 1),  # it is no page that failed
    ("ingest --dry-run --max-failures 0 broken.jsonl pages", 4),
    ("ingest --dry-run pages/picture.png", 3),
    ("serve pages", 2),
    ("explain pages/a.html", 0),
    ("explain pages/picture.png", 3),
    ("explain empty", 3),
]


def test_exit_codes(copydesk: Copydesk, pages: Path) -> None:
    (pages.parent / "empty").mkdir()
    (pages.parent / "broken.jsonl").write_text("{this is no JSON\n")

    def ends_with(command: str, code: int) -> None:
        run = copydesk(*command.split())
        assert run.returncode == code, run.stderr.decode()
        assert b"Traceback" not in run.stderr
        if code:
            assert run.stderr
        if code == 2:
            assert run.stdout == b""

    hold(ends_with, EXIT_CODES)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_reported(pages: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        run = started("clean", "pages", cwd=pages.parent, stdout=full)
        _, errors = run.communicate(timeout=HANG_SECONDS)
    assert run.returncode == 5
    assert errors.splitlines()[-1] == b"Error: standard output: no space left on device"


@pytest.mark.slow
def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    run = started("clean", "-", cwd=tmp_path)
    assert run.stdout is not None
    run.stdout.close()
    lines = b"".join(json.dumps({"html": ARTICLE}).encode() + b"\n" for _ in range(50))
    _, errors = run.communicate(lines, timeout=HANG_SECONDS)
    assert (run.returncode, errors) == (0, b"")


@pytest.mark.slow
def test_any_other_reader_that_leaves_is_a_fault(pages: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as messages:
        run = started("clean", "pages", "none.html", cwd=pages.parent, stderr=messages)
        run.communicate(timeout=HANG_SECONDS)
    assert run.returncode == 5


INTERRUPTED_AS_IT_STARTS = """
import builtins, os, signal
imported = builtins.__import__
def interrupted(name, *more):
    if name == "click":
        os.kill(os.getpid(), signal.SIGINT)
    return imported(name, *more)
builtins.__import__ = interrupted
import copydesk.__main__
"""


def test_an_interrupt_as_it_starts_ends_it_without_a_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AS_IT_STARTS], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_ends_it_after_the_current_page(tmp_path: Path, number: int) -> None:
    run = started("clean", "-", cwd=tmp_path, start_new_session=True)
    for name in ("a", "b"):  # the second starts the workers
        answer(run, name)
    run.send_signal(number)
    run.wait(timeout=HANG_SECONDS)  # with its input still open: an end of input would compete with the signal
    _, errors = run.communicate()
    assert (run.returncode, errors) == (130, b"interrupted\n")
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []


@pytest.mark.slow
def test_a_signal_that_does_not_break_off_the_reading_of_input_ends_it_all_the_same(tmp_path: Path) -> None:
    """As one does that comes just before a read begins: here another thread gets it."""
    reading, writing = os.pipe()
    program = f"""if True:
        import os, signal, sys, threading, time
        from copydesk.flows.commands.cli import main

        def get_signal():
            os.read({reading}, 1)
            time.sleep(0.5)  # until it waits for input; it ends in any case
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

        threading.Thread(target=get_signal, daemon=True).start()
        sys.argv[1:] = ["clean", "-"]
        main()"""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    run = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env=clean_environment(), pass_fds=[reading], **pipes
    )
    answer(run, "a")
    os.write(writing, b"1")
    run.wait(timeout=HANG_SECONDS)
    _, errors = run.communicate()
    for end in (reading, writing):
        os.close(end)
    assert (run.returncode, errors) == (130, b"interrupted\n")


@pytest.mark.slow
def test_each_record_comes_before_the_next_page_is_sent_and_an_ignored_interrupt_stops_nothing(
    tmp_path: Path,
) -> None:
    """Started in the background, where a shell has SIGINT ignored."""
    with in_background():
        run = started("clean", "-", cwd=tmp_path)
    for name in ("a", "b", "c"):
        found = answer(run, name)
        assert (found.source.name, found.status) == (name, "ok")
        run.send_signal(signal.SIGINT)
    assert (*run.communicate(), run.returncode) == (b"", b"", 0)


def test_a_stream_without_a_descriptor_has_not_lost_its_reader() -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    assert not has_lost_its_reader(stream)
    stream.close()
    assert not has_lost_its_reader(stream)


@pytest.mark.slow
@pytest.mark.parametrize(("is_kept", "count"), [(False, 3_000), (True, 20)])
def test_a_closed_terminal_ends_it_except_under_nohup(tmp_path: Path, is_kept: bool, count: int) -> None:
    pages = ({"id": f"{n}", "html": ARTICLE.replace("Friday", f"Friday {n}")} for n in range(count))
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    terminal, other_end = pty.openpty()
    # as a shell does it: the terminal is that of its session, and it may be started with nohup
    program = f"""if True:
        import fcntl, os, signal, sys, termios
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if {is_kept}:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.execv(sys.executable, {[*COMMAND, "ingest", "pages.jsonl", *["-q"] * is_kept]})"""
    streams: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), other_end)
    command = [sys.executable, "-c", program]
    run = subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), start_new_session=True, **streams)
    os.close(other_end)
    wait_until(lambda: is_writing(tmp_path / "output"), of=run)
    os.close(terminal)
    assert run.wait(HANG_SECONDS) == (0 if is_kept else 130)
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []
    found = records((tmp_path / "output" / "records.jsonl").read_bytes())
    assert {record.status for record in found} == {"ok"}
    assert len(found) == count if is_kept else 0 < len(found) < count


def test_settings_precedence(copydesk: Copydesk, pages: Path) -> None:
    def is_counted(*arguments: str, **env: str) -> str:
        (found,) = records(copydesk("clean", "pages/a.html", *arguments, env=env).stdout)
        if not found.removed:
            return "none"
        return "full" if found.removed[0].text else "counts"

    home = pages.parent
    assert is_counted() == "full"
    (home / "pyproject.toml").write_text('[tool.copydesk]\nremoved = "none"\n')
    assert is_counted() == "none"
    (home / "copydesk.toml").write_text('removed = "none"\n[clean]\nremoved = "counts"\n')
    assert is_counted() == "counts"
    assert is_counted(COPYDESK_REMOVED="none") == "none"
    assert is_counted("--removed", "full", COPYDESK_REMOVED="none") == "full"


URLS = ["javascript:alert(1)", "file:///etc/passwd", "example.org/a", "http://[half", "http://"]


def test_what_is_no_url_of_a_page_is_refused_in_a_line() -> None:
    for command, url in product(("clean", "explain"), URLS):
        run = CliRunner().invoke(cli, [command, "-", "--url", url], input=ARTICLE)
        assert run.exit_code == 2
        problem = f"expected a URL such as https://example.org/news/1, not {url!r}"
        assert run.stderr == f"Error: --url: {problem}\n"


def test_a_wrong_name_is_reported_with_its_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "jsonl, jsonl.gz, jsonl.zst, parquet, postgresql or sqlite"
    problem = f"expected {names}, not jsnol; did you mean jsonl?"

    def message(*arguments: str) -> str:
        run = CliRunner().invoke(cli, ["ingest", *arguments])
        assert run.exit_code == 2
        return run.stderr.rstrip()

    # the variable is named to those alone who have set it
    assert message("--sink", "jsnol") == f"Error: --sink: {problem}"
    monkeypatch.setenv("COPYDESK_SINK", "jsnol")
    assert message() == f"Error: environment: COPYDESK_SINK: {problem}"
    assert message("--sink", "sqlite", "--jobs", "two").startswith("Error: --jobs: ")


def test_help_names_the_variable_of_each_option_that_has_one() -> None:
    shown = " ".join(CliRunner().invoke(cli, ["ingest", "--help"]).output.split())
    assert "COPYDESK_MAX_FAILURES]" in shown
    # options of a single run have none
    assert "COPYDESK_DRY_RUN" not in shown


@pytest.mark.usefixtures("pages")
def test_explain_shows_every_block_and_where_fields_come_from(copydesk: Copydesk) -> None:
    run = copydesk("explain", "--all", "pages/a.html")
    shown = " ".join(run.stdout.decode().split())
    (found,) = records(copydesk("clean", "pages/a.html").stdout)
    for line in [*found.text.split("\n"), *(entry.text for entry in found.removed)]:
        assert " ".join(line.split()) in shown
    for entry in found.removed:
        assert f"{entry.label} {entry.rule}" in shown
    assert "No statement was found that AI was used" in shown
    assert "provenance" not in shown
    assert b"\x1b[" not in run.stdout


def test_explain_shows_cues_of_short_blocks(invoke: Copydesk) -> None:
    long = "The ringer climbed the stairs of the belfry again. " * 7
    notes = "This page was drafted by a language model. Sign up for our newsletter, said Gemini."
    page = f"{long}\n\n{notes}\n".encode()
    shown = invoke("explain", "--cues", "-", stdin=page).stdout.decode()
    found = shown.split(f"    {notes}\n")[1].splitlines()[0]
    cues = (
        "en cue.self “this page”",
        "cue.made “drafted”",
        "wording.newsletter “sign up for our”",
        "tool “Gemini”",
    )
    assert [cue for cue in cues if cue not in found] == []
    assert "cue" not in shown.split(f"    {long.strip()}\n")[1].splitlines()[0]
    assert "cue.self" not in invoke("explain", "-", stdin=page).stdout.decode()


def test_schema_names_every_field(copydesk: Copydesk) -> None:
    schema = json.loads(copydesk("schema").stdout)
    (name,) = [name for name in schema["$defs"] if name == "Record"]
    assert set(schema["$defs"][name]["properties"]) == set(Record.__struct_fields__)


def imported(*arguments: str) -> set[str]:
    """The packages that a Python process imports."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "import time" in line]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.slow
def test_to_clean_a_file_loads_nothing_that_only_other_sources_need() -> None:
    page = next(Path(__file__).parents[3].glob("seeds/pages/en-html-news*"))
    found = imported("-m", "copydesk", "clean", str(page))
    assert "lxml" in found
    others = {"warcio", "fsspec", "sqlalchemy", "markdown_it", "cronsim", "prefect", "rich"}
    servers = {"starlette", "uvicorn", "fastapi", "mcp", "prometheus_client"}
    assert not (others | servers) & found


def test_help_imports_nothing_heavy() -> None:
    found = imported("-c", "import copydesk.flows.commands.cli")
    assert "click" in found
    assert not {"lxml", "pebble", "prefect", "rich", "multiprocessing"} & found
