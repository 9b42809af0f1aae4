"""Validators are kept with the URL they are of; files of sites, times of reading and links of lists.

Validators of the first version stand under the URL that was asked for, wherever they came from: they are forgotten with
their pages, which are fetched once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From the first version."""
    op.drop_table("hosts", if_exists=True)
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fetches")}
    if "validators_url" not in columns:
        op.drop_table("fetches")
    _create_fetches()
    op.create_table(
        "site_files",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "links",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("lastmod", sa.Text),
        if_not_exists=True,
    )


def _create_fetches() -> None:
    op.create_table(
        "fetches",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("validators_url", sa.Text),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("left_before", sa.DateTime(timezone=True)),
        if_not_exists=True,
    )
