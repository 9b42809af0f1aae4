"""Word-level F1 of copydesk and its peers: ``python -m benchmarks.quality [SET]...``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.explained import explained
from benchmarks.extractors import DEFAULT_FOR_PAGES, FOR_LINES, FOR_PAGES, MEANS
from benchmarks.floors import FLOORS, Check, floors_of
from benchmarks.intervals import Estimate, mean
from benchmarks.report import COLUMNS, cells, faults_as_text, markdown, plain, worst_as_text
from benchmarks.runner import run_all
from benchmarks.scoring import (
    GROUPINGS,
    REFERENCE,
    REFERENCE_FOR_LINES,
    Scored,
    break_down,
    judge,
    score_text,
    tabulate,
    with_means,
    worst,
)
from benchmarks.sets import FLATTENED, SETS, Case, load

DEFAULT_SETS = ("wcxb", "fundus", "blocks", "flattened")


@click.command()
@click.argument("names", nargs=-1, metavar="[SET]...", type=click.Choice(list(SETS)))
@click.option(
    "--extractors", help=f"Names parted by commas, of {', '.join({**FOR_PAGES, **FOR_LINES, **MEANS})}."
)
@click.option("--by", type=click.Choice(list(GROUPINGS)), help="Break the set down.")
@click.option("--worst", "worst_count", type=click.IntRange(min=1), help="Show the N worst pages.")
@click.option("--worst-of", help="Whose worst pages; the first extractor's by default.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option(
    "--check", "is_check", is_flag=True, help="Only copydesk, against floors.toml; exit code 1 below a floor."
)
@shared
def main(names: tuple[str, ...], *, is_check: bool, **given: Any) -> None:
    """Scores extractors on data sets; by default wcxb, fundus, blocks and flattened."""
    if is_check:
        sys.exit(check(names, given))
    for name in names or DEFAULT_SETS:
        show(name, given)


def score(name: str, chosen: Sequence[str], given: dict[str, Any]) -> list[Scored]:
    """Run and judge the chosen extractors on one set."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    cases = [replace(case, blocks=()) for case in cases_of(name, **where)]
    runs = run_all(cases, chosen, jobs=given["jobs"], timeout_seconds=given["timeout_seconds"])
    return judge(cases, runs)


def show(name: str, given: dict[str, Any]) -> None:
    """Print one set's table and whatever else was requested."""
    scored = score(name, _chosen(name, given["extractors"]), given)
    reference = REFERENCE_FOR_LINES if name in FLATTENED else REFERENCE
    table = markdown if given["style"] else plain
    click.echo(f"\n{name}\n\n{table(COLUMNS, map(cells, tabulate(scored, reference=reference)))}")
    click.echo(faults_as_text(scored), err=True, nl=False)
    if given["by"]:
        click.echo(f"\n{_breakdown(scored, given['by'], table)}")
    if given["worst_count"]:
        _show_worst(scored, given)


def _chosen(name: str, extractors: str | None) -> tuple[str, ...]:
    known = FOR_LINES if name in FLATTENED else FOR_PAGES
    chosen = (
        tuple(chain.from_iterable(MEANS.get(name, (name,)) for name in extractors.split(",")))
        if extractors
        else DEFAULT_FOR_PAGES
        if known is FOR_PAGES
        else tuple(FOR_LINES)
    )
    if unknown := [each for each in chosen if each not in known]:
        raise click.UsageError(f"{unknown[0]!r} does not read {name}; {', '.join(known)} do")
    return chosen


def _breakdown(scored: Sequence[Scored], by: str, table: Any) -> str:
    names = list(with_means(list(dict.fromkeys(item.run.extractor for item in scored))))
    rows = (
        (group, str(pages), *(f"{means[name]:.3f}" for name in names))
        for group, pages, means in break_down(scored, by)
    )
    return str(table((by, "pages", *names), rows))


def _show_worst(scored: Sequence[Scored], given: dict[str, Any]) -> None:
    whose = given["worst_of"] or scored[0].run.extractor
    items = worst(scored, extractor=whose, count=given["worst_count"])
    click.echo(f"\n{worst_as_text(items)}")


def check(names: Sequence[str], given: dict[str, Any]) -> int:
    """Compare copydesk with its floors; 0 where all are kept, 1 where one is not."""
    floors = floors_of("f1")
    if missing := [name for name in names or ("any set",) if name not in floors and names]:
        raise click.ClickException(f"{FLOORS.name} has no floor for {missing[0]}")
    below = 0
    for name in names or floors:
        row = tabulate(score(name, ("copydesk",), given), reference=REFERENCE)[0]
        below += _compare(name, row.f1, f"{row.pages} pages, faults {row.faults}")
    return min(below, 1)


def _compare(name: str, f1: Estimate, of: str) -> bool:
    floor = floors_of("f1")[name]
    is_below = f1.value < floor
    click.echo(f"{name}: {f1} of {of}, floor {floor:.3f}{' NOT REACHED' if is_below else ''}")
    return is_below


def _cases_with_floors(data: Path) -> list[Case]:
    """The cases of all sets that have a floor, in ``group`` the name of the set."""
    return [replace(case, blocks=(), group=name) for name in floors_of("f1") for case in load(name, data)]


def _set_and_f1(case: Case) -> tuple[str, float]:
    return case.group, score_text(case, explained(case).record.text).f1


def _check_sets(found: Sequence[tuple[str, float]]) -> int:
    """Compare each set with its floor; 0 where all are kept, 1 where one is not."""
    sets = {name: [f1 for of, f1 in found if of == name] for name in floors_of("f1")}
    return max([_compare(name, mean(scores), f"{len(scores)} pages") for name, scores in sets.items()])


CHECK = Check(_cases_with_floors, _set_and_f1, _check_sets)


if __name__ == "__main__":
    main()
