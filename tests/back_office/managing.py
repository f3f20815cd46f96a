"""A commune's manager at the desk that says who works there, and the link that arrives by mail."""

import re
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.message import render
from models.account import Account
from models.base import db
from models.outbox import MailKind
from tests.back_office.desks import Desk
from tests.builders import World, csrf_token
from tests.mail.outbox import claim_all
from tests.page import Page

CLERKS = "/admin/clerks/"
KEY = b"tests only"
TYPED = {"name": "Luc PETIT", "email": "luc@mairie.test"}
CHOSEN = "un bon mot de passe"


def a_manager(world: World, *codes: str, **changes: Any) -> Account:
    return world.a_clerk(*codes, **({"manages_communes": True, "name": "Colette HUBERT"} | changes))


def desk_of(world: World, manager: Account) -> Desk:
    return Desk(world.as_agent(manager), CLERKS)


def invite(desk: Desk, **changes: Any) -> TestResponse:
    return desk.client.post(CLERKS, data=desk.read().form(CLERKS) | TYPED | changes)


def page_of(desk: Desk, clerk: Account) -> Page:
    return desk.read(f"one/?id={clerk.id}")


def post(desk: Desk, clerk: Account, where: str, **fields: Any) -> TestResponse:
    """Post the form of a clerk's page, whatever the page offers by now."""
    token = csrf_token(desk.get().text)
    return desk.client.post(f"{CLERKS}{where}/", data={"id": clerk.id, "csrf_token": token, **fields})


def account(email: str = TYPED["email"]) -> Account:
    db.session.rollback()
    found = db.session.scalar(select(Account).where(Account.email == email))
    assert found
    return found


def link() -> str:
    """The address in the last invitation, as the mail says it."""
    mails = [mail for mail in claim_all() if mail.kind is MailKind.INVITATION]
    found = re.search(r"^http://127\.0\.0\.1:5000(/agents/invitation/\S+)$", render(mails[-1]).body or "", re.MULTILINE)
    assert found
    return found[1]


def choose(client: FlaskClient, address: str, password: str = CHOSEN, again: str = "") -> TestResponse:
    """Both fields, with a true token."""
    token = csrf_token(client.get("/agents/connexion").text)
    typed = {"password": password, "again": again or password, "csrf_token": token}
    return client.post(address, data=typed)


def codes_of(clerk: Account) -> set[str]:
    db.session.rollback()
    db.session.refresh(clerk)
    return {commune.code for commune in clerk.communes}
