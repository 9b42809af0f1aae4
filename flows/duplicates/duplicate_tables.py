"""The tables of the index of near duplicates, which are the state's: SQLAlchemy's Core alone.

What is changed here needs another ``VERSION`` in ``flows/store/state_database.py``: the index is made of the records of
one store and can be made again.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

scheme = sa.Table(
    "duplicate_scheme",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("is_complete", sa.Boolean, nullable=False),
    sa.Column("lines", sa.BigInteger, nullable=False),
)
"""One row: the scheme of the signatures in the other tables, the store whose records they are of, whether they have all
of them, and how many lines the store had when that was last looked at.
"""

texts = sa.Table(
    "duplicate_texts",
    metadata,
    # as they came into the store
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("shingles", sa.Integer, nullable=False),
    sa.Column("sketch", sa.LargeBinary, nullable=False),
    sa.Column("buckets", sa.LargeBinary, nullable=False),
    sa.Column("address", sa.BigInteger, index=True),
    sa.Column("names", sa.BigInteger, index=True),
    sa.Column("origin", sa.SmallInteger, nullable=False),
    # seconds since 1970
    sa.Column("published", sa.Float(53)),
    sa.Column("fetched", sa.Float(53)),
    # whether a copy of it declares it the original
    sa.Column("is_named", sa.Boolean, nullable=False),
    sa.UniqueConstraint("id", "version"),
)
marks = sa.Table(
    "duplicate_marks",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("original", sa.BigInteger, nullable=False, index=True),
    sa.Column("similarity", sa.Float(53), nullable=False),
)
"""Which texts are copies; all others are originals."""

bands = sa.Table(
    "duplicate_bands",
    metadata,
    sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    # the key is all there is: a table of rows beside its index would be twice the size
    sqlite_with_rowid=False,
)
"""The buckets of originals. Those of copies are not here, so that a text printed a thousand times is found once."""

unconfirmed = sa.Table(
    "duplicate_unconfirmed",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
)
"""Texts whose mark has changed since the store was last confirmed to have it."""
