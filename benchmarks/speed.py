"""Pages a second of copydesk beside other extractors, page by page in one process: ``python -m benchmarks.speed``."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median, quantiles

import click

from benchmarks.arguments import data_option
from benchmarks.extractors import FOR_PAGES
from benchmarks.intervals import ratio
from benchmarks.pages import pages_for_timing
from benchmarks.sets import Case
from copydesk.flows.shortening import shortened

OURS = "copydesk"
PEERS = (
    "trafilatura-metadata", "trafilatura", "trafilatura-fast", "readability-lxml", "newspaper4k", "resiliparse",
    "datatrove",
)  # fmt: skip
"""All give text; the first also metadata, and is the nearest to a record."""


def chosen_peers(_: click.Context, __: click.Parameter, given: str) -> tuple[str, ...]:
    """The peers named, without those that are not installed, which are named. Raises UsageError where none is left."""
    names = tuple(dict.fromkeys(filter(None, given.split(","))))
    if unknown := [name for name in names if name not in FOR_PAGES or name == OURS]:
        raise click.UsageError(f"no such peer: {unknown[0]}; there are {', '.join(PEERS)}")
    missing = [name for name in names if find_spec(_PACKAGES.get(name, "trafilatura")) is None]
    for name in missing:
        click.echo(f"{name} is not installed, and left out", err=True)
    if not (found := tuple(name for name in names if name not in missing)):
        raise click.UsageError("no peer to compare with")
    return found


_PACKAGES = {
    "readability-lxml": "readability", "newspaper4k": "newspaper", "resiliparse": "resiliparse",
    "datatrove": "datatrove", "jusText": "justext",
}  # fmt: skip


peers_option = click.option(
    "--peers",
    callback=chosen_peers,
    default=",".join(PEERS),
    show_default=True,
    metavar="NAMES",
    help="Whom to compare with.",
)


@click.command()
@data_option
@click.option(
    "--pages",
    "count",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="How many pages; a fifth warms up.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How often; a page's time is the least. Above 1 whoever caches gains.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of the choice of pages.")
@peers_option
@click.option(
    "--at-least",
    type=float,
    help="Exit code 1 where copydesk is not so many times as fast as the first of --peers.",
)
def main(  # noqa: PLR0913 - one parameter an option
    *,
    data: Path,
    count: int,
    rounds: int,
    seed: int,
    peers: tuple[str, ...],
    at_least: float | None,
) -> None:
    """Time whole records against what others make of a page, one after the other on each page."""
    logging.disable(logging.CRITICAL)
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    # the first fifth warms up, and is not timed: extractors load words and patterns on first use
    warm, cases = cases[: len(cases) // 5], cases[len(cases) // 5 :]
    interleave(warm, [case.read() for case in warm], (OURS, *peers), rounds=1)
    bodies = [case.read() for case in cases]
    times = interleave(cases, bodies, (OURS, *peers), rounds=rounds)
    click.echo(
        f"{origin}, {len(cases)} timed, {fmean(map(len, bodies)) / 1000:.0f} KB on average, processor time"
    )
    click.echo(
        f"{'':22}{'pages/s':>9}{'lower':>9}{'median':>9}{'upper':>9}{'most':>9} ms   copydesk is faster"
    )
    for name, seconds in times.items():
        comparison = (
            ""
            if name == OURS
            else f"{ratio(seconds, times[OURS])} times; by medians {_by_medians(seconds, times)}"
        )
        quarters = "".join(f"{1000 * one:9.1f}" for one in (*quantiles(seconds, n=4), max(seconds)))
        click.echo(f"{name:22}{len(cases) / sum(seconds):9.1f}{quarters}      {comparison}")
    faster = ratio(times[peers[0]], times[OURS])
    if at_least is not None and faster.value < at_least:
        sys.exit(1)


def interleave(
    cases: Sequence[Case], bodies: Sequence[bytes], names: Sequence[str], *, rounds: int
) -> dict[str, list[float]]:
    """Return the least processor time in seconds of each extractor on each page; who is first on a page goes round."""
    best = {name: [float("inf")] * len(cases) for name in names}
    for turn in range(rounds):
        for place, (case, body) in enumerate(zip(cases, bodies, strict=True)):
            for name in names if (turn + place) % 2 else tuple(reversed(names)):
                best[name][place] = min(best[name][place], _timed(name, case, body))
    return best


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


def _by_medians(seconds: Sequence[float], times: Mapping[str, Sequence[float]]) -> str:
    """How many times as fast, with no weight on the slowest pages."""
    return f"{median(seconds) / median(times[OURS]):.2f}"


if __name__ == "__main__":
    main()
