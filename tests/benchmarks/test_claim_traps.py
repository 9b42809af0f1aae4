"""The sentences that claim nothing, and their true twins: every structure in every language."""

from __future__ import annotations

import sys
from pathlib import Path

import tomli

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # benchmarks are no part of what is installed

from benchmarks import claim_traps  # noqa: E402
from copydesk.cleaners.residue.note_words import note_languages  # noqa: E402


def test_every_language_has_traps_and_notes_of_every_structure() -> None:
    files = {file.stem: tomli.loads(file.read_text("utf-8")) for file in claim_traps.FOLDER.glob("*.toml")}
    assert set(files) == note_languages()
    for structures in files.values():
        assert set(structures) == {*claim_traps.READ, *claim_traps.COUNTED}
        assert all((len(one["traps"]), len(one["notes"])) == (2, 1) for one in structures.values())
