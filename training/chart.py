"""A chart of lines over shares, as SVG that nothing is needed for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import ceil, floor
from typing import NamedTuple

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 190, 20, 50
_OURS = "#c2410c"
# distinguished by people who do not see all colours: Okabe and Ito's, without the one that is near ours
_PEERS = ("#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#8a7a00", "#666666", "#7b4fa3", "#333333")
# read on white and on black
_INK, _GRID = "#808080", "#80808055"
_STEPS, _MOST_TICKS = 20, 10
"""Parts of a whole that an axis of shares begins at one of, and names at most so many of."""
_LEAST_GAP = 15
"""Between two names, in pixels."""


class Series(NamedTuple):
    """A line: its name, its points, all above 0, from left to right."""

    name: str
    points: Sequence[tuple[float, float]]
    is_ours: bool = False


class _Axis(NamedTuple):
    """From which value to which, the pixels these are at, and the values that are named."""

    first: float
    last: float
    begin: float
    end: float
    ticks: Sequence[tuple[float, str]]

    def at(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first)
        return self.begin + share * (self.end - self.begin)


def share_chart(series: Sequence[Series], *, across: str, up: str) -> str:
    """The chart over shares, from the twentieth below the least of each axis to 1; ``across`` and ``up`` name what the
    axes show.
    """
    horizontal = _shares([x for one in series for x, _ in one.points], _LEFT, _WIDTH - _RIGHT)
    vertical = _shares([y for one in series for _, y in one.points], _HEIGHT - _BOTTOM, _TOP)
    parts = [*_grid(horizontal, vertical), *_titles(across, up), *_lines(series, horizontal, vertical)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{_INK}">\n<title>{escape(up)} by {escape(across)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _shares(values: Sequence[float], begin: float, end: float) -> _Axis:
    first = floor(min(values) * _STEPS)
    step = max(1, ceil((_STEPS - first) / _MOST_TICKS))
    ticks = [(at / _STEPS, f"{at / _STEPS:.2f}") for at in range(_STEPS, first - 1, -step)]
    return _Axis(first / _STEPS, 1.0, begin, end, ticks)


def _grid(horizontal: _Axis, vertical: _Axis) -> Iterator[str]:
    bottom, left, right = _HEIGHT - _BOTTOM, _LEFT, _WIDTH - _RIGHT
    for value, name in horizontal.ticks:
        x = horizontal.at(value)
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_GRID}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{name}</text>'
    for value, name in vertical.ticks:
        y = vertical.at(value)
        yield f'<path d="M{left} {y:.1f}H{right}" stroke="{_GRID}"/>'
        yield f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{name}</text>'


def _titles(across: str, up: str) -> Iterator[str]:
    x, y = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    yield f'<text x="{x:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>'
    yield f'<text transform="translate(14 {y:.0f}) rotate(-90)" text-anchor="middle">{escape(up)}</text>'


def _lines(series: Iterable[Series], horizontal: _Axis, vertical: _Axis) -> Iterator[str]:
    colours = iter(_PEERS * 2)
    drawn = [(one, _OURS if one.is_ours else next(colours)) for one in series]
    for one, colour in drawn:
        way = " ".join(f"{horizontal.at(x):.1f},{vertical.at(y):.1f}" for x, y in one.points)
        width = 3 if one.is_ours else 1.5
        yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
    # names beside the ends of their lines, none on another
    below = 0.0
    for one, colour in sorted(drawn, key=lambda line: vertical.at(line[0].points[-1][1])):
        below = max(vertical.at(one.points[-1][1]) + 4, below + _LEAST_GAP)
        weight = ' font-weight="bold"' if one.is_ours else ""
        yield f'<text x="{_WIDTH - _RIGHT + 10}" y="{below:.1f}" fill="{colour}"{weight}>{escape(one.name)}</text>'
