"""What is given away: an image that holds what it needs and no more, a notice for all that others made, a changelog."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FOR_DEVELOPERS = {"dev", "docs", "release", "train", "bench"}
"""Extras that no user needs."""


def instructions(name: str) -> list[str]:
    """What follows each instruction of this name in the Dockerfile."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    return [line.removeprefix(name).strip() for line in lines if line.startswith(f"{name} ")]


def copied() -> list[str]:
    """What the image is built from."""
    copies = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    return [source.rstrip("/") for sources in copies for source in sources]


def test_the_image_is_built_from_what_the_build_reads_and_nothing_else() -> None:
    project, packages = PROJECT["project"], PROJECT["tool"]["setuptools"]["package-dir"]
    needed = {
        "pyproject.toml",
        "setup.py",
        project["readme"],
        *project["license-files"],
        "copydesk",
        *packages.values(),
        *PROJECT["build-system"]["backend-path"],
    }
    assert set(copied()) == needed
    left_out = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert all((ROOT / source).exists() for source in copied())
    assert [source for source in copied() for pattern in left_out if fnmatch.fnmatch(source, pattern)] == []


def test_whoever_has_the_source_distribution_can_build_the_core() -> None:
    lines = (ROOT / "MANIFEST.in").read_text("utf-8").splitlines()
    included = [pattern for line in lines if line.startswith("include ") for pattern in line.split()[1:]]
    sources = [path for kind in ("pyx", "pxd") for path in (ROOT / "copydesk" / "_core").rglob(f"*.{kind}")]
    assert {path.suffix for path in sources} == {".pyx", ".pxd"}
    packed = {path for pattern in included for path in ROOT.glob(pattern)}
    assert [path.name for path in sources if path not in packed] == []


def test_the_image_runs_the_command_as_a_user_who_is_not_root() -> None:
    stages = instructions("FROM")
    assert len(stages) == 2
    assert "pip install" not in (ROOT / "Dockerfile").read_text("utf-8").rpartition("FROM ")[2]
    least = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert all(re.match(rf"python:{re.escape(least)}-slim\b", stage) for stage in stages)
    (user,) = instructions("USER")
    assert user not in ("root", "0")
    assert any(f"useradd --no-create-home --uid 10001 {user}" in line for line in instructions("RUN"))
    assert json.loads(instructions("ENTRYPOINT")[0])[0] in PROJECT["project"]["scripts"]


def test_the_notice_names_every_model_that_is_installed() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    files = (ROOT / "cleaners").rglob("*")
    models = [path.relative_to(ROOT).as_posix() for path in files if path.suffix in (".npz", ".model")]
    assert {Path(model).suffix for model in models} == {".npz", ".model"}
    assert [model for model in models if model not in notice] == []


def test_the_changelog_begins_with_this_version() -> None:
    heads = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heads[0] == PROJECT["project"]["version"]


@pytest.mark.parametrize("extra", sorted(set(PROJECT["project"]["optional-dependencies"]) - FOR_DEVELOPERS))
def test_the_guide_lists_every_extra_that_a_user_may_want(extra: str) -> None:
    assert f"'.[{extra}]'" in (ROOT / "docs" / "install.md").read_text("utf-8")


def test_the_guide_names_the_wheel_as_it_is_built() -> None:
    guide = (ROOT / "docs" / "install.md").read_text("utf-8")
    assert set(re.findall(r"copydesk-([\d.]+)-cp311-abi3-linux_x86_64\.whl", guide)) == {
        PROJECT["project"]["version"]
    }
