"""What the limits of reading notes on AI do: ``python -m benchmarks.note_limits --data data``.

Each limit is moved by itself. The composed notes and traps are those of the tests, in all languages; the
published ones those of the open half of ``real_residue``, set into articles with tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import tomli

from benchmarks.arguments import data_option
from benchmarks.real_residue import ItemOutcome, Setting, read_blocks, set_block
from benchmarks.report import plain
from benchmarks.sets import MissingDataError
from copydesk.cleaners.provenance.disclosed import use_of
from copydesk.cleaners.residue import note_acts, note_grounds, note_sentences
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.rules.disclosures import assessment

SAMPLES = Path(__file__).resolve().parents[1] / "tests" / "cleaners" / "residue" / "ai_notes"
LIMITS: Mapping[str, tuple[ModuleType, tuple[float, ...]]] = {
    "_NEAR": (note_sentences, (0.3, 0.4, 0.5, 0.6, 0.7)),
    "_LITTLE": (note_sentences, (0.5, 0.6, 0.7, 0.8, 0.9)),
    "_BESIDE": (note_acts, (0, 8, 12, 16, 24)),
    "_WHOLE": (note_grounds, (0.7, 0.75, 0.8, 0.85, 0.9)),
    "_ALL": (note_grounds, (0.8, 0.85, 0.9, 0.95, 1.0)),
    "_MAX_WORDS_BEFORE": (note_grounds, (0, 1, 2, 3, 4)),
    "MAX_OTHER_BEFORE": (note_grounds, (0, 3, 6, 12)),
    "_MAX_TO_DEED": (note_grounds, (6, 9, 12, 24)),
    "_MAX_BETWEEN": (note_acts, (0, 2, 4, 6, 12)),
    "_MAX_REST_SHARE": (assessment, (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)),
    "_MAX_NOTE_CHARS": (assessment, (100, 200, 300, 400, 800)),
}


@click.command()
@data_option
@click.argument("names", nargs=-1, type=click.Choice(sorted(LIMITS)))
def main(*, data: Path, names: Sequence[str]) -> None:
    """Move each limit, or those NAMED, and count what becomes of notes and traps; the value in use is starred."""
    try:
        read_blocks(data)
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    head = (
        "limit",
        "at",
        "composed notes",
        "traps claimed",
        "out",
        "claimed rightly",
        "body lost",
        "traps claimed",
    )
    settings = [(name, value, data) for name in names or LIMITS for value in LIMITS[name][1]]
    # a process each: what was read under another limit is remembered
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        click.echo(plain(head, pool.starmap(_row, settings, chunksize=1)))


def _row(name: str, value: float, data: Path) -> tuple[str, ...]:
    module = LIMITS[name][0]
    used = getattr(module, name)
    setattr(module, name, value)
    blocks = [one for one in read_blocks(data) if (one.half, one.setting) == ("open", "html")]
    return (name, f"{value}{'*' * (value == used)}", *_of_samples(), *_of_blocks(blocks))


@cache
def _samples() -> Mapping[str, Any]:
    return {path.stem: tomli.loads(path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*.toml"))}


def _of_samples() -> tuple[str, str]:
    """Composed notes claimed with their role and medium, and traps claimed."""
    notes = [(code, one) for code, all_ in _samples().items() for one in all_["note"]]
    traps = [(code, one) for code, all_ in _samples().items() for one in (*all_["trap"], *all_["denial"])]
    claimed_rightly = sum((one["role"], one["medium"]) in _uses(one["text"], code) for code, one in notes)
    claimed = sum(bool(_uses(one["text"], code)) for code, one in traps)
    return f"{claimed_rightly} of {len(notes)}", f"{claimed} of {len(traps)}"


def _uses(text: str, code: str) -> set[tuple[str | None, str]]:
    uses = (use_of(note) for note in read_notes(text, code) if not note.veto)
    return {(use.role, use.medium) for use in uses}


def _of_blocks(blocks: Sequence[Setting]) -> Iterator[str]:
    """Published residue out of the text, notes claimed rightly, the article's lines lost and traps claimed."""
    outcomes = [set_block(one) for one in blocks]
    notes = [one for one in outcomes if one.case.item.label == "ai_disclaimer"]
    traps = [one for one in outcomes if not one.is_residue]
    yield _count([one.is_out for one in outcomes if one.is_residue])
    yield _count([one.is_use_right for one in notes])
    yield _count([not one.loss.is_whole for one in traps if _is_body(one)])
    yield _count([bool(one.claimed) for one in traps])


def _is_body(outcome: ItemOutcome) -> bool:
    return outcome.case.item.is_body


def _count(flags: Sequence[bool]) -> str:
    return f"{sum(flags)} of {len(flags)}"


if __name__ == "__main__":
    main()
