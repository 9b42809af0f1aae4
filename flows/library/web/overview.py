"""An overview of what a library knows of the web: its sources, what keeps failing, and how that is made due again."""

from __future__ import annotations

import heapq
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, update

from copydesk.cleaners.reasons import REJECTED, status_by
from copydesk.flows.fetching.http.outcomes import GIVEN_UP
from copydesk.flows.fetching.wire.addresses import spellings_of
from copydesk.flows.io.databases import batched
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.new_articles import Article, NewestArticle, SourceStates
from copydesk.flows.library.tables import (
    is_newest,
    is_stored,
    page,
    page_file,
    put_into,
    record,
    stored_key,
    unsettled,
)
from copydesk.flows.library.web.urls import Known, known_of
from copydesk.flows.library.web.web_tables import (
    incomplete_articles,
    known_urls,
    newest_articles,
    sources,
)
from copydesk.flows.source_tally import DENIED, SourceTally
from copydesk.flows.sources.file_names import is_there
from copydesk.flows.web_kinds import WEB_KINDS

MOST_FAILING = 100
"""So many URLs that fail are named; all are counted."""
# why listed pages were left to another run, though they are due
_LEFT_TO_ANOTHER_RUN = ("left", "patience", "beyond")


class SourceOverview(Struct, frozen=True):
    """The state of one source, in URLs that were requested. Lists are no pages.

    Each page is counted once, by the status that goes with its reason. ``without_article``: pages whose record has
    a reason. ``failed``: what could not be read the last time. ``denied``: what its publisher
    withholds.
    """

    name: str
    read_at: datetime | None
    """When the last reading of it began that came to its end."""
    pages: int
    ok: int
    without_article: int
    denied: int
    failed: int
    lists: int
    lists_failed: int
    next_attempt_at: datetime | None
    """When the first retry is due."""


class Trouble(Struct, frozen=True):
    """What of a source fails for one reason. ``attempts``: in a row, the most of any; ``example``: one address."""

    source: str
    reason: str
    addresses: int
    attempts: int
    next_attempt_at: datetime
    example: str


class Overview(Struct, frozen=True):
    """All of a library. ``noted_at``: when the newest attempt was made that is noted."""

    sources: tuple[SourceOverview, ...]
    troubles: tuple[Trouble, ...]
    noted_at: datetime | None


def overview_of(library: Library) -> Overview:
    """Counts what is known; of each source and of each reason one row is read."""
    waits = known_urls.c.next_attempt_at.is_not(None)
    query = select(
        known_urls.c.source,
        known_urls.c.outcome,
        known_urls.c.is_list,
        waits.label("waits"),
        func.count().label("addresses"),
        func.max(known_urls.c.failures).label("attempts"),
        func.min(known_urls.c.next_attempt_at).label("next_attempt_at"),
        func.max(known_urls.c.fetched_at).label("fetched_at"),
        func.min(known_urls.c.url).label("example"),
    ).group_by(known_urls.c.source, known_urls.c.outcome, known_urls.c.is_list, waits)
    with library.reading() as connection:
        rows = connection.execute(query).all()
        read_at = {row.name: row.read_at for row in connection.execute(select(sources))}
    names = sorted({row.source for row in rows} | set(read_at))
    return Overview(
        tuple(
            _source(name, [row for row in rows if row.source == name], read_at.get(name)) for name in names
        ),
        tuple(sorted(_troubles(rows), key=lambda one: (-one.addresses, one.source, one.reason))),
        max((row.fetched_at for row in rows), default=None),
    )


def _source(name: str, rows: Sequence[Row[Any]], read_at: datetime | None) -> SourceOverview:
    pages, lists = Counter[str](), Counter[str]()
    for row in rows:
        (lists if row.is_list else pages)[_result_of(row)] += row.addresses
    retries = (row.next_attempt_at for row in rows if row.waits and _result_of(row) == "failed")
    return SourceOverview(
        name, read_at, pages.total(), pages["ok"], pages["without_article"], pages["denied"], pages["failed"],
        lists.total(), lists["failed"], min(retries, default=None),
    )  # fmt: skip


