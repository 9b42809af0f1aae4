"""Pages a second of copydesk beside trafilatura, page by page in one process: ``python -m benchmarks.speed``."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, median

import click

from benchmarks.arguments import data_option
from benchmarks.extractors import FOR_PAGES
from benchmarks.intervals import ratio
from benchmarks.pages import pages_for_timing
from benchmarks.sets import Case
from benchmarks.stages import watch
from copydesk.cleaners.pipeline import assembly, cleaning, reading
from copydesk.cleaners.types import Page

OURS, PEER = "copydesk", "trafilatura-metadata"


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
@click.option(
    "--peer",
    type=click.Choice(list(FOR_PAGES)),
    default=PEER,
    show_default=True,
    help="Whom to compare with.",
)
@click.option("--stages", "is_by_stage", is_flag=True, help="Afterwards, time the stages of cleaning.")
@click.option("--at-least", type=float, help="Exit code 1 where copydesk is not so many times as fast.")
def main(  # noqa: PLR0913 - one parameter an option
    *, data: Path, count: int, rounds: int, seed: int, peer: str, is_by_stage: bool, at_least: float | None
) -> None:
    """Time whole records against the peer with metadata, one after the other on each page."""
    logging.disable(logging.CRITICAL)
    cases, origin = pages_for_timing(data, count=count, seed=seed)
    # the first fifth warms up, and is not timed: extractors load words and patterns on first use
    warm, cases = cases[: len(cases) // 5], cases[len(cases) // 5 :]
    interleave(warm, [case.read() for case in warm], (OURS, peer), rounds=1)
    bodies = [case.read() for case in cases]
    times = interleave(cases, bodies, (OURS, peer), rounds=rounds)
    click.echo(
        f"{origin}, {len(cases)} timed, {fmean(map(len, bodies)) / 1000:.0f} KB on average, processor time"
    )
    for name, seconds in times.items():
        click.echo(
            f"{name}: {len(cases) / sum(seconds):.1f} pages/s,"
            f" median {1000 * median(seconds):.1f} ms, most {1000 * max(seconds):.0f} ms"
        )
    faster = ratio(times[peer], times[OURS])
    click.echo(f"{OURS} is {faster} times as fast as {peer}")
    click.echo(
        f"{OURS} on a page of 200 KB, at the same time a byte: {200_000 * _slope(bodies, times[OURS]) * 1000:.1f} ms"
    )
    if is_by_stage:
        show_stages(cases, bodies)
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
                best[name][place] = min(best[name][place], _timed(FOR_PAGES[name], case, body))
    return best


def _timed(find: Callable[[Case, bytes], object], case: Case, body: bytes) -> float:
    started = time.process_time()
    find(case, body)
    return time.process_time() - started


def _slope(bodies: Sequence[bytes], seconds: Sequence[float]) -> float:
    """Seconds a byte: all time over all bytes."""
    return sum(seconds) / sum(map(len, bodies))


def show_stages(cases: Sequence[Case], bodies: Sequence[bytes]) -> None:
    """Print the time of each function a page goes through, in a run of its own: clocks cost time too."""
    with watch(cleaning, reading, assembly) as clock:
        for case, body in zip(cases, bodies, strict=True):
            cleaning.clean_page(Page(body=body, url=case.url, content_type=case.media))
    total = sum(clock.seconds.values())
    for name, seconds in sorted(clock.seconds.items(), key=lambda entry: -entry[1]):
        click.echo(
            f"  {name:36} {1000 * seconds / len(cases):7.2f} ms a page  {100 * seconds / total:5.1f} %"
        )


if __name__ == "__main__":
    main()
