"""The further pages of an article that a page leads to, asked for one after the other, as politely as any page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct, structs

from copydesk.cleaners.pagination.further_pages import MAX_PAGES, FurtherPages, find_further_pages
from copydesk.cleaners.pagination.page_numbers import is_single_page, page_number
from copydesk.cleaners.pagination.said_before import has_all_of, said_by
from copydesk.flows.fetching.asking.manners import Budget
from copydesk.flows.fetching.asking.outcomes import Fetched, NotFetched, Outcome
from copydesk.flows.fetching.lists.discovery import parsed
from copydesk.flows.io.redaction import without_secrets

MAX_BYTES = Budget().unpacked_bytes
"""Of all pages of an article together: what one page may have."""


class Article(Struct, frozen=True):
    """An article as it was fetched. ``first``: its first page, or at that page's address the single page that has all
    of it, which was had at ``read_at``; ``further``: the pages behind it. ``cut_short``: why more of them are missing;
    ``failure``: the same, where it may be had another time.
    """

    first: Fetched
    further: tuple[Fetched, ...] = ()
    read_at: str | None = None
    cut_short: str | None = None
    failure: NotFetched | None = None


async def whole_article(first: Fetched, ask: Callable[[str], Awaitable[Outcome]]) -> Article:
    """The article whose first page was fetched, with all that its pages lead to; the page alone where that is all."""
    leads = await _further(first, first=first.url, number=1)
    said = await asyncio.to_thread(_said_by, first.body)
    if leads.single is not None:
        single = await ask(leads.single)
        # by links, where that is not to be had, or is a log-in page or a gallery: nothing is lost then
        if isinstance(single, Fetched) and await _is_all(single, first.url, said):
            return Article(
                structs.replace(single, url=first.url, redirects=first.redirects), read_at=single.url
            )
    pages = [first]
    while leads.next is not None:
        number, url = len(pages) + 1, leads.next
        if number > MAX_PAGES:
            told = f"only the first {MAX_PAGES} pages of an article are read"
            return _cut_short(pages, number, url, NotFetched(url, "too_long", told, "rejected"))
        outcome = await ask(url)
        if not isinstance(outcome, Fetched):
            return _cut_short(pages, number, url, outcome)
        reached = page_number(outcome.url, first=first.url)
        # beyond the last page many sites show an earlier one
        if (reached is not None and reached < number) or any(outcome.body == one.body for one in pages):
            break
        if reached != number:
            told = f"a redirect leads to {outcome.url}"
            return _cut_short(pages, number, url, NotFetched(url, "redirected_away", told, "rejected"))
        if sum(len(one.body) for one in pages) + len(outcome.body) > MAX_BYTES:
            told = f"all pages have more than {MAX_BYTES:,} bytes"
            return _cut_short(pages, number, url, NotFetched(url, "too_large", told, "rejected"))
        more = await asyncio.to_thread(_said_by, outcome.body)
        # others answer every number with the same page, of which a token may differ
        if more and more <= said:
            break
        said |= more
        pages.append(outcome)
        leads = await _further(outcome, first=first.url, number=number)
    return Article(first, tuple(pages[1:]))


async def _is_all(single: Fetched, first: str, said: frozenset[str]) -> bool:
    if not is_single_page(single.url, first=first):
        return False
    return has_all_of(said, await asyncio.to_thread(_said_by, single.body))


def _cut_short(pages: list[Fetched], number: int, url: str, outcome: Outcome) -> Article:
    # "unchanged" answers no request without validators
    failure = outcome if isinstance(outcome, NotFetched) else NotFetched(url, "protocol", "unchanged")
    told = without_secrets(f"page {number} ({url}) was not fetched: {failure.reason}: {failure.message}")
    may_be_had = failure if failure.status == "failed" else None
    return Article(pages[0], tuple(pages[1:]), cut_short=told, failure=may_be_had)


def _said_by(body: bytes) -> frozenset[str]:
    return said_by(parsed(body))


async def _further(page: Fetched, *, first: str, number: int) -> FurtherPages:
    # in a thread: a page of some megabytes takes a tenth of a second
    return await asyncio.to_thread(_find, page, first, number)


def _find(page: Fetched, first: str, number: int) -> FurtherPages:
    root = parsed(page.body)
    if root is None:
        return FurtherPages()
    return find_further_pages(root, url=page.url, first=first, number=number)
