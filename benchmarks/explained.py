"""A page of a set, cleaned once for all checks of it in a row."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from benchmarks.sets import Case

if TYPE_CHECKING:
    from copydesk.cleaners.pipeline.assembly import Explanation


def explained(case: Case) -> Explanation:
    """The record of a page, and every block of it with all verdicts given."""
    return _explained(page_alone(case))


def page_alone(case: Case) -> Case:
    """The page without what is known of it: the same for all sets that have it."""
    return Case(id="", file=case.file, truth="", url=case.url, body=case.body, media=case.media)


# set by hand: all checks of a page come one after the other
@lru_cache(maxsize=1)
def _explained(page: Case) -> Explanation:
    from copydesk import Page, explain

    return explain(Page(body=page.read(), url=page.url, content_type=page.media))
