"""Whatever a connection, a name service or a server makes the transport raise, as one exception with a reason
that is known.

httpx and httpcore map most of what lies beneath them, not all: h2 raises its own errors while a body is read,
a broken record of TLS is an ``ssl.SSLError`` there. So no list of classes is kept, and none can become too
short.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import AbstractContextManager

import anyio
import h2.exceptions
import httpcore
import httpx

from copydesk.flows.errors import map_errors
from copydesk.flows.fetching.wire.addresses import Forbidden
from copydesk.flows.fetching.wire.budgets import BadBody
from copydesk.flows.fetching.wire.network import TlsError, UnknownHost

_OURS = (Forbidden, BadBody)
"""Our own exceptions, which have their message."""
_LATE = (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError)
_BROKEN = (
    httpcore.ReadError,
    httpx.ReadError,
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
    ((httpcore.ConnectError, httpx.ConnectError), "connect"),
    ((*_BROKEN, h2.exceptions.InvalidBodyLengthError), "truncated"),
)
# their words are made for people; before those of others the name of the class is put
_OF_PROTOCOL = (httpcore.ProtocolError, httpx.ProtocolError, h2.exceptions.H2Error)
# set by hand: errors may quote what a server sent, and a message is one line
_MAX_CHARS = 200


class TransportFault(Exception):
    """Nothing came, or not all of it; ``reason`` is a code as ``NotFetched`` has them, the message holds no secrets."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def transport_faults() -> AbstractContextManager[None]:
    """Around calls of the transport alone: any exception of theirs becomes a TransportFault, those of ours
    remain what they are.
    """
    return map_errors(_fault_for)


def _fault_for(error: Exception) -> Exception:
    first = _first(error)
    return first if isinstance(first, _OURS) else TransportFault(_reason(first), _message(first))


def _first(error: Exception) -> Exception:
    """The exception; of a group one of ours, else the first in it."""
    if not isinstance(error, ExceptionGroup):
        return error
    # a Forbidden in one task matters more than the ReadError it led to in another
    ours = error.subgroup(_OURS)
    return _first((ours or error).exceptions[0])


def _reason(error: Exception) -> str:
    # h11: “peer closed connection without sending complete message body (received 5 bytes, expected 9)”
    if isinstance(error, httpcore.RemoteProtocolError) and "complete" in str(error):
        return "truncated"
    return next((reason for classes, reason in _REASONS if isinstance(error, classes)), "protocol")


def _message(error: Exception) -> str:
    if isinstance(error, _LATE):
        return "the server did not answer in time"
    if isinstance(error, _BROKEN):
        return "the connection broke before the end"
    # on one line: h2 and OpenSSL break theirs
    words, name = " ".join(str(error).split()), type(error).__name__
    is_descriptive = isinstance(error, (*_OF_PROTOCOL, httpcore.NetworkError, httpx.NetworkError, OSError))
    return (words if words and is_descriptive else f"{name}: {words}".rstrip(": "))[:_MAX_CHARS]
