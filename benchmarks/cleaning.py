"""Pages of sets as copydesk cleans them: with the packaged models, or with those that have seen no page of the site,
the only ones of which figures may be claimed (``python -m training.train --folds build/folds`` and
``python -m training.page_type --folds build/folds`` make them).
"""

from __future__ import annotations

from functools import cache, lru_cache

import tomli

from benchmarks.sets import Case
from copydesk.cleaners.page_kind.page_features import Weights, measure, read_weights
from copydesk.cleaners.page_kind.page_type import PageType, type_by_signs, type_by_words, weigh
from copydesk.cleaners.pipeline.assembly import Explanation
from copydesk.cleaners.pipeline.cleaning import explain
from training.folds import FOLDS_FOLDER, judge_of
from training.pages import fold_of, site_of


def explained(case: Case) -> Explanation:
    """The record of a page, and every block of it with all verdicts; made once for all sets that have the page, in a
    row.
    """
    return _explained(page_alone(case))


def page_alone(case: Case) -> Case:
    """The page without what is known of it: the same for all sets that have it."""
    return Case(id="", file=case.file, truth="", url=case.url, body=case.body, media=case.media)


@lru_cache(maxsize=1)
def _explained(page: Case) -> Explanation:
    return explain(page.page())


def explained_unseen(case: Case, *, seed: int = 0) -> Explanation:
    """The same by models that have seen no page of the site; ``seed``: of the networks."""
    return explain(case.page(), judge=judge_of(site_of(case.url, case.id), seed=seed))


def type_unseen(case: Case, explanation: Explanation) -> PageType | None:
    """The type of a page by weights that have not seen its site either; None where nothing could be read."""
    if (seen := explanation.seen) is None:
        return None
    measures = measure(seen)
    weights = _weights(fold_of(site_of(case.url, case.id)))
    return type_by_words(seen) or type_by_signs(seen, measures) or weigh(measures, weights)


@cache
def _weights(fold: int) -> Weights:
    path = FOLDS_FOLDER / f"page_weights_{fold}.toml"
    if not path.exists():
        raise FileNotFoundError(f"{path}: make it with python -m training.page_type --folds {FOLDS_FOLDER}")
    return read_weights(tomli.loads(path.read_text("utf-8")), where=path.name)
