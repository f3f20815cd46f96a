"""The town hall's list as a file: the same rows as the list, safe in a spreadsheet, journaled, named after nobody."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import update

from admin_views import exported_lines, town_hall_export
from admin_views.spreadsheet import as_text
from app.dates import now, short_day
from models import journey, lifetime, rounds
from models.base import db
from models.errors import Reason
from models.journal import Action
from models.procuration import Procuration, Source
from models.visit import RoundKind
from tests.back_office.desks import Desk, entries, many, rows_of, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire, an_identity
from tests.database import queries
from tests.page import read

EXPORT = "/admin/town-hall/export/"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMATS = ("csv", "xlsx")
EXCEL_BEGINS = date(1899, 12, 30)


def export(desk: Desk, wanted: str, rest: str = ""):
    """Press the button of that format under the list that this address shows."""
    return desk.client.post(EXPORT, data=desk.read(rest).form(EXPORT) | {"format": wanted})


def exported(desk: Desk, wanted: str = "csv", rest: str = "") -> list[dict[str, str]]:
    """The rows of the file, under their headings."""
    answer = export(desk, wanted, rest)
    assert answer.status_code == 200
    head, *rows = as_csv(answer.data) if wanted == "csv" else as_workbook(answer.data)
    assert tuple(head) == exported_lines.HEADINGS
    return [dict(zip(head, row, strict=True)) for row in rows]


def as_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "a spreadsheet needs it to read UTF-8"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def as_workbook(content: bytes) -> list[list[str]]:
    """Each cell as it is shown; there is no formula to compute."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(root.iter(f"{SHEET}f"))
    return [_shown(row) for row in root.iter(f"{SHEET}row")]


def _shown(row: ElementTree.Element) -> list[str]:
    cells = [""] * len(exported_lines.HEADINGS)
    for cell in row:
        letters = re.sub(r"\d", "", cell.get("r", ""))
        text = "".join(cell.itertext())
        is_day = cell.get("t") is None
        cells[ord(letters) - ord("A")] = short_day(EXCEL_BEGINS + timedelta(days=int(text))) if is_day else text
    return cells


@pytest.mark.parametrize("wanted", FORMATS)
def test_the_file_has_the_rows_of_the_list_in_its_order_under_its_filter(world: World, wanted: str) -> None:
    first, second, decided = world.established(), world.established(), world.established()
    journey.invalidate(decided, clerk=world.a_clerk(), reason=Reason.PLAFOND, note="", now=now())
    db.session.commit()
    desk = town_hall(world)
    shown = [row["Référence"] for row in exported(desk, wanted)]
    assert shown == rows_of(desk.read()) == [decided.reference, second.reference, first.reference]
    (row,) = exported(desk, wanted, "?status=invalidated")
    assert (row["Référence"], row["Statut"]) == (decided.reference, "invalidée")
    assert row["Motif"] == "Le mandataire a déjà le nombre de procurations permis"


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_row_says_what_the_form_says_and_who_established_it(world: World, wanted: str) -> None:
    procuration = world.established(
        world.an_officer(name="Yannis CORDIER"),
        mandataire=a_mandataire(),
        mandataire_nne="123456789",
        mandataire_commune=world.commune(SOISSONS),
    )
    (row,) = exported(town_hall(world), wanted)
    day = short_day(world.commune().local_day(procuration.established_at))
    assert (
        row
        | {
            "Origine": "en ligne",
            "Statut": "à décider",
            "Mandant : nom de naissance": "D'HAUTPOUL DE LA TOUR",
            "Mandant : prénoms": "Éloïse Marie-Ange",
            "Mandant : sexe": "F",
            "Mandant : numéro d'électeur": "",
            "Mandant : vote à": "Laon (02, Aisne)",
            "Mandataire : nom de naissance": "D'Aubigné-Le Brethon",
            "Mandataire : date de naissance": "28/08/1986",
            "Mandataire : numéro d'électeur": "123456789",
            "Mandataire : inscrit à": "Soissons (02, Aisne)",
            "Validité": short_day(procuration.days[0]),
            "Établie le": day,
            "Lieu d'établissement": "Laon",
            "Autorité": "Yannis CORDIER",
            "Qualité de l'autorité": "officier de police judiciaire",
            "Décidée le": "",
        }
        == row
    )


