"""httpx's interface over httpcore's pool, for what httpx's own transport has no parameter for: who opens the
connections.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

MAX_CONNECTIONS = 64
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
            http1=True,
            http2=True,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, of which the body is still to be read."""
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
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
    """The body of an answer."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._answer.aiter_stream())

    async def aclose(self) -> None:
        """Gives the connection back."""
        await self._answer.aclose()
