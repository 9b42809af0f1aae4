"""WARC files, as crawlers and news archives write them: one page for each response.

Requests, metadata, revisits and whatever else is about the crawl and not a page gives nothing. Every other record gives
one item, and so does every stretch that is damaged.
"""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import BinaryIO

from msgspec import structs

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.decompression import GZIP, MAGIC, Damaged
from copydesk.flows.sources.kinds.http_response import body_of, header, parse_response, payloads
from copydesk.flows.sources.kinds.warc_records import (
    Loss,
    WarcRecord,
    is_digest_right,
    placed_records,
    read_records,
)
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, FileSource, fault_of, is_enough
from copydesk.flows.sources.opening.page_context import PageContext, read_context, read_source
from copydesk.flows.sources.opening.page_source import Input, Reading, Span, Unreadable

# types of WARC 1.1; a revisit refers to content elsewhere, a continuation is the rest of a cut record
_ABOUT_THE_CRAWL = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})
# conversion: the content in another form, as text extracted from it
_PAGES = frozenset({"response", "resource", "conversion"})
_NO_PAGE = lazy_pattern(r"(?:dns|metadata|filedesc):")  # look-ups of names, a crawler's own logs
# an answer to a request for a range: a piece of a page
_PARTIAL = 206


class ArticleParts:
    """Articles on several pages as our own archives keep them: the further pages, then the first one."""

    def __init__(self) -> None:
        self._waiting: deque[Page] = deque()  # whose first page has not come yet
        self._bytes = 0

    def join(self, page: Page, context: PageContext) -> Page | None:
        """A page with the further ones of its article; None of a further page, which comes with its first one."""
        if context.continues:
            self._waiting.append(page)
            self._bytes += len(page.body)
            # whoever wrote the file: it must not fill memory
            while self._bytes > MAX_PAGE_BYTES or len(self._waiting) >= MAX_PAGES:
                self._bytes -= len(self._waiting.popleft().body)
            return None
        # what waits before them is of a run that was killed
        waiting, self._waiting, self._bytes = list(self._waiting), deque(), 0
        # the count is from the file: a negative one is no count, and keeps nothing
        found = tuple(waiting[-context.continuations :]) if context.continuations > 0 else ()
        is_whole = len(found) == context.continuations and all(part.source == page.source for part in found)
        return structs.replace(
            page,
            continuations=found if is_whole else (),
            cut_short=context.cut_short if is_whole else "its further pages are not in the archive",
            is_cut_for_now=context.is_cut_for_now or not is_whole,
            read_at=context.read_at,
        )


class WarcFiles(FileSource):
    """A file of what a crawler received."""

    kind = "warc"
    suffixes = (".warc",)
    input = Input.WARC

    def spans(self, file: BinaryIO, *, shown: str, reading: Reading) -> list[Span]:  # noqa: ARG002
        # a file that is not packed is one long piece, and of other packings the beginning is needed
        if not isinstance(file, io.BufferedReader) or not file.peek(2).startswith(MAGIC[GZIP]):
            return []
        starts, before = [(0, 0)], None
        for number, (record, place) in enumerate(placed_records(file, shown)):
            # nothing of an article on several pages, or of a stretch that is damaged, is cut
            is_alone = isinstance(before, WarcRecord) and not read_context(before.headers).continues
            if place is not None and is_alone and is_enough(place - starts[-1][0], number - starts[-1][1]):
                starts.append((place, number))
            before = record
        # the last has whatever comes to the file before it is read
        counts = [*(after - first for (_, first), (_, after) in pairwise(starts)), sys.maxsize]
        return [Span(place, first, most) for (place, first), most in zip(starts, counts, strict=True)]

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:
        """The pages of an open file; ``shown`` names those that have no identifier or URL."""
        parts = ArticleParts()
        end: Unreadable | None = None
        span = reading.span or Span(0, 0, sys.maxsize)
        if span.start:
            file.seek(span.start)
        records = islice(read_records(file, shown), span.most)
        for number, record in enumerate(records, start=span.before + 1):
            headers = record.headers or {}
            identifier = headers.get("warc-record-id", "").strip("<> ") or _url(headers)
            # our own header first: a page that is cleaned again stays a page of its source
            source = read_source(headers) or Source(self.kind, identifier or f"{shown}:{number}")
            item: Page | Unreadable | None
            end = None
            if isinstance(record, Loss):
                item = _lost(record, source)
            else:
                context = read_context(headers)
                item = _page(record, source, context)
                if isinstance(item, Page):
                    item = parts.join(item, context)
            if isinstance(item, Unreadable):
                item = structs.replace(item, message=f"record {number} of {shown}: {item.message}")
            if isinstance(record, Loss) and _is_about_the_crawl(headers):
                # whatever the record was about: the pages that came after it are missing
                item, end = None, item if record.reason == "truncated" else None
            if item is not None:
                yield item
        if end is not None:
            yield end


