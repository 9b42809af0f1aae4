"""Connections as httpcore2 wants them, over anyio: received bytes are counted below the encryption, and whatever a
connection, a name service or a server makes the transport raise is one exception with a known reason.

httpx2 and httpcore2 map most of what lies beneath them, not all: h2 raises its own errors while a body is read,
a broken record of TLS is an ``ssl.SSLError`` there. So no list of classes is kept, and none can become too short.
Of both libraries only what they make public is used, so that a new release cannot take the counting or the
checking of addresses away without an error.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import anyio
import h2.exceptions
import httpcore2
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from copydesk.flows.errors import map_errors
from copydesk.flows.fetching.wire.addresses import Forbidden
from copydesk.flows.fetching.wire.budgets import BadBody, ByteBudget, FetchFault

_ON_THE_WAY_BYTES = 256 * 1024
"""What a server may send before we take it, about: the system would let that grow to several megabytes."""
# a size that is set ends the system's own growing of the buffer; Linux takes twice the figure (socket(7))
_RECEIVE_BUFFER = (socket.SOL_SOCKET, socket.SO_RCVBUF, _ON_THE_WAY_BYTES)
# answers of status 1xx (103 Early Hints, RFC 8297) may come without end before the one that counts
_BEFORE_ANSWER_BYTES = 300_000
"""Handshake, headers (100 KB at most) and control frames; hints without end would keep a
processor for half a minute.
"""
# httpcore2's names (AsyncNetworkStream.get_extra_info)
_ATTRIBUTES: Mapping[str, Any] = {
    "ssl_object": TLSAttribute.ssl_object,
    "client_addr": SocketAttribute.local_address,
    "server_addr": SocketAttribute.remote_address,
    "socket": SocketAttribute.raw_socket,
}


class TlsError(httpcore2.ConnectError):
    """A server's certificate or its part of the handshake cannot be accepted."""


class UnknownHost(httpcore2.ConnectError):
    """A name service does not know a host."""


class Connections:
    """The connections that one request has used. All bytes that come over them count against ``byte_budget``."""

    def __init__(self, byte_budget: ByteBudget | None) -> None:
        self._byte_budget = byte_budget
        self._wires: set[_Wire] = set()
        self._bytes = 0
        self._has_opened = False
        self._has_read = False
        self.is_answered = False
        """Whether the headers of the answer have come."""
        self.last_read = b""
        """What was read last, without encryption."""

    @property
    def are_kept(self) -> bool:
        """Whether all were open before, and nothing was read from them: their servers may have closed them just when
        the request was sent.
        """
        return bool(self._wires) and not self._has_opened and not self._has_read

    def add(self, wire: _Wire, *, is_opened: bool = False) -> None:
        """A connection is used, or was opened for that."""
        self._wires.add(wire)
        self._has_opened |= is_opened

    def take(self, size: int) -> None:
        """So many bytes have come. Raises BadBody where there are too many, in all or before the answer."""
        self._bytes += size
        if not self.is_answered and self._bytes > _BEFORE_ANSWER_BYTES:
            raise BadBody("too_large", f"more than {_BEFORE_ANSWER_BYTES:,} bytes before an answer")
        if self._byte_budget is not None:
            self._byte_budget.add(size)

    def note_read(self, part: bytes) -> None:
        """Something was read. Not all bytes count: encryption has some of its own, such as its end."""
        self._has_read = True
        self.last_read = part

    async def aclose(self) -> None:
        """Ends them: none takes another request."""
        for wire in self._wires:
            await wire.aclose()


_BROKEN = (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream)
_USED: ContextVar[Connections | None] = ContextVar("used", default=None)


@contextmanager
def connections_used(byte_budget: ByteBudget | None) -> Iterator[Connections]:
    """The connections that this task opens, reads from or writes to meanwhile."""
    # by task, not by connection: fetches share HTTP/2 and kept-alive connections
    used = Connections(byte_budget)
    token = _USED.set(used)
    try:
        yield used
    finally:
        _USED.reset(token)


class NetworkBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections on which what comes is counted for the fetch that reads it.

    Connections are kept for further requests: whose bytes they are is known by who reads, as connections read
    for nobody else.
    """

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection. Raises ConnectError or ConnectTimeout."""
        with _failures_as(httpcore2.ConnectError, httpcore2.ConnectTimeout), anyio.fail_after(timeout):
            # CheckedBackend gives an address: a second look-up of the name could answer otherwise
            stream = await anyio.connect_tcp(host, port, local_host=local_address)
            try:
                raw = _extra(stream, SocketAttribute.raw_socket)
                # ours last: no option of the pool undoes it
                for option in (*(socket_options or ()), _RECEIVE_BUFFER):
                    raw.setsockopt(*option)
            except BaseException:
                await stream.aclose()
                raise
        wire = _Wire(stream, raw)
        return _NetworkStream(wire, wire)


