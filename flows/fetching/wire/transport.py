"""Connections: made only to addresses that were checked, and to just these. Cookies are given back to the very origin
that set them, within one run, and not without number.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager, suppress
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import Any

import httpcore2
import httpx2
from cachetools import LRUCache, TTLCache, cached

from copydesk.flows.fetching.wire.addresses import check_addresses, origin_of, read_host_and_port
from copydesk.flows.fetching.wire.budgets import ByteBudget
from copydesk.flows.fetching.wire.network import (
    Connections,
    NetworkBackend,
    TransportFault,
    UnknownHost,
    connections_used,
    transport_faults,
)
from copydesk.flows.fetching.wire.pool import ConnectionPools

# RFC 6265, 6.1: browsers should keep at least 50 cookies a domain and 4,096 bytes of each
MAX_COOKIES = 50
"""Of one origin."""
MAX_COOKIE_CHARS = 4_096
"""Of one cookie, its name and path included; larger ones are not kept."""
# set by hand: 15 full jars, or near 2,000 with one small cookie; a smaller figure forgets sessions sooner
_KEPT_BYTES = 4_000_000

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, best first. Raises OSError where there are none."""

# seconds for each of connecting, read, write and a place in the pool; set by hand: fewer lose slow servers
_TIMEOUT = httpx2.Timeout(10.0)
# set by hand: what a server sends beyond the end of a page comes at once, or after a pause of its own
_BEYOND_SECONDS, _BEYOND_BYTES = 0.5, 1_000
# of a body without use; so much is cheaper to read than to open another connection
_PASSED_OVER_BYTES = 64_000
_BROKEN_OFF = frozenset({"truncated", "protocol"})
"""The reasons of a connection that its server has closed: by force, or between two requests."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system resolves its name."""
    # one kind of socket: else each address comes once a kind
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # without repetitions, in the order of the system (RFC 6724)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(NetworkBackend):
    """Opens connections for httpcore2. What is checked is what is connected to: a name is resolved once, here.

    Raises Forbidden for addresses that are not public, unless ``host:port`` is among ``allowed``, in whatever spelling.
    """

    def __init__(
        self,
        *,
        allowed: frozenset[str],
        resolve: Resolve = resolve,
        network: httpcore2.AsyncNetworkBackend = NetworkBackend(),  # noqa: B008 - holds nothing
    ) -> None:
        self._allowed = frozenset(map(read_host_and_port, allowed))
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first of the host's addresses that answers."""
        addresses = await self.checked_addresses(host, port, timeout)
        problem: Exception = httpcore2.ConnectError(f"{host}: no address")
        # not side by side (RFC 8305): that opens connections to servers only to drop them
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem

    async def checked_addresses(self, host: str, port: int, timeout: float | None = None) -> Sequence[str]:
        """The addresses of a host. Raises Forbidden as the class does, UnknownHost where there are none."""
        try:
            addresses = await asyncio.wait_for(self._resolve(host, port), timeout)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"{host}: no answer from the name service") from error
        # UnicodeError: a label of more than 63 letters cannot be encoded
        except (OSError, UnicodeError) as error:
            raise UnknownHost(f"{host}: no such host") from error
        check_addresses(host, port, addresses, allowed=self._allowed)
        return addresses


