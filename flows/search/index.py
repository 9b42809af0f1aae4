"""The index of a store: an SQLite file beside it, brought up to date when it is used and something has changed.

It has the newest version of each record, compressed, so that a hit costs one look whatever the store is. An update
reads the store through, changes what differs, and is one transaction: killed, it leaves the index as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import msgspec
import zstandard
from msgspec import Struct

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.library.words import TOKENIZER, indexed, letters_of
from copydesk.flows.library.output_folder import check_is_database
from copydesk.flows.sinks.store_backend import StoreBackend, Versioned

_VERSION = 1
"""Of the tables; an index of another version is made anew."""
_TABLES = f"""
CREATE TABLE about (stamp TEXT NOT NULL);
CREATE TABLE records (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, id TEXT NOT NULL,
    record BLOB NOT NULL, next TEXT);
CREATE INDEX records_id ON records (id);
CREATE VIRTUAL TABLE search USING fts5(title, text, letters, content='', tokenize="{TOKENIZER}");
PRAGMA user_version = {_VERSION};
"""
# set by hand: longer than an index of a million records takes
_PATIENCE_SECONDS = 1800.0
_LEVEL = 3


class _Indexed(Struct, frozen=True):
    """The fields of a record that are indexed."""

    id: str
    title: str | None = None
    text: str = ""
    next: str | None = None


_decode = msgspec.json.Decoder(_Indexed).decode


@contextmanager
def opened_index(
    backend: StoreBackend, folder: Path, tell: Callable[[str], None]
) -> Iterator[sqlite3.Connection]:
    """The index of a store, up to date. ``tell`` gets a line before what may take long.

    Raises EnvironmentFault where it cannot be made, or the store not be read.
    """
    file = folder / f".search.{backend.name}.sqlite"
    check_is_database(file)
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE_SECONDS, isolation_level=None)) as index:
            # readers do not wait for an update
            index.execute("PRAGMA journal_mode = WAL")
            _update(index, backend, tell)
            yield index
    except sqlite3.DatabaseError as error:
        advice = (
            "delete it: it is made again" if file.exists() else "name a folder you may write to with --output"
        )
        raise EnvironmentFault(f"{file}: {error}; {advice}") from error


def record_line(stored: bytes | str) -> bytes:
    """A record as a line of JSON, as an index or a store of SQLite has it."""
    return stored.encode() if isinstance(stored, str) else zstandard.decompress(stored)


def _update(index: sqlite3.Connection, backend: StoreBackend, tell: Callable[[str], None]) -> None:
    stamp = _stamp(backend)
    if stamp is not None and _known_stamp(index) == stamp:
        return
    index.execute("BEGIN IMMEDIATE")
    try:
        if index.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for name in ("search", "records", "about"):
                index.execute(f"DROP TABLE IF EXISTS {name}")
            for statement in filter(str.strip, _TABLES.split(";")):
                index.execute(statement)
            tell(f"indexing {backend.where} for search")
        # another process may have done it meanwhile
        if stamp is None or _known_stamp(index) != stamp:
            _replace_records(index, backend)
            index.execute("DELETE FROM about")
            index.execute("INSERT INTO about VALUES (?)", (stamp or "",))
        index.execute("COMMIT")
    finally:
        if index.in_transaction:
            index.execute("ROLLBACK")


def _replace_records(index: sqlite3.Connection, backend: StoreBackend) -> None:
    """Makes the records of the index those of the store; what is the same stays."""
    gone: dict[bytes, int] = dict(index.execute("SELECT digest, number FROM records"))
    number = max(gone.values(), default=-1)
    packer = zstandard.ZstdCompressor(_LEVEL)
    for line in backend.lines():
        digest = blake2b(line, digest_size=16).digest()
        if gone.pop(digest, None) is not None:
            continue
        try:
            found = _decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue  # no record: exports and runs report it
        if found.next is None:
            number += 1
            row = (number, digest, found.id, packer.compress(line))
            # a line may be in a damaged store twice
            if index.execute("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, NULL)", row).rowcount:
                index.execute(
                    "INSERT INTO search (rowid, title, text, letters) VALUES (?, ?, ?, ?)",
                    (number, *_words(found)),
                )
    for number in gone.values():
        (stored,) = index.execute("SELECT record FROM records WHERE number = ?", (number,)).fetchone()
        # an index without the text itself needs the old words to delete them
        index.execute(
            "INSERT INTO search (search, rowid, title, text, letters) VALUES ('delete', ?, ?, ?, ?)",
            (number, *_words(_decode(record_line(stored)))),
        )
        index.execute("DELETE FROM records WHERE number = ?", (number,))


def _words(found: _Indexed) -> tuple[str, str, str]:
    title = found.title or ""
    return indexed(title), indexed(found.text), letters_of(title, found.text)


def _known_stamp(index: sqlite3.Connection) -> str | None:
    if index.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        return None
    found = index.execute("SELECT stamp FROM about").fetchone()
    return found[0] if found else None


def _stamp(backend: StoreBackend) -> str | None:
    """What is another where the store has changed; None where only reading it tells."""
    if isinstance(backend, Versioned):
        return backend.version()
    place = Path(backend.where)
    try:
        files = sorted(place.iterdir()) if place.is_dir() else [place]
        stats = [(file.name, file.stat()) for file in files]
    except OSError:
        return None
    return repr([(name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
