"""Connections kept for further requests: made directly, or over the proxies that the environment names
(``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

A proxy makes the connection in our place, so that what it connects to cannot be pinned: where we can resolve
a name ourselves its addresses are checked before the proxy is used, where only the proxy can, it is trusted
with that.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.request import getproxies_environment, proxy_bypass

import httpcore2
import httpx2

from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.network import NetworkBackend, UnknownHost

if TYPE_CHECKING:
    from copydesk.flows.fetching.wire.transport import CheckedBackend

# set by hand: fewer make hosts wait for one another, more take sockets and memory
MAX_CONNECTIONS = 64
# set by hand: shorter pays a handshake for each page of a slow host, longer holds idle sockets
_KEPT_SECONDS = 30.0
_USUAL_PORTS = {"http": 80, "https": 443}


class ConnectionPools:
    """A pool of direct connections, and one for each scheme that has a proxy.

    Raises SettingsError, in one line without the proxy's password, where one is no proxy that can be used.
    """

    def __init__(self, backend: CheckedBackend, encryption: ssl.SSLContext) -> None:
        self._backend = backend
        self._direct = _pool(backend, encryption)
        # not getproxies(): on macOS and Windows that also reads the settings of the desktop
        named = getproxies_environment()
        # no CheckedBackend: a proxy mostly has a private address, and who runs us has named it
        self._proxies = {
            scheme: _pool(NetworkBackend(), encryption, _proxy_at(address))
            for scheme in _USUAL_PORTS
            if (address := named.get(scheme) or named.get("all"))
        }

    async def send(self, request: httpx2.Request) -> httpcore2.Response:
        """The answer, of which the body is still to be read. Raises what httpcore2 and what lies beneath it raise."""
        url = request.url
        # NO_PROXY may name a port: “example.org:8443”
        port = url.port or _USUAL_PORTS[url.scheme]
        pool = self._proxies.get(url.scheme, self._direct)
        if pool is not self._direct:
            if proxy_bypass(f"{url.host}:{port}"):
                pool = self._direct
            else:
                with suppress(UnknownHost):  # inside some networks only the proxy can resolve names
                    await self._backend.checked_addresses(url.host, port)
        await _close_broken(pool)
        # the time-outs travel in the extensions
        return await pool.handle_async_request(
            httpcore2.Request("GET", _raw(url), headers=request.headers.raw, extensions=request.extensions)
        )

    async def aclose(self) -> None:
        """Lets go of all connections."""
        for pool in (self._direct, *self._proxies.values()):
            await pool.aclose()


def _pool(
    network: httpcore2.AsyncNetworkBackend, encryption: ssl.SSLContext, proxy: httpcore2.Proxy | None = None
) -> httpcore2.AsyncConnectionPool:
    return httpcore2.AsyncConnectionPool(
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


async def _close_broken(pool: httpcore2.AsyncConnectionPool) -> None:
    """Closes connections whose server broke HTTP/2. httpcore2 (2.16) neither uses nor drops them, so that 64 would keep
    all requests waiting; httpcore made room of them.
    """
    for connection in pool.connections:
        if connection.is_idle() and not connection.is_available():
            await connection.aclose()


def _raw(url: httpx2.URL) -> httpcore2.URL:
    # raw: httpx2 has encoded it once, and a second time would make %25 of each %
    return httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _proxy_at(address: str) -> httpcore2.Proxy:
    # “proxy.example:3128” without a scheme, as curl takes it
    address = address if "://" in address else f"http://{address}"
    try:
        named = httpx2.Proxy(address)
        # httpx2.Proxy takes socks5:// as well, for which httpcore2 needs socksio
        if named.url.scheme not in _USUAL_PORTS and find_spec("socksio") is None:
            raise ValueError("SOCKS needs a package that is not installed")
    except (ValueError, httpx2.InvalidURL) as error:
        # the kind alone: the address may hold a password
        kind = address.partition("://")[0]
        raise SettingsError(
            f"environment: a proxy of kind {kind!r} cannot be used; name one that begins with http:// or https://"
        ) from error
    return httpcore2.Proxy(_raw(named.url), auth=named.raw_auth)
