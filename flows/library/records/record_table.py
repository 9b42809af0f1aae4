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
from copydesk.flows.library import search
from copydesk.flows.library.records.identity import lookup_keys
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_lines import decode_key, with_fields
from copydesk.flows.library.records.record_rows import is_damaged, key_of_row, lines_of
from copydesk.flows.library.tables import (
    body,
    count,
    count_up,
    gone,
    is_newest,
    is_stored,
    key,
    put_into,
    record,
)
from copydesk.flows.library.web import web_tables

# fields about the run, and what a library enters: nothing of the page
_OF_OTHERS = frozenset((
    "fetched_at", "processing", "version", "previous", "change", "next", "duplicate_of", "duplicate_similarity",
))  # fmt: skip
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


_NAMES = tuple({column.name for column in record.c} & set(LineKey.__struct_fields__))


class Row(Struct, frozen=True):
    """A record as it is found: its number, which gives its place among others and does not change, its key as it was
    read, the digest of the reading that it was made of, and in which run that was. ``content_hash``: of its text;
    ``gate``: the one that it did not pass, as JSON.
    """

    number: int
    key: LineKey
    made: bytes
    run: int
    since_run: int
    content_hash: str | None
    gate: str | None


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
        self._shelf = ~is_stored if is_aside else is_stored
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
                yield Row(
                    row.number, key_of_row(row), row.made, row.run, row.since_run, row.content_hash, row.gate
                )

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
        self._put(written, (), {})

    def replace(self, written: Mapping[int, Written]) -> None:
        """Gives records other lines, in place."""
        self._put(written, list(self.rows(written)), dict(self.lines(written)))

    def amend(self, fields: Mapping[int, Mapping[str, Any]]) -> None:
        """Gives records other values of some fields; they stay what they were made of."""
        old = dict(self.lines(fields))
        self.rewrite(old, {number: with_fields(line, fields[number]) for number, line in old.items()})

    def rewrite(self, old: Mapping[int, bytes], new: Mapping[int, bytes]) -> None:
        """Gives records other lines than their ``old`` ones; they stay what they were made of."""
        rows = list(self.rows([number for number, line in new.items() if line != old[number]]))
        written = {
            row.number: Written(
                new[row.number], row.made, row.run, row.since_run, row.gate, row.key.content_hash
            )
            for row in rows
        }
        self._put(written, rows, old)
        self.note_damaged([number for number in written if is_damaged(old[number])])

    def remove(self, numbers: Collection[int]) -> None:
        """Takes records out."""
        rows = list(self.rows(numbers))
        words = {} if self.is_aside else dict(self.lines([row.number for row in rows if not row.key.is_past]))
        self._forget({(one, row.number) for row in rows for one in _keys_of(row.key)})
        for some in batched(sorted(numbers)):
            for table in (record, body):
                self._connection.execute(sa.delete(table).where(table.c.number.in_(some)))
        self._search_again(words, {})
        of_all = {"changed": self.change, "is_aside": self.is_aside}
        execute_all(
            self._connection, sa.insert(gone), [{"number": number} | of_all for number in sorted(numbers)]
        )

    def _put(self, written: Mapping[int, Written], rows: Sequence[Row], old: Mapping[int, bytes]) -> None:
        """Writes records, new ones or in place of ``rows``, which have the ``old`` lines."""
        if not written:
            return
        found = {number: decode_key(one.line) for number, one in written.items()}
        values = [self._columns(number, one, found[number]) for number, one in written.items()]
        bodies = [{"number": number, "line": self._pack(one.line)} for number, one in written.items()]
        for table, given in ((record, values), (body, bodies)):
            # a number that is given twice must not pass for a record that is replaced
            put = put_into(self._connection.dialect, table) if rows else sa.insert(table)
            self._connection.execute(put, given)
        before = {(one, row.number) for row in rows for one in _keys_of(row.key)}
        # by the text as it was read
        now = {
            (one, value["number"])
            for value, columns in zip(values, found.values(), strict=True)
            for one in _keys_of(structs.replace(columns, content_hash=value["read_hash"]))
        }
        self._forget(before - now)
        self._enter(now - before)
        if not self.is_aside:
            self._search_again(
                {row.number: old[row.number] for row in rows if not row.key.is_past},
                {number: written[number].line for number, one in found.items() if not one.is_past},
            )

    def _search_again(self, old: Mapping[int, bytes], new: Mapping[int, bytes]) -> None:
        """Takes in the words of the newest versions that are ``new``, in place of those of the ``old``."""
        # a line that was damaged lacks words that are there
        same = {
            number
            for number in old.keys() & new.keys()
            if is_damaged(old[number]) == is_damaged(new[number])
            and search.has_same_words(old[number], new[number])
        }
        out = [(number, line) for number, line in old.items() if number not in same]
        if not any(is_damaged(line) for _, line in out):
            search.remove(self._connection, out)
            search.add(
                self._connection, [(number, line) for number, line in new.items() if number not in same]
            )
            return
        # the words of all records are entered anew: nobody knows those of a line that was damaged
        search.clear(self._connection)
        newest = sa.select(record.c.number).where(is_newest)
        for some in batched(self._connection.execute(newest).scalars().all()):
            search.add(self._connection, list(self.lines(some)))

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

    def _columns(self, number: int, written: Written, found: LineKey) -> dict[str, Any]:
        """The row of a record: what follows from its line, and when it was written."""
        return {name: getattr(found, name) for name in _NAMES} | {
            "number": number,
            "gate": written.gate,
            "source_kind": found.source.kind,
            "source_name": found.source.name,
            "retrieved_from": found.source.retrieved_from,
            "read_hash": written.read_hash or found.content_hash,
            "tdm_reserved": found.provenance.usage.tdm_reserved,
            "missing_pages": found.processing.missing_pages,
            "rules": rules_of(found.processing.copydesk, found.processing.rules),
            "made": written.made,
            "run": written.run,
            "since_run": written.since_run,
            "size": len(written.line),
            "changed": self.change,
        }

    def _enter(self, keys: Set[tuple[int, int]]) -> None:
        rows = [{"key": one, "number": number} for one, number in sorted(keys)]
        execute_all(self._connection, sa.insert(key), rows)

    def _forget(self, keys: Set[tuple[int, int]]) -> None:
        forget = sa.delete(key).where(key.c.key == sa.bindparam("one"), key.c.number == sa.bindparam("of"))
        execute_all(self._connection, forget, [{"one": one, "of": number} for one, number in sorted(keys)])


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


def _keys_of(found: LineKey) -> set[int]:
    """What a record is looked up by."""
    return set(map(_beginning, lookup_keys(found)))


def _beginning(one: bytes) -> int:
    return int.from_bytes(one[:8], "little", signed=True)
