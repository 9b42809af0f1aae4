"""Proxies that the environment names (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

A proxy makes the connection in our place, so that what it connects to cannot be pinned: where we can resolve
a name ourselves its addresses are checked before the proxy is used, where only the proxy can, it is trusted
with that.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.request import getproxies_environment, proxy_bypass

import httpcore
import httpx

from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.network import NetworkBackend, UnknownHost

if TYPE_CHECKING:
    from copydesk.flows.fetching.wire.transport import CheckedBackend

# set by hand: fewer make hosts wait for one another, more take sockets and memory
MAX_CONNECTIONS = 64
# set by hand: shorter pays a handshake for each page of a slow host, longer holds idle sockets
_KEPT_SECONDS = 30.0


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends requests over connections that ``network`` opens, over ``proxy`` where there is one. Raises what
    lies beneath does.
    """

    def __init__(
        self,
        network: httpcore.AsyncNetworkBackend,
        encryption: ssl.SSLContext,
        *,
        proxy: httpcore.Proxy | None = None,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=encryption,
            proxy=proxy,
            # both: the handshake settles which is spoken (ALPN, RFC 7301)
            http1=True,
            http2=True,
            max_connections=MAX_CONNECTIONS,
            # as many as there may be: none is closed only because others are idle as well
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, of which the body is still to be read."""
        # httpcore's errors pass as they are: transport_fault knows those of both libraries
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    # raw: httpx has encoded them once, and a second time would make %25 of each %
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                # the time-outs travel here
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Lets go of all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._answer.aiter_stream())

    async def aclose(self) -> None:
        """Gives the connection back."""
        await self._answer.aclose()


SCHEMES = ("http", "https")


def with_proxies(
    direct: httpx.AsyncBaseTransport, checks: CheckedBackend, encryption: ssl.SSLContext
) -> httpx.AsyncBaseTransport:
    """``direct``, or a transport that uses the proxies of the environment.

    Raises SettingsError, in one line without the proxy's password, where one is no proxy that can be used.
    """
    # not getproxies(): on macOS and Windows that also reads the settings of the desktop
    named = getproxies_environment()
    proxies = {scheme: _transport(named.get(scheme) or named.get("all"), encryption) for scheme in SCHEMES}
    if not any(proxies.values()):
        return direct
    return _Proxied(direct, proxies, checks)


def _transport(proxy: str | None, encryption: ssl.SSLContext) -> httpx.AsyncBaseTransport | None:
    if not proxy:
        return None
    # “proxy.example:3128” without a scheme, as curl takes it
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        # no CheckedBackend: a proxy mostly has a private address, and who runs us has named it
        return PooledTransport(NetworkBackend(), encryption, proxy=_proxy_at(address))
    except (ValueError, httpx.InvalidURL) as error:
        # the kind alone: the address may hold a password
        kind = address.partition("://")[0]
        raise SettingsError(
            f"environment: a proxy of kind {kind!r} cannot be used; name one that begins with http:// or https://"
        ) from error


def _proxy_at(address: str) -> httpcore.Proxy:
    """The proxy at an address, with its user and password where it names them. Raises ValueError where it is
    none that can be used.
    """
    named = httpx.Proxy(address)
    # httpx.Proxy takes socks5:// as well, for which httpcore needs socksio
    if named.url.scheme not in SCHEMES and find_spec("socksio") is None:
        raise ValueError("SOCKS needs a package that is not installed")
    url = httpcore.URL(
        scheme=named.url.raw_scheme,
        host=named.url.raw_host,
        port=named.url.port,
        target=named.url.raw_path,
    )
    return httpcore.Proxy(url, auth=named.raw_auth)


class _Proxied(httpx.AsyncBaseTransport):
    """Sends each request directly or through its scheme's proxy."""

    def __init__(
        self,
        direct: httpx.AsyncBaseTransport,
        proxies: dict[str, httpx.AsyncBaseTransport | None],
        checks: CheckedBackend,
    ) -> None:
        self._direct = direct
        self._proxies = proxies
        self._checks = checks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, by whichever way."""
        url = request.url
        # NO_PROXY may name a port: “example.org:8443”
        port = url.port or (443 if url.scheme == "https" else 80)
        proxy = self._proxies.get(url.scheme)
        if proxy is None or proxy_bypass(f"{url.host}:{port}"):
            return await self._direct.handle_async_request(request)
        with suppress(UnknownHost):  # inside some networks only the proxy can resolve names
            await self._checks.checked_addresses(url.host, port)
        return await proxy.handle_async_request(request)

    async def aclose(self) -> None:
        """Lets go of all connections."""
        for transport in (self._direct, *filter(None, self._proxies.values())):
            await transport.aclose()
