"""The further pages of an article that a page leads to, fetched one after the other, as politely as any page."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, structs

from copydesk.cleaners.pagination.further_pages import (
    MAX_PAGES,
    FurtherPages,
    find_further_pages,
    has_all_of,
    text_pieces,
)
from copydesk.cleaners.pagination.page_numbers import is_single_page, page_number
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, NotModified, Outcome, Validators
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.lists.discovery import parsed
from copydesk.flows.fetching.lists.listed import FurtherPart
from copydesk.flows.io.redaction import without_secrets

MAX_BYTES = FetchLimits().unpacked_bytes
"""Of all pages of an article together: what one page may have."""
REDIRECTED_AWAY = "redirected_away"
"""Reason code of a page that redirects to a URL which is none of the article's."""


class Article(Struct, frozen=True):
    """An article as it was fetched. ``first``: its first page, or at that page's address the single page that has all
    of it, which was had at ``read_at``; ``further``: the pages behind it. ``cut_short``: why more of them are missing;
    ``failure``: the same, where it may be had another time. ``parts``: what is to be noted of its pages but
    the first.
    """

    first: Fetched
    further: tuple[Fetched, ...] = ()
    read_at: str | None = None
    cut_short: str | None = None
    failure: NotFetched | None = None
    parts: tuple[FurtherPart, ...] = ()


class LookedAgain(Struct, frozen=True):
    """What became of the further pages of an article whose first one is as before.

    ``had``: those that were sent again. ``failure``: why one of them failed this time, so that nothing is
    known; ``is_awaited``: whether the article has not had that one before either.
    """

    is_changed: bool = False
    had: Mapping[str, Fetched] = MappingProxyType({})
    failure: NotFetched | None = None
    is_awaited: bool = False


async def look_again(
    parts: Sequence[FurtherPart], fetch: Callable[[str, Validators], Awaitable[Outcome]]
) -> LookedAgain:
    """Requests the further pages of an article in order, up to the first that has changed."""
    for part in parts:
        outcome = await fetch(part.url, part.validators)
        if isinstance(outcome, NotFetched) and not outcome.is_answer:
            return LookedAgain(failure=outcome, is_awaited=part.missing is not None)
        if _has_changed(part, outcome):
            had = {part.url: outcome} if isinstance(outcome, Fetched) else {}
            return LookedAgain(is_changed=True, had=had)
    return LookedAgain()


def _has_changed(part: FurtherPart, outcome: Outcome) -> bool:
    if isinstance(outcome, NotModified):
        return False
    if isinstance(outcome, NotFetched):
        return outcome.reason != part.missing
    if part.missing == REDIRECTED_AWAY:
        return outcome.url == part.url
    # not every server gives validators
    return part.missing is not None or _digest(outcome) != part.body


def _part(url: str, outcome: Outcome, missing: str | None = None) -> FurtherPart:
    """What is to be noted of a further page; ``missing``: why it is none of the article's, though it came."""
    if isinstance(outcome, Fetched):
        return FurtherPart(url, outcome.validators, _digest(outcome), missing)
    return FurtherPart(url, missing=outcome.reason if isinstance(outcome, NotFetched) else missing)


def _digest(page: Fetched) -> str:
    return hashlib.blake2b(page.body, digest_size=16).hexdigest()


async def whole_article(first: Fetched, fetch: Callable[[str], Awaitable[Outcome]]) -> Article:
    """The article whose first page was fetched, with all that its pages lead to; the page alone where that is all."""
    texts, leads = await asyncio.to_thread(_read, first, first.url, 1)
    if leads.single is not None:
        single = await fetch(leads.single)
        # by links, where that fails, or is a log-in page or a gallery: nothing is lost then
        if (
            isinstance(single, Fetched)
            and is_single_page(single.url, first=first.url)
            and has_all_of(texts, (await asyncio.to_thread(_read, single, first.url, 1))[0])
        ):
            return Article(
                structs.replace(single, url=first.url, redirects=first.redirects),
                read_at=single.url,
                parts=(_part(leads.single, single),),
            )
    pages, parts = [first], list[FurtherPart]()
    while leads.next is not None:
        number, url = len(pages) + 1, leads.next
        if number > MAX_PAGES:
            message = f"only the first {MAX_PAGES} pages of an article are read"
            return _cut_short(pages, parts, NotFetched(url, "too_long", message))
        outcome = await fetch(url)
        if not isinstance(outcome, Fetched):
            # a request without validators must not be answered by 304
            failure = outcome if isinstance(outcome, NotFetched) else NotFetched(url, "protocol", "unchanged")
            return _cut_short(pages, [*parts, _part(url, outcome)], failure)
        reached = page_number(outcome.url, first=first.url)
        # beyond the last page many sites show an earlier one
        if (reached is not None and reached < number) or any(outcome.body == one.body for one in pages):
            break
        if reached != number:
            parts.append(FurtherPart(url, missing=REDIRECTED_AWAY))
            message = f"a redirect leads to {outcome.url}"
            return _cut_short(pages, parts, NotFetched(url, REDIRECTED_AWAY, message))
        if sum(len(one.body) for one in pages) + len(outcome.body) > MAX_BYTES:
            parts.append(_part(url, outcome))
            message = f"all pages have more than {MAX_BYTES:,} bytes"
            return _cut_short(pages, parts, NotFetched(url, "too_large", message))
        more, leads = await asyncio.to_thread(_read, outcome, first.url, number)
        # others answer every number with the same page, of which a token may differ
        if more and more <= texts:
            break
        texts |= more
        pages.append(outcome)
        parts.append(_part(url, outcome))
    return Article(first, tuple(pages[1:]), parts=tuple(parts))


def _cut_short(pages: Sequence[Fetched], parts: Sequence[FurtherPart], failure: NotFetched) -> Article:
    reason = f"page {len(pages) + 1} ({failure.url}) was not fetched: {failure.reason}: {failure.message}"
    return Article(
        pages[0],
        tuple(pages[1:]),
        cut_short=without_secrets(reason),
        failure=None if failure.is_answer else failure,
        parts=tuple(parts),
    )


def _read(page: Fetched, first: str, number: int) -> tuple[frozenset[str], FurtherPages]:
    """The texts of a page, and where it leads. A page of some megabytes takes a tenth of a second."""
    root = parsed(page.body)
    if root is None:
        return text_pieces(None), FurtherPages()
    return text_pieces(root), find_further_pages(root, url=page.url, first=first, number=number)
