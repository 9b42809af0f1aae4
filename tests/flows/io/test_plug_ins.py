"""Sources and cleaners of other packages: built by pip into a folder, found by their entry points, used by name."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import clean_environment

pytestmark = pytest.mark.slow

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "press-kit"
version = "1.0"

[project.entry-points."copydesk.sources"]
notes = "press_kit:NOTES"

[project.entry-points."copydesk.cleaners"]
press = "press_kit:RULES"
wrong = "press_kit:WRONG"
broken = "press_broken:RULES"

[tool.setuptools]
py-modules = ["press_kit", "press_broken"]
"""
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


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has built the package."""
    project, target = tmp_path_factory.mktemp("press-kit"), tmp_path_factory.mktemp("packages")
    (project / "pyproject.toml").write_text(PROJECT)
    (project / "press_kit.py").write_text(MODULE)
    (project / "press_broken.py").write_text("1 / 0")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "install", *options, str(project)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return target


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, packages: Path) -> Run:
    """Runs copydesk where the package is installed."""
    env = clean_environment()
    env["PYTHONPATH"] = f"{packages}:{env.get('PYTHONPATH', '')}"

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "copydesk", *arguments],
            env=env, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return command


def test_a_source_of_a_package_reads_its_files_wherever_they_are(run: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "a.note").write_text(f"{PAGE}%%{PAGE.replace('Noon', 'Dawn')}")
    (pages / "b.html").write_text(PAGE.replace("Noon", "Dusk"))
    with zipfile.ZipFile(pages / "c.zip", "w") as archive:
        archive.writestr("d.note", PAGE.replace("Noon", "Midnight"))
    ended = run("clean", "pages", "--jobs", "1")
    assert ended.returncode == 0, ended.stderr
    found = [json.loads(line)["source"] for line in ended.stdout.splitlines()]
    assert [(one["kind"], one["name"]) for one in found] == [
        ("notes", "a.note#1"), ("notes", "a.note#2"), ("file", "b.html"), ("notes", "c.zip!/d.note#1")
    ]  # fmt: skip


def test_rules_of_a_package_hold_where_the_settings_name_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    rules = [one["rule"] for one in json.loads(run("clean", "a.html").stdout)["removed"]]
    assert "own.kiosk" not in rules
    (tmp_path / "copydesk.toml").write_text('[[rule]]\nfrom = "press"\n')
    rules = [one["rule"] for one in json.loads(run("clean", "a.html").stdout)["removed"]]
    assert "own.kiosk" in rules
    assert "own.kiosk" in run("rules", "own").stdout


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            'from = "pres"',
            "copydesk.toml:2: from: no installed package has rules named 'pres'; did you mean press?",
        ),
        (
            'from = "press"\nlabel = "ad"',
            "copydesk.toml:2: from: the rules are the package's; leave out label",
        ),
        ('from = "wrong"', "copydesk.toml:2: from 'wrong': rule 'kiosk': label: "),
        (
            'from = "broken"',
            "'broken' of press-kit cannot be loaded: division by zero; install that package again",
        ),
        ("from = 3", "copydesk.toml:2: from: expected the name of an installed package's rules, not 3"),
        (
            'from = "press"\n[[rule]]\nfrom = "press"',
            "copydesk.toml:4: rule 'kiosk': the name is already used",
        ),
    ],
)
def test_a_wrong_table_is_one_line(run: Run, tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "a.html").write_text(PAGE)
    (tmp_path / "copydesk.toml").write_text(f"[[rule]]\n{table}\n")
    ended = run("clean", "a.html")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
