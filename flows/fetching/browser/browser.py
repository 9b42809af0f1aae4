"""Pages that are nothing without their scripts, built by a real Chromium that never touches the network itself.

Every request of a page is answered by our own fetcher: IP addresses are checked, robots.txt is obeyed,
redirects and sizes are limited.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from msgspec import structs

from copydesk.flows.fetching.browser.chromium import Chromium, first_line
from copydesk.flows.fetching.browser.page_build import Navigation, PageBuild
from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request, Validators
from copydesk.flows.fetching.http.politeness import FetchLimits, page_time_budget
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.fetching.wire.budgets import Visit

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

PAGES_AT_ONCE = 2
"""Pages built at the same time: each takes a processor, and memory up to ``chromium.RENDERER_BYTES``."""
# set by hand: a script that never rests may keep its page from closing
_CLOSE_SECONDS = 5.0
_SCRIPT_BYTES = 32_000_000  # kept
# what names no type is mostly HTML, and browsers look at it as such
_HTML_TYPES = ("", "text/html", "application/xhtml+xml")
# what describes the body as it was sent, or would make the next request conditional on the unbuilt page
_OF_THE_SHELL = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "etag", "last-modified"}
)


class Browser:
    """Builds pages; a context manager. Chromium is started when the first page needs it, and ended with all its
    processes.

    Only GET requests are answered, and only for documents, scripts and what scripts fetch: a reader changes nothing,
    and nobody looks at images.
    """

    def __init__(self, *, limits: FetchLimits = FetchLimits()) -> None:  # noqa: B008 - frozen
        self._limits = limits
        self._room = asyncio.Semaphore(PAGES_AT_ONCE)
        self._hosts: dict[str, asyncio.Lock] = {}
        self._starting = asyncio.Lock()
        self._chromium: Chromium | None = None
        # that pages have in common, requested once in a run
        self._scripts: dict[tuple[object, ...], Fetched] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._chromium is not None:
            ending = asyncio.create_task(self._chromium.close())
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                await ending  # its processes end before the run does
                raise

    async def fetch(self, request: Request, fetcher: Fetcher) -> Outcome:
        """The page as its scripts make it, or why there is none; what is no HTML comes as it is. All is fetched
        through ``fetcher``.

        The page itself has the time of any fetch; the building of it, and of those that its scripts lead on
        to, as much again altogether. A server's validators are not those of a built page, so none are
        sent and none are given. Raises EnvironmentFault where Chromium cannot be started, and nothing for
        what a page or a server does.
        """
        way: list[str] = []
        # fixed before scripts lead on: another server must not become the source's own
        own = request.origins or frozenset({origin_of(request.url)})
        in_all = page_time_budget(self._limits, request.within)
        request = structs.replace(request, origins=own, validators=Validators(), within=in_all)
        seconds = self._limits.seconds
        while True:
            visit = Visit(self._limits.bytes)
            of_visit = structs.replace(request, visit=visit)
            # one visit to a host at a time; no turn is held while another host's is waited for, so that
            # nobody waits in a circle
            async with self._hosts.setdefault(urlsplit(of_visit.url).netloc.lower(), asyncio.Lock()):
                shell = await fetcher.fetch(of_visit)
                if not isinstance(shell, Fetched) or shell.media_type not in _HTML_TYPES:
                    return _after(way, shell)
                # from now on the parts follow without a pause, as in anybody's browser
                visit.is_open = True
                built, seconds = await self._build(shell, of_visit, fetcher, seconds=seconds)
            if isinstance(built, bytes):
                return _after(way, _page(shell, built))
            if isinstance(built, NotFetched):
                return built
            way += [*shell.redirects, shell.url]
            refusal = _refusal(shell.url, built.url, hops=len(way), most=self._limits.redirects)
            if refusal is not None:
                return refusal
            request = structs.replace(request, url=built.url)

    async def _build(
        self, shell: Fetched, request: Request, fetcher: Fetcher, *, seconds: float
    ) -> tuple[bytes | Navigation | NotFetched, float]:
        """What becomes of a page, and the seconds that are left then."""
        async with self._room:
            chromium = await self._running()
            began = asyncio.get_running_loop().time()
            ending = await self._build_once(chromium, shell, request, fetcher, seconds=seconds)
            if not chromium.is_alive:  # it may have been ended for the sake of another page
                left = seconds - (asyncio.get_running_loop().time() - began)
                chromium = await self._running()
                ending = await self._build_once(chromium, shell, request, fetcher, seconds=left)
            return ending, seconds - (asyncio.get_running_loop().time() - began)

    async def _running(self) -> Chromium:
        # two pages at once must not start two Chromiums
        async with self._starting:
            if self._chromium is not None and not self._chromium.is_alive:
                await self._chromium.close()
                self._chromium = None
            if self._chromium is None:
                self._chromium = await Chromium.start()
            return self._chromium

    async def _build_once(
        self, chromium: Chromium, shell: Fetched, request: Request, fetcher: Fetcher, *, seconds: float
    ) -> bytes | Navigation | NotFetched:
        from playwright.async_api import Error

        context: BrowserContext | None = None
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                # a new one for each page: nothing is left of the one before
                context = await chromium.browser.new_context(accept_downloads=False, service_workers="block")
                fetch = partial(self._fetch_part, fetcher)
                building = PageBuild(context, shell, request, fetch, most_bytes=self._limits.unpacked_bytes)
                return await building.run()
        except TimeoutError:
            return NotFetched(shell.url, "timeout", f"not built after {self._limits.seconds:g} seconds")
        except Error as error:
            return NotFetched(shell.url, "browser", f"the page could not be built: {first_line(error)}")
        finally:
            await _close(context, chromium)

    async def _fetch_part(self, fetcher: Fetcher, request: Request, is_script: bool) -> Outcome:
        """A part of a page. A response to other headers or another fetcher is another part."""
        key = (fetcher, request.url, *sorted(request.headers.items()))
        if is_script and key in self._scripts:
            return self._scripts[key]
        outcome = await fetcher.fetch_once(request)
        if is_script and isinstance(outcome, Fetched) and outcome.may_be_kept:
            # once full it stays full: for one run nothing need be dropped for something better
            kept_bytes = sum(len(script.body) for script in self._scripts.values())
            if kept_bytes + len(outcome.body) <= _SCRIPT_BYTES:
                self._scripts[key] = outcome
        return outcome


async def _close(context: BrowserContext | None, chromium: Chromium) -> None:
    """Ends a page and its processes; where that cannot be done, all of Chromium."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            if context is not None:
                await context.close()
    except (Error, TimeoutError):
        chromium.kill()


def _page(shell: Fetched, html: bytes) -> Fetched:
    """The built page, with those headers of the answer that hold for it."""
    headers = {name: value for name, value in shell.headers.items() if name not in _OF_THE_SHELL}
    headers["content-type"] = "text/html; charset=utf-8"
    return structs.replace(shell, headers=headers, body=html)


def _after(way: list[str], outcome: Outcome) -> Outcome:
    """The outcome, with the pages that led to it before."""
    if isinstance(outcome, Fetched):
        return structs.replace(outcome, redirects=(*way, *outcome.redirects))
    return outcome


def _refusal(url: str, following: str, *, hops: int, most: int) -> NotFetched | None:
    """Why a page is not left for another that its script wants; the same as for a redirect."""
    if hops > most:
        return NotFetched(url, "too_many_redirects", f"its scripts lead on, more than {most} times")
    if urlsplit(url).scheme == "https" and urlsplit(following).scheme == "http":
        return NotFetched(url, "downgrade", "its script leads from https to http, not followed")
    return None
