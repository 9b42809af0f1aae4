"""From runs to scores: one line a page and extractor, then figures a set and extractor."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks.extractors import MEANS
from benchmarks.intervals import Estimate, mean
from benchmarks.runner import Run
from benchmarks.sets import Case
from benchmarks.words import Score, compare_texts, without_leading

REFERENCE = "trafilatura"
REFERENCE_FOR_LINES = "trafilatura-lines"


@dataclass(frozen=True, slots=True)
class Scored:
    """One extractor's text of one page, judged."""

    case: Case
    run: Run
    score: Score


@dataclass(frozen=True, slots=True)
class Row:
    """One extractor's figures over a set. ``difference`` is paired page by page, None for the reference itself."""

    extractor: str
    pages: int
    f1: Estimate
    precision: float
    recall: float
    difference: Estimate | None
    pages_per_second: float
    faults: int


def judge(cases: Iterable[Case], runs: Iterable[Run]) -> list[Scored]:
    """Scores each run against its page's truth, the title taken off the head of both."""
    by_id = {case.id: case for case in cases}
    return [Scored(case := by_id[run.case_id], run, score_text(case, run.found.text)) for run in runs]


def score_text(case: Case, text: str) -> Score:
    """A text held against the page's truth, the title taken off the head of both."""
    found = without_leading(text, case.title)
    return compare_texts(truth=without_leading(case.truth, case.title), found=found)


def tabulate(scored: Sequence[Scored], *, reference: str) -> list[Row]:
    """One row an extractor, in the order of their first appearance; trainings of one network by several seeds have
    one more, of the mean of each page over them.
    """
    names = list(dict.fromkeys(item.run.extractor for item in scored))
    standard = {item.case.id: item.score.f1 for item in scored if item.run.extractor == reference}
    return [
        _row(name, [item for item in scored if item.run.extractor in of], standard)
        for name, of in with_means(names).items()
    ]


def with_means(names: Sequence[str]) -> dict[str, Collection[str]]:
    """Whose scores a row is of, by its name: each extractor's own, and those of trainings that all are there."""
    means = {name: of for name, of in MEANS.items() if set(of) <= set(names)}
    return {**{name: (name,) for name in names}, **means}


def _row(name: str, mine: Sequence[Scored], standard: dict[str, float]) -> Row:
    own = mean_by((item.case.id, item.score.f1) for item in mine)
    apart = [f1 - standard[page] for page, f1 in own.items() if page in standard]
    ended = [item.run.seconds for item in mine if item.run.fault is None]
    return Row(
        extractor=name,
        pages=len(own),
        f1=mean(list(own.values())),
        precision=fmean(item.score.precision for item in mine),
        recall=fmean(item.score.recall for item in mine),
        difference=mean(apart) if apart and any(apart) else None,
        pages_per_second=len(ended) / sum(ended) if sum(ended) else 0.0,
        faults=sum(item.run.fault is not None for item in mine),
    )


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


def break_down(scored: Sequence[Scored], by: str) -> list[tuple[str, int, dict[str, float]]]:
    """Group, pages, and mean F1 by extractor; the largest group first."""
    groups: dict[str, list[Scored]] = {}
    for item in scored:
        groups.setdefault(GROUPINGS[by](item.case), []).append(item)
    rows = [(name, len({item.case.id for item in items}), _means(items)) for name, items in groups.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _means(items: Sequence[Scored]) -> dict[str, float]:
    rows = with_means(list(dict.fromkeys(item.run.extractor for item in items)))
    return {
        name: fmean(item.score.f1 for item in items if item.run.extractor in of) for name, of in rows.items()
    }


def worst(scored: Sequence[Scored], *, extractor: str, count: int) -> list[Scored]:
    """Return the pages an extractor scores lowest on, the lowest first."""
    mine = [item for item in scored if item.run.extractor == extractor]
    return sorted(mine, key=lambda item: (item.score.f1, item.case.id))[:count]
