"""The link of an invitation: it serves once, for a week, and opens nothing else (T19)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.config import Config
from app.dates import now
from models import delegation, invitation
from models.account import Role
from models.base import db
from models.invitation import Invitation
from models.outbox import MailKind, OutboxMail
from tests.back_office.managing import (
    CHOSEN,
    CLERKS,
    TYPED,
    a_manager,
    account,
    choose,
    desk_of,
    invite,
    link,
    page_of,
    post,
)
from tests.back_office.test_accounts import sign_in
from tests.builders import PASSWORD, World
from tests.database import everything
from tests.page import read


def test_a_link_serves_once_and_for_a_week(world: World) -> None:
    manager = a_manager(world)
    invite(desk_of(world, manager))
    visitor, address = world.app.test_client(), link()
    assert choose(visitor, address).status_code == 303
    for answered in (visitor.get(address), choose(visitor, address, "another good password")):
        page = read(answered)
        assert (page.status, page.h1) == (404, "Ce lien ne sert plus")
    assert sign_in(world.app.test_client(), TYPED["email"], CHOSEN).status_code == 303
    invite(desk_of(world, manager), email="b@mairie.test")
    db.session.query(Invitation).update({"expires_at": now() - timedelta(seconds=1)})
    db.session.commit()
    assert read(visitor.get(link())).status == 404


@pytest.mark.parametrize("token", ["x", "a" * 22, "%00", "é"])
def test_an_invented_link_opens_nothing(world: World, token: str) -> None:
    invite(desk_of(world, a_manager(world)))
    assert read(world.app.test_client().get(f"/agents/invitation/{token}")).status == 404


def test_a_password_is_long_typed_twice_and_never_shown_again(world: World) -> None:
    invite(desk_of(world, a_manager(world)))
    visitor, address = world.app.test_client(), link()
    wrong = {"Écrivez 12 caractères au moins": ("court", ""), "deux fois le même mot de passe": (CHOSEN, "autre chose")}
    for sentence, (password, again) in wrong.items():
        answered = choose(visitor, address, password, again)
        page = read(answered)
        assert (page.status, sentence in page.text) == (422, True)
        assert password not in answered.text
    assert choose(visitor, address).status_code == 303


def test_the_database_holds_neither_the_token_nor_what_makes_it_alone(world: World, config: Config) -> None:
    invite(desk_of(world, a_manager(world)))
    token = link().rpartition("/")[2]
    assert token not in str(everything())
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.INVITATION)).one()
    assert invitation.token_of(mail.facts["nonce"], config.secret_key.encode()) == token
    assert invitation.token_of(mail.facts["nonce"], b"another key") != token


def test_before_a_password_is_chosen_nobody_signs_in(world: World) -> None:
    invite(desk_of(world, a_manager(world)))
    for password in ("", PASSWORD, CHOSEN):
        assert sign_in(world.app.test_client(), TYPED["email"], password).status_code == 422


def test_another_link_replaces_the_first(world: World) -> None:
    desk = desk_of(world, a_manager(world))
    invite(desk)
    first, clerk = link(), account()
    form = page_of(desk, clerk).form(f"{CLERKS}resend/")
    assert desk.client.post(f"{CLERKS}resend/", data=form).status_code == 303
    visitor = world.app.test_client()
    over = read(visitor.get(first))
    assert (over.status, "seul le lien du dernier message sert" in over.text) == (404, True)
    second = link()
    assert choose(visitor, second).status_code == 303
    answered = desk.client.post(f"{CLERKS}resend/", data=form, follow_redirects=True)
    assert "n'est plus possible" in read(answered).text


def test_a_removed_invitation_opens_nothing(world: World) -> None:
    desk = desk_of(world, a_manager(world))
    invite(desk)
    address = link()
    post(desk, account(), "remove", confirmed="yes")
    assert world.app.test_client().get(address).status_code == 404


def test_the_link_of_an_account_that_was_suspended_opens_nothing(world: World) -> None:
    invite(desk_of(world, a_manager(world)))
    address = link()
    delegation.suspend(account(), manager=world.an_account(Role.MINISTRY), now=now())
    db.session.commit()
    assert world.app.test_client().get(address).status_code == 404
