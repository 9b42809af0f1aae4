"""What comes over the network for a fetch, counted where it arrives: with headers, framing and encryption, not bodies alone."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
from anyio.abc import ByteStream

from copydesk.flows.fetching.bodies import BadBody
from copydesk.flows.fetching.visit import Visit

_ON_THE_WAY_BYTES = 256 * 1024
"""What a server may send before we take it, about: the system would let that grow to several megabytes."""


class Intake:
    """The bytes that one fetch may take in all, over its redirects and attempts; those of a visit count for the visit as well."""

    def __init__(self, most_bytes: int, visit: Visit | None = None) -> None:
        self._most_bytes = most_bytes
        self._visit = visit
        self.bytes = 0

    def add(self, size: int) -> None:
        """Counts bytes that have come. Raises BadBody where there are more than may be."""
        self.bytes += size
        if self._visit is not None:
            self._visit.weigh(size)
        if self.bytes > self._most_bytes:
            raise BadBody("too_large", f"more than {self._most_bytes:,} bytes over the network")

    @contextmanager
    def counting(self) -> Iterator[None]:
        """All that this task reads from connections meanwhile is counted."""
        token = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(token)


_CURRENT: ContextVar[Intake | None] = ContextVar("intake", default=None)


class CountedBackend(httpcore.AnyIOBackend):
    """Opens connections on which what comes is counted below their encryption, for the fetch (see ``Intake``) that reads it.

    Connections are kept for further requests: whose bytes they are is known by who reads, as connections read for nobody else.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection."""
        options = [*(socket_options or ()), (socket.SOL_SOCKET, socket.SO_RCVBUF, _ON_THE_WAY_BYTES)]
        stream: Any = await super().connect_tcp(host, port, timeout, local_address, options)
        # httpcore's own stream has no place for this beneath its encryption; the one it wraps has
        stream._stream = _CountedStream(stream._stream)
        counted: httpcore.AsyncNetworkStream = stream
        return counted


class _CountedStream(ByteStream):
    """A connection's bytes. Once closed it says that it takes no requests: a pool then opens another."""

    def __init__(self, inner: ByteStream) -> None:
        self._inner = inner
        self._is_closed = False

    @property
    def extra_attributes(self) -> Mapping[Any, Any]:
        """Those of the connection."""
        return self._inner.extra_attributes

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        """What has come. Raises BadBody where that is more than the fetch may take."""
        part = await self._inner.receive(max_bytes)
        intake = _CURRENT.get()
        if intake is not None:
            intake.add(len(part))
        return part

    async def send(self, item: bytes) -> None:
        """Sends a request's bytes."""
        if self._is_closed:
            raise httpcore.ConnectionNotAvailable
        await self._inner.send(item)

    async def send_eof(self) -> None:
        """Says that nothing more is sent."""
        await self._inner.send_eof()

    async def aclose(self) -> None:
        """Ends the connection."""
        self._is_closed = True
        await self._inner.aclose()
