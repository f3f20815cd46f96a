"""The desks as their people use them: open a page, choose rows, press a button."""

from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.account import Account
from models.base import db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from tests.builders import World, csrf_token
from tests.page import Page, read


@dataclass
class Desk:
    """One agent, signed in, before the table of a role."""

    client: FlaskClient
    address: str

    def get(self, rest: str = "") -> TestResponse:
        return self.client.get(self.address + rest)

    def read(self, rest: str = "") -> Page:
        return read(self.get(rest))

    def post(self, name: str, *keys: object, rest: str = "", **fields: str) -> TestResponse:
        """Post an action with a true token, whatever the page offers."""
        token = csrf_token(self.client.get(self.address).text)
        data = {"action": name, "rowid": [str(key) for key in keys], "csrf_token": token, **fields}
        return self.client.post(f"{self.address}action/{rest}", data=data)

    def act(self, name: str, *keys: object, **fields: str) -> TestResponse:
        """The same, confirmed."""
        return self.post(name, *keys, confirmed="yes", **fields)


def counter(world: World, officer: Account | None = None) -> Desk:
    return Desk(world.as_agent(officer or world.an_officer()), "/admin/officer/")


def town_hall(world: World, clerk: Account | None = None) -> Desk:
    return Desk(world.as_agent(clerk or world.a_clerk()), "/admin/town-hall/")


def status_of(procuration: Procuration) -> Status:
    """As the database has it now."""
    db.session.rollback()
    db.session.refresh(procuration)
    return procuration.status


def journaled(procuration: Procuration | None = None) -> list[Action]:
    """What the journal says of a procuration, or of no procuration, in order."""
    return [entry.action for entry in entries(procuration)]


def entries(procuration: Procuration | None = None) -> list[Entry]:
    db.session.rollback()
    key = procuration.id if procuration else None
    return list(db.session.scalars(select(Entry).where(Entry.procuration_id == key).order_by(Entry.id)))


def mails_of(procuration: Procuration) -> list[str]:
    """The kinds of mail waiting about a procuration, in order."""
    db.session.rollback()
    mails = select(OutboxMail.kind).where(OutboxMail.procuration_id == procuration.id).order_by(OutboxMail.id)
    return list(db.session.scalars(mails))