def _result_of(row: Row[Any]) -> str:
    if row.outcome == "ok":
        return "ok"
    status = status_by(row.outcome)
    # of an article of which a further page failed the others were fetched
    if status == "failed" or (row.waits and status == "partial"):
        return "failed"
    return "denied" if row.outcome in DENIED else "without_article"


def _troubles(rows: Iterable[Row[Any]]) -> Iterable[Trouble]:
    by_reason: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        if row.waits and _result_of(row) == "failed":
            by_reason.setdefault((row.source, row.outcome), []).append(row)
    for (source, reason), found in by_reason.items():
        yield Trouble(
            source,
            reason,
            sum(row.addresses for row in found),
            max(row.attempts for row in found),
            min(row.next_attempt_at for row in found),
            min(row.example for row in found),
        )


def unknown_of(library: Library, names: Sequence[str]) -> list[str]:
    """Those of the names that are neither a source nor the URL of a page on the web, requested or canonical."""
    spelt, known = _spelt(names), set[str]()
    found = [
        select(column).where(column.in_(spelt))
        for column in (known_urls.c.source, known_urls.c.url, sources.c.name)
    ]
    canonical = record.c.canonical_url
    found.append(select(canonical).where(canonical.in_(spelt), record.c.source_kind.in_(WEB_KINDS)))
    with library.reading() as connection:
        for query in found:
            known.update(map(stored_key, connection.execute(query.distinct()).scalars()))
    return [name for name in names if known.isdisjoint(map(stored_key, spellings_of(name)))]


def source_with(library: Library, url: str) -> str | None:
    """The name of the source of a page that is at a URL, or names it as its canonical one; None where there is none."""
    spelt = spellings_of(url)
    is_at = or_(record.c.url.in_(spelt), record.c.canonical_url.in_(spelt))
    with library.reading() as connection:
        return connection.execute(select(record.c.source_name).where(is_at).limit(1)).scalar()


def _spelt(names: Sequence[str]) -> list[str]:
    return [each for name in names for each in spellings_of(name)]


def make_due(library: Library, names: Sequence[str], *, now: datetime) -> int:
    """Has the next run retry what failed, as if for the first time, and articles with missing pages; how many URLs
    that are.

    ``names``: of sources or addresses; none for all that failed. Its sources are due, too, and their lists are read
    whole. A page that was rejected is due only by its address, what a publisher does not let us have not at all.
    """
    names = _spelt(names)
    failed = _failed(names)
    with library.writing() as connection:
        found = connection.execute(select(known_urls.c.url, known_urls.c.source).where(failed)).all()
        connection.execute(
            update(known_urls).where(failed).values(next_attempt_at=now, failures=0, entry=None)
        )
        # a source that is named is due, though nothing of it failed
        for some in batched(sorted({row.source for row in found} | set(names))):
            connection.execute(delete(sources).where(sources.c.name.in_(some)))
            # without validators a list comes whole, and with it the pages that had been given up
            connection.execute(
                update(known_urls)
                .where(known_urls.c.source.in_(some), known_urls.c.is_list)
                .values(etag=None, last_modified=None, validators_url=None)
            )
    return len(found)


def _failed(names: Sequence[str]) -> ColumnElement[bool]:
    waits = known_urls.c.next_attempt_at.is_not(None)
    # its first page was had, and nothing failed where the others are gone
    failed = (waits & known_urls.c.outcome.not_in(REJECTED)) | known_urls.c.url.in_(incomplete_articles())
    if not names:
        return failed
    # a URL that is named is requested though it was rejected
    is_retryable = waits & known_urls.c.outcome.not_in(sorted(DENIED))
    # canonical URLs are what users see of records
    canonical = select(record.c.url).where(record.c.canonical_url.in_(names))
    is_named = or_(known_urls.c.url.in_(names), known_urls.c.url.in_(canonical))
    return or_(failed & known_urls.c.source.in_(names), (failed | is_retryable) & is_named)


