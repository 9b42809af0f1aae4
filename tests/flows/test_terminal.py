"""What a terminal would obey is shown, wherever it comes from."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from each_case import hold

from copydesk.flows.commands.cli import cli
from copydesk.flows.terminal import shown, styled

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


def test_what_is_in_colour_has_our_colours_alone() -> None:
    assert styled(NAMED, fg="red") == f"\x1b[31m{SHOWN}\x1b[0m"


COMMANDS = [
    ["clean", f"{NAMED}.html"], ["clean", f"{NAMED}.gone"], ["clean", f"--{NAMED}"], ["clean", "--format", NAMED],
    [NAMED], [f"--{NAMED}"], ["explain", "--all", f"{NAMED}.html"], ["explain", f"{NAMED}.html"],
    ["ingest", f"{NAMED}.html", "-v"], ["status"], ["diff", NAMED], ["retry", NAMED], ["rules", NAMED],
    ["export", "--format", NAMED], ["sources", "check", NAMED],
]  # fmt: skip


@pytest.mark.slow
def test_no_command_prints_controls(empty_folder: Path) -> None:
    page = ARTICLE.replace("Old clock", f"Old {OBEYED} clock")
    (empty_folder / f"{NAMED}.html").write_text(page)

    def check(command: list[str]) -> None:
        done = CliRunner().invoke(cli, command)
        assert done.stderr + done.stdout
        output = done.stderr + ("" if command[0] == "clean" else done.stdout)
        assert [char for char in output if char != "\n" and not char.isprintable()] == []

    hold(check, ((command,) for command in COMMANDS))


def test_nothing_is_printed_by_another_way() -> None:
    ways = ("print", "click.echo", "click.secho", "Console")
    others: list[str] = []
    for path in set(FLOWS.rglob("*.py")) - {FLOWS / "terminal.py"}:
        if not any(f"{way}(" in (text := path.read_text("utf-8")) for way in ways):
            continue
        calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        found = [call.lineno for call in calls if ast.unparse(call.func) in ways]
        others += (f"{path.relative_to(FLOWS)}:{line}" for line in found)
    assert others == []
