"""Connections: made only to addresses that were checked, and to just these."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpcore
import httpx

from copydesk.flows.fetching.addresses import check_addresses, read_place
from copydesk.flows.fetching.cookies import Cookies
from copydesk.flows.fetching.intake import CountedBackend
from copydesk.flows.fetching.proxies import with_proxies

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name, best first. Raises OSError where there are none."""

MAX_CONNECTIONS = 64
_TIMEOUT = httpx.Timeout(10.0)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore. What is checked is what is connected to: a name is resolved once, here.

    Raises Forbidden for addresses that are not public, unless ``host:port`` is among ``allowed``, in whatever spelling.
    """

    def __init__(self, *, allowed: frozenset[str], resolve: Resolve = resolve) -> None:
        self._allowed = frozenset(map(read_place, allowed))
        self._resolve = resolve
        self._inner = CountedBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that answers."""
        addresses = await self.checked_addresses(host, port, timeout)
        problem: Exception = httpcore.ConnectError(f"{host}: no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def checked_addresses(self, host: str, port: int, timeout: float | None = None) -> Sequence[str]:
        """The addresses of a host. Raises Forbidden as the class says, ConnectError where there are none."""
        try:
            addresses = await asyncio.wait_for(self._resolve(host, port), timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host}: no answer from the name service") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: no such host") from error
        check_addresses(host, port, addresses, allowed=self._allowed)
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 - the interface's
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Never: no URL leads to a socket of this machine."""
        raise httpcore.UnsupportedProtocol(f"{path}: sockets of this machine are not reached")

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


class Client:
    """Sends requests over connections that all go through ``backend``, or a proxy of the environment; no redirects or limits of its own.

    httpx's own client is not used: it reads where a redirect leads before we can, and knows cookies by their domain.
    Raises SettingsError where a proxy of the environment cannot be used.
    """

    def __init__(self, *, user_agent: str, backend: CheckedBackend, keeps_cookies: bool = False) -> None:
        self._transport = with_proxies(_direct(backend), backend)
        self._cookies = Cookies() if keeps_cookies else None
        self._headers = {
            "Accept": "*/*",
            "Accept-Encoding": "gzip, deflate, br, zstd",
            "Connection": "keep-alive",
            "User-Agent": user_agent,
        }

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        """An answer, of which the body is still to be read; a connection on which some of it is left is closed.

        Raises what httpx does, and Forbidden as ``CheckedBackend`` says.
        """
        request = httpx.Request("GET", url, headers=self._headers, extensions={"timeout": _TIMEOUT.as_dict()})
        request.headers.update(headers)
        if self._cookies is not None:
            self._cookies.add_to(request)
        answer = await self._transport.handle_async_request(request)
        answer.request = request
        try:
            if self._cookies is not None:
                self._cookies.take_from(answer)
            yield answer
        finally:
            if not answer.is_closed:
                # over HTTP/2 the rest would go on coming, and stand in the way of the next answer
                await answer.extensions["network_stream"].aclose()
            await answer.aclose()

    async def aclose(self) -> None:
        """Lets go of all connections."""
        await self._transport.aclose()


def _direct(backend: CheckedBackend) -> httpx.AsyncHTTPTransport:
    transport = httpx.AsyncHTTPTransport(http2=True, trust_env=False)
    # httpx has no parameter for the network backend of its pool; the pool's own constructor has
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=httpx.create_ssl_context(),
        http1=True,
        http2=True,
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=MAX_CONNECTIONS,
        keepalive_expiry=30.0,
        network_backend=backend,
    )
    return transport
