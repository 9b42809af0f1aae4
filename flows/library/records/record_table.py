"""The records of a library as rows: found by what they have in common with others, and changed in a transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct, structs

from copydesk.flows.io.databases import batched, execute_all
from copydesk.flows.io.zstandard import CHECKED, zstd
from copydesk.flows.library.records.identity import lookup_keys
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_lines import decode_key, with_fields
from copydesk.flows.library.records.record_rows import is_damaged, key_of_row, lines_of
from copydesk.flows.library.search import search_rows
from copydesk.flows.library.tables import body, count, count_up, gone, key, record
from copydesk.flows.library.web import web_tables

# fields about the run, and what a library enters: nothing of the page
_OF_OTHERS = frozenset((
    "fetched_at", "processing", "version", "previous", "change", "next", "duplicate_of", "duplicate_similarity",
))  # fmt: skip
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


_NAMES = tuple({column.name for column in record.c} & set(LineKey.__struct_fields__))


class Row(Struct, frozen=True):
    """A record as it is found: its number, which gives its place among others and does not change, its key as it was
    read, the digest of the reading that it was made of, and in which run that was. ``content_hash``: of its text.
    """

    number: int
    key: LineKey
    made: bytes
    run: int
    since_run: int
    content_hash: str | None


class Written(Struct, frozen=True):
    """A record to write: its line, and of what reading it was made, in which run. ``read_hash``: of the text as it was
    read, if that is another.
    """

    line: bytes
    made: bytes
    run: int
    since_run: int
    gate: str | None = None
    read_hash: str | None = None


def made_of(line: bytes) -> bytes:
    """A digest of a reading, whenever and however fast it was cleaned."""
    fields = _decode_fields(line)
    digest = hashlib.blake2b(digest_size=16)
    for name, raw in fields.items():
        if name not in _OF_OTHERS:
            digest.update(bytes(raw))
            digest.update(b"\0")
    return digest.digest()


def written_as_it_is(line: bytes) -> Written:
    """A record of another library, or of a file of records. Raises MsgspecError, UnicodeDecodeError if it is none."""
    line.decode()  # the decoder skips most fields
    decode_key(line)
    return Written(line, made_of(line), run=0, since_run=0)


class RecordTable:
    """The records of one shelf within a transaction: those that are stored, or those that passed no gate."""

    def __init__(self, connection: sa.Connection, *, is_aside: bool = False) -> None:
        self._connection = connection
        self.is_aside = is_aside
        self._shelf = record.c.gate.is_not(None) if is_aside else record.c.gate.is_(None)
        self._pack = bytes if _is_plain(connection) else partial(zstd.compress, options=CHECKED)
        self._change: int | None = None

    # --- to find

    def holding(self, keys: Collection[bytes]) -> list[Row]:
        """The records that have one of these keys (``identity.lookup_keys``), in order."""
        numbers: set[int] = set()
        for some in batched(sorted(map(_beginning, keys))):
            numbers.update(
                self._connection.execute(sa.select(key.c.number).where(key.c.key.in_(some))).scalars()
            )
        wanted = frozenset(keys)
        return [row for row in self.rows(numbers) if not wanted.isdisjoint(lookup_keys(row.key))]

    def has_any(self) -> bool:
        """Whether there are records on this shelf."""
        query = sa.select(record.c.number).where(self._shelf).limit(1)
        return self._connection.execute(query).first() is not None

    def rows(self, numbers: Collection[int]) -> Iterator[Row]:
        """The records with these numbers, in order."""
        for some in batched(sorted(numbers)):
            query = sa.select(record).where(record.c.number.in_(some), self._shelf).order_by(record.c.number)
            for row in self._connection.execute(query):
                yield Row(row.number, key_of_row(row), row.made, row.run, row.since_run, row.content_hash)

    def lines(self, numbers: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """The lines of the records with these numbers, in order."""
        for some in batched(sorted(numbers)):
            query = sa.select(body).where(body.c.number.in_(some)).order_by(body.c.number)
            yield from lines_of(self._connection, self._connection.execute(query))

    # --- to change

    @property
    def change(self) -> int:
        """The number of this change of the library."""
        if self._change is None:
            self._change = count_up(self._connection, "change")
        return self._change

    def numbers(self, many: int) -> range:
        """So many numbers behind all that were ever given."""
        last = count_up(self._connection, "last", many)
        return range(last - many + 1, last + 1)

    def add(self, written: Mapping[int, Written]) -> None:
        """Takes in records under new numbers."""
        if not written:
            return
        found = {number: decode_key(one.line) for number, one in written.items()}
        rows = [
            self._columns(number, one.line, found[number])
            | {
                "gate": one.gate,
                "read_hash": one.read_hash or found[number].content_hash,
                "made": one.made,
                "run": one.run,
                "since_run": one.since_run,
            }
            for number, one in written.items()
        ]
        bodies = [{"number": number, "line": self._pack(one.line)} for number, one in written.items()]
        self._connection.execute(sa.insert(record), rows)
        self._connection.execute(sa.insert(body), bodies)
        self._enter(
            {
                (one, number)
                for number, columns in found.items()
                for one in _keys_of(columns, written[number].read_hash or columns.content_hash)
            }
        )
        if not self.is_aside:
            searched = [(number, one.line) for number, one in written.items() if found[number].next is None]
            search_rows.add(self._connection, searched)

    def replace(self, written: Mapping[int, Written]) -> None:
        """Gives records other lines, in place."""
        self._delete(written)
        self.add(written)

    def amend(self, fields: Mapping[int, Mapping[str, Any]]) -> None:
        """Gives records other values of some fields; they stay what they were made of."""
        self._update({number: (old, with_fields(old, fields[number])) for number, old in self.lines(fields)})

    def rewrite(self, lines: Mapping[int, bytes]) -> None:
        """Gives records other lines; they stay what they were made of."""
        self._update({number: (old, lines[number]) for number, old in self.lines(lines)})

    def remove(self, numbers: Collection[int]) -> None:
        """Takes records out."""
        self._delete(numbers)
        of_all = {"changed": self.change, "is_aside": self.is_aside}
        rows = [{"number": number} | of_all for number in sorted(numbers)]
        execute_all(self._connection, sa.insert(gone), rows)

    def _update(self, lines: Mapping[int, tuple[bytes, bytes]]) -> None:
        """Gives records other lines, each beside the one that it has; all that does not follow from it stays."""
        changed = {number: (old, new) for number, (old, new) in lines.items() if new != old}
        rows = list(self.rows(changed))
        if not rows:
            return
        found = {row.number: decode_key(changed[row.number][1]) for row in rows}
        values = [self._columns(number, changed[number][1], columns) for number, columns in found.items()]
        lost = [number for number in found if is_damaged(changed[number][0])]
        bodies = [{"number": number, "line": self._pack(changed[number][1])} for number in found]
        for table, given in ((record, values), (body, bodies)):
            statement = sa.update(table).where(table.c.number == sa.bindparam("of"))
            self._connection.execute(statement, [{"of": one.pop("number"), **one} for one in given])
        self.note_damaged(lost)
        before = {(one, row.number) for row in rows for one in _keys_of(row.key, row.key.content_hash)}
        now = {(one, row.number) for row in rows for one in _keys_of(found[row.number], row.key.content_hash)}
        self._forget(before - now)
        self._enter(now - before)
        if not self.is_aside:
            self._search_again(rows, changed, found)

    def note_damaged(self, numbers: Collection[int]) -> None:
        """Notes that the lines of records are damaged: their pages are unknown, and the lists that may name them come
        whole.
        """
        known = web_tables.known_urls
        anew = dict.fromkeys(("etag", "last_modified", "validators_url"))
        for some in batched(numbers):
            are_they = record.c.number.in_(some)
            urls = self._connection.execute(sa.select(record.c.url).where(are_they)).scalars().all()
            # a record has the address to which its page was redirected
            of_pages = (known.c.url.in_(urls) | known.c.validators_url.in_(urls)) & known.c.is_list.is_not(
                True
            )
            sources = self._connection.execute(sa.select(known.c.source).where(of_pages)).scalars().all()
            lists = known.c.source.in_(sources) & known.c.is_list
            self._connection.execute(sa.update(known).where(lists).values(anew))
            self._connection.execute(sa.delete(known).where(of_pages))
            self._connection.execute(sa.update(record).where(are_they).values(made=b""))

    def _search_again(
        self, rows: Sequence[Row], lines: Mapping[int, tuple[bytes, bytes]], found: Mapping[int, LineKey]
    ) -> None:
        """Takes in the words of records that have others now, and those of the newest versions alone."""
        gone, new = [], []
        for row in rows:
            before, now = lines[row.number]
            was_newest, is_newest = row.key.next is None, found[row.number].next is None
            if was_newest and is_newest and search_rows.has_same_words(before, now):
                continue
            gone += [(row.number, before)] if was_newest else []
            new += [(row.number, now)] if is_newest else []
        search_rows.remove(self._connection, gone)
        search_rows.add(self._connection, new)

    def _columns(self, number: int, line: bytes, found: LineKey) -> dict[str, Any]:
        """What follows from a line, and when it was written."""
        return {name: getattr(found, name) for name in _NAMES} | {
            "number": number,
            "source_kind": found.source.kind,
            "source_name": found.source.name,
            "retrieved_from": found.source.retrieved_from,
            "tdm_reserved": found.provenance.usage.tdm_reserved,
            "missing_pages": found.processing.missing_pages,
            "rules": rules_of(found.processing.copydesk, found.processing.rules),
            "size": len(line),
            "changed": self.change,
        }

    def _enter(self, keys: Set[tuple[int, int]]) -> None:
        rows = [{"key": one, "number": number} for one, number in sorted(keys)]
        execute_all(self._connection, sa.insert(key), rows)

    def _forget(self, keys: Set[tuple[int, int]]) -> None:
        forget = sa.delete(key).where(key.c.key == sa.bindparam("one"), key.c.number == sa.bindparam("of"))
        execute_all(self._connection, forget, [{"one": one, "of": number} for one, number in sorted(keys)])

    def _delete(self, numbers: Collection[int]) -> None:
        if not numbers:
            return
        rows = list(self.rows(numbers))
        self._forget({(one, row.number) for row in rows for one in _keys_of(row.key, row.key.content_hash)})
        searched = [] if self.is_aside else [row.number for row in rows if row.key.next is None]
        words = list(self.lines(searched))
        has_lost = any(is_damaged(line) for _, line in words)
        if not has_lost:
            search_rows.remove(self._connection, words)
        for some in batched(sorted(numbers)):
            for table in (record, body):
                self._connection.execute(sa.delete(table).where(table.c.number.in_(some)))
        if has_lost:
            # the words of all records are entered anew: nobody knows those of a line that was damaged
            search_rows.clear(self._connection)
            newest = sa.select(record.c.number).where(record.c.next.is_(None), record.c.gate.is_(None))
            for some in batched(self._connection.execute(newest).scalars().all()):
                search_rows.add(self._connection, list(self.lines(some)))


def keep_plain(connection: sa.Connection) -> None:
    """From now on lines are not packed, so that queries by hand may read them."""
    if _is_plain(connection):
        return
    table = RecordTable(connection)
    numbers = connection.execute(sa.select(body.c.number)).scalars().all()
    statement = sa.update(body).where(body.c.number == sa.bindparam("of")).values(line=sa.bindparam("plain"))
    for some in batched(numbers):
        lines = ((number, line) for number, line in table.lines(some) if not is_damaged(line))
        execute_all(connection, statement, [{"of": number, "plain": line} for number, line in lines])
    count_up(connection, "plain")


def _is_plain(connection: sa.Connection) -> bool:
    # PostgreSQL packs long values itself
    return connection.dialect.name == "postgresql" or count(connection, "plain") == 1


def rules_of(copydesk: str, rules: str) -> str:
    """By which rules a record was made, as a row has it."""
    return f"{copydesk} {rules}"


def _keys_of(found: LineKey, read_hash: str | None) -> set[int]:
    """What a record is looked up by; ``read_hash``: of its text as it was read."""
    return set(map(_beginning, lookup_keys(structs.replace(found, content_hash=read_hash))))


def _beginning(one: bytes) -> int:
    return int.from_bytes(one[:8], "little", signed=True)
