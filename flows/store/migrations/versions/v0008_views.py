"""What runs have put at the places of their views is noted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """From the seventh version."""
    op.create_table(
        "views",
        sa.Column("place", sa.LargeBinary, primary_key=True),
        sa.Column("made_by", sa.Text),
        sa.Column("store", sa.Text),
        sa.Column("content", sa.Text),
        sa.Column("stamp", sa.Text),
        if_not_exists=True,
    )
