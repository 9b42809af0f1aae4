"""What a terminal would obey is shown, wherever it comes from."""

from __future__ import annotations

import ast
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from rich.text import Text

from copydesk.flows.commands.cli import cli
from copydesk.flows.terminal import console, shown

FLOWS = Path(__file__).parents[2] / "flows"
# an escape that changes the title of the window, one character of C1 that begins one too, a direction
OBEYED = "\x1b]0;x\x07\x9b31m\u202e"
NAMED = f"a{OBEYED}b"
SHOWN = r"a\u001b]0;x\u0007\u009b31m\u202eb"


def test_json_stays_what_it_is_and_text_stays_readable() -> None:
    text = "café\tשלום\nمی‌خواهم 👩‍🚀 " + OBEYED + "\u2028\U000e0041\ud800"
    assert shown(text).startswith("café\tשלום\nمی‌خواهم 👩‍🚀 \\u001b]0;x")
    assert shown(text)[30:].isprintable()
    assert json.loads(f'"{shown(text[15:])}"') == text[15:]
    assert shown("\x1b[31mred\x1b[0m\x1b[2J", keeps_colour=True) == "\x1b[31mred\x1b[0m\\u001b[2J"


def test_a_console_of_rich_has_its_own_colours_alone() -> None:
    out = io.StringIO()
    screen = console(file=out, force_terminal=True, color_system="standard", width=80, highlight=False)
    screen.print(Text(NAMED, style="red"), soft_wrap=True)
    output = SHOWN.replace(r"\u0007", "")  # rich drops bells itself
    assert out.getvalue() == f"\x1b[31m{output}\x1b[0m\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["clean", f"{NAMED}.html"], ["clean", f"{NAMED}.gone"], ["clean", f"--{NAMED}"],
        ["clean", "--format", NAMED], [NAMED], [f"--{NAMED}"], ["explain", "--all", f"{NAMED}.html"],
        ["explain", f"{NAMED}.html"], ["diff", NAMED, "--output", "out"], ["rules", NAMED],
        ["retry", NAMED, "--output", "out"], ["export", "--format", NAMED], ["sources", "check", NAMED],
        ["ingest", f"{NAMED}.html", "-v", "--output", "out"], ["status", "--output", "out"],
    ],
    ids=lambda command: " ".join(command[:2]).replace(NAMED, "X"),
)  # fmt: skip
def test_no_command_prints_controls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = ARTICLE.replace("Old clock", f"Old {OBEYED} clock")
    (tmp_path / f"{NAMED}.html").write_text(page)
    if "out" in command:
        CliRunner().invoke(cli, ["ingest", f"{NAMED}.html", "--output", "out"])
    done = CliRunner().invoke(cli, command)
    assert done.stderr + done.stdout
    output = done.stderr + ("" if command[0] == "clean" else done.stdout)
    assert [char for char in output if char != "\n" and not char.isprintable()] == []


@pytest.mark.slow
def test_records_on_a_terminal_are_shown_and_those_for_programs_are_whole(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(ARTICLE.replace("struck noon", "struck \u202e noon"))
    for style in ("jsonl", "text", "markdown"):
        command = [sys.executable, "-m", "copydesk", "clean", "a.html", "--format", style]
        piped = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout.decode()
        seen, terminal = pty.openpty()
        with subprocess.Popen(command, cwd=tmp_path, stdout=terminal, stdin=subprocess.DEVNULL) as running:
            os.close(terminal)
            output = b""
            try:
                while data := os.read(seen, 1 << 16):
                    output += data
            except OSError:  # the other end is closed
                pass
            assert running.wait() == 0
        os.close(seen)
        assert "\u202e" in piped
        assert "\u202e" not in output.decode()
        assert "\\u202e" in output.decode()


def test_nothing_is_printed_by_another_way() -> None:
    ways = ("print", "click.echo", "click.secho", "Console")
    others: list[str] = []
    for path in set(FLOWS.rglob("*.py")) - {FLOWS / "terminal.py"}:
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        found = [call.lineno for call in calls if ast.unparse(call.func) in ways]
        others += (f"{path.relative_to(FLOWS)}:{line}" for line in found)
    assert others == []
