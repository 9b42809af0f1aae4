"""The body of an answer, read within its budget; large ones wait for a place outside of their host's turn."""

from __future__ import annotations

from contextlib import suppress

from copydesk.flows.fetching.asking.large_bodies import Hold
from copydesk.flows.fetching.asking.manners import Budget
from copydesk.flows.fetching.asking.outcomes import Request
from copydesk.flows.fetching.wire.bodies import BadBody
from copydesk.flows.fetching.wire.transport import Answer
from copydesk.flows.fetching.wire.transport_fault import TransportFault

# of a body that is not wanted; so much is cheaper to read than another connection to make
_PASSED_OVER_BYTES = 64_000


class NoPlace(Exception):
    """A body is large, and there are as many of these as there may be: it is asked for again once there is a place.

    Nobody waits for a place within a host's turn: those who have one may be waiting for that turn.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__()
        self.hold = hold


async def read_body(answer: Answer, request: Request, budget: Budget) -> bytes:
    """The body of what may become a page, unless somebody else takes it as it comes; of another answer none is
    needed, and one that is short is read to its end.
    """
    if answer.is_success and request.into is not None:
        await request.into.receive(answer)
        return b""
    if answer.is_success:
        return await _whole_body(answer, budget.bytes, request, may_cut=budget.may_cut)
    size = 0
    # the status says all: how its body breaks off changes nothing
    with suppress(TransportFault):
        async for part in answer.parts():
            size += len(part)
            if size > _PASSED_OVER_BYTES:
                break
    return b""


async def _whole_body(answer: Answer, most: int, request: Request, *, may_cut: bool) -> bytes:
    """The body as it came, still packed. Raises BadBody beyond ``most`` bytes, unless what is beyond may be
    left; NoPlace as said there.
    """
    parts: list[bytes] = []
    size = 0
    async for part in answer.parts():
        parts.append(part)
        size += len(part)
        if size > most:
            if may_cut:
                break
            raise BadBody("too_large", f"more than {most:,} bytes")
        # after the size: what is too large for anybody need not wait for a place
        if request.hold is not None and not await request.hold.grow_to(size):
            raise NoPlace(request.hold)
    return b"".join(parts)
