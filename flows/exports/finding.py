"""Records by the words in them, and a record by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.export import backend_at
from copydesk.flows.exports.record_filter import record_filter
from copydesk.flows.io.databases import batched
from copydesk.flows.library.library import Library
from copydesk.flows.library.reading import LibraryRecords, StoredRecords
from copydesk.flows.library.records.record_lines import BrokenLines, decode_record, valid_records
from copydesk.flows.library.search import Query, parse_query, snippet
from copydesk.flows.shortening import shortened

if TYPE_CHECKING:
    from sqlalchemy import Connection

# set by hand: to rank a hundred thousand takes a tenth of a second, and who searches for so common a word does not look
# through them
_MOST_RANKED = 10_000
_SNIPPET_CHARS = 240
# a word of the title counts as much as five of the text; set by hand
_FOUND = {
    "sqlite": """SELECT body.number, body.line FROM search JOIN record_body AS body ON body.number = search.rowid
        WHERE search MATCH :match AND rank MATCH 'bm25(5.0, 1.0)' AND search.rowid >= (
            SELECT min(number) FROM (SELECT rowid AS number FROM search
                WHERE search MATCH :match ORDER BY rowid DESC LIMIT :most))
        ORDER BY rank""",
    "postgresql": """SELECT body.number, body.line FROM (SELECT number, words FROM search_words
            WHERE words @@ CAST(:match AS tsquery) ORDER BY number DESC LIMIT :most) AS found
        JOIN record_body AS body ON body.number = found.number
        ORDER BY ts_rank('{0.2, 0.2, 0.2, 1.0}', found.words, CAST(:match AS tsquery), 2) DESC, found.number DESC""",
}


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

    @property
    def in_vain(self) -> str:
        """The line for a search that finds nothing."""
        if self.where is None:
            return "no record has all these words"
        return "no record that meets the condition (where) has all these words"


def search(
    store: Path, wanted: Search, tell: Callable[[str], None], *, database: str | None = None
) -> list[Hit]:
    """The best records that have all the words. ``tell`` gets a line before what may take long.

    Raises SettingsError for a query at fault or where there are no records, EnvironmentFault where they cannot be read.
    """
    query = parse_query(wanted.words)
    holds = record_filter(wanted.where) if wanted.where is not None else None
    hits: list[Hit] = []
    with _opened(backend_at(store, database), tell) as connection:
        for record in _ranked(connection, query):
            if holds is None or holds(record):
                hits.append(
                    Hit(
                        record.id,
                        record.title,
                        record.canonical_url or record.url,
                        record.date_published,
                        record.language,
                        record.site_name,
                        snippet(record.text, query.terms, chars=_SNIPPET_CHARS),
                    )
                )
                if len(hits) >= wanted.limit:
                    break
    return hits


def record_with_id(store: Path, beginning: str, *, database: str | None = None) -> Record:
    """The newest version of the record whose id begins so. Raises SettingsError where there is none, or several."""
    records = backend_at(store, database)
    # for one question a file is read, not indexed
    lines = records.lines_called(beginning) if isinstance(records, LibraryRecords) else records.lines()
    called = valid_records(lines, decode_record, records.where, BrokenLines())
    found = list(islice((one for one in called if one.next is None and one.id.startswith(beginning)), 2))
    if not found:
        raise SettingsError(f"{shortened(beginning)}: no id of a record in {store}")
    if len(found) > 1:
        raise SettingsError(f"{shortened(beginning)}: several records are meant; give more of the id")
    return found[0]


@contextmanager
def _opened(records: StoredRecords, tell: Callable[[str], None]) -> Iterator[Connection]:
    """The library to look in: that of the records, or one that is made of a file for this time."""
    with ExitStack() as opened:
        if isinstance(records, LibraryRecords):
            library = opened.enter_context(records.opened())
        else:
            from copydesk.flows.library.records.record_table import RecordTable, written_as_it_is

            tell(f"indexing {records.where} for search")
            folder = opened.enter_context(TemporaryDirectory(prefix="copydesk-"))
            library = opened.enter_context(Library.open(Path(folder)))
            # lines that are no records are reported by exports and runs
            valid = valid_records(records.lines(), written_as_it_is, records.where, BrokenLines())
            with library.writing() as connection:
                table = RecordTable(connection)
                for some in batched(valid):
                    table.add(dict(zip(table.numbers(len(some)), some, strict=True)))
        yield opened.enter_context(library.reading())


def _ranked(connection: Connection, query: Query) -> Iterator[Record]:
    """Of more than can be ranked in little time those that were stored last."""
    import sqlalchemy as sa

    from copydesk.flows.library.records.record_rows import lines_of

    dialect = connection.dialect.name
    match = query.match if dialect == "sqlite" else query.tsquery
    found = connection.execute(sa.text(_FOUND[dialect]), {"match": match, "most": _MOST_RANKED})
    return (decode_record(line) for _, line in lines_of(connection, found))
