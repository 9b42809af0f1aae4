"""Who may ask: on loopback programs of this machine, elsewhere who has the token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from copydesk.flows.errors import SettingsError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# nothing of anybody's is in them
_OPEN = frozenset({"/", "/health", "/docs", "/openapi.json"})
RETRY_AFTER = "1"
"""Seconds, for who asks while all places are taken."""


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_exposure(host: str, token: str | None) -> None:
    """Raises SettingsError where anybody in the network could use the server."""
    if token is not None and len(token) < 16:
        raise SettingsError("--token: expected 16 characters or more")
    if not is_loopback(host) and token is None:
        raise SettingsError(
            f"--host {host}: others could reach it; set COPYDESK_API_TOKEN, or leave --host out"
        )


class Access:
    """An ASGI application before another: passes on what may ask, and answers all else in its place.

    Without a token a request must name this machine and come from no other site's page: a page in a browser reaches
    loopback, too, and may give its own name this address (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif (refusal := self._refusal(scope)) is not None:
            await refuse(send, *refusal)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def passed_on(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, passed_on)
        except asyncio.CancelledError:
            # the server is to end and waits no longer, or the client has left, and gets no answer: neither is a fault
            # to be logged with a traceback
            if not has_begun:
                await refuse(send, 503, "the server is stopping; send this again when it is back")

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            # RFC 9110, 11.1: upper and lower case of a scheme are one
            is_right = scheme.lower() == "bearer" and hmac.compare_digest(
                given.strip().encode("latin-1"), self._token.encode()
            )
            return (
                None
                if is_right or scope["path"] in _OPEN
                else (401, "authorization: the token is missing or wrong")
            )
        host = headers.get("host", "")
        if not is_loopback(_parts(f"//{host}").hostname or ""):
            return 403, "host: expected this machine, such as 127.0.0.1"
        origin = headers.get("origin")
        if origin is not None and _parts(origin).netloc != host:
            return 403, "origin: pages of other sites may not use this server"
        return None


async def refuse(send: Send, status: int, message: str) -> None:
    """Answers in place of an application, and closes the connection: the rest of the body is of no use."""
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
    headers += [(b"retry-after", RETRY_AFTER.encode())] if status == 503 else []
    headers += [(b"allow", b"POST")] if status == 405 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": message}).encode() + b"\n"})


def _parts(url: str) -> SplitResult:
    """The parts of a URL; empty ones of what is none, such as ``http://[``."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
