"""The frontier: what is known of URLs, and which pages wait to be fetched.

A list is noted in one transaction with its pages that are to be fetched, which wait from then on: whatever becomes of
the run, whoever reads the list the next time fetches them, though it has not changed. A page is in the hand of a run
until its record is stored; once that run is over, the page is free again.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, bindparam, delete, func, select, update

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.crawl.pending import Known, Need, PageResult, PendingPage, Wants
from copydesk.flows.fetching.http.outcomes import GIVEN_UP, Fetched, NotFetched
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.lists.listed_page import ListedPage
from copydesk.flows.fetching.lists.listings import Listing
from copydesk.flows.fetching.lists.memory import FurtherPart, Link, ListResult, PageLinks
from copydesk.flows.io.databases import batched
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import insert_into, is_whole, put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.library.web.url_rows import (
    find_known,
    known_in,
    known_of,
    note_list,
    put_known,
    put_page_links,
    put_parts,
)
from copydesk.flows.library.web.web_tables import STORED, known_urls, waiting
from copydesk.flows.source_tally import DENIED

SITE_FILE_HOURS = 24
"""How long robots.txt (RFC 9309, 2.4) and the other files of a site are valid."""

_PRUNE_EVERY = timedelta(hours=1)  # it reads all rows

_parts_of = msgspec.json.Decoder(tuple[FurtherPart, ...]).decode
_ENTRY = msgspec.msgpack.Encoder()
_entry_of = msgspec.msgpack.Decoder(ListedPage).decode


# made once: to make them takes longer than to execute them
_NO_PARTS = delete(tables.article_parts).where(tables.article_parts.c.url == bindparam("key"))
_DONE = delete(waiting).where(waiting.c.url == bindparam("key"))
# what each run lists anew needs no row to be retried
_NOT_LISTED = _DONE.where(waiting.c.entry.is_(None))
_FREE = update(waiting).where(waiting.c.url == bindparam("key")).values(source=None)


class Frontier:
    """See ``copydesk.flows.fetching.crawl.frontier.Frontier``. Methods raise as those of ``Library``.

    ``run``: the number of the run; what it had in hand is free once it is over. ``answered`` is called with each URL of
    a page or list that was fetched or is unchanged. ``clock``: for the expiry of site files.
    """

    def __init__(
        self,
        library: Library,
        run: int = 0,
        answered: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._library = library
        self._run = run
        self._answered = answered
        self._clock = clock
        self._pruned_at: datetime | None = None

    def begin(self) -> None:
        with self._library.writing() as connection:
            query = select(waiting.c.run).where(waiting.c.run.is_not(None)).distinct()
            runs = connection.execute(query).scalars().all()
            over = [one for one in runs if one == self._run or self._library.is_over(connection, one)]
            connection.execute(update(waiting).where(waiting.c.run.in_(over)).values(run=None))

    # --- what is known

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        with self._library.reading() as connection:
            return known_in(connection, urls)

    def has_denied(self, source: str) -> bool:
        # sorted: the order of a set differs between processes
        query = select(known_urls).where(
            known_urls.c.source == source, known_urls.c.outcome.in_(sorted(DENIED))
        )
        with self._library.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The oldest pages first, also articles with missing pages that are due; see ``schedule.is_due_again``. Not
        pages whose URL is stored shortened: only lists have it.
        """
        with self._library.reading() as connection:
            return tuple(filter(is_whole, connection.execute(tables.due_again(source, ages, now)).scalars()))

    def links(self, url: str) -> tuple[Link, ...]:
        with self._library.reading() as connection:
            query = select(tables.links).filter_by(url=url).order_by(tables.links.c.position)
            return tuple(Link(row.kind, row.target, row.lastmod) for row in connection.execute(query))

    def page_links(self, url: str) -> PageLinks | None:
        row = self._row(tables.page_links, url=url)
        return None if row is None else PageLinks(row.version, tuple(filter(None, row.targets.split("\n"))))

    def further_parts(self, url: str) -> tuple[FurtherPart, ...] | None:
        row = self._row(tables.article_parts, url=url)
        return None if row is None else _parts_of(row.parts)

    # --- lists

    def read_listing(self, wants: Wants, listing: Listing, *, now: datetime) -> list[PendingPage]:
        source = wants.source
        place = listing.results[0].url if listing.results else f"source {source.name}"
        with self._library.writing() as connection:
            for result in listing.results:
                # whatever a list came to in this run, another source's failure adds nothing
                known = find_known(connection, result.url)
                is_noted = known.fetched_at is not None and wants.began <= known.fetched_at <= now
                if not (is_noted and isinstance(result.outcome, NotFetched)):
                    note_list(connection, source.name, result, now, source.since)
            before = known_in(connection, [page.url for page in listing.pages])
            named = [wants.listed(page, before.get(page.url)) for page in listing.pages]
            if not listing.results or isinstance(listing.results[0].outcome, Fetched):
                is_whole = not (listing.results and listing.results[0].is_damaged)
                _put_pages(connection, place, named, is_listed=bool(listing.results), is_whole=is_whole)
            found = [page for page in named if page.need in (Need.KNOWN, Need.OLD)]
            if not any(isinstance(result.outcome, NotFetched) for result in listing.results):
                names = {stored_key(page.url): page for page in listing.pages}
                passed = {stored_key(page.listed.url) for page in found}
                rows = connection.execute(tables.waiting_in(place)).all()
                its = (row for row in rows if row.key in names or row.packed is not None)
                found += [_pending(wants, row, names) for row in its if row.key not in passed]
        self._note_answers(listing.results)
        return found

    def _note_answers(self, results: Iterable[ListResult]) -> None:
        for result in results:
            if not isinstance(result.outcome, NotFetched):
                self._answered(result.url)

    # --- pages

    def take(self, source: str, urls: Sequence[str]) -> frozenset[str]:
        taken = set[str]()
        with self._library.writing() as connection:
            for some in batched(urls):
                query = select(waiting.c.url).where(waiting.c.url.in_(some)).group_by(waiting.c.url)
                free = set(connection.execute(query.having(func.max(waiting.c.run).is_(None))).scalars())
                mine = [url for url in some if stored_key(url) in free]
                in_hand = update(waiting).where(waiting.c.url.in_(mine))
                connection.execute(in_hand.values(run=self._run, source=source))
                taken.update(mine)
        return frozenset(taken)

    def leave(self, urls: Sequence[str]) -> None:
        with self._library.writing() as connection:
            # they stay in the hand of the run, which has no use for them any more
            for some in batched(urls):
                connection.execute(update(waiting).where(waiting.c.url.in_(some)).values(source=None))

    def settle(
        self, source: str, page: ListedPage, result: PageResult, *, reason: str | None, now: datetime
    ) -> None:
        url, outcome = page.url, result.noted
        failure = outcome if isinstance(outcome, NotFetched) else None
        is_gone = failure is not None and failure.is_answer
        with self._library.writing() as connection:
            if result.links is not None:
                put_page_links(connection, url, result.links)
            if result.parts is not None:
                put_parts(connection, url, result.parts)
            elif isinstance(outcome, Fetched) or is_gone:
                # read without further pages, or there is no article any more
                connection.execute(_NO_PARTS, {"key": url})
            known = find_known(connection, url)
            is_done = failure is None or (is_gone and known.failures + 1 >= GIVEN_UP)
            key = page.key if is_done else None
            put_known(connection, known.as_page(outcome, source=source, now=now, reason=reason, key=key))
            connection.execute(_DONE if is_done else _NOT_LISTED, {"key": url})
            if not is_done:
                connection.execute(_FREE, {"key": url})
        if failure is None or failure.reason == CONTINUATION:
            self._answered(url)

    # --- WARC files

    def take_file(self, source: str, url: str) -> bool:
        row = _row_of(f"source {source}", url, run=self._run, source=source)
        with self._library.writing() as connection:
            in_hand = select(waiting.c.url).where(waiting.c.url == url, waiting.c.run.is_not(None))
            if is_free := connection.execute(in_hand.limit(1)).first() is None:
                connection.execute(put_into(connection.dialect, waiting), row)
        return is_free

    def stored_items(self, file: str, keys: Sequence[str]) -> frozenset[str]:
        query = select(waiting.c.url).where(waiting.c.list == file, waiting.c.url.in_(keys))
        with self._library.reading() as connection:
            stored = set(connection.execute(query).scalars())
        return frozenset(key for key in keys if stored_key(key) in stored)

    def store_item(self, file: str, key: str) -> None:
        self._put(waiting, **_row_of(file, key, entry=STORED))

    def once_written(self, then: Callable[[], None]) -> None:
        self._library.once_written(then)

    def settle_file(self, wants: Wants, result: ListResult, *, now: datetime, items: str | None) -> None:
        with self._library.writing() as connection:
            note_list(connection, wants.source.name, result, now, wants.source.since)
            connection.execute(_DONE, {"key": result.url})
            if items is not None:
                connection.execute(delete(waiting).where(waiting.c.list == items))
        self._note_answers((result,))

    # --- sources

    def last_read(self, source: str) -> datetime | None:
        with self._library.reading() as connection:
            lost = connection.execute(select(waiting.c.url).where(_is_lost(source)).limit(1)).first()
        row = self._row(tables.sources, name=source)
        return None if row is None or lost is not None else row.read_at

    def note_read(self, source: str, *, now: datetime) -> None:
        with self._library.writing() as connection:
            connection.execute(update(waiting).where(_is_lost(source)).values(source=None))
            self._put(tables.sources, name=source, read_at=now)

    # --- files of sites

    def site_file(self, url: str) -> SiteFile | None:
        row = self._row(tables.site_files, url=url)
        if row is None:
            return None
        # a date in the future is of a wrong clock, and would be valid for too long
        is_good = timedelta(0) <= self._clock() - row.fetched_at < timedelta(hours=SITE_FILE_HOURS)
        return SiteFile(row.status, row.body) if is_good else None

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Also deletes expired files, once an hour."""
        now = self._clock()
        # abs(): the difference is negative after the clock was set back
        if self._pruned_at is None or abs(now - self._pruned_at) >= _PRUNE_EVERY:
            moment, age = tables.site_files.c.fetched_at, timedelta(hours=SITE_FILE_HOURS)
            with self._library.writing() as connection:
                expired = (moment <= now - age) | (moment >= now + age)
                connection.execute(delete(tables.site_files).where(expired))
            self._pruned_at = now
        self._put(tables.site_files, url=url, status=file.status, body=file.body, fetched_at=now)

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        with self._library.reading() as connection:
            return connection.execute(select(table).filter_by(**key)).one_or_none()

    def _put(self, table: Table, **row: Any) -> None:
        with self._library.writing() as connection:
            connection.execute(put_into(connection.dialect, table), row)


# --- rows of pages that wait


def _is_lost(source: str) -> ColumnElement[bool]:
    """Of a page that was taken for a source by a run that is over, and was not settled."""
    return (waiting.c.source == source) & waiting.c.run.is_(None)


def _row_of(place: str, url: str, **values: Any) -> dict[str, Any]:
    row = {"list": place, "url": url, "number": 0, "is_known": False}
    return dict.fromkeys(waiting.c.keys()) | row | values


def _put_pages(
    connection: Connection, place: str, named: Sequence[PendingPage], *, is_listed: bool, is_whole: bool
) -> None:
    """Has the pages of a list wait that are to be fetched; those that failed and a whole list names no more do not."""
    is_its = (waiting.c.list == place) & waiting.c.run.is_(None)
    gone: Select[Any] = select(waiting.c.url).where(is_its)
    if is_listed:
        gone = gone.join(known_urls, known_urls.c.url == waiting.c.url).where(known_urls.c.failures > 0)
    keys = {stored_key(page.listed.url) for page in named}
    left = connection.execute(gone).scalars().all() if is_whole else ()
    for some in batched(one for one in left if one not in keys):
        connection.execute(delete(waiting).where(is_its, waiting.c.url.in_(some)))
    rows = [
        {
            "list": place,
            "url": page.listed.url,
            "number": number,
            "is_known": page.need is Need.MAYBE,
            # what each run lists anew is at hand then
            "entry": zlib.compress(_ENTRY.encode(page.listed), 1) if is_listed else None,
        }
        for number, page in enumerate(named)
        if page.need not in (Need.KNOWN, Need.OLD)
    ]
    if rows:
        put = insert_into(connection.dialect, waiting)
        changed = {name: put.excluded[name] for name in ("number", "is_known", "entry")}
        connection.execute(put.on_conflict_do_update(index_elements=["list", "url"], set_=changed), rows)


def _pending(wants: Wants, row: Row[Any], names: Mapping[str, ListedPage]) -> PendingPage:
    page = names.get(row.key) or _entry_of(zlib.decompress(row.packed))
    known = None if row.outcome is None else known_of(row)
    found = wants.waiting(page, known, is_known=row.is_known)
    return found if row.run is None else structs.replace(found, need=Need.SHARED)
