"""The commands that operators run, and what they print."""

from pathlib import Path

import pytest
from flask import Flask

from models.base import db
from models.venue import Venue, VenueKind
from tests.venues.files import HELP, LAON, OURS, SOISSONS, a_file, only, shown


def run(app: Flask, tmp_path: Path, content: bytes, *options: str, command: str = "import-stations") -> tuple[int, str]:
    file = tmp_path / "places.csv"
    file.write_bytes(content)
    done = app.test_cli_runner().invoke(args=[command, str(file), *options])
    return done.exit_code, done.output


def test_an_import_says_what_it_did_line_by_line(app: Flask, tmp_path: Path) -> None:
    swapped = SOISSONS | {"geocodage_x_GPS": "49.381", "geocodage_y_GPS": "3.324"}
    lost = LAON | {"code_commune_insee": "02999", "commune": "Nulle-Part"}
    code, output = run(app, tmp_path, a_file(LAON | {"identifiant_public_unite": "0"}, swapped, lost))
    assert code == 0
    assert output.splitlines() == [
        "line 4 set aside: its commune is unknown",
        "line 3: latitude and longitude were swapped",
        "places: 2 added, 0 changed, 0 unchanged, 0 no longer shown, 1 lines set aside",
    ]


def test_help_points_come_by_their_own_command(app: Flask, tmp_path: Path) -> None:
    row = {name: value for name, value in HELP.items() if name not in ("type", "source", "date_donnees")}
    header = ";".join(row)
    options = ("--source", "Département de l'Aisne", "--date", "2026-11-03")
    code, output = run(app, tmp_path, a_file(row, header=header), *options, command="import-help-points")
    assert (code, output.split(",")[0]) == (0, "places: 1 added")
    one = only()
    assert (one.kind, one.source, str(one.data_date)) == (VenueKind.HELP, "Département de l'Aisne", "2026-11-03")
    assert one.address == "6 rue de l'Exemple, 02000 Laon"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"\x7fELF\x00\x01", "this is no CSV file of places"),
        (a_file(LAON)[:-30], "the file was cut at line 2: get it again"),
        (b"nom;code_commune_insee\nX;02408\n", "columns are missing: type, source"),
    ],
)
def test_a_wrong_file_ends_in_one_clear_sentence(app: Flask, tmp_path: Path, content: bytes, sentence: str) -> None:
    run(app, tmp_path, a_file(SOISSONS))
    code, output = run(app, tmp_path, content)
    assert (code, output) == (1, f"Error: {sentence}. Nothing was changed.\n")
    assert only().code == "GN-1008621"


def test_most_places_do_not_vanish_by_mistake(app: Flask, tmp_path: Path) -> None:
    many = [LAON | {"identifiant_public_unite": str(n), "service": f"Brigade {n}"} for n in range(100, 160)]
    run(app, tmp_path, a_file(*many))
    code, output = run(app, tmp_path, a_file(*many[:9]))
    assert (code, len(shown())) == (1, 60)
    assert "51 / 60 places of this source would no longer be shown" in output
    assert run(app, tmp_path, a_file(*many[:9]), "--may-lose")[0] == 0
    assert len(shown()) == 9


def test_a_station_that_an_operator_creates_is_shown_with_nothing_known(app: Flask) -> None:
    named = ("--name", "Brigade de Laon", "--kind", "gendarmerie", "--commune", "02408")
    done = app.test_cli_runner().invoke(args=["create-station", "BTA-02", *named])
    assert done.exit_code == 0, done.output
    one = db.session.get_one(Venue, "BTA-02")
    assert (one.name, one.hours, one.is_listed) == ("Brigade de Laon", None, True)


def test_ours_needs_no_option_when_each_line_says_all(app: Flask, tmp_path: Path) -> None:
    assert run(app, tmp_path, a_file(HELP, header=OURS))[0] == 0
    assert only().kind is VenueKind.HELP
