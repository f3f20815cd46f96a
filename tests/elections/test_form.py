"""The form of an election: what is wrong is told at its field, and what was typed is kept."""

import pytest
from sqlalchemy import select

from models.base import db
from models.law import ControlRegime
from models.scrutin import Election
from tests.builders import World
from tests.elections.desk import NEW, answers, ministry, page_of
from tests.elections.ministry import a_plan, created, saturdays
from tests.page import read

SPOILT: dict[str, list[object]] = {
    "name": ["", "É" * 121, "\0"],
    "kind": ["", "cantonal"],
    "day_1": ["", "hier", "31/02/2027", "14/03/2021", "14/03/9999"],
    "day_2": ["demain", "14/03/2021"],
    "local_days_1": ["971", "971 hier", "14/03/2027", "99999 {day}", "FR {day}", "<b> {day}", "971 14/03/2029"],
    "territories": ["", "99999", "75056", "Laon", "FR partout", "02408;<script>", "FR\n" * 9_000],
    "control_regime": ["", "prefecture"],
    "max_total": ["", "0", "deux", "-1", "99", "1"],
    "max_established_in_france": ["", "0", "3", "٢"],
    "max_total_if_consular": ["1", "trois", "10"],
    "list_types": [[], ["XX"]],
}


def test_the_form_of_a_new_election_has_the_law_of_today_and_asks_the_rest(world: World) -> None:
    form = ministry(world).open(NEW).form(NEW)
    assert {name: form[name] for name in form if name.startswith("max_")} == {
        "max_total": "2",
        "max_established_in_france": "1",
        "max_total_if_consular": "3",
    }
    assert {"kind", "control_regime"}.isdisjoint(form)


@pytest.mark.parametrize("field", SPOILT)
def test_a_wrong_answer_is_told_at_its_field_and_the_rest_is_kept(world: World, field: str) -> None:
    desk = ministry(world)
    right = answers(world, max_total="2", max_established_in_france="2", max_total_if_consular="")
    for value in SPOILT[field]:
        spoilt = value.format(day=right["day_1"]) if isinstance(value, str) else value
        for confirmed in ({}, {"confirmed": "yes"}):
            answer = desk.fill(**right | {field: spoilt} | confirmed)
            page = read(answer)
            assert answer.status_code == 422, value
            assert page.errors
            assert page.title.startswith("Erreur : ")
            kept = page.form(NEW)
            others = [name for name in right if name != field and right[name]]
            assert {name: kept.get(name) for name in others} == {name: right[name] for name in others}, value
    assert db.session.scalars(select(Election)).all() == []


def test_who_names_a_city_of_arrondissements_reads_what_to_write_instead(world: World) -> None:
    page = read(ministry(world).fill(**answers(world, territories="75056 69123")))
    assert "de Paris, Lyon et Marseille, écrivez ceux des arrondissements (75056, 69123)" in page.text


def test_going_back_from_the_page_that_asks_keeps_what_was_typed(world: World) -> None:
    desk, typed = ministry(world), answers(world, local_days_1="")
    asked = desk.asked(**typed)
    back = desk.client.post(NEW, data=asked | {"edit": "yes"})
    assert back.status_code == 200
    kept = read(back).form(NEW)
    assert {name: kept.get(name) for name in typed} == typed
    assert db.session.scalars(select(Election)).all() == []


def test_the_form_corrects_what_it_shows_and_nothing_else(world: World) -> None:
    plan = a_plan(world, tours=(saturdays(world.a_sunday(8)), saturdays(world.a_sunday(9), ("987",))))
    plan = a_plan(world, tours=plan.tours, territories={"FR": None, "988": ControlRegime.TOWN_HALL, "02408": None})
    election = created(world, plan)
    answer = ministry(world).fill(page_of(election, "corriger"))
    assert answer.status_code == 422
    assert read(answer).errors == ["Nom : vous n'avez rien changé : corrigez une réponse, ou quittez cette page"]
