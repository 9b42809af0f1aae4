"""The path of processes that are ours holds nothing that depends on the current folder."""

from __future__ import annotations

import os
import site
import sys
from pathlib import Path

import pytest

from copydesk.flows.io.import_path import drop_cwd_from_path, safe_environment, safe_path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of somebody's pages, with a module and a folder in it, as the current folder."""
    (tmp_path / "lib").mkdir()
    Path(f"{tmp_path}-link").symlink_to(tmp_path)
    (tmp_path / "stranger_json.py").write_text("raise SystemExit('it was run')")
    monkeypatch.chdir(tmp_path)
    for name in ("PYTHONPATH", "PYTHONSAFEPATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("entry", "stays"),
    [
        ("", False), (".", False), ("lib", False), ("./lib", False),
        ("nowhere", True),  # names that a path hook knows
        ("/nowhere/at/all", True), ("{here}", False), ("{here}/", False), ("{here}/lib/..", False),
        ("{here}/lib", True), ("{python}", True), ("{here}-link", False),
    ],
)  # fmt: skip
def test_an_entry_that_depends_on_the_current_folder_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, entry: str, stays: bool
) -> None:
    named = entry.format(here=folder, python=os.path.dirname(os.__file__))  # noqa: PTH120 - as it is in the path
    monkeypatch.setattr(sys, "path", [*sys.path, named])
    assert (named in safe_path()) is stays


def test_pythons_own_folders_stay_whatever_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = site.getsitepackages()[0]
    monkeypatch.chdir(own)
    monkeypatch.setattr(sys, "path", [own, "", "."])
    assert safe_path() == [own]
    # one that was removed is skipped
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", ["", "/opt/one"])
    assert safe_path() == ["/opt/one"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None), ("", None), (":", None), (".:lib", None), ("/opt/one:/opt/two", "/opt/one:/opt/two"),
        (":/opt/one:.:{here}:/opt/two:", "/opt/one:/opt/two"),
        ("nowhere", None),  # relative: what is not there yet may come
    ],
)  # fmt: skip
def test_the_environment_of_children_names_whole_paths_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, kept: str | None
) -> None:
    if given is not None:
        monkeypatch.setenv("PYTHONPATH", given.format(here=folder))
    found = safe_environment()
    assert found.get("PYTHONPATH") == kept
    assert found["PYTHONSAFEPATH"] == "1"
    others = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    assert others.items() <= found.items()


def test_a_process_that_leaves_imports_nothing_from_there_however_it_comes_to_the_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f".:{folder}")
    monkeypatch.setattr(sys, "path", ["", str(folder), *sys.path])
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    sys.path_importer_cache.clear()
    try:
        drop_cwd_from_path()
        drop_cwd_from_path()  # once more changes nothing
        assert "" not in sys.path
        assert str(folder) not in sys.path
        assert "PYTHONPATH" not in os.environ
        assert os.environ["PYTHONSAFEPATH"] == "1"
        # as libraries add it while they run
        monkeypatch.setattr(sys, "path", [".", *sys.path])
        with pytest.raises(ModuleNotFoundError):
            __import__("stranger_json")
        assert sum(hook.__name__ == "_finder" for hook in sys.path_hooks) == 1
    finally:
        sys.path_importer_cache.clear()
