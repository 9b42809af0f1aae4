"""The index of near duplicates is part of the state.

Where a copydesk from before has made its own, that goes: it is made again of the store, which is read once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """From the sixth version."""
    for name in ("scheme", "texts", "marks", "bands", "untold"):
        op.drop_table(f"duplicate_{name}", if_exists=True)
    op.create_table(
        "duplicate_scheme",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("store", sa.Text, nullable=False),
        sa.Column("is_complete", sa.Boolean, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
    )
    _create_texts()
    op.create_table(
        "duplicate_marks",
        _number(),
        sa.Column("original", sa.BigInteger, nullable=False, index=True),
        sa.Column("similarity", sa.Float(53), nullable=False),
    )
    op.create_table(
        "duplicate_bands",
        sa.Column("bucket", sa.BigInteger, primary_key=True, autoincrement=False),
        _number(),
        sqlite_with_rowid=False,
    )
    op.create_table("duplicate_untold", _number())


def _create_texts() -> None:
    op.create_table(
        "duplicate_texts",
        _number(),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("shingles", sa.Integer, nullable=False),
        sa.Column("sketch", sa.LargeBinary, nullable=False),
        sa.Column("buckets", sa.LargeBinary, nullable=False),
        sa.Column("address", sa.BigInteger, index=True),
        sa.Column("names", sa.BigInteger, index=True),
        sa.Column("origin", sa.SmallInteger, nullable=False),
        sa.Column("published", sa.Float(53)),
        sa.Column("fetched", sa.Float(53)),
        sa.Column("is_named", sa.Boolean, nullable=False),
        sa.UniqueConstraint("id", "version"),
    )


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False)
