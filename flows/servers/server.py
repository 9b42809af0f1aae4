"""The server of all applications: where it listens, whom it answers, and what clients may cost."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.servers.access import Access, Address
from copydesk.flows.servers.connections import BoundedProtocol, Bounds
from copydesk.flows.terminal import echo

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# set by hand, as nginx has them by default, but for a silence of 5 seconds
_LINGER_SECONDS = 30.0
_SILENCE_SECONDS = 1.0
_LINGERING = 50
"""At once; others are closed over their bodies."""
# set by hand: asyncio takes so many connections before it looks at any
_ACCEPTED_AT_ONCE = 20
_WAITING = 1_000
"""Connections that wait to be taken."""


class LingeringClose:
    """An ASGI application before another: reads to its end, without keeping it, a body that was answered before.

    A connection that is closed over unread bytes is reset, and its sender may never see the answer (RFC 9112, 9.6).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] != "http"

        async def read() -> Message:
            nonlocal is_read
            message = await receive()
            is_read = not message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_last and not is_read and self._under_way < _LINGERING:
                await send({**message, "more_body": True})
                self._under_way += 1
                # cancelled, the client has left or the server is to end: what was answered is whole
                try:
                    async with asyncio.timeout(_LINGER_SECONDS):
                        while not is_read:
                            await asyncio.wait_for(read(), _SILENCE_SECONDS)
                except (TimeoutError, asyncio.CancelledError):
                    pass
                finally:
                    self._under_way -= 1
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, read, answer)


def run_server(
    app: ASGIApp,
    at: Address,
    *,
    at_once: int,
    path: str = "",
    visit: Callable[[str], object] | None = None,
) -> None:
    """Serves an application until SIGINT or SIGTERM; ``at_once``: requests under way; ``path``: what to name of it;
    ``visit`` is called with its URL as soon as it answers. Raises EnvironmentFault where it cannot listen.
    """

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # uvicorn's number is also that of connections that may wait to be taken
            listening.listen(_WAITING)
            # only now: who connects before may not be answered
            if not self.should_exit:
                echo(f"listening on {url}; Ctrl-C stops it", err=True)
                if visit is not None:
                    visit(url)

    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    try:
        listening = socket.create_server((at.host, at.port), family=family, backlog=_WAITING)
    except OSError as error:
        raise EnvironmentFault(
            f"{at.host}:{at.port}: cannot be listened at ({os.strerror(error.errno or 0).lower()}); choose another --port"
        ) from error
    shown = f"[{at.host}]" if ":" in at.host else at.host
    # uvicorn calls it with names alone
    protocol: Any = partial(BoundedProtocol, Bounds(at_once))
    config = uvicorn.Config(
        LingeringClose(Access(app, at.token)),
        http=protocol,
        ws="none",
        backlog=_ACCEPTED_AT_ONCE,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    with listening, suppress(KeyboardInterrupt):
        url = f"http://{shown}:{listening.getsockname()[1]}{path}"
        Server(config).run(sockets=[listening])
