"""Notices of death and of rights lost, by the pile: a name, what is in force under it, the act, the next name (T17)."""

import pytest
from werkzeug.test import TestResponse

from models.concerned import MOST_SHOWN
from models.journal import Action
from models.procuration import Status
from tests.back_office.desks import Desk, entries, many, status_of, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire, an_identity
from tests.database import everything, queries
from tests.page import Page, read

ACTION = "/admin/town-hall/action/"


def ends(world: World, *codes: str) -> Desk:
    return Desk(world.as_agent(world.a_clerk(*(codes or (LAON,)))), "/admin/ends/")


def look_up(desk: Desk, name: str) -> TestResponse:
    return desk.client.post("/admin/ends/", data=desk.read().form("/admin/ends/") | {"name": name})


def found(desk: Desk, name: str) -> Page:
    return read(look_up(desk, name))


def test_a_name_finds_what_is_in_force_of_a_mandant_or_a_mandataire(world: World) -> None:
    given = world.established(mandant=an_identity(birth_name="LENOIR"), mandataire=a_mandataire(birth_name="D'Arc"))
    over = world.established(mandant=an_identity(birth_name="LENOIR", first_names="Zoé"))
    town_hall(world).act("end", over.id)
    for name in ("lenoir", "Le Noir", "d arc gwen", "DARC"):
        page = found(ends(world), name)
        assert "1 procuration en vigueur" in page.text, name
        assert "Zoé" not in page.text
    assert "aucune procuration en vigueur" in found(ends(world), "Leblanc").text
    assert [entry.detail for entry in entries(given) if entry.action is Action.OPENED] == ["ends"] * 4


@pytest.mark.parametrize(
    ("action", "status", "more"),
    [("end", Status.ENDED, {}), ("lapse", Status.LAPSED, {"reason": "DECES_MANDATAIRE"})],
)
def test_the_act_asks_first_and_leads_back_to_the_field(
    world: World, action: str, status: Status, more: dict[str, str]
) -> None:
    given, desk = world.established(mandant=an_identity(birth_name="LENOIR")), ends(world)
    token = found(desk, "lenoir").form("/admin/ends/")["csrf_token"]
    wanted = {"csrf_token": token, "action": action, "rowid": str(given.id), "then": "ends"}
    before = everything()
    asked = read(desk.client.post(ACTION, data=wanted))
    assert asked.status == 200
    assert everything() == before
    assert asked.links["Ne rien changer"] == "/admin/ends/"
    answer = desk.client.post(ACTION, data=asked.form(ACTION) | more)
    assert (answer.status_code, answer.location) == (303, "/admin/ends/")
    assert status_of(given) is status
    assert "Éloïse Marie-Ange LENOIR" in desk.read().text


def test_the_page_offers_both_ends_of_each(world: World) -> None:
    given = world.established(mandant=an_identity(birth_name="LENOIR"))
    page = found(ends(world), "lenoir")
    offered = [
        (form.find(".//input[@name='action']"), form.find(".//input[@name='rowid']"))
        for form in page.main.iter("form")
        if form.get("action") == ACTION
    ]
    assert [(action.get("value"), row.get("value")) for action, row in offered] == [
        ("end", str(given.id)),
        ("lapse", str(given.id)),
    ]


@pytest.mark.parametrize("typed", ["", "é", "'", "  -  "])
def test_one_letter_would_show_a_tenth_of_the_commune(world: World, typed: str) -> None:
    world.established()
    page = found(ends(world), typed)
    assert page.status == 422
    assert "Écrivez au moins deux lettres du nom de naissance." in page.text
    assert "HAUTPOUL" not in page.text


def test_another_commune_finds_nothing(world: World) -> None:
    world.established(mandant=an_identity(birth_name="LENOIR"))
    assert "aucune procuration en vigueur" in found(ends(world, SOISSONS), "lenoir").text


def test_a_name_that_many_bear_asks_for_the_first_names(world: World) -> None:
    many(world, MOST_SHOWN + 1)
    page = found(ends(world), "d'hautpoul")
    assert "plus de vingt procurations, ajoutez le prénom" in page.text
    assert "donne procuration à" not in page.text


def test_the_page_asks_the_same_for_one_and_for_many(world: World) -> None:
    many(world, MOST_SHOWN)
    world.established(mandant=an_identity(birth_name="LENOIR"))
    desk, costs = ends(world), []
    for name, shown in (("lenoir", "1 procuration"), ("d'hautpoul", "20 procurations")):
        given = desk.read().form("/admin/ends/") | {"name": name}
        with queries() as sent:
            answer = desk.client.post("/admin/ends/", data=given)
        assert shown in read(answer).text
        costs.append(len([one for one in sent if one.startswith("SELECT")]))
    assert costs[0] == costs[1]
    assert costs[0] <= 5
