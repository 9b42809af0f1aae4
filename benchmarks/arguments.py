"""Options all quality measures share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from benchmarks.sets import DEFAULT_DATA, Case, MissingDataError, load, pick

F = TypeVar("F", bound=Callable[..., Any])
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DEFAULT_DATA,
    show_default="../shared/data",
    help="Folder of the data sets.",
)


def shared(command: F) -> F:
    """Add --data, --limit, --sample, --seed, --jobs and --timeout."""
    for option in reversed(
        (
            data_option,
            click.option("--limit", type=click.IntRange(min=1), help="Only the first N pages of a set."),
            click.option(
                "--sample", type=click.IntRange(min=1), help="Only N pages of a set, drawn at random."
            ),
            click.option("--seed", default=0, show_default=True, help="Seed of --sample."),
            click.option(
                "--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes."
            ),
            click.option(
                "--timeout",
                "timeout_seconds",
                default=20.0,
                show_default=True,
                help="Seconds a page may take.",
            ),
        )
    ):
        command = option(command)
    return command


def cases_of(name: str, *, data: Path, limit: int | None, sample: int | None, seed: int) -> tuple[Case, ...]:
    """Return the chosen pages of a set; a usage error where there is no data."""
    try:
        return pick(load(name, data), limit=limit, sample=sample, seed=seed)
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
