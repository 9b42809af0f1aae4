"""Line numbers of tables and keys of TOML files, for error messages; and files that cannot be read as TOML."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from copydesk.flows.commands.cli import cli
from copydesk.flows.config.toml_places import TomlLines

PIPE = "is a named pipe, a socket or a device, and no file"
LIST = '''\
# [[source]] in a remark
[[source]]
name = "one"           # name = "no"
address = """
[[source]]
name = "not this"
"""
[[source.rule]]
name = "kiosk"
[[source.rule]]
  "name" = 'second # no remark'
css = ["a"]

[[ source ]]
 name='two'
headers.Authorization = "x"
[source.headers]
Accept = "y"
[[source]]
kind = 'three [[source]]'
'''


@pytest.mark.parametrize(
    ("path", "key", "line"),
    [
        ([("source", 0)], None, 2), ([("source", 0)], "name", 3), ([("source", 0)], "address", 4),
        ([("source", 0)], "missing", 2), ([("source", 0)], "rule", 8), ([("source", 0), ("rule", 0)], None, 8),
        ([("source", 0), ("rule", 0)], "name", 9), ([("source", 0), ("rule", 1)], "name", 11),
        ([("source", 0), ("rule", 1)], "css", 12), ([("source", 0), ("rule", 1)], "missing", 10),
        ([("source", 0), ("rule", 2)], None, None), ([("source", 1)], None, 14), ([("source", 1)], "name", 15),
        ([("source", 1)], "headers", 16), ([("source", 1), ("rule", 0)], None, None),
        ([("source", 2)], "kind", 20), ([("source", 2)], "name", 19), ([("source", 3)], None, None),
        ([("other", 0)], "name", None),
    ],
)  # fmt: skip
def test_tables_of_arrays_and_keys(path: list[tuple[str, int]], key: str | None, line: int | None) -> None:
    tomli.loads(LIST.replace("[source.headers]", "[source.more]"))
    assert TomlLines(LIST).of_table(path, key) == line
    assert (TomlLines(LIST).of_key("source"), TomlLines(LIST).of_key("name")) == (2, None)


SETTINGS = """\
jobs = 4
[tool.copydesk]
limit = 5
ingest.output = "out"
[tool.copydesk.clean]
"jobs" = 2
note = \'\'\'
[tool.copydesk.serve]
\'\'\'
[ tool . "copydesk" . explain ]
url = "#"
[toolbox]
limit = 1
"""


@pytest.mark.parametrize(
    ("key", "table", "line"),
    [
        ("jobs", "", 1), ("limit", "tool.copydesk", 3), ("ingest", "tool.copydesk", 4),
        ("clean", "tool.copydesk", 5), ("jobs", "tool.copydesk.clean", 6), ("serve", "tool.copydesk", None),
        ("explain", "tool.copydesk", 10), ("url", "tool.copydesk.explain", 11), ("limit", "", None),
        ("toolbox", "", 12), ("limit", "toolbox", 13), ("tool", "", 2),
    ],
)  # fmt: skip
def test_a_key_or_table_at_the_top_or_below_a_table(key: str, table: str, line: int | None) -> None:
    tomli.loads(SETTINGS)
    assert TomlLines(SETTINGS).of_key(key, table=table) == line


DEEP = {
    "arrays": f"jobs = {'[' * 5_000}{']' * 5_000}",
    "tables": f"jobs = {'{a=' * 5_000}1{'}' * 5_000}",
    "a key": f"jobs{'.a' * 5_000} = 1",
    "a head": f"[jobs{'.a' * 5_000}]",
    # no parser minds these, but what is made of them does
    "as deep as parsers go": f"jobs = {'[' * 399}{']' * 399}",
    "two hundred parts": f"jobs{'.a' * 200} = 1",
}
COMMANDS = {
    "copydesk.toml": ("status",),
    "pyproject.toml": ("clean", "page.html"),
    "copydesk.overrides.toml": ("clean", "page.html"),
    "list.toml": ("sources", "check", "list.toml"),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("how", DEEP)
def test_what_nests_too_deeply_is_reported_in_a_line(empty_folder: Path, name: str, how: str) -> None:  # noqa: ARG001
    table = "[tool.copydesk]\n" if name == "pyproject.toml" else ""
    text = DEEP[how].replace("[jobs.", "[tool.copydesk.jobs.") if table else DEEP[how]
    Path(name).write_text(table + text)
    Path("page.html").write_text("<p>Noon</p>")
    done = CliRunner().invoke(cli, COMMANDS[name])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr == f"Error: {name}: nested too deeply: more than 100 levels\n"


@pytest.mark.parametrize(
    ("name", "command", "make", "problem"),
    [
        ("s.toml", "ingest s.toml", os.mkfifo, PIPE),
        ("s.toml", "sources check s.toml", os.mkfifo, PIPE),
        ("s.toml", "sources list s.toml", os.mkfifo, PIPE),
        ("s.toml", "serve s.toml", os.mkfifo, PIPE),
        ("o.toml", "clean --overrides o.toml page.html", os.mkfifo, PIPE),
        ("copydesk.toml", "clean page.html", os.mkfifo, PIPE),
        ("copydesk.toml", "clean page.html", os.mkdir, "is a directory"),
        ("copydesk.overrides.toml", "clean page.html", os.mkfifo, PIPE),
        ("copydesk.overrides.toml", "clean page.html", os.mkdir, "is a directory"),
    ],
)
def test_what_is_no_file_is_neither_waited_for_nor_ignored(
    empty_folder: Path, name: str, command: str, make: Callable[[str], None], problem: str
) -> None:
    (empty_folder / "page.html").write_text("<p>The ferry sails again.</p>", "utf-8")
    make(name)
    done = CliRunner().invoke(cli, command.split())
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1), done.stderr
    assert f"{name}: cannot be read: {problem}" in done.stderr


def test_a_list_and_decisions_may_be_piped_in(tmp_path: Path) -> None:
    """As a shell does for `<(…)`."""
    page = tmp_path / "page.html"
    page.write_text("<p>The ferry sails again.</p>", "utf-8")
    for command, text in (
        (["sources", "list"], f'[[source]]\nname = "ferry"\nkind = "file"\naddress = "{page}"\n'),
        (["clean", str(page), "--overrides"], "# none yet\n"),
    ):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        try:
            done = CliRunner().invoke(cli, [*command, f"/dev/fd/{reading}"])
        finally:
            os.close(reading)
        # 3: the page is too short for an article
        assert done.exit_code in (0, 3), done.stderr
        assert "cannot be read" not in done.stderr
