"""How time grows with the size of a page, beside other extractors: ``python -m benchmarks.growth``.

Pages are composed, from 10 KB to 10 MB. Who takes more than ``--patience`` seconds for a page is given no larger one.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path

import click

from benchmarks.chart import Series, log_chart
from benchmarks.composed import compose_page
from benchmarks.extractors import FOR_PAGES
from benchmarks.sets import Case
from benchmarks.speed import OURS, peers_option

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""Bytes of a page, about."""
STEEP = 1.25
"""Time that is so many powers of the size is no longer linear."""
# of benchmarks.composed, counted
_BYTES_OF_FRAME, _BYTES_OF_PARAGRAPH = 9_500, 1_100


@click.command()
@peers_option
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Of each size; the least counts.",
)
@click.option("--most", default=SIZES[-1], show_default=True, help="Bytes of the largest page.")
@click.option("--patience", default=60.0, show_default=True, help="Seconds a page may take.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a chart there.")
@click.option("--check", is_flag=True, help="Exit code 1 where copydesk's time is not linear.")
def main(  # noqa: PLR0913 - one parameter an option
    *, peers: tuple[str, ...], rounds: int, most: int, patience: float, svg: Path | None, check: bool
) -> None:
    """Time composed pages of rising size, in turn, by processor time."""
    logging.disable(logging.CRITICAL)
    names = (OURS, *peers)
    # words and patterns are loaded with the first page
    _least(_page(SIZES[0], seed=0), names, rounds=1)
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    click.echo(f"{'bytes':>12}" + "".join(f"{name:>22}" for name in names))
    for seed, size in enumerate((size for size in SIZES if size <= most), start=1):
        patient = [name for name in names if not points[name] or points[name][-1][1] <= patience]
        page = _page(size, seed=seed)
        for name, seconds in _least(page, patient, rounds=rounds).items():
            points[name].append((len(page.body or ""), seconds))
        click.echo(f"{len(page.body or ''):12,}" + "".join(_cells(names, points, row=seed)))
    for name in names:
        click.echo(f"{name}: time grows with the {growth(points[name]):.2f}th power of the size")
    if svg is not None:
        series = [Series(name, points[name], is_ours=name == OURS) for name in names]
        svg.write_text(log_chart(series, across="bytes of a page", up="seconds of processor time"), "utf-8")
    sys.exit(int(check and growth(points[OURS]) > STEEP))


def _page(size: int, *, seed: int) -> Case:
    count = max(1, (size - _BYTES_OF_FRAME) // _BYTES_OF_PARAGRAPH)
    address = f"http://localhost/news/{seed}"
    return Case(f"composed-{size}", Path(), "", url=address, body=compose_page(paragraphs=count, seed=seed))


def _least(page: Case, names: Sequence[str], *, rounds: int) -> dict[str, float]:
    """The least processor time in seconds of each, in turn."""
    body = page.read()
    best = dict.fromkeys(names, float("inf"))
    for _ in range(rounds):
        for name in names:
            started = time.process_time()
            FOR_PAGES[name](page, body)
            best[name] = min(best[name], time.process_time() - started)
    return best


def _cells(
    names: Sequence[str], points: Mapping[str, Sequence[tuple[float, float]]], *, row: int
) -> Iterator[str]:
    for name in names:
        yield f"{1000 * points[name][-1][1]:19,.1f} ms" if len(points[name]) == row else f"{'–':>22}"


def growth(points: Sequence[tuple[float, float]]) -> float:
    """The power of the size with which time grows over the largest tenfold: 1 is linear; 0 where one point is all."""
    size, seconds = points[-1]
    before = [point for point in points[:-1] if point[0] <= size / 5] or list(points[:1])
    earlier, least = before[-1]
    return log(seconds / least) / log(size / earlier) if size > earlier else 0.0


if __name__ == "__main__":
    main()
