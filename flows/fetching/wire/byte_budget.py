"""What comes over the network for a fetch, counted where it arrives: with headers, framing and encryption,
not bodies alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from copydesk.flows.fetching.wire.bodies import BadBody
from copydesk.flows.fetching.wire.visit import Visit


class ByteBudget:
    """The bytes that one fetch may take in all, over its redirects and attempts; those of a visit count for
    the visit as well.
    """

    def __init__(self, most_bytes: int, visit: Visit | None = None) -> None:
        self._most_bytes = most_bytes
        self._visit = visit
        self.bytes = 0

    def add(self, size: int) -> None:
        """Counts bytes that have come. Raises BadBody where there are more than may be."""
        # counted before it is compared: what has come stays counted where this raises
        self.bytes += size
        # a page of a thousand small parts stays within each fetch's bound and is stopped by the visit's alone
        if self._visit is not None:
            self._visit.weigh(size)
        if self.bytes > self._most_bytes:
            raise BadBody("too_large", f"more than {self._most_bytes:,} bytes over the network")

    @contextmanager
    def counting(self) -> Iterator[None]:
        """All that this task reads from connections meanwhile is counted."""
        # by task and not by connection: over HTTP/2 and kept connections several fetches share one
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            # by token: where one count lies within another the outer one goes on afterwards
            _CURRENT.reset(token)


_CURRENT: ContextVar[ByteBudget | None] = ContextVar("intake", default=None)


def current_budget() -> ByteBudget | None:
    """The one that counts what this task reads."""
    return _CURRENT.get()
