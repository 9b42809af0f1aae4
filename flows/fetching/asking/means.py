"""What a request may cost, and what has been spent of it."""

from __future__ import annotations

from typing import Self

from msgspec import Struct, structs

from copydesk.flows.fetching.asking.manners import Budget
from copydesk.flows.fetching.wire.byte_budget import ByteBudget
from copydesk.flows.fetching.wire.deadline import Deadline
from copydesk.flows.fetching.wire.visit import Visit

_BESIDE_BODIES_BYTES = 300_000
"""What headers, framing, encryption and the bodies of redirects and errors may take beside a page's body, in
all of a fetch.
"""


class Means(Struct, frozen=True):
    """What may be spent, over as many requests as they are given to."""

    budget: Budget
    byte_budget: ByteBudget
    deadline: Deadline

    @classmethod
    def of(cls, budget: Budget, visit: Visit | None = None) -> Self:
        """Nothing is spent yet; what comes for a visit counts for that, too."""
        byte_budget = ByteBudget(budget.bytes + _BESIDE_BODIES_BYTES, visit)
        return cls(budget, byte_budget, Deadline(budget.seconds))

    def with_time_anew(self) -> Self:
        """The same bytes, and all of the time once more."""
        return structs.replace(self, deadline=Deadline(self.budget.seconds))
