"""Are pages that are no article recognised, and articles kept: ``python -m benchmarks.page_types``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from benchmarks.arguments import cases_of, shared
from benchmarks.explained import explained
from benchmarks.floors import Check, compare_with_floors
from benchmarks.report import markdown, plain
from benchmarks.runner import in_workers
from benchmarks.sets import Case, load
from benchmarks.unseen import type_unseen
from copydesk.cleaners.page_kind.page_type import PageKind

SETS = ("wcxb-all", "fundus")
NO_ARTICLE = frozenset({"product", "collection", "listing", "forum"})
"""Types of WCXB that are no articles. Documentation is an article by the policy of the labelled blocks; service pages
have prose of their own and are called both: they are called one where that is sure, and counted in neither figure."""
TYPE_CODES = frozenset(str(kind) for kind in PageKind) - {"article"}
"""Reasons that name the type of a page; others name what is missing of an article."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page: status and reason code of its record."""

    page_type: str
    status: str
    code: str

    @property
    def is_no_article(self) -> bool:
        """Whether the record calls the page no article."""
        return self.status == "rejected" or (self.status == "partial" and self.code in TYPE_CODES)


def outcome_of(case: Case) -> Outcome:
    """The type of a page according to its record."""
    record = explained(case).record
    return Outcome(case.page_type, record.status, (record.reason or "").partition(":")[0])


def outcome_unseen(case: Case, *, training: int) -> Outcome:
    """The same by models and weights that have seen no page of the site; ``training``: the seed of the models."""
    from copydesk import Page

    page = Page(body=case.read(), url=case.url, content_type=case.media)
    record, found = type_unseen(page, name=case.id, seed=training)
    code = (record.reason or "").partition(":")[0]
    if found is None or (found.is_article and code not in TYPE_CODES):
        return Outcome(case.page_type, record.status, code)
    if found.is_article:
        return Outcome(case.page_type, "ok", "")
    return Outcome(case.page_type, "partial" if found.has_text else "rejected", str(found.kind))


@click.command()
@click.option(
    "--unseen", "is_unseen", is_flag=True, help="Judge by models that have seen no page of the site."
)
@click.option("--training", default=0, show_default=True, help="Seed of the networks of --unseen.")
@click.option("--missed", "is_missed", is_flag=True, help="List the pages given a wrong type.")
@click.option("--markdown", "style", flag_value="markdown", help="Tables as Markdown.")
@click.option("--check", "is_check", is_flag=True, help="Against floors.toml; exit code 1 below a floor.")
@shared
def main(
    *, is_unseen: bool, training: int, is_missed: bool, style: str | None, is_check: bool, **given: Any
) -> None:
    """Find the type of every page of wcxb-all and fundus."""
    outcomes = outcomes_of(partial(outcome_unseen, training=training) if is_unseen else outcome_of, given)
    if is_check:
        sys.exit(check([one for _, one in outcomes]))
    click.echo(summary([one for _, one in outcomes]))
    columns = ("type", "pages", "rejected", "partial", "no article", "reasons")
    click.echo("\n" + (markdown if style else plain)(columns, by_type([one for _, one in outcomes])))
    if is_missed:
        click.echo("\n" + "\n".join(_wrong(outcomes)))


def outcomes_of(work: Callable[[Case], Outcome], given: dict[str, Any]) -> list[tuple[Case, Outcome]]:
    """Each page and what became of it; pages that failed are named on stderr."""
    where = {key: given[key] for key in ("data", "limit", "sample", "seed")}
    cases = [case for name in SETS for case in cases_of(name, **where)]
    results = in_workers(
        work, [(case,) for case in cases], jobs=given["jobs"], timeout_seconds=given["timeout_seconds"]
    )
    outcomes = []
    for case, result in zip(cases, results, strict=True):
        if isinstance(result, Outcome):
            outcomes.append((case, result))
        else:
            click.echo(f"{case.id}: {result}", err=True)
    return outcomes


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """``recognised``: share of pages that are no article and called so; ``articles``: share of articles
    called nothing else.
    """
    others = [one.is_no_article for one in outcomes if one.page_type in NO_ARTICLE]
    articles = [one.is_no_article for one in outcomes if one.page_type == "article"]
    return {
        "recognised": sum(others) / len(others) if others else 0.0,
        "articles": 1 - sum(articles) / len(articles) if articles else 1.0,
    }


def check(outcomes: Sequence[Outcome]) -> int:
    """Compare with the floors; 0 where all are kept, 1 where one is not."""
    return compare_with_floors("page_types", figures(outcomes))


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the figures in words."""
    found = figures(outcomes)
    return (
        f"{len(outcomes)} pages; no articles ({', '.join(sorted(NO_ARTICLE))}) recognised: {found['recognised']:.1%}; "
        f"articles called something else: {1 - found['articles']:.2%}"
    )


def by_type(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Return a row for each type: how many, how many rejected, how many partial as no article, the reasons."""
    rows: list[tuple[str, ...]] = []
    for page_type in sorted({one.page_type for one in outcomes}):
        mine = [one for one in outcomes if one.page_type == page_type]
        other = [one for one in mine if one.is_no_article]
        rejected = sum(one.status == "rejected" for one in other)
        reasons = ", ".join(
            f"{code} {count}" for code, count in Counter(one.code for one in other).most_common(5)
        )
        share = f"{len(other) / len(mine):.1%}"
        rows.append((page_type, str(len(mine)), str(rejected), str(len(other) - rejected), share, reasons))
    return rows


def _wrong(outcomes: Sequence[tuple[Case, Outcome]]) -> list[str]:
    return [
        f"{case.page_type:14} {case.id} {one.status} {one.code} {case.url or ''}"
        for case, one in outcomes
        if case.page_type in {"article", *NO_ARTICLE} and one.is_no_article == (case.page_type == "article")
    ]


CHECK = Check(lambda data: [case for name in SETS for case in load(name, data)], outcome_of, check)

if __name__ == "__main__":
    main()
