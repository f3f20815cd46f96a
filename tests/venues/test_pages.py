"""« Où aller », without signing in: near a commune, and by department, in a few queries and a small page."""

import gzip
from datetime import timedelta
from typing import Any

import pytest

from models.base import db
from models.venue import Venue, VenueKind
from tests.builders import LAON, SOISSONS, World
from tests.database import queries
from tests.page import Page, read, text_of

LAON_CENTRE = {"latitude": 49.564, "longitude": 3.62}
SOISSONS_CENTRE = {"latitude": 49.381, "longitude": 3.324}
MOST_QUERIES = 9
LARGEST = 60_000


def a_venue(code: str, commune: str = LAON, kind: VenueKind = VenueKind.GENDARMERIE, **changes: Any) -> Venue:
    values: dict[str, Any] = {"name": f"Brigade {code}", "source": "Essai"}
    venue = Venue(code=code, kind=kind, commune_code=commune, **(values | changes))
    db.session.add(venue)
    db.session.commit()
    return venue


def ask(world: World, address: str = "/ou-aller", **query: str) -> Page:
    return read(world.app.test_client().get(address, query_string=query or None))


def listed(page: Page) -> list[str]:
    return [text_of(heading) for heading in page.all("h3")]


def test_without_any_place_the_page_says_that_every_station_will_do(world: World) -> None:
    page = ask(world)
    assert "Aucun lieu n'est encore enregistré" in page.text
    assert "renseignez-vous" in page.text


def test_a_place_tells_all_that_is_known_of_it(world: World) -> None:
    facts = {"address": "1 rue de l'Exemple, 02000 Laon", "telephone": "03 53 01 20 01", "hours": "8 h à 12 h"}
    a_venue("GN-1", **facts, **LAON_CENTRE, access="oui", data_date=world.today, source="Le ministère")
    text = ask(world, commune=LAON).text
    for fact in (*facts.values(), "Accès des personnes handicapées : oui", "Source : Le ministère, données du"):
        assert fact in text


def test_what_is_unknown_is_said_unknown(world: World) -> None:
    a_venue("GN-1")
    text = ask(world, commune=LAON).text
    for said in ("Horaires inconnus", "handicapées : inconnu", "Adresse inconnue, à Laon", "date inconnue"):
        assert said in text


def test_the_nearest_come_first_with_their_distance(world: World) -> None:
    a_venue("GN-FAR", "02691", latitude=49.848, longitude=3.287)
    a_venue("PN-NEAR", SOISSONS, VenueKind.POLICE, **SOISSONS_CENTRE)
    a_venue("GN-HERE", **LAON_CENTRE)
    a_venue("GN-OTHER", "51454", latitude=49.25, longitude=4.03)
    a_venue("GN-LOST", "02720")
    page = ask(world, commune=LAON)
    assert listed(page) == [f"Brigade {code}" for code in ("GN-HERE", "PN-NEAR", "GN-FAR", "GN-OTHER", "GN-LOST")]
    assert "Police, à Soissons, à environ 30 km" in page.text
    assert "à Sissonne, distance inconnue" in page.text
    assert "comptées depuis le milieu des lieux connus de Laon" in page.text


def test_a_commune_without_a_place_counts_from_those_of_its_postal_code(world: World) -> None:
    a_venue("GN-HERE", **LAON_CENTRE)
    page = ask(world, commune="02128")
    assert page.h1 == "Où aller près de Bruyères-et-Montbérault"
    assert listed(page) == ["Brigade GN-HERE"]
    assert "position de Bruyères" in page.text or "même code postal" in page.text


def test_without_any_position_no_distance_is_invented(world: World) -> None:
    a_venue("GN-1", SOISSONS)
    text = ask(world, commune=LAON).text
    assert "La position de Laon n'est pas connue" in text
    assert "km" not in text


def test_help_points_are_apart_and_establish_nothing(world: World) -> None:
    a_venue("AN-1", kind=VenueKind.HELP, name="Médiathèque")
    a_venue("GN-1")
    page = ask(world, commune=LAON)
    assert listed(page) == ["Brigade GN-1", "Médiathèque"]
    assert "On ne peut pas y montrer votre pièce d'identité" in page.text


def test_a_place_of_the_prefect_has_its_dates_and_is_no_longer_shown_after_them_r72_1(world: World) -> None:
    later, past = world.today + timedelta(days=9), world.today - timedelta(days=1)
    a_venue("PF-1", kind=VenueKind.PREFECT, opens_on=world.today, closes_on=later)
    a_venue("PF-2", kind=VenueKind.PREFECT, opens_on=past, closes_on=past)
    page = ask(world, commune=LAON)
    assert listed(page) == ["Brigade PF-1"]
    assert "Lieu désigné par le préfet" in page.text


@pytest.mark.parametrize("changes", [{"is_listed": False}, {"is_hidden": True}])
def test_what_was_taken_off_is_not_shown(world: World, changes: dict[str, bool]) -> None:
    a_venue("GN-1", **changes)
    assert "ne connaît aucun lieu" in ask(world, commune=LAON).text
    assert "ne connaît aucun lieu" in ask(world, "/ou-aller/02").text


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("Laon", "Où aller près de Laon"),
        ("02200 Soissons", "Où aller près de Soissons"),
        ("Paris 13e", "Où aller près de Paris 13e Arrondissement"),
        ("Bruxelles", "Où aller près de Bruxelles (consulat général de France)"),
    ],
)
def test_a_commune_is_found_by_name_postal_code_arrondissement_or_post(world: World, typed: str, title: str) -> None:
    assert ask(world, commune_search=typed).h1 == title


