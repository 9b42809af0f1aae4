"""Are pages that are no article recognised, and articles kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.cleaning import explained, explained_unseen, type_unseen
from benchmarks.measures import Measure, Outcome, Share
from benchmarks.sets import Case, load, pick
from copydesk.cleaners.page_kind.page_type import PageKind
from copydesk.cleaners.schema import Record

SETS = ("wcxb-all", "fundus")
NO_ARTICLE = frozenset({"product", "collection", "listing", "forum"})
"""Types of WCXB that are no articles. Documentation is an article by the policy of the labelled blocks; service pages
have prose of their own and are called both: they are called one where that is sure, and counted in neither figure."""
TYPE_CODES = frozenset(str(kind) for kind in PageKind) - {"article"}
"""Reasons that name the type of a page; others name what is missing of an article."""


def is_no_article(record: Record) -> bool:
    """Whether the record calls the page no article."""
    return record.status == "rejected" or (record.status == "partial" and _code(record) in TYPE_CODES)


def _code(record: Record) -> str:
    return (record.reason or "").partition(":")[0]


def _outcomes(case: Case) -> list[Outcome]:
    record = explained(case).record
    return [outcome(case, is_other=is_no_article(record), found=f"{record.status} {_code(record)}")]


def _outcomes_unseen(case: Case, seed: int) -> list[Outcome]:
    """The same by models and weights that have seen no page of the site; ``seed``: of the networks."""
    explanation = explained_unseen(case, seed=seed)
    record, kind = explanation.record, type_unseen(case, explanation)
    found, is_other = f"{record.status} {_code(record)}", is_no_article(record)
    if kind is not None and (not kind.is_article or _code(record) in TYPE_CODES):
        found, is_other = str(kind.kind), not kind.is_article
    return [outcome(case, is_other=is_other, found=found, table="unseen.page_types")]


def outcome(case: Case, *, is_other: bool, found: str, table: str = "page_types") -> Outcome:
    """``recognised``: pages that are no article and called so; ``articles``: articles called nothing else."""
    shares: dict[str, Share] = {"called no article": (is_other, 1)}
    wrong = f"page type {case.page_type} {case.id} {found} {case.url or ''}"
    if case.page_type in NO_ARTICLE:
        shares["recognised"] = is_other, 1
    elif case.page_type == "article":
        shares["articles"] = not is_other, 1
    is_wrong = is_other == (case.page_type == "article") and len(shares) > 1
    return Outcome(table, shares, (case.page_type,), (wrong,) if is_wrong else ())


def _cases(data: Path, sample: int | None) -> Sequence[Case]:
    return [case for name in SETS for case in pick(load(name, data), sample)]


MEASURE = Measure(_cases, _outcomes)
UNSEEN = Measure(_cases, partial(_outcomes_unseen, seed=0))
