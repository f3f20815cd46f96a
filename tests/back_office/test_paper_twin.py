"""A clerk types in full the very form that a counter had filled: it is recognised, and never merged unsaid."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.dates import now, short_day
from models import aftermath, paper
from models.account import Account
from models.base import db
from models.errors import AlreadyHandled
from models.identity import Sex
from models.procuration import Procuration
from tests.back_office.desks import journaled
from tests.back_office.test_paper import ADDRESS, count, desk, post
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.journey.test_counter_form import filled, received
from tests.law.people import ELOISE, GWENAELLE, an_election
from tests.page import read
from tests.paper import a_form

ARRIVED = "/admin/paper/arrived/"


def today(world: World) -> str:
    return short_day(world.commune().local_day(now()))


def twin(world: World, **changes: Any) -> paper.Form:
    """What the paper that the counter filled with Éloïse says."""
    return a_form(world, **({"established_on": world.today} | changes))


def enter(form: paper.Form, world: World, *, is_another: bool = False, key: str = "k") -> Procuration:
    entered = paper.enter(form, clerk=world.a_clerk(), submission_key=key, is_another=is_another, now=now())
    db.session.commit()
    return entered


def test_the_clerk_is_led_to_the_arrival_of_what_the_counter_filled_and_nothing_typed_is_lost(world: World) -> None:
    an_election(world)
    waiting, at = filled(world), desk(world)
    page = read(post(at, world, established_on=today(world), mandant_nne="12345679"))
    assert (page.status, count()) == (422, 1)
    assert page.errors == [
        "Comparer et enregistrer son arrivée",
        "C'est un autre papier : le dire, et enregistrer",
    ]
    assert f"référence {waiting.reference}, établie le " in page.text
    assert (page.form(ADDRESS)["mandant_nne"], page.form(ADDRESS)["authority_name"]) == ("12345679", "Jeanne LEROY")
    arrived = read(at.client.get(page.links["Comparer et enregistrer son arrivée"]))
    assert (arrived.data_reference, arrived.form(ARRIVED)["received_on"]) == (waiting.reference, today(world))
    assert at.client.post(ARRIVED, data=arrived.form(ARRIVED)).status_code == 303
    assert (count(), journaled(waiting)) == (1, ["established", "opened", "paper_received"])


def test_the_clerk_may_say_that_it_is_another_even_while_something_else_is_wrong(world: World) -> None:
    an_election(world)
    filled(world)
    at = desk(world)
    asked = read(post(at, world, established_on=today(world)))
    said = asked.form(ADDRESS) | {"is_another": "y"}
    wrong = read(at.client.post(ADDRESS, data=said | {"mandant_nne": ""}))
    assert (wrong.status, wrong.form(ADDRESS)["is_another"], count()) == (422, "y", 1)
    assert at.client.post(ADDRESS, data=wrong.form(ADDRESS) | {"mandant_nne": "12345678"}).status_code == 303
    assert count() == 2


def test_it_is_recognised_before_what_the_law_would_hold_against_a_misread_number(world: World) -> None:
    an_election(world)
    filled(world)
    page = read(post(desk(world), world, established_on=today(world), mandataire_nne=""))
    assert "Comparer et enregistrer son arrivée" in page.links
    assert "keep_invalid" not in {e.get("name") for e in page.all("input")}


def test_the_domain_refuses_the_second_whatever_the_door(world: World) -> None:
    an_election(world)
    filled(world)
    with pytest.raises(AlreadyHandled):
        enter(twin(world), world)
    first = enter(twin(world), world, is_another=True)
    assert enter(twin(world), world).id == first.id
    assert count() == 2


def test_it_is_recognised_as_people_type_it(world: World) -> None:
    an_election(world)
    waiting = filled(world)
    typed = twin(
        world,
        mandant=replace(ELOISE, birth_name="d hautpoul de-la tour", first_names="ELOISE MARIE ANGE"),
        mandataire=replace(GWENAELLE, birth_name="DAUBIGNE LE BRETHON"),
        mandant_nne=None,
    )
    assert paper.awaited(typed, world.a_clerk()) is waiting


@pytest.mark.parametrize(
    "changes",
    [
        {"mandant": replace(ELOISE, first_names="Éloïse")},
        {"mandant": replace(ELOISE, sex=Sex.M)},
        {"mandant": replace(ELOISE, birth_date=date(1951, 2, 27))},
        {"mandataire": replace(GWENAELLE, first_names="Rosalie")},
        {"mandataire": replace(GWENAELLE, birth_date=date(1986, 8, 27))},
    ],
)
def test_another_person_is_another_procuration(world: World, changes: dict[str, Any]) -> None:
    an_election(world)
    filled(world)
    enter(twin(world, **changes), world)
    assert count() == 2


def test_other_days_another_commune_or_another_day_of_establishment_is_another_procuration(world: World) -> None:
    first, second = (scrutin.polling_day for scrutin in an_election(world).scrutins)
    filled(world)
    clerk, yesterday = world.a_clerk(LAON, SOISSONS), world.today - timedelta(days=1)
    for changes in (
        {"days": (second,)},
        {"days": (first, second)},
        {"days": (), "valid_until": first},
        {"commune": world.commune(SOISSONS)},
        {"established_on": yesterday},
    ):
        assert paper.awaited(twin(world, **changes), clerk) is None, changes
    assert paper.awaited(twin(world), clerk) is not None
    assert paper.awaited(twin(world), world.a_clerk(SOISSONS)) is None


def test_a_period_is_recognised_by_its_end(world: World) -> None:
    until = world.today + timedelta(days=90)
    waiting = filled(world, days=(), valid_until=until)
    assert paper.awaited(twin(world, days=(), valid_until=until), world.a_clerk()) is waiting
    assert paper.awaited(twin(world, days=(), valid_until=until - timedelta(days=1)), world.a_clerk()) is None


def come(world: World, waiting: Procuration) -> None:
    received(waiting, world.a_clerk())


def revoked(world: World, waiting: Procuration) -> None:
    aftermath.revoke(waiting, officer=world.an_officer(), now=now())
    db.session.commit()


@pytest.mark.parametrize("happens", [come, revoked])
def test_what_has_come_or_has_ended_is_awaited_no_more(
    world: World, happens: Callable[[World, Procuration], None]
) -> None:
    an_election(world)
    happens(world, filled(world))
    assert paper.awaited(twin(world), world.a_clerk()) is None


def test_what_was_filed_on_line_or_typed_from_paper_is_not_awaited(world: World) -> None:
    an_election(world)
    world.established(mandant=ELOISE, mandataire=GWENAELLE)
    enter(twin(world), world)
    assert paper.awaited(twin(world), world.a_clerk()) is None


def test_however_many_are_awaited_they_are_found_by_as_many_queries(world: World) -> None:
    an_election(world)
    typed, clerk = twin(world, mandataire=replace(GWENAELLE, sex=Sex.M)), world.a_clerk()
    filled(world)
    asked = asked_for(typed, clerk)
    for until in (60, 70, 80):
        filled(world, days=(), valid_until=world.today + timedelta(days=until))
    assert (count(), asked_for(typed, clerk)) == (4, asked)


def asked_for(typed: paper.Form, clerk: Account) -> int:
    """How many queries it takes to find no form that was awaited."""
    db.session.expire_all()
    with queries() as seen:
        assert paper.awaited(typed, clerk) is None
    return len(seen)
