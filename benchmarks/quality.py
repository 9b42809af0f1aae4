"""Word-level F1 of copydesk and its peers: ``python -m benchmarks.quality [SET]...``."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import click

from benchmarks.cleaning import explained
from benchmarks.everyday_cuts import cut_short
from benchmarks.extractors import DEFAULT_FOR_PAGES, FOR_LINES, FOR_PAGES, MEANS
from benchmarks.measures import Measure, Outcome, floors_of
from benchmarks.runner import run_all, shared
from benchmarks.scoring import (
    COLUMNS,
    GROUPINGS,
    break_down,
    faults_as_text,
    judge,
    score_text,
    table,
    tabulate,
    worst,
)
from benchmarks.sets import FLATTENED, SETS, Case, load, pick

CUT = "blocks-cut"
"""The labelled pages, cut to the first one to four paragraphs of their articles."""
DEFAULT_SETS = ("wcxb", "fundus", "blocks", "flattened")


@click.command()
@click.argument("names", nargs=-1, metavar="[SET]...", type=click.Choice([*SETS, CUT]))
@click.option(
    "--extractors", help=f"Names parted by commas, of {', '.join({**FOR_PAGES, **FOR_LINES, **MEANS})}."
)
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="Break the set down.")
@click.option("--worst", "worst_count", default=0, help="Show the first extractor's N worst pages.")
@shared
def main(
    names: tuple[str, ...], *, extractors: str | None, by: str | None, worst_count: int, **given: Any
) -> None:
    """Scores extractors on data sets; by default wcxb, fundus, blocks and flattened."""
    for name in names or DEFAULT_SETS:
        chosen = _chosen(name, extractors)
        cases = pick(_load(name, given["data"]), given["sample"], seed=given["seed"])
        runs = run_all(cases, chosen, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
        scored = judge(cases, runs)
        click.echo(f"\n{name}\n\n{table(COLUMNS, tabulate(scored))}")
        click.echo(faults_as_text(scored), err=True, nl=False)
        if by:
            click.echo(f"\n{break_down(scored, by)}")
        if worst_count:
            click.echo(f"\n{worst(scored, extractor=chosen[0], count=worst_count)}")


def _load(name: str, data: Path) -> list[Case]:
    if name == CUT:
        return [cut for cut in map(cut_short, load("blocks", data)) if isinstance(cut, Case)]
    return [replace(case, blocks=()) for case in load(name, data)]


def _chosen(name: str, extractors: str | None) -> tuple[str, ...]:
    known = FOR_LINES if name in FLATTENED else FOR_PAGES
    if extractors is None:
        return DEFAULT_FOR_PAGES if known is FOR_PAGES else tuple(FOR_LINES)
    chosen = tuple(chain.from_iterable(MEANS.get(one, (one,)) for one in extractors.split(",")))
    if unknown := [each for each in chosen if each not in known]:
        raise click.UsageError(f"{unknown[0]!r} does not read {name}; {', '.join(known)} do")
    return chosen


def _cases(data: Path, sample: int | None) -> list[Case]:
    """The cases of all sets that have a floor, in ``group`` the name of the set."""
    found = ((name, pick(load(name, data), sample)) for name in floors_of("f1"))
    return [replace(case, blocks=(), group=name) for name, cases in found for case in cases]


def _f1(case: Case) -> float:
    return score_text(case, explained(case).record.text).f1


def _cut_outcomes(case: Case) -> list[Outcome]:
    cut = cut_short(case)
    return [Outcome("everyday.real", {"f1": (_f1(cut), 1)}, (cut.group,))] if isinstance(cut, Case) else []


MEASURE = Measure(_cases, lambda case: [Outcome("f1", {case.group: (_f1(case), 1)})])
CUT_MEASURE = Measure(lambda data, sample: pick(load("blocks", data), sample), _cut_outcomes)

if __name__ == "__main__":
    main()
