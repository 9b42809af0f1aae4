"""copydesk judging with models that have seen no page of a site: the only figures one may claim.

``python -m training.train --folds build/folds`` and ``python -m training.page_type --folds build/folds`` make them.
"""

from __future__ import annotations

from functools import cache

import tomli

from copydesk.cleaners.page_kind.page_features import Weights, measure, read_weights
from copydesk.cleaners.page_kind.page_type import PageType, type_by_signs, type_by_words, weigh
from copydesk.cleaners.pipeline.assembly import Explanation
from copydesk.cleaners.pipeline.cleaning import clean_page, explain
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page
from training.folds import FOLDS_FOLDER, judge_of
from training.pages import fold_of, site_of


def clean_unseen(page: Page, *, name: str, seed: int = 0) -> Record:
    """The record of a page; ``name`` replaces its site where it has no URL; ``seed``: of the networks."""
    return clean_page(page, judge=judge_of(site_of(page.url, name), seed=seed))


def explain_unseen(page: Page, *, name: str, seed: int = 0) -> Explanation:
    """Every verdict on a page; the rest as above."""
    return explain(page, judge=judge_of(site_of(page.url, name), seed=seed))


def type_unseen(page: Page, *, name: str, seed: int = 0) -> tuple[Record, PageType | None]:
    """The record of a page, and its type by weights that have not seen the site either; None where nothing
    could be read.
    """
    explanation = explain_unseen(page, name=name, seed=seed)
    seen = explanation.seen
    if seen is None:
        return explanation.record, None
    measures = measure(seen)
    found = (
        type_by_words(seen)
        or type_by_signs(seen, measures)
        or weigh(measures, _weights(fold_of(site_of(page.url, name))))
    )
    return explanation.record, found


@cache
def _weights(fold: int) -> Weights:
    path = FOLDS_FOLDER / f"page_weights_{fold}.toml"
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.page_type --folds {FOLDS_FOLDER}")
    return read_weights(tomli.loads(path.read_text("utf-8")), where=path.name)
