"""What Alembic runs the scripts by: the connection, and its transaction, of who asks for it."""

from alembic import context

from copydesk.flows.store.state_tables import revision

context.configure(
    connection=context.config.attributes["connection"],
    version_table=revision.name,
)
context.run_migrations()
