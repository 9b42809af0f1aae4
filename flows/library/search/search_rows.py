"""Full-text search over the newest records: their words in the database, in SQLite by FTS5, in PostgreSQL by its own.

Either gets the words as ``words`` splits and folds them, so that both find the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.flows.library.search.words import TOKENIZER, lexemes, searchable

_CREATE = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE search USING fts5(title, text, letters, content='', tokenize=\"{TOKENIZER}\")",
    ),
    "postgresql": (
        "CREATE TABLE search_words (number bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX search_words_found ON search_words USING gin (words)",
        # for queries by hand: its columns stay
        "CREATE VIEW search AS SELECT number, words FROM search_words",
    ),
}


class Searched(Struct, frozen=True):
    """The fields of a record that are searched."""

    title: str | None = None
    text: str = ""


decode_searched = msgspec.json.Decoder(Searched).decode


def has_same_words(one: bytes, other: bytes) -> bool:
    """Whether two records are found by the same words."""
    return decode_searched(one) == decode_searched(other)


def create(connection: sa.Connection) -> None:
    """Makes the tables."""
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def add(connection: sa.Connection, records: Sequence[tuple[int, bytes]]) -> None:
    """Takes in the words of records, by their numbers."""
    if not records:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO search (rowid, title, text, letters) VALUES (?, ?, ?, ?)",
            [(number, *_words(line)) for number, line in records],
        )
    else:
        connection.exec_driver_sql(
            "INSERT INTO search_words (number, words) VALUES (%s, %s::tsvector)",
            [(number, _vector(line)) for number, line in records],
        )


def remove(connection: sa.Connection, records: Sequence[tuple[int, bytes]]) -> None:
    """Takes out the words of records, which are given as they were taken in."""
    if not records:
        return
    if connection.dialect.name == "sqlite":
        # an index without the text itself needs the old words to delete them
        connection.exec_driver_sql(
            "INSERT INTO search (search, rowid, title, text, letters) VALUES ('delete', ?, ?, ?, ?)",
            [(number, *_words(line)) for number, line in records],
        )
    else:
        numbers = [(number,) for number, _ in records]
        connection.exec_driver_sql("DELETE FROM search_words WHERE number = %s", numbers)


def clear(connection: sa.Connection) -> None:
    """Takes out all words."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search (search) VALUES ('delete-all')")
    else:
        connection.exec_driver_sql("DELETE FROM search_words")


def _words(line: bytes) -> tuple[str, str, str]:
    found = decode_searched(line)
    return searchable(found.title or "", found.text)


def _vector(line: bytes) -> str:
    """The words of a record as PostgreSQL has them; those of the title count most (A)."""
    title, text, letters = _words(line)
    return lexemes((title, "A"), (text, ""), (letters, "D"))
