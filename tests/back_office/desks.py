"""The desks as their people use them: open a page, choose rows, press a button."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from models.account import Account
from models.base import db
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import PollingDay, Procuration, Status
from tests.builders import World, csrf_token
from tests.page import Page, read, text_of


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


def rows_of(page: Page) -> list[str]:
    """The references of the list, in its order."""
    return [text_of(e) for e in page.all("span") if e.get("class") == "reference-inline"]


def many(world: World, count: int, **changes: Any) -> list[int]:
    """Established procurations by the hundred, straight into the table, each of two people of its own."""
    model = world.established(**changes)
    first = db.session.execute(select(Procuration.__table__).where(Procuration.id == model.id)).mappings().one()
    columns = {name: value for name, value in first.items() if name != "id"}
    rows = [columns | _own(n) for n in range(count - 1)]
    db.session.execute(insert(Procuration.__table__), rows)
    ids = list(db.session.scalars(select(Procuration.id).order_by(Procuration.id)))
    days = [{"procuration_id": i, "day": model.days[0]} for i in ids if i != model.id]
    db.session.execute(insert(PollingDay.__table__), days)
    db.session.commit()
    return ids


def _own(n: int) -> dict[str, str]:
    """What the n-th shares with no other."""
    keys = {"mandant_key": f"mandant-{n}", "mandataire_key": f"mandataire-{n}"}
    return keys | {"reference": f"{n:06}", "submission_key": f"many-{n}"}


def buttons(page: Page) -> list[str]:
    """What each button of the page says."""
    return [text_of(button) for button in page.all("button")]
