"""The tables of what is known of the web: pages and lists by their URLs, and the sites they are on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from copydesk.flows.library.tables import Key, Moment, Words, metadata


def _table(name: str, *parts: sa.Column[Any] | sa.Index) -> sa.Table:
    return sa.Table(name, metadata, *parts)


known_urls = _table(
    "url",
    sa.Column("url", Key, primary_key=True),
    sa.Column("source", Words, nullable=False),
    sa.Column("outcome", Words, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("etag", Words),
    sa.Column("last_modified", Words),
    sa.Column("validators_url", Words),
    sa.Column("fetched_at", Moment, nullable=False),
    sa.Column("next_attempt_at", Moment),
    sa.Column("failures", sa.Integer, nullable=False),
    # when the first of the failures in a row was
    sa.Column("failing_since", Moment),
    sa.Column("left_before", Moment),
    # of pages alone
    sa.Column("first_fetched_at", Moment),
    # its age when it was last requested, in seconds: databases differ in their arithmetic of moments
    sa.Column("age_when_requested", sa.Integer),
    sa.Column("is_list", sa.Boolean),
    # which body was last read as a list, see ``Validators.version``
    sa.Column("list_version", Words),
    # the entry of a feed that it was last fetched for, see ``ListedPage.key``
    sa.Column("entry", Words),
    sa.Index("url_of_source", "source"),
    sa.Index("url_ages", "source", "age_when_requested"),
)
"""What is known of each URL that was requested."""

waiting = _table(
    "waiting",
    # the list that names it; of what each run lists anew ``source NAME``; of an item of a WARC file a key of that
    sa.Column("list", Key, primary_key=True),
    sa.Column("url", Key, primary_key=True),
    # its place in the list
    sa.Column("number", sa.Integer, nullable=False),
    # whether it was fetched before its list was read, so that new pages come first
    sa.Column("is_known", sa.Boolean, nullable=False),
    # what its list says of it, packed; null where each run lists it anew
    sa.Column("entry", sa.LargeBinary),
    # the run that has it in hand
    sa.Column("run", sa.Integer, index=True),
    # the source that it is in hand for; where that is set and no run, the run was cut short
    sa.Column("source", Words, index=True),
    sa.Index("waiting_url", "url"),
)
"""Pages that are to be fetched, by the lists that name them, until their records are stored."""
STORED = b"stored"
"""The ``entry`` of an item of a WARC file that is stored, while the file is not yet."""

site_files = _table(
    "site_files",
    sa.Column("url", Key, primary_key=True),
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("fetched_at", Moment, nullable=False),
)
sources = _table(
    "sources",
    sa.Column("name", Words, primary_key=True),
    sa.Column("read_at", Moment, nullable=False),
)
newest_articles = _table(
    "newest_articles",
    sa.Column("source", Words, primary_key=True),
    sa.Column("title", Words),
    sa.Column("url", Words),
    sa.Column("entered_at", Moment, nullable=False),
)
"""Of each source on the web the article that came into the store last."""

links = _table(
    "links",
    sa.Column("url", Key, primary_key=True),
    # part of the key: a list may name one target twice
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", Words, nullable=False),
    sa.Column("target", Words, nullable=False),
    sa.Column("lastmod", Words),
)
"""The lists that lists lead to."""

page_links = _table(
    "page_links",
    sa.Column("url", Key, primary_key=True),
    sa.Column("version", Words),
    # one a line
    sa.Column("targets", Words, nullable=False),
)
"""The pages that pages lead to, of those that are looked at for links."""

article_parts = _table(
    "article_parts",
    sa.Column("url", Key, primary_key=True),
    # as JSON, see ``FurtherPart``
    sa.Column("parts", Words, nullable=False),
    # why the first of them that its publisher does not withhold could not be had; None where there is none
    sa.Column("missing", Words),
    sa.Index("article_gaps", "missing"),
)
"""The further pages of articles, by their first ones."""


def due_again(source: str, ages: Sequence[int], now: datetime) -> sa.CompoundSelect[Any]:
    """The pages of a source that have come to one of the ages (in seconds) since they were last requested, and articles
    with missing pages that are due by now, the first fetched first; without failed ones that wait for their retry.
    """
    known = known_urls.c
    has_come_to = sa.or_(
        sa.false(),
        *(
            (known.age_when_requested < age) & (known.first_fetched_at <= now - timedelta(seconds=age))
            for age in ages
        ),
    )
    is_due = known.next_attempt_at <= now
    is_rested = known.next_attempt_at.is_(None) | is_due
    pages = sa.select(known.url, known.first_fetched_at)
    # for the index: all ages together are one range of it
    is_aged = (known.age_when_requested < max(ages, default=0)) & has_come_to
    # concat: by its index SQLite would look at each page of the source, and few articles have gaps
    is_of_source = known.source.concat("") == source
    # no "or" of the two, for which it would look at each, too
    return sa.union(
        pages.where(known.source == source, is_aged, is_rested),
        pages.where(known.url.in_(incomplete_articles()), is_of_source, is_due),
    ).order_by("first_fetched_at", "url")


def incomplete_articles() -> sa.Select[Any]:
    """The articles of which pages are missing that their publisher does not withhold."""
    # no code is empty; for "is not null" SQLite takes no index
    return sa.select(article_parts.c.url).where(article_parts.c.missing > "")


def waiting_in(place: str) -> sa.Select[Any]:
    """The pages of a list that wait, in its order, with what is known of them."""
    page = waiting.c
    # "key", as there may be nothing known of it
    columns = (page.url.label("key"), page.is_known, page.entry.label("packed"), page.run, known_urls)
    rows = sa.select(*columns).outerjoin_from(waiting, known_urls, known_urls.c.url == page.url)
    return rows.where(page.list == place).order_by(page.number)
