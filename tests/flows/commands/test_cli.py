"""The command as users and other programs meet it: real processes, streams and exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner
from conftest import ARTICLE, HANG_SECONDS, Copydesk, clean_environment, living, wait_until

from copydesk.cleaners.schema import Record
from copydesk.flows.commands.cli import cli
from copydesk.flows.commands.streams import has_lost_its_reader

SENTENCE = "The clock of the town hall struck noon on Friday"
COMMAND = [sys.executable, "-m", "copydesk"]


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
    assert [(item.source.name, item.status) for item in found] == [
        ("a.html", "ok"),
        ("b.html", "ok"),
        ("picture.png", "rejected"),
    ]
    assert SENTENCE in found[0].text
    assert found[0].processing.duration_ms is not None
    assert run.returncode == 0
    (told,) = run.stderr.decode().splitlines()
    assert told.startswith("picture.png: rejected (wrong_type): ")
    assert told.endswith("; give pages only")


@pytest.mark.parametrize("group", [[], ["sources"]])
def test_help_says_what_each_command_does_in_a_whole_line(group: list[str]) -> None:
    listed = (
        CliRunner().invoke(cli, [*group, "--help"]).stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    )
    assert [line for line in listed.splitlines() if not line.endswith(".") or line.endswith("...")] == []
    assert listed


@pytest.mark.parametrize("names", [["-"], []])
def test_standard_input(copydesk: Copydesk, names: list[str]) -> None:
    run = copydesk("clean", *names, "--url", "https://example.org/clock", stdin=ARTICLE.encode())
    (found,) = records(run.stdout)
    assert (found.source.kind, found.source.name, found.url) == ("stdin", "-", "https://example.org/clock")
    assert (run.returncode, run.stderr) == (0, b"")


def test_json_lines_on_standard_input(copydesk: Copydesk) -> None:
    lines = [
        json.dumps({"id": "one", "html": ARTICLE}),
        "{broken",
        json.dumps({"id": "two", "html": ARTICLE}),
    ]
    run = copydesk("clean", "-", stdin="\n".join(lines).encode())
    assert [(item.source.name, item.status) for item in records(run.stdout)] == [
        ("one", "ok"),
        ("-:2", "failed"),
        ("two", "ok"),
    ]
    assert run.returncode == 1
    assert run.stderr.startswith(b"-:2: failed (broken_line): line 2: ")


@pytest.mark.slow
def test_every_answer_comes_before_the_next_question(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "clean", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_environment(),
    )
    assert run.stdin is not None
    assert run.stdout is not None
    for name in ("a", "b", "c"):
        run.stdin.write(json.dumps({"id": name, "html": ARTICLE}).encode() + b"\n")
        run.stdin.flush()
        (found,) = records(run.stdout.readline())
        assert (found.source.name, found.status) == (name, "ok")
    run.communicate()
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("typed", "begun", "offered"),
    [
        ((), "cl", ["clean"]),
        (("ingest",), "--sh", ["--shard"]),
        (("ingest", "--sink"), "jsonl.", ["jsonl.gz", "jsonl.zst"]),
        (("export", "--format"), "p", ["parquet"]),
    ],
)
def test_a_shell_completes_commands_options_and_values(
    typed: tuple[str, ...], begun: str, offered: list[str]
) -> None:
    shell = ShellComplete(cli, {}, "copydesk", "_COPYDESK_COMPLETE")
    assert [one.value for one in shell.get_completions([*typed], begun)] == offered


@pytest.mark.usefixtures("pages")
def test_text_and_markdown(copydesk: Copydesk) -> None:
    found = records(copydesk("clean", "pages").stdout)
    for shape in ("text", "markdown"):
        run = copydesk("clean", "pages", "--format", shape)
        first, second = run.stdout.decode().split("\n---\n\n")
        assert first == getattr(found[0], shape) + "\n"
        assert second == getattr(found[1], shape) + "\n"


@pytest.mark.usefixtures("pages")
def test_marks_show_all_blocks_in_order(copydesk: Copydesk) -> None:
    run = copydesk("clean", "pages/a.html", "--mark")
    title, *lines = run.stdout.decode().splitlines()
    assert title == "== pages/a.html: ok"
    assert all(line.startswith(("- ", "  ")) for line in lines)
    kept = [index for index, line in enumerate(lines) if line.startswith(f"  {SENTENCE}")]
    navigation = [index for index, line in enumerate(lines) if line.startswith("- nav: ") and "Town" in line]
    rights = [index for index, line in enumerate(lines) if line.startswith("- copyright: ")]
    assert len(kept) == 1
    assert navigation[0] < kept[0] < rights[0]
    (found,) = records(copydesk("clean", "pages/a.html").stdout)
    assert [line[2:] for line in lines if line.startswith("  ")] == [
        line for line in found.text.split("\n") if line
    ]


@pytest.mark.parametrize(("kept", "texts"), [("full", True), ("counts", False), ("none", None)])
@pytest.mark.usefixtures("pages")
def test_removed(copydesk: Copydesk, kept: str, texts: bool | None) -> None:
    (found,) = records(copydesk("clean", "pages/a.html", "--removed", kept).stdout)
    if texts is None:
        assert found.removed == ()
    else:
        assert found.removed
        assert all(bool(entry.text) is texts for entry in found.removed)
        assert "nav" in {entry.label for entry in found.removed}


EXIT_CODES = [
    (["clean", "pages"], 0),
    (["clean", "pages/a.html", "gone.html"], 1),
    (["clean", "gone.html"], 2),
    (["clean", "--fromat", "text", "pages"], 2),
    (["clean", "--jobs", "-1", "pages"], 2),
    (["clean", "--mark", "--format", "text", "pages"], 2),
    (["clean", "--url", "https://example.org", "pages"], 2),
    (["claen", "pages"], 2),
    (["clean", "pages/picture.png"], 3),
    (["clean", "empty"], 3),
    (["ingest", "--dry-run", "pages"], 0),
    (["ingest", "--dry-run", "--max-failures", "many", "pages"], 2),
    (["ingest", "--dry-run", "--max-failures", "0", "gone.html", "pages"], 1),  # it is no page that failed
    (["ingest", "--dry-run", "--max-failures", "0", "broken.jsonl", "pages"], 4),
    (["ingest", "--dry-run", "pages/picture.png"], 3),
    (["serve", "pages"], 2),
    (["serve", "--every", "soon", "pages"], 2),
    (["explain", "pages/a.html"], 0),
    (["explain", "pages/picture.png"], 3),
]


@pytest.mark.parametrize(
    ("arguments", "code"), EXIT_CODES, ids=[" ".join(arguments) for arguments, _ in EXIT_CODES]
)
def test_exit_codes(copydesk: Copydesk, pages: Path, arguments: list[str], code: int) -> None:
    (pages.parent / "empty").mkdir()
    (pages.parent / "broken.jsonl").write_text("{this is no JSON\n")
    run = copydesk(*arguments)
    assert run.returncode == code, run.stderr.decode()
    assert b"Traceback" not in run.stderr
    if code:
        assert run.stderr
    if code == 2:
        assert run.stdout == b""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_reported(pages: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            [*COMMAND, "clean", "pages"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=pages.parent,
            env=clean_environment(),
            check=False,
        )
    assert run.returncode == 5
    assert run.stderr.splitlines()[-1] == b"Error: standard output: no space left on device"


@pytest.mark.slow
def test_a_reader_that_leaves_ends_it_quietly(pages: Path) -> None:
    run = subprocess.Popen(
        [*COMMAND, "clean", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=pages.parent,
        env=clean_environment(),
    )
    assert run.stdout is not None
    run.stdout.close()
    lines = b"".join(json.dumps({"html": ARTICLE}).encode() + b"\n" for _ in range(50))
    _, errors = run.communicate(lines, timeout=HANG_SECONDS)
    assert (run.returncode, errors) == (0, b"")


@pytest.mark.slow
def test_any_other_reader_that_leaves_is_a_fault(pages: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with (pages.parent / "out.jsonl").open("wb") as out, os.fdopen(writer, "wb") as messages:
        run = subprocess.run(
            [*COMMAND, "clean", "pages", "none.html"],
            stdout=out,
            stderr=messages,
            cwd=pages.parent,
            env=clean_environment(),
            check=False,
        )
    assert run.returncode == 5


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_interrupted_after_what_is_done(tmp_path: Path, number: int) -> None:
    run = subprocess.Popen(
        [*COMMAND, "clean", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=clean_environment(),
        start_new_session=True,
    )
    assert run.stdin is not None
    assert run.stdout is not None
    for name in ("a", "b"):  # the second brings the workers up
        run.stdin.write(json.dumps({"id": name, "html": ARTICLE}).encode() + b"\n")
        run.stdin.flush()
        run.stdout.readline()
    run.send_signal(number)
    run.wait(timeout=HANG_SECONDS)  # with its input still open: an end of input would compete with the signal
    _, errors = run.communicate()
    assert (run.returncode, errors) == (130, b"interrupted\n")
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_stream_without_a_descriptor_has_not_lost_its_reader(*, is_closed: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    if is_closed:
        stream.close()
    assert not has_lost_its_reader(stream)


@pytest.mark.slow
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_terminal_that_is_closed_ends_it_but_where_it_is_to_stay(tmp_path: Path, is_kept: bool) -> None:
    lines = b"".join(
        json.dumps({"id": f"{number}", "html": ARTICLE.replace("Friday", f"Friday {number}")}).encode()
        + b"\n"
        for number in range(60 if is_kept else 3_000)
    )
    (tmp_path / "pages.jsonl").write_bytes(lines)
    terminal, other_end = pty.openpty()
    # as a shell has it: the terminal is that of its session, and it may be begun with nohup
    begun = f"""if True:
        import fcntl, os, signal, sys, termios
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if {is_kept}:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        os.execv(sys.executable, {[*COMMAND, "ingest", "pages.jsonl", *["-q"] * is_kept]})"""
    run = subprocess.Popen(
        [sys.executable, "-c", begun],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        cwd=tmp_path,
        env=clean_environment(),
        start_new_session=True,
    )
    os.close(other_end)
    journal = tmp_path / "output" / ".records.jsonl.journal"
    wait_until(lambda: journal.exists() and journal.stat().st_size, of=run)
    os.close(terminal)
    assert run.wait(HANG_SECONDS) == (0 if is_kept else 130)
    assert living(run.pid, patience_seconds=HANG_SECONDS) == []
    found = records((tmp_path / "output" / "records.jsonl").read_bytes())
    assert {one.status for one in found} == {"ok"}
    assert len(found) == 60 if is_kept else 0 < len(found) < 3_000
    assert not journal.exists()


@pytest.mark.slow
def test_progress_and_colour_only_on_a_terminal(pages: Path) -> None:
    def shown(**env: str) -> bytes:
        terminal, other_end = pty.openpty()
        with os.fdopen(terminal, "rb", buffering=0) as reader:
            run = subprocess.Popen(
                [*COMMAND, "clean", "--mark", "pages/a.html"],
                stdout=other_end,
                stderr=other_end,
                stdin=subprocess.DEVNULL,
                cwd=pages.parent,
                env=clean_environment() | env,
            )
            os.close(other_end)
            seen = b""
            try:
                while part := reader.read(4096):
                    seen += part
            except OSError:  # how a terminal says that the other end is closed
                pass
            assert run.wait(HANG_SECONDS) == 0
        return seen

    assert b"\x1b[" in shown(TERM="xterm")
    assert b"\x1b[" not in shown(TERM="xterm", NO_COLOR="1")


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


def test_sources_may_be_set(copydesk: Copydesk, pages: Path) -> None:
    (pages.parent / "copydesk.toml").write_text(
        '[ingest]\nsources = ["pages/a.html", "pages/picture.png"]\nlimit = 1\n'
    )
    run = copydesk("ingest", "--dry-run")
    assert run.returncode == 0
    assert b"1 " in run.stderr
    assert copydesk("ingest", "--dry-run", "pages/picture.png").returncode == 3


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("copydesk.toml", "jbos = 3", "copydesk.toml:1: unknown key 'jbos'; did you mean jobs?"),
        ("copydesk.toml", "[clean]\nevery = '1h'", "copydesk.toml:2: clean: unknown key 'every'; known are "),
        ("copydesk.toml", "jobs = 1\nclean.jbos = 1", "copydesk.toml:2: clean: unknown key 'jbos'; did you"),
        (
            "copydesk.toml",
            "jobs = 1\n\n[claen]\n",
            "copydesk.toml:3: unknown key 'claen'; did you mean clean?",
        ),
        (
            "copydesk.toml",
            "jobs = 'many'",
            "copydesk.toml:1: jobs: expected a whole number, 0 or more, not many",
        ),
        ("copydesk.toml", "jobs = [1]", "copydesk.toml:1: jobs: expected a single value"),
        ("copydesk.toml", "sources = 'pages'", "copydesk.toml:1: sources: expected a list"),
        ("copydesk.toml", "clean = 1", "copydesk.toml:1: clean: expected a table of settings"),
        ("copydesk.toml", "jobs =", "copydesk.toml: "),
        (
            "pyproject.toml",
            "[tool.copydesk]\nremove = 1",
            "pyproject.toml:2 [tool.copydesk]: unknown key 'remove'; did you mean removed?",
        ),
    ],
)
def test_wrong_settings_are_reported(
    copydesk: Copydesk, pages: Path, file: str, content: str, told: str
) -> None:
    (pages.parent / file).write_text(content)
    run = copydesk("clean", "pages")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith(f"Error: {told}")


@pytest.mark.usefixtures("pages")
def test_unknown_variables_are_reported(copydesk: Copydesk) -> None:
    run = copydesk("clean", "pages", env={"COPYDESK_JOB": "3"})
    assert run.returncode == 2
    assert run.stderr == b"Error: environment: unknown key 'COPYDESK_JOB'; did you mean COPYDESK_JOBS?\n"


def test_other_projects_files_are_left_alone(copydesk: Copydesk, pages: Path) -> None:
    (pages.parent / "pyproject.toml").write_text(
        '[project]\nname = "mentions-copydesk"\n[tool.other]\njobs = "x"\n'
    )
    assert copydesk("clean", "pages").returncode == 0


def test_explain_of_an_empty_folder_says_so(copydesk: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = copydesk("explain", str(tmp_path / "empty"))
    assert (run.returncode, run.stdout, run.stderr) == (3, b"", b"no pages found\n")


@pytest.mark.parametrize("command", ["clean", "explain"])
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "example.org/a", "http://[half", "http://"]
)
def test_what_is_no_address_of_a_page_is_refused_in_a_line(command: str, address: str) -> None:
    run = CliRunner().invoke(cli, [command, "-", "--url", address], input=ARTICLE)
    assert run.exit_code == 2
    assert run.stderr.splitlines()[-1] == (
        f"Error: Invalid value for '--url': expected a URL such as https://example.org/news/1, not {address!r}"
    )


def test_a_slip_in_a_name_is_reported_with_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (
        "expected jsonl, jsonl.gz, jsonl.zst, parquet, postgresql or sqlite, not jsnol; did you mean jsonl?"
    )

    def told(*arguments: str) -> str:
        run = CliRunner().invoke(cli, ["ingest", *arguments])
        assert run.exit_code == 2
        return run.stderr.splitlines()[-1]

    # the variable is named to those alone who have set it
    assert told("--sink", "jsnol") == f"Error: Invalid value for '--sink': {expected}"
    monkeypatch.setenv("COPYDESK_SINK", "jsnol")
    assert told() == f"Error: Invalid value for '--sink' (env var: 'COPYDESK_SINK'): {expected}"
    assert "env var" not in told("--sink", "sqlite", "--jobs", "two")


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
    assert b"\x1b[" not in run.stdout


def test_explain_shows_cues_of_short_blocks(copydesk: Copydesk) -> None:
    long = "The ringer climbed the stairs of the belfry again. " * 7
    notes = "This page was drafted by a language model. Sign up for our newsletter, said Gemini."
    shown = copydesk("explain", "--cues", "-", stdin=f"{long}\n\n{notes}\n".encode()).stdout.decode()
    _, after = shown.split(f"    {notes}\n")
    found = after.splitlines()[0]
    for one in (
        "en cue.self “this page”",
        "cue.made “drafted”",
        "wording.newsletter “sign up for our”",
        "tool “Gemini”",
    ):
        assert one in found
    _, after_long = shown.split(f"    {long.strip()}\n")
    assert "cue" not in after_long.splitlines()[0]
    assert "cue.self" not in copydesk("explain", "-", stdin=f"{long}\n\n{notes}\n".encode()).stdout.decode()


@pytest.mark.usefixtures("pages")
def test_explain_tells_provenance_in_sentences_only(copydesk: Copydesk) -> None:
    shown = copydesk("explain", "pages/a.html").stdout.decode()
    assert "provenance" not in shown
    assert "Nothing on the page says that AI was used" in shown


def test_rules_are_listed_with_reason_and_cases(copydesk: Copydesk) -> None:
    from copydesk.cleaners.markup import script_article
    from copydesk.cleaners.page_kind import main_content, page_type
    from copydesk.cleaners.rules.catalogue import RULES

    known = [
        *(rule.id for rule in RULES),
        *page_type.VERDICTS,
        *main_content.KEEPING,
        script_article.RULE_ID,
    ]
    listed: list[dict[str, Any]] = json.loads(copydesk("rules", "--format", "json").stdout)
    assert [entry["id"] for entry in listed] == known
    text = copydesk("rules", "--all").stdout.decode()
    for entry in listed:
        assert entry["id"] in text
        assert entry["why"]


def test_schema_names_every_field(copydesk: Copydesk) -> None:
    schema = json.loads(copydesk("schema").stdout)
    (name,) = [name for name in schema["$defs"] if name == "Record"]
    assert set(schema["$defs"][name]["properties"]) == set(Record.__struct_fields__)


def test_every_command_has_help(copydesk: Copydesk) -> None:
    overview = copydesk("--help").stdout.decode()
    for name, command in cli.commands.items():
        assert f"  {name} " in overview
        shown = copydesk(name, "--help").stdout.decode()
        assert command.help
        context = click.Context(command)
        # those that are hidden are there to be answered, for other programs have them
        for parameter in (one for one in command.params if not getattr(one, "hidden", False)):
            shown_as = (
                parameter.opts if isinstance(parameter, click.Option) else [parameter.make_metavar(context)]
            )
            assert all(name in shown for name in shown_as)


@pytest.mark.slow
def test_to_clean_a_file_loads_nothing_that_only_other_sources_need() -> None:
    page = next(Path(__file__).parents[3].glob("seeds/pages/en-html-news*"))
    listing = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "copydesk", "clean", str(page)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in listing.stderr.splitlines() if "import time" in line]
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}
    assert "lxml" in imported
    assert not {"warcio", "fsspec", "sqlalchemy", "markdown_it", "cronsim", "prefect", "rich"} & imported


def test_help_imports_nothing_heavy() -> None:
    listing = subprocess.run(
        [sys.executable, "-c", "import sys; import copydesk.flows.commands.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"lxml", "msgspec", "pebble", "prefect", "rich", "multiprocessing"} & set(
        listing.stdout.split()
    )


def test_fields_of_other_names_are_told_by_option_or_settings(tmp_path: Path, copydesk: Copydesk) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"doc": ARTICLE, "link": "https://example.org/a"}) + "\n")
    done = copydesk("clean", "a.jsonl", "--field", "html=doc", "--field", "url=link", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["url"], record["title"]) == ("https://example.org/a", "Old clock strikes again")
    (tmp_path / "copydesk.toml").write_text('[clean]\nfields = ["html=doc", "url=link"]\n')
    again = copydesk("clean", "a.jsonl", "--jobs", "1")
    assert json.loads(again.stdout)["id"] == record["id"]
    wrong = copydesk("clean", "a.jsonl", "--field", "htlm=doc")
    assert wrong.returncode == 2
    assert wrong.stderr.decode().strip().endswith("--field unknown field 'htlm'; did you mean html?")


@pytest.mark.slow
def test_the_form_of_a_served_run_says_what_the_command_line_says() -> None:
    from copydesk.flows.commands.cli import cli
    from copydesk.flows.run.ingest import ingest

    offered = {option.name: option for option in cli.commands["ingest"].params}
    fields = ingest.parameters.properties
    # what is said on the terminal is no parameter of a flow
    assert set(fields) == set(offered) - {"dry_run", "quiet", "verbose", "is_json"}
    for name, field in fields.items():
        told = offered[name]
        assert field["description"]
        if isinstance(told, click.Option):
            assert field["description"] == told.help
        # one that may be left out has its values beside null
        kinds = field.get("anyOf", [field])
        values = [
            value for kind in kinds for value in kind.get("enum", [kind["const"]] if "const" in kind else [])
        ]
        assert values == (list(told.type.choices) if isinstance(told.type, click.Choice) else [])
