"""Mutated files of every kind: none raises, and each ends soon."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import HANG_SECONDS
from warc_files import soon

from benchmarks.file_kinds import KINDS, attack, mutated

IN_A_PROCESS = ("Parquet", "DOCX", "PDF")
"""Kinds that a process of its own reads, half a second each."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_file_of_any_kind_raises(tmp_path: Path, kind: str) -> None:
    with soon():
        outcome = attack(kind, 5 if kind in IN_A_PROCESS else 100, tmp_path)
    assert (outcome.raised, outcome.first) == (0, "")
    assert outcome.seconds < HANG_SECONDS


def test_inputs_are_drawn_alike_each_time() -> None:
    for kind in KINDS.values():
        once, again = (mutated(kind, random.Random(3)) for _ in range(2))  # noqa: S311 - no secret
        assert once == again