class _NetworkStream(httpcore2.AsyncNetworkStream):
    """A connection, encrypted or not; ``wire`` is what lies beneath. Once that is closed it takes no
    requests: a pool then opens another.
    """

    def __init__(self, stream: ByteStream, wire: _Wire) -> None:
        self._stream = stream
        self._wire = wire

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, nothing at the end. An end that encryption does not vouch for is a break: RFC 9112, 9.8."""
        with _failures_as(httpcore2.ReadError, httpcore2.ReadTimeout), anyio.fail_after(timeout):
            try:
                part = await self._stream.receive(max_bytes)
            except anyio.EndOfStream:
                # httpcore2's form of an end; without TLS's close_notify it is BrokenResourceError
                return b""
        if (used := _USED.get()) is not None:
            used.note_read(part)
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._wire.is_closed:
            raise httpcore2.ConnectionNotAvailable
        if buffer:
            with _failures_as(httpcore2.WriteError, httpcore2.WriteTimeout), anyio.fail_after(timeout):
                await self._stream.send(buffer)

    async def aclose(self) -> None:
        """Ends the connection, without a word more to who may not be listening."""
        await self._wire.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """The connection, encrypted. Raises TlsError, ConnectError or ConnectTimeout, and is closed then."""
        try:
            with _failures_as(httpcore2.ConnectError, httpcore2.ConnectTimeout), anyio.fail_after(timeout):
                encrypted = await TLSStream.wrap(
                    self._stream, ssl_context=ssl_context, hostname=server_hostname, server_side=False
                )
        # cancellation too: nobody else holds the connection yet
        except BaseException as error:
            await self.aclose()
            # an SSLError is an OSError, which _failures_as made a ConnectError: its cause remains
            if isinstance(error.__cause__, ssl.SSLError):
                raise TlsError(str(error)) from error.__cause__
            raise
        return _NetworkStream(encrypted, self._wire)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore2 queries about a connection."""
        # called before an idle connection is used again: the server may have closed it
        if info == "is_readable":
            return _is_readable(self._wire.raw)
        attribute = _ATTRIBUTES.get(info)
        return None if attribute is None else _extra(self._stream, attribute)


class _Wire(ByteStream):
    """A connection's bytes beneath any encryption, counted as they come."""

    def __init__(self, inner: ByteStream, raw: socket.socket) -> None:
        self._inner = inner
        self.raw = raw
        """Kept: a pool checks often whether a connection has ended."""
        self.is_closed = False
        self._note_use(is_opened=True)

    @property
    def extra_attributes(self) -> Mapping[Any, Any]:
        return self._inner.extra_attributes

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        """What has come. Raises BadBody where that is more than the fetch may take."""
        self._note_use()
        part = await self._inner.receive(max_bytes)
        if (used := _USED.get()) is not None:
            used.take(len(part))
        return part

    async def send(self, item: bytes) -> None:
        self._note_use()
        await self._inner.send(item)

    async def send_eof(self) -> None:
        """Signals that nothing more is sent."""
        await self._inner.send_eof()

    async def aclose(self) -> None:
        """Ends the connection; that it is broken already is as good."""
        self.is_closed = True
        with (
            # shielded: a cancelled fetch must close its socket all the same
            anyio.CancelScope(shield=True),
            suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError),
        ):
            await self._inner.aclose()

    def _note_use(self, *, is_opened: bool = False) -> None:
        if (used := _USED.get()) is not None:
            used.add(self, is_opened=is_opened)


def _failures_as(broken: type[Exception], late: type[Exception]) -> AbstractContextManager[None]:
    """What anyio, the system or encryption raise, in httpcore2's classes."""

    def failure_for(error: Exception) -> Exception | None:
        if isinstance(error, TimeoutError):
            return late(str(error))
        return broken(str(error)) if isinstance(error, _BROKEN) else None

    return map_errors(failure_for)


def _extra(stream: ByteStream, attribute: Any) -> Any:
    return stream.extra(attribute, None)  # noqa: S610 - anyio's, and no database's


def _is_readable(raw: socket.socket) -> bool:
    """Whether something has come: on an idle connection, its end. So it is where there is no socket any more."""
    if raw.fileno() < 0:
        return True
    # poll and not select: select refuses descriptors from 1,024 on
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))


_OURS = (Forbidden, BadBody)
"""Our own exceptions, which have their message."""
_LATE = (httpcore2.TimeoutException, TimeoutError)
_TRUNCATED = (
    httpcore2.ReadError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    anyio.IncompleteRead,
)
# the first that fits: TlsError and UnknownHost are ConnectErrors, a time-out may be an OSError
_REASONS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    (_LATE, "timeout"),
    ((TlsError, ssl.SSLError), "tls"),
    ((UnknownHost, socket.gaierror), "dns"),
    ((httpcore2.ConnectError,), "connect"),
    ((*_TRUNCATED, h2.exceptions.InvalidBodyLengthError), "truncated"),
)
# their words are made for people; before those of others the name of the class is put
_DESCRIPTIVE = (httpcore2.ProtocolError, h2.exceptions.H2Error, httpcore2.NetworkError, OSError)
# set by hand: errors may quote what a server sent, and a message is one line
_MAX_CHARS = 200


class TransportFault(FetchFault):
    """Nothing came, or not all of it."""


def transport_faults() -> AbstractContextManager[None]:
    """Around calls of the transport alone: any exception of theirs becomes a TransportFault, those of ours
    remain what they are.
    """
    return map_errors(
        lambda error: None if isinstance(error, _OURS) else TransportFault(_reason(error), _message(error))
    )


def _reason(error: Exception) -> str:
    # h11: “peer closed connection without sending complete message body (received 5 bytes, expected 9)”
    if isinstance(error, httpcore2.RemoteProtocolError) and "complete" in str(error):
        return "truncated"
    return next((reason for classes, reason in _REASONS if isinstance(error, classes)), "protocol")


def _message(error: Exception) -> str:
    if isinstance(error, _LATE):
        return "the server did not answer in time"
    if isinstance(error, _TRUNCATED):
        return "the connection broke before the end"
    # on one line: h2 and OpenSSL break theirs
    words, name = " ".join(str(error).split()), type(error).__name__
    return (words if words and isinstance(error, _DESCRIPTIVE) else f"{name}: {words}".rstrip(": "))[
        :_MAX_CHARS
    ]
