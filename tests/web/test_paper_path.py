"""The paper path: sheets that anybody prints, filled with what was typed or blank, of which nothing is kept."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.dates import day_and_month, long_day, now, short_day
from models.base import db
from models.rules import months_after
from models.scrutin import LocalPollingDay
from tests.builders import World
from tests.database import everything
from tests.law.people import an_election
from tests.page import Page, read, text_of

FORM, BLANK = "/papier/feuille", "/papier/feuille-vierge"
TYPED = {
    "commune_search": "Laon (02, Aisne)",
    "mandant_birth_name": "D'Hautpoul de la Tour",
    "mandant_first_names": "Éloïse Marie-Ange",
    "mandant_sex": "F",
    "mandant_birth_date": "28/02/1951",
    "mandant_nne": "12345678",
    "mandataire_birth_name": "D'Aubigné-Le Brethon",
    "mandataire_first_names": "Gwenaëlle Rosalie",
    "mandataire_sex": "F",
    "mandataire_birth_date": "28081986",
    "mandataire_nne": "87654321",
}
OF_R75 = [
    *("Nom de naissance", "Prénoms", "Sexe", "Date de naissance", "Numéro d'électeur"),
    *("Vote à", "Validité", "Qualité", "Établie le", "Signature du mandant", "visa et cachet de l'autorité"),
]
LEFT_TO_THE_PEN = "à écrire à la main"


@pytest.fixture
def client(world: World) -> FlaskClient:
    an_election(world)
    return world.app.test_client()


def post(client: FlaskClient, world: World, **changes: Any) -> TestResponse:
    typed = TYPED | {"day_1": f"{world.first_day():%d/%m/%Y}"} | changes
    return client.post(FORM, data=read(client.get(FORM)).form(FORM) | typed)


def facts(page: Page) -> list[tuple[str, str]]:
    return [(text_of(term), text_of(value)) for term, value in zip(page.all("dt"), page.all("dd"), strict=True)]


def test_what_is_typed_is_printed_with_all_that_r75_lists(client: FlaskClient, world: World) -> None:
    page = read(post(client, world))
    assert (page.status, page.h1) == (200, "Vote par procuration")
    assert f"Feuille préparée le {day_and_month(world.today)}" in page.text
    for said in ("D'Hautpoul de la Tour", "Éloïse Marie-Ange", "28 février 1951", "12345678", "Laon (02, Aisne)"):
        assert said in page.text
    assert f"{long_day(world.first_day())} : " in page.text
    assert "1er tour" in page.text
    assert all(named in page.text for named in OF_R75)
    assert [term for term, value in facts(page) if value == LEFT_TO_THE_PEN] == [
        *("Nom et prénom", "Qualité", "Établie le", "À"),
    ]


def test_it_asks_and_prints_nothing_that_the_law_of_this_service_leaves_out(client: FlaskClient, world: World) -> None:
    page, sheet = read(client.get(FORM)), read(post(client, world))
    assert not any(
        word in name for name in page.form(FORM) for word in ("phone", "address", "place", "email", "reason")
    )
    assert all(word not in term for term, _ in facts(sheet) for word in ("Téléphone", "Adresse", "Lieu de naissance"))


def test_nothing_is_kept_of_it_anywhere(client: FlaskClient, world: World) -> None:
    before = everything()
    answer = post(client, world)
    assert everything() == before
    assert (answer.headers["Cache-Control"], answer.location) == ("no-store", None)
    with client.session_transaction() as session:
        assert set(session) <= {"csrf_token", "_fresh"}


def test_the_form_is_refused_without_its_token(client: FlaskClient) -> None:
    assert client.post(FORM, data=TYPED).status_code == 400


def test_numbers_that_are_not_at_hand_are_left_to_the_pen(client: FlaskClient, world: World) -> None:
    page = read(post(client, world, mandant_nne="", mandataire_nne=""))
    assert facts(page).count(("Numéro d'électeur", LEFT_TO_THE_PEN)) == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"mandant_birth_name": ""}, "Votre nom de naissance : écrivez ce nom"),
        ({"commune_search": ""}, "Commune où vous votez : écrivez le nom de la commune ou son code postal"),
        ({"mandataire_birth_date": "31/02/1986"}, "Sa date de naissance : écrivez le jour, le mois et l'année"),
        ({"mandant_nne": "douze"}, "Votre numéro d'électeur (facultatif ici) : écrivez les chiffres du numéro"),
        ({"day_1": ""}, "Jour du vote : écrivez un jour de vote, ou le dernier jour d'une période"),
        ({"day_1": "01/01/2026"}, "Jour du vote : ce jour est passé"),
        ({"mandant_birth_date": "28/02/2020"}, "Votre date de naissance : vous devez avoir 18 ans le jour du vote"),
        ({"mandataire_birth_date": "28/02/2020"}, "Sa date de naissance : cette personne doit avoir 18 ans"),
        (
            {name.replace("mandant_", "mandataire_"): text for name, text in TYPED.items() if name[:8] == "mandant_"},
            "Son nom de naissance : indiquez une autre personne que vous",
        ),
    ],
)
def test_what_cannot_serve_is_told_in_plain_words_and_what_was_typed_stays(
    client: FlaskClient, world: World, changes: dict[str, str], error: str
) -> None:
    page = read(post(client, world, **changes))
    assert page.status == 422
    assert page.errors[0].startswith(error)
    kept = page.form(FORM)
    assert {name: kept[name] for name in TYPED} == TYPED | {name: changes[name] for name in changes if name in TYPED}


def test_a_day_without_a_vote_and_a_period_too_long_are_told(client: FlaskClient, world: World) -> None:
    monday = world.first_day().toordinal() + 1
    no_vote = read(post(client, world, day_1=f"{world.today.fromordinal(monday):%d/%m/%Y}"))
    assert no_vote.errors == ["Jour du vote : votre commune ne vote pas ce jour-là"]
    too_far = months_after(world.today, 13)
    too_long = read(post(client, world, day_1="", valid_until=f"{too_far:%d/%m/%Y}"))
    assert too_long.errors[0].startswith("Ou dernier jour de la période : choisissez une date plus proche")


def test_where_people_vote_on_a_saturday_its_days_are_shown_once_the_commune_is_known(world: World) -> None:
    """Before, the country's; a wrong answer leads to the right one."""
    sunday = world.a_sunday(9)
    election = world.an_election((sunday,))
    saturday = sunday - timedelta(days=1)
    election.scrutins[0].local_days.append(LocalPollingDay(code="987", day=saturday))
    db.session.commit()
    client = world.app.test_client()
    assert long_day(sunday) in read(client.get(FORM)).text
    page = read(post(client, world, commune_search="Papeete (987, Polynésie française)", day_1=short_day(sunday)))
    assert (page.status, long_day(saturday) in page.text, long_day(sunday) in page.text) == (422, True, False)
    answer = post(client, world, commune_search="Papeete (987, Polynésie française)", day_1=short_day(saturday))
    assert answer.status_code == 200


