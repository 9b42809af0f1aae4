"""The further pages of articles are noted, so that each is asked whether it has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """From the ninth version. Each article of a source that joins pages is sent whole once more."""
    op.create_table(
        "article_parts",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("missing", sa.Text),
        if_not_exists=True,
    )
    op.create_index("article_gaps", "article_parts", ["missing"], if_not_exists=True)
