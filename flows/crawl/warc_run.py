"""WARC files on the web in one run: their pages as they arrive, each once.

A file is noted once all its pages are stored; before that each page by itself, so that after an early end the next run
skips those that are stored, though the file is sent from its beginning. Of a file that a list names they are forgotten
with that.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import BinaryIO, cast

from msgspec import Struct, structs

from copydesk.cleaners.types import Page, Source
from copydesk.flows.crawl.run_state import Arrival, SourceReader
from copydesk.flows.fetching.http.download import Broken, Pipe, download
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
    without_body,
)
from copydesk.flows.fetching.lists.listed import Link, ListResult
from copydesk.flows.fetching.lists.warc_lists import WARC, is_list, is_within, listed_files
from copydesk.flows.fetching.wire.addresses import origin_of
from copydesk.flows.library.web.urls import Known
from copydesk.flows.sources.catalogue import fetched_moment
from copydesk.flows.sources.kinds.warc import WARC_FILES
from copydesk.flows.sources.opening.files import guarded
from copydesk.flows.sources.opening.page_source import Reading, Unreadable

# set by hand: some are cleaned while the next are read, and few are held
_PAGES_AT_ONCE = 4
_READ_BYTES = 65_536


class _Item(Struct, frozen=True):
    """An item of a file. ``key``: identifies it once it is stored."""

    key: str
    item: Page | Unreadable


class _Pending:
    """The items of a file that are not stored yet; ``then`` gets the file's ``outcome`` once all are. Thread-safe."""

    def __init__(self, then: Callable[[Outcome], None]) -> None:
        self._then = then
        self.outcome: Outcome | None = None
        # one for the reading
        self._left = 1
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Adds an item."""
        with self._lock:
            self._left += 1

    def done(self) -> None:
        """Ends an item, or the reading."""
        with self._lock:
            self._left -= 1
            is_last = self._left == 0
        if is_last and self.outcome is not None:
            self._then(self.outcome)


class WarcRun(SourceReader):
    """One source of WARC files in one run."""

    async def _read(self, began: datetime) -> None:  # noqa: ARG002 - files have no age
        async for url, is_listed in self._files():
            await self._read_file(url, is_listed=is_listed)
            if self._left == 0:
                self._tally.remark = "not read further, as the limit was reached"
                break

    async def _files(self) -> AsyncIterator[tuple[str, bool]]:
        """The files, and whether a list names them."""
        for address in self._source.addresses:
            if not is_list(address):
                yield address, False
                continue
            for link in await self._listed(address):
                if is_within(link.url, self._source.since, self._source.until):
                    yield link.url, True

    async def _listed(self, url: str) -> Sequence[Link]:
        """The files that a list names; of an unchanged list those that it named before."""
        known = await self._known(url)
        outcome = await self._fetcher.fetch(self._request(url, known))
        links: Sequence[Link] = ()
        if isinstance(outcome, NotModified):
            links = await asyncio.to_thread(self._frontier.links, url)
        elif isinstance(outcome, Fetched):
            found = await asyncio.to_thread(listed_files, outcome, url)
            links, outcome = ((), found) if isinstance(found, NotFetched) else (found, without_body(outcome))
        if isinstance(outcome, NotFetched):
            await self._report_failure(outcome)
        # its files are noted each by itself
        await asyncio.to_thread(self._note, ListResult(url, outcome, tuple(links)))
        self._tally.lists_unchanged += isinstance(outcome, NotModified)
        return [link for link in links if link.kind == WARC]

    async def _read_file(self, url: str, *, is_listed: bool) -> None:
        """Hands over what is new of a file."""
        known = await self._known(url)
        if known is not None and known.is_backing_off and known.next_attempt_at is not None:
            self._shared.skipped.add_backing_off(known.next_attempt_at)
            return
        # a file that a list names never changes; one at a URL of its own may have changed
        if known is not None and known.outcome == "ok" and is_listed and not self._is_since_earlier(known):
            self._tally.lists_unchanged += 1
            return
        if not await asyncio.to_thread(self._frontier.take_file, self._source.name, url):
            return  # another source or run is reading it
        pipe, pending = Pipe(), _Pending(partial(self._settle_file, url, is_listed))
        async with self._shared.files:
            # of its own: it blocks, and would take the shared threads from name resolution
            thread = ThreadPoolExecutor(1, "warc")
            task = asyncio.create_task(download(self._request(url, known), pipe, self._fetcher))
            try:
                is_whole = await self._hand_over_all(url, _items(pipe, url), thread, pending)
                # the rest of it is not needed
                outcome = await task if is_whole else None
            finally:
                pipe.end(is_whole=False)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                thread.shutdown(wait=False)
        if outcome is None:
            await asyncio.to_thread(self._frontier.leave, [url])
            return
        self._tally.lists_read += isinstance(outcome, Fetched)
        self._tally.lists_unchanged += isinstance(outcome, NotModified)
        if isinstance(outcome, NotFetched):
            await self._report_failure(outcome)
        pending.outcome = outcome
        await asyncio.to_thread(pending.done)

    async def _hand_over_all(
        self, url: str, items: Iterator[_Item], thread: ThreadPoolExecutor, pending: _Pending
    ) -> bool:
        """Whether the file was read to its end; it is not where the limit is reached before."""
        loop = asyncio.get_running_loop()
        while some := await loop.run_in_executor(thread, lambda: list(islice(items, _PAGES_AT_ONCE))):
            keys = [one.key for one in some]
            stored = await asyncio.to_thread(self._frontier.stored_items, _place_of(url), keys)
            for one in some:
                self._tally.listed += 1
                if why := self._left_out(one, stored):
                    self._skip(why)
                elif self._left == 0:
                    self._skip("beyond")
                    return False
                else:
                    await self._hand_over(one, url, pending)
        return True

    def _left_out(self, one: _Item, stored: frozenset[str]) -> str | None:
        """Why an item is not handed over."""
        if one.key in stored and not self._shared.refetch:
            return "known"
        moment = fetched_moment(one.item)
        since, until = self._source.since, self._source.until
        is_of_another_time = moment is not None and (
            (since is not None and moment < since) or (until is not None and moment > until)
        )
        return "old" if is_of_another_time else None

    async def _hand_over(self, one: _Item, url: str, pending: _Pending) -> None:
        for limit in self._limits:
            limit.take(1)
        self._tally.requested += 1
        pending.begin()
        item = self._as_listed(one.item)
        # several of an article that one of our own archives has on several pages
        pages = (item, *item.continuations) if isinstance(item, Page) else ()
        came = tuple(filter(None, map(_raw, pages)))
        arrival = Arrival(
            item,
            # the last one notes the file: never before its items are written
            lambda _: self._frontier.store_item(_place_of(url), one.key, pending.done),
            came if len(came) == len(pages) else (),
            self._tally,
        )
        await self._shared.outlet.put(arrival, weight=sum(len(page.body) for page in came))

    def _settle_file(self, url: str, is_listed: bool, outcome: Outcome) -> None:
        """Notes a file once all its items are stored."""
        # a file that a list names is not requested again, one at a URL of its own may become longer
        items = _place_of(url) if is_listed and isinstance(outcome, Fetched) else None
        self._note(ListResult(url, outcome, has_backoff=True), items)

    def _note(self, result: ListResult, items: str | None = None) -> None:
        self._frontier.settle_file(self._wants, result, now=datetime.now(UTC), items=items)

    def _as_listed(self, item: Page | Unreadable) -> Page | Unreadable:
        """An item under the name of its source; one without a URL keeps its own behind it."""
        source = item.source or Source(WARC_FILES.kind, "")
        name = self._source.name if item.url else f"{self._source.name}/{source.name}"
        # its other fields stay
        named = structs.replace(item, source=structs.replace(source, kind=WARC_FILES.kind, name=name))
        if isinstance(named, Unreadable):
            return named
        if fetched_moment(named) is None:  # whatever is in the file
            named = structs.replace(named, fetched_at=None)
        if self._source.language is None:
            return named
        # the page's own headers go over those of the source
        return structs.replace(named, headers={"content-language": self._source.language, **named.headers})

    async def _report_failure(self, failure: NotFetched) -> None:
        await self._report_list(failure, f"{failure.url} could not be read whole")

    def _request(self, url: str, known: Known | None) -> Request:
        is_same = known is not None and not self._shared.refetch and not self._is_since_earlier(known)
        validators = known.validators if known is not None and is_same else Validators()
        origins = frozenset(map(origin_of, self._source.addresses))
        return Request(url, headers=self._source.headers, origins=origins, validators=validators)

    async def _known(self, url: str) -> Known | None:
        if self._shared.refetch:
            return None
        return (await asyncio.to_thread(self._frontier.known, [url])).get(url)


def _items(pipe: Pipe, url: str) -> Iterator[_Item]:
    """The items of a file; for a thread of its own, which waits for what comes."""
    file = cast("BinaryIO", io.BufferedReader(pipe, _READ_BYTES))
    pages = _unbroken(WARC_FILES.read_opened(file, shown=url, reading=Reading()))
    for item in guarded(Source(WARC_FILES.kind, url), pages):
        yield _Item(_key(url, item), item)


def _key(url: str, item: Page | Unreadable) -> str:
    """Identifies an item once it is stored: not by its place, for the file may have another content by then."""
    fetched_at = item.fetched_at if isinstance(item, Page) else None
    return " ".join((_place_of(url), item.source.name, item.url or "-", fetched_at or "-"))


def _place_of(url: str) -> str:
    """Where the items of a file are noted; also the beginning of their keys."""
    return f"warc:{hashlib.blake2b(url.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _unbroken(items: Iterator[Page | Unreadable]) -> Iterator[Page | Unreadable]:
    """The items before a file breaks off; the download reports that once."""
    try:
        yield from items
    except Broken:
        return


def _raw(page: Page) -> Fetched | None:
    """A page as its crawler received it; None where it is no server's response."""
    if page.url is None or isinstance(page.body, str) or not page.headers:
        return None
    return Fetched(page.url, 200, page.headers, page.body, fetched_moment(page) or datetime.now(UTC))
