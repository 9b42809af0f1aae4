"""Records of a store by the words in them, and a record by its id."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.exports.export import backend_at
from copydesk.flows.exports.record_filter import record_filter
from copydesk.flows.search.index import opened_index, record_line
from copydesk.flows.library.words import Query, parse_query, snippet
from copydesk.flows.shortening import shortened
from copydesk.flows.library.record_lines import decode_record

# set by hand: to rank a hundred thousand takes a tenth of a second, and who searches for so common a word does not look
# through them
_MOST_RANKED = 10_000
# set by hand: a word of the title counts as much as five of the text
_RANK = "bm25(5.0, 1.0)"
_SNIPPET_CHARS = 240
_HAS_UNSPACED = """SELECT 1 FROM records
WHERE language IN ('bo', 'ja', 'km', 'ko', 'lo', 'my', 'th', 'zh', 'zh-Hans', 'zh-Hant') LIMIT 1"""


class Hit(Struct, frozen=True):
    """A record that was found, best first. ``date``: when it was published."""

    id: str
    title: str | None
    url: str | None
    date: str | None
    language: str
    site_name: str | None
    snippet: str


class Search(Struct, frozen=True):
    """What to look for: ``words`` as ``parse_query`` has them, ``where`` as for exports."""

    words: str
    where: str | None = None
    limit: int = 10


def search(
    store: Path, wanted: Search, tell: Callable[[str], None], *, database: str | None = None
) -> list[Hit]:
    """The best records of a store that have all the words. ``tell`` gets a line before an index is made.

    Raises SettingsError for a query at fault or where there is no store, EnvironmentFault where it cannot be read.
    """
    query = parse_query(wanted.words)
    holds = record_filter(wanted.where) if wanted.where is not None else None
    hits: list[Hit] = []
    with _opened(store, database, query, tell) as (index, match):
        for record in _ranked(index, match):
            if holds is None or holds(record):
                hits.append(_hit(record, query))
                if len(hits) >= wanted.limit:
                    break
    return hits


def record_with_id(
    store: Path, beginning: str, tell: Callable[[str], None], *, database: str | None = None
) -> Record:
    """The newest version of the record whose id begins so. Raises SettingsError where there is none, or several."""
    with _opened(store, database, None, tell) as (index, _):
        # ids are hexadecimal: g follows all of them
        found = index.execute(
            "SELECT record FROM records WHERE id >= ? AND id < ? AND next IS NULL LIMIT 2",
            (beginning, f"{beginning}g"),
        ).fetchall()
    if not found:
        raise SettingsError(f"{shortened(beginning)}: no id of a record in {store}")
    if len(found) > 1:
        raise SettingsError(f"{shortened(beginning)}: several records are meant; give more of the id")
    return decode_record(record_line(found[0][0]))


@contextmanager
def _opened(
    store: Path, database: str | None, query: Query | None, tell: Callable[[str], None]
) -> Iterator[tuple[sqlite3.Connection, str]]:
    """The tables to look in, and the query for them: the store's own, where it is SQLite's and they can answer it."""
    backend = backend_at(store, database)
    plain = query.plain if query else ""
    if backend.name == "sqlite" and plain is not None:
        try:
            with closing(
                sqlite3.connect(f"{Path(backend.where).resolve().as_uri()}?mode=ro", uri=True)
            ) as own:
                # beside letters without spaces, a word is no word of its own there
                if not plain or not own.execute(_HAS_UNSPACED).fetchone():
                    yield own, plain
                    return
        except sqlite3.DatabaseError as error:
            raise EnvironmentFault(
                f"{backend.where}: {error}; copydesk export reads what is left of it"
            ) from error
    folder = store.parent if store.name.startswith("records.") else store
    with opened_index(backend, folder, tell) as index:
        yield index, query.match if query else ""


def _ranked(index: sqlite3.Connection, match: str) -> Iterator[Record]:
    """Of more than can be ranked in little time those that were stored last."""
    (first,) = index.execute(
        "SELECT min(rowid) FROM (SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?)",
        (match, _MOST_RANKED),
    ).fetchone()
    found = index.execute(
        "SELECT records.record FROM search JOIN records ON records.number = search.rowid "
        "WHERE search MATCH ? AND search.rowid >= ? AND rank MATCH ? ORDER BY rank",
        (match, first or 0, _RANK),
    )
    return (decode_record(record_line(stored)) for (stored,) in found)


def _hit(record: Record, query: Query) -> Hit:
    return Hit(
        record.id,
        record.title,
        record.canonical_url or record.url,
        record.date_published,
        record.language,
        record.site_name,
        snippet(record.text, query.terms, chars=_SNIPPET_CHARS),
    )
