"""The rows of URLs: what is known of each that was requested, and what a request changes in that.

Imports SQLAlchemy, which takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct, structs
from msgspec.structs import replace
from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from copydesk.cleaners.pipeline.joined_record import CONTINUATION
from copydesk.flows.fetching.http.outcomes import (
    GIVEN_UP,
    PAUSE_REASONS,
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Validators,
    wait_until_another_run,
)
from copydesk.flows.fetching.http.site_files import SiteFile
from copydesk.flows.fetching.lists.listed import (
    FurtherPart,
    Link,
    ListedPage,
    ListResult,
    PageLinks,
    PageResult,
)
from copydesk.flows.io.databases import batched
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import is_whole, put_into, stored_key
from copydesk.flows.library.web import web_tables as tables
from copydesk.flows.library.web.web_tables import known_urls, waiting
from copydesk.flows.source_tally import DENIED


class Known(Struct, frozen=True):
    """What is known of a URL that was requested before: its row in the library."""

    outcome: str = "ok"
    """The last outcome: ``ok``, or a reason code of fetching or of the record."""
    url: str = ""
    source: str = ""
    """The source that requested it last."""
    status: int | None = None
    """The HTTP status; None without a response."""
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    fetched_at: datetime | None = None
    next_attempt_at: datetime | None = None
    """The end of the back-off after a failure."""
    failures: int = 0
    """Failures in a row: they determine the back-off, and when a page is given up (``GIVEN_UP``)."""
    failing_since: datetime | None = None
    """When the first of them was; `copydesk retry` resets only their number."""
    left_before: datetime | None = None
    """Of a list: entries before this date were skipped. If ``since`` is earlier now, the list is read again."""
    first_fetched_at: datetime | None = None
    """Of a page: from this moment on its age counts, at which it is fetched again."""
    age_when_requested: int | None = None
    """In seconds, when it was last requested."""
    is_list: bool | None = False
    """Whether it was last read as a list."""
    list_version: str | None = None
    """Which body was last read as a list, see ``Validators.version``."""
    entry: str | None = None
    """Of a page: the key of the entry of a feed that it was last fetched for."""

    @property
    def validators(self) -> Validators:
        """Those of the last body."""
        return Validators(self.etag, self.last_modified, self.validators_url)

    @property
    def is_of_list(self) -> bool:
        """Whether the validators are of the body that was last read as a list."""
        return self.list_version == self.validators.version

    @property
    def is_backing_off(self) -> bool:
        """Whether its back-off is not over; not if a wrong clock noted it."""
        now = datetime.now(UTC)
        is_clock_right = self.fetched_at is None or self.fetched_at <= now
        return self.next_attempt_at is not None and self.next_attempt_at > now and is_clock_right

    @property
    def was_read(self) -> bool:
        """Whether it was read as an article when it was last fetched, perhaps without some further pages."""
        return self.outcome in ("ok", CONTINUATION)

    def as_page(
        self, outcome: Outcome, *, source: str, now: datetime, reason: str | None, key: str | None
    ) -> Known:
        """After the URL was requested ``now`` as a page. ``reason``: the reason code of its record, if any; ``key``: of
        the entry that it was fetched for, once it need not be fetched again for that.
        """
        after = self._requested(outcome, source, now)
        is_cut = isinstance(outcome, NotFetched) and outcome.reason == CONTINUATION
        if is_cut or isinstance(outcome, Fetched):
            # fetched, too, where only a further page of its article failed
            after = replace(after, first_fetched_at=self.first_fetched_at or now)
        if after.first_fetched_at is not None:
            # not below 0: a clock may have been set back
            age = max(0, int((now - after.first_fetched_at).total_seconds()))
            after = replace(after, age_when_requested=age)
        if isinstance(outcome, Fetched):
            after = replace(after, outcome=reason or "ok")
        return replace(after, entry=key or self.entry)

    def as_list(self, result: ListResult, *, source: str, now: datetime, since: datetime | None) -> Known:
        """After the URL was requested ``now`` as a list. ``since``: older pages of it were skipped."""
        outcome = result.outcome
        after = replace(self._requested(outcome, source, now), is_list=True)
        if isinstance(outcome, NotFetched):
            has_backoff = result.has_backoff or outcome.reason in PAUSE_REASONS
            # without a back-off the next run that reads the source requests it
            return after if has_backoff else replace(after, next_attempt_at=now)
        if isinstance(outcome, Fetched):
            after = replace(after, list_version=after.validators.version)
        is_same = self.fetched_at and self.is_of_list and self.validators.version == after.validators.version
        if is_same:
            # of the same body all that any source has read of it counts
            since = None if since is None or self.left_before is None else min(since, self.left_before)
        if result.is_damaged:
            # without validators the next run gets it whole
            after = replace(after, etag=None, last_modified=None, list_version=None)
        return replace(after, left_before=since)

    def _requested(self, outcome: Outcome, source: str, now: datetime) -> Known:
        """A failure adds one to the failures in a row, and has a back-off; what is noted of a body is valid until
        another one was sent.
        """
        after = replace(self, source=source, fetched_at=now, next_attempt_at=None, status=None, is_list=False)
        if isinstance(outcome, NotFetched):
            return replace(
                after,
                outcome=outcome.reason,
                failures=self.failures + 1,
                failing_since=self.failing_since or now,
                next_attempt_at=now + wait_until_another_run(outcome, self.failures),
            )
        after = replace(after, failures=0, failing_since=None, status=304)
        if isinstance(outcome, NotModified):
            return after
        etag, last_modified, url = structs.astuple(outcome.validators)
        return replace(
            after,
            outcome="ok",
            status=outcome.status,
            etag=etag,
            last_modified=last_modified,
            validators_url=url,
        )


SITE_FILE_HOURS = 24
"""How long robots.txt (RFC 9309, 2.4) and the other files of a site are valid."""
_PRUNE_EVERY = timedelta(hours=1)  # it reads all rows
_parts_of = msgspec.json.Decoder(tuple[FurtherPart, ...]).decode
_COLUMNS = Known.__struct_fields__
# made once: to make them takes longer than to execute them
_FIND = select(known_urls).where(known_urls.c.url == bindparam("key"))
_NO_PARTS = delete(tables.article_parts).where(tables.article_parts.c.url == bindparam("key"))
DONE = delete(waiting).where(waiting.c.url == bindparam("key"))
"""A page waits no more."""
# what each run lists anew needs no row to be retried
_NOT_LISTED = DONE.where(waiting.c.entry.is_(None))
_FREE = update(waiting).where(waiting.c.url == bindparam("key")).values(source=None)


class Urls:
    """What is known of URLs. Methods may block, and raise as those of ``Library``.

    ``run``: the number of the run. ``answered`` is called with each URL of a page or list that was fetched or is
    unchanged. ``clock``: for the expiry of site files.
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

    def known(self, urls: Sequence[str]) -> Mapping[str, Known]:
        """What is known of the URLs, for those that were requested before."""
        with self._library.reading() as connection:
            return known_in(connection, urls)

    def has_denied(self, source: str) -> bool:
        """Whether a page of a source was denied (``DENIED``) when it was last requested."""
        # sorted: the order of a set differs between processes
        query = select(known_urls).where(
            known_urls.c.source == source, known_urls.c.outcome.in_(sorted(DENIED))
        )
        with self._library.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def due_again(self, source: str, ages: Sequence[int], *, now: datetime) -> Sequence[str]:
        """The pages of a source that have reached one of the ages (in seconds) since they were last requested, and
        articles with missing pages that are due, the oldest first; see ``schedule.is_due_again``. Not pages whose URL
        is stored shortened: only lists have it.
        """
        with self._library.reading() as connection:
            return tuple(filter(is_whole, connection.execute(tables.due_again(source, ages, now)).scalars()))

    def links(self, url: str) -> Sequence[Link]:
        """The lists that a page or list linked to when it was last read as a list."""
        with self._library.reading() as connection:
            query = select(tables.links).filter_by(url=url).order_by(tables.links.c.position)
            return tuple(Link(row.kind, row.target, row.lastmod) for row in connection.execute(query))

    def page_links(self, url: str) -> PageLinks | None:
        """The links of a page when they were last extracted; None if they never were."""
        row = self._row(tables.page_links, url=url)
        return None if row is None else PageLinks(row.version, tuple(filter(None, row.targets.split("\n"))))

    def further_parts(self, url: str) -> Sequence[FurtherPart] | None:
        """The further pages of the article at a URL, as last fetched; None if it was not fetched with them."""
        row = self._row(tables.article_parts, url=url)
        return None if row is None else _parts_of(row.parts)

    def settle(
        self, source: str, page: ListedPage, result: PageResult, *, reason: str | None, now: datetime
    ) -> None:
        """Notes the result of a page, requested at ``now``: it waits no more, or for its retry. ``reason``: the reason
        code of its record, if any.
        """
        url, outcome = page.url, result.outcome
        failure = outcome if isinstance(outcome, NotFetched) else None
        is_gone = failure is not None and failure.is_answer
        with self._library.writing() as connection:
            if result.links is not None:
                _put_page_links(connection, url, result.links)
            if result.parts is not None:
                missing = (one.missing for one in result.parts if one.missing and one.missing not in DENIED)
                parts = msgspec.json.encode(result.parts).decode()
                row = {"url": url, "parts": parts, "missing": next(missing, None)}
                connection.execute(put_into(connection.dialect, tables.article_parts), row)
            elif isinstance(outcome, Fetched) or is_gone:
                # read without further pages, or there is no article any more
                connection.execute(_NO_PARTS, {"key": url})
            known = _find(connection, url)
            is_done = failure is None or (is_gone and known.failures + 1 >= GIVEN_UP)
            key = page.key if is_done else None
            _put(connection, known.as_page(outcome, source=source, now=now, reason=reason, key=key))
            connection.execute(DONE if is_done else _NOT_LISTED, {"key": url})
            if not is_done:
                connection.execute(_FREE, {"key": url})
        if failure is None or failure.reason == CONTINUATION:
            self._answered(url)

    def site_file(self, url: str) -> SiteFile | None:
        """The file at a URL, if it has not expired."""
        row = self._row(tables.site_files, url=url)
        if row is None:
            return None
        # a date in the future is of a wrong clock, and would be valid for too long
        is_good = timedelta(0) <= self._clock() - row.fetched_at < timedelta(hours=SITE_FILE_HOURS)
        return SiteFile(row.status, row.body) if is_good else None

    def note_site_file(self, url: str, file: SiteFile) -> None:
        """Stores a file; also deletes expired ones, once an hour."""
        now = self._clock()
        with self._library.writing() as connection:
            # abs(): the difference is negative after the clock was set back
            if self._pruned_at is None or abs(now - self._pruned_at) >= _PRUNE_EVERY:
                moment, age = tables.site_files.c.fetched_at, timedelta(hours=SITE_FILE_HOURS)
                expired = (moment <= now - age) | (moment >= now + age)
                connection.execute(delete(tables.site_files).where(expired))
                self._pruned_at = now
            row = {"url": url, "status": file.status, "body": file.body, "fetched_at": now}
            connection.execute(put_into(connection.dialect, tables.site_files), row)

    def _row(self, table: Table, **key: str) -> Row[Any] | None:
        with self._library.reading() as connection:
            return connection.execute(select(table).filter_by(**key)).one_or_none()


