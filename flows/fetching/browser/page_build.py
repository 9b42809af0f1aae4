"""One page in one context of Chromium: its requests answered, its end awaited, its HTML taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct, structs

from copydesk.flows.errors import FlowError
from copydesk.flows.fetching.http.fetcher import UNEXPECTED, failure_of
from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched, Outcome, Request
from copydesk.flows.fetching.wire.addresses import origin_of

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page, Route, WebSocketRoute
    from playwright.async_api import Request as PlaywrightRequest

MAX_PARTS = 200
"""Scripts and what they fetch; further requests of a page are refused."""
_PARTS_AT_ONCE = 4  # from as many hosts: a host has one connection
# Playwright's resource types; images, styles, fonts and media change no text
_PARTS = frozenset({"script", "xhr", "fetch"})
# between two looks at the page; set by hand
_LOOK_SECONDS = 0.1
# set by hand. Quiet: no request and no change; long quiet: one of the two; most: at all
_QUIET_SECONDS, _LONG_QUIET_SECONDS, _MOST_SECONDS = 0.5, 2.0, 10.0
# a request older than this is waited for; a younger one may be the next of a page that polls for ever
_SLOW_SECONDS = 1.0
# set by hand: an answer that does not end must not hold up the next page
_CANCEL_SECONDS = 1.0

# what is about the connection, what is kept from page to page, what would make a download of it
_NOT_PASSED_IN = frozenset(
    {"content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie", "content-disposition"}
)  # fmt: skip
# what does not go through requests; Chromium's proxy to nowhere holds it too, and names of its options change
_WITHOUT_WAYS_OUT = "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete globalThis[name]"
# in a world that scripts of the page do not share: they can neither stop it nor pretend to it
_WATCH = """
globalThis.changedAt = performance.now();
new MutationObserver(() => { globalThis.changedAt = performance.now(); })
    .observe(document, { subtree: true, childList: true, characterData: true });
