"""httpx's interface over httpcore's pool, for what httpx's own transport has no parameter for: who opens the
connections.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator

import httpcore
import httpx

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
