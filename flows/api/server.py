"""``copydesk api``: records of pages over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from copydesk.cleaners import encode
from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.api.access import RETRY_AFTER, Access
from copydesk.flows.api.batch import Batches
from copydesk.flows.api.ingesting import Ingesting
from copydesk.flows.api.openapi import description, page
from copydesk.flows.api.requests import FORMATS, check_parameters, format_of, item_of, parsed, requested
from copydesk.flows.api.service import BadRequest, Service, ServiceSettings
from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.formats.markdown_tree import markdown_of, text_of
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.terminal import echo
from copydesk.flows.workers.pool import unread

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from copydesk.flows.run.page_store import PageStore

_DENIED = frozenset({"forbidden", "robots_denied"})
# set by hand, as nginx has them by default, but for a silence of 5 seconds
_LINGER_SECONDS = 30.0
_SILENCE_SECONDS = 1.0
_LINGERING = 50
"""At once; others are closed over their bodies."""
# set by hand: asyncio takes so many connections before it looks at any
_ACCEPTED_AT_ONCE = 20
_WAITING = 1_000
"""Connections that wait to be taken."""


class _Json(JSONResponse):
    """JSON in a line, with its end: for terminals."""

    def render(self, content: object) -> bytes:
        return encode_value(content) + b"\n"


class Figures:
    """What ``/metrics`` has, of this server alone."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.pages = Counter(
            "copydesk_pages", "Pages by the status of their records", ["status"], registry=self.registry
        )
        self.refused = Counter(
            "copydesk_refused", "Requests refused, by status", ["status"], registry=self.registry
        )
        self.seconds = Histogram("copydesk_page_seconds", "Time of cleaning a page", registry=self.registry)
        under_way = Gauge("copydesk_requests_under_way", "Requests under way", registry=self.registry)
        under_way.set_function(lambda: service.under_way)

    def count(self, record: Record) -> Record:
        """The record, counted."""
        self.pages.labels(record.status).inc()
        if record.processing.duration_ms is not None:
            self.seconds.observe(record.processing.duration_ms / 1000)
        return record


class Api:
    """The answers of the server, each for a path."""

    def __init__(self, settings: ServiceSettings, store: PageStore | None = None) -> None:
        self.service = Service(settings)
        self.figures = Figures(self.service)
        self._ingesting = Ingesting(self.service, store)

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/clean", self.clean, methods=["POST"]),
                Route("/clean/batch", Batches(self.service, self.line), methods=["POST"]),
                Route("/ingest", self.ingest, methods=["POST"]),
                Route("/health", self.health),
                Route("/metrics", self.metrics),
                Route("/openapi.json", self.openapi),
                Route("/docs", self.docs),
                Route("/", self.docs),
            ],
            exception_handlers={BadRequest: self.refuse, 404: self.lost, 405: self.lost, 500: self.broken},
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.service:
            yield

    async def clean(self, request: Request) -> Response:
        """A page's record, as JSON, Markdown or text."""
        check_parameters(request, "format", "url")
        format_ = format_of(request)
        with self.service.place():
            wanted = await requested(request, self.service.settings.page_bytes)
            item = await item_of(wanted, self.service)
            if isinstance(item, Unreadable):
                self.figures.count(unread(item))
                raise BadRequest(403 if item.reason in _DENIED else 502, f"{item.reason}: {item.message}")
            record = self.figures.count(await self.service.record(item))
        if format_ == "json":
            return Response(
                encode(record), 422 if record.status == "failed" else 200, media_type=FORMATS["json"]
            )
        if record.status not in ("ok", "partial"):
            raise BadRequest(422, f"{record.status}: {record.reason or 'no article'}")
        text = markdown_of(record) if format_ == "markdown" else text_of(record)
        return Response(f"{text}\n", media_type=FORMATS[format_])

    async def line(self, line: bytes) -> bytes:
        """The record of a line of a batch, also of a page that cannot be fetched."""
        return encode(
            self.figures.count(await self.service.record(await item_of(parsed(line), self.service)))
        )

    async def ingest(self, request: Request) -> Response:
        """What became of a page that is to be stored."""
        check_parameters(request, "url", "fetched_at")
        return _Json(await self._ingesting.answer(request, self.figures.count))

    async def health(self, _: Request) -> Response:
        """That it answers."""
        return _Json({"status": "ok", "version": VERSION})

    async def metrics(self, _: Request) -> Response:
        """Figures in the text format of Prometheus."""
        return Response(generate_latest(self.figures.registry), media_type=CONTENT_TYPE_LATEST)

    async def openapi(self, _: Request) -> Response:
        """The description for programs."""
        return _Json(description())

    async def docs(self, request: Request) -> Response:
        """The description for people."""
        return HTMLResponse(page(str(request.base_url).rstrip("/")))

    async def refuse(self, _: Request, error: Exception) -> Response:
        """The answer to a request at fault."""
        status = error.status if isinstance(error, BadRequest) else 500
        self.figures.refused.labels(str(status)).inc()
        wait = str(error.retry_after_seconds) if isinstance(error, BadRequest) else RETRY_AFTER
        headers = {"retry-after": wait} if status == 503 else {}
        # the rest of the body is of no use
        headers |= {"connection": "close"} if status in (408, 413, 415, 503) else {}
        return _Json({"error": str(error)}, status, headers)

    async def lost(self, request: Request, error: Exception) -> Response:
        """The answer to a path or a method that there is not."""
        status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None)
        wanted = f"send {headers['Allow']}" if headers and "Allow" in headers else "there is none"
        return _Json({"error": f"{request.method} {request.url.path}: {wanted}; see /docs"}, status, headers)

    async def broken(self, _: Request, error: Exception) -> Response:
        """The answer where the machine or the server is at fault; the traceback goes to standard error."""
        known = (
            str(error) if isinstance(error, CopydeskError) else "the server is at fault; its log says more"
        )
        return _Json({"error": known}, 500)


def serve_api(
    settings: ServiceSettings, store: PageStore | None, *, host: str, port: int, token: str | None
) -> None:
    """Serves until SIGINT or SIGTERM; ``store``: for pages. Raises EnvironmentFault where it cannot listen."""
    run_server(
        Access(Api(settings, store).app(), token), at_once=settings.at_once, host=host, port=port, path=""
    )


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


def run_server(  # noqa: PLR0913 - what the three servers differ in
    app: ASGIApp,
    *,
    at_once: int,
    host: str,
    port: int,
    path: str,
    visit: Callable[[str], object] | None = None,
) -> None:
    """Serves an application until SIGINT or SIGTERM; ``at_once``: requests under way; ``path``: what to name of it;
    ``visit`` is called with its URL as soon as it answers. Raises EnvironmentFault where it cannot listen.
    """
    import uvicorn

    from copydesk.flows.api.connections import BoundedProtocol, Bounds

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

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=_WAITING)
    except OSError as error:
        raise EnvironmentFault(
            f"{host}:{port}: cannot be listened at ({os.strerror(error.errno or 0).lower()}); choose another --port"
        ) from error
    shown = f"[{host}]" if ":" in host else host
    # uvicorn calls it with names alone
    protocol: Any = partial(BoundedProtocol, Bounds(at_once))
    config = uvicorn.Config(
        LingeringClose(app),
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
