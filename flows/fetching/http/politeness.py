"""How politely a source is fetched, what one fetch may cost, and how much of that is spent."""

from __future__ import annotations

from typing import Self

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.wire.budgets import ByteBudget, TimeBudget, Visit

_OVERHEAD_BYTES = 300_000
"""Headers, framing, encryption and the bodies of redirects and errors, beyond a page's body, per fetch."""


class FetchLimits(Struct, frozen=True):
    """What one fetch may cost. Bytes: of a body as sent, and decompressed; the overhead (``_OVERHEAD_BYTES``) comes on
    top, over all redirects and attempts. Seconds: of one attempt, redirects and body included; all attempts together
    get a third more.

    ``may_cut``: a larger body is cut at the limit; otherwise it is an error.
    """

    # set by hand, like the others here: longer would block a host's turn, shorter lose slow servers
    seconds: float = 30.0
    # shorter, since every page of the site waits for it
    robots_seconds: float = 10.0
    bytes: int = 20_000_000
    unpacked_bytes: int = 20_000_001  # one more than cleaning takes, so that it sees the page is too large
    may_cut: bool = False
    # RFC 9309 (2.3.1.2) wants at least as many followed for robots.txt
    redirects: int = 5
    # with waits of one and two seconds between them
    attempts: int = 3
    first_wait_seconds: float = 1.0
    # of all attempts together: three with two redirects each, or two with four each
    requests: int = 10
    # where Retry-After is longer, the page is left to a later run
    longest_wait_seconds: float = 300.0


class PolitenessPolicy(Struct, frozen=True):
    """How a source wants its pages fetched. ``allowed``: ``host:port`` that may be reached though not public.

    ``obeys_robots`` False: what robots.txt denies is fetched, and ``SiteFiles.usage_signals`` reports the denial; while
    robots.txt is unreachable nothing is fetched even so. ``keeps_cookies``: those of an origin are sent back to that
    origin alone, within one run.
    """

    pace_seconds: float = 1.0
    allowed: frozenset[str] = frozenset()
    user_agent: str = user_agent()
    obeys_robots: bool = True
    keeps_cookies: bool = False


class RequestBudget(Struct, frozen=True):
    """What may still be spent by the requests that share it. ``attempt``: the time of one attempt, a part of
    ``in_all``, the time of all attempts.
    """

    limits: FetchLimits
    byte_budget: ByteBudget
    attempt: TimeBudget
    in_all: TimeBudget | None = None

    @classmethod
    def of(cls, limits: FetchLimits, visit: Visit | None = None, in_all: TimeBudget | None = None) -> Self:
        """A full budget; bytes received for a visit count for the visit, too."""
        byte_budget = ByteBudget(limits.bytes + _OVERHEAD_BYTES, visit)
        return cls(limits, byte_budget, TimeBudget(limits.seconds, within=in_all), in_all)

    def for_another_attempt(self) -> Self:
        """The same bytes, and the full time of an attempt, as far as ``in_all`` has it."""
        return structs.replace(self, attempt=TimeBudget(self.limits.seconds, within=self.in_all))


def page_time_budget(limits: FetchLimits, within: TimeBudget | None = None) -> TimeBudget:
    """The time of all attempts at a page: too little for another after one that used up all of its own."""
    return TimeBudget(limits.seconds * 4 / 3, requests=limits.requests, within=within)
