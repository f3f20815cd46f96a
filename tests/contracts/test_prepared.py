"""What only reads keeps its statements prepared on PostgreSQL; what writes and does not commit leaves nothing."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.config import Config
from app.factory import create_app
from models.base import db
from models.territory import Commune
from tests.builders import LAON, SOISSONS

OFTEN = 16
"""The driver prepares what it has sent five times, and PostgreSQL plans it for good after five more."""
PROBE = text("SELECT name FROM probe")
PLANS = text("select generic_plans from pg_prepared_statements where statement like '%FROM commune%'")


def reads() -> str:
    return str(db.session.scalars(select(Commune.name).where(Commune.code == LAON)).one())


def reads_by_two_connections() -> str:
    with db.engine.connect() as other:
        return str(db.session.scalar(PROBE)) + str(other.scalar(PROBE))


def writes() -> str:
    name = reads()
    db.session.execute(update(Commune).where(Commune.code == LAON).values(name="Écrite"))
    return name


def writes_and_reads_elsewhere() -> str:
    writes()
    with db.engine.connect() as other:
        return str(other.scalar(select(Commune.name).where(Commune.code == SOISSONS)))


def holds() -> str:
    with db.session.no_autoflush:
        db.session.get_one(Commune, LAON).name = "Tenue"
        return reads()


def fails() -> str:
    writes()
    raise RuntimeError


def is_left_by_its_database() -> str:
    own = db.session.scalar(text("SELECT pg_backend_pid()"))
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
    return "drawn"


def loses_its_database() -> str:
    is_left_by_its_database()
    return reads()


UNTIDY = (writes, writes_and_reads_elsewhere, holds, fails)
PAGES = (reads, reads_by_two_connections, *UNTIDY, is_left_by_its_database, loses_its_database)


@pytest.fixture
def pages(app: Flask, config: Config) -> Iterator[Flask]:
    """An application of its own over the same tables; each page at its name."""
    application = create_app(config)
    for page in PAGES:
        application.add_url_rule(f"/{page.__name__}", view_func=page)
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_page_that_reads_is_planned_once_and_not_each_time(pages: Flask) -> None:
    for _ in range(OFTEN):
        assert pages.test_client().get("/reads").text == "Laon"
    with pages.app_context():
        assert max(db.session.scalars(PLANS)) > 0


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_page_that_loses_its_database_says_so_and_the_next_one_reads(pages: Flask) -> None:
    lost = pages.test_client().get("/loses_its_database")
    assert (lost.status_code, "a pas marché de notre côté" in lost.text) == (500, True)
    assert pages.test_client().get("/reads").text == "Laon"


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_page_that_is_drawn_is_sent_though_its_database_has_gone(pages: Flask) -> None:
    assert pages.test_client().get("/is_left_by_its_database").text == "drawn"
    assert pages.test_client().get("/reads").text == "Laon"


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_one_page_alone_meets_a_column_that_has_changed_its_type(pages: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("create table probe as select cast('a' as varchar(1)) as name"))
    for _ in range(OFTEN):
        assert pages.test_client().get("/reads_by_two_connections").text == "aa"
    with db.engine.begin() as connection:
        connection.execute(text("alter table probe alter column name type text"))
    met = [pages.test_client().get("/reads_by_two_connections").status_code for _ in range(3)]
    with db.engine.begin() as connection:
        connection.execute(text("drop table probe"))
    assert met == [500, 200, 200]


@pytest.mark.parametrize("page", UNTIDY)
def test_what_a_page_has_not_committed_is_not_kept(pages: Flask, page: Callable[[], str]) -> None:
    pages.test_client().get(f"/{page.__name__}")
    assert db.session.scalar(select(Commune.name).where(Commune.code == LAON)) == "Laon"
