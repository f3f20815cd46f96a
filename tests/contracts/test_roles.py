"""PostgreSQL's two roles, as deploy/ makes them: the application does its work, and cannot touch what is written."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from app.config import PROJECT
from app.dates import now
from app.factory import create_app
from models import journey
from models.base import db
from models.procuration import Status
from tests.builders import World
from tests.contracts.programs import with_postgresqls_programs
from tests.web.real_service import a_real_service

DEPLOY = PROJECT / "deploy"


def run_sql(url: str, file: Path) -> None:
    """As an operator does."""
    where = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={where}", f"--file={file}"]
    done = subprocess.run(command, env=with_postgresqls_programs(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def installed(postgresql: str) -> Iterator[Flask]:
    """The application under its own role, its tables made by the owner's."""
    run_sql(postgresql, DEPLOY / "postgresql.sql")
    url = make_url(postgresql).set(database="procurations", password=None)
    owner, own = (url.set(username=name).render_as_string() for name in ("procurations_owner", "procurations_app"))
    app = create_app(replace(a_real_service(own), database_admin_url=owner))
    with app.app_context():
        for command in (["db", "upgrade"], ["load-communes"]):
            done = app.test_cli_runner().invoke(args=command)
            assert done.exit_code == 0, done.output
        yield app
        db.session.remove()
        db.engine.dispose()
    server = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE procurations WITH (FORCE)"))
        connection.execute(text("DROP ROLE procurations_app"))
        connection.execute(text("DROP ROLE procurations_owner"))
    server.dispose()


def test_the_application_works_under_its_role_and_cannot_change_the_journal(installed: Flask) -> None:
    world = World(installed)
    procuration = world.established()
    journey.validate(procuration, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    assert procuration.status is Status.VALIDATED
    db.session.rollback()
    for command in ("close-scrutins", "purge", "verify-journal"):
        done = installed.test_cli_runner().invoke(args=[command])
        assert done.exit_code == 0, done.output
    for statement in (
        "UPDATE journal_entry SET detail = 'changed'",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry",
        "DROP TABLE journal_entry",
        "ALTER TABLE procuration ADD COLUMN more text",
        "CREATE TABLE mine (a int)",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_tables_changed_under_the_applications_role_say_whose_work_it_is(installed: Flask) -> None:
    own = installed.extensions["procurations"].database_url
    without_the_owner = create_app(replace(a_real_service(own), database_admin_url=own))
    with without_the_owner.app_context():
        done = without_the_owner.test_cli_runner().invoke(args=["db", "downgrade", "0038"])
    assert done.exit_code == 2
    assert done.output == (
        "Error: the database does not let this role do that: DATABASE_ADMIN_URL names the role that may\n"
    )
    done = installed.test_cli_runner().invoke(args=["verify-journal"])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("setting", "value"),
    [("log_error_verbosity", "terse"), ("log_parameter_max_length", "0"), ("log_parameter_max_length_on_error", "0")],
)
def test_the_servers_log_quotes_no_row_and_no_value(installed: Flask, setting: str, value: str) -> None:
    assert db.session.scalar(text(f"SHOW {setting}")) == value
