"""The ministry's desk: the form as its people fill it, the page that asks, the act."""

from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.account import Account, Role
from models.scrutin import Election
from tests.builders import World
from tests.page import Page, Values, read, text_of

DESK, NEW = "/admin/supervision/", "/admin/supervision/nouvelle/"


@dataclass
class Ministry:
    """Somebody of the ministry, signed in."""

    client: FlaskClient

    def open(self, address: str = DESK) -> Page:
        return read(self.client.get(address))

    def fill(self, address: str = NEW, **answers: object) -> TestResponse:
        """Post the form of that page with these answers over what it holds."""
        form = self.open(address).form(address.split("?")[0])
        return self.client.post(address, data=form | answers)

    def asked(self, address: str = NEW, **answers: object) -> Values:
        """What the page that asks would send."""
        answer = self.fill(address, **answers)
        assert answer.status_code == 200, read(answer).errors
        return read(answer).form(address.split("?")[0])

    def act(self, address: str = NEW, **answers: object) -> TestResponse:
        """Fill, read the page that asks, and confirm."""
        return self.client.post(address, data=self.asked(address, **answers))


def ministry(world: World, account: Account | None = None) -> Ministry:
    return Ministry(world.as_agent(account or world.an_account(Role.MINISTRY)))


def page_of(election: Election, name: str = "election") -> str:
    return f"{DESK}{name}/?id={election.id}"


def answers(world: World, **changes: object) -> dict[str, object]:
    """A new election of two tours, everywhere, valid by default."""
    first, second = world.a_sunday(8), world.a_sunday(9)
    return {
        "name": "Élections municipales de printemps",
        "kind": "municipal",
        "day_1": f"{first:%d/%m/%Y}",
        "day_2": f"{second:%d/%m/%Y}",
        "territories": "FR CO\n988 mairie",
        "control_regime": "register",
        "list_types": ["LP", "LCM"],
    } | changes


def facts(page: Page) -> dict[str, str]:
    """What the page defines, term by term."""
    terms, values = page.all("dt"), page.all("dd")
    return {text_of(term): text_of(value) for term, value in zip(terms, values, strict=True)}


def rows(page: Page) -> list[list[str]]:
    """The cells of its table, row by row, without the headings of columns."""
    return [[text_of(cell) for cell in row] for row in page.all("tr")[1:]]
