"""The least copydesk may have: ``floors.toml`` beside this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import tomli

FLOORS = Path(__file__).with_name("floors.toml")


class Check(NamedTuple):
    """A check of data sets against floors: the cases; what is made of each, in words where it
    fails; whether all results together reach the floors, 0 or 1.
    """

    cases: Callable[[Path], Sequence[Any]]
    measure: Callable[[Any], Any]
    verdict: Callable[[Sequence[Any]], int]


def floors_of(table: str) -> dict[str, float]:
    """The floors of one kind. A usage error where there is none."""
    found: Any = tomli.loads(FLOORS.read_text("utf-8"))
    for name in table.split("."):
        found = found.get(name, {})
    if not found:
        raise click.ClickException(f"{FLOORS.name} has no floor of {table}")
    floors: dict[str, float] = found
    return floors


def compare_with_floors(table: str, figures: Mapping[str, float]) -> int:
    """Prints each figure beside its floor; 0 where all are kept, 1 where one is not."""
    below = 0
    for name, floor in floors_of(table).items():
        is_below = figures[name] < floor
        below += is_below
        click.echo(
            f"{table} {name}: {figures[name]:.4f}, floor {floor:.4f}{' NOT REACHED' if is_below else ''}"
        )
    return min(below, 1)