"""
_LOOK = "[document.readyState, (performance.now() - globalThis.changedAt) / 1000]"
# counted before it is put together: a document may be larger than any text that can be
_TAKE = """
(() => {
    if (!location.protocol.startsWith("http")) throw new Error("its script leads to " + location.protocol);
    const walker = document.createTreeWalker(document);
    let left = %d;
    while (left >= 0 && walker.nextNode()) left -= 1 + (walker.currentNode.length ?? 0);
    const html = left < 0 ? "" : document.documentElement.outerHTML;
    return left < 0 || html.length > %d ? null : html;
})()
"""


FetchPart = Callable[[Request, bool], Awaitable[Outcome]]
"""Fetches a part of a page: a script, or what scripts fetch."""


class Navigation(Struct, frozen=True):
    """A script wants to go on to another page."""

    url: str


class PageBuild:
    """A page being built; ``run`` once."""

    def __init__(
        self, context: BrowserContext, shell: Fetched, request: Request, fetch: FetchPart, *, most_bytes: int
    ) -> None:
        self._context = context
        self._shell = shell
        self._request = request
        self._fetch = fetch
        self._most_bytes = most_bytes
        self._bytes = 0
        self._page: Page | None = None
        self._is_shell_given = False
        # what ends the building from outside: a script that leads on, a crash, too many bytes
        self._ending: asyncio.Future[Navigation | NotFetched] = asyncio.get_running_loop().create_future()
        # held here, since an event loop keeps only weak references to tasks
        self._answers: set[asyncio.Task[None]] = set()
        self._parts = 0
        self._lanes = asyncio.Semaphore(_PARTS_AT_ONCE)
        self._under_way: dict[int, float] = {}
        self._quiet_since = _now()

    async def run(self) -> bytes | Navigation | NotFetched:
        """The page's HTML in UTF-8, where its script leads, or why there is nothing. Raises Playwright's
        Error where it gives up.
        """
        built = asyncio.ensure_future(self._build())
        try:
            first: tuple[asyncio.Future[Any], ...] = (built, self._ending)
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            return self._ending.result() if self._ending.done() else await built
        finally:
            built.cancel()
            for answer in self._answers:
                answer.cancel()
            await asyncio.wait((built, *self._answers), timeout=_CANCEL_SECONDS)

    async def _build(self) -> bytes | NotFetched:
        await self._context.route("**/*", self._begin_answer)
        await self._context.route_web_socket("**/*", _hang_up)
        await self._context.add_init_script(_WITHOUT_WAYS_OUT)
        page = self._page = await self._context.new_page()
        page.on("crash", self._crashed)
        # who builds keeps the time; any wait beyond "commit" would be for parts that may never come
        await page.goto(self._shell.url, wait_until="commit", timeout=0)
        document = await _Document.of(page, self._context)
        await self._settled(document)
        html = await document.html(self._most_bytes)
        # characters were counted in the page, here they are bytes, of which some take several
        if html is None or len(html) > self._most_bytes:
            return self._too_large()
        return html

    async def _settled(self, document: _Document) -> None:
        """Waits until the page has become quiet; at most so long after it was parsed."""
        parsed_at: float | None = None
        while parsed_at is None or _now() - parsed_at < _MOST_SECONDS:
            await asyncio.sleep(_LOOK_SECONDS)
            is_parsed, unchanged_seconds = await document.look()
            if is_parsed:
                parsed_at = parsed_at or _now()
                if self._is_quiet(unchanged_seconds):
                    return

    def _is_quiet(self, unchanged_seconds: float) -> bool:
        """Neither a clock on the page nor one that polls the server is waited for long; slow answers are."""
        oldest = min(self._under_way.values(), default=_now())
        if unchanged_seconds >= _LONG_QUIET_SECONDS and _now() - oldest < _SLOW_SECONDS:
            return True
        quiet = 0.0 if self._under_way else _now() - self._quiet_since
        return quiet >= _LONG_QUIET_SECONDS or min(quiet, unchanged_seconds) >= _QUIET_SECONDS

    def _crashed(self, _: Page) -> None:
        self._end(
            NotFetched(self._shell.url, "browser", "the page's process crashed or took too much memory")
        )

    @property
    def _is_too_large(self) -> bool:
        """Whether the page and its parts are, as they came or unpacked."""
        visit = self._request.visit
        return self._bytes > self._most_bytes or (visit is not None and visit.is_exceeded)

    def _too_large(self) -> NotFetched:
        return NotFetched(
            self._shell.url, "too_large", f"the page or its parts are more than {self._most_bytes:,} bytes"
        )

    def _end(self, ending: Navigation | NotFetched) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    # --- requests

    def _begin_answer(self, route: Route) -> None:
        answer = asyncio.ensure_future(self._answer(route))
        self._answers.add(answer)
        answer.add_done_callback(self._answers.discard)

    async def _answer(self, route: Route) -> None:
        from playwright.async_api import Error

        wanted = route.request
        try:
            # another method would change something on the server; another scheme leads to no server
            if wanted.method != "GET" or urlsplit(wanted.url).scheme not in ("http", "https"):
                await route.abort("aborted")
            elif wanted.is_navigation_request():
                await self._answer_navigation(route)
            elif wanted.resource_type in _PARTS and self._parts < MAX_PARTS:
                await self._answer_part(route)
            else:
                await route.abort("aborted")
        except Error:  # the page is gone, and with it the request
            return
        except asyncio.CancelledError:
            with suppress(Error):
                await route.abort()  # Playwright waits for a word on each
            raise
        except Exception as error:  # noqa: BLE001 - nobody waits for this task, and the page would wait for its answer
            self._end_unexpectedly(error)

    def _end_unexpectedly(self, error: Exception) -> None:
        try:
            self._end(failure_of(self._shell.url, error))
        # handed to who awaits the ending: raised in this task it would be lost
        except FlowError as fault:
            if not self._ending.done():
                self._ending.set_exception(fault)

    async def _answer_navigation(self, route: Route) -> None:
        """The page itself, once. Any further one is left to who has begun this visit; frames within the page
        are left empty.
        """
        if not self._is_of_the_page(route.request):
            await route.abort("aborted")
        elif self._is_shell_given:
            await route.abort("aborted")
            self._end(Navigation(route.request.url))
        else:
            self._is_shell_given = True
            await _fulfill(route, self._shell)

    def _is_of_the_page(self, wanted: PlaywrightRequest) -> bool:
        from playwright.async_api import Error

        try:
            return self._page is not None and wanted.frame == self._page.main_frame
        except Error:  # a window that does not exist yet
            return False

    async def _answer_part(self, route: Route) -> None:
        self._parts += 1
        number = self._parts
        # before there is a lane: a part that waits for one is under way too
        self._under_way[number] = _now()
        try:
            async with self._lanes:
                outcome: Outcome = self._too_large()
                # other parts may have come while this one waited
                if not self._is_too_large:
                    outcome = await self._fetch(
                        self._part_request(route.request), route.request.resource_type == "script"
                    )
            if isinstance(outcome, Fetched):
                self._bytes += len(outcome.body)
            if isinstance(outcome, NotFetched) and outcome.reason == UNEXPECTED:
                self._end(
                    structs.replace(outcome, url=self._shell.url)
                )  # a page without the part would hide it
            await _give(route, outcome)
            if self._is_too_large:
                self._end(self._too_large())
        finally:
            del self._under_way[number]
            self._quiet_since = _now()

    def _part_request(self, wanted: PlaywrightRequest) -> Request:
        """A part's request: with those headers that the script adds where it is the page's own server, and
        the source's own where page and part are both of its servers: another's page would read with them what
        is not for it.

        A browser sends other servers a preflight request for a script's headers; they get none.
        """
        given = wanted.headers
        # APIs go by these: the kind of data wanted, and the page's origin (CORS)
        headers: dict[str, str] = {name: given[name] for name in ("accept", "origin") if name in given}
        if origin_of(wanted.url) == origin_of(self._shell.url):
            # X-Requested-With, X-CSRF-Token: what a server expects of its own scripts
            headers.update({name: value for name, value in given.items() if name.startswith("x-")})
        if origin_of(self._shell.url) in self._request.origins:
            headers.update(self._request.headers_for(wanted.url))
        return Request(wanted.url, headers=headers, visit=self._request.visit)


class _Document:
    """What the page has become, seen from a world that its scripts do not share."""

    def __init__(self, session: CDPSession, world: int) -> None:
        self._session = session
        self._world = world

    @classmethod
    async def of(cls, page: Page, context: BrowserContext) -> _Document:
        from playwright.async_api import Error

        session = await context.new_cdp_session(page)
        frame = (await session.send("Page.getFrameTree"))["frameTree"]["frame"]
        # a script may have gone on to "about:blank" or "data:" meanwhile
        if not frame["url"].startswith("http"):
            raise Error(f"its script leads to {frame['url'][:40]}")
        made = await session.send(
            "Page.createIsolatedWorld", {"frameId": frame["id"], "worldName": "copydesk"}
        )
        document = cls(session, made["executionContextId"])
        await document._evaluated(_WATCH)
        return document

    async def look(self) -> tuple[bool, float]:
        """Whether it is parsed, and for how many seconds it has not changed."""
        state, unchanged_seconds = await self._evaluated(_LOOK)
        return state != "loading", float(unchanged_seconds)

    async def html(self, most: int) -> bytes | None:
        """All of it, in UTF-8; None where that is more than so many characters."""
        html = await self._evaluated(_TAKE % (most, most))
        # outerHTML has no document type, without which a page counts as one of old (quirks mode)
        return None if html is None else b"<!DOCTYPE html>\n" + str(html).encode("utf-8", "replace")

    async def _evaluated(self, expression: str) -> Any:
        """The value of an expression. Raises Playwright's Error where there is none, or the page has given
        way to another.
        """
        from playwright.async_api import Error

        answer = await self._session.send(
            "Runtime.evaluate", {"expression": expression, "contextId": self._world, "returnByValue": True}
        )
        if "exceptionDetails" in answer:
            raise Error(
                str(answer["exceptionDetails"].get("exception", {}).get("description", "no document"))
            )
        return answer["result"].get("value")


async def _give(route: Route, outcome: Outcome) -> None:
    """Answers the request for a part; a page can do without."""
    if isinstance(outcome, Fetched):
        await _fulfill(route, outcome)
    # a script may have a way to go on after a 404, which it has not after an error
    elif isinstance(outcome, NotFetched) and 400 <= (outcome.http_status or 0) < 600:
        await route.fulfill(status=outcome.http_status, body=b"")
    else:
        await route.abort("failed")


async def _fulfill(route: Route, page: Fetched) -> None:
    headers = {name: value for name, value in page.headers.items() if name not in _NOT_PASSED_IN}
    headers.setdefault("content-type", "text/html" if route.request.is_navigation_request() else "")
    await route.fulfill(status=page.status, headers=headers, body=page.body)


async def _hang_up(socket: WebSocketRoute) -> None:
    await socket.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