@pytest.mark.parametrize("wanted", FORMATS)
def test_words_are_written_as_they_are_read(world: World, wanted: str) -> None:
    hall = town_hall(world)
    hall.act("invalidate", world.established().id, reason="MANDATAIRE_NON_INSCRIT")
    assert [row["Motif"] for row in exported(hall, wanted)] == ["Le mandataire n'est inscrit sur aucune liste"]


@pytest.mark.parametrize("wanted", FORMATS)
def test_the_days_chosen_are_told_in_their_order(world: World, wanted: str) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second))
    world.established(days=(second, first))
    (row,) = exported(town_hall(world), wanted)
    assert row["Validité"] == f"{short_day(first)}, {short_day(second)}"


@pytest.mark.parametrize("wanted", FORMATS)
def test_it_holds_no_address_no_note_and_no_name_of_a_home(world: World, wanted: str) -> None:
    officer = world.an_officer()
    demande = world.submitted(email="eloise@electeurs.test")
    planned = {"officer": officer, "submission_key": "k", "now": now()}
    held = rounds.plan(RoundKind.SESSION, world.today, world.commune(SOISSONS), "Résidence des Tilleuls", **planned)
    journey.establish(demande, officer=officer, during=held, now=now())
    journey.validate(demande, clerk=world.a_clerk(), note="vu avec sa fille", now=now())
    db.session.commit()
    (row,) = exported(town_hall(world), wanted)
    assert row["Lieu d'établissement"] == "Soissons"
    assert not any(kept in " ".join(row.values()) for kept in ("Tilleuls", "electeurs.test", "sa fille"))


@pytest.mark.parametrize("wanted", FORMATS)
def test_no_cell_of_it_is_a_formula(world: World, wanted: str) -> None:
    world.established(world.an_officer(name="=HYPERLINK(1)"), mandant=an_identity(birth_name="-SMITH"))
    (row,) = exported(town_hall(world), wanted)
    assert (row["Mandant : nom de naissance"], row["Autorité"]) == ("'-SMITH", "'=HYPERLINK(1)")


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1"])
def test_what_a_spreadsheet_would_compute_is_made_text(cell: str) -> None:
    assert as_text(cell) == f"'{cell}"
    assert as_text(f"a{cell}") == f"a{cell}"


@pytest.mark.parametrize("wanted", FORMATS)
def test_nothing_of_another_commune_is_in_it_whatever_is_posted(world: World, wanted: str) -> None:
    mine, foreign = world.established(), world.established(commune_code=SOISSONS)
    desk = town_hall(world)
    assert [row["Référence"] for row in exported(desk, wanted)] == [mine.reference]
    form = desk.read().form(EXPORT)
    for more in ({"search": foreign.reference}, {"rowid": str(foreign.id)}, {"commune": SOISSONS}):
        answer = desk.client.post(EXPORT, data=form | more | {"format": "csv"})
        assert foreign.reference not in answer.text


@pytest.mark.parametrize("wanted", FORMATS)
def test_an_erased_person_is_erased_there_too(world: World, wanted: str) -> None:
    lifetime.purge(world.established(), key=b"key", now=now())
    db.session.commit()
    (row,) = exported(town_hall(world), wanted)
    assert row["Mandant : nom de naissance"] == row["Mandataire : nom de naissance"] == "identité effacée"
    assert row["Mandant : prénoms"] == row["Mandataire : date de naissance"] == row["Autorité"] == ""


def test_the_journal_says_who_exported_which_commune_under_which_filter_and_no_name(world: World) -> None:
    election = world.an_election()
    world.established(mandant=an_identity(birth_name="HAUTPOUL"))
    clerk = world.a_clerk()
    desk = town_hall(world, clerk)
    rest = f"?status=established&election={election.id}&tour=1&origin=online&search=hautpoul"
    assert len(exported(desk, "xlsx", rest)) == 1
    last = entries()[-1]
    assert (last.action, last.account_id, last.desk) == (Action.EXPORTED, clerk.id, LAON)
    assert last.detail == f"xlsx established e={election.id} t=1 online search"


