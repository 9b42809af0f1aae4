"""Fetches a page: robots.txt, rate limit, redirects, retries, budgets."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from typing import Self

import httpcore2
from msgspec import structs
from tenacity import RetryCallState, wait_exponential

from copydesk.flows.fetching.http.body import NoPlace, read_body
from copydesk.flows.fetching.http.outcomes import NotFetched, Outcome, Request, later, with_retries
from copydesk.flows.fetching.http.politeness import (
    FetchLimits,
    PolitenessPolicy,
    RequestBudget,
    WaitTooLong,
    host_of,
    page_time_budget,
)
from copydesk.flows.fetching.http.response import Response, failure_of, outcome_of, url_refusal
from copydesk.flows.fetching.http.site_files import MAX_SITE_FILE_BYTES, HostState, SiteFiles
from copydesk.flows.fetching.wire.addresses import Forbidden, without_dots
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, FetchFault
from copydesk.flows.fetching.wire.network import NetworkBackend
from copydesk.flows.fetching.wire.transport import CheckedBackend, Client, Resolve, resolve

# of a compressed body, beyond which it is decompressed in a thread (see _outcome_in_thread); set by hand
_LARGE_BYTES = 1_000_000
_UNREACHABLE = frozenset({"forbidden", "dns", "connect", "tls"})
"""Reasons why neither a page nor its robots.txt can be requested."""


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
            self._host_state.close()
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

    async def _fetch_site_file(self, url: str, *, is_robots: bool) -> Outcome:
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
            gap = self._politeness.pace_seconds if is_robots else await self._gap(url)
            response = await self._request_in_turn(url, request, budget, gap_seconds=gap)
            if isinstance(response, NotFetched):
                return response
            if not response.is_redirect:
                outcome = await _outcome_in_thread(response, request, chain, limits)
                if isinstance(outcome, NotFetched) and outcome.pause_seconds is not None:
                    # the host pauses, not only the page
                    self._rate_limiter.defer(host_of(url), outcome.pause_seconds)
                return outcome
            target = response.redirect_target(url)
            if isinstance(target, NotFetched):
                return target
            if len(chain) > limits.redirects:
                return NotFetched(url, "too_many_redirects", f"more than {limits.redirects} redirects")
            chain.append(target)

    async def _request_in_turn(
        self, url: str, request: Request, budget: RequestBudget, *, gap_seconds: float
    ) -> Response | NotFetched:
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
        robots, fault = await self.site_files.robots_or_fault(url)
        if robots.answer == "unreachable":
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

    async def _gap(self, url: str) -> float:
        delay = (await self.site_files.robots(url)).delay
        return max(self._politeness.pace_seconds, delay or 0.0)

    async def _request(
        self, url: str, request: Request, budget: RequestBudget, turn: AbstractAsyncContextManager[None]
    ) -> Response | NotFetched:
        """A request within the turn of its host, with the whole body."""
        try:
            async with AsyncExitStack() as held:
                # in this order: otherwise a request that waits for a slow host would block others
                await held.enter_async_context(turn)
                await held.enter_async_context(self._host_state.room)
                # by URL: secrets must not follow a redirect to another server
                fetched = self._client.get(url, request.headers_for(url), budget.byte_budget)
                async with budget.attempt.request(), fetched as answer:
                    if request.into is not None and answer.is_success:
                        # a download may take hours: other requests must not wait for it
                        await held.aclose()
                    body = await read_body(answer, request, budget.limits)
                    return Response.of(answer, body)
        except TimeoutError:
            if request.within is not None and not request.within.has_time:
                return NotFetched(url, OVER_BUDGET, "no time is left of what all that belongs to it may take")
            return NotFetched(url, "timeout", f"not done after {budget.limits.seconds:g} seconds")
        except FetchFault as error:
            return NotFetched(url, error.reason, str(error))
        except Forbidden as error:
            return NotFetched(url, "forbidden", str(error))


async def _outcome_in_thread(
    response: Response, request: Request, chain: list[str], limits: FetchLimits
) -> Outcome:
    """As ``outcome_of``, but in a thread if decompression takes long and would block the event loop."""
    work = partial(outcome_of, response, request, chain, limits, now=datetime.now(UTC))
    if len(response.body) > _LARGE_BYTES and "content-encoding" in response.headers:
        return await asyncio.to_thread(work)
    return work()
