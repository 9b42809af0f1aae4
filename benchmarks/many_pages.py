"""Pages a second of ``clean_many`` by number of workers: ``python -m benchmarks.many_pages``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.intervals import ratio
from benchmarks.pages import pages_for_timing, seconds_of_rest
from copydesk import Page, clean_many


@click.command()
@data_option
@click.option("--pages", "count", default=200, show_default=True, help="How many pages a turn.")
@click.option(
    "--jobs", type=click.IntRange(min=2), default=2, show_default=True, help="Workers to compare with one."
)
@click.option("--turns", type=click.IntRange(min=2), default=5, show_default=True, help="Turns of each.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@click.option("--at-least", type=float, help="Exit code 1 where so many times as fast is not reached.")
def main(*, data: Path, count: int, jobs: int, turns: int, seed: int, at_least: float | None) -> None:  # noqa: PLR0913 - one parameter an option
    """Time whole runs with one worker and with several, in turns: what else the machine does meets both."""
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    pages = [Page(case.read(), url=case.url, content_type=case.media) for case in cases]
    seconds: dict[int, list[float]] = {1: [], jobs: []}
    for _ in range(turns):
        for workers, times in seconds.items():
            times.append(_seconds(pages, workers))
    click.echo(f"{origin}, {turns} turns, seconds from the first record to the last")
    for workers, times in seconds.items():
        click.echo(f"{workers} worker{'s' * (workers > 1)}: {len(pages) * turns / sum(times):.1f} pages/s")
    faster = ratio(seconds[1], seconds[jobs])
    click.echo(f"{jobs} workers are {faster} times as fast as one")
    if at_least is not None and faster.value < at_least:
        sys.exit(1)


def _seconds(pages: Sequence[Page], workers: int) -> float:
    # as many pages first as workers take at once
    warming = pages[: 8 * workers]
    return seconds_of_rest(clean_many([*warming, *pages], jobs=workers), warming=len(warming))


if __name__ == "__main__":
    main()