def failed_on_disk(library: Library) -> dict[str, bool]:
    """The ids of pages of files that have failed, and whether the file is gone since."""
    query = (
        select(record.c.id, page_file.c.path)
        .outerjoin(page, page.c.number == record.c.number)
        .outerjoin(page_file, page_file.c.file == page.c.file)
        .where(is_newest, record.c.status == "failed", record.c.source_kind.not_in(WEB_KINDS))
    )
    gone: dict[str, bool] = {}
    with library.reading() as connection:
        for id_, path in connection.execute(query):
            # of several files that are alike it is enough that one is there
            gone[id_] = gone.get(id_, True) and path is not None and not is_there(os.fsdecode(path))
    return gone


def quarantined(library: Library) -> int:
    """How many pages wait in the quarantine."""
    query = select(func.count()).where(record.c.next.is_(None), ~is_stored)
    with library.reading() as connection:
        return connection.execute(query).scalar_one()


def has_open_run(library: Library) -> bool:
    """Whether a run goes on, or was cut short and none has settled since what it left."""
    with library.reading() as connection:
        return (
            connection.execute(select(unsettled.c.number).where(unsettled.c.last.is_(None))).first()
            is not None
        )


def note_newest(library: Library, newest: Mapping[str, Article], *, now: datetime) -> None:
    """Notes the article of each source that came into the store last."""
    rows = [
        {"source": name, "title": one.title, "url": one.address, "entered_at": now}
        for name, one in newest.items()
    ]
    if rows:
        with library.writing() as connection:
            connection.execute(put_into(connection.dialect, newest_articles), rows)


def states_of(library: Library, tallies: Collection[SourceTally], *, began: datetime) -> SourceStates:
    """How the sources are doing after a run that ``began`` then. What their lists name no more does not fail."""
    left = {one.name for one in tallies if any(one.left_out[why] for why in _LEFT_TO_ANOTHER_RUN)}
    newest, counts = dict[str, NewestArticle](), Counter[str]()
    urls, for_good = list[Known](), list[Known]()
    with library.reading() as connection:
        for names in batched(sorted({one.name for one in tallies})):
            rows = connection.execute(select(newest_articles).where(newest_articles.c.source.in_(names)))
            newest |= {row.source: NewestArticle(row.title, row.url, row.entered_at) for row in rows}
            found = sorted(_failing(connection, names, left, began), key=_order)
            counts.update(one.source for one in found)
            urls = list(heapq.merge(urls, found, key=_order))[:MOST_FAILING]
            given_up = (
                one for one in found if one.failures >= GIVEN_UP and (one.fetched_at or began) >= began
            )
            for_good = [*for_good, *given_up][:MOST_FAILING]
    return SourceStates(newest, counts, urls, for_good)


def _failing(
    connection: Connection, names: Sequence[str], left: Collection[str], began: datetime
) -> Iterator[Known]:
    read = select(sources.c.name).where(sources.c.name.in_(names), sources.c.read_at >= began)
    # these were read to their end: what is due and was not requested is not listed any more, or was given up
    settled = [name for name in connection.execute(read).scalars() if name not in left]
    known = known_urls.c
    rows = connection.execute(
        select(known_urls).where(
            known.source.in_(names),
            known.next_attempt_at.is_not(None),
            known.outcome.not_in(REJECTED),
            or_(known.fetched_at >= began, known.next_attempt_at > began, known.source.not_in(settled)),
        )
    )
    for row in rows:
        one = known_of(row)
        yield replace(one, url=without_secrets(one.url), failing_since=one.failing_since or one.fetched_at)


def _order(one: Known) -> tuple[object, ...]:
    return not one.is_list, one.failing_since, one.url
