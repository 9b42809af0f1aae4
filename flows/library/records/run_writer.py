"""What a run writes into a library: batches, each in one transaction, and at its end what only the whole run shows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from msgspec import Struct, field

from copydesk.cleaners import encode
from copydesk.cleaners.schema import Record, encode_value
from copydesk.flows.config.gate import Stopped
from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.library.copies.signature import SCHEME
from copydesk.flows.library.library import Library
from copydesk.flows.library.outbox import note_events, note_receiver
from copydesk.flows.library.records.batch import BatchWriter, incoming, mark_again
from copydesk.flows.library.records.new_articles import Article, NewArticles, new_articles_of
from copydesk.flows.library.records.page_memory import PageMemory
from copydesk.flows.library.records.page_notes import PendingPage
from copydesk.flows.library.records.plan import BatchPlan, Incoming, Outcome
from copydesk.flows.library.records.record_lines import with_fields
from copydesk.flows.library.records.record_table import RecordTable, keep_plain
from copydesk.flows.library.records.recurring import Shorten, note_pages, settle_sites
from copydesk.flows.library.tables import (
    copy_band,
    copy_text,
    count,
    count_up,
    is_newest,
    is_stored,
    page,
    record,
    unsettled,
)
from copydesk.flows.stored import Became, Stored

Told = Callable[[Became], None]


class Taken(Struct, frozen=True):
    """A record that a run has made. ``stopped``: by which gate; ``pending``: its page on the disk; ``settle``: notes
    its page on the web, within the transaction; ``told``: hears what became of it; ``placed``: hears the number of the
    record that is stored for it, its own or a shared one.
    """

    record: Record
    stopped: Stopped | None = None
    pending: PendingPage | None = None
    settle: Callable[[], None] | None = None
    told: Told | None = None
    placed: Callable[[int], None] | None = None


class Keeping(Struct, frozen=True):
    """What a library keeps of what a run has read.

    ``versions``: as ``--versions`` has it; ``shorten``: how much of its removals a record keeps, None where nothing
    that recurs on sites is moved; ``is_unique``: copies of which the library has nothing are left out; ``is_plain``:
    lines are not packed, so that queries by hand may read them; ``has_webhook``: what is new or changed is noted for
    it; None where that is as in the last run.
    """

    versions: str = "all"
    shorten: Shorten | None = None
    is_unique: bool = False
    is_plain: bool = False
    has_webhook: bool | None = False


class Written(Struct):
    """What a writer has stored of a run that another ends: the ``statuses`` of its records by their numbers, the new
    ones that are ``uncertain`` (see ``RunWriter``), and how many articles are ``new``, of which some are ``listed``.
    """

    stored: Stored = field(default_factory=Stored)
    statuses: dict[int, str] = {}
    uncertain: list[int] = []
    new: int = 0
    listed: list[Article] = []


class RunWriter:
    """Writes the records of a run. For one thread at a time. Raises as ``Library`` does.

    ``run``: the number of one that another process has begun and will end, of which this writes parts.
    """

    def __init__(
        self,
        library: Library,
        keeping: Keeping | None = None,
        *,
        memory: PageMemory | None = None,
        news: NewArticles | None = None,
        run: int | None = None,
    ) -> None:
        self._library = library
        self._keeping = keeping = keeping or Keeping()
        self.memory = memory
        self._news = news
        self.run = run or 0
        """Its number."""
        self.brought_in = 0
        """How many records there are of runs that were cut short."""
        with library.writing() as connection:
            if run is None:
                self._begin(connection)
            self._is_told = note_receiver(
                library, connection, has_one=keeping.has_webhook if run is None else None
            )
        self._batch = BatchWriter(self.run, keeping.versions, moves=keeping.shorten is not None)
        self._taken: list[Taken] = []
        self._answered: set[str] = set()
        self.statuses: dict[int, str] = {}
        """Of the records that hold what was read, by their numbers."""
        # what is new may be a copy that is left out in the end
        self.uncertain: list[tuple[int, Told | None]] = []
        """New records that ``end`` may leave out as copies."""
        self._new: list[Article] = []
        # beside these, stored by other writers of the run
        self._further_new = 0
        # which articles are new a copy may still change, where copies are left out; that shows who ends the run
        self._is_news_early = run is not None or not keeping.is_unique
        self.stored = Stored()

    def _begin(self, connection: sa.Connection) -> None:
        _, cut_short, _ = self._runs(connection)
        self.brought_in = _many(connection, record.c.run.in_(cut_short) & is_stored)
        self.run = count_up(connection, "run")
        self._library.hold(self.run)
        connection.execute(sa.insert(unsettled).values(number=self.run))
        if self._keeping.is_plain:
            keep_plain(connection)
        _compare_by_scheme(connection)

    def write(self, taken: Taken) -> None:
        """Takes a record; it is in the library once ``commit`` was called."""
        self._taken.append(taken)

    @property
    def waiting(self) -> int:
        """How many records were taken since the last ``commit``."""
        return len(self._taken)

    def answered(self, url: str) -> None:
        """Notes that an address answered, record or not. For any thread."""
        # one step under the interpreter's lock: threads of fetching need no other
        self._answered.add(url)

    def commit(self) -> None:
        """Brings what was taken into the library, and all that is noted with it, in one transaction."""
        if not (self._taken or self._answered or (self.memory and self.memory.has_notes)):
            return
        with self._library.writing() as connection:
            # before what pages have to follow, which may fail: these are stored
            self._library.once_written(lambda: self._count(*brought))
            brought = self._bring_in(connection)

    def commit_within(self, connection: sa.Connection) -> None:
        """Brings what was taken in within a transaction that is not over yet, and counts it at once: who takes that
        back wants no counts.
        """
        self._count(*self._bring_in(connection))

    def _bring_in(self, connection: sa.Connection) -> tuple[list[tuple[Taken, Outcome]], BatchPlan]:
        taken, self._taken = self._taken, []
        for one in taken:
            if one.settle is not None:
                one.settle()
        answered, self._answered = self._answered, set()
        read = [_incoming(one) for one in taken]
        plan = self._batch.store(connection, [one for one in read if one.gate is None], answered)
        aside = self._batch.set_aside(connection, read)
        passed = list(zip((one for one in taken if one.stopped is None), plan.outcomes, strict=True))
        stopped = zip((one for one in taken if one.stopped is not None), aside, strict=True)
        if self.memory is not None:
            for one, outcome in (*passed, *stopped):
                if one.pending is not None:
                    self.memory.note(one.pending, one.record, outcome)
            self.memory.write(connection)
        if self._is_told:
            note_events(connection, self.run, ((one.record, outcome) for one, outcome in passed))
        own = ((outcome.number, one.record) for one, outcome in passed if outcome.is_own)
        note_pages(connection, self.run, ((number, one) for number, one in own if number is not None))
        return passed, plan

    def _count(self, passed: Sequence[tuple[Taken, Outcome]], plan: BatchPlan) -> None:
        self.stored.include(plan.stored)
        self._note_statuses(plan.statuses)
        for one, outcome in passed:
            if one.placed is not None and outcome.number is not None:
                one.placed(outcome.number)
            if self._keeping.is_unique and outcome.became == "new" and outcome.number is not None:
                self.uncertain.append((outcome.number, one.told))
            elif outcome.became is not None:
                self._count_one(one.told, outcome.became)
        if self._news is not None:
            self._new += new_articles_of(plan)
            self._note_news()

    def _note_statuses(self, statuses: Mapping[int, str]) -> None:
        # one string for all that have it: of a million records each has one
        self.statuses.update((number, sys.intern(status)) for number, status in statuses.items())

    @contextmanager
    def earlier(self) -> Iterator[None]:
        """Counts what is brought in within as of a run that was cut short: it is no news of this one."""
        news, self._news = self._news, None
        yield
        self._news = news
        self.brought_in += len(self.statuses)
        self.stored, self.statuses, self.uncertain = Stored(), {}, []

    def written(self, news: NewArticles) -> Written:
        """What this has stored of a run that another ends; ``news``: that it was made with."""
        uncertain = [number for number, _ in self.uncertain]
        return Written(self.stored, self.statuses, uncertain, news.count, news.listed)

    def include(self, written: Written, told: Told) -> None:
        """Counts what another writer of this run has stored: it cannot know what the end makes of that."""
        self.stored.include(written.stored)
        self._note_statuses(written.statuses)
        self.uncertain += ((number, told) for number in written.uncertain)
        if self._news is not None:
            self._new += written.listed
            self._further_new += written.new - len(written.listed)
            self._note_news()

    def _count_one(self, told: Told | None, became: Became) -> None:
        self.stored.became[became] += 1
        if told is not None:
            told(became)

    def _note_news(self, left: Mapping[int, str] | None = None) -> None:
        """``left``: records that were left out, with their ids; None before the end of a run."""
        if self._news is None or (left is None and not self._is_news_early):
            return
        left = left or {}
        new, self._new = self._new, []
        further, self._further_new = self._further_new, 0
        gone = frozenset(left.values())
        kept = [one for one in new if one.id not in gone]
        self._news.note(kept)
        # of those without an id here
        further_gone = sum(number in left for number, _ in self.uncertain) - (len(new) - len(kept))
        self._news.count += max(0, further - max(0, further_gone))

    def others_that_go_on(self, connection: sa.Connection) -> list[int]:
        """The other runs that fill the library now: copies among their records may still be left out."""
        return self._runs(connection)[-1]

    def _runs(self, connection: sa.Connection) -> tuple[list[int], list[int], list[int]]:
        """The other runs that are not settled for good: that have ended, were cut short, go on."""
        ended, cut_short, go_on = list[int](), list[int](), list[int]()
        for run, last in connection.execute(sa.select(unsettled).where(unsettled.c.number != self.run)):
            is_over = last is None and self._library.is_over(connection, run)
            (ended if last is not None else cut_short if is_over else go_on).append(run)
        return ended, cut_short, go_on

    def end(self) -> None:
        """What only the whole run shows: what recurs on sites, and which copies are left out."""
        self.commit()
        # WARC files are noted once their last pages are written
        self.commit()
        with self._library.writing() as connection:
            ended, cut_short, go_on = self._runs(connection)
            own = [self.run, *cut_short]
            changed = settle_sites(connection, [*own, *ended], shorten=self._keeping.shorten)
            _settle_copies_again(connection, changed)
            left = _leave_out_copies(connection, own) if self._keeping.is_unique else {}
            # those go that had no company of a run that goes on: its end settles the others again
            end = sa.update(unsettled).where(unsettled.c.number.in_(own))
            connection.execute(end.values(last=count(connection, "run")))
            done = sa.delete(unsettled).where(unsettled.c.last.is_not(None))
            connection.execute(done.where(unsettled.c.last < min(go_on)) if go_on else done)
            stored = self.stored
            stored.left_out = len(left)
            for number, told in self.uncertain:
                if number not in left:
                    self._count_one(told, "new")
            self._note_news(left)
            numbers = [number for number in self.statuses if number not in left]
            stored.statuses = Counter(self.statuses[number] for number in numbers)
            for some in batched(numbers):
                are_copies = record.c.number.in_(some) & record.c.duplicate_of.is_not(None) & is_stored
                stored.copies += _many(connection, are_copies)
            stored.lines = _many(connection, is_stored)


def _many(connection: sa.Connection, are_meant: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).where(are_meant)).scalar_one()


def _incoming(taken: Taken) -> Incoming:
    place = taken.pending.place if taken.pending is not None else None
    line = encode(taken.record)
    if taken.stopped is None:
        return incoming(line, place=place)
    line = with_fields(line, {"gate": taken.stopped})
    return incoming(line, gate=encode_value(taken.stopped).decode(), place=place)


def _compare_by_scheme(connection: sa.Connection) -> None:
    """Settles all copies anew where the signatures of texts are of another scheme than those that are to come."""
    scheme = count(connection, "scheme")
    if scheme == SCHEME:
        return
    # what was taken over just before the first run is of this scheme
    if scheme:
        connection.execute(sa.delete(copy_band))
        connection.execute(sa.delete(copy_text))
        newest = sa.select(record.c.number).where(is_newest)
        _settle_copies_again(connection, connection.execute(newest.order_by(record.c.number)).scalars().all())
    count_up(connection, "scheme", SCHEME - scheme)


def _settle_copies_again(connection: sa.Connection, changed: Sequence[int]) -> None:
    """Settles which records are copies once some texts are others."""
    table = RecordTable(connection)
    for some in batched(changed):
        mark_again(connection, table, table.lines(some))


def _leave_out_copies(connection: sa.Connection, runs: Sequence[int]) -> dict[int, str]:
    """Takes out the copies among the records that came in in some runs; their numbers and ids."""
    table, left = RecordTable(connection), dict[int, str]()
    copies = sa.select(record.c.number, record.c.id).where(
        record.c.since_run.in_(runs),
        record.c.version == 1,
        record.c.duplicate_of.is_not(None),
        is_stored,
    )
    # the marks of a copy go with it: that may change the marks of others
    while found := {row.number: row.id for row in connection.execute(copies)}:
        left |= found
        for some in batched(found):
            _note_originals(connection, some)
            mark_again(connection, table, (), some)
            table.remove(some)
    return left


def _note_originals(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Notes the pages of copies as those of their originals."""
    query = (
        sa.select(copy_text.c.number, record.c.number.label("original"), record.c.made)
        .join(record, record.c.number == copy_text.c.original)
        .where(copy_text.c.number.in_(numbers))
    )
    rows = [{"of": row.number, "to": row.original, "as_": row.made} for row in connection.execute(query)]
    change = sa.update(page).where(page.c.number == sa.bindparam("of"))
    values = {"number": sa.bindparam("to"), "made": sa.bindparam("as_"), "is_left_out": True}
    execute_all(connection, change.values(values), rows)
