"""Lists are told from pages; a source's pages are found without reading all; long URLs are found by their digest."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_LONGEST_BYTES = 2_000
# table and column, and the rest of its primary key
_KEYS = (("fetches", "url"), ("feeds_seen", "entry"), ("site_files", "url"), ("links", "url"))


def upgrade() -> None:
    """From the third version."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("fetches")}
    # as before: where the making was cut short it may be there
    if "is_list" not in columns:
        op.add_column("fetches", sa.Column("is_list", sa.Boolean))
    op.create_index("fetches_of_source", "fetches", ["source"], if_not_exists=True)
    # of what is known only lists lead to others; of the rest the next reading tells
    op.execute("UPDATE fetches SET is_list = TRUE WHERE url IN (SELECT url FROM links)")
    connection = op.get_bind()
    for name, column in _KEYS:
        _shorten(connection, sa.table(name, sa.column(column)), column)
    # what a copydesk without revisions refuses
    op.execute("UPDATE about SET number = 4 WHERE key = 'version'")


def _shorten(connection: sa.Connection, table: sa.TableClause, name: str) -> None:
    column = table.c[name]
    # characters, of which each has at least a byte, and at most four
    found = connection.execute(
        sa.select(column).distinct().where(sa.func.length(column) > _LONGEST_BYTES // 4)
    ).scalars()
    for key in found.all():
        whole = key.encode()
        if len(whole) > _LONGEST_BYTES:
            begins = whole[: _LONGEST_BYTES - 100].decode(errors="ignore")
            short = f"{begins} sha256:{hashlib.sha256(whole).hexdigest()}"
            connection.execute(sa.update(table).where(column == key).values({name: short}))