def test_several_answers_are_offered_as_choices_and_one_choice_leads_on(world: World) -> None:
    assert ask(world, commune_search="02200").status == 422
    page = ask(world, commune_search="Saint-Martin")
    assert page.status == 422
    radios = [field.get("value") for field in page.all("input") if field.get("type") == "radio"]
    assert len(radios) > 5
    assert ask(world, commune_search="Saint-Martin", commune_shown="Saint-Martin", commune=str(radios[1])).status == 200


@pytest.mark.parametrize("typed", ["", "Nulle-Part-sur-Rien", "99999", "\x00", "é" * 500])
def test_a_search_without_an_answer_says_what_to_write(world: World, typed: str) -> None:
    page = ask(world, commune_search=typed)
    assert page.status == 422
    assert page.errors


def test_a_consular_post_shows_its_own_and_leads_to_the_others(world: World) -> None:
    a_venue("CO-1", "C0009", VenueKind.CONSULATE, name="Consulat à Bruxelles")
    a_venue("CO-2", "C0002", VenueKind.CONSULATE, name="Consulat à Munich")
    page = ask(world, commune="C0009")
    assert listed(page) == ["Consulat à Bruxelles"]
    assert page.links["Tous les consulats"] == "/ou-aller/CO"
    assert ("Demandez au consulat" in page.text, "Un policier ou un gendarme peut venir" in page.text) == (True, False)
    assert "Munich" in ask(world, "/ou-aller/CO").text


def test_departments_that_have_places_are_linked(world: World) -> None:
    a_venue("GN-1")
    a_venue("GN-2", SOISSONS)
    page = ask(world)
    assert page.links["Aisne (02)"] == "/ou-aller/02"
    assert "2 lieux" in page.text


def test_a_departments_page_goes_by_commune_stations_first(world: World) -> None:
    a_venue("AN-1", kind=VenueKind.HELP, name="Aide")
    a_venue("GN-2", SOISSONS)
    a_venue("GN-1")
    page = ask(world, "/ou-aller/02")
    assert [text_of(heading) for heading in page.all("h2")] == ["Laon", "Soissons"]
    assert listed(page) == ["Brigade GN-1", "Aide", "Brigade GN-2"]


@pytest.mark.parametrize(
    "end", ["%00", "0%00", "0²", "99", "0", "02aaaa", "02?page=", *(f"02?page={n}" for n in ("0", "x", "2", "-1"))]
)
def test_a_department_or_a_page_that_is_not_there_is_a_404(world: World, end: str) -> None:
    assert ask(world, f"/ou-aller/{end}").status == 404


def test_a_department_in_small_letters_leads_to_its_page(world: World) -> None:
    answer = world.app.test_client().get("/ou-aller/2a")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/ou-aller/2A")


def fill(count: int) -> None:
    """So many places all over the department, as files describe them."""
    codes = db.session.scalars(db.text("SELECT code FROM commune WHERE department_code = '02' ORDER BY code")).all()
    hours = "lundi au vendredi : 8 h à 12 h, 14 h à 18 h ; samedi : 9 h à 12 h, 14 h à 17 h ; dimanche : 9 h à 12 h"
    for n in range(count):
        place = {"latitude": 49.0 + n % 97 / 100, "longitude": 3.0 + n % 89 / 100}
        facts = {
            "address": f"{n} rue de l'Exemple, 02{n % 1000:03} Commune-{n}",
            "telephone": f"03 53 01 {n:05}",
        }
        db.session.add(
            Venue(
                code=f"GN-{n}",
                kind=VenueKind.HELP if n % 3 else VenueKind.GENDARMERIE,
                name=f"Brigade de proximité numéro {n}",
                commune_code=codes[n * 7 % len(codes)],
                source="Ministère de l'intérieur, unités de gendarmerie accueillant du public",
                hours=hours,
                access="oui, entrée de plain-pied",
                **place,
                **facts,
            )
        )
    db.session.commit()


def test_pages_cost_the_same_queries_whatever_there_is_and_stay_small(world: World) -> None:
    client = world.app.test_client()
    addresses = ("/ou-aller", "/ou-aller?commune_search=Laon", "/ou-aller?commune=02408", "/ou-aller/02")
    costs = []
    for count in (3, 310):
        db.session.query(Venue).delete()
        fill(count)
        for address in addresses:
            with queries() as seen:
                answer = client.get(address)
            assert answer.status_code == 200
            costs.append(len(seen))
            assert len(gzip.compress(answer.data)) < LARGEST
    assert costs[: len(addresses)] == costs[len(addresses) :]
    assert max(costs) <= MOST_QUERIES


def test_a_long_department_goes_on_pages(world: World) -> None:
    fill(310)
    page = ask(world, "/ou-aller/02")
    assert page.links["Communes suivantes →"] == "/ou-aller/02?page=2"
    second = ask(world, "/ou-aller/02?page=2")
    assert len(listed(page)) + len(listed(second)) == 310
    assert "Page 2 sur 2, 310 lieux" in second.text


def test_the_home_page_leads_there(world: World) -> None:
    assert ask(world, "/").links["Trouver un lieu et ses horaires"] == "/ou-aller"
