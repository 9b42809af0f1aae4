"""Sources and cleaners of other packages: found by their entry points, used by name."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from installed_packages import install

from copydesk.flows.commands.cli import cli
from copydesk.flows.sources.kinds import file_kinds

MODULE = """
from copydesk import Page
from copydesk.cleaners.types import Source
from copydesk.flows.sources.opening.files import FileSource


class Notes(FileSource):
    kind = "notes"
    suffixes = (".note",)

    def read_opened(self, file, *, shown, reading):
        for number, body in enumerate(file.read().split(b"%%"), start=1):
            yield Page(body, content_type="text/html", source=Source(self.kind, f"{shown}#{number}"))


NOTES = Notes()
RULES = [{"name": "kiosk", "label": "ad", "reason": "the paper's own kiosk", "start": ["buy this issue"]}]
WRONG = [{"name": "kiosk", "label": "add", "reason": "misspelt", "start": ["buy"]}]
"""
PAGE = """<h1>Noon bell returns</h1>
<p>The bell of the town hall rings at noon again, after a winter in which nobody could find the rope.</p>
<p>Buy this issue at every kiosk.</p>
<p>The council thanked the two apprentices who spliced it, and asked everybody else to leave it alone.</p>"""


@pytest.fixture(autouse=True)
def package(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with a kind of source and three lists of rules; the folder that is run in has a page."""
    (empty_folder / "a.html").write_text(PAGE)
    folder = empty_folder / "packages"
    install(folder, "press_kit", "sources", "notes = press_kit:NOTES", module=MODULE)
    rules = ("press = press_kit:RULES", "wrong = press_kit:WRONG", "broken = press_broken:RULES")
    install(folder, "press_kit", "cleaners", *rules, module=MODULE)
    (folder / "press_broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(folder)
    file_kinds._installed.cache_clear()
    yield
    file_kinds._installed.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.mark.slow
def test_a_source_of_a_package_reads_its_files_wherever_they_are() -> None:
    pages = Path("pages")
    pages.mkdir()
    (pages / "a.note").write_text(f"{PAGE}%%{PAGE.replace('Noon', 'Dawn')}")
    (pages / "b.html").write_text(PAGE.replace("Noon", "Dusk"))
    with zipfile.ZipFile(pages / "c.zip", "w") as archive:
        archive.writestr("d.note", PAGE.replace("Noon", "Midnight"))
    ended = run("clean", "pages", "--jobs", "1")
    assert ended.exit_code == 0, ended.stderr
    found = [json.loads(line)["source"] for line in ended.stdout.splitlines()]
    assert [(one["kind"], one["name"]) for one in found] == [
        ("notes", "a.note#1"), ("notes", "a.note#2"), ("file", "b.html"), ("notes", "c.zip!/d.note#1")
    ]  # fmt: skip


@pytest.mark.slow
def test_rules_of_a_package_hold_where_the_settings_name_them() -> None:
    rules = [one["rule"] for one in json.loads(run("clean", "a.html").stdout)["removed"]]
    assert "own.kiosk" not in rules
    Path("copydesk.toml").write_text('[[rule]]\nfrom = "press"\n')
    rules = [one["rule"] for one in json.loads(run("clean", "a.html").stdout)["removed"]]
    assert "own.kiosk" in rules
    assert "own.kiosk" in run("rules", "own").stdout


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('from = "pres"', "copydesk.toml:2: from: no installed package has rules named 'pres'; did you mean press?"),
        ('from = "press"\nlabel = "ad"', "copydesk.toml:2: from: the rules are the package's; leave out label"),
        ('from = "wrong"', "copydesk.toml:2: from 'wrong': rule 'kiosk': label: "),
        ('from = "broken"', "'broken' of press_kit cannot be loaded: division by zero; install that package again"),
        ("from = 3", "copydesk.toml:2: from: expected the name of an installed package's rules, not 3"),
        ('from = "press"\n[[rule]]\nfrom = "press"', "copydesk.toml:4: rule 'kiosk': the name is already used"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_one_line(table: str, message: str) -> None:
    Path("copydesk.toml").write_text(f"[[rule]]\n{table}\n")
    ended = run("clean", "a.html")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1
