"""Memory and pace of one worker over many pages, never replaced: ``python -m benchmarks.long_run`` (Linux).

A worker of a run is replaced after some hundred pages. This one is not, so that what leaks shows.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import click

from benchmarks.arguments import data_option
from benchmarks.composed import compose_page
from benchmarks.memory import look
from benchmarks.pages import pages_for_timing
from copydesk.cleaners import clean_page
from copydesk.cleaners.types import Options, Page
from copydesk.flows.io.child import Limits
from copydesk.flows.workers.pool import PagePool

LIMIT_MB = 300
MOST_GROWTH_MB = 10.0
"""Per ten thousand pages, over the second half of a run."""


class Look(NamedTuple):
    """After so many pages: MB of the worker, and pages a second since the look before."""

    pages: int
    megabytes: float
    pace: float


@click.command()
@data_option
@click.option("--pages", "count", type=click.IntRange(min=20), default=10_000, show_default=True)
@click.option(
    "--looks", type=click.IntRange(min=4), default=20, show_default=True, help="How often memory is read."
)
@click.option(
    "--composed", "is_composed", is_flag=True, help="Composed pages, each another, though there is data."
)
@click.option("--limit", "limit_mb", default=LIMIT_MB, show_default=True, help="MB the worker may have.")
def main(*, data: Path, count: int, looks: int, is_composed: bool, limit_mb: float) -> None:
    """Clean so many pages in one worker. Exit code 1 above the limit, or where memory keeps growing."""
    pages, origin = _pages(data, count, is_composed=is_composed)
    click.echo(f"{count:,} pages ({origin}) in one worker")
    found = []
    for look_now in _looks(pages, count, every=max(1, count // looks)):
        found.append(look_now)
        click.echo(f"{look_now.pages:9,} pages  {look_now.megabytes:6.0f} MB  {look_now.pace:6.1f} pages/s")
    growth, most = growth_of(found), max(one.megabytes for one in found)
    click.echo(f"most {most:.0f} MB; second half {growth:+.1f} MB per 10,000 pages")
    sys.exit(int(most > limit_mb or growth > MOST_GROWTH_MB))


def _pages(data: Path, count: int, *, is_composed: bool) -> tuple[Iterator[Page], str]:
    if is_composed:
        sizes = (5, 15, 30, 30, 45, 60, 90, 180)
        made = (compose_page(paragraphs=sizes[seed % len(sizes)], seed=seed) for seed in range(count))
        return (Page(body) for body in made), "composed, each another"
    cases, origin = pages_for_timing(data, count=min(count, 900))
    again = itertools.islice(itertools.cycle(cases), count)
    pages = (Page(case.read(), url=case.url, content_type=case.media) for case in again)
    return pages, f"{origin}, over and over"


def _looks(pages: Iterator[Page], count: int, *, every: int) -> Iterator[Look]:
    # one more than there are, so that it is never replaced
    limits = Limits(pages_per_worker=count + 1)
    with PagePool(partial(clean_page, options=Options()), limits=limits, jobs=1) as pool:
        since = time.perf_counter()
        for number, _ in enumerate(pool.records(pages), start=1):
            if number % every == 0:
                now = time.perf_counter()
                # of this process, the fork server and the worker the worker is the largest
                largest = look(os.getpid(), at_seconds=now).largest
                yield Look(number, largest, every / (now - since))
                since = now


def growth_of(looks: Sequence[Look]) -> float:
    """MB per ten thousand pages over the second half: the median of all slopes, which single looks do not bend."""
    half = looks[len(looks) // 2 :]
    pairs = itertools.combinations(half, 2)
    return 10_000 * median(
        (late.megabytes - early.megabytes) / (late.pages - early.pages) for early, late in pairs
    )


if __name__ == "__main__":
    main()
