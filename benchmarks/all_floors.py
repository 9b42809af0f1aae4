"""Has copydesk all that it had: ``python -m benchmarks.all_floors``.

Every floor of ``floors.toml`` that real pages are for, and the gold, in one pass: a page that several sets have is
cleaned once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import everyday, gold, labels, openweb, page_types, provenance, quality, residue
from benchmarks.arguments import data_option
from benchmarks.explained import page_alone
from benchmarks.floors import Check
from benchmarks.runner import Warming, in_workers, quiet
from benchmarks.sets import Case, MissingDataError

CHECKS: dict[str, Check] = {
    "gold": gold.CHECK,
    "residue": residue.CHECK,
    "provenance": provenance.CHECK,
    "labels": labels.CHECK,
    "page_types": page_types.CHECK,
    "quality": quality.CHECK,
    **openweb.CHECKS,
    **everyday.CHECKS,
}
_PATIENCE_SECONDS = 300.0
"""For all checks of a page: it is there for what never ends, on the busiest machine."""
_NEW_OBJECTS = 10_000
"""After so many new objects a worker looks for garbage, as those of ``copydesk ingest`` do: Python's 700 are a fraction
of a page's, and would take an eighth of the time.
"""

_CheckedCase = tuple[str, int]
"""A check, and the place of a case among its cases."""


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(CHECKS)))
@data_option
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
def main(*, names: tuple[str, ...], data: Path, jobs: int) -> None:
    """Compare copydesk with its floors; exit code 1 below one, or where a page crashes.

    NAMES: all of them unless some are named.
    """
    try:
        cases = {name: CHECKS[name].cases(data) for name in names or CHECKS}
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    found, faults = _results(cases, jobs)
    for fault in faults:
        click.echo(f"fault {fault}")
    # of nothing there are no figures
    below = [CHECKS[name].verdict(results) for name, results in found.items() if results]
    sys.exit(max([*below, min(len(faults), 1)]))


def _results(cases: dict[str, Sequence[Any]], jobs: int) -> tuple[dict[str, list[Any]], list[str]]:
    """What each check made of its cases, in order, and in words those of which nothing could be made."""
    groups = _by_page(cases)
    tasks = [([(name, cases[name][place]) for name, place in group],) for group in groups]
    outcomes = in_workers(
        _measured, tasks, jobs=jobs, timeout_seconds=_PATIENCE_SECONDS, warm=Warming(_begin, ())
    )
    outcome_of: dict[_CheckedCase, Any] = {}
    for group, outcome in zip(groups, outcomes, strict=True):
        # a group that died or hung has one reason for all
        outcome_of |= zip(group, [outcome] * len(group) if isinstance(outcome, str) else outcome, strict=True)
    found: dict[str, list[Any]] = {name: [] for name in cases}
    faults = []
    for name, of in cases.items():
        for place in range(len(of)):
            result = outcome_of[name, place]
            if isinstance(result, str):
                faults.append(f"{name} {getattr(of[place], 'id', place)}: {result}")
            else:
                found[name].append(result)
    return found, faults


def _by_page(cases: dict[str, Sequence[Any]]) -> list[list[_CheckedCase]]:
    """The checks of one page together: a worker cleans it once."""
    groups: dict[object, list[_CheckedCase]] = {}
    for name, of in cases.items():
        for place, case in enumerate(of):
            page = page_alone(case) if isinstance(case, Case) else (name, place)
            groups.setdefault(page, []).append((name, place))
    return list(groups.values())


def _begin() -> None:
    quiet()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _measured(group: Sequence[tuple[str, Any]]) -> list[Any]:
    """The results of one group, in order; of what fails the reason in words."""
    return [_result(CHECKS[name], case) for name, case in group]


def _result(check: Check, case: Any) -> Any:
    try:
        return check.measure(case)
    except Exception as error:  # noqa: BLE001 - the other checks of the page have their results
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
