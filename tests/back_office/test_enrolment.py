"""An agent sets up the second factor by a first code: its key is of that one page, and nobody reads it in clear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models import agent_session, second_factor, totp
from models.account import Account, Role
from models.agent_session import AgentSession
from models.base import db
from models.errors import NotAllowed, Unknown
from models.journal import Action
from models.recovery_code import RecoveryCode
from models.totp import DRAFT_LASTS, Totp
from tests.back_office.desks import journaled
from tests.back_office.factors import (
    CODES,
    ENROL,
    SIGN_IN,
    Application,
    confirm,
    enrol_page,
    enrolled,
    is_in,
    secret_on,
)
from tests.builders import World
from tests.database import everything, two_meet
from tests.page import read

KEYS = (bytes(range(32, 64)),)


def makers(world: World) -> dict[Role, Account]:
    return {Role.OFFICER: world.an_officer(), Role.TOWN_HALL: world.a_clerk()} | {
        role: world.an_account(role) for role in (Role.MINISTRY, Role.AUDITOR)
    }


@pytest.mark.parametrize("role", Role)
def test_who_has_none_reaches_nothing_else_until_it_is_set_up(strict: World, role: Role) -> None:
    client = strict.as_agent(makers(strict)[role])
    for address in ("/admin/", "/admin/officer/", "/admin/town-hall/", "/agents/compte", CODES, SIGN_IN):
        answer = client.get(address)
        assert (answer.status_code, answer.location) == (302, ENROL), address
    page = enrol_page(client)
    assert "Elle est obligatoire" in page.text
    for address in ("/admin/officer/action/", "/agents/compte/sessions", "/admin/town-hall/action/"):
        answer = client.post(address, data={"csrf_token": page.form(ENROL)["csrf_token"]})
        assert (answer.status_code, answer.location) == (302, ENROL), address
    done = confirm(client, page, secret_on(page).code())
    assert (done.status_code, done.location) == (303, CODES)
    assert client.get("/admin/").location != ENROL
    assert client.get("/admin/", follow_redirects=True).status_code == 200


def test_who_has_none_may_still_sign_out(strict: World) -> None:
    client = strict.as_agent(strict.a_clerk())
    page = enrol_page(client)
    assert client.post("/agents/deconnexion", data=page.form("/agents/deconnexion")).location == SIGN_IN


def test_the_demonstration_does_without_and_lets_one_try(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    assert client.get("/admin/", follow_redirects=True).status_code == 200
    own = read(client.get("/agents/compte"))
    assert "Dans la démonstration, elle n'est pas exigée" in own.text
    page = enrol_page(client)
    assert confirm(client, page, secret_on(page).code()).status_code == 303
    own = read(client.get("/agents/compte"))
    removed = client.post(f"{ENROL}/retirer", data=own.form(f"{ENROL}/retirer"))
    assert (removed.status_code, is_in(client)) == (303, True)
    assert db.session.scalars(select(Totp)).all() == db.session.scalars(select(RecoveryCode)).all() == []


def test_where_it_is_demanded_nobody_removes_it(strict: World) -> None:
    client = strict.as_agent(strict.a_clerk())
    page = enrol_page(client)
    confirm(client, page, secret_on(page).code())
    own = read(client.get("/agents/compte"))
    assert "Retirer l'application" not in own.text
    token = {"csrf_token": own.form("/agents/compte/mot-de-passe")["csrf_token"]}
    refused = read(client.post(f"{ENROL}/retirer", data=token))
    assert (refused.status, "Pour cette procuration" in refused.text) == (409, False)
    assert len(db.session.scalars(select(Totp)).all()) == 1


def test_a_wrong_first_code_keeps_the_same_key_on_the_page(world: World) -> None:
    client = world.as_agent(world.a_clerk())
    page = enrol_page(client)
    application = secret_on(page)
    again = read(confirm(client, page, application.wrong()))
    assert (again.status, len(again.errors)) == (422, 1)
    assert secret_on(again) == application
    assert read(confirm(client, again, "")).status == 422
    assert confirm(client, again, f" {application.code()[:3]} {application.code()[3:]} ").status_code == 303


def test_the_secret_is_nowhere_in_clear_and_moves_to_no_other_account(world: World) -> None:
    account, other = world.a_clerk(), world.a_clerk()
    application, codes = enrolled(account, KEYS)
    held = repr(everything())
    assert application.secret not in held
    assert not any(code in held or code.replace("-", "") in held for code in codes)
    sealed = db.session.scalars(select(Totp.sealed_secret)).one()
    db.session.add(Totp(account_id=other.id, sealed_secret=sealed, last_step=0, added_at=now()))
    with pytest.raises(Unknown):
        second_factor.take(other, application.code(), keys=KEYS, now=now())


@pytest.mark.parametrize("what", ["another's", "altered", "too old", "kept", "nothing", "not ascii"])
def test_only_the_key_that_ones_own_page_showed_is_set_up(world: World, what: str) -> None:
    account, other = world.a_clerk(), world.a_clerk()
    draft = totp.draw(account, KEYS, now())
    enrolled(account, KEYS)
    sealed = {
        "another's": totp.draw(other, KEYS, now()).sealed,
        "altered": draft.sealed[:-8] + "AAAAAAA=",
        "too old": totp.draw(account, KEYS, now() - DRAFT_LASTS - timedelta(seconds=2)).sealed,
        "kept": db.session.scalars(select(Totp.sealed_secret)).one(),
        "nothing": "",
        "not ascii": "é" * 40,
    }[what]
    with pytest.raises(Unknown):
        totp.read_draft(sealed, account, KEYS, now())
    assert totp.read_draft(draft.sealed, account, KEYS, now()) == draft


def test_a_page_that_was_too_old_shows_another_key(world: World) -> None:
    account = world.a_clerk()
    client = world.as_agent(account)
    old = totp.draw(account, KEYS, now() - DRAFT_LASTS - timedelta(seconds=2))
    typed = enrol_page(client).form(ENROL) | {"sealed": old.sealed, "code": Application(old.secret).code()}
    answer = client.post(ENROL, data=typed)
    assert (answer.status_code, answer.location) == (303, ENROL)
    assert db.session.scalars(select(Totp)).all() == []


def test_setting_it_up_ends_the_sessions_that_the_password_alone_opened(world: World) -> None:
    clerk = world.a_clerk()
    here, there = world.as_agent(clerk), world.as_agent(clerk)
    page, foreign = enrol_page(here), enrol_page(there)
    assert confirm(here, page, secret_on(page).code()).status_code == 303
    assert (is_in(here), is_in(there)) == (True, False)
    assert confirm(there, foreign, secret_on(foreign).code()).location == SIGN_IN
    assert journaled().count(Action.FACTOR_ADDED) == 1


def test_of_two_who_set_one_up_at_once_one_does(world: World) -> None:
    clerk = world.a_clerk()
    keys = []
    for _ in range(2):
        _, opened = agent_session.begin(clerk, now())
        db.session.commit()
        keys.append(opened.id)

    def set_up(key: int) -> bool:
        with world.app.app_context():
            opened = db.session.get_one(AgentSession, key)
            draft = totp.draw(opened.account, KEYS, now())
            try:
                second_factor.add_application(opened, draft, Application(draft.secret).code(), keys=KEYS, now=now())
            except NotAllowed:
                db.session.rollback()
                return False
            db.session.commit()
            return True

    with two_meet("account"), ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(set_up, keys)) == [False, True]
    db.session.rollback()
    assert len(db.session.scalars(select(AgentSession)).all()) == 1


def test_a_session_of_the_password_alone_opens_nothing_once_there_is_one(strict: World) -> None:
    """Left by a race, or by an installation that demanded none before."""
    clerk = strict.a_clerk()
    client = strict.as_agent(clerk)
    page = enrol_page(client)
    enrolled(clerk, KEYS)
    token, _ = agent_session.begin(clerk, now())
    db.session.commit()
    with client.session_transaction(ENROL) as session:
        session["_user_id"] = token
    assert confirm(client, page, secret_on(page).code()).location == SIGN_IN
    assert not is_in(client)
