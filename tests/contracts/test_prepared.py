"""What only reads keeps its statements prepared on PostgreSQL; what writes and does not commit leaves nothing."""

from collections.abc import Iterator

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
PLANS = text("select generic_plans from pg_prepared_statements where statement like '%FROM commune%'")


@pytest.fixture
def pages(app: Flask, config: Config) -> Iterator[Flask]:
    """Pages that end as no page of ours should."""
    application = create_app(config)

    @application.get("/reads")
    def reads() -> str:
        return str(db.session.scalars(select(Commune.name).where(Commune.code == LAON)).one())

    @application.get("/writes")
    def writes() -> str:
        name = reads()
        db.session.execute(update(Commune).where(Commune.code == LAON).values(name="Écrite"))
        return name

    @application.get("/writes-and-reads-elsewhere")
    def writes_and_reads_elsewhere() -> str:
        writes()
        with db.engine.connect() as other:
            return str(other.scalar(select(Commune.name).where(Commune.code == SOISSONS)))

    @application.get("/holds")
    def holds() -> str:
        with db.session.no_autoflush:
            db.session.get_one(Commune, LAON).name = "Tenue"
            return reads()

    @application.get("/fails")
    def fails() -> str:
        writes()
        raise RuntimeError

    @application.get("/loses-its-database")
    def loses_its_database() -> str:
        own = db.session.scalar(text("select pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("select pg_terminate_backend(:own, 5000)"), {"own": own})
        return reads()

    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_page_that_reads_is_planned_once_and_not_each_time(pages: Flask) -> None:
    for _ in range(OFTEN):
        assert pages.test_client().get("/reads").text == "Laon"
    assert max(db.session.scalars(PLANS)) > 0


@pytest.mark.parametrize("config", ["postgresql"], indirect=True)
def test_a_page_that_loses_its_database_says_so_and_the_next_one_reads(pages: Flask) -> None:
    lost = pages.test_client().get("/loses-its-database")
    assert (lost.status_code, "a pas marché de notre côté" in lost.text) == (500, True)
    db.session.remove()
    assert pages.test_client().get("/reads").text == "Laon"


@pytest.mark.parametrize("address", ["/writes", "/writes-and-reads-elsewhere", "/holds", "/fails"])
def test_what_a_page_has_not_committed_is_not_kept(pages: Flask, address: str) -> None:
    pages.test_client().get(address)
    db.session.rollback()
    assert db.session.scalar(select(Commune.name).where(Commune.code == LAON)) == "Laon"
