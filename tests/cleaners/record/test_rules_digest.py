"""The digest of rules: it changes with the files that decide, and with no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import copydesk.cleaners
from copydesk import clean
from copydesk.cleaners.record.rules_digest import digest_of

CLEANERS = Path(copydesk.cleaners.__file__).parent


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (path,) = folder.rglob(file)
        path.write_text(changed(path.read_text("utf-8"), old, new), "utf-8")

    return apply


def put(file: str, text: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text)

    return apply


def write_model(path: Path) -> None:
    np.savez(path, weights=np.zeros(3))


CHANGES: dict[str, tuple[Callable[[Path], None], bool]] = {
    "an example": (put("cases/new.toml", "[[case]]\n"), False),
    "a figure": (edit("figures.toml", "better = ", "better = 1"), False),
    "compiled code": (put("__pycache__/render.py", "old = 1\n"), False),
    "notes": (put("rules/notes.md", "To do.\n"), False),
    "a threshold": (edit("judge/judged_page.py", "VAGUE_SHARE = 0.7", "VAGUE_SHARE = 0.71"), True),
    "a phrase": (edit("languages/en.toml", '"', '"surely '), True),
    "a text in code": (edit("user_rules.py", "it finds nothing", "it finds no thing"), True),
    "a model": (lambda folder: write_model(folder / "rules" / "more.npz"), True),
    "a module of a room": (put("rules/more/new.py", "LIMIT = 1\n"), True),
    "data of a room": (put("rules/more.toml", "limit = 1\n"), True),
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copied") / "cleaners"
    shutil.copytree(CLEANERS, folder, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("what", CHANGES)
def test_the_digest_changes_with_what_decides_alone(copied: Path, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "cleaners"
    shutil.copytree(copied, folder)
    change, decides = CHANGES[what]
    change(folder)
    assert (digest_of(folder) != digest_of(copied)) is decides


DECIDING = sorted(
    place
    for place in (path.relative_to(CLEANERS) for path in CLEANERS.rglob("*"))
    if place.suffix in (".py", ".toml", ".npz")
    and not {"cases", "figures.toml", "__pycache__"} & set(place.parts)
)


def test_the_digest_changes_with_every_file_of_code_phrases_or_weights(tmp_path: Path) -> None:
    assert len(DECIDING) > 150
    for number, place in enumerate(DECIDING):
        alone = (
            tmp_path / str(number) / place.name
        )  # beside nothing else: the digest of a folder takes all files in it alike
        alone.parent.mkdir()
        shutil.copy(CLEANERS / place, alone)
        before = digest_of(alone.parent)
        if place.suffix == ".npz":
            write_model(alone)
        else:
            alone.write_text(alone.read_text("utf-8") + '\nlimit = "one more"\n', "utf-8")
        assert digest_of(alone.parent) != before, place


def test_records_hold_the_digest_of_the_code_at_hand() -> None:
    assert clean("<p>Noon</p>").processing.rules == digest_of(CLEANERS)