class Answer:
    """What a server answered; the body is still to be read."""

    def __init__(self, response: httpcore2.Response, used: Connections) -> None:
        self._response = response
        self._used = used
        self.status = response.status
        self.headers = httpx2.Headers(response.headers)
        self.is_success = 200 <= response.status < 300
        self.body = b""
        """As sent, compressed; empty before it is read, and where a receiver takes it."""
        self.is_read = False
        """Whether the body was read to its end, and nothing came behind it."""
        self._beyond = b""

    async def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes, still packed. Raises TransportFault where it breaks off or breaks the protocol."""
        size, last = 0, b""
        parts = aiter(self._response.aiter_stream())
        # no “async for”: the reading alone is guarded, not what the caller does with a part
        while True:
            with transport_faults():
                part = await anext(parts, None)
            if part is None:
                self._check_length(size)
                self._beyond = self._read_beyond(last, is_first=size == len(last))
                self.is_read = not self._beyond
                return
            size += len(part)
            last = part
            yield part

    async def pass_over(self) -> None:
        """Reads a body without use to its end where it is short."""
        size = 0
        # the status is the outcome, however its body breaks off
        with suppress(TransportFault):
            async for part in self.parts():
                size += len(part)
                if size > _PASSED_OVER_BYTES:
                    return

    def _check_length(self, size: int) -> None:
        """Over HTTP/2 an answer that ends with its headers is not held against the length they give."""
        length = self.headers.get("content-length", "")
        # no content with 204 and 205 (RFC 9110, 15.3); Transfer-Encoding overrides the length (RFC 9112, 6.3)
        has_body = (
            self.is_success and self.status not in (204, 205) and "transfer-encoding" not in self.headers
        )
        # 20 digits are enough to decide: int() of a header of thousands is slow, beyond 4,300 an error
        if has_body and length.isdecimal() and size < int(length[:20]):
            raise TransportFault("truncated", f"{size:,} bytes of {int(length[:20]):,}")

    def _read_beyond(self, last: bytes, *, is_first: bool) -> bytes:
        """What has come beyond the length: h11 would take it for the next answer. ``last``: of the body."""
        if not self._has_length:
            return b""
        read = self._used.last_read
        if not last:
            return read.partition(b"\r\n\r\n")[2]
        # the first part comes with the headers; each further one is all that was read
        return read.rpartition(last)[2] if is_first else read.removeprefix(last)

    async def goes_on(self) -> bool:
        """Whether its server sends more than the length it gave, now or in a moment. White space does not count."""
        if self._beyond or not self._has_length or not self.is_read:
            return bool(self._beyond.strip())
        # what is read here no further answer can have
        self.is_read = False
        stream = self._response.extensions["network_stream"]
        with suppress(TransportFault), transport_faults():
            return bool((await stream.read(_BEYOND_BYTES, timeout=_BEYOND_SECONDS)).strip())
        return False

    @property
    def _has_length(self) -> bool:
        """Whether a header gives its length; over HTTP/2 frames do."""
        is_http1 = self._response.extensions.get("http_version", b"").startswith(b"HTTP/1")
        return is_http1 and "content-length" in self.headers and "transfer-encoding" not in self.headers

    async def aclose(self) -> None:
        """Gives the connection back; a failure of that changes nothing of what was read."""
        with suppress(TransportFault), transport_faults():
            await self._response.aclose()


def _named_certificates() -> tuple[str | None, ...]:
    return tuple(map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))


# reading the system's certificates takes as long as a fast answer; an hour: who serves for months has to see new ones
@cached(TTLCache(maxsize=1, ttl=3_600), key=_named_certificates, lock=Lock())
def _encryption() -> ssl.SSLContext:
    """How connections are encrypted, and whose certificates are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, else
    the system's.
    """
    encryption = httpx2.create_ssl_context()
    # which Python sets: that a body ends where its server declares it is checked
    encryption.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return encryption


class Client:
    """Sends requests over connections that all go through ``backend``, or a proxy of the environment; no
    redirects or limits of its own.

    httpx2's own client is not used: it reads where a redirect leads before we can, and knows cookies by their domain.
    Raises SettingsError where a proxy of the environment cannot be used.
    """

    def __init__(self, *, user_agent: str, backend: CheckedBackend, keeps_cookies: bool = False) -> None:
        self._pools = ConnectionPools(backend, _encryption())
        self._cookies = Cookies() if keeps_cookies else None
        self._headers = {
            "Accept": "*/*",
            # what bodies.unpacked can undo, and nothing else
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Connection": "keep-alive",
            "User-Agent": user_agent,
        }

    @asynccontextmanager
    async def get(
        self, url: str, headers: Mapping[str, str], byte_budget: ByteBudget | None = None
    ) -> AsyncIterator[Answer]:
        """An answer, whose bytes count against a budget. A connection that failed, or on which some of the body is
        left, takes no further request.

        Raises TransportFault whatever goes wrong on the way, and Forbidden as ``CheckedBackend`` does.
        """
        answer: Answer | None = None
        with connections_used(byte_budget) as used:
            try:
                answer = await self._answer(url, headers, used)
                used.is_answered = True
                yield answer
            finally:
                if answer is None or not answer.is_read:
                    # over HTTP/2 the rest would go on coming, and delay the next answer
                    await used.aclose()
                if answer is not None:
                    await answer.aclose()

    async def _answer(self, url: str, headers: Mapping[str, str], used: Connections) -> Answer:
        with transport_faults():
            request = httpx2.Request(
                "GET", url, headers=self._headers, extensions={"timeout": _TIMEOUT.as_dict()}
            )
            request.headers.update(headers)
        if self._cookies is not None:
            self._cookies.add_to(request)
        response = await self._sent(request, used)
        if self._cookies is not None:
            # httpx2's Cookies read from the request which URL it was
            self._cookies.take_from(
                httpx2.Response(response.status, headers=response.headers, request=request)
            )
        return Answer(response, used)

    async def _sent(self, request: httpx2.Request, used: Connections) -> httpcore2.Response:
        """The response. A server may close an idle connection just when it is used again: the request is then sent
        over another (RFC 9112, 9.3.1), at last over a new one.
        """
        while True:
            try:
                with transport_faults():
                    return await self._pools.send(request)
            except TransportFault as fault:
                if fault.reason not in _BROKEN_OFF or not used.are_kept:
                    raise
                # what has failed is not taken again
                await used.aclose()

    async def aclose(self) -> None:
        """Lets go of all connections."""
        with suppress(TransportFault), transport_faults():
            await self._pools.aclose()


class Cookies:
    """The cookies of the origins requested last. Each has a jar of its own: a ``Domain`` cannot carry one to
    another host or port.
    """

    def __init__(self) -> None:
        self._of_origins: MutableMapping[str, httpx2.Cookies] = LRUCache(_KEPT_BYTES, getsizeof=_weight)

    def add_to(self, request: httpx2.Request) -> None:
        """Gives a request the cookies of its origin, where it has no ``Cookie`` header of its own."""
        known = self._of_origins.get(origin_of(str(request.url)))
        if known is not None:
            known.set_cookie_header(request)

    def take_from(self, answer: httpx2.Response) -> None:
        """Keeps what an answer sets."""
        if "set-cookie" not in answer.headers:
            return
        origin = origin_of(str(answer.request.url))
        cookies = self._of_origins.get(origin) or httpx2.Cookies(_Jar(DefaultCookiePolicy()))
        cookies.extract_cookies(answer)
        self._of_origins[origin] = cookies


class _Jar(CookieJar):
    def set_cookie(self, cookie: Cookie) -> None:
        """Takes a cookie that is not too large, as long as there are not too many."""
        # one that is renewed takes no further place: a full jar would keep an old session else
        is_known = any(_place(known) == _place(cookie) for known in self)
        if _size(cookie) <= MAX_COOKIE_CHARS and (is_known or len(self) < MAX_COOKIES):
            super().set_cookie(cookie)


def _place(cookie: Cookie) -> tuple[str, str, str]:
    return cookie.domain, cookie.path, cookie.name


def _weight(cookies: httpx2.Cookies) -> int:
    # 1,000 bytes for the objects of each cookie, and of the jar, set by hand
    return sum(map(_size, cookies.jar)) + 1_000 * (1 + len(cookies.jar))


def _size(cookie: Cookie) -> int:
    return len(cookie.name) + len(cookie.value or "") + len(cookie.path) + len(cookie.domain)
