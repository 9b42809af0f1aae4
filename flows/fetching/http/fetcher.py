"""Fetches a page: robots.txt, rate limit, redirects, retries, budgets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Self, cast
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2
from msgspec import structs
from tenacity import AsyncRetrying, Future, RetryCallState, retry_if_result, wait_exponential

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.errors import FlowError
from copydesk.flows.fetching.http.body import NoPlace, read_body
from copydesk.flows.fetching.http.outcomes import (
    MAX_HEADER_CHARS,
    TRANSIENT_STATUS,
    NotFetched,
    Outcome,
    Request,
    later,
    outcome_of,
    requested_pause,
)
from copydesk.flows.fetching.http.politeness import (
    FetchLimits,
    PolitenessPolicy,
    RequestBudget,
    WaitTooLong,
    host_of,
    page_time_budget,
)
from copydesk.flows.fetching.http.site_files import MAX_SITE_FILE_BYTES, HostState, SiteFiles
from copydesk.flows.fetching.wire.addresses import Forbidden, check_url, has_empty_host, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, FetchFault
from copydesk.flows.fetching.wire.network import NetworkBackend
from copydesk.flows.fetching.wire.transport import Answer, CheckedBackend, Client, Resolve, resolve
from copydesk.flows.io.child import error_reason

# of a compressed body, beyond which it is decompressed in a thread; set by hand
_LARGE_BYTES = 1_000_000
_UNREACHABLE = frozenset({"forbidden", "dns", "connect", "tls"})
"""Reasons why neither a page nor its robots.txt can be requested."""
# not dns and tls: a missing name or a wrong certificate is the same a second later
_TRANSIENT = frozenset(
    {"connect", "timeout", "protocol", "truncated", *(f"http_{code}" for code in TRANSIENT_STATUS)}
)
UNEXPECTED = "error"
"""The reason code of an unexpected exception."""
# of an error message, which may quote a URL of any length; set by hand
_MAX_MESSAGE_CHARS = 200
# "https:/page", "http:page": urljoin reads a path on the same host, other programs a host
_NO_HOST = lazy_pattern(r"https?:(?!//)", re.IGNORECASE)


class Fetcher:
    """Fetches pages; a context manager that holds the connections. One for all sources with the same politeness.

    ``host_state`` is shared by all fetchers of a run: rate limits, and the files of sites, each requested once.
    """

    def __init__(
        self,
        politeness: PolitenessPolicy,
        *,
        limits: FetchLimits = FetchLimits(),  # noqa: B008 - frozen
        host_state: HostState | None = None,
        resolve: Resolve = resolve,
        network: httpcore2.AsyncNetworkBackend = NetworkBackend(),  # noqa: B008 - holds nothing
    ) -> None:
        self._politeness = politeness
        self._limits = limits
        self._is_alone = host_state is None
        self._host_state = host_state or HostState()
        self._rate_limiter = self._host_state.rate_limiter
        self._client = Client(
            user_agent=politeness.user_agent,
            backend=CheckedBackend(allowed=politeness.allowed, resolve=resolve, network=network),
            keeps_cookies=politeness.keeps_cookies,
        )
        self.site_files = SiteFiles(self._host_state, self._fetch_site_file, allowed=politeness.allowed)
        """The content of robots.txt and the other files of sites."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._is_alone:
            await self._host_state.close()
        await self._client.aclose()

    async def fetch(self, request: Request) -> Outcome:
        """The page, or why there is none; transient failures are retried. Raises no errors of servers or networks."""
        cache = self._host_state.cache
        fetch = partial(self._fetch, request)
        return await (fetch() if cache is None else cache.fetch(request.url, fetch))

    async def _fetch(self, request: Request) -> Outcome:
        in_all = page_time_budget(self._limits, request.within)

        def should_stop(state: RetryCallState) -> bool:
            # with less than half of its time, an attempt at a slow page would probably fail
            return state.attempt_number >= self._limits.attempts or not in_all.has_room(
                self._limits.seconds / 2
            )

        # one budget of bytes for all attempts: a server that always disconnects costs no more than one body
        budget = RequestBudget.of(self._limits, request.visit, in_all)

        async def attempt() -> Outcome:
            return await self._follow(request, budget.for_another_attempt())

        # doubled each time; the rate limiter waits for longer pauses that the server requests
        wait = wait_exponential(self._limits.first_wait_seconds)
        return await with_retries(attempt, should_stop=should_stop, wait=wait)

    async def fetch_once(self, request: Request, budget: RequestBudget | None = None) -> Outcome:
        """The outcome of one attempt: for parts of a page in the browser, and for downloads, which resume by themselves
        on the same ``budget``.
        """
        return await self._follow(request, budget or RequestBudget.of(self._limits, request.visit))

    async def _fetch_site_file(self, url: str, is_robots: bool) -> Outcome:
        limits = structs.replace(
            self._limits,
            seconds=self._limits.robots_seconds,
            bytes=MAX_SITE_FILE_BYTES,
            unpacked_bytes=MAX_SITE_FILE_BYTES,
            # a robots.txt may be cut (RFC 9309, 2.5); half of a JSON or XML file is useless
            may_cut=is_robots,
        )
        return await self._follow(Request(url), RequestBudget.of(limits), is_robots=is_robots)

    async def _follow(self, request: Request, budget: RequestBudget, *, is_robots: bool = False) -> Outcome:
        """The outcome at the end of the redirects; an unexpected exception becomes the outcome of this page."""
        try:
            return await self._follow_redirects(request, budget, is_robots=is_robots)
        except Exception as error:  # noqa: BLE001 - one page must not end the run
            return failure_of(request.url, error)

    async def _follow_redirects(self, request: Request, budget: RequestBudget, *, is_robots: bool) -> Outcome:
        # robots.txt applies to the path that the server sees: "/open/../closed" is "/closed"
        request = structs.replace(request, url=without_dots(request.url))
        chain, limits = [request.url], budget.limits
        while True:
            url = chain[-1]
            # for each URL of the chain: the target of a redirect may be denied
            refusal = url_refusal(url) or (None if is_robots else await self._robots_refusal(url))
            if refusal is not None:
                return refusal
            # the crawl delay is in robots.txt
            gap = self._politeness.pace_seconds
            if not is_robots:
                gap = max(gap, (await self.site_files.robots(url)).delay or 0.0)
            answer = await self._request_in_turn(url, request, budget, gap_seconds=gap)
            if isinstance(answer, NotFetched):
                return answer
            # 304 means "not modified"
            if not 300 <= answer.status < 400 or answer.status == 304:
                work = partial(outcome_of, answer, request, chain, limits, now=datetime.now(UTC))
                # decompression that takes long would block the event loop
                is_long = len(answer.body) > _LARGE_BYTES and "content-encoding" in answer.headers
                return await asyncio.to_thread(work) if is_long else work()
            target = redirect_target(url, answer.status, answer.headers.get("location", ""))
            if isinstance(target, NotFetched):
                return target
            if len(chain) > limits.redirects:
                return NotFetched(url, "too_many_redirects", f"more than {limits.redirects} redirects")
            chain.append(target)

    async def _request_in_turn(
        self, url: str, request: Request, budget: RequestBudget, *, gap_seconds: float
    ) -> Answer | NotFetched:
        turn = partial(
            self._rate_limiter.turn,
            host_of(url),
            gap_seconds=gap_seconds,
            patience_seconds=budget.limits.longest_wait_seconds,
            visit=request.visit,
        )
        before = budget.byte_budget.bytes
        try:
            if request.into is not None:
                async with self._rate_limiter.download(host_of(url)):
                    return await self._request(url, request, budget, turn())
            try:
                return await self._request(url, request, budget, turn())
            except NoPlace as place:
                await place.hold.wait_for_place()
            budget.byte_budget.bytes = before  # the second request is our doing
            return await self._request(url, request, budget.for_another_attempt(), turn())
        except WaitTooLong as wait:
            return later(url, "its server requested a pause", wait.seconds)

    async def _robots_refusal(self, url: str) -> NotFetched | None:
        robots = await self.site_files.robots(url)
        if robots.answer == "unreachable":
            fault = robots.fault
            # "no such host" is more precise than "robots.txt could not be read"
            if fault is not None and fault.reason in _UNREACHABLE:
                return structs.replace(fault, url=url)
            why = f" ({fault.message})" if fault is not None else ""
            return NotFetched(
                url, "robots_unreachable", f"robots.txt could not be read{why}, so nothing is fetched for now"
            )
        if self._politeness.obeys_robots and not robots.may_fetch(url):
            return NotFetched(url, "robots_denied", robots.denial(url) or "robots.txt does not allow it")
        return None

    async def _request(
        self, url: str, request: Request, budget: RequestBudget, turn: AbstractAsyncContextManager[None]
    ) -> Answer | NotFetched:
        """A request within the turn of its host, with the whole body."""
        try:
            async with AsyncExitStack() as held:
                # in this order: otherwise a request that waits for a slow host would block others
                await held.enter_async_context(turn)
                await held.enter_async_context(self._host_state.room)
                # by URL: secrets must not follow a redirect to another server
                fetched = self._client.get(url, request.headers_for(url), budget.byte_budget)
                async with budget.attempt.request(), fetched as answer:
                    if pause_seconds := requested_pause(answer, now=datetime.now(UTC)):
                        # the host pauses, not only the page
                        self._rate_limiter.defer(host_of(url), pause_seconds)
                    if not answer.is_success:
                        await answer.pass_over()
                    elif request.into is not None:
                        # a download may take hours: other requests must not wait for it
                        await held.aclose()
                        await request.into.receive(answer)
                    else:
                        answer.body = await read_body(answer, request, budget.limits)
                    return answer
        except TimeoutError:
            if request.within is not None and not request.within.has_time:
                return NotFetched(url, OVER_BUDGET, "no time is left of what all that belongs to it may take")
            return NotFetched(url, "timeout", f"not done after {budget.limits.seconds:g} seconds")
        except FetchFault as error:
            return NotFetched(url, error.reason, str(error))
        except Forbidden as error:
            return NotFetched(url, "forbidden", str(error))


