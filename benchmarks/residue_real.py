"""Real residue by readings that have not seen its source, or its language: ``python -m benchmarks.residue_real``.

Needs the forests of ``python -m training.residue --folds build/forests``; with ``--without``, those of
``python -m training.residue --without de ja …``. Blocks are set into articles as in ``benchmarks.real_residue``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, partial
from pathlib import Path

import click
import numpy as np
from msgspec.structs import replace

from benchmarks.arguments import data_option
from benchmarks.incidents import counted
from benchmarks.real_residue import RESIDUE, SETS, ItemOutcome, Setting, read_blocks, set_block
from benchmarks.report import plain
from benchmarks.runner import in_workers
from copydesk.cleaners.judge.judgement import PACKAGED
from copydesk.cleaners.residue.reading.forest import Forest, read_forest
from copydesk.cleaners.residue.reading.residue_reading import MEASURES
from training.pages import fold_of

JOBS, TIMEOUT_SECONDS = 2, 30.0
COLUMNS = (
    "real residue",
    "residue out",
    "notes",
    "talk",
    "prompts",
    "right claim",
    "body lost",
    "traps claimed",
)


@click.command()
@data_option
@click.option(
    "--folds",
    type=click.Path(path_type=Path),
    default=Path("build/forests"),
    show_default=True,
    help="Forests by source.",
)
@click.option("--without", type=click.Path(path_type=Path), help="Forests by language, instead.")
@click.option("--by-language", is_flag=True, help="A row for each language.")
@click.option(
    "--show", is_flag=True, help="List the blocks that are kept, lost or claimed and should not be."
)
def main(data: Path, folds: Path, without: Path | None, *, by_language: bool, show: bool) -> None:
    """Print what leaves the text, what is lost, and what is claimed."""
    cases = [case for case in read_blocks(data) if case.set_name == SETS[1] or case.half == "closed"]
    tasks = [(_by_language(without, case) if without else _by_source(folds, case), case) for case in cases]
    tasks = [(file, case) for file, case in tasks if file.exists()]
    if not tasks:
        raise click.UsageError(f"no forests in {without or folds}: make them with python -m training.residue")
    found = in_workers(_outcome, tasks, jobs=JOBS, timeout_seconds=TIMEOUT_SECONDS)
    outcomes = [one for one in found if isinstance(one, ItemOutcome)]
    groups: dict[str, list[ItemOutcome]] = defaultdict(list)
    for outcome in outcomes:
        case = outcome.case
        groups[f"{case.set_name} ({case.half}) as {case.setting}"].append(outcome)
        if by_language:
            groups[f"{_code(case)} as {case.setting}"].append(outcome)
    click.echo(plain(COLUMNS, [(name, *_cells(group)) for name, group in sorted(groups.items())]))
    for reason, count in Counter(one for one in found if isinstance(one, str)).most_common():
        click.echo(f"{count} blocks without an outcome: {reason[:100]}")
    if show:
        for outcome in outcomes:
            if outcome.case.half == "open" and (fault := _wrong(outcome)):
                click.echo(
                    f"{fault}  {outcome.case.id}  {outcome.case.item.text!r}  {outcome.loss.evidence or ''}"
                )


def _code(case: Setting) -> str:
    return case.item.language.partition("-")[0]


def _by_source(folder: Path, case: Setting) -> Path:
    return folder / f"forest_{fold_of(case.source)}.npz"


def _by_language(folder: Path, case: Setting) -> Path:
    return folder / f"forest_without_{_code(case)}.npz"


def _outcome(file: Path, case: Setting) -> ItemOutcome:
    return set_block(case, replace(PACKAGED, readings=partial(_forest, file)))


@cache
def _forest(file: Path) -> Forest:
    with np.load(file, allow_pickle=False) as arrays:
        return read_forest(arrays, MEASURES, where=file.name)


def _cells(group: Sequence[ItemOutcome]) -> Iterable[str]:
    residue = [one for one in group if one.is_residue]
    yield _share(one.is_out for one in residue)
    for label in RESIDUE:
        yield _share(one.is_out for one in residue if one.case.item.label == label)
    yield _share(one.is_use_right for one in residue if one.case.item.label == RESIDUE[0])
    yield _share(not one.loss.is_whole for one in group if one.case.item.is_body)
    yield _share(one.is_trap_claimed for one in group if not one.is_residue)


def _share(flags: Iterable[bool]) -> str:
    all_ = list(flags)
    return f"{counted(sum(all_), len(all_))} of {len(all_)}"


def _wrong(outcome: ItemOutcome) -> str:
    if outcome.is_residue:
        return "" if outcome.is_out else "kept"
    if outcome.is_trap_claimed:
        return "claimed"
    return "lost" if outcome.case.item.is_body and not outcome.loss.is_whole else ""


if __name__ == "__main__":
    main()
