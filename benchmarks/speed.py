"""Pages a second of copydesk beside other extractors, page by page in one process: ``python -m benchmarks.speed``."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median, quantiles

import click

from benchmarks.extractors import FOR_PAGES
from benchmarks.pages import pages_for_timing
from benchmarks.runner import data_option
from benchmarks.scoring import ratio, table
from benchmarks.sets import Case
from copydesk.flows.shortening import shortened

OURS = "copydesk"
PEERS = {
    "trafilatura-metadata": "trafilatura", "trafilatura": "trafilatura", "trafilatura-fast": "trafilatura",
    "readability-lxml": "readability", "newspaper4k": "newspaper", "resiliparse": "resiliparse", "datatrove": "datatrove",
}  # fmt: skip
"""Whom to compare with, each with its module. All give text; the first also metadata: the nearest to a record."""


@click.command()
@data_option
@click.option(
    "--pages", "count", type=click.IntRange(min=2), default=200, show_default=True, help="A fifth warms up."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@click.option("--peer", "peers", multiple=True, type=click.Choice(list(PEERS)), default=list(PEERS))
def main(*, data: Path, count: int, seed: int, peers: tuple[str, ...]) -> None:
    """Time whole records against what others make of a page, one after the other on each page. Peers that are not
    installed are left out.
    """
    logging.disable(logging.CRITICAL)
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    # the first fifth warms up, and is not timed: extractors load words and patterns on first use
    warm, cases = cases[: len(cases) // 5], cases[len(cases) // 5 :]
    names = (OURS, *(name for name in peers if find_spec(PEERS[name])))
    interleave(warm, names)
    times = interleave(cases, names)
    size = fmean(len(case.read()) for case in cases) / 1000
    click.echo(f"{origin}, {len(cases)} timed, {size:.0f} KB on average, processor time")
    rows = []
    for name, seconds in times.items():
        quarters = (f"{1000 * one:.1f}" for one in (*quantiles(seconds, n=4), max(seconds)))
        faster = (
            f"{ratio(seconds, times[OURS])} times; by medians {median(seconds) / median(times[OURS]):.2f}"
        )
        rows.append((name, f"{len(cases) / sum(seconds):.1f}", *quarters, "" if name == OURS else faster))
    head = ("", "pages/s", "lower ms", "median ms", "upper ms", "most ms", "copydesk is faster")
    click.echo(table(head, rows))


def interleave(cases: Sequence[Case], names: Sequence[str]) -> dict[str, list[float]]:
    """Return the processor time in seconds of each extractor on each page; who is first on a page goes round."""
    times: dict[str, list[float]] = {name: [] for name in names}
    for place, case in enumerate(cases):
        body = case.read()
        for name in names if place % 2 else tuple(reversed(names)):
            times[name].append(_timed(name, case, body))
    return times


def _timed(name: str, case: Case, body: bytes) -> float:
    started = time.process_time()
    try:
        FOR_PAGES[name](case, body)
    except Exception as error:
        if name == OURS:
            raise
        # of 200 real pages one has signs on which readability-lxml fails; what it took until then counts
        click.echo(f"{name} fails on {case.id}: {shortened(str(error))}", err=True)
    return time.process_time() - started


if __name__ == "__main__":
    main()
