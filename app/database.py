"""The database behind the models: SQLite's discipline, PostgreSQL's time-outs, and the `db` commands."""

import sqlite3
import time
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, ParamSpec

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import Engine, ExceptionContext, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app.config import INSTANCE, Config
from app.environ import ConfigError
from models.base import Base, db

MIGRATIONS = Path(__file__).resolve().parent.parent / "models" / "migrations"
P = ParamSpec("P")
WRITES = ("INSERT", "UPDATE", "DELETE", "SAVEPOINT", "CREATE", "ALTER", "DROP", "REPLACE")
BUSY_TIMEOUT_MS, LOOK_AGAIN_MS = 15_000, 8
JOURNAL_RIGHTS = {"journal_entry": "SELECT, INSERT", "closed_stream": "SELECT"}
INSUFFICIENT_PRIVILEGE = "42501"
"""PostgreSQL, appendix A."""


class CannotRun(click.ClickException):
    """A command that could not do its work at all: exit code 2, where 1 is a refusal."""

    exit_code = 2


def or_cannot_run(command: Callable[P, None]) -> Callable[P, None]:
    """A database that cannot be opened, or has other tables, ends a command in one plain line. Raises CannotRun."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except SQLAlchemyError as error:
            raise CannotRun(reason(error)) from error

    return run


def reason(error: SQLAlchemyError) -> str:
    """Why a command could not run, with what to do where the tables are missing or of another version."""
    try:
        must_be_ready()
    except CannotRun as known:
        return known.message
    return _unavailable(error)


def must_be_ready() -> None:
    """Raises CannotRun: the database is unavailable, without tables, or of another version than this one."""
    try:
        with db.engine.connect() as connection:
            has_tables = inspect(connection).has_table("alembic_version")
            found = connection.scalar(text("SELECT version_num FROM alembic_version")) if has_tables else None
    except SQLAlchemyError as error:
        raise CannotRun(_unavailable(error)) from error
    finally:
        db.engine.dispose()
    if found and not is_known(found):
        raise CannotRun(f"the database is of a later version ({found}): install that version, or restore a backup")
    if found != newest_revision():
        state = f"stands at {found}" if found else "has no tables"
        raise CannotRun(f"the database {state}, this version needs {newest_revision()}: flask --app wsgi db upgrade")


def newest_revision() -> str:
    """What the tables of this version are called."""
    return max(path.name for path in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


def is_known(revision: str) -> bool:
    """Whether this version has that migration."""
    return revision.isalnum() and any(MIGRATIONS.glob(f"versions/{revision}_*.py"))


def _unavailable(error: SQLAlchemyError) -> str:
    if getattr(getattr(error, "orig", None), "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
        return "the database does not let this role do that: DATABASE_ADMIN_URL names the role that may"
    return f"the database is unavailable: {type(error).__name__}"


migrations = AppGroup("db", help="Create and change the tables.")


def init_database(app: Flask) -> None:
    """Open the pool, teach SQLite durability and short write locks, and add the `db` commands."""
    _make_place(app.extensions["procurations"])
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    app.cli.add_command(migrations)


def _make_place(config: Config) -> None:
    """The directory of an SQLite file, in the demonstration or by default; elsewhere it may be a mistyped one."""
    url = make_url(config.database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    place = Path(url.database).parent
    if not (config.demo or place == INSTANCE):
        return
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError("DATABASE_URL: the directory of this file cannot be made") from error


def prepare(engine: Engine) -> Engine:
    """Keep the values out of PostgreSQL's messages; give SQLite durability and the following discipline.

    A transaction that read first and then writes fails at once with SQLITE_BUSY_SNAPSHOT when somebody else wrote
    in between, whatever the time-out. So the driver's own transactions are off, a read is a transaction by itself,
    and the first statement that writes, or reads in order to (models.base.locking), takes the lock before it looks.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "before_cursor_execute", _lock_before_first_write)
    else:
        event.listen(engine, "handle_error", _forget_values)
    return engine


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _lock_before_first_write(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    driver = connection.connection.dbapi_connection
    needs_lock = statement.lstrip().upper().startswith(WRITES) or context.execution_options.get("takes_write_lock")
    if needs_lock and not driver.in_transaction:
        _take_the_lock(driver)


def _take_the_lock(driver: Any) -> None:
    """Look for the lock every few milliseconds: SQLite's own waiting soon looks ten times a second only.

    Raises sqlite3.OperationalError when it was not free once in BUSY_TIMEOUT_MS.
    """
    last = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver.execute(f"PRAGMA busy_timeout={LOOK_AGAIN_MS}")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                    raise
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _forget_values(context: ExceptionContext) -> None:
    """Keep the sentence that names the broken constraint; what follows it quotes the refused row, a person's."""
    driver_error, error = context.original_exception, context.sqlalchemy_exception
    diagnostic = getattr(driver_error, "diag", None)
    if error is None or diagnostic is None or not diagnostic.message_primary:
        return
    error.args = (error.args[0].replace(str(driver_error), diagnostic.message_primary), *error.args[1:])
    driver_error.args = (diagnostic.message_primary,)


@migrations.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION (the newest by default)."""
    migrate("upgrade", revision)


@migrations.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION."""
    migrate("downgrade", revision)


@migrations.command("revision")
@click.argument("number")
@click.option("-m", "--message", required=True)
def revision(number: str, message: str) -> None:
    """Write migration NUMBER (four digits) from the difference between the models and the database."""
    migrate("revision", message=message, autogenerate=True, rev_id=number)


def administrators_engine() -> Engine:
    """An engine with the rights of DATABASE_ADMIN_URL, or of the application where there is no other role."""
    url = current_app.config["DATABASE_ADMIN_URL"] or current_app.config["SQLALCHEMY_DATABASE_URI"]
    return prepare(create_engine(url, hide_parameters=True))


def limit_the_application(engine: Engine) -> None:
    """Let the application's role read the journal and add to it, and no more: on PostgreSQL, where it is another."""
    role = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username
    if engine.dialect.name != "postgresql" or role is None or role == engine.url.username:
        return
    quoted = engine.dialect.identifier_preparer.quote(role)
    with engine.begin() as connection:
        for table, rights in JOURNAL_RIGHTS.items():
            if inspect(connection).has_table(table):
                connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {quoted}")
                connection.exec_driver_sql(f"GRANT {rights} ON {table} TO {quoted}")


def migrate(command: str, *arguments: Any, **options: Any) -> None:
    """Run an Alembic command with the rights of DATABASE_ADMIN_URL; imported here, web workers never need it.

    Raises CannotRun.
    """
    from alembic import command as commands
    from alembic.config import Config as AlembicConfig
    from alembic.util import CommandError

    for table_module in ("draft", "journey", "entry_check", "left_over", "misses", "register", "statement"):
        import_module(f"models.{table_module}")
    engine = administrators_engine()
    alembic = AlembicConfig()
    alembic.set_main_option("script_location", str(MIGRATIONS))
    alembic.attributes["engine"] = engine
    alembic.attributes["metadata"] = Base.metadata
    alembic.attributes["journal_key"] = current_app.extensions["procurations"].journal_key
    try:
        getattr(commands, command)(alembic, *arguments, **options)
        if command == "upgrade":
            limit_the_application(engine)
    except CommandError as error:
        raise CannotRun(str(error).splitlines()[0]) from error
    except SQLAlchemyError as error:
        raise CannotRun(_unavailable(error)) from error
    finally:
        engine.dispose()
