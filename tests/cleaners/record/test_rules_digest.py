"""The digest of rules: it changes with the files that decide, and with no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import copydesk.cleaners
from copydesk import clean
from copydesk.cleaners.record.rules_digest import digest_of

CLEANERS = Path(copydesk.cleaners.__file__).parent


def write_model(path: Path) -> None:
    np.savez(path, weights=np.zeros(3))


IGNORED = ("cases/new.toml", "figures.toml", "__pycache__/render.py", "rules/notes.md")
NEW = ("rules/more/new.py", "rules/more.toml")


@pytest.mark.slow
def test_the_digest_changes_with_what_decides_alone(tmp_path: Path) -> None:
    folder = tmp_path / "cleaners"
    shutil.copytree(CLEANERS, folder, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    digests = [digest_of(folder)]
    for file in (*IGNORED, *NEW):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("limit = 1\n")
        digests.append(digest_of(folder))
    write_model(folder / "rules" / "more.npz")
    digests.append(digest_of(folder))
    assert len(set(digests[: len(IGNORED) + 1])) == 1
    assert len(set(digests[len(IGNORED) :])) == len(NEW) + 2


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
