"""A clerk types what came on paper: several in a row, nothing lost when something is wrong."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.dates import now
from models.base import db
from models.errors import Reason
from models.journal import Action
from models.procuration import PollingDay, Procuration, Source, Status
from tests.back_office.desks import Desk, journaled, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.law.people import another
from tests.page import Page, read
from tests.paper import entered

ADDRESS = "/admin/paper/"
KEPT_FOR_THE_NEXT = ("day_1", "day_2", "authority_name", "authority_capacity", "place", "received_on")
TYPED = {
    "mandant_birth_name": "D'Hautpoul de la Tour",
    "mandant_first_names": "Éloïse, Marie-Ange",
    "mandant_sex": "F",
    "mandant_birth_date": "28/02/1951",
    "mandant_nne": "12 345 678",
    "mandataire_birth_name": "D'Aubigné-Le Brethon",
    "mandataire_first_names": "Gwenaëlle Rosalie",
    "mandataire_sex": "F",
    "mandataire_birth_date": "28081986",
    "mandataire_nne": "87654321",
    "authority_name": "Jeanne LEROY",
    "authority_capacity": "directrice des services de greffe",
    "place_search": "Laon (02, Aisne)",
}


def desk(world: World, *communes: str) -> Desk:
    return Desk(world.as_agent(world.a_clerk(*communes)), ADDRESS)


def post(at: Desk, world: World, page: Page | None = None, **changes: Any) -> Any:
    """The form as a browser sends it: what the page held, what was typed, what changes."""
    today = world.commune().local_day(now())
    typed = TYPED | {
        "day_1": f"{world.first_day():%d/%m/%Y}",
        "established_on": f"{today - timedelta(days=1):%d/%m/%Y}",
        "received_on": f"{today:%d/%m/%Y}",
    }
    return at.client.post(ADDRESS, data=(page or at.read()).form(ADDRESS) | typed | changes)


def the_one() -> Procuration:
    db.session.rollback()
    return db.session.scalars(select(Procuration)).one()


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Procuration.id))) or 0


def test_a_form_is_typed_and_the_next_one_waits(world: World) -> None:
    at = desk(world)
    answer = post(at, world)
    assert answer.status_code == 303
    one = the_one()
    assert (one.source, one.status) == (Source.PAPER, Status.ESTABLISHED)
    assert (one.mandant.first_names, one.mandant_nne) == ("Éloïse Marie-Ange", "12345678")
    assert (one.mandataire.birth_date, one.commune_code) == (date(1986, 8, 28), LAON)
    page = read(at.client.get(answer.location))
    assert "Saisie : D'Hautpoul de la Tour Éloïse Marie-Ange → D'Aubigné-Le Brethon Gwenaëlle" in page.text
    assert page.form(ADDRESS)["mandant_birth_name"] == ""
    focused = [e.get("id") for e in page.all("input", "select") if e.get("autofocus") is not None]
    assert focused == ["mandant_birth_name"]


def test_the_file_and_the_list_say_it_came_on_paper(world: World) -> None:
    one = entered(world)
    hall = town_hall(world)
    page = hall.read()
    assert "papier" in page.text
    assert any(e.get("aria-label") == f"Choisir le papier de {one.mandant.birth_name}" for e in page.all("input"))
    page = hall.read(f"details/?id={one.id}")
    assert page.data_reference == ""
    for words in (
        "Référencepapier",
        "à Laon, par Jeanne LEROY, directrice des services de greffe",
        "Reçue",
        "procuration sur papier saisie par la mairie",
    ):
        assert words in page.text
    assert "None" not in page.text
    assert " à 0 h 00" not in page.text.split("Historique")[0]


def test_paper_is_decided_like_the_rest(world: World) -> None:
    one, hall = entered(world), town_hall(world)
    asked = read(hall.post("validate", one.id))
    assert "Papier : Éloïse Marie-Ange" in asked.text
    assert hall.act("validate", one.id).status_code == 303
    assert journaled(one) == [Action.PAPER_ENTERED, Action.VALIDATED]


def test_nothing_is_lost_when_something_cannot_be_read(world: World) -> None:
    at = desk(world)
    page = read(post(at, world, mandant_birth_date="31/02/1951", place_search="Nulle-Part-les-Bains"))
    assert page.status == 422
    assert [error.split(" : ")[0] for error in page.errors] == ["Date de naissance du mandant", "Lieu d'établissement"]
    kept = page.form(ADDRESS)
    assert (kept["mandant_birth_date"], kept["place_search"]) == ("31/02/1951", "Nulle-Part-les-Bains")
    assert {name: kept[name] for name in ("authority_name", "mandataire_sex")} == {
        "authority_name": "Jeanne LEROY",
        "mandataire_sex": "F",
    }
    assert "keep_invalid" not in {e.get("name") for e in page.all("input")}
    assert count() == 0


@pytest.mark.parametrize(
    ("changes", "reason", "label"),
    [
        ({"day_1": "20/06/2024"}, Reason.VALIDITE_EXPIREE, "Jour du vote"),
        ({"mandant_nne": ""}, Reason.DONNEES_INCOMPLETES, "Numéro d'électeur du mandant"),
        ({"mandataire_nne": ""}, Reason.DONNEES_INCOMPLETES, "Numéro d'électeur du mandataire"),
    ],
)
def test_what_the_law_forbids_is_refused_until_the_clerk_keeps_it_as_invalidated(
    world: World, changes: dict[str, str], reason: Reason, label: str
) -> None:
    world.an_election()
    at = desk(world)
    page = read(post(at, world, **changes))
    assert (page.status, [error.split(" : ")[0] for error in page.errors]) == (422, [label])
    assert count() == 0
    answer = at.client.post(ADDRESS, data=page.form(ADDRESS) | {"keep_invalid": "y"})
    assert answer.status_code == 303
    one = the_one()
    assert (one.status, one.reason) == (Status.INVALIDATED, reason)
    assert journaled(one) == [Action.PAPER_ENTERED, Action.INVALIDATED]
    assert "invalidée" in read(at.client.get(answer.location)).text


@pytest.mark.parametrize("field", ["mandant_birth_name", "mandataire_first_names", "authority_name"])
def test_a_character_that_nobody_can_read_is_not_entered(world: World, field: str) -> None:
    page = read(post(desk(world), world, **{field: "Mar\x07in"}))
    assert (page.status, len(page.errors), count()) == (422, 1, 0)
    assert page.form("/admin/paper/")[field] == "Mar\ufffdin"


def test_a_day_to_come_cannot_be_kept(world: World) -> None:
    at, tomorrow = desk(world), world.commune().local_day(now()) + timedelta(days=1)
    page = read(post(at, world, received_on=f"{tomorrow:%d/%m/%Y}", keep_invalid="y"))
    assert page.status == 422
    assert page.errors[0].startswith("Reçue le : une procuration est établie, puis reçue")
    assert count() == 0


def test_days_or_a_period_and_never_both_r75(world: World) -> None:
    world.an_election()
    at = desk(world)
    assert read(post(at, world, day_1="")).errors == [
        "Jour du vote : écrivez un jour de vote, ou le dernier jour d'une période"
    ]
    until = f"{world.today + timedelta(days=60):%d/%m/%Y}"
    assert read(post(at, world, valid_until=until)).errors[0].startswith("Ou dernier jour de la période")
    assert post(at, world, day_1="", valid_until=until).status_code == 303
    assert the_one().valid_until == world.today + timedelta(days=60)


def test_two_clicks_enter_it_once_and_going_back_enters_the_next(world: World) -> None:
    at = desk(world)
    page = at.read()
    first, second = (post(at, world, page).location for _ in range(2))
    assert first == second
    assert count() == 1
    assert post(at, world, page, mandant_first_names="Anne").location != first
    assert count() == 2


def test_a_clerk_types_for_the_communes_of_the_desk_only(world: World) -> None:
    world.an_election()
    at = desk(world, LAON, SOISSONS)
    page = at.read()
    assert [e.get("value") for e in page.all("option")] == ["", LAON, SOISSONS]
    assert read(post(at, world, page)).errors == ["Commune où vote le mandant : choisissez une de vos communes"]
    assert read(post(at, world, page, commune="75056")).status == 422
    assert post(at, world, page, commune=SOISSONS).status_code == 303
    assert the_one().commune_code == SOISSONS
    alone = desk(world)
    assert post(alone, world, commune=SOISSONS, mandant_first_names="Anne").status_code == 303
    codes = db.session.scalars(select(Procuration.commune_code).order_by(Procuration.id))
    assert list(codes) == [SOISSONS, LAON]


@pytest.mark.parametrize("key", ["", "abc", "0", "9" * 30, "%D9%A1", "-1"])
def test_an_address_that_names_nobody_shows_the_form(world: World, key: str) -> None:
    elsewhere = entered(world, world.a_clerk(SOISSONS), commune=world.commune(SOISSONS))
    at = desk(world)
    for entered_key in (key, str(elsewhere.id)):
        page = at.read(f"?entered={entered_key}")
        assert (page.status, "Saisie :" in page.text) == (200, False)


def test_what_a_pile_of_papers_shares_is_kept_for_the_next_and_nobody_is(world: World) -> None:
    first, second = (scrutin.polling_day for scrutin in world.an_election().scrutins)
    one = entered(world, days=(first, second))
    page = desk(world).read(f"?entered={one.id}")
    form = page.form(ADDRESS)
    assert {name: form[name] for name in KEPT_FOR_THE_NEXT} == {
        "day_1": f"{first:%d/%m/%Y}",
        "day_2": f"{second:%d/%m/%Y}",
        "authority_name": "Jeanne LEROY",
        "authority_capacity": "directrice des services de greffe",
        "place": LAON,
        "received_on": f"{world.today:%d/%m/%Y}",
    }
    assert not any(form[name] for name in form if name.startswith("mandant_") or name.startswith("mandataire_"))
    assert not form["established_on"]
    assert "Repris de ce papier, à vérifier sur le suivant" in page.text


def test_a_day_that_is_over_is_not_kept_for_the_next(world: World) -> None:
    world.an_election()
    over = entered(world, days=(), valid_until=world.today, keep_invalid=True)
    assert not desk(world).read(f"?entered={over.id}").form(ADDRESS)["day_1"]
    sunday = entered(world, mandant=another(0), mandataire=another(1))
    db.session.execute(update(PollingDay).values(day=world.today - timedelta(days=1)))
    db.session.commit()
    assert not desk(world).read(f"?entered={sunday.id}").form(ADDRESS)["day_1"]


def test_without_a_token_nothing_is_entered(world: World) -> None:
    at = desk(world)
    assert post(at, world, csrf_token="").status_code == 400
    assert count() == 0
