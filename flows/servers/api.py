"""``copydesk api``: records of pages over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from copydesk.cleaners import encode
from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import Record
from copydesk.flows.formats.markdown_tree import markdown_of, text_of
from copydesk.flows.servers.answers import BadRequest, Json, answer_to
from copydesk.flows.servers.batch import Batches
from copydesk.flows.servers.ingesting import Ingesting
from copydesk.flows.servers.openapi import description, page
from copydesk.flows.servers.requests import FORMATS, check_parameters, format_of, item_of, parsed, requested
from copydesk.flows.servers.service import Service, ServiceSettings
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.workers.pool import unread

if TYPE_CHECKING:
    from copydesk.flows.run.page_store import PageStore

_DENIED = frozenset({"forbidden", "robots_denied"})


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
            exception_handlers={HTTPException: self.refuse, 500: self.broken},
            lifespan=lambda _: self.service,
        )

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
        return Json(await self._ingesting.answer(request, self.figures.count))

    async def health(self, _: Request) -> Response:
        """That it answers."""
        return Json({"status": "ok", "version": VERSION})

    async def metrics(self, _: Request) -> Response:
        """Figures in the text format of Prometheus."""
        return Response(generate_latest(self.figures.registry), media_type=CONTENT_TYPE_LATEST)

    async def openapi(self, _: Request) -> Response:
        """The description for programs."""
        return Json(description())

    async def docs(self, request: Request) -> Response:
        """The description for people."""
        return HTMLResponse(page(str(request.base_url).rstrip("/")))

    async def refuse(self, request: Request, error: Exception) -> Response:
        """The answer to a request at fault, also to a path or a method that there is not."""
        assert isinstance(error, HTTPException)  # noqa: S101 - it is the handler of these
        if isinstance(error, BadRequest):
            self.figures.refused.labels(str(error.status_code)).inc()
            return answer_to(error)
        wanted = f"send {error.headers['Allow']}" if error.headers else "there is none"
        message = f"{request.method} {request.url.path}: {wanted}; see /docs"
        return answer_to(HTTPException(error.status_code, message, error.headers))

    async def broken(self, _: Request, error: Exception) -> Response:
        """The answer where the machine or the server is at fault; the traceback goes to standard error."""
        known = (
            str(error) if isinstance(error, CopydeskError) else "the server is at fault; its log says more"
        )
        return Json({"error": known}, 500)
