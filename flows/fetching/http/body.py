"""Response bodies, read within their limits; few large ones are in memory at once."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import Self

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.flows.fetching.http.outcomes import Request
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.wire.budgets import BadBody
from copydesk.flows.fetching.wire.transport import Answer

LARGE_BYTES = 2_000_000
"""A body beyond this counts as large; of 1,071 real pages three are."""
LARGE_AT_ONCE = 4
"""Set by hand: of 20 MB each (``FetchLimits.bytes``) they take 80 MB, and as much again unpacked."""


class Hold:
    """What one fetch holds: nothing, or the place of one large body, which is free again when that has been handed on.

    ``places``: for large bodies, shared by all fetches of a run: pages are small, and a few hostile servers must not
    fill memory.
    """

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._is_held = False
        self._kept_bytes = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._is_held:
            self._places.release()
            self._is_held = False

    def keep(self, size: int) -> None:
        """Counts a body that stays in memory while the next one is fetched: pages of one article count together."""
        self._kept_bytes += size

    async def grow_to(self, size: int) -> bool:
        """Takes a place where the body, with those kept, has become large; False where there is none. Never waits."""
        if self._kept_bytes + size <= LARGE_BYTES or self._is_held:
            return True
        # the caller holds a host's turn, for which fetches that have places may be waiting
        if self._places.locked():
            return False
        await self.wait_for_place()
        return True

    async def wait_for_place(self) -> None:
        """Takes a place as soon as there is one."""
        if not self._is_held:
            await self._places.acquire()
            self._is_held = True


# HTML that ends in these is complete, whatever follows
_ENDS = lazy_pattern(rb"</(?:body|html)\b", re.IGNORECASE)
_END_BYTES = 4_000
# comments and scripts with their content; elements that hold articles, and whose end tag is required. \Z where there is
# no end: looking for one behind each beginning would take hours
_MARKUP = lazy_pattern(
    rb"<(?:!--.*?(?:-->|(?P<comment>\Z))|(script|style)\b.*?(?:</\2\b|(?P<script>\Z))"
    rb"|(?P<end>/?)(?P<name>article|div|main|section|table)\b)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = lazy_pattern(rb"<[a-z/!]", re.IGNORECASE)


class NoPlace(Exception):
    """A body is large, and all places are taken: it is requested again once there is a place.

    Waiting within a host's turn could be a deadlock: fetches that have a place may be waiting for that turn.
    """

    def __init__(self, hold: Hold) -> None:
        super().__init__()
        self.hold = hold


async def read_body(answer: Answer, request: Request, limits: FetchLimits) -> bytes:
    """The body of a successful answer as sent, still compressed.

    Raises BadBody beyond ``limits.bytes``, unless it may be cut there, and for HTML that its server announced too
    short; NoPlace.
    """
    parts: list[bytes] = []
    size = 0
    async for part in answer.parts():
        parts.append(part)
        size += len(part)
        if size > limits.bytes:
            if limits.may_cut:
                break
            raise BadBody("too_large", f"more than {limits.bytes:,} bytes")
        # after the size: a body that is refused need not wait for a place
        if request.hold is not None and not await request.hold.grow_to(size):
            raise NoPlace(request.hold)
    body = b"".join(parts)
    # a compressed body is checked when it is decompressed
    is_html = "html" in answer.headers.get("content-type", "html").lower()
    is_checked = is_html and "content-encoding" not in answer.headers
    if is_checked and _ends_in_the_middle(body) and await answer.goes_on():
        raise BadBody("truncated", f"its server sent more than the {len(body):,} bytes that it announced")
    return body


def _ends_in_the_middle(body: bytes) -> bool:
    """Whether markup ends within a tag, a comment, a script, or an element that may hold the article."""
    if _ENDS.search(body, max(0, len(body) - _END_BYTES)):
        return False
    if _TAG.search(body, body.rfind(b">") + 1):
        return True
    open_elements = Counter[bytes]()
    for found in _MARKUP.finditer(body):
        if found["comment"] is not None or found["script"] is not None:
            return True
        if found["name"]:
            open_elements[found["name"].lower()] += -1 if found["end"] else 1
    return any(count > 0 for count in open_elements.values())
