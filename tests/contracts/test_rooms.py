"""The rooms: small enough to know, listed in the build, mirrored by the tests, and arrows that run one way."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import tomli

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("cleaners", "flows")
MOST = 20
"""Modules of a room: what one can know by name. With more it is two rooms."""
MODULES = [path.relative_to(ROOT) for top in TOPS for path in (ROOT / top).rglob("*.py")]
ROOMS = sorted({module.parent for module in MODULES})
_DATA = (".toml", ".npz", ".model", ".yaml", ".css", ".js", ".jinja")
FOLDERS_OF_DATA = {
    path.parent.relative_to(ROOT) for top in TOPS for path in (ROOT / top).rglob("*") if path.suffix in _DATA
} - {*ROOMS}
BUILD = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def package(room: Path) -> str:
    return "copydesk." + ".".join(room.parts)


def test_no_room_has_too_many_modules() -> None:
    sizes = Counter(module.parent for module in MODULES)
    assert {str(room): size for room, size in sizes.items() if size > MOST} == {}


def test_every_room_has_a_docstring_and_no_code_of_its_own() -> None:
    for room in ROOMS:
        door = ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))
        assert ast.get_docstring(door), room
        if str(room) != "cleaners":  # the public functions, loaded when first used
            assert len(door.body) == 1, f"{room}/__init__.py holds more than its docstring: give it a module"


def test_every_room_is_listed_in_the_build() -> None:
    folders = {*map(package, ROOMS), *map(package, FOLDERS_OF_DATA)}
    assert set(BUILD["packages"]) == {"copydesk", "copydesk._core", *folders}


def test_all_data_is_installed_with_its_room() -> None:
    rooms = {*ROOMS, *FOLDERS_OF_DATA}
    globs = [(room, glob) for room in rooms for glob in BUILD["package-data"].get(package(room), ())]
    packaged = {path for room, glob in globs for path in (ROOT / room).glob(glob)}
    data = {path for top in TOPS for path in (ROOT / top).rglob("*") if path.suffix in _DATA}
    assert data - packaged == set()


@pytest.mark.parametrize("top", TOPS)
def test_tests_mirror_the_rooms(top: str) -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests" / top).rglob("test_*.py")}
    assert {str(folder) for folder in folders} <= {str(room) for room in ROOMS}


def lint(folder: Path) -> str:
    """What import-linter reports for the tree in a folder, in one line. ``.ci/run`` has it check the project's own."""
    code = "from importlinter.cli import lint_imports_command as lint; lint()"
    command = [sys.executable, "-c", code, "--no-cache"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return " ".join((ended.stdout + ended.stderr).split())


TURNED = {
    "a room below": ("cleaners/lexicon/words.py", "copydesk.cleaners.rules.rule"),
    "rules": ("cleaners/rules/disclosures/block_disclosures.py", "copydesk.cleaners.rules.shape"),
    "cleaners to flows": ("cleaners/record/records.py", "copydesk.flows.errors"),
    "flows": ("flows/io/decompression.py", "copydesk.flows.library.library"),
    "fetching": ("flows/fetching/wire/budgets.py", "copydesk.flows.fetching.http.fetcher"),
    "sources": ("flows/sources/opening/tables.py", "copydesk.flows.sources.kinds.warc"),
    "a rule before labelling": ("cleaners/pipeline/cleaning.py", "copydesk.cleaners.rules.shape"),
    "the clock": ("cleaners/dates/timestamps.py", "time"),
    "a room of no place": ("cleaners/attic/__init__.py", "copydesk.cleaners.types"),
}


@pytest.mark.slow
def test_a_wrong_import_is_reported(tmp_path: Path) -> None:
    ignore = shutil.ignore_patterns("__pycache__", "*.npz")
    for name in (*TOPS, "copydesk"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, module in TURNED.values():
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        before = path.read_text("utf-8") if path.exists() else ""
        path.write_text(f"{before}\nimport {module}\n", "utf-8")
    report = lint(tmp_path)
    for name, (file, module) in TURNED.items():
        importer = "copydesk." + file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        line = f"{importer} -> {module}"
        if name == "a room of no place":
            line = importer.removeprefix("copydesk.cleaners.")
        assert line in report, f"{name}: {report}"
