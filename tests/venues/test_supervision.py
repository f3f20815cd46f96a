"""The ministry corrects what files get wrong; no import undoes that, and the journal says who did what."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.account import Role
from models.base import db
from models.journal import Action, Entry
from models.territory import Station
from models.venue import Venue, VenueKind
from models.venue_import import Kept
from tests.builders import World
from tests.database import queries
from tests.page import read
from tests.venues.files import LAON, SOISSONS, a_file, take

CODE = "GN-1008620"
ADDRESS = f"/admin/venues/lieu/?code={CODE}"


@pytest.fixture
def ministry(world: World) -> FlaskClient:
    take(a_file(LAON, SOISSONS))
    return world.as_agent(world.an_account(Role.MINISTRY))


def venue(code: str = CODE) -> Venue:
    db.session.expire_all()
    return db.session.get_one(Venue, code)


def correct(client: FlaskClient, **answers: str) -> TestResponse:
    form = read(client.get(ADDRESS)).form("/admin/venues/lieu/")
    return client.post("/admin/venues/lieu/", data=form | answers)


def entries() -> list[Entry]:
    corrected = db.select(Entry).where(Entry.action == Action.VENUE_CORRECTED)
    return list(db.session.scalars(corrected.order_by(Entry.id)))


def test_a_correction_is_shown_to_the_public_and_written_in_the_journal(ministry: FlaskClient, world: World) -> None:
    assert correct(ministry, hours="sur rendez-vous", access="oui, rampe").status_code == 303
    public = read(world.app.test_client().get("/ou-aller?commune=02408"))
    assert "Horaires : sur rendez-vous" in public.text
    assert "corrigé le" in public.text
    [entry] = entries()
    assert (entry.desk, entry.detail) == (CODE, "hours access")
    assert entry.account_id is not None


def test_a_later_import_keeps_what_was_corrected_takes_the_rest_and_says_so(ministry: FlaskClient) -> None:
    correct(ministry, hours="sur rendez-vous")
    report = take(a_file(LAON | {"telephone": "17"}, SOISSONS))
    assert report.corrected == [Kept(CODE, ("hours",))]
    assert (venue().hours, venue().telephone) == ("sur rendez-vous", "17")


def test_once_followed_again_the_file_has_the_last_word(ministry: FlaskClient) -> None:
    correct(ministry, hours="sur rendez-vous")
    assert correct(ministry, act="follow_again").status_code == 303
    take(a_file(LAON, SOISSONS))
    assert (venue().hours or "").startswith("lundi et mardi")
    assert venue().corrected == ""
    assert entries()[-1].detail == "follow_again"


def test_a_place_taken_off_stays_off_whatever_the_files_say(ministry: FlaskClient, world: World) -> None:
    correct(ministry, is_hidden="y")
    take(a_file(LAON | {"telephone": "17"}, SOISSONS))
    assert "Brigade de Laon" not in read(world.app.test_client().get("/ou-aller/02")).text
    assert "retiré par le ministère" in read(ministry.get("/admin/venues/")).text


def test_the_station_follows_the_name_and_the_commune(ministry: FlaskClient) -> None:
    correct(ministry, name="Brigade de Soissons-Nord", commune_search="Soissons (02, Aisne)")
    station = db.session.get_one(Station, CODE)
    assert (station.name, station.commune_code) == ("Brigade de Soissons-Nord", "02722")


def test_nothing_changed_is_nothing_written(ministry: FlaskClient) -> None:
    assert correct(ministry).status_code == 303
    assert entries() == []
    assert venue().corrected == ""


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"name": ""}, "écrivez le nom"),
        ({"name": "x" * 121}, "120 caractères au plus"),
        ({"commune_search": "Nulle-Part"}, "aucune commune de ce nom"),
        ({"latitude": "nord"}, "écrivez des degrés"),
        ({"latitude": ""}, "laissez vides les deux"),
        ({"latitude": "3,62", "longitude": "49,564"}, "n'est pas du côté de la commune"),
        ({"opens_on": "12/03/2027", "closes_on": "01/03/2027"}, "avant le premier jour"),
    ],
)
def test_a_wrong_answer_says_what_to_write_and_changes_nothing(
    ministry: FlaskClient, answers: dict[str, str], said: str
) -> None:
    page = read(correct(ministry, **answers))
    assert page.status == 422
    assert said in page.text
    assert venue().version == 1


@pytest.mark.parametrize("version", ["9" * 5_000, "9" * 30, "-1", "x", ""])
def test_a_version_that_no_page_gave_is_another_s_correction(ministry: FlaskClient, version: str) -> None:
    form = read(ministry.get(ADDRESS)).form("/admin/venues/lieu/")
    assert ministry.post("/admin/venues/lieu/", data=form | {"version": version, "hours": "fermé"}).status_code == 409


def test_two_who_correct_at_once_do_not_overwrite_each_other_unread(ministry: FlaskClient) -> None:
    form = read(ministry.get(ADDRESS)).form("/admin/venues/lieu/")
    correct(ministry, hours="sur rendez-vous")
    page = read(ministry.post("/admin/venues/lieu/", data=form | {"hours": "fermé"}))
    assert page.status == 409
    assert venue().hours == "sur rendez-vous"
    assert db.session.scalar(db.select(Entry.detail).where(Entry.action == Action.DENIED)) == "AlreadyHandled"
    again = page.form("/admin/venues/lieu/")
    assert ministry.post("/admin/venues/lieu/", data=again).status_code == 303
    assert venue().hours == "fermé"


def test_a_prefects_place_is_added_with_its_order_and_its_days_r72_1(ministry: FlaskClient, world: World) -> None:
    answers: dict[str, Any] = {
        "source": "Préfecture de l'Aisne, arrêté du 3 février 2027",
        "name": "Galerie de Laon",
        "commune_search": "Laon",
        "hours": "14 h à 17 h",
        "opens_on": f"{world.today:%d/%m/%Y}",
        "closes_on": f"{world.today:%d/%m/%Y}",
    }
    form = read(ministry.get("/admin/venues/nouveau/")).form("/admin/venues/nouveau/")
    assert read(ministry.post("/admin/venues/nouveau/", data=form)).status == 422
    assert ministry.post("/admin/venues/nouveau/", data=form | answers).status_code == 303
    [added] = db.session.scalars(db.select(Venue).where(Venue.kind == VenueKind.PREFECT))
    assert (added.opens_on, added.source) == (world.today, answers["source"])
    public = read(world.app.test_client().get("/ou-aller?commune=02408")).text
    assert "Galerie de Laon" in public
    assert "seulement" in public


@pytest.mark.parametrize("asked", ["Laon", "02000 Laon", "brigade de l", CODE.lower(), "GN-1008620"])
def test_a_place_is_found_by_commune_name_or_code(ministry: FlaskClient, asked: str) -> None:
    with queries() as seen:
        answer = ministry.get("/admin/venues/", query_string={"search": asked})
    assert "Gendarmerie - Brigade de Laon" in read(answer).links
    assert len(seen) <= 12


@pytest.mark.parametrize("asked", ["%", "_", "Nulle-Part", "\\"])
def test_a_search_without_an_answer_says_so(ministry: FlaskClient, asked: str) -> None:
    assert "Aucun lieu ne répond" in read(ministry.get("/admin/venues/", query_string={"search": asked})).text


def test_an_unknown_place_is_a_404(ministry: FlaskClient) -> None:
    assert read(ministry.get("/admin/venues/lieu/?code=GN-0")).status == 404