def known_in(connection: Connection, given: Sequence[str]) -> dict[str, Known]:
    """What is known of some URLs, for those that were requested before."""
    rows = {
        row.url: row
        for some in batched(given)
        for row in connection.execute(select(known_urls).where(known_urls.c.url.in_(some)))
    }
    # by the given URLs: a long one is stored shortened
    found = ((url, rows.get(stored_key(url))) for url in given)
    return {url: known_of(row) for url, row in found if row is not None}


def known_of(row: Row[Any]) -> Known:
    """What is known of a URL, by its row."""
    values = row._mapping
    return Known(**{name: values[name] for name in _COLUMNS})


def _find(connection: Connection, url: str) -> Known:
    """What is known of a URL, also of one that was never requested."""
    row = connection.execute(_FIND, {"key": url}).one_or_none()
    return Known(url=url) if row is None else known_of(row)


def _put(connection: Connection, known: Known) -> None:
    connection.execute(put_into(connection.dialect, known_urls), structs.asdict(known))


def note_list(
    connection: Connection, source: str, result: ListResult, now: datetime, since: datetime | None
) -> None:
    """Notes a list that was requested ``now``, and where it leads; ``since``: older pages of it were skipped."""
    known = _find(connection, result.url)
    _put(connection, known.as_list(result, source=source, now=now, since=since))
    if isinstance(result.outcome, Fetched):
        rows = [
            {"url": result.url, "position": n, "kind": link.kind, "target": link.url, "lastmod": link.lastmod}
            for n, link in enumerate(result.links)
        ]
        # all of them first: a list that became shorter would keep its old end
        connection.execute(delete(tables.links).filter_by(url=result.url))
        if rows:
            connection.execute(insert(tables.links), rows)
    if result.pages is not None:
        _put_page_links(connection, result.url, result.pages)


def _put_page_links(connection: Connection, url: str, found: PageLinks) -> None:
    row = {"url": url, "version": found.version, "targets": "\n".join(found.urls)}
    connection.execute(put_into(connection.dialect, tables.page_links), row)
