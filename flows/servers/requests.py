"""What a request asks for: read within its limits, and refused in one line where it asks for nothing that there is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import Page
from copydesk.flows.servers.answers import BadRequest
from copydesk.flows.servers.service import Service
from copydesk.flows.shortening import shortened
from copydesk.flows.sources.catalogue import Unreadable
from copydesk.flows.sources.kinds.json_lines import type_fault

if TYPE_CHECKING:
    from starlette.requests import Request

# set by hand: time for 10 MB over a slow line, less than a client that does nothing could hold a place for
_BODY_SECONDS = 60.0
FORMATS = {"json": "application/json", "markdown": "text/markdown", "text": "text/plain"}
"""Formats of an answer, each with its media type."""
_QUALITY = lazy_pattern(r";\s*q=([01](?:\.\d{0,3})?)\s*(?:;|$)")


class CleanRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A page to clean: ``html`` or ``text``, as it was fetched from ``url`` where that is known; or a ``url`` alone, to
    be fetched.
    """

    html: str | None = None
    text: str | None = None
    url: str | None = None

    def page(self, most_bytes: int) -> Page | None:
        """The page that was sent; None where it is to be fetched. Raises BadRequest."""
        if self.html is not None and self.text is not None:
            raise BadRequest(400, "html and text: send one of them")
        body = self.text if self.html is None else self.html
        if body is None:
            if self.url is None:
                raise BadRequest(400, "nothing to clean: send html, text or url")
            return None
        # characters take four bytes at most: most pages need no second look
        if 4 * len(body) > most_bytes and len(body.encode("utf-8", "replace")) > most_bytes:
            raise too_large(most_bytes)
        return Page(body, url=self.url, media="text" if self.html is None else "html")


async def item_of(wanted: CleanRequest | Page, service: Service) -> Page | Unreadable:
    """The page that was sent, else the one that is fetched, or why there is none. Raises BadRequest."""
    if isinstance(wanted, Page):
        return wanted
    return wanted.page(service.settings.page_bytes) or await service.fetch(wanted.url or "")


_EXPECTED = 'expected an object such as {"html": "…", "url": "…"}'
# "Object contains unknown field `page`"
_UNKNOWN_FIELD = lazy_pattern(r"Object contains unknown field `(.*)`", re.DOTALL)


def too_large(most: int) -> BadRequest:
    """The fault of a body that is longer than it may be."""
    return BadRequest(413, f"more than {most / 1e6:g} MB, the limit of this server")


def parsed(line: bytes, kind: type[CleanRequest] = CleanRequest) -> CleanRequest:
    """A request from its JSON. Raises BadRequest."""
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError as error:
        raise BadRequest(400, _fault(str(error), kind)) from error
    # until msgspec 0.23 bytes that are not UTF-8 are a UnicodeDecodeError
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        problem = str(error).removeprefix("JSON is malformed: ").lower()
        if not line.strip():
            problem = "nothing was sent"
        elif "utf-8" in problem:
            problem = "some bytes are not UTF-8"
        raise BadRequest(400, f"no JSON: {problem}; {_EXPECTED}") from error


def _fault(problem: str, kind: type[CleanRequest]) -> str:
    """The parser's message on an object, in plain words, and what to do."""
    unknown = _UNKNOWN_FIELD.match(problem)
    if unknown is None:
        return f"{type_fault(problem)}; {_EXPECTED}"
    fields = kind.__struct_fields__
    return f"unknown field {shortened(unknown[1])!r}; {suggestion(unknown[1], fields)}"


async def chunks_of(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body in parts. Raises BadRequest where it is too large: before any of it is read, if it says so."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise BadRequest(415, "content-encoding: send the body uncompressed")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most:
        raise too_large(most)
    read, parts = 0, aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                part = await anext(parts, None)
        except TimeoutError as error:
            raise BadRequest(408, f"nothing was sent for {_BODY_SECONDS:g} seconds") from error
        if part is None:
            return
        read += len(part)
        if read > most:
            raise too_large(most)
        yield part


async def body_of(request: Request, most: int) -> bytes:
    """All of the body. Raises BadRequest where it is too large, or comes too slowly."""
    try:
        async with asyncio.timeout(2 * _BODY_SECONDS):
            return b"".join([part async for part in chunks_of(request, most)])
    except TimeoutError as error:
        raise BadRequest(408, f"body: not there within {2 * _BODY_SECONDS:g} seconds") from error


async def requested(
    request: Request, most_bytes: int, kind: type[CleanRequest] = CleanRequest
) -> CleanRequest | Page:
    """What is to be cleaned: JSON of this kind, or a page as it is. Raises BadRequest."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    shape = {"application/json": "json", "text/html": "html", "application/xhtml+xml": "html"}.get(media)
    shape = "text" if media == "text/plain" else shape
    if shape is None:
        raise BadRequest(
            415, f"content-type: expected application/json, text/html or text/plain, not {media[:80]!r}"
        )
    # in JSON letters may be written as escapes of six bytes, and a quotation mark takes two
    most = 2 * most_bytes if shape == "json" else most_bytes
    body = await body_of(request, most)
    if shape == "json":
        return parsed(body, kind)
    url = request.query_params.get("url")
    return Page(body, url=url, content_type=request.headers["content-type"], media=shape)


def check_parameters(request: Request, *known: str) -> None:
    """Raises BadRequest for a query parameter that its path does not have, or that is there twice: it would be ignored
    silently.
    """
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name in known and names.count(name) > 1:
            raise BadRequest(400, f"{shortened(name)!r} is there twice (an & within a value is written %26)")
        if name not in known:
            has = f"{', '.join(known)} (an & within a value is written %26)" if known else "none"
            raise BadRequest(400, f"unknown parameter {shortened(name)!r}; {request.url.path} has {has}")


def format_of(request: Request) -> str:
    """The format of the answer: as ``format`` in the URL has it, else what ``Accept`` prefers, else JSON.

    Raises BadRequest for an unknown ``format``.
    """
    named = request.query_params.get("format")
    if named is not None and named not in FORMATS:
        raise BadRequest(400, f"format: expected {', '.join(FORMATS)}, not {named[:80]!r}")
    return named or _preferred(",".join(request.headers.getlist("accept")))


def _preferred(accept: str) -> str:
    """The format of the highest quality (RFC 9110, 12.5.1); of several that named itself, then that named first."""
    ranges = {}
    for place, one in enumerate(accept.lower().split(",")):
        quality = _QUALITY.search(one)
        ranges[one.partition(";")[0].strip()] = (float(quality[1]) if quality else 1.0, place)

    def rank(media: str) -> tuple[float, int, int]:
        # the closest range counts, not the best
        for distance, one in enumerate((media, f"{media.partition('/')[0]}/*", "*/*")):
            if one in ranges:
                quality, place = ranges[one]
                return quality, -distance, -place
        return 0.0, 0, 0

    return max(FORMATS, key=lambda name: rank(FORMATS[name]))
