"""What a request may cost, and what has been spent of it."""

from __future__ import annotations

from typing import Self

from msgspec import Struct, structs

from copydesk.flows.fetching.asking.manners import Budget
from copydesk.flows.fetching.wire.byte_budget import ByteBudget
from copydesk.flows.fetching.wire.request_budget import RequestBudget
from copydesk.flows.fetching.wire.visit import Visit

_BESIDE_BODIES_BYTES = 300_000
"""What headers, framing, encryption and the bodies of redirects and errors may take beside a page's body, in
all of a fetch.
"""


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
