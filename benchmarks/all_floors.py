"""Has copydesk all that it had: ``python -m benchmarks.all_floors``.

Every measure of copydesk alone beside its floors of ``floors.toml``, in one pass: a page that several sets have is
cleaned once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import (
    claim_traps,
    everyday,
    gold,
    labels,
    openweb,
    page_types,
    provenance,
    quality,
    real_residue,
    residue,
)
from benchmarks.cleaning import page_alone
from benchmarks.measures import Measure, Outcome, add_up, in_words, is_below_floor
from benchmarks.runner import data_option, in_workers, jobs_option, quiet
from benchmarks.sets import Case

MEASURES: dict[str, Measure] = {
    "gold": gold.MEASURE,
    "residue": residue.MEASURE,
    "claim_traps": claim_traps.MEASURE,
    "provenance": provenance.MEASURE,
    "labels": labels.MEASURE,
    "page_types": page_types.MEASURE,
    "quality": quality.MEASURE,
    "openweb.pages": openweb.PAGES,
    "openweb.prose": openweb.PROSE,
    "openweb.real_residue": real_residue.MEASURE,
    "openweb.clean_text": openweb.CLEAN_TEXT,
    "openweb.truths": openweb.TRUTHS,
    "everyday.composed": everyday.MEASURE,
    "everyday.real": quality.CUT_MEASURE,
}
UNSEEN: dict[str, Measure] = {
    "page_types.unseen": page_types.UNSEEN,
    "real_residue.unseen": real_residue.UNSEEN,
}
"""By models that have seen nothing of the page's site or the line's source; floors are for the packaged ones."""
_PATIENCE_SECONDS = 300.0
"""For all measures of a page: it is there for what never ends, on the busiest machine."""
_NEW_OBJECTS = 10_000
"""After so many new objects a worker looks for garbage, as those of ``copydesk ingest`` do: Python's 700 are a fraction
of a page's, and would take an eighth of the time.
"""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice([*MEASURES, *UNSEEN]))
@data_option
@jobs_option
@click.option("--sample", type=click.IntRange(min=1), help="Only so many of each set or language.")
@click.option("--whole", is_flag=True, help="All sentences and texts, of which the floors need a part.")
@click.option("--groups", is_flag=True, help="Figures of each language, label or type of page, too.")
@click.option("--show", is_flag=True, help="List what is wrong, of what may be read.")
def main(names: tuple[str, ...], *, data: Path, jobs: int, **given: Any) -> None:
    """Compare copydesk with its floors; exit code 1 below one, or where a page crashes.

    NAMES: all of them unless some are named.
    """
    chosen = {name: {**MEASURES, **UNSEEN}[name] for name in names or MEASURES}
    cases = {
        name: one.cases(data, given["sample"] or (None if given["whole"] else one.sample))
        for name, one in chosen.items()
    }
    found, faults = _results(cases, jobs)
    for fault in faults:
        click.echo(f"fault {fault}")
    is_below = False
    for name, outcomes in found.items():
        for table, by_group in add_up(outcomes).items():
            is_below |= is_below_floor(table, chosen[name].derived(by_group.pop("")))
            for group, figures in sorted(by_group.items()) if given["groups"] else ():
                shares = (f"{figure} {in_words(share)}" for figure, share in figures.items())
                click.echo(f"  {group}: {', '.join(shares)}")
        for wrong in (line for one in outcomes for line in one.wrong) if given["show"] else ():
            click.echo(wrong)
    if is_below or faults:
        sys.exit(1)


def _results(cases: Mapping[str, Sequence[Any]], jobs: int) -> tuple[dict[str, list[Outcome]], list[str]]:
    """What became of the cases of each measure, in order, and in words those of which nothing could be made."""
    groups = _by_page(cases)
    tasks = [([(name, cases[name][place]) for name, place in group],) for group in groups]
    results = in_workers(_measured, tasks, jobs=jobs, timeout_seconds=_PATIENCE_SECONDS, warm=_begin)
    result_of: dict[tuple[str, int], list[Outcome] | str] = {}
    for group, of_group in zip(groups, results, strict=True):
        # a group that died or hung has one reason for all
        each = [of_group] * len(group) if isinstance(of_group, str) else of_group
        result_of.update(zip(group, each, strict=True))
    found: dict[str, list[Outcome]] = {name: [] for name in cases}
    faults = []
    for name, of in cases.items():
        for place, case in enumerate(of):
            result = result_of[name, place]
            if isinstance(result, str):
                faults.append(f"{name} {getattr(case, 'id', place)}: {result}")
            else:
                found[name] += result
    return found, faults


def _by_page(cases: Mapping[str, Sequence[Any]]) -> list[list[tuple[str, int]]]:
    """The measures of one page together, each with the place of the case: a worker cleans the page once, and what it
    remembers of short texts serves both settings of a block.
    """
    groups: dict[object, list[tuple[str, int]]] = {}
    for name, of in cases.items():
        for place, case in enumerate(of):
            page: object = (name, place)
            if isinstance(case, Case):
                page = page_alone(case)
            elif isinstance(case, residue.Setting):
                page = case.item  # the same words as HTML and as text
            groups.setdefault(page, []).append((name, place))
    return list(groups.values())


def _begin() -> None:
    quiet()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _measured(group: Sequence[tuple[str, Any]]) -> list[list[Outcome] | str]:
    """The outcomes of one group, in order; of what fails the reason in words."""
    return [_outcomes({**MEASURES, **UNSEEN}[name], case) for name, case in group]


def _outcomes(measure: Measure, case: Any) -> list[Outcome] | str:
    try:
        return list(measure.outcomes(case))
    except Exception as error:  # noqa: BLE001 - the other measures of the page have their outcomes
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
