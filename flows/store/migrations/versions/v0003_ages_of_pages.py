"""How old a page was when it was last asked for is known, so that young ones are asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From the second version. Of pages that are there it is not known: they are not asked for again by their age."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fetches")}
    # as before: where the making was cut short they may be there
    for column in (
        sa.Column("first_fetched_at", sa.DateTime(timezone=True)),
        sa.Column("age_when_asked", sa.Integer),
    ):
        if column.name not in columns:
            op.add_column("fetches", column)
    op.create_index("fetches_ages", "fetches", ["source", "age_when_asked"], if_not_exists=True)
