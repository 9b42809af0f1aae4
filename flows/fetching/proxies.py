"""Proxies that the environment names (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``).

A proxy makes the connection in our place, so that what it connects to cannot be pinned: where we can resolve a name ourselves its
addresses are checked before the proxy is asked, where only the proxy can, it is trusted with that.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol
from urllib.request import getproxies_environment, proxy_bypass

import httpcore
import httpx

from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.intake import CountedBackend

SCHEMES = ("http", "https")


class ChecksAddresses(Protocol):
    """Who knows which addresses may be reached."""

    async def checked_addresses(self, host: str, port: int, timeout: float | None = None) -> object:
        """Raises Forbidden where ``host`` must not be reached, ``httpcore.ConnectError`` where it is unknown."""
        ...


def with_proxies(direct: httpx.AsyncBaseTransport, checks: ChecksAddresses) -> httpx.AsyncBaseTransport:
    """``direct``, or what sends the requests the environment says through its proxies.

    Raises SettingsError, in one line without the proxy's password, where one is no proxy that can be used.
    """
    named = getproxies_environment()
    proxies = {scheme: _transport(named.get(scheme) or named.get("all")) for scheme in SCHEMES}
    if not any(proxies.values()):
        return direct
    return _Proxied(direct, proxies, checks)


def _transport(proxy: str | None) -> httpx.AsyncBaseTransport | None:
    if not proxy:
        return None
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        transport = httpx.AsyncHTTPTransport(proxy=httpx.Proxy(address), http2=True, trust_env=False)
    except (ValueError, httpx.InvalidURL, ImportError) as error:
        kind = address.partition("://")[0]
        raise SettingsError(
            f"environment: a proxy of kind {kind!r} cannot be used; name one that begins with http:// or https://"
        ) from error
    transport._pool._network_backend = CountedBackend()  # for which httpx has no parameter
    return transport


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
        port = url.port or (443 if url.scheme == "https" else 80)
        proxy = self._proxies.get(url.scheme)
        if proxy is None or proxy_bypass(f"{url.host}:{port}"):
            return await self._direct.handle_async_request(request)
        with suppress(httpcore.ConnectError):  # inside some networks only the proxy can resolve names
            await self._checks.checked_addresses(url.host, port)
        return await proxy.handle_async_request(request)

    async def aclose(self) -> None:
        """Lets go of all connections."""
        for transport in (self._direct, *filter(None, self._proxies.values())):
            await transport.aclose()
