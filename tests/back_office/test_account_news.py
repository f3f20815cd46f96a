"""An agent is told by mail of each change of what opens the account: no thief stays unseen (ASVS 6.3.7)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.dates import now
from app.message import render
from models import account_news, agent_identity, delegation, second_factor
from models.account import Account, Role
from models.account_news import Change
from models.agent_session import AgentSession
from models.base import db
from models.errors import NotAllowed
from models.outbox import MailKind, OutboxMail
from tests.back_office.factors import CODES, ENROL, confirm, enrol_page, enrolled, secret_on
from tests.back_office.managing import CHOSEN, TYPED, a_manager, choose, desk_of, invite, link
from tests.back_office.test_own_account import NEW, change_password
from tests.builders import World
from tests.mail.outbox import claim_all
from tests.page import read

KEYS = (bytes(range(32, 64)),)


def told() -> list[tuple[str, str]]:
    """Of what, and to whom, in order."""
    db.session.rollback()
    kept = select(OutboxMail.facts).where(OutboxMail.kind == MailKind.ACCOUNT_CHANGED).order_by(OutboxMail.id)
    return [(facts["change"], facts["to"]) for facts in db.session.scalars(kept)]


def of(account: Account, *changes: Change) -> list[tuple[str, str]]:
    return [(change, account.email) for change in changes]


def test_another_password_is_told_and_a_refused_one_is_not(world: World) -> None:
    clerk = world.a_clerk()
    client = world.as_agent(clerk)
    assert change_password(client, present="wrong").status_code == 422
    assert told() == []
    assert change_password(client).status_code == 303
    assert told() == of(clerk, Change.PASSWORD_CHANGED)
    (mail,) = claim_all()
    words = render(mail).body or ""
    assert "Le mot de passe de votre compte a été changé" in words
    assert "/agents/compte" in words
    assert NEW not in words


def test_an_application_that_comes_and_goes_and_other_codes_are_told(world: World) -> None:
    clerk = world.a_clerk()
    client = world.as_agent(clerk)
    page = enrol_page(client)
    application = secret_on(page)
    confirm(client, page, application.wrong())
    assert told() == []
    confirm(client, page, application.code())
    client.get(CODES)
    client.post(CODES, data=read(client.get(CODES)).form(CODES))
    client.post(f"{ENROL}/retirer", data=read(client.get("/agents/compte")).form(f"{ENROL}/retirer"))
    assert told() == of(clerk, Change.APPLICATION_ADDED, Change.CODES_RENEWED, Change.APPLICATION_REMOVED)
    assert application.secret not in str([mail.facts for mail in claim_all()])


def test_whose_factor_a_manager_or_the_operator_forgets_hears_of_it(world: World) -> None:
    manager, clerk = a_manager(world), world.a_clerk()
    enrolled(clerk, KEYS)
    delegation.reset_factor(clerk, manager=manager, now=now())
    db.session.commit()
    enrolled(clerk, KEYS)
    assert world.app.test_cli_runner().invoke(args=["reset-second-factor", clerk.email]).exit_code == 0
    assert told() == of(clerk, *[Change.APPLICATION_ADDED, Change.FACTORS_FORGOTTEN] * 2)


def test_who_was_invited_hears_that_the_link_has_served(world: World) -> None:
    """Whoever opened the mail before its owner does not go unseen."""
    invite(desk_of(world, a_manager(world)))
    choose(world.app.test_client(), link())
    assert told() == [(Change.PASSWORD_CHOSEN, TYPED["email"])]
    assert CHOSEN not in str([mail.facts for mail in claim_all()])


def test_an_identity_that_is_tied_and_untied_is_told_in_the_acts_transaction(world: World) -> None:
    clerk = world.a_clerk()
    agent_identity.link(clerk, "https://pc.test", "a subject", now=now())
    db.session.rollback()
    assert told() == []
    agent_identity.link(clerk, "https://pc.test", "a subject", now=now())
    agent_identity.unlink(clerk, now=now())
    db.session.commit()
    assert told() == of(clerk, Change.IDENTITY_LINKED, Change.IDENTITY_UNLINKED)
    assert "a subject" not in str([mail.facts for mail in claim_all()])


def test_the_hour_is_that_of_the_desk(world: World) -> None:
    at = datetime(2020, 12, 31, 21, 5, tzinfo=UTC)
    for account in (world.a_clerk("97411"), world.an_account(Role.AUDITOR)):
        account_news.tell(Change.CODES_RENEWED, account, now=at)
    db.session.commit()
    words = [(render(mail).body or "").replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ") for mail in claim_all()]
    assert "le vendredi 1er janvier 2021 à 1 h 05" in words[0]
    assert "le jeudi 31 décembre 2020 à 22 h 05" in words[1]


def test_codes_that_could_not_be_renewed_are_not_told(world: World) -> None:
    clerk = world.a_clerk()
    world.as_agent(clerk)
    opened = db.session.scalars(select(AgentSession)).one()
    with pytest.raises(NotAllowed):
        second_factor.renew_codes(opened, keys=KEYS, now=now())
    db.session.rollback()
    assert told() == []
