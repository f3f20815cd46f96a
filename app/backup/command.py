"""`backup FILE` and `restore FILE`: a copy of one instant while everybody works, and its way back, all or nothing.

Exit 0: done. 1: refused, and nothing was changed. 2: could not run.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from app.backup import postgresql, sqlite
from app.database import CannotRun, is_known, newest_revision, prepare, reason

OWNER_ONLY = 0o600
KINDS = {"sqlite": sqlite, "postgresql": postgresql}
CUT = "{} is no backup of this service, or was cut or damaged. Nothing was changed: take another copy of it."


def init_backup(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write the database as it is now to FILE, which must not exist; whoever works goes on working."""
    url, kind = _database()
    if file.exists():
        raise click.ClickException(f"{file} exists already: nothing was written. Give another name.")
    _ask(url, "SELECT version_num FROM alembic_version")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.absolute().parent) as directory:
            written = Path(directory) / "whole"
            kind.write(url, written)
            if kind.fault(written):
                raise CannotRun("the copy could not be read back: nothing was kept. Verify the database, then its disk")
            revision = kind.revision(written)
            _keep(written, file)
    except OSError as error:
        raise CannotRun(f"nothing was kept: {error.strerror}") from error
    click.echo(f"{file}: {file.stat().st_size} bytes, tables of {revision}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--replace", is_flag=True, help="Drop what the database holds now.")
@with_appcontext
def restore(file: Path, replace: bool) -> None:
    """Put what FILE holds into the database, which must be empty; `--replace` drops first what it holds."""
    url, kind = _database()
    revision = _checked(file, kind)
    if not replace and not _is_empty(url):
        raise click.ClickException(
            "the database is not empty: nothing was changed. To lose what it holds, add --replace"
        )
    kind.restore(url, file)
    procurations = _ask(url, "SELECT count(*) FROM procuration")
    entries = _ask(url, "SELECT count(*) FROM journal_entry")
    click.echo(f"restored: {procurations} procurations, {entries} journal entries, tables of {revision}")
    if revision != newest_revision():
        click.echo("These tables are of an earlier version: flask --app wsgi db upgrade")


def _database() -> tuple[URL, ModuleType]:
    """Where it is, with the rights of DATABASE_ADMIN_URL when there is one; and how that kind is copied."""
    url = make_url(current_app.config["DATABASE_ADMIN_URL"] or current_app.config["SQLALCHEMY_DATABASE_URI"])
    return url, KINDS[url.get_backend_name()]


def _checked(file: Path, kind: ModuleType) -> str:
    """The revision of the file's tables. Raises ClickException for what is no whole backup that this version knows."""
    with file.open("rb") as opened:
        start = opened.read(16)
    other = next((name for name, one in KINDS.items() if start.startswith(one.MAGIC) and one is not kind), None)
    if other:
        raise click.ClickException(f"{file} is a backup of another kind of database, {other}. Nothing was changed.")
    if not start.startswith(kind.MAGIC) or kind.fault(file):
        raise click.ClickException(CUT.format(file))
    revision = kind.revision(file)
    if not revision:
        raise click.ClickException(CUT.format(file))
    if not is_known(revision):
        raise click.ClickException(f"{file} is of a later version, whose tables are {revision}. Nothing was changed.")
    return str(revision)


def _is_empty(url: URL) -> bool:
    """Whether no table is there; those that the demonstration makes at each start are not counted."""
    with _opened(url) as connection:
        return all(name.startswith("demo_") for name in inspect(connection).get_table_names())


def _ask(url: URL, question: str) -> Any:
    """The one value that answers. Raises CannotRun, also where there are no tables."""
    with _opened(url) as connection:
        return connection.scalar(text(question))


@contextmanager
def _opened(url: URL) -> Iterator[Connection]:
    engine = prepare(create_engine(url, hide_parameters=True))
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise CannotRun(reason(error)) from error
    finally:
        engine.dispose()


def _keep(written: Path, file: Path) -> None:
    """On the disk before it has its name, readable by its owner only; what took the name meanwhile stays."""
    written.chmod(OWNER_ONLY)
    for path in (written, written.parent.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            if path is written:
                os.link(written, file)
        finally:
            os.close(descriptor)