def _is_about_the_crawl(headers: Mapping[str, str]) -> bool:
    return headers.get("warc-type", "").lower() in _ABOUT_THE_CRAWL


def _url(headers: Mapping[str, str]) -> str | None:
    return headers.get("warc-target-uri", "").strip("<> ") or None  # some writers put it in brackets


def _lost(loss: Loss, source: Source) -> Unreadable:
    """The item for a loss."""
    # a failure, unlike a page that its crawler cut: with the whole file there would be one, and others after it
    missing = "; what came after that is missing" if loss.reason == "truncated" else ""
    return Unreadable(source, loss.reason, f"{loss.message}{missing}")


def _page(record: WarcRecord, source: Source, context: PageContext) -> Page | Unreadable | None:
    """The page of a record; None where it is about the crawl."""
    headers = record.headers
    kind, url = headers.get("warc-type", "").lower(), _url(headers)
    if _is_about_the_crawl(headers) or _NO_PAGE.match(url or ""):
        return None
    media = headers.get("content-type", "").lower()
    # some writers leave the block's type out: its first bytes show it
    is_response = media.startswith("application/http") or record.block.startswith(b"HTTP/")
    try:
        _check_headers(kind, headers)
        if kind == "response" and is_response:
            return _page_of_response(record, url, source, context)
        return _page_of_block(record, url, source, context)
    except EOFError as error:
        return Unreadable(source, "cut_short", str(error), url)
    except Damaged as error:
        return Unreadable(source, "damaged", str(error), url)
    except Exception as error:  # noqa: BLE001 - the boundary of a record
        return structs.replace(fault_of(source, error), url=url)


def _check_headers(kind: str, headers: Mapping[str, str]) -> None:
    """Raises Damaged for a record of an unknown type, EOFError for a part of a page."""
    if kind not in _PAGES:
        raise Damaged(f"a record of no known type: {kind or 'none'}")
    # WARC 1.1: the headers of a record that was parted, and of one that ends early on purpose
    if "warc-segment-number" in headers:
        raise EOFError("the record goes on in another file")
    if "warc-truncated" in headers:
        raise EOFError(f"cut by the crawler: {headers['warc-truncated'] or 'unspecified'}")


def _page_of_block(record: WarcRecord, url: str | None, source: Source, context: PageContext) -> Page:
    """The page that a record's block is. Raises Damaged."""
    _check(record, (record.block,))
    page = Page(
        # one byte more than is accepted at most, which is enough for cleaning to refuse it
        body=record.block[:MAX_PAGE_BYTES],
        url=url,
        content_type=record.headers.get("content-type"),
        fetched_at=record.headers.get("warc-date"),
        source=source,
    )
    if context.media is None:
        return page
    # a text of our own archives that was decoded before it came there
    try:
        body = record.block.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Damaged(f"no text: {error}") from error
    page = structs.replace(page, body=body, content_type=context.content_type, media=context.media)
    return _with_context(page, context)


def _page_of_response(
    record: WarcRecord, url: str | None, source: Source, context: PageContext
) -> Page | Unreadable:
    """The page in a server's response. Raises EOFError, Damaged."""
    response = parse_response(record.block)
    # 206, too: a piece of a page is none; redirects and errors are not what is at the URL
    if response.status == _PARTIAL or response.status // 100 != 2:
        return Unreadable(source, "bad_status", f"the server answered {response.status}", url)
    body = body_of(response)
    _check(record, payloads(response))
    page = Page(
        body=body,
        url=url,
        content_type=header(response.headers, "content-type"),
        headers=response.headers,
        fetched_at=record.headers.get("warc-date"),
        source=source,
    )
    return _with_context(page, context)


def _with_context(page: Page, context: PageContext) -> Page:
    # of our own archives alone: those of others have no context
    source = structs.replace(page.source, retrieved_from=context.retrieved_from)
    return structs.replace(page, signals=context.signals, announced=context.announced, source=source)


def _check(record: WarcRecord, payloads: Iterable[bytes]) -> None:
    """Raises Damaged where the record cannot be believed; ``payloads`` are what its payload may mean."""
    if record.is_proven:  # it is as it was written, whatever was meant by the payload's digest
        return
    # one header ran into the next where a line end was lost: “<urn:uuid:1> WARC-Type: response”
    if len(record.headers.get("warc-record-id", "").split()) > 1:
        raise Damaged("its headers run into each other")
    digest = record.headers.get("warc-payload-digest", "")
    rights = [is_digest_right(payload, digest) for payload in payloads] if digest else []
    # one meaning is enough: writers differ in what of the response they make the digest of
    if any(rights):
        return
    # None: made in a way that is not known here, and no proof against the record
    if rights and None not in rights:
        raise Damaged("the record does not have its digest")
    if record.is_doubtful:
        raise Damaged("it follows damage, and has no digest to check whether it is whole")


WARC_FILES = WarcFiles()
