"""Silence about persons: in the log, on error pages, in the session."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.config import Config
from models.base import db
from models.errors import Reason
from models.outbox import OutboxMail
from models.procuration import Procuration
from tests.back_office.desks import Desk, counter, town_hall
from tests.builders import PASSWORD, Visitor, World, a_config, csrf_token
from tests.web.journeys import answers, file_a_demande

MakeApp = Callable[[Config], Flask]


PERSONAL = (
    "HAUTPOUL",
    "Éloïse",
    "1951-02-28",
    "28/02/1951",
    "Aubigné",
    "Gwenaëlle",
    "eloise@",
    "agents.test",
    PASSWORD,
)


def test_a_whole_walk_leaves_no_person_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    elector = world.as_elector()
    reference = file_a_demande(elector, answers(world))
    elector.get("/mes-procurations")
    elector.get(f"/demande/{reference}")
    world.as_elector().get(f"/demande/{reference}")
    desk, hall = counter(world), town_hall(world)
    desk.get(f"?reference={reference}")
    desk.client.post("/admin/officer/action/", data={"action": "validate", "rowid": reference})
    desk.act("validate", reference)
    desk.act("validate", reference)
    key = db.session.query(Procuration.id).scalar()
    hall.get(f"details/?id={key}")
    hall.act("invalidate", key, reason=Reason.PLAFOND, note="D'HAUTPOUL n'est pas sur la liste")
    hall.act("validate", key)
    client = world.app.test_client()
    token = csrf_token(client.get("/agents/connexion").text)
    client.post("/agents/connexion", data={"email": "x@agents.test", "password": PASSWORD, "csrf_token": token})
    world.app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    assert db.session.query(OutboxMail).count() >= 3
    for datum in (*PERSONAL, reference):
        assert datum not in caplog.text, datum


@pytest.fixture
def failing(world: World, another_app: MakeApp) -> Desk:
    """The application with pages that fail while they hold a person."""
    app = another_app(a_config(database_url=world.app.config["SQLALCHEMY_DATABASE_URI"]))
    app.test_client_class = Visitor

    def duplicate() -> str:
        first = db.session.query(Procuration).one()
        columns = {c.name: v for c, v in zip(Procuration.__table__.columns, _values(first.id), strict=True)}
        db.session.execute(Procuration.__table__.insert().values(columns | {"id": first.id + 1}))
        return "never"

    def impossible() -> str:
        db.session.execute(Procuration.__table__.update().values(status=PERSONAL[0], mandant_sex="X"))
        return "never"

    app.add_url_rule("/en-double", view_func=duplicate)
    app.add_url_rule("/impossible", view_func=impossible)
    return Desk(app.test_client(), "/")


def _values(key: int) -> tuple[object, ...]:
    row = db.session.execute(Procuration.__table__.select().where(Procuration.id == key)).one()
    return tuple(row)


@pytest.mark.parametrize("address", ["en-double", "impossible"])
def test_a_database_error_tells_no_person_to_the_page_or_the_log(
    world: World, failing: Desk, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    demande = world.submitted()
    answer = failing.get(address)
    assert answer.status_code == 500
    assert "unforeseen error" in caplog.text
    for datum in (*PERSONAL, demande.reference):
        assert datum not in answer.text, datum
        assert datum not in caplog.text, datum


def test_error_pages_name_nobody(world: World) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    clerk = world.as_agent(world.a_clerk())
    for answer in (
        world.as_elector().get(f"/demande/{demande.reference}"),
        clerk.get(f"/admin/town-hall/details/?id={demande.id}"),
        clerk.get(f"/admin/officer/?reference={demande.reference}"),
        clerk.post("/admin/town-hall/action/", data={"rowid": demande.id}),
        counter(world).get(f"/nulle-part/{demande.reference}"),
    ):
        assert answer.status_code >= 400
        for datum in (*PERSONAL, demande.reference):
            assert datum not in answer.text, datum


def test_a_session_holds_no_more_than_it_must(world: World) -> None:
    """The cookie is signed, not secret: an agent's holds a token, never an address."""
    client = world.as_agent(world.an_officer())
    with client.session_transaction("/admin/") as session:
        assert set(session) <= {"_user_id", "_id", "_fresh", "_permanent", "csrf_token", "_flashes"}
        assert re.fullmatch(r"[-\w]{43}", session["_user_id"])