def test_a_period_says_its_last_day(client: FlaskClient, world: World) -> None:
    until = months_after(world.today, 6)
    page = read(post(client, world, day_1="", valid_until=f"{until:%d/%m/%Y}"))
    assert f"Jusqu'au {day_and_month(until)}, pour tous les votes." in page.text


def test_a_consular_list_may_go_on_for_three_years(client: FlaskClient, world: World) -> None:
    until = months_after(world.commune("C0001").local_day(now()), 30)
    typed = {"commune_search": "", "commune": "C0001", "day_1": "", "valid_until": f"{until:%d/%m/%Y}"}
    assert read(post(client, world, **typed)).errors == []


def test_it_is_corrected_without_typing_it_again(client: FlaskClient, world: World) -> None:
    sheet = read(post(client, world, size="large"))
    again = read(client.post(FORM, data=sheet.form(FORM) | {"correct": "yes"}))
    assert (again.status, again.errors) == (200, [])
    answers = again.form(FORM)
    assert {name: answers[name] for name in TYPED} == TYPED
    assert (answers["commune"], answers["size"]) == ("02408", "large")
    assert read(client.post(FORM, data=answers)).h1 == "Vote par procuration"


@pytest.mark.parametrize(("size", "is_large"), [("normal", False), ("large", True), ("huge", False)])
def test_large_print_is_asked_for(client: FlaskClient, world: World, size: str, is_large: bool) -> None:
    for page in (read(post(client, world, size=size)), read(client.get(f"{BLANK}?size={size}"))):
        classes = " ".join(e.get("class", "") for e in page.all("div"))
        assert ("large-print" in classes) is is_large


def test_the_blank_one_has_the_same_lines_all_left_to_the_pen(client: FlaskClient, world: World) -> None:
    filled, blank = read(post(client, world)), read(client.get(BLANK))
    empty = facts(blank)
    assert all(named in blank.text for named in OF_R75)
    assert {term for term, _ in facts(filled)} <= {term for term, _ in empty}
    assert {value for _, value in empty} == {LEFT_TO_THE_PEN, "femme ☐ ou homme ☐"}
    assert {"Scrutin et tour", "Date du vote", "Ou jusqu'au"} <= {term for term, _ in empty}


def test_neither_claims_to_be_the_official_form(client: FlaskClient, world: World) -> None:
    for page in (read(post(client, world)), read(client.get(BLANK))):
        assert "Le formulaire officiel est le Cerfa n° 12668 ou 14952" in page.text
        assert "Sans signatures ni cachet, cette feuille ne vaut rien." in page.text
        assert "Le mandant est venu en personne et a montré sa pièce d'identité" in page.text
