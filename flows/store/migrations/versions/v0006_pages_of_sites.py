"""Pages of sites are counted, so that what recurs on them is known from run to run."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From the fifth version."""
    op.create_table(
        "site_pages",
        sa.Column("site", sa.Text, primary_key=True),
        sa.Column("page", sa.Text, primary_key=True),
        sa.Column("journal", sa.LargeBinary, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("headline", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("blocks", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
