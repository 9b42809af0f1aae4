"""The sentences that claim nothing, and their true twins: every structure in every language."""

from __future__ import annotations

import tomli

from benchmarks import claim_traps
from copydesk.cleaners.residue.note_words import note_languages


def test_every_language_has_traps_and_notes_of_every_structure() -> None:
    files = {file.stem: tomli.loads(file.read_text("utf-8")) for file in claim_traps.FOLDER.glob("*.toml")}
    assert set(files) == note_languages()
    for structures in files.values():
        assert set(structures) == {*claim_traps.READ, *claim_traps.COUNTED}
        assert {(len(pair["traps"]), len(pair["notes"])) for pair in structures.values()} == {(2, 1)}
