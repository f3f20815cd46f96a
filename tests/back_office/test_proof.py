"""Acts that could harm many are done by who has just shown to be there; everyday acts ask for nothing."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.dates import now
from models.account import Account, Role
from models.agent_session import PROVED_FOR, AgentSession
from models.base import db
from models.journal import Action
from models.procuration import Status
from models.recovery_code import RecoveryCode
from models.sign_in_limit import BY_PAIR
from tests.back_office.desks import counter, entries, journaled, status_of, town_hall
from tests.back_office.factors import CODES, ENROL, enrolled, signed_in
from tests.back_office.managing import CLERKS, TYPED, a_manager, account
from tests.builders import LAON, PASSWORD, World, csrf_token
from tests.database import everything
from tests.page import Page, read

KEYS = (bytes(range(32, 64)),)
ASKED = "Confirmez que c'est vous"
RESPONSIBLE, MINISTRY, MANAGER, OFFICER = "responsible", "ministry", "manager", "officer"
ACTS = {
    "/admin/clerks/": MANAGER,
    "/admin/clerks/one/": MANAGER,
    "/admin/clerks/remove/": MANAGER,
    "/admin/clerks/resend/": MANAGER,
    "/admin/clerks/factor/": MANAGER,
    "/admin/habilitations/": RESPONSIBLE,
    "/admin/habilitations/agent/": RESPONSIBLE,
    "/admin/habilitations/resend/": RESPONSIBLE,
    "/admin/habilitations/remove/": MINISTRY,
    "/admin/habilitations/end/": RESPONSIBLE,
    "/admin/habilitations/factor/": MINISTRY,
    "/admin/habilitations/suspend/": RESPONSIBLE,
    "/admin/habilitations/restore/": MINISTRY,
    "/admin/managers/new/": MINISTRY,
    "/admin/managers/resend/": MINISTRY,
    "/admin/managers/remove/": MINISTRY,
    "/admin/managers/factor/": MINISTRY,
    "/admin/managers/suspend/": MINISTRY,
    "/admin/managers/restore/": MINISTRY,
    "/admin/supervision/nouvelle/": MINISTRY,
    "/admin/supervision/corriger/": MINISTRY,
    "/admin/special-register/export/": OFFICER,
    "/admin/town-hall/export/": MANAGER,
    ENROL: OFFICER,
    f"{ENROL}/retirer": OFFICER,
    CODES: OFFICER,
    "/agents/compte/cles": OFFICER,
    "/agents/compte/cles/retirer": OFFICER,
}
"""Each act that asks, and who does it."""


def a_while_ago(by: timedelta = PROVED_FOR + timedelta(seconds=1)) -> None:
    """As if every session had been proved that much earlier."""
    db.session.rollback()
    for one in db.session.scalars(select(AgentSession)):
        one.proved_at -= by
    db.session.commit()


def who(world: World, kind: str) -> Account:
    return {
        MANAGER: lambda: a_manager(world),
        RESPONSIBLE: lambda: world.an_officer(manages_station=True),
        MINISTRY: lambda: world.an_account(Role.MINISTRY),
        OFFICER: world.an_officer,
    }[kind]()


def invitation(client: FlaskClient) -> dict[str, str]:
    """What the manager's form sends."""
    return read(client.get(CLERKS)).form(CLERKS) | TYPED


def late(client: FlaskClient) -> Page:
    """An invitation sent too long after the sign-in: the page that asks."""
    typed = invitation(client)
    a_while_ago()
    page = read(client.post(CLERKS, data=typed))
    assert (page.status, ASKED in page.text) == (200, True)
    return page


def answer(client: FlaskClient, page: Page, proof: str) -> TestResponse:
    return client.post(CLERKS, data=page.form(CLERKS) | {"proof": proof})


@pytest.mark.parametrize("address", ACTS)
def test_each_of_these_acts_asks_who_is_there_and_does_nothing_before(world: World, address: str) -> None:
    client = world.as_agent(who(world, ACTS[address]))
    token = {"csrf_token": csrf_token(client.get("/agents/compte").text)}
    a_while_ago()
    before = everything()
    page = read(client.post(address, data=token | {"id": "1", "note": "kept"}))
    assert (page.status, ASKED in page.text) == (200, True)
    carried = page.form(address)
    assert (carried["id"], carried["note"], carried["proof"]) == ("1", "kept", "")
    assert everything() == before