def test_what_nobody_offered_reaches_no_journal(world: World) -> None:
    world.established()
    desk = town_hall(world)
    typed = dict.fromkeys(("status", "origin", "late", "tour", "election"), "Éloïse D'HAUTPOUL")
    answer = desk.client.post(EXPORT, data=desk.read().form(EXPORT) | typed | {"format": "csv"})
    assert len(as_csv(answer.data)) == 1, "it shows nothing"
    assert entries()[-1].detail == "csv e=0 t=0"
    everything = {"status": "established", "election": "9" * 9, "tour": "9" * 9, "origin": "online", "late": "yes"}
    typed = everything | {"bureau": "D'HAUTPOUL", "search": "D'HAUTPOUL"}
    desk.client.post(EXPORT, data=desk.read().form(EXPORT) | typed | {"format": "xlsx"})
    assert entries()[-1].detail == "xlsx established e=999999999 t=0 online late bureau search"


@pytest.mark.parametrize(("codes", "whose"), [((LAON,), LAON), ((LAON, SOISSONS), "communes")])
@pytest.mark.parametrize("wanted", FORMATS)
def test_the_name_of_the_file_names_nobody(world: World, wanted: str, codes: tuple[str, ...], whose: str) -> None:
    world.established(mandant=an_identity(birth_name="HAUTPOUL"))
    headers = export(town_hall(world, world.a_clerk(*codes)), wanted, "?search=hautpoul").headers
    assert headers["Content-Disposition"] == f'attachment; filename="procurations-{whose}-{now():%Y-%m-%d}.{wanted}"'
    assert headers["Cache-Control"] == "no-store"


def test_too_many_for_a_workbook_is_said_in_french_and_the_list_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(town_hall_export, "MOST_IN_A_WORKBOOK", 1)
    world.established()
    desk = town_hall(world)
    assert len(exported(desk, "xlsx")) == 1
    kept = world.established()
    before = len(entries())
    page = read(export(desk, "xlsx", "?status=established"))
    assert page.status == 422
    assert page.errors == [town_hall_export.TOO_MANY]
    assert kept.reference in rows_of(page)
    assert page.form(EXPORT)["status"] == "established"
    assert len(entries()) == before, "nothing left"
    assert len(exported(desk, "csv")) == 2


@pytest.mark.parametrize("wanted", ["", "pdf", "xls"])
def test_another_format_is_no_export(world: World, wanted: str) -> None:
    world.established()
    assert export(town_hall(world), wanted).status_code == 400


def test_an_export_is_an_act(world: World) -> None:
    world.established()
    desk = town_hall(world)
    assert desk.get("export/?format=csv").status_code == 405
    assert desk.client.post(EXPORT, data={"format": "csv"}).status_code == 400
    assert Action.EXPORTED not in [entry.action for entry in entries()]


@pytest.mark.parametrize("wanted", FORMATS)
def test_many_rows_cost_no_more_queries_than_one(world: World, wanted: str) -> None:
    first, *_ = many(world, 1_300)
    db.session.execute(update(Procuration).where(Procuration.id == first).values(source=Source.PAPER))
    db.session.commit()
    desk = town_hall(world)
    form = desk.read().form(EXPORT) | {"format": wanted}
    with queries() as of_one:
        desk.client.post(EXPORT, data=form | {"origin": "paper"}).get_data()
    with queries() as of_all:
        content = desk.client.post(EXPORT, data=form).data
    rows = as_csv(content) if wanted == "csv" else as_workbook(content)
    assert len({row[0] for row in rows}) == 1_301
    assert len(of_one) == len(of_all) < 14


def test_who_moved_meanwhile_is_whole_in_the_file(world: World) -> None:
    """A cursor reads what was there when it opened: a row decided while the file leaves is in it once."""
    many(world, 1_200)
    desk = town_hall(world)
    form = desk.read().form(EXPORT) | {"format": "csv", "status": "established"}
    answer = desk.client.post(EXPORT, data=form, buffered=False)
    chunks = iter(answer.response)
    head = next(chunks)
    db.session.execute(update(Procuration).values(note="vu"))
    db.session.commit()
    rows = b"".join([head, *chunks])
    assert len(as_csv(rows)) == 1_201
