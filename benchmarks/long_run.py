"""Memory and pace of one worker over many pages, never replaced: ``python -m benchmarks.long_run`` (Linux).

A worker of a run is replaced after some hundred pages. This one is not, so that what leaks shows. Where there are fewer
pages than there are, they come again with other sentences and links each time: what is remembered of their texts
is of no use then, as on a crawl.
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
from benchmarks.pages import pages_for_timing, reworded
from benchmarks.sets import Case
from copydesk.cleaners import clean_page
from copydesk.cleaners.types import Options, Page
from copydesk.flows.io.child import Limits
from copydesk.flows.workers.pool import PagePool

LIMIT_MB = 300
MOST_GROWTH_MB = 10.0
"""Per ten thousand pages, over the second half of a run."""


class Look(NamedTuple):
    """After so many pages: MB of the worker, and pages a second since the look before.

    ``megabytes`` is all that the worker has in memory (RSS), ``share`` counts what it has together with other
    processes in parts (PSS), ``own`` not at all (USS).
    """

    pages: int
    megabytes: float
    share: float
    own: float
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
        click.echo(
            f"{look_now.pages:9,} pages  {look_now.megabytes:6.0f} MB, with shared memory in parts {look_now.share:.0f}, "
            f"without {look_now.own:.0f}  {look_now.pace:6.1f} pages/s"
        )
    growth, most = growth_of(found), max(one.megabytes for one in found)
    tenth = max(1, len(found) // 10)
    first, last = (median(one.megabytes for one in part) for part in (found[:tenth], found[-tenth:]))
    click.echo(
        f"most {most:.0f} MB; first tenth {first:.0f}, last {last:.0f}; "
        f"second half {growth:+.1f} MB per 10,000 pages"
    )
    sys.exit(int(most > limit_mb or growth > MOST_GROWTH_MB))


def _pages(data: Path, count: int, *, is_composed: bool) -> tuple[Iterator[Page], str]:
    if is_composed:
        sizes = (5, 15, 30, 30, 45, 60, 90, 180)
        made = (compose_page(paragraphs=sizes[seed % len(sizes)], seed=seed) for seed in range(count))
        return (Page(body) for body in made), "composed, each another"
    cases, origin = pages_for_timing(data, count=min(count, 900))
    turns = ((case, turn) for turn in itertools.count() for case in cases)
    pages = itertools.starmap(_in_turn, itertools.islice(turns, count))
    return pages, f"{origin}, again and again with other sentences"


def _in_turn(case: Case, turn: int) -> Page:
    if turn == 0:
        return Page(case.read(), url=case.url, content_type=case.media)
    return Page(reworded(case.read(), turn), url=case.url)


def _looks(pages: Iterator[Page], count: int, *, every: int) -> Iterator[Look]:
    # one more than there are, so that it is never replaced
    limits = Limits(pages_per_worker=count + 1)
    with PagePool(partial(clean_page, options=Options()), limits=limits, jobs=1) as pool:
        since = time.perf_counter()
        for number, _ in enumerate(pool.records(pages), start=1):
            if number % every == 0:
                now = time.perf_counter()
                sizes = look(os.getpid(), at_seconds=now).workers
                # of the fork server and the worker the worker is the largest
                yield Look(number, *memory_of(max(sizes, key=sizes.__getitem__)), every / (now - since))
                since = now


def memory_of(pid: int) -> tuple[float, float, float]:
    """MB that a process has: all of it, shared memory in parts, and its own alone (RSS, PSS, USS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    sizes = {name: int(size) / 1024 for name, size, _ in (line.split() for line in lines)}
    return sizes["Rss:"], sizes["Pss:"], sizes["Private_Clean:"] + sizes["Private_Dirty:"]


def growth_of(looks: Sequence[Look]) -> float:
    """MB per ten thousand pages over the second half: the median of all slopes, which single looks do not bend."""
    half = looks[len(looks) // 2 :]
    pairs = itertools.combinations(half, 2)
    return 10_000 * median(
        (late.megabytes - early.megabytes) / (late.pages - early.pages) for early, late in pairs
    )


if __name__ == "__main__":
    main()
