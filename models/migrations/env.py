"""Alembic's entry: engine and metadata come from the command that runs it (app/database.py)."""

from alembic import context

config = context.config
engine = config.attributes["engine"]
metadata = config.attributes["metadata"]


def render(kind, item, autogen_context):
    """Write our own instant type as the plain one under it, so that a migration never imports the models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and type(item).__name__ == "UtcDateTime" else False


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
