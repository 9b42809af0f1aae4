"""What a piece of another page costs: ``python -m benchmarks.intrusions``.

Into the HTML of real pages pieces of other real pages are put, one kind of intrusion a page (``--rounds``: more):
another article, teasers, a newsletter's box, comments. Pages and pieces are of one fold of sites, so that the
model that judges a page has seen neither. The figure is the F1 lost against the same page untouched.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

import click

from benchmarks.arguments import data_option
from benchmarks.extractors import MEANS
from benchmarks.intervals import mean
from benchmarks.page_trees import read_tree
from benchmarks.report import markdown, plain
from benchmarks.runner import run_all
from benchmarks.scoring import Scored, judge, mean_by, with_means
from benchmarks.sets import Case, MissingDataError, all_blocks, load
from benchmarks.splicing import KINDS, OWN, Intruded, Material, intrude, is_fit
from benchmarks.words import words
from training.pages import FOLDS, fold_of, site_of

SETS = ("blocks", "wcxb", "fundus")
COLUMNS = ("intrusion", "extractor", "pages", "F1 lost [95 %]", "of what was put in, in the text")
_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Result:
    """What an intrusion did to an extractor's text of a page: ``let_in`` are the words put in that are in it."""

    intruded: Intruded
    extractor: str
    before: float
    after: float
    let_in: Counter[str]

    @property
    def lost(self) -> float:
        """F1 lost; less than nothing where the page is better with the intrusion."""
        return self.before - self.after

    @property
    def share(self) -> float:
        """Share of the words put in that are in the text."""
        return self.let_in.total() / max(1, len(words(self.intruded.inserted)))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which pages have what: ``pages`` of the ``folds``, each with ``rounds`` of the ``kinds``."""

    folds: Sequence[int]
    pages: int
    rounds: int
    kinds: Sequence[str] = tuple(KINDS)


def intruded_pages(data: Path, plan: Plan) -> list[Intruded]:
    """The pages with their intrusions, all kinds as often as they can be."""
    materials = {number: Material() for number in plan.folds}
    for case in all_blocks(data):
        tree = read_tree(case) if fold(case) in materials else None
        if tree is not None:
            materials[fold(case)].add(tree)
    found: list[Intruded] = []
    taken = 0
    for case in _in_turn(data, plan.folds):
        kinds = [*plan.kinds[taken % len(plan.kinds) :], *plan.kinds[: taken % len(plan.kinds)]]
        mine = list(islice(_intrusions(case, materials[fold(case)], kinds), plan.rounds))
        found += mine
        taken += bool(mine)
        if taken == plan.pages:
            break
    return found


def _intrusions(case: Case, material: Material, kinds: Sequence[str]) -> Iterator[Intruded]:
    """The page with each of the kinds that it can have."""
    tree = read_tree(case)
    if tree is not None and is_fit(tree):
        yield from filter(None, (intrude(case, kind, material) for kind in kinds))


def fold(case: Case) -> int:
    """The fold of sites a page is in."""
    return fold_of(site_of(case.url, case.id))


def _in_turn(data: Path, folds: Sequence[int]) -> Iterator[Case]:
    """Every page of the folds once, sets and folds in turn, in an order that follows from their names."""
    seen: set[Path] = set()
    groups: dict[tuple[str, int], list[Case]] = {}
    for name in SETS:
        for case in load(name, data):
            if fold(case) in folds and case.file not in seen:
                seen.add(case.file)
                groups.setdefault((name, fold(case)), []).append(case)
    ordered = (
        sorted(group, key=lambda case: hashlib.sha256(case.id.encode()).digest()) for group in groups.values()
    )
    return (case for turn in zip_longest(*ordered) for case in turn if case is not None)


def measured(
    found: Sequence[Intruded], extractors: Sequence[str], *, jobs: int, timeout_seconds: float
) -> list[Result]:
    """Every extractor on every page, untouched and with its intrusions."""
    untouched = {one.untouched.id: one.untouched for one in found}
    limits = {"jobs": jobs, "timeout_seconds": timeout_seconds}
    before = _scored(list(untouched.values()), extractors, limits)
    results = []
    # an extractor's runs are distinguished by the page's name: one kind at a time, a page has it once
    for kind in KINDS:
        mine = {one.case.id: one for one in found if one.kind == kind}
        for (name, extractor), after in _scored(
            [one.case for one in mine.values()], extractors, limits
        ).items():
            results.append(_result(mine[name], before[name, extractor], after))
    return results


def _scored(
    cases: Sequence[Case], extractors: Sequence[str], limits: dict[str, Any]
) -> dict[tuple[str, str], Scored]:
    if not cases:
        return {}
    return {
        (item.case.id, item.run.extractor): item
        for item in judge(cases, run_all(cases, extractors, **limits))
    }


def _result(intruded: Intruded, before: Scored, after: Scored) -> Result:
    found = Counter(words(after.run.found.text))
    if intruded.kind not in OWN:
        found -= Counter(words(before.run.found.text))
    let_in = found & Counter(words(intruded.inserted))
    return Result(intruded, after.run.extractor, before.score.f1, after.score.f1, let_in)


def rows_of(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """A row below COLUMNS for each intrusion and extractor, and one for all."""
    for name, of in with_means(list(dict.fromkeys(one.extractor for one in results))).items():
        mine = [one for one in results if one.extractor in of]
        for kind in (*KINDS, "all"):
            some = [one for one in mine if kind in (one.intruded.kind, "all")]
            if some:
                lost, share = (list(mean_by(figures).values()) for figures in (_losses(some), _shares(some)))
                yield kind, name, str(len(lost)), mean(lost).signed, f"{100 * mean(share).value:.0f} %"


def _losses(results: Sequence[Result]) -> Iterator[tuple[str, float]]:
    return ((one.intruded.kind + one.intruded.case.id, one.lost) for one in results)


def _shares(results: Sequence[Result]) -> Iterator[tuple[str, float]]:
    return ((one.intruded.kind + one.intruded.case.id, one.share) for one in results)


def _in_words(results: Sequence[Result]) -> Iterator[str]:
    for one in sorted(results, key=lambda one: -one.lost):
        what = f"{one.intruded.kind} {one.intruded.case.id} {one.before:.3f} -> {one.after:.3f}"
        shown = " ".join(one.intruded.inserted.split())[:_SHOWN_CHARS]
        yield f"{one.extractor} {what}, {100 * one.share:.0f} % let in, from {one.intruded.origin or 'itself'}: {shown!r}"


def _plan(*, folds: str, pages: int, rounds: int, kinds: str) -> Plan:
    if unknown := [kind for kind in kinds.split(",") if kind not in KINDS]:
        raise click.UsageError(f"there is no intrusion {unknown[0]!r}; there are {', '.join(KINDS)}")
    return Plan([int(number) for number in folds.split(",")], pages, rounds, kinds.split(","))


@click.command()
@click.option("--pages", default=300, show_default=True, type=click.IntRange(min=1), help="Pages.")
@click.option(
    "--rounds",
    default=1,
    show_default=True,
    type=click.IntRange(1, len(KINDS)),
    help="Kinds of intrusion a page has in turn, one at a time.",
)
@click.option(
    "--kinds", default=",".join(KINDS), help="Only these kinds, parted by commas; all of them by default."
)
@click.option(
    "--folds",
    default=",".join(map(str, range(FOLDS))),
    show_default=True,
    help="Folds of sites, parted by commas, whose models are in build/folds.",
)
@click.option(
    "--extractors", default="copydesk-unseen,trafilatura", show_default=True, help="Names parted by commas."
)
@click.option(
    "--show", type=click.IntRange(min=1), help="List so many pages on which the first extractor lost most."
)
@click.option("--markdown", "style", flag_value="markdown", help="The table as Markdown.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option(
    "--timeout", "timeout_seconds", default=20.0, show_default=True, help="Seconds a page may take."
)
@data_option
def main(*, extractors: str, show: int | None, style: str | None, data: Path, **given: Any) -> None:
    """Put pieces of other pages into pages, and count what each kind costs."""
    limits = {name: given.pop(name) for name in ("jobs", "timeout_seconds")}
    try:
        found = intruded_pages(data, _plan(**given))
    except MissingDataError as error:
        raise click.UsageError(str(error)) from error
    names = list(chain.from_iterable(MEANS.get(name, (name,)) for name in extractors.split(",")))
    results = measured(found, names, **limits)
    click.echo((markdown if style else plain)(COLUMNS, rows_of(results)))
    first = [one for one in results if one.extractor == names[0]]
    for line in list(_in_words(first))[: show or 0]:
        click.echo(line)


if __name__ == "__main__":
    main()
