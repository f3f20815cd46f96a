"""Agents with a second factor: an application in memory, and the pages it is asked at."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.config import Config
from app.dates import now
from app.factory import create_app
from models import agent_session, second_factor, totp
from models.account import Account
from models.base import db
from models.totp import Keys
from tests.builders import PASSWORD, PUBLIC_URL, Visitor, a_simulator, csrf_token
from tests.page import Page, read, text_of

SIGN_IN, ENROL, CODES = "/agents/connexion", "/agents/compte/double-authentification", "/agents/compte/codes-de-secours"


@dataclass
class Application:
    """What shows the six digits."""

    secret: str

    def code(self, at: datetime | None = None, steps: int = 0) -> str:
        """Of that instant, or of now, that many steps later."""
        return pyotp.TOTP(self.secret).at((at or now()) + steps * timedelta(seconds=30))

    def wrong(self) -> str:
        """Six digits that no near step shows."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def demanding(config: Config, public_url: str = PUBLIC_URL) -> Flask:
    """An application over the same database, where nobody does without."""
    changes = {"public_url": public_url, "france_connect": a_simulator(public_url)}
    app = create_app(replace(config, demands_second_factor=True, **changes))
    app.test_client_class = Visitor
    return app


def enrolled(account: Account, keys: Keys) -> tuple[Application, list[str]]:
    """As the account's own page does, five minutes ago; the recovery codes too."""
    then = now() - timedelta(minutes=5)
    _, opened = agent_session.begin(account, then)
    db.session.flush()
    draft = totp.draw(account, keys, then)
    application = Application(draft.secret)
    codes = second_factor.add_application(opened, draft, application.code(then), keys=keys, now=then)
    agent_session.end(opened)
    db.session.commit()
    return application, codes


def give_password(client: FlaskClient, account: Account, password: str = PASSWORD) -> TestResponse:
    token = csrf_token(client.get(SIGN_IN).text)
    return client.post(SIGN_IN, data={"email": account.email, "password": password, "csrf_token": token})


def give_code(client: FlaskClient, code: str) -> TestResponse:
    """On the page that the password led to."""
    page = client.get(f"{SIGN_IN}/code", follow_redirects=True)
    return client.post(SIGN_IN, data={"code": code, "csrf_token": csrf_token(page.text)})


def signed_in(app: Flask, account: Account, code: str) -> FlaskClient:
    """A client signed in by both steps."""
    client = app.test_client()
    give_password(client, account)
    assert give_code(client, code).status_code == 303
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/agents/compte").status_code == 200


def enrol_page(client: FlaskClient) -> Page:
    return read(client.get(ENROL))


def secret_on(page: Page) -> Application:
    """The key that the page shows in letters."""
    (shown,) = [e for e in page.all("p") if e.get("class") == "code"]
    return Application("".join(text_of(shown).split()))


def confirm(client: FlaskClient, page: Page, code: str) -> TestResponse:
    return client.post(ENROL, data=page.form(ENROL) | {"code": code})
