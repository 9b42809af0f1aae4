"""Further pages in an archive that another wrote: neither their number nor what they count fills memory."""

from __future__ import annotations

import pytest

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.types import Page, Source
from copydesk.flows.sources.kinds.warc import ArticleParts
from copydesk.flows.sources.opening.page_context import PageContext


def page(body: str = "") -> Page:
    return Page(body.encode(), source=Source("file", "ferry"))


@pytest.mark.parametrize(
    ("waiting", "said", "joined"),
    [
        (2, 2, 2),
        (2, 0, 0),
        (MAX_PAGES - 1, MAX_PAGES - 1, MAX_PAGES - 1),
        (30, 30, 0),
        (1, -1, 0),
        (2, -1, 0),
        (1, 2, 0),
    ],
)
def test_no_more_pages_are_joined_than_an_article_has(waiting: int, said: int, joined: int) -> None:
    parts = ArticleParts()
    for _ in range(waiting):
        assert parts.join(page(), PageContext(continues=True)) is None
    whole = parts.join(page("<p>First</p>"), PageContext(continuations=said))
    assert whole is not None
    assert len(whole.continuations) == joined
    assert (whole.cut_short is None) is (joined == said)