async def with_retries(
    attempt: Callable[[], Awaitable[Outcome]],
    *,
    should_stop: Callable[[RetryCallState], bool],
    wait: Callable[[RetryCallState], float],
) -> Outcome:
    """The outcome of the last attempt; transient failures are retried until ``should_stop``."""
    attempts = AsyncRetrying(
        retry=retry_if_result(lambda ended: isinstance(ended, NotFetched) and ended.reason in _TRANSIENT),
        stop=should_stop,
        wait=wait,
        # called after an attempt, which has an outcome
        retry_error_callback=lambda state: cast("Future", state.outcome).result(),
    )
    outcome: Outcome = await attempts(attempt)
    return outcome


def redirect_target(url: str, status: int, location: str) -> str | NotFetched:
    """The URL that the redirect from ``url`` leads to, by its ``Location``."""
    location = location.strip()
    if len(location) >= MAX_HEADER_CHARS:
        message = f"the redirect has more than {MAX_HEADER_CHARS:,} characters"
        return NotFetched(url, "bad_redirect", message)
    if not location:
        return NotFetched(url, "bad_redirect", f"status {status} without a location")
    if _NO_HOST.match(location) or has_empty_host(location):
        return NotFetched(url, "bad_redirect", "the redirect names no host")
    try:
        # a fragment is never sent, and would make two URLs of one page
        target = without_dots(str(httpx2.URL(urljoin(url, location)).copy_with(fragment=None)))
    except (ValueError, httpx2.InvalidURL, UnicodeError):
        return NotFetched(url, "bad_redirect", "the redirect is no URL")
    # the source's secret headers would be sent unencrypted
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http":
        return NotFetched(url, "downgrade", "a redirect from https to http, not followed")
    return target


def url_refusal(url: str) -> NotFetched | None:
    """Why a URL must not be requested; None if it may be."""
    try:
        check_url(url)
        httpx2.URL(url)
    except Forbidden as error:
        return NotFetched(url, "forbidden", str(error))
    except (httpx2.InvalidURL, UnicodeError) as error:
        return NotFetched(url, "forbidden", f"no URL: {str(error)[:_MAX_MESSAGE_CHARS]}")
    return None


def failure_of(url: str, error: Exception) -> NotFetched:
    """The outcome of a page or list that an unexpected exception ended: ``error``, with the exception in one line.

    Raises a FlowError again: the run is at fault, and other pages would fail, too.
    """
    # a task group may raise it among others
    faults = error.subgroup(FlowError) if isinstance(error, ExceptionGroup) else None
    if isinstance(error, FlowError):
        raise error
    if faults is not None:
        raise faults
    return NotFetched(url, UNEXPECTED, error_reason(error).removeprefix(f"{UNEXPECTED}: "))
