"""Which pages on the disk need not be cleaned again.

Each cleaned page has a note, written in one transaction with its record. A page is skipped if two things are unchanged
since its note: the page, and its record (see ``page_notes``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import sqlalchemy as sa
from msgspec.structs import replace

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import SCHEMA_VERSION, Record
from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.page_notes import (
    FileRead,
    Noted,
    PageNotes,
    PendingPage,
    absolute,
    digest_of,
    real,
)
from copydesk.flows.library.records.plan import Outcome
from copydesk.flows.library.records.record_table import rules_of
from copydesk.flows.library.tables import is_newest, page_file, put_into, record
from copydesk.flows.library.tables import page as page_table
from copydesk.flows.source_tally import SourceTally
from copydesk.flows.sources.catalogue import DiskSource
from copydesk.flows.sources.opening.field_names import FieldNames
from copydesk.flows.sources.standard_input import NAME as STANDARD_INPUT_NAME
from copydesk.flows.web_kinds import WEB_KINDS

MadeBy = Callable[[str], tuple[object, ...]]
"""All options that decide what the records of a source are, by its name, and whether they are stored."""


class PageMemory(PageNotes):
    """What is known of pages on the disk: their notes, read and written. Not thread-safe.

    ``begin`` names the source that follows; then ``knows`` is called with each page, in order, and ``note`` with each
    that was cleaned. Memory: some 500 bytes a page of the source.

    ``is_anew``: every page is cleaned. Methods raise as those of ``Library``.
    """

    def __init__(self, library: Library, *, made_by: MadeBy, is_anew: bool) -> None:
        super().__init__(is_anew=is_anew)
        self._library = library
        self._made_by = made_by
        # what is noted with the next batch
        self._notes: list[tuple[PendingPage, Record, Outcome]] = []

    # --- what is read

    def begin(self, source: str | DiskSource, fields: FieldNames, tally: SourceTally) -> None:
        """Goes on to a source; pages that are unchanged are counted in its tally."""
        digest = source_digest(source)
        notes = self._noted_where(page_table.c.source == digest)
        self.go_on(digest, self.settings_of(source, fields), notes, tally)

    def settings_of(self, source: str | DiskSource, fields: FieldNames) -> bytes:
        """A digest of all but the page that decides what the records of a source are."""
        if isinstance(source, DiskSource):
            by_source: tuple[object, ...] = (self._made_by(source.name), source.reading, source.language)
        else:
            by_source = (self._made_by(source), fields)
        return digest_of(repr((rules_digest(), VERSION, SCHEMA_VERSION, *by_source)))

    def notes_on(self, files: Collection[bytes]) -> list[Noted]:
        """The notes on the pages of some files, by the digests of these."""
        return [noted for some in batched(files) for noted in self._noted_where(page_table.c.file.in_(some))]

    def _noted_where(self, which: sa.ColumnElement[bool]) -> Iterator[Noted]:
        columns = (page_table.c[name] for name in ("place", "file", "digest", "stamp", "number"))
        query = (
            sa.select(*columns, _is_good())
            .outerjoin(record, record.c.number == page_table.c.number)
            .where(which)
        )
        with self._library.reading() as connection:
            for place, file, digest, stamp, number, is_good in connection.execute(query):
                yield Noted(place, file, digest, stamp, number, is_good=bool(is_good))

    # --- what is noted

    def note(self, pending: PendingPage, made: Record, outcome: Outcome) -> None:
        """Notes that the record of a page is written. Of a failed one only its place is noted: it is tried again."""
        has_failed = made.status == "failed"
        if has_failed:
            # the record that was there may have stayed, and its note with it
            if not outcome.is_own:
                return
            pending = replace(pending, digest=None)
        self._notes.append((pending, made, outcome))
        if pending.digest is not None and pending.file is not None:
            pending.file.written += 1
            self._complete(pending.file)

    def take_over(self, files: Iterable[FileRead]) -> None:
        """Takes over files that were read elsewhere, and of which not all pages are to be noted."""
        for file in files:
            self._complete(file)

    @property
    def has_notes(self) -> bool:
        """Whether there is something to write."""
        return bool(self._notes or self._files_read)

    def write(self, connection: sa.Connection) -> None:
        """Writes the notes, within the transaction of their records."""
        notes, self._notes = self._notes, []
        files_read, self._files_read = self._files_read, []
        rows = [
            {
                "place": pending.place,
                "source": pending.source,
                "file": pending.file.digest if pending.file else None,
                "digest": pending.digest,
                "number": outcome.number,
                "made": outcome.made,
                "is_left_out": False,
                "stamp": None,
            }
            for pending, _, outcome in notes
        ]
        execute_all(connection, put_into(connection.dialect, page_table), rows)
        files = {pending.file.digest: pending.file.path for pending, _, _ in notes if pending.file}
        paths = [{"file": digest, "path": path} for digest, path in files.items()]
        execute_all(connection, put_into(connection.dialect, page_file), paths)
        # of pages at one URL all are read in a run, or none: else one takes another's place
        again = {outcome.number for _, made, outcome in notes if outcome.is_again and made.url is not None}
        for some in batched(sorted(number for number in again if number is not None)):
            connection.execute(sa.update(page_table).where(page_table.c.number.in_(some)).values(digest=None))
        for file in files_read:
            gone = [place for place in file.gone if not self._met[place]]
            for some_places in batched(gone):
                connection.execute(sa.delete(page_table).where(page_table.c.place.in_(some_places)))
        stamps = [{"of": file.digest, "to": file.stamp} for file in files_read if file.stamp is not None]
        change = sa.update(page_table).where(page_table.c.file == sa.bindparam("of"))
        execute_all(connection, change.values(stamp=sa.bindparam("to")), stamps)

    def lines(self) -> Iterator[str]:
        """What the summary of a run reports of copies to look at again."""
        if not self._left_out:
            return
        query = (
            sa.select(page_table.c.place)
            .outerjoin(record, record.c.number == page_table.c.number)
            .where(page_table.c.digest.is_not(None), sa.not_(_is_good()))
        )
        with self._library.reading() as connection:
            stale = self._left_out.intersection(connection.execute(query).scalars())
        if count := len(stale):
            left = "page was left out as a copy" if count == 1 else "pages were left out as copies"
            yield f"{count:,} {left} of what was read later and has changed; the next run looks again"


def _is_good() -> sa.ColumnElement[bool]:
    """Whether the record that was noted for a page is what it was."""
    is_same = (record.c.made == page_table.c.made) & record.c.next.is_(None)
    return sa.func.coalesce(is_same, sa.false())


def lines_of_other_rules(library: Library) -> Iterator[str]:
    """What the summary of a run reports of records that other rules have made."""
    current = rules_of(VERSION, rules_digest())
    query = sa.select(record.c.source_kind, sa.func.count()).group_by(record.c.source_kind)
    counts: Counter[bool] = Counter()
    with library.reading() as connection:
        # one after the other: what differs would be looked for in all records
        for others in (record.c.rules < current, record.c.rules > current):
            found = query.where(is_newest, others)
            for kind, count in connection.execute(found):
                counts[kind in WEB_KINDS] += count
    for is_on_web, where, advice in (
        (True, "of the web", "copydesk ingest --from-archive cleans them again"),
        (False, "on the disk", "they are cleaned again when their files are ingested"),
    ):
        if count := counts[is_on_web]:
            records = "record was" if count == 1 else "records were"
            yield f"{count:,} stored {records} made of pages {where} by other rules; {advice}"


def source_digest(source: str | DiskSource) -> bytes:
    """The digest of a source on the disk, by whole paths: the same however they are written."""
    paths: Sequence[str]
    if isinstance(source, DiskSource):
        paths = source.paths
        named = (source.name, absolute(source.folder), tuple(map(absolute, source.paths)))
    else:
        # standard input lies nowhere
        paths, named = (source,), (source if source == STANDARD_INPUT_NAME else absolute(source), "", ())
    # the names and where they are: a link may come to lead to other files of the same names
    return digest_of(repr((*named, tuple(map(real, paths)))))
