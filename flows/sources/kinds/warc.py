"""WARC files, as crawlers and news archives write them: one page for each response.

Requests, metadata, revisits and whatever else is about the crawl and not a page gives nothing. Every other record gives
one item, and so does every stretch that is damaged.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from msgspec import structs

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.cleaners.types import Page, Source
from copydesk.flows.io.decompression import Damaged
from copydesk.flows.sources.kinds.http_response import body_of, header, parse_response, payloads
from copydesk.flows.sources.kinds.warc_records import Loss, WarcRecord, is_digest_right, read_records
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES, FileSource
from copydesk.flows.sources.opening.page_context import PageContext, read_context, read_source
from copydesk.flows.sources.opening.page_source import Input, Reading, Unreadable

# types of WARC 1.1; a revisit refers to content elsewhere, a continuation is the rest of a cut record
_ABOUT_THE_CRAWL = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})
# conversion: the content in another form, as text extracted from it
_PAGES = frozenset({"response", "resource", "conversion"})
_NO_PAGE = re.compile(r"(?:dns|metadata|filedesc):")  # look-ups of names, a crawler's own logs
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
        # a count is what the file says: less than none is no count, and keeps nothing
        found = tuple(waiting[-context.continuations :]) if context.continuations > 0 else ()
        is_whole = len(found) == context.continuations and all(one.source == page.source for one in found)
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

    def read_opened(self, file: BinaryIO, *, shown: str, reading: Reading) -> Iterator[Page | Unreadable]:  # noqa: ARG002
        """The pages of an open file; ``shown`` names those that do not say an identifier or address."""
        parts, end = ArticleParts(), None
        for number, record in enumerate(read_records(file, shown), start=1):
            source = _source(record.headers or {}, f"{shown}:{number}")
            item: Page | Unreadable | None
            end = None
            if isinstance(record, Loss):
                place = f"record {number} of {shown}"
                item = _lost(record, source, place)
                # whatever the record was about: the pages that came after it are missing
                end = (
                    _cut_off(source, record, place) if item is None and record.reason == "truncated" else None
                )
            else:
                context = read_context(record.headers)
                item = _page(record, source, context)
                if isinstance(item, Page):
                    item = parts.join(item, context)
            if item is not None:
                yield item
        if end is not None:
            yield end


def _source(headers: Mapping[str, str], name: str) -> Source:
    # our own header first: a page that is cleaned again stays a page of its source
    if ours := read_source(headers):
        return ours
    identifier = headers.get("warc-record-id", "").strip("<> ") or _address(headers) or name
    return Source(WARC_FILES.kind, identifier)


def _address(headers: Mapping[str, str]) -> str | None:
    return headers.get("warc-target-uri", "").strip("<> ") or None  # some writers put it in brackets


def _lost(loss: Loss, source: Source, place: str) -> Unreadable | None:
    """What is said of a loss, and where it is; nothing where it is of no page."""
    if loss.headers is None and loss.reason != "truncated":  # its name is the place
        return Unreadable(source, loss.reason, loss.message)
    if loss.headers and loss.headers.get("warc-type", "").lower() in _ABOUT_THE_CRAWL:
        return None
    if loss.reason == "truncated":
        return _cut_off(source, loss, place)
    return Unreadable(source, loss.reason, f"{place}: {loss.message}")


def _cut_off(source: Source, loss: Loss, place: str) -> Unreadable:
    # a failure, unlike a page that its crawler cut: with the whole file there would be one, and others after it
    return Unreadable(source, loss.reason, f"{place}: {loss.message}; what came after that is missing")


def _page(record: WarcRecord, source: Source, context: PageContext) -> Page | Unreadable | None:
    """What one record gives; nothing where it is about the crawl."""
    headers = record.headers
    kind, url = headers.get("warc-type", "").lower(), _address(headers)
    if kind in _ABOUT_THE_CRAWL or _NO_PAGE.match(url or ""):
        return None
    if kind not in _PAGES:
        return Unreadable(source, "damaged", f"a record of no known type: {kind or 'none'}")
    if cut := _cut_by_the_crawler(headers):
        return Unreadable(source, "cut_short", cut)
    media = headers.get("content-type", "").lower()
    # some writers leave the block's type out: its first bytes tell
    if kind == "response" and (media.startswith("application/http") or record.block.startswith(b"HTTP/")):
        answered = _answered(record, url, source)
        return answered if isinstance(answered, Unreadable) else _known(answered, context)
    return _stored(record, url, source, context)


def _stored(record: WarcRecord, url: str | None, source: Source, context: PageContext) -> Page | Unreadable:
    """The page that a record's block is."""
    if doubt := _doubt(record, (record.block,)):
        return Unreadable(source, "damaged", doubt)
    if context.media is not None:
        return _decoded(record, url, source, context)
    headers = record.headers
    # one byte more than is accepted at most, which is enough for cleaning to refuse it
    return Page(
        body=record.block[:MAX_PAGE_BYTES],
        url=url,
        content_type=headers.get("content-type"),
        fetched_at=headers.get("warc-date"),
        source=source,
    )


