"""Who may ask: on loopback programs of this machine, elsewhere who has the token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from copydesk.flows.errors import SettingsError
from copydesk.flows.servers.answers import CLOSE, BadRequest, answer_to

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# nothing of anybody's is in them
_OPEN = frozenset({"/", "/health", "/docs", "/openapi.json"})


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Address(Struct, frozen=True):
    """Where a server listens, and the token that it wants. Raises SettingsError where anybody in the network could use
    it.
    """

    host: str
    port: int
    token: str | None = None

    def __post_init__(self) -> None:
        """Checks them."""
        if self.token is not None and len(self.token) < 16:
            raise SettingsError("--token: expected 16 characters or more")
        if not is_loopback(self.host) and self.token is None:
            raise SettingsError(
                f"--host {self.host}: others could reach it; set COPYDESK_API_TOKEN, or leave --host out"
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
            await answer_to(refusal)(scope, receive, send)
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
                stopping = BadRequest(503, "the server is stopping; send this again when it is back")
                await answer_to(stopping)(scope, receive, send)

    def _refusal(self, scope: Scope) -> BadRequest | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if self._token is not None:
            scheme, _, given = headers.get("authorization", "").partition(" ")
            # RFC 9110, 11.1: upper and lower case of a scheme are one
            is_right = scheme.lower() == "bearer" and hmac.compare_digest(
                given.strip().encode("latin-1"), self._token.encode()
            )
            if is_right or scope["path"] in _OPEN:
                return None
            message = "authorization: the token is missing or wrong"
            return BadRequest(401, message, {"www-authenticate": "Bearer"})
        host = headers.get("host", "")
        if not is_loopback(_parts(f"//{host}").hostname or ""):
            return BadRequest(403, "host: expected this machine, such as 127.0.0.1", CLOSE)
        origin = headers.get("origin")
        if origin is not None and _parts(origin).netloc != host:
            return BadRequest(403, "origin: pages of other sites may not use this server", CLOSE)
        return None


def _parts(url: str) -> SplitResult:
    """The parts of a URL; empty ones of what is none, such as ``http://[``."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
