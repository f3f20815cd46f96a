"""The communes that come with the application are the official ones, and loading them is safe to repeat."""

import gzip
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from app.config import PROJECT
from app.territory import COMMUNES, CONSULAR_POSTS, load_files, read
from models.base import db
from models.territory import Commune, Department, Place, PostalCode, load

PLACES = {place.code: place for place in read(COMMUNES)}
POSTS = {place.code: place for place in read(CONSULAR_POSTS)}
DERIVE = PROJECT / "models" / "data" / "derive.py"
COLUMNS = "code\tname\tdepartment\tdepartment_name\tparent\ttime_zone\telects\tpostal_codes"
ATTRIBUTION = "# Source : Etalab, découpage administratif 2026, Licence Ouverte 2.0"


def test_there_are_34_969_communes_and_45_arrondissements() -> None:
    arrondissements = [place for place in PLACES.values() if place.parent_code]
    assert len(PLACES) == 35_014
    assert len(arrondissements) == 45
    assert {place.parent_code for place in arrondissements} == {"75056", "69123", "13055"}
    assert len({place.department_code for place in PLACES.values()}) == 109


def test_an_elector_of_laon_ajaccio_or_la_reunion_finds_the_right_lines() -> None:
    assert PLACES["02408"] == Place("02408", "Laon", "02", "Aisne", None, "Europe/Paris", True, ("02000",))
    assert PLACES["2A004"].name == "Ajaccio"
    assert PLACES["75113"].postal_codes == ("75013",)
    assert PLACES["75113"].parent_code == "75056"
    assert len(PLACES["75056"].postal_codes) == 21


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("02408", "Europe/Paris"),
        ("2A004", "Europe/Paris"),
        ("97105", "America/Guadeloupe"),
        ("97209", "America/Martinique"),
        ("97302", "America/Cayenne"),
        ("97411", "Indian/Reunion"),
        ("97502", "America/Miquelon"),
        ("97611", "Indian/Mayotte"),
        ("97701", "America/St_Barthelemy"),
        ("97801", "America/Marigot"),
        ("98613", "Pacific/Wallis"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("98757", "Pacific/Marquesas"),
        ("98719", "Pacific/Gambier"),
        ("98818", "Pacific/Noumea"),
        ("98901", "Etc/GMT+8"),
    ],
)
def test_midnight_is_the_elector_s_own(code: str, zone: str) -> None:
    assert PLACES[code].time_zone == zone


def test_every_time_zone_is_one_that_python_knows() -> None:
    for zone in {place.time_zone for place in [*PLACES.values(), *POSTS.values()]}:
        assert ZoneInfo(zone).key == zone


def test_nobody_is_registered_in_a_divided_city_or_an_empty_place() -> None:
    silent = {place.code for place in PLACES.values() if not place.elects}
    destroyed_in_1916 = {"55039", "55050", "55139", "55189", "55239", "55307"}
    southern = {"98411", "98412", "98413", "98414", "98415"}
    assert silent == {"75056", "13055", "69123", "98901"} | destroyed_in_1916 | southern


def test_every_place_that_elects_in_france_has_a_postal_code_of_five_digits() -> None:
    codes = [code for place in PLACES.values() if place.elects for code in place.postal_codes or ("none",)]
    assert all(len(code) == 5 and code.isdecimal() for code in codes)


def test_consular_posts_have_codes_of_ours_and_one_department() -> None:
    assert len(POSTS) == 46
    assert POSTS["C0009"].name == "Bruxelles (consulat général de France)"
    assert all(len(code) == 5 and code[0] == "C" and code[1:].isdecimal() for code in POSTS)
    assert {(post.department_code, post.department_name) for post in POSTS.values()} == {("CO", "Consulats")}
    assert len({post.name for post in POSTS.values()}) == len(POSTS)


def test_the_source_is_named_at_the_head_of_the_file_and_beside_it() -> None:
    head = gzip.decompress(COMMUNES.read_bytes()).decode().splitlines()[0]
    assert head == ATTRIBUTION
    assert ATTRIBUTION.removeprefix("# ") in COMMUNES.with_name("README.md").read_text()


