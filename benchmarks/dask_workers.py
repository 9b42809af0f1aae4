"""How much faster two workers of Dask are than one, each a process: ``python -m benchmarks.dask_workers``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.arguments import data_option
from benchmarks.intervals import ratio
from benchmarks.pages import pages_for_timing, seconds_of_rest
from copydesk.cleaners.types import Options, Page
from copydesk.flows.io.child import Limits
from copydesk.flows.workers.dask_pages import clean_pages_on_dask

LIMIT = 1.7


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=40), default=400, show_default=True, help="A turn.")
@click.option("--turns", type=click.IntRange(min=2), default=3, show_default=True, help="Turns of each.")
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@click.option(
    "--limit", default=LIMIT, show_default=True, help="Exit code 1 where it is not so many times as fast."
)
def main(*, data: Path, count: int, turns: int, seed: int, limit: float) -> None:
    """Time runs on clusters of one and of two workers in turn, from when all have loaded what they need."""
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    pages = [Page(case.read(), url=case.url, content_type=case.media) for case in cases]
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(turns):
        for workers, times in seconds.items():
            times.append(_seconds(pages, workers))
    click.echo(f"{origin}, {turns} turns, without the start of the clusters")
    for workers, times in seconds.items():
        click.echo(f"{workers} worker{'s' * (workers > 1)}: {len(pages) * turns / sum(times):.1f} pages/s")
    faster = ratio(seconds[1], seconds[2])
    click.echo(f"two workers of Dask are {faster} times as fast as one")
    sys.exit(int(faster.value < limit))


def _seconds(pages: Sequence[Page], workers: int) -> float:
    # as many as are under way at once while batches are still small
    warming = pages[: 16 * workers]
    records = clean_pages_on_dask([*warming, *pages], options=Options(), limits=Limits(), jobs=workers)
    return seconds_of_rest(records, warming=len(warming))


if __name__ == "__main__":
    main()
