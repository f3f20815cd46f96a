"""Alembic's entry: engine and metadata come from the command that runs it (app/database.py)."""

from contextlib import contextmanager

from alembic import context

config = context.config
engine = config.attributes["engine"]
metadata = config.attributes["metadata"]


def render(kind, item, autogen_context):
    """Write our own instant type as the plain one under it, so that a migration never imports the models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and type(item).__name__ == "UtcDateTime" else False


def give_way(connection):
    """On PostgreSQL, stop rather than wait for a table that acts hold: behind a change that waits, they all would."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET lock_timeout = '2s'")
        connection.commit()


@contextmanager
def foreign_keys_at_rest(connection):
    """On SQLite a changed table is rebuilt: dropping the old one would empty the tables that cascade from it."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.commit()
    yield
    if orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise RuntimeError(f"rows that point to nothing, in {sorted({row[0] for row in orphans})}")


with engine.connect() as connection, foreign_keys_at_rest(connection):
    give_way(connection)
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