def _decoded(record: WarcRecord, url: str | None, source: Source, context: PageContext) -> Page | Unreadable:
    """A text of our own archives that was decoded before it came there."""
    try:
        body = record.block.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        return Unreadable(source, "damaged", f"no text: {error}")
    page = Page(
        body,
        url=url,
        content_type=context.content_type,
        fetched_at=record.headers.get("warc-date"),
        source=source,
        media=context.media,
    )
    return _known(page, context)


def _known(page: Page, context: PageContext) -> Page:
    # of our own archives alone: those of others have no context
    source = structs.replace(page.source, retrieved_from=context.retrieved_from)
    return structs.replace(page, signals=context.signals, announced=context.announced, source=source)


def _cut_by_the_crawler(headers: Mapping[str, str]) -> str | None:
    """What the record itself says of its being no more than a part."""
    # WARC 1.1: the headers of a record that was parted, and of one that ends early on purpose
    if "warc-segment-number" in headers:
        return "the record goes on in another file"
    if "warc-truncated" in headers:
        return f"cut by the crawler: {headers['warc-truncated'] or 'unspecified'}"
    return None


def _doubt(record: WarcRecord, payloads: Iterable[bytes]) -> str | None:
    """Why the record cannot be believed; ``payloads`` are what its payload may mean."""
    if record.is_proven:  # it is as it was written, whatever was meant by the payload's digest
        return None
    # one header ran into the next where a line end was lost: “<urn:uuid:1> WARC-Type: response”
    if len(record.headers.get("warc-record-id", "").split()) > 1:
        return "its headers run into each other"
    digest = record.headers.get("warc-payload-digest", "")
    rights = [is_digest_right(payload, digest) for payload in payloads] if digest else []
    # one meaning is enough: writers differ in what of the answer they make the digest of
    if any(rights):
        return None
    # None: made in a way that is not known here, and no proof against the record
    if rights and None not in rights:
        return "the record does not have its digest"
    return "it follows damage, and has no digest to tell whether it is whole" if record.is_doubtful else None


def _answered(record: WarcRecord, url: str | None, source: Source) -> Page | Unreadable:
    """The page in a server's answer, where it is one."""
    try:
        response = parse_response(record.block)
        # 206, too: a piece of a page is none; redirects and errors are not what the address stands for
        if response.status == _PARTIAL or response.status // 100 != 2:
            told = f"the server answered {response.status}"
            return Unreadable(source, "bad_status", told)
        body = body_of(response)
        if doubt := _doubt(record, payloads(response)):
            return Unreadable(source, "damaged", doubt)
    except EOFError as error:
        return Unreadable(source, "cut_short", str(error))
    except Damaged as error:
        return Unreadable(source, "damaged", str(error))
    return Page(
        body=body,
        url=url,
        content_type=header(response.headers, "content-type"),
        headers=response.headers,
        fetched_at=record.headers.get("warc-date"),
        source=source,
    )


WARC_FILES = WarcFiles()
