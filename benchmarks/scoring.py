"""From runs to scores, from scores to figures with bootstrap intervals, and tables of both."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.extractors import MEANS
from benchmarks.runner import Run
from benchmarks.sets import Case
from benchmarks.words import Score, compare_texts, unmatched, without_leading

ROUNDS = 2000
COLUMNS = (
    "extractor",
    "pages",
    "F1 [95 %]",
    "precision",
    "recall",
    "against trafilatura",
    "pages/s",
    "faults",
)
SHOWN_CHARS, SHOWN_LINES = 160, 15


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the interval that holds 95 % of its bootstrap repetitions."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    @property
    def signed(self) -> str:
        """The same with a sign, for differences."""
        return f"{self.value:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def mean(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Mean over pages. An empty sequence is an error of the caller (ValueError)."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(ROUNDS))
    return _estimate(fmean(values), means)


def ratio(top: Sequence[float], bottom: Sequence[float], *, seed: int = 0) -> Estimate:
    """Ratio of two sums over the same pages, resampled page by page."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    pairs = list(zip(top, bottom, strict=True))
    draws = (chance.choices(pairs, k=len(pairs)) for _ in range(ROUNDS))
    ratios = sorted(sum(pair[0] for pair in draw) / sum(pair[1] for pair in draw) for draw in draws)
    return _estimate(sum(top) / sum(bottom), ratios)


def _estimate(value: float, repeated: Sequence[float]) -> Estimate:
    return Estimate(value, repeated[int(0.025 * len(repeated))], repeated[int(0.975 * len(repeated)) - 1])


@dataclass(frozen=True, slots=True)
class Scored:
    """One extractor's text of one page, judged."""

    case: Case
    run: Run
    score: Score


def judge(cases: Iterable[Case], runs: Iterable[Run]) -> list[Scored]:
    """Scores each run against its page's truth, the title taken off the head of both."""
    by_id = {case.id: case for case in cases}
    return [Scored(case := by_id[run.case_id], run, score_text(case, run.found.text)) for run in runs]


def score_text(case: Case, text: str) -> Score:
    """A text held against the page's truth, the title taken off the head of both."""
    titled = (without_leading(one, case.title) for one in (case.truth, text))
    return compare_texts(*titled)


def tabulate(scored: Sequence[Scored]) -> Iterator[tuple[str, ...]]:
    """One row below COLUMNS an extractor, in the order of their first appearance; trainings of one network by several
    seeds have one more, of the mean of each page over them. The difference from trafilatura is page by page.
    """
    peers = {"trafilatura", "trafilatura-lines"}
    standard = {item.case.id: item.score.f1 for item in scored if item.run.extractor in peers}
    for name, of in with_means(scored).items():
        mine = [item for item in scored if item.run.extractor in of]
        own = mean_by((item.case.id, item.score.f1) for item in mine)
        apart = [f1 - standard[page] for page, f1 in own.items() if page in standard]
        ended = [item.run.seconds for item in mine if item.run.fault is None]
        yield (
            name,
            str(len(own)),
            str(mean(list(own.values()))),
            f"{fmean(item.score.precision for item in mine):.3f}",
            f"{fmean(item.score.recall for item in mine):.3f}",
            mean(apart).signed if any(apart) else "-",
            f"{len(ended) / sum(ended) if sum(ended) else 0:.0f}",
            str(len(mine) - len(ended)),
        )


def with_means(scored: Iterable[Scored]) -> dict[str, Collection[str]]:
    """Whose scores a row is of, by its name: each extractor's own, and those of trainings that all are there."""
    own = {item.run.extractor: (item.run.extractor,) for item in scored}
    return {**own, **{name: of for name, of in MEANS.items() if own.keys() >= set(of)}}


def mean_by(named: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean of the values of each name, such as those of a page by several trainings."""
    values: dict[str, list[float]] = {}
    for name, value in named:
        values.setdefault(name, []).append(value)
    return {name: fmean(some) for name, some in values.items()}


GROUPINGS: dict[str, Callable[[Case], str]] = {
    "language": lambda case: case.language,
    "type": lambda case: case.page_type,
    "group": lambda case: case.group,
}
"""Ways to break a set down. ``group``: country of fundus, source of blocks, page type of wcxb."""


def break_down(scored: Sequence[Scored], by: str) -> str:
    """A table of the mean F1 by extractor of each group, the largest group first."""
    names = with_means(scored)
    groups: dict[str, list[Scored]] = {}
    for item in scored:
        groups.setdefault(GROUPINGS[by](item.case), []).append(item)
    rows = []
    for group, items in groups.items():
        means = (fmean(item.score.f1 for item in items if item.run.extractor in of) for of in names.values())
        rows.append((group, str(len({item.case.id for item in items})), *(f"{one:.3f}" for one in means)))
    return table((by, "pages", *names), sorted(rows, key=lambda row: (-int(row[1]), row[0])))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, in columns of even width."""
    lines = [tuple(head), ("---",) * len(head), *map(tuple, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )


def faults_as_text(items: Iterable[Scored]) -> str:
    """Return a line for each kind of fault: whose, what, on how many pages, the first of them."""
    pages: dict[tuple[str, str], list[str]] = {}
    for item in items:
        if item.run.fault:
            pages.setdefault((item.run.extractor, item.run.fault.partition("\n")[0]), []).append(item.case.id)
    return "".join(
        f"{extractor}: {fault}: {len(ids)} pages, first {', '.join(ids[:3])}\n"
        for (extractor, fault), ids in pages.items()
    )


def worst(scored: Sequence[Scored], *, extractor: str, count: int) -> str:
    """The pages an extractor scores lowest on, the lowest first: each with the lines that are missing (-) and those
    that should not be there (+).
    """
    mine = [item for item in scored if item.run.extractor == extractor]
    mine.sort(key=lambda item: (item.score.f1, item.case.id))
    return "\n\n".join("\n".join(_page_lines(item)) for item in mine[:count])


def _page_lines(item: Scored) -> Iterator[str]:
    score, found, truth = item.score, item.run.found.text, item.case.truth
    fault = f" ({item.run.fault})" if item.run.fault else ""
    yield (
        f"{item.case.id}  F1 {score.f1:.3f}  P {score.precision:.3f}  R {score.recall:.3f}"
        f"  {item.run.extractor}{fault}  {item.case.url or ''}"
    )
    for sign, text, other in (("-", truth, found), ("+", found, truth)):
        lines = [line for line in text.split("\n") if line.strip()]
        odd = [line for line, is_odd in zip(lines, unmatched(lines, other=other), strict=True) if is_odd]
        yield from (f"  {sign} {line[:SHOWN_CHARS]}" for line in odd[:SHOWN_LINES])
        if len(odd) > SHOWN_LINES:
            yield f"  {sign} ... and {len(odd) - SHOWN_LINES} lines more"
