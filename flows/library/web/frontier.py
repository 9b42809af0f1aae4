"""The frontier: what is known of URLs, and which pages wait to be fetched.

A list is noted in one transaction with its pages that are to be fetched, which wait from then on: whatever becomes of
the run, whoever reads the list the next time fetches them, though it has not changed. A page is in the hand of a run
until its record is stored; once that run is over, the page is free again.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select, update

from copydesk.flows.fetching.http.outcomes import Fetched, NotFetched
from copydesk.flows.fetching.lists.listed import ListedPage, Listing, ListResult
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.io.databases import batched
from copydesk.flows.library.tables import insert_into, put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.library.web.host_leases import HostLeases
from copydesk.flows.library.web.urls import DONE, Known, Urls, known_in, known_of, note_list
from copydesk.flows.library.web.web_tables import STORED, known_urls, waiting
from copydesk.flows.schedule import is_due_again
from copydesk.flows.source_tally import DENIED

_ENTRY = msgspec.msgpack.Encoder()
_entry_of = msgspec.msgpack.Decoder(ListedPage).decode


class Need(Enum):
    """Whether a page is fetched. The values of the last four are codes in ``source_tally.LEFT_OUT``."""

    NEW = "new, changed, or due for a retry"
    MAYBE = "known, and perhaps changed"
    KNOWN = "known"
    OLD = "old"
    LATER = "resting"
    SHARED = "shared"


class PendingPage(Struct, frozen=True):
    """A page that is listed or waits, what is known of it, and whether it is fetched."""

    listed: ListedPage
    known: Known | None
    need: Need


def refetch_need(listed: ListedPage, known: Known, *, began: datetime) -> Need:
    """Whether a page that was requested before is fetched again."""
    if known.next_attempt_at is not None:  # it failed
        return Need.LATER if known.is_backing_off else Need.NEW
    # a date in the future is of a wrong clock, and would hide changes
    if known.fetched_at is None or known.fetched_at > datetime.now(UTC):
        return Need.MAYBE
    if known.fetched_at >= began:  # in this run, for another source or list
        return Need.KNOWN
    if listed.changed_at is None:
        return Need.MAYBE
    return Need.KNOWN if listed.changed_at <= known.fetched_at else Need.NEW


def last_fetched(page: PendingPage) -> datetime:
    """When a page was last fetched; ``datetime.min`` if it never was."""
    known = page.known
    return known.fetched_at if known and known.fetched_at else datetime.min.replace(tzinfo=UTC)


class Wants(Struct, frozen=True):
    """What a source wants in a run that ``began`` then. ``refetch``: known pages are fetched again."""

    source: WebSource
    began: datetime
    refetch: bool = False

    def listed(self, page: ListedPage, before: Known | None) -> PendingPage:
        """A page that a list names, which was read just now."""
        found = self.usable(before)
        is_seen = before is not None and page.key is not None and before.entry == page.key
        # first: also a new page is skipped if it is too old
        if self._is_too_old(page):
            need = Need.OLD
        elif is_seen and not self.refetch and not self._ignores_denial(before):
            need = Need.KNOWN
        elif found is None:
            need = Need.NEW
        else:
            need = refetch_need(page, found, began=self.began)
        if need is Need.KNOWN and found is not None and found.fetched_at is not None:
            # whether it has reached an age at which it is fetched again
            ages, last = self.source.ask_again, found.fetched_at
            is_due = is_due_again(ages, found.first_fetched_at, last, self.began)
            if is_due and last < self.began and not found.is_backing_off:
                need = Need.MAYBE
        return PendingPage(page, found, need)

    def waiting(self, page: ListedPage, before: Known | None, *, is_known: bool) -> PendingPage:
        """A page that waits, whenever its list was read. ``is_known``: it was fetched before that."""
        found = self.usable(before)
        if self._is_too_old(page):
            need = Need.OLD
        elif found is not None and found.is_backing_off:
            need = Need.LATER
        else:
            need = Need.MAYBE if is_known else Need.NEW
        return PendingPage(page, found, need)

    def _is_too_old(self, page: ListedPage) -> bool:
        since = self.source.since
        return page.changed_at is not None and since is not None and page.changed_at < since

    def usable(self, known: Known | None) -> Known | None:
        """What is known of a URL, if it is valid for this source in this run."""
        if known is None or self._ignores_denial(known):
            return None
        # also with --refetch: this run has fetched it for another list
        if known.fetched_at is not None and self.began <= known.fetched_at <= datetime.now(UTC):
            return known
        # a forbidden URL needs no request, and the source's list may allow it now
        return None if self.refetch or known.outcome == "forbidden" else known

    def _ignores_denial(self, known: Known | None) -> bool:
        """Whether a page was denied for a source with another policy, but is fetched for this one."""
        return known is not None and known.outcome in DENIED and not self.source.respects_denials


class Frontier(Urls):
    """What is known of URLs, and which pages wait. Called from several threads, but not from that of an event loop.

    What a ``run`` had in hand is free once it is over.
    """

    def free_lost(self) -> frozenset[str]:
        """Frees what runs that are over had in hand; the sources whose pages they have lost. Only the run that frees
        them is told.
        """
        with self._library.writing() as connection:
            query = select(waiting.c.run).where(waiting.c.run.is_not(None)).distinct()
            runs = connection.execute(query).scalars().all()
            over = waiting.c.run.in_([one for one in runs if self._library.is_over(connection, one)])
            lost = select(waiting.c.source).where(over, waiting.c.source.is_not(None)).distinct()
            sources = frozenset(connection.execute(lost).scalars())
            connection.execute(update(waiting).where(over).values(run=None))
        return sources

    def host_leases(self) -> HostLeases | None:
        """The leases of hosts; None where a library has but one run at a time."""
        return HostLeases(self._library, self._run) if self._library.is_shared else None

    # --- lists

    def read_listing(self, wants: Wants, listing: Listing, *, now: datetime) -> list[PendingPage]:
        """Notes lists that were read, together with their pages that are to be fetched, which wait from then on; all
        that they name or that waits of them, in order.
        """
        source = wants.source
        place = listing.results[0].url if listing.results else f"source {source.name}"
        with self._library.writing() as connection:
            before = known_in(connection, [result.url for result in listing.results])
            for result in listing.results:
                # whatever a list came to in this run, another source's failure adds nothing
                known = before.get(result.url)
                at = known.fetched_at if known else None
                is_noted = at is not None and wants.began <= at <= now
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
        """Takes pages that wait for a source, but those that somebody else has taken or settled; which it has now."""
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
        """Leaves pages that were taken to the next run."""
        with self._library.writing() as connection:
            # they stay in the hand of the run, which has no use for them any more
            for some in batched(urls):
                connection.execute(update(waiting).where(waiting.c.url.in_(some)).values(source=None))

    # --- WARC files

    def take_file(self, source: str, url: str) -> bool:
        """Takes a WARC file for a source; False where somebody else has it."""
        row = _row_of(f"source {source}", url, run=self._run, source=source)
        with self._library.writing() as connection:
            in_hand = select(waiting.c.url).where(waiting.c.url == url, waiting.c.run.is_not(None))
            if is_free := connection.execute(in_hand.limit(1)).first() is None:
                connection.execute(put_into(connection.dialect, waiting), row)
        return is_free

    def stored_items(self, file: str, keys: Sequence[str]) -> frozenset[str]:
        """Those items of a WARC file that were stored before."""
        query = select(waiting.c.url).where(waiting.c.list == file, waiting.c.url.in_(keys))
        with self._library.reading() as connection:
            stored = set(connection.execute(query).scalars())
        return frozenset(key for key in keys if stored_key(key) in stored)

    def store_item(self, file: str, key: str, then: Callable[[], None]) -> None:
        """Notes that an item of a WARC file is stored; ``then`` is called once that and all else that this thread has
        noted is written, and never where that fails.
        """
        with self._library.writing() as connection:
            connection.execute(put_into(connection.dialect, waiting), _row_of(file, key, entry=STORED))
        self._library.once_written(then)

    def settle_file(self, wants: Wants, result: ListResult, *, now: datetime, items: str | None) -> None:
        """Notes a WARC file of which all items are stored, or a list of such files. ``items``: of a file that is not
        read again; they are forgotten.
        """
        with self._library.writing() as connection:
            note_list(connection, wants.source.name, result, now, wants.source.since)
            connection.execute(DONE, {"key": result.url})
            if items is not None:
                connection.execute(delete(waiting).where(waiting.c.list == items))
        self._note_answers((result,))

    # --- sources

    def last_read(self, source: str) -> datetime | None:
        """When the last reading of a source began; None if a page that it took was not stored."""
        with self._library.reading() as connection:
            lost = connection.execute(select(waiting.c.url).where(_is_lost(source)).limit(1)).first()
        row = self._row(tables.sources, name=source)
        return None if row is None or lost is not None else row.read_at

    def note_read(self, source: str, *, now: datetime) -> None:
        """Notes that a source was read from ``now`` on; its pages may not be stored yet."""
        with self._library.writing() as connection:
            connection.execute(update(waiting).where(_is_lost(source)).values(source=None))
            row = {"name": source, "read_at": now}
            connection.execute(put_into(connection.dialect, tables.sources), row)


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
