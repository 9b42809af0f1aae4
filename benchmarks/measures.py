"""Measures of copydesk alone: shares of what should happen, each with the least it may be in ``floors.toml``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import tomli

FLOORS = Path(__file__).with_name("floors.toml")
Share = tuple[float, float]
"""How much is as it should be, and of how much."""


class Outcome(NamedTuple):
    """What became of a case, in one table of ``floors.toml``: its part of each figure; groups that are counted apart,
    too; in words what went wrong.
    """

    table: str
    shares: Mapping[str, Share]
    groups: Sequence[str] = ()
    wrong: Sequence[str] = ()


class Measure(NamedTuple):
    """A measure: its cases, so many of each set or language or all; what becomes of one; how many of each are enough
    for the floors; figures that are made of the others.
    """

    cases: Callable[[Path, int | None], Sequence[Any]]
    outcomes: Callable[[Any], Iterable[Outcome]]
    sample: int | None = None
    derived: Callable[[dict[str, Share]], dict[str, Share]] = dict


def counted(flags: Iterable[bool]) -> Share:
    """How many are true, of all."""
    all_ = list(flags)
    return sum(all_), len(all_)


def add_up(outcomes: Iterable[Outcome]) -> dict[str, dict[str, dict[str, Share]]]:
    """By table and group (``""`` of all) the sums of each figure."""
    sums: dict[str, dict[str, dict[str, Share]]] = {}
    for one in outcomes:
        for group in ("", *one.groups):
            figures = sums.setdefault(one.table, {}).setdefault(group, {})
            for name, (good, of) in one.shares.items():
                before = figures.get(name, (0.0, 0.0))
                figures[name] = before[0] + good, before[1] + of
    return sums


def in_words(share: Share) -> str:
    """The share with its counts."""
    good, of = share
    return f"{good / of:.4f} ({good:g} of {of:g})" if of else "none"


def floors_of(table: str) -> dict[str, float]:
    """The floors of a table; none where there is no such table."""
    found: Any = tomli.loads(FLOORS.read_text("utf-8"))
    for name in table.split("."):
        found = found.get(name, {})
    return {name: floor for name, floor in found.items() if isinstance(floor, float)}


def is_below_floor(table: str, figures: Mapping[str, Share]) -> bool:
    """Prints each figure beside its floor; whether one is below it. A floor without a figure is not reached."""
    floors, is_below = floors_of(table), False
    for name in {**figures, **floors}:
        good, of = figures.get(name, (0.0, 0.0))
        line = f"{table} {name}: {in_words((good, of))}"
        if name in floors:
            fails = not of or good / of < floors[name]
            is_below |= fails
            line += f", floor {floors[name]:.4f}{' NOT REACHED' if fails else ''}"
        click.echo(line)
    return is_below