def test_next_year_s_file_is_derived_from_the_official_ones_the_same_way_each_time(tmp_path: Path) -> None:
    communes, departments = tmp_path / "communes.csv", tmp_path / "departements.csv"
    communes.write_text(
        "code_insee,nom,departement,region,codes_postaux,population,commune_parente\n"
        "75113,Paris 13e Arrondissement,75,11,75013,180000,75056\n"
        '02408,"Laon, la haute",02,32,02000,24220,\n'
        "75056,Paris,75,11,75001 75013,2103778,\n"
        "55189,Fleury-devant-Douaumont,55,44,55100,0,\n"
        "98719,Gambier,987,987,98755 98792,1500,\n"
    )
    departments.write_text("code,nom,region\n02,Aisne,32\n55,Meuse,44\n75,Paris,11\n987,Polynésie française,987\n")
    outputs = [tmp_path / "first.tsv.gz", tmp_path / "second.tsv.gz"]
    for output in outputs:
        subprocess.run([sys.executable, DERIVE, communes, departments, output], check=True)
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert gzip.decompress(outputs[0].read_bytes()).decode().splitlines() == [
        ATTRIBUTION,
        COLUMNS,
        "02408\tLaon, la haute\t02\tAisne\t\tEurope/Paris\t1\t02000",
        "55189\tFleury-devant-Douaumont\t55\tMeuse\t\tEurope/Paris\t0\t55100",
        "75056\tParis\t75\tParis\t\tEurope/Paris\t0\t75001 75013",
        "75113\tParis 13e Arrondissement\t75\tParis\t75056\tEurope/Paris\t1\t75013",
        "98719\tGambier\t987\tPolynésie française\t\tPacific/Gambier\t1\t98755 98792",
    ]
    inhabitants = gzip.decompress((tmp_path / "inhabitants.tsv.gz").read_bytes()).decode().splitlines()
    assert inhabitants == [ATTRIBUTION, "75113\t180000", "02408\t24220", "75056\t2103778", "98719\t1500"]


def test_loading_twice_changes_nothing(app: Flask) -> None:
    before = territory()
    assert load_files() == (0, 0)
    assert territory() == before


def test_what_was_altered_or_lost_is_put_right_and_nothing_else_is_touched(app: Flask) -> None:
    before = territory()
    db.session.execute(update(Department).where(Department.code == "02").values(name="?"))
    db.session.execute(update(Commune).where(Commune.code == "02408").values(elects=False, search_name="?"))
    db.session.execute(delete(PostalCode).where(PostalCode.commune_code == "02408"))
    db.session.execute(delete(PostalCode).where(PostalCode.commune_code == "97701"))
    db.session.execute(delete(Commune).where(Commune.code == "97701"))
    db.session.add(PostalCode(commune_code="02408", code="99999"))
    db.session.commit()
    assert load_files() == (1, 1)
    assert territory() == before


def test_a_commune_that_a_file_does_not_list_stays(app: Flask) -> None:
    number = db.session.scalar(select(func.count(Commune.code)))
    assert load([PLACES["02408"]]) == (0, 0)
    assert db.session.scalar(select(func.count(Commune.code))) == number


@pytest.mark.parametrize(
    "content",
    [
        "",
        f"{ATTRIBUTION}\n{COLUMNS}\n",
        "code;nom\n1;2\n",
        "code\tname\n02408\tLaon\n",
        f"{COLUMNS}\n02408\tLaon\t02\n",
        f"{COLUMNS}\n2408\tLaon\t02\tAisne\t\tEurope/Paris\t1\t02000\n",
        f"{COLUMNS}\n02408\tLaon\t02\tAisne\t\tEurope/Laon\t1\t02000\n",
        f"{COLUMNS}\n02408\tLaon\t02\tAisne\t\tEurope/Paris\toui\t02000\n",
        "\ud8ff",
    ],
    ids=["empty", "no line", "other file", "few columns", "cut", "short code", "bad zone", "bad yes", "not UTF-8"],
)
def test_a_file_that_is_not_of_communes_is_refused_and_nothing_changes(
    app: Flask, tmp_path: Path, content: str
) -> None:
    before = territory()
    file = tmp_path / "communes.tsv"
    file.write_text(content, encoding="utf-8", errors="surrogatepass")
    answer = app.test_cli_runner().invoke(args=["load-communes", str(file)])
    assert answer.exit_code == 1
    assert "communes.tsv" in answer.output
    assert territory() == before


def test_a_broken_archive_or_a_missing_file_is_refused(app: Flask, tmp_path: Path) -> None:
    archive = tmp_path / "communes.tsv.gz"
    archive.write_bytes(COMMUNES.read_bytes()[:5000])
    runner = app.test_cli_runner()
    assert runner.invoke(args=["load-communes", str(archive)]).exit_code == 1
    assert runner.invoke(args=["load-communes", str(tmp_path / "absent.tsv")]).exit_code == 2


def territory() -> list[set[tuple[object, ...]]]:
    """Every row of the reference tables."""
    tables = (Department.__table__, Commune.__table__, PostalCode.__table__)
    return [set(map(tuple, db.session.execute(select(table)))) for table in tables]
