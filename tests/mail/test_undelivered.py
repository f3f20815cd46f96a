"""A message that never arrived is told where somebody can do something about it, and only there."""

from collections.abc import Callable

import pytest

from app.dates import now
from app.mailer import Tally, deliver_once
from models import lifetime, outbox
from models.base import db
from models.outbox import MailKind
from models.perimeter import Elector
from tests.back_office.desks import Desk, counter, town_hall
from tests.back_office.managing import a_manager, desk_of
from tests.builders import World
from tests.contracts.test_plans import plans, without_an_index
from tests.mail.outbox import Sending
from tests.mail.smtp import Relay
from tests.page import read
from tests.web.journeys import MINE, post

LOST = "n'a pas pu être remis"


@pytest.fixture
def person(world: World) -> Elector:
    return world.an_elector()


@pytest.fixture
def nobody_there(sending: Sending) -> Callable[[], Tally]:
    """Deliver what waits, to a relay that knows no one."""

    def deliver() -> Tally:
        with Relay({"RCPT": ["550 5.1.1 unknown"]}) as relay, sending(relay):
            return deliver_once()

    return deliver


def test_an_elector_reads_it_and_corrects_the_address(
    world: World, person: Elector, nobody_there: Callable[[], Tally]
) -> None:
    procuration = world.submitted(person, email="eloise@fautes.test")
    elector = world.as_elector(person)
    assert LOST not in read(elector.get(MINE)).text
    assert nobody_there() == Tally(failed=1)
    page = read(elector.get(MINE))
    assert f"{LOST} à eloise@fautes.test. Corrigez l'adresse" in page.text
    address = f"{MINE}/{procuration.reference}/courriel"
    assert post(elector, MINE, address, email="eloise@electeurs.test").status_code == 303
    assert LOST not in read(elector.get(MINE)).text, "another one is on its way"


def test_the_counter_says_so_while_the_address_can_still_be_corrected(
    world: World, nobody_there: Callable[[], Tally]
) -> None:
    reference, officer = world.submitted().reference, world.an_officer()
    desk = counter(world, officer)
    assert LOST not in desk.read(f"?reference={reference}").text
    nobody_there()
    assert LOST in desk.read(f"?reference={reference}").text
    desk.act("validate", reference)
    assert LOST not in desk.read(f"?reference={reference}").text


def test_the_town_hall_of_the_procuration_reads_it_in_its_file(world: World, nobody_there: Callable[[], Tally]) -> None:
    procuration = world.established()
    hall = town_hall(world)
    assert LOST not in hall.read(f"details/?id={procuration.id}").text
    nobody_there()
    with plans() as steps:
        page = hall.read(f"details/?id={procuration.id}")
    assert LOST in page.text
    assert without_an_index(steps) == []


def test_what_was_erased_on_purpose_is_no_failure(world: World, person: Elector) -> None:
    procuration = world.established(elector=person)
    lifetime.end(procuration, now=now())
    outbox.erase_of(procuration, now())
    db.session.commit()
    assert LOST not in read(world.as_elector(person).get(MINE)).text


def test_who_manages_reads_that_a_message_never_reached_an_agent(
    world: World, nobody_there: Callable[[], Tally]
) -> None:
    clerk, manager = world.a_clerk(), a_manager(world)
    officer = world.an_officer()
    chief = world.an_officer(station=officer.station, manages_station=True)
    desks = (desk_of(world, manager), Desk(world.as_agent(chief), "/admin/habilitations/"))
    assert not [desk for desk in desks if "lui être remis" in desk.read().text]
    for agent in (clerk, officer):
        outbox.post_to(MailKind.HABILITATION_ENDS, agent.email, now=now(), station="B", valid_until="2026-01-01")
    db.session.commit()
    nobody_there()
    for desk in desks:
        assert desk.read().text.count("n'a pas pu lui être remis") == 1
