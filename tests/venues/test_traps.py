"""What the files of places really hold, and what becomes of each."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from models import venue_file
from models.base import db
from models.csv_lines import Refused
from models.journal import Action, Entry
from models.position import Position
from models.territory import Station, StationKind
from models.venue import Venue, VenueKind
from models.venue_file import Aside, Doubt, Refusal, SetAside
from models.venue_import import Noted
from tests.builders import World
from tests.venues.files import HELP, LAON, OURS, POLICE, SOISSONS, a_file, only, shown, take

pytestmark = pytest.mark.usefixtures("app")


def test_a_gendarmerie_is_known_by_its_identifier_and_is_a_station_too() -> None:
    take(a_file(LAON))
    one = only()
    assert (one.code, one.kind, one.name) == ("GN-1008620", VenueKind.GENDARMERIE, "Gendarmerie - Brigade de Laon")
    assert one.address == "1 rue de l'Exemple 02000 LAON"
    assert one.position == Position(49.5640, 3.6200)
    assert one.hours == "lundi et mardi : 8 h à 12 h, 14 h à 18 h ; dimanche : 9 h à 12 h"
    station = db.session.get_one(Station, "GN-1008620")
    assert (station.name, station.kind, station.commune_code) == (one.name, StationKind.GENDARMERIE, "02408")


def test_the_police_file_has_neither_identifier_nor_hours() -> None:
    take(a_file(LAON, header=POLICE))
    one = only()
    assert (one.kind, one.hours) == (VenueKind.POLICE, None)
    assert one.code.startswith("PN-X")
    assert "police" in one.source


@pytest.mark.parametrize("identifier", ["", "0", "000"])
def test_without_an_identifier_the_name_and_commune_make_a_key_that_lasts(identifier: str) -> None:
    bare = LAON | {"identifiant_public_unite": identifier}
    take(a_file(bare, SOISSONS))
    before = {venue.code for venue in shown()}
    report = take(a_file(SOISSONS, bare | {"telephone": "17", "geocodage_x_GPS": "3.7", "adresse_geographique": "A"}))
    assert {venue.code for venue in shown()} == before
    assert (report.added, report.changed, report.gone) == (0, 1, 0)


def test_lines_that_share_an_identifier_are_several_places_whatever_their_order() -> None:
    other = SOISSONS | {"identifiant_public_unite": LAON["identifiant_public_unite"]}
    take(a_file(LAON, other))
    before = [(venue.code, venue.name) for venue in shown()]
    assert len(before) == 2
    take(a_file(other, LAON))
    assert [(venue.code, venue.name) for venue in shown()] == before


def test_places_of_one_name_in_one_commune_are_told_apart_by_their_address() -> None:
    first = LAON | {"identifiant_public_unite": "0"}
    other = first | {"adresse_geographique": "9 rue de l'Exemple 02000 LAON"}
    take(a_file(first, other))
    before = [(venue.code, venue.address) for venue in shown()]
    take(a_file(other, first))
    assert [(venue.code, venue.address) for venue in shown()] == before
    assert len(before) == 2


def test_a_repeated_line_is_kept_once() -> None:
    report = take(a_file(LAON, LAON))
    assert report.aside == [SetAside(3, Aside.REPEATED)]
    assert only().name == LAON["service"]


def test_the_same_file_again_changes_nothing() -> None:
    take(a_file(LAON, SOISSONS))
    before = [vars(venue).copy() for venue in shown()]
    report = take(a_file(LAON, SOISSONS))
    assert (report.added, report.changed, report.unchanged, report.gone) == (0, 0, 2, 0)
    for venue, was in zip(shown(), before, strict=True):
        assert all(getattr(venue, name) == value for name, value in was.items() if not name.startswith("_"))


@pytest.mark.parametrize(
    ("longitude", "latitude", "position", "doubt"),
    [
        ("3.62", "49.564", Position(49.564, 3.62), None),
        ("3,62", "49,564", Position(49.564, 3.62), None),
        ("49.564", "3.62", Position(49.564, 3.62), Doubt.SWAPPED),
        ("", "", None, Doubt.NO_POSITION),
        ("3.62", "", None, Doubt.NO_POSITION),
        ("0", "0", None, Doubt.NO_POSITION),
        ("nan", "nan", None, Doubt.NO_POSITION),
        ("inconnu", "49.5", None, Doubt.NO_POSITION),
        ("743000.5", "6940000.1", None, Doubt.NO_POSITION),
        ("-61.5", "16.2", None, Doubt.NO_POSITION),
    ],
)
def test_a_position_is_believed_mended_or_unknown(
    longitude: str, latitude: str, position: Position | None, doubt: Doubt | None
) -> None:
    report = take(a_file(LAON | {"geocodage_x_GPS": longitude, "geocodage_y_GPS": latitude}))
    assert only().position == position
    assert report.noted == ([Noted(2, doubt)] if doubt else [])


def test_a_projection_that_is_not_in_degrees_leaves_the_position_unknown() -> None:
    metres = {"geocodage_epsg": "2154", "geocodage_x_GPS": "745120.2", "geocodage_y_GPS": "6940331.8"}
    report = take(a_file(LAON | metres, SOISSONS | {"geocodage_epsg": "2154"}))
    assert [venue.position for venue in shown()] == [None, Position(49.3810, 3.3240)]
    assert report.noted == [Noted(2, Doubt.NO_POSITION)]


def test_overseas_positions_lie_overseas() -> None:
    noumea = {"code_commune_insee": "98818", "geocodage_x_GPS": "166.45", "geocodage_y_GPS": "-22.27"}
    saint_denis = SOISSONS | {"code_commune_insee": "97411", "geocodage_x_GPS": "-20.88", "geocodage_y_GPS": "55.45"}
    take(a_file(LAON | noumea, saint_denis))
    assert [venue.position for venue in shown()] == [Position(-22.27, 166.45), Position(-20.88, 55.45)]


def test_an_unknown_commune_is_set_aside_with_its_line() -> None:
    report = take(a_file(SOISSONS, LAON | {"code_commune_insee": "02999", "commune": "Nulle-Part"}))
    assert report.aside == [SetAside(3, Aside.COMMUNE)]
    assert only().commune_code == "02722"


@pytest.mark.parametrize("code", ["", "02999"])
def test_a_commune_whose_code_is_wrong_is_found_by_its_name_under_its_postal_code(code: str) -> None:
    report = take(a_file(LAON | {"code_commune_insee": code, "commune": "LAON"}))
    assert only().commune_code == "02408"
    assert Noted(2, Doubt.BY_NAME) in report.noted


def test_a_code_that_lost_its_zero_is_mended() -> None:
    take(a_file(LAON | {"code_commune_insee": "2408"}))
    assert only().commune_code == "02408"


def test_a_place_in_paris_is_in_the_arrondissement_of_its_postal_code() -> None:
    paris = {"code_commune_insee": "75056", "code_postal": "75013", "commune": "Paris"}
    take(a_file(LAON | paris | {"geocodage_x_GPS": "2.36", "geocodage_y_GPS": "48.83"}))
    assert only().commune_code == "75113"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_encoding_separator_and_end_of_line(encoding: str, separator: str, end: str) -> None:
    named = LAON | {"service": "Communauté de brigades de l'Île, Laon"}
    take(a_file(named, separator=separator, end=end).decode().encode(encoding))
    assert only().name == "Communauté de brigades de l'Île, Laon"


def test_hours_in_columns_are_put_in_words() -> None:
    spans = {"lundi_plage1_debut": "08h00", "lundi_plage1_fin": "12h00"}
    spans |= {"lundi_plage2_debut": "14h00", "lundi_plage2_fin": "18h30"}
    header = ";".join([*POLICE.split(";"), *spans])
    take(a_file(LAON | spans, header=header))
    hours = only().hours
    assert hours
    assert hours.startswith("lundi : 8 h à 12 h, 14 h à 18 h 30 ; mardi au dimanche et jours fériés : fermé")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Du lundi au vendredi : 8h00-12h00 Samedi : 9h00-12h00", None),
        ("Lundi, mardi : 8h00-12h00", None),
        ("Lundi : 8h00-12h00 sauf jours fériés", None),
        ("Lundi : 8h00-12h00 / 14h00-18h00", "lundi : 8 h à 12 h, 14 h à 18 h"),
    ],
)
def test_hours_of_several_days_at_once_are_told_as_the_file_has_them(said: str, told: str | None) -> None:
    take(a_file(LAON | {"horaires_accueil": said}))
    assert only().hours == (told or said)


def test_texts_that_are_too_long_are_left_unknown_and_told() -> None:
    report = take(a_file(LAON | {"horaires_accueil": "sur rendez-vous " * 60}, SOISSONS | {"service": "x" * 121}))
    assert only().hours is None
    assert Noted(2, Doubt.TOO_LONG) in report.noted
    assert report.aside == [SetAside(3, Aside.NAME)]


def test_a_line_with_another_number_of_fields_is_set_aside() -> None:
    content = a_file(LAON) + b'"1";"trop court"\n' + a_file(SOISSONS).split(b"\n")[1] + b"\n"
    report = take(content)
    assert report.aside == [SetAside(3, Aside.COLUMN_COUNT)]
    assert len(shown()) == 2


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", Refusal.EMPTY),
        (b"\n\n", Refusal.NO_TABLE),
        (b"PK\x03\x04\x00\x00binary", Refusal.NO_TABLE),
        (b"Bonjour, voici la liste.\n", Refusal.NO_TABLE),
        (b"code,nom,departement\n01001,x,01\n", Refusal.MISSING_COLUMNS),
        (b"nom de naissance;code de l'ugle\nPETIT;02408\n", Refusal.NO_TABLE),
        (a_file(), Refusal.NOTHING),
        (a_file(LAON)[:-40], Refusal.TRUNCATED),
        (a_file(LAON, SOISSONS)[: len(a_file(LAON)) + 60], Refusal.TRUNCATED),
        (a_file(LAON)[:60], Refusal.TRUNCATED),
        (a_file(LAON) + b'"1008622;Brigade\n' + b"b;c\n" * 8, Refusal.OPEN_QUOTE),
        (a_file(HELP | {"source": ""}, header=OURS), Refusal.NOTHING),
        (a_file(LAON | {"code_commune_insee": "99999", "commune": "?"}), Refusal.NOTHING),
    ],
)
def test_a_wrong_cut_or_binary_file_is_refused_and_changes_nothing(content: bytes, refusal: Refusal) -> None:
    take(a_file(SOISSONS))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        take(content)
    db.session.rollback()
    assert refused.value.code is refusal
    assert only().code == "GN-1008621"


def test_a_file_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venue_file, "MOST_LINES", 3)
    with pytest.raises(Refused, match="too_long"):
        take(a_file(LAON, SOISSONS, LAON))


def test_a_last_line_without_its_end_loses_what_may_have_been_cut() -> None:
    cut = a_file(HELP, header=OURS).rstrip(b"\n").rstrip(b'"').replace(b'"', b"")
    report = take(cut[:-1])
    assert only().data_date is None
    assert Noted(2, Doubt.CUT) in report.noted


def test_a_unit_that_vanishes_is_no_longer_shown_and_its_officers_keep_working(world: World) -> None:
    take(a_file(LAON, SOISSONS))
    officer = world.an_officer(station=db.session.get_one(Station, "GN-1008620"))
    report = take(a_file(SOISSONS))
    assert report.gone == 1
    assert only().code == "GN-1008621"
    assert world.as_agent(officer).get("/admin/officer/").status_code == 200
    assert world.established(officer).station_code == "GN-1008620"
    take(a_file(LAON, SOISSONS))
    assert len(shown()) == 2


def test_the_other_files_places_stay_when_one_is_imported() -> None:
    take(a_file(LAON))
    take(a_file(SOISSONS, header=POLICE))
    take(a_file(HELP, header=OURS), kind=VenueKind.HELP)
    take(a_file(HELP | {"nom": "Autre", "source": "Commune de Laon"}, header=OURS), kind=VenueKind.HELP)
    assert [venue.kind for venue in shown()].count(VenueKind.HELP) == 2
    assert len(shown()) == 4


def test_a_file_after_which_most_would_vanish_is_refused_unless_meant() -> None:
    many = [LAON | {"identifiant_public_unite": str(n), "service": f"Brigade {n}"} for n in range(100, 160)]
    take(a_file(*many))
    with pytest.raises(Refused, match="loss 40 / 60"):
        take(a_file(*many[:20]))
    db.session.rollback()
    assert len(shown()) == 60
    assert take(a_file(*many[:20]), may_lose=True).gone == 40
    assert len(shown()) == 20


def test_our_own_file_has_consulates_and_the_places_of_the_prefect() -> None:
    consulate = HELP | {"type": "consulat", "nom": "Consulat à Munich", "commune": "Munich", "code_commune_insee": ""}
    consulate |= {"latitude": "48.14", "longitude": "11.57"}
    listed = HELP | {"type": "Lieu du préfet", "nom": "Galerie", "date_debut": "01/03/2027", "date_fin": "2027-03-12"}
    wrong = HELP | {"type": "bureau de tabac"}
    backwards = listed | {"nom": "Halle", "date_fin": "2027-02-12"}
    report = take(a_file(consulate, listed, wrong, backwards, header=OURS))
    assert report.aside == [SetAside(4, Aside.KIND)]
    assert Noted(5, Doubt.DATES) in report.noted
    by_name = {venue.name: venue for venue in shown()}
    assert by_name["Consulat à Munich"].commune_code == "C0002"
    assert db.session.get(Station, by_name["Consulat à Munich"].code)
    assert str(by_name["Galerie"].opens_on) == "2027-03-01"
    assert str(by_name["Galerie"].closes_on) == "2027-03-12"
    assert by_name["Halle"].opens_on is None
    assert db.session.get(Station, by_name["Galerie"].code) is None


def test_an_import_is_written_in_the_journal() -> None:
    take(a_file(LAON, SOISSONS))
    [entry] = db.session.scalars(db.select(Entry))
    assert (entry.action, entry.detail) == (Action.VENUES_IMPORTED, "2 0 0")


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"latitude": 49.0, "longitude": None}, "whole_position"),
        ({"opens_on": date(2027, 3, 2), "closes_on": date(2027, 3, 1)}, "dates_in_order"),
        ({"code": ""}, "code_present"),
    ],
)
def test_the_database_keeps_its_promises(wrong: dict[str, Any], constraint: str) -> None:
    take(a_file(LAON))
    with pytest.raises(IntegrityError, match=f"ck_venue_{constraint}"):
        db.session.execute(update(Venue).values(wrong))
    db.session.rollback()
