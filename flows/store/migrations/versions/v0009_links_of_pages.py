"""Where pages lead is noted apart from the lists that they name, and which body was read as a list."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """From the eighth version. Each list, and each page whose links are followed, is sent whole once more."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fetches")}
    # as before: where the making was cut short it may be there
    if "list_version" not in columns:
        op.add_column("fetches", sa.Column("list_version", sa.Text))
    op.create_table(
        "page_links",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("version", sa.Text),
        sa.Column("targets", sa.Text, nullable=False),
        if_not_exists=True,
    )
    # by the patterns of one source, which are no help to another
    op.execute("DELETE FROM links WHERE kind IN ('patterns', 'page')")
