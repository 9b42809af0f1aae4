"""``sources check``: one polite check of sources on the web: do they exist, and are they of the kind their list has?
Nothing is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import tomli

from copydesk.flows.crawl.single_pages import open_fetchers
from copydesk.flows.fetching.http.documents import without_gzip
from copydesk.flows.fetching.http.download import beginning_of
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import FetchLimits, host_of
from copydesk.flows.fetching.http.site_files import HostState
from copydesk.flows.fetching.lists.discovery import (
    NAMES_NO_LIST,
    FollowedLinks,
    find_feeds_and_sitemaps,
    kind_of_document,
    page_links,
    usual_lists,
)
from copydesk.flows.fetching.lists.feeds import FeedError, read_feed
from copydesk.flows.fetching.lists.listed import Link
from copydesk.flows.fetching.lists.sitemaps import SitemapError, read_sitemap
from copydesk.flows.fetching.lists.warc_lists import is_list, listed_files
from copydesk.flows.fetching.lists.web_source import CheckResult, WebSource
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.shortening import counted
from copydesk.flows.sources.kinds.warc_members import packing_of_members
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB

CHECK_LIMITS = FetchLimits(seconds=20.0, robots_seconds=10.0, attempts=1)
"""Shorter than a run's, and one attempt: a user waits for it. Set by hand."""
MOST_SECONDS = 120.0
"""Of the check of one source, the pauses in robots.txt included."""
AT_ONCE = 16
"""Hosts checked concurrently."""
_SHOWN = 2  # URLs quoted of feeds, or of sitemaps
_WHAT_TO_DO = tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""By reason code, see ``NotFetched``."""
_LATER = "try again later"
_NO_ADVICE = frozenset({"forbidden", "robots_unreachable"})  # their messages have it
_DOCUMENTS = {kind.name: kind.document for kind in KINDS_OF_THE_WEB}


def check_sources(
    sources: Sequence[WebSource], *, limits: FetchLimits = CHECK_LIMITS, most_seconds: float = MOST_SECONDS
) -> list[CheckResult]:
    """The result of each source, in their order. Hosts are checked concurrently, the sources of each in turn; nothing
    raises out of it.

    Each source costs its host one request beside robots.txt (a site up to four), and at most ``most_seconds``.
    """
    return asyncio.run(_check_all(sources, limits, most_seconds))


async def _check_all(
    sources: Sequence[WebSource], limits: FetchLimits, most_seconds: float
) -> list[CheckResult]:
    found: dict[int, CheckResult] = {}
    # in turn at a host: side by side they would wait for its pace while their time runs
    by_host: dict[str, list[int]] = {}
    for number, source in enumerate(sources):
        by_host.setdefault(host_of(source.addresses[0]) if source.addresses else "", []).append(number)
    room = asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as opened:
        # without a store: a check leaves nothing behind, and requests robots.txt again
        fetchers = await open_fetchers(sources, opened, limits, HostState())

        async def check_in_turn(numbers: Sequence[int]) -> None:
            async with room:
                for number in numbers:
                    found[number] = await _SourceCheck(sources[number], fetchers[number]).within(most_seconds)

        async with asyncio.TaskGroup() as tasks:
            for numbers in by_host.values():
                tasks.create_task(check_in_turn(numbers))
    return [found[number] for number in range(len(sources))]


class _SourceCheck:
    def __init__(self, source: WebSource, fetcher: Fetcher) -> None:
        self._source = source
        self._fetcher = fetcher

    async def within(self, seconds: float) -> CheckResult:
        """The result, or that the check took too long."""
        if not self._source.addresses:
            return CheckResult.failed("no address in it; write one a line")
        try:
            async with asyncio.timeout(seconds):
                result = await self._check()
        except TimeoutError:
            result = CheckResult.failed(f"no answer to all requests within {seconds:g} seconds; {_LATER}")
        # redirects and lists may name URLs with keys in them as well
        shown, count = without_secrets(self._source.addresses[0]), len(self._source.addresses)
        if count > 1:
            shown = f"{shown} (the first of {count:,} addresses)"
        return CheckResult(result.is_good, f"{shown}: {without_secrets(result.detail)}")

    async def _check(self) -> CheckResult:
        if self._source.kind == "warc":
            return await self._check_warcs(self._source.addresses[-1])
        check = _OF_LIST.get(self._source.kind, _as_page)
        fetch = self._fetch if check is _as_page else self._fetch_list
        # the first of a file of URLs: to fetch all would be a run
        page = await fetch(self._source.addresses[0])
        if not isinstance(page, Fetched):
            return _not_there(page)
        if self._source.kind == "site":
            return await self._as_site(page)
        # parsing goes on in threads, as other hosts are waited for meanwhile
        return await asyncio.to_thread(check, page)

    async def _check_warcs(self, url: str) -> CheckResult:
        """A list of WARC files, or the beginning of a file."""
        if not is_list(url):
            request = Request(url, headers=self._source.headers)
            found = await beginning_of(request, self._fetcher, CHECK_LIMITS)
            if isinstance(found, NotFetched):
                return _not_there(found)
            is_one = packing_of_members(found, "") is not None or found.startswith(b"WARC/")
            return CheckResult(
                is_one, "a WARC file" if is_one else "no WARC file, and no list of them by its name"
            )
        page = await self._fetch(url)
        files = await asyncio.to_thread(listed_files, page, url) if isinstance(page, Fetched) else page
        if not isinstance(files, tuple):
            return _not_there(files)
        return CheckResult.passed(f"a list of {counted(len(files), 'WARC file')}")

    async def _fetch(self, url: str) -> Outcome:
        return await self._fetcher.fetch(Request(url, headers=self._source.headers))

    async def _fetch_list(self, url: str) -> Outcome:
        """A feed or sitemap, decompressed."""
        page = await self._fetch(url)
        if isinstance(page, Fetched):
            return await asyncio.to_thread(without_gzip, page)
        return page

    async def _as_site(self, page: Fetched) -> CheckResult:
        """The feeds and sitemaps that a run would read."""
        found = await asyncio.to_thread(find_feeds_and_sitemaps, page.body, url=page.url)
        # it was requested before the page: no further request
        in_robots = (await self._fetcher.site_files.robots(page.url)).sitemaps
        lists = dict.fromkeys((*found, *(Link("sitemap", one) for one in in_robots)))
        named = list(lists) or await self._guessed(page.url)
        links = await asyncio.to_thread(self._followed, page)
        if self._source.follow and not links:
            return CheckResult.failed("no link of its first page is one of follow")
        if not named and not links:
            return CheckResult.failed(NAMES_NO_LIST)
        counts = [_counted(_urls_of(kind, named), kind) for kind in ("feed", "sitemap")]
        counts.append(_counted(links, "link to follow", "links to follow"))
        return CheckResult.passed(f"a site with {' and '.join(filter(None, counts))}")

    def _followed(self, page: Fetched) -> tuple[str, ...]:
        """The links of the first page that a run would follow."""
        if self._source.follow is None:
            return ()
        followed = FollowedLinks(self._source.follow, self._source.addresses[0])
        return tuple(filter(followed.is_followed, page_links(page).urls))

    async def _guessed(self, url: str) -> list[Link]:
        """The feeds and sitemaps that are where they usually are."""
        # only what can be parsed counts: many sites answer any URL with a page
        found = []
        for link in usual_lists(url):
            page = await self._fetch_list(link.url)
            if isinstance(page, Fetched) and _OF_LIST[link.kind](page).is_good:
                found.append(link)
        return found


def _urls_of(kind: str, links: Iterable[Link]) -> list[str]:
    return [link.url for link in links if link.kind == kind]


def _not_there(outcome: Outcome) -> CheckResult:
    """Why it failed, and what to do."""
    if not isinstance(outcome, NotFetched):
        # for completeness: a check sends no validators
        return CheckResult.passed("unchanged")
    advice = None if outcome.reason in _NO_ADVICE else _WHAT_TO_DO.get(outcome.reason, _LATER)
    return CheckResult.failed("; ".join(filter(None, (outcome.message, advice))))


def _as_page(page: Fetched) -> CheckResult:
    media = page.media_type
    kind = kind_of_document(page)
    if kind in ("feed", "sitemap"):
        return CheckResult.failed(f'{_DOCUMENTS[kind]}, no page; did you mean kind = "{kind}"?')
    if media and not media.startswith("text/") and "html" not in media:
        return CheckResult.failed(f"{_answer(page)}: neither HTML nor text; give a page")
    return CheckResult.passed(_answer(page))


def _answer(page: Fetched) -> str:
    moved = f", redirected to {page.url}" if page.redirects else ""
    return f"status {page.status}, {page.media_type or 'of no declared type'}{moved}"


def _as_feed(page: Fetched) -> CheckResult:
    try:
        feed = read_feed(page.body, url=page.url, content_type=page.headers.get("content-type"))
    except FeedError as error:
        return _other_than("feed", page, str(error))
    dates = [page.changed_at for page in feed.pages if page.changed_at]
    newest = f", the newest of {max(dates):%Y-%m-%d}" if dates else ""
    linkless = f" and {feed.linkless:,} without a link" if feed.linkless else ""
    about = f"a feed of {counted(len(feed.pages), 'entry', 'entries')}{linkless}{newest}"
    return CheckResult.passed(_with_problem(about, feed.problems))


def _as_sitemap(page: Fetched) -> CheckResult:
    try:
        sitemap = read_sitemap(page.body)
    except SitemapError as error:
        return _other_than("sitemap", page, str(error))
    pages, sitemaps = len(sitemap.pages), len(sitemap.sitemaps)
    counts = [counted(pages, "page")] if pages or not sitemaps else []
    counts += [counted(sitemaps, "further sitemap")] if sitemaps else []
    return CheckResult.passed(_with_problem(f"a sitemap of {' and '.join(counts)}", sitemap.problems))


def _other_than(expected: str, page: Fetched, problem: str) -> CheckResult:
    """What is there instead, and its kind."""
    kind = kind_of_document(page)
    if kind is None or kind == expected:
        return CheckResult.failed(f"no {expected}: {problem}")
    named = find_feeds_and_sitemaps(page.body, url=page.url) if kind == "site" else ()
    better = _urls_of(expected, named)
    hint = f"; it names {better[0]}" if better else f'; did you mean kind = "{kind}"?'
    return CheckResult.failed(f"no {expected}: {_DOCUMENTS[kind]}{hint}")


def _with_problem(words: str, problems: Sequence[str]) -> str:
    return f"{words} ({problems[0]})" if problems else words


def _counted(addresses: Sequence[str], name: str, several: str = "") -> str:
    if not addresses:
        return ""
    more = ", …" if len(addresses) > _SHOWN else ""
    return f"{counted(len(addresses), name, several)} ({', '.join(addresses[:_SHOWN])}{more})"


_OF_LIST = {"feed": _as_feed, "sitemap": _as_sitemap}
"""Checks a list of a kind."""
