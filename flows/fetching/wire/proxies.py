"""Proxies that the environment names (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

A proxy makes the connection in our place, so that what it connects to cannot be pinned: where we can resolve
a name ourselves its addresses are checked before the proxy is asked, where only the proxy can, it is trusted
with that.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from importlib.util import find_spec
from typing import Protocol
from urllib.request import getproxies_environment, proxy_bypass

import httpcore
import httpx

from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.network import NetworkBackend, UnknownHost
from copydesk.flows.fetching.wire.pooled import PooledTransport

SCHEMES = ("http", "https")


class ChecksAddresses(Protocol):
    """Who knows which addresses may be reached."""

    async def checked_addresses(self, host: str, port: int, timeout: float | None = None) -> object:
        """Raises Forbidden where ``host`` must not be reached, UnknownHost where it is unknown."""
        ...


def with_proxies(
    direct: httpx.AsyncBaseTransport, checks: ChecksAddresses, encryption: ssl.SSLContext
) -> httpx.AsyncBaseTransport:
    """``direct``, or what sends the requests the environment says through its proxies.

    Raises SettingsError, in one line without the proxy's password, where one is no proxy that can be used.
    """
    # not getproxies(): on macOS and Windows that also asks the settings of the desktop
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
        checks: ChecksAddresses,
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
