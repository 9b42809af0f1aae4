"""How pages are asked for: what a fetch may cost, what is spent of it, and how a source wants its pages fetched."""

from __future__ import annotations

from typing import Self

from msgspec import Struct, structs

from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.wire.budgets import ByteBudget, RequestBudget, Visit

_BESIDE_BODIES_BYTES = 300_000
"""What headers, framing, encryption and the bodies of redirects and errors may take beside a page's body, in
all of a fetch.
"""


class Budget(Struct, frozen=True):
    """What one fetch may cost. Bytes: of a body as it comes, and unpacked; with all that comes beside it a
    megabyte more, over all redirects and attempts. Seconds: for the whole of an attempt, redirects and body
    included; of all attempts together a third more.

    ``may_cut``: what is beyond the bytes is left, and the rest is taken; else there is nothing to take.
    """

    # set by hand, like the others here: longer would hold a host's turn, shorter lose slow servers
    seconds: float = 30.0
    # shorter, since every page of the site waits for it
    robots_seconds: float = 10.0
    bytes: int = 20_000_000
    unpacked_bytes: int = 20_000_001  # one more than cleaning takes, so that it sees the page is too large
    may_cut: bool = False
    # as many as RFC 9309 (2.3.1.2) wants followed for robots.txt at least
    redirects: int = 5
    # with waits of one and two seconds between them
    attempts: int = 3
    first_wait_seconds: float = 1.0
    # of all attempts together: three that are each led on twice, or two that are led on four times
    requests: int = 10
    # a server that asks for more (Retry-After) is left for a later run
    longest_wait_seconds: float = 300.0


class Manners(Struct, frozen=True):
    """How a source wants its pages fetched. ``allowed``: ``host:port`` that are no public addresses and may
    be reached nevertheless.

    ``obeys_robots`` False: what robots.txt denies is fetched, and the denial told by ``Fetcher.usage_signals``; a
    robots.txt that cannot be had still means waiting. ``keeps_cookies``: those of an origin are sent back to
    that origin alone, within one run.
    """

    pace_seconds: float = 1.0
    allowed: frozenset[str] = frozenset()
    user_agent: str = user_agent()
    obeys_robots: bool = True
    keeps_cookies: bool = False


class Means(Struct, frozen=True):
    """What may be spent, over as many requests as they are given to. ``attempt``: of what all attempts may take
    (``in_all``) that which this one may.
    """

    budget: Budget
    byte_budget: ByteBudget
    attempt: RequestBudget
    in_all: RequestBudget | None = None

    @classmethod
    def of(cls, budget: Budget, visit: Visit | None = None, in_all: RequestBudget | None = None) -> Self:
        """Nothing is spent yet; what comes for a visit counts for that, too."""
        byte_budget = ByteBudget(budget.bytes + _BESIDE_BODIES_BYTES, visit)
        return cls(budget, byte_budget, RequestBudget(budget.seconds, within=in_all), in_all)

    def for_another_attempt(self) -> Self:
        """The same bytes, and all of an attempt's time once more, as far as there is."""
        return structs.replace(self, attempt=RequestBudget(self.budget.seconds, within=self.in_all))


def page_budget(budget: Budget, within: RequestBudget | None = None) -> RequestBudget:
    """What all attempts at a page may take together: too little for another after one that took all of its time."""
    return RequestBudget(budget.seconds * 4 / 3, requests=budget.requests, within=within)
