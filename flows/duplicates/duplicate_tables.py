"""The tables of the index of near duplicates, which are the state's: SQLAlchemy's Core alone.

What is changed here needs another ``VERSION`` in ``flows/store/state_database.py``: the index is made of the records of
one store and can be made again.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

scheme = Table(
    "duplicate_scheme",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("store", Text, nullable=False),
    Column("is_complete", Boolean, nullable=False),
    Column("lines", BigInteger, nullable=False),
)
"""One row: the scheme of the signatures in the other tables, the store whose records they are of, whether they have all
of them, and how many lines the store had when that was last looked at.
"""

texts = Table(
    "duplicate_texts",
    metadata,
    # as they came into the store
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("shingles", Integer, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
    Column("buckets", LargeBinary, nullable=False),
    Column("address", BigInteger, index=True),
    Column("names", BigInteger, index=True),
    Column("origin", SmallInteger, nullable=False),
    # seconds since 1970
    Column("published", Float(53)),
    Column("fetched", Float(53)),
    # whether a copy of it declares it the original
    Column("is_named", Boolean, nullable=False),
    UniqueConstraint("id", "version"),
)
marks = Table(
    "duplicate_marks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("original", BigInteger, nullable=False, index=True),
    Column("similarity", Float(53), nullable=False),
)
"""Which texts are copies; all others are originals."""

bands = Table(
    "duplicate_bands",
    metadata,
    Column("bucket", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    # the key is all there is: a table of rows beside its index would be twice the size
    sqlite_with_rowid=False,
)
"""The buckets of originals. Those of copies are not here, so that a text printed a thousand times is found once."""

unconfirmed = Table(
    "duplicate_untold", metadata, Column("number", BigInteger, primary_key=True, autoincrement=False)
)
"""Texts whose mark has changed since the store was last confirmed to have it."""
