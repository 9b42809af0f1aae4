"""Pages on the disk whose records are written are known, so that they are not cleaned again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From the fourth version."""
    op.create_table(
        "cleaned",
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("source", sa.LargeBinary, nullable=False),
        sa.Column("file", sa.LargeBinary),
        sa.Column("digest", sa.LargeBinary),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("page", sa.LargeBinary),
        sa.Column("stamp", sa.LargeBinary),
        if_not_exists=True,
    )
    # beside the table: where that is there already, its indexes may be, too
    for column in ("source", "file", "page"):
        op.create_index(f"cleaned_{column}s", "cleaned", [column], if_not_exists=True)
