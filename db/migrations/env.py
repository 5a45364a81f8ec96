"""What Alembic runs: the steps, on the connection that `run` hands over."""

from alembic import context

from db.member_tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