def test_everyday_acts_ask_for_nothing(world: World) -> None:
    demande = world.submitted()
    officer, clerk = counter(world), town_hall(world)
    a_while_ago()
    assert officer.act("validate", demande.reference).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert clerk.act("validate", demande.id, note="vu").status_code == 303
    assert status_of(demande) is Status.VALIDATED


def test_a_sign_in_is_a_proof_for_ten_minutes(world: World) -> None:
    client = world.as_agent(a_manager(world))
    typed = invitation(client)
    a_while_ago(PROVED_FOR - timedelta(seconds=30))
    assert client.post(CLERKS, data=typed).status_code == 303
    assert account().name == TYPED["name"]


def test_the_answer_does_the_act_with_what_was_typed_and_serves_for_ten_minutes(world: World) -> None:
    client = world.as_agent(a_manager(world))
    done = answer(client, late(client), PASSWORD)
    assert (done.status_code, done.location) == (303, CLERKS)
    assert account().name == TYPED["name"]
    assert client.post(CLERKS, data=invitation(client) | {"email": "ida@mairie.test"}).status_code == 303
    assert account("ida@mairie.test").communes


def test_repeated_fields_the_query_and_lines_are_carried(world: World) -> None:
    client = world.as_agent(a_manager(world))
    token = csrf_token(client.get(CLERKS).text)
    a_while_ago()
    given = {"csrf_token": token, "communes": [LAON, "02722"], "note": "une ligne\r\nune autre", "proof": ""}
    page = read(client.post(f"{CLERKS}?from=<here>&x=1", data={k: v for k, v in given.items() if k != "proof"}))
    (form,) = [one for one in page.all("form") if (one.get("action") or "").startswith(CLERKS)]
    assert form.get("action") == f"{CLERKS}?from=<here>&x=1"
    carried = page.form(CLERKS)
    assert carried["communes"] == given["communes"]
    assert [line.strip() for line in carried["note"].splitlines()] == ["une ligne", "une autre"]


@pytest.mark.parametrize("proof", ["", "wrong", "000000", "abcde-fghjk"])
def test_a_wrong_answer_does_nothing_keeps_what_was_typed_and_is_written_down(world: World, proof: str) -> None:
    manager = a_manager(world)
    client = world.as_agent(manager)
    page = read(answer(client, late(client), proof))
    assert (page.status, len(page.errors)) == (422, 1)
    assert page.form(CLERKS)["email"] == TYPED["email"]
    assert page.form(CLERKS)["proof"] == ""
    assert not db.session.scalars(select(Account).where(Account.email == TYPED["email"])).all()
    if proof:
        last = entries()[-1]
        assert (last.action, last.account_id, last.detail) == (Action.DENIED, manager.id, "not proved")
    assert answer(client, page, PASSWORD).status_code == 303


def test_the_code_of_the_application_is_an_answer_once_and_a_recovery_code_is_none(world: World) -> None:
    manager = a_manager(world)
    application, codes = enrolled(manager, KEYS)
    client = signed_in(world.app, manager, codes[0])
    page, code = late(client), application.code()
    assert answer(client, page, codes[1]).status_code == 422
    assert answer(client, page, code).status_code == 303
    assert len(db.session.scalars(select(RecoveryCode)).all()) == len(codes) - 1
    assert answer(client, late(client), code).status_code == 422


def test_who_guesses_waits(world: World) -> None:
    client = world.as_agent(a_manager(world))
    page = late(client)
    assert [answer(client, page, "wrong").status_code for _ in range(BY_PAIR)] == [422] * BY_PAIR
    refused = answer(client, page, PASSWORD)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)
    assert Action.CLERK_INVITED not in journaled()


def test_one_session_proves_for_itself_only(world: World) -> None:
    manager = a_manager(world)
    here, there = world.as_agent(manager), world.as_agent(manager)
    answer(here, late(here), PASSWORD)
    assert ASKED in there.post(CLERKS, data=invitation(there)).text


def test_what_was_not_asked_for_in_time_is_still_refused_to_who_may_not(world: World) -> None:
    """The proof is no way in: the desk is closed to others, and its rows, whatever they answer."""
    client = world.as_agent(world.a_clerk())
    token = csrf_token(client.get("/agents/compte").text)
    a_while_ago()
    assert client.post(CLERKS, data={"csrf_token": token, "proof": PASSWORD} | TYPED).status_code == 403


def test_a_session_is_fresh_at_its_sign_in(world: World) -> None:
    world.as_agent(world.a_clerk())
    opened = db.session.scalars(select(AgentSession)).one()
    assert opened.is_proved(now())
    assert not opened.is_proved(now() + PROVED_FOR + timedelta(seconds=1))
