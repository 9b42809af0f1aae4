"""Does time grow with the input, whatever it is made of: ``python -m benchmarks.shapes``.

Two thousand shapes are composed: pages of each element nested, repeated and within others, of attributes, lines,
Markdown and data in scripts; files of every kind that is read; queries and filters. Each is read at two sizes, one four
times the other; its growth is the power of the size with which processor time grows. Shapes that look steep are
measured again, at more sizes, up to four times the largest.
"""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median_low
from typing import NamedTuple

import click

from benchmarks.file_shapes import LARGER, READERS, file_shapes
from benchmarks.growth import growth
from benchmarks.page_shapes import Shape, page_shapes
from benchmarks.runner import Warming, in_workers
from copydesk.cleaners.pipeline.cleaning import clean_page

LEAST_CHARS = 20_000
STEEP = 1.2
"""Time that is so many powers of the size is no longer linear."""
SUSPECT = 1.1
"""A quadratic term that is a fifth of the time of the largest page gives this power between a quarter of it and it."""
# set by hand: of less time half may be what the machine does besides
LEAST_SECONDS = 0.2
_PATIENCE_SECONDS = 30.0
"""For a page: there is no larger one of its shape, and what takes so long is listed."""
_TRIES = 3
_ROUNDING = 1.1
"""A page is of whole units: its size is that asked for but for so much."""


class Grown(NamedTuple):
    """What was measured of a shape: characters and seconds at each size, and why there are no more."""

    name: str
    points: list[tuple[float, float]]

    @property
    def power(self) -> float:
        """The power of the size with which time grows; 0 where it takes too little time to tell.

        The middle one of the last five doublings' powers, which overlap by half: neither a step, where a stage first
        runs, nor a size at which the machine was busy, is in more than two of them. Both at once may be in three; so
        no more than the power over the last two doublings as one, which a step before them is not in.
        """
        if not self.points or self.points[-1][1] < LEAST_SECONDS:
            return 0.0
        quarter = next(point for point in self.points if _ROUNDING * point[0] >= self.points[-1][0] / 4)
        doublings = [
            growth([point, twice])
            for at, point in enumerate(self.points)
            for twice in [one for one in self.points[at:] if one[0] >= 2 * point[0] / _ROUNDING][:1]
        ]
        return min(median_low(doublings[-5:] or [0.0]), growth([quarter, self.points[-1]]))

    def merged(self, other: Grown) -> Grown:
        """At each size the lesser time of both."""
        again = dict(other.points)
        return Grown(
            self.name, [(chars, min(seconds, again.get(chars, seconds))) for chars, seconds in self.points]
        )


def shapes() -> Iterator[Shape]:
    """All of them; each has a name of its own."""
    yield from page_shapes()
    yield from file_shapes()


def measured(shape: Shape, most: int) -> Grown:
    """A shape at two sizes; where these are suspect twice, at more sizes, of which the least of three tries counts."""
    most *= LARGER if shape.media in READERS else 1
    grown = _series(shape, [most // 4, most])
    # of a single size, with which it took too long, nothing is known
    is_cut_off = len(grown.points) == 1 and grown.points[0][1] > _PATIENCE_SECONDS / 4
    if grown.power > SUSPECT:
        grown = grown.merged(_series(shape, [most // 4, most]))
    if grown.power <= SUSPECT and not is_cut_off:
        return grown
    sizes = [round(LEAST_CHARS * 2 ** (step / 2)) for step in range(20)]
    sizes = [chars for chars in sizes if chars <= 4 * most]
    grown = _series(shape, sizes)
    for _ in range(_TRIES - 1):
        if grown.power > STEEP:
            grown = grown.merged(_series(shape, sizes))
    return grown


def _series(shape: Shape, sizes: Sequence[int]) -> Grown:
    grown = Grown(shape.name, [])
    for chars in sizes:
        if grown.points and grown.points[-1][1] > _PATIENCE_SECONDS / 4:
            break
        size, read = len(shape.text(chars)), _reader(shape, chars)
        # when Python looks for garbage, and through how much, depends on what was there before
        gc.collect()
        gc.disable()
        started = time.process_time()
        reason = read()
        seconds = time.process_time() - started
        gc.enable()
        # a page that is refused for its size costs next to nothing
        if (reason or "").startswith("too_"):
            break
        grown.points.append((size, seconds))
    return grown


def _reader(shape: Shape, chars: int) -> Callable[[], str | None]:
    """What reads a shape of this size, and returns why it refuses it, if it is a page that it refuses."""
    if reader := READERS.get(shape.media):
        text = shape.text(chars)
        return lambda: reader(text)
    page = shape.page(chars)
    return lambda: clean_page(page).reason


def _warm() -> None:
    logging.disable(logging.CRITICAL)
    for shape in (
        Shape("page", "<p>A sentence of five words.</p>"),
        Shape("text", "A sentence.\n\n", media="text"),
    ):
        clean_page(shape.page(LEAST_CHARS))


@click.command()
@click.option(
    "--most", default=160_000, show_default=True, help="Characters of the largest page at first sight."
)
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--only", default="", help="Only shapes with this in their names.")
@click.option(
    "--check", is_flag=True, help=f"Exit code 1 where a shape grows with more than the power {STEEP}."
)
def main(*, most: int, jobs: int, only: str, check: bool) -> None:
    """Measure all shapes; list those of which time grows faster than their size, and the slowest."""
    chosen = [shape for shape in shapes() if only in shape.name]
    outcomes = in_workers(
        measured,
        [(shape, most) for shape in chosen],
        jobs=jobs,
        timeout_seconds=10 * _PATIENCE_SECONDS,
        warm=Warming(_warm, ()),
    )
    grown = [one for one in outcomes if isinstance(one, Grown)]
    faults = [
        f"{shape.name}: {one}" for shape, one in zip(chosen, outcomes, strict=True) if isinstance(one, str)
    ]
    steep = sorted((one for one in grown if one.power > STEEP), key=lambda one: -one.power)
    timed = sum(one.power > 0 for one in grown)
    click.echo(f"{len(chosen)} shapes, {timed} of them take {LEAST_SECONDS:g} s at some size")
    _show(f"steeper than the power {STEEP}", steep)
    _show("slowest", sorted(grown, key=lambda one: -_last(one)[1])[:10])
    for fault in faults:
        click.echo(f"fault {fault}")
    sys.exit(int(check and bool(steep or faults)))


def _show(title: str, grown: Sequence[Grown]) -> None:
    click.echo(f"{title}: {len(grown)}")
    for one in grown:
        chars, seconds = _last(one)
        click.echo(f"  {one.power:5.2f}  {seconds:7.2f} s  {chars:9,.0f} characters  {one.name}")


def _last(grown: Grown) -> tuple[float, float]:
    return grown.points[-1] if grown.points else (0.0, 0.0)


if __name__ == "__main__":
    main()
