"""One page over the network: asked politely, within its budgets, and never from where it must not come."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Self

import httpcore
from msgspec import structs
from tenacity import RetryCallState, wait_exponential

from copydesk.cleaners.types import SiteSignal
from copydesk.flows.fetching.http.body import NoPlace, read_body
from copydesk.flows.fetching.http.outcomes import NotFetched, Outcome, Request
from copydesk.flows.fetching.http.politeness import Budget, Manners, Means, page_budget
from copydesk.flows.fetching.http.rate_limit import LongRest, host_of
from copydesk.flows.fetching.http.response import Response, failure_of, outcome_of, url_refusal
from copydesk.flows.fetching.http.retry_policy import later, with_retries
from copydesk.flows.fetching.http.robots import Robots
from copydesk.flows.fetching.http.site_files import MAX_SITE_FILE_BYTES, HostState, SiteTerms
from copydesk.flows.fetching.wire.addresses import Forbidden, without_dots
from copydesk.flows.fetching.wire.bodies import BadBody
from copydesk.flows.fetching.wire.budgets import OVER_BUDGET, OverBudget
from copydesk.flows.fetching.wire.network import NetworkBackend
from copydesk.flows.fetching.wire.transport import CheckedBackend, Client, Resolve, resolve
from copydesk.flows.fetching.wire.transport_fault import TransportFault

# of a packed body, beyond which it is unpacked in a thread (see _outcome_beside); set by hand
_LARGE_BYTES = 1_000_000
_UNREACHABLE = frozenset({"forbidden", "dns", "connect", "tls"})
"""Faults that a page shares with its robots.txt: there is nobody to ask."""


class Fetcher:
    """Fetches pages; a context manager that holds the connections. One for all sources with the same manners.

    ``host_state`` is what it shares with the other fetchers of a run: whose turn it is at a host, and the files
    of sites, each asked once. Nothing that a server, a name service or a page does raises out of ``fetch``.
    """

    def __init__(
        self,
        manners: Manners,
        *,
        budget: Budget = Budget(),  # noqa: B008 - frozen
        host_state: HostState | None = None,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend = NetworkBackend(),  # noqa: B008 - holds nothing
    ) -> None:
        self._manners = manners
        self._budget = budget
        self._is_alone = host_state is None
        self._host_state = host_state or HostState()
        self._pace = self._host_state.pace
        self._client = Client(
            user_agent=manners.user_agent,
            backend=CheckedBackend(allowed=manners.allowed, resolve=resolve, network=network),
            keeps_cookies=manners.keeps_cookies,
        )
        self._terms = SiteTerms(self._host_state, self._site_file, allowed=manners.allowed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_alone:
            self._host_state.close()
        await self._client.aclose()

    async def fetch(self, request: Request) -> Outcome:
        """The page, or why there is none. Transient faults are tried again, as late as the server asks."""
        in_all = page_budget(self._budget, request.within)

        def are_enough(state: RetryCallState) -> bool:
            # with less than half of its time an attempt at a slow page would mostly be for nothing
            return state.attempt_number >= self._budget.attempts or not in_all.has_room(
                self._budget.seconds / 2
            )

        # one budget for all attempts: a server that breaks off each time costs no more than one body
        means = Means.of(self._budget, request.visit, in_all)
        attempt = partial(self._attempt, request, means)
        # twice as long each time; a host that asked for more rests for so long
        wait = wait_exponential(self._budget.first_wait_seconds)
        return await with_retries(attempt, are_enough=are_enough, wait=wait)

    async def fetch_part(self, request: Request) -> Outcome:
        """A part of a page that is being built, asked for once: who builds it is waiting."""
        return await self._follow(request, Means.of(self._budget, request.visit), is_robots=False)

    async def download(self, request: Request, means: Means) -> Outcome:
        """A file that somebody takes as it comes, asked for once: who takes it knows how to go on, with the same
        means.
        """
        return await self._follow(request, means, is_robots=False)

    async def robots(self, url: str) -> Robots:
        """The rules of a URL's origin, asked once however many wait for them."""
        return await self._terms.robots(url)

    async def usage_signals(self, outcome: Outcome) -> tuple[SiteSignal, ...]:
        """What files of its site say on the use of a page; see ``SiteTerms.usage_signals``."""
        return await self._terms.usage_signals(outcome)

    async def usage_signals_of_site(self, url: str) -> tuple[SiteSignal, ...]:
        """What files of a site say on the use of what is at a URL; see ``SiteTerms.usage_signals_of_site``."""
        return await self._terms.usage_signals_of_site(url)

    async def _site_file(self, url: str, *, is_robots: bool) -> Outcome:
        budget = structs.replace(
            self._budget,
            seconds=self._budget.robots_seconds,
            bytes=MAX_SITE_FILE_BYTES,
            unpacked_bytes=MAX_SITE_FILE_BYTES,
            # the beginning of a robots.txt counts (RFC 9309, 2.5); half of a JSON or XML file says nothing
            may_cut=is_robots,
        )
        return await self._follow(Request(url), Means.of(budget), is_robots=is_robots)

    async def _attempt(self, request: Request, means: Means) -> Outcome:
        return await self._follow(request, means.for_another_attempt(), is_robots=False)

    async def _follow(self, request: Request, means: Means, *, is_robots: bool) -> Outcome:
        """The answer at the end of the redirects; an exception that nobody expected is the outcome of this page."""
        try:
            return await self._follow_to_the_end(request, means, is_robots=is_robots)
        except Exception as error:  # noqa: BLE001 - one answer must not end the run
            return failure_of(request.url, error)

    async def _follow_to_the_end(self, request: Request, means: Means, *, is_robots: bool) -> Outcome:
        """The answer at the end of the redirects. The deadline runs while we ask, not while we wait for a
        host's turn.
        """
        # robots.txt is asked of the path the server will see: "/open/../closed" is "/closed"
        request = structs.replace(request, url=without_dots(request.url))
        way, budget = [request.url], means.budget
        while True:
            url = way[-1]
            # for each address on the way: a redirect must not lead past the rules of where it ends
            refusal = url_refusal(url) or (None if is_robots else await self._robots_refusal(url))
            if refusal is not None:
                return refusal
            # the delay that a site asks for stands in the very file that is being asked for
            gap = self._manners.pace_seconds if is_robots else await self._gap(url)
            response = await self._ask_in_turn(url, request, means, gap_seconds=gap)
            if isinstance(response, NotFetched):
                return response
            if not response.is_redirect:
                outcome = await _outcome_beside(response, request, way, budget)
                if isinstance(outcome, NotFetched) and outcome.retry_seconds is not None:
                    # the host rests, not the page: its other pages wait as well
                    self._pace.rest(host_of(url), outcome.retry_seconds)
                return outcome
            following = response.redirect_from(url)
            if isinstance(following, NotFetched):
                return following
            if len(way) > budget.redirects:
                return NotFetched(url, "too_many_redirects", f"more than {budget.redirects} redirects")
            way.append(following)

    async def _ask_in_turn(
        self, url: str, request: Request, means: Means, *, gap_seconds: float
    ) -> Response | NotFetched:
        turn = partial(
            self._pace.turn,
            host_of(url),
            gap_seconds=gap_seconds,
            patience_seconds=means.budget.longest_wait_seconds,
            visit=request.visit,
        )
        before = means.byte_budget.bytes
        try:
            if request.into is not None:
                async with self._pace.download(host_of(url)):
                    return await self._ask(url, request, means, turn())
            try:
                return await self._ask(url, request, means, turn())
            except NoPlace as place:
                await place.hold.wait_for_place()
            means.byte_budget.bytes = before  # that it is asked for once more is our doing
            return await self._ask(url, request, means.for_another_attempt(), turn())
        except LongRest as rest:
            return later(url, "its server asked for patience", rest.seconds)

    async def _robots_refusal(self, url: str) -> NotFetched | None:
        robots, fault = await self._terms.robots_answer(url)
        if robots.answer == "unreachable":
            # "no such host" tells a person more than that robots.txt could not be read
            if fault is not None and fault.reason in _UNREACHABLE:
                return structs.replace(fault, url=url)
            why = f" ({fault.message})" if fault is not None else ""
            return NotFetched(
                url, "robots_unreachable", f"robots.txt could not be read{why}, so nothing is fetched for now"
            )
        if self._manners.obeys_robots and not robots.may_fetch(url):
            why = robots.denial(url) or "robots.txt does not allow it"
            return NotFetched(url, "robots_denied", why)
        return None

    async def _gap(self, url: str) -> float:
        asked_for = (await self.robots(url)).delay
        return max(self._manners.pace_seconds, asked_for or 0.0)

    async def _ask(
        self, url: str, request: Request, means: Means, turn: AbstractAsyncContextManager[None]
    ) -> Response | NotFetched:
        """One request within a turn of its host, and the whole body of what may become a page."""
        async with AsyncExitStack() as held:
            # in this order: a place taken first would be held while the turn of a slow host is waited for
            await held.enter_async_context(turn)
            await held.enter_async_context(self._host_state.room)
            return await self._ask_at_once(url, request, means, held.aclose)

    async def _ask_at_once(
        self, url: str, request: Request, means: Means, end_turn: Callable[[], Awaitable[None]]
    ) -> Response | NotFetched:
        try:
            with means.byte_budget.counting():
                # anew for each address: what is secret must not follow a redirect to another server
                headers = request.headers_for(url)
                async with means.attempt.request(), self._client.get(url, headers) as answer:
                    if request.into is not None and answer.is_success:
                        # its body may take hours: neither pages of the host nor other hosts wait for that
                        await end_turn()
                    body = await read_body(answer, request, means.budget)
                    return Response.of(answer, body)
        except TimeoutError:
            if request.within is not None and not request.within.has_time:
                return NotFetched(url, OVER_BUDGET, "no time is left of what all that belongs to it may take")
            return NotFetched(url, "timeout", f"not done after {means.budget.seconds:g} seconds")
        except OverBudget as error:
            return NotFetched(url, OVER_BUDGET, str(error))
        except (BadBody, TransportFault) as error:
            return NotFetched(url, error.reason, str(error))
        except Forbidden as error:
            return NotFetched(url, "forbidden", str(error))


async def _outcome_beside(response: Response, request: Request, way: list[str], budget: Budget) -> Outcome:
    """As ``outcome_of``; in a thread where unpacking may take a tenth of a second, in which no other page would
    come forward.
    """
    work = partial(outcome_of, response, request, way, budget, now=datetime.now(UTC))
    if len(response.body) > _LARGE_BYTES and "content-encoding" in response.headers:
        return await asyncio.to_thread(work)
    return work()
