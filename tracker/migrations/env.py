"""Alembic's environment. The connection comes from tracker.db; there is no alembic.ini in the wheel."""

from alembic import context

from tracker.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot ALTER most things (pitfalls AL2)
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
