"""A period that begins before one of the two is of age: told where it is read, and in the mails (L2)."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.dates import long_day, now
from models import journey, majority
from models.base import db
from models.law import ControlRegime
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration
from models.rules import years_after
from tests.builders import World, a_mandataire, an_identity
from tests.database import queries
from tests.page import read
from tests.web.journeys import MINE, RECAP, fill, period

SAID = "Elle ne servira pas le"


def facts_of(given: Procuration) -> dict[str, object]:
    """What each mail about it says of days on which it does not serve."""
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.procuration_id == given.id))
    return {mail.kind: (mail.facts or {}).get("unserved") for mail in mails}


@pytest.mark.parametrize("who", ["mandant", "mandataire"])
def test_who_is_not_of_age_yet_is_told_when_it_does_not_serve_l2(
    world: World, person: Elector, elector: FlaskClient, who: str
) -> None:
    """Eighteen on the eve of the second tour: the period serves then, and not before."""
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    build = an_identity if who == "mandant" else a_mandataire
    young = build(birth_date=years_after(second - timedelta(days=1), -18))
    given = world.established(elector=person, valid_until=second, **{who: young})
    for address in (MINE, f"/demande/{given.reference}"):
        page = read(elector.get(address))
        assert f"{SAID} {long_day(first)} :" in page.text
        assert f"{SAID} {long_day(second)}" not in page.text
    journey.validate(given, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    told = facts_of(given)
    assert told[MailKind.ESTABLISHED] == told[MailKind.VALIDATED] == [first.isoformat()]


def test_it_is_told_before_filing_and_by_the_register_too(world: World, elector: FlaskClient) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second), control_regime=ControlRegime.REGISTER)
    born = years_after(second, -18)
    fill(elector, period(world, second, mandataire_birth_date=f"{born:%d/%m/%Y}"))
    assert f"{SAID} {long_day(first)} :" in read(elector.get(RECAP)).text
    given = world.established(valid_until=second, mandataire=a_mandataire(birth_date=born))
    assert [first.isoformat()] in facts_of(given).values()


def test_who_are_of_age_read_nothing_and_it_costs_no_query(world: World, person: Elector, elector: FlaskClient) -> None:
    world.an_election()
    given = world.established(elector=person, valid_until=world.today + timedelta(days=90))
    assert SAID not in read(elector.get(MINE)).text
    _ = given.commune.code
    with queries() as sent:
        assert majority.unserved_each([given], now()) == {}
    assert sent == []
