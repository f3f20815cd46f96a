"""What a town hall prints for a polling day: the register of R76-1, and the mentions for the list that voters sign."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.dates import now
from models import aftermath, journey, perimeter, roll_import, signing_list
from models.account import Account
from models.base import db
from models.errors import Reason, Unknown
from models.journal import Action
from models.procuration import PollingDay, Procuration, Status
from models.roll_file import read as read_roll
from tests.back_office.desks import Desk, entries, status_of
from tests.builders import LAON, SOISSONS, World, an_identity
from tests.journey.test_time import let, noon
from tests.page import text_of
from tests.rolls.files import ORDER, a_file, an_elector


def validated(world: World, **changes: object) -> Procuration:
    """Established by an officer, and validated by a clerk of its commune."""
    procuration = world.established(**changes)
    clerk = world.a_clerk(procuration.commune_code)
    journey.validate(procuration, clerk=clerk, note="vu", now=now())
    db.session.commit()
    return procuration


def revoked(world: World, procuration: Procuration) -> Procuration:
    aftermath.revoke(procuration, officer=world.an_officer(), now=now())
    db.session.commit()
    return procuration


def desk(world: World, clerk: Account | None = None) -> Desk:
    return Desk(world.as_agent(clerk or world.a_clerk()), "/admin/register/")


def listed(day: date, world: World, bureau: str | None = None) -> list[int]:
    db.session.rollback()
    return [line.procuration.id for line in signing_list.lines(world.commune(), day, bureau)]


def exported(at: Desk, what: str, day: date, **more: str) -> list[list[str]]:
    fields = {"commune": LAON, "day": day.isoformat(), **more}
    page = at.read(f"{what}/?commune={LAON}&day={day}")
    answer = at.client.post(f"{at.address}{what}/export/", data=page.form(f"{at.address}{what}/export/") | fields)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))


def a_roll(*electors: dict[str, str]) -> None:
    roll_import.import_roll(read_roll(io.BytesIO(a_file(*electors)), LAON), clock=now)
    db.session.commit()


def on_roll(name: str, bureau: str, order: str) -> dict[str, str]:
    born = {"prénoms": "Lucie", "date de naissance": "28/02/1951", "nom de naissance": name}
    place = {"code du bureau de vote": bureau, "libellé du bureau de vote": f"ÉCOLE {bureau}", ORDER: order}
    return an_elector() | born | place


def lucie(name: str) -> object:
    return an_identity(birth_name=name, first_names="Lucie", birth_date=date(1951, 2, 28))


def test_the_register_holds_what_is_validated_for_that_day_r76_1(world: World) -> None:
    day = world.first_day()
    by_day = validated(world)
    by_period = validated(world, valid_until=day, days=())
    validated(world, valid_until=day - timedelta(days=1), days=())
    world.established()
    revoked(world, validated(world))
    validated(world, commune_code=SOISSONS)
    moved = validated(world)
    db.session.get_one(PollingDay, (moved.id, day)).lost_at = now()
    db.session.commit()
    assert sorted(listed(day, world)) == sorted([by_day.id, by_period.id])
    assert signing_list.undecided(world.commune(), day) == 1
    assert listed(day + timedelta(days=1), world) == []


def test_a_period_established_since_waits_for_no_day_that_was_over(world: World) -> None:
    day = world.first_day()
    waiting, since = (world.established(valid_until=day + timedelta(days=40), days=()) for _ in range(2))
    waiting.established_at, since.established_at = noon(day), noon(day + timedelta(days=1))
    db.session.commit()
    assert signing_list.undecided(world.commune(), day) == 1


def test_what_a_polling_day_still_waits_for_is_decided_in_its_commune(world: World) -> None:
    world.established()
    clerk = world.a_clerk(LAON, SOISSONS)
    page = Desk(world.as_agent(clerk), f"/admin/register/day/?commune={LAON}&day={world.first_day()}").read()
    assert page.links["les décider"] == f"/admin/town-hall/?commune={LAON}&status=established"


def test_the_register_of_a_past_day_keeps_what_served_and_has_ended_since_r76_1(world: World) -> None:
    day = world.first_day()
    served, period = validated(world), validated(world, valid_until=day + timedelta(days=40), days=())
    doubted, late = validated(world), world.established()
    revoked(world, validated(world))
    lapsed, dead = validated(world), validated(world)
    clerk, officer = world.a_clerk(), world.an_officer()
    aftermath.lapse(lapsed, clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=noon(day))
    aftermath.end_on_death(dead, clerk=clerk, now=noon(day))
    db.session.commit()
    on_the_day = sorted([served.id, period.id, doubted.id])
    assert sorted(listed(day, world)) == on_the_day
    let(noon(day + timedelta(days=1)))
    aftermath.revoke(period, officer=officer, now=noon(day + timedelta(days=1)))
    db.session.commit()
    assert (status_of(served), status_of(late), status_of(period)) == (Status.ENDED, Status.ENDED, Status.REVOKED)
    assert sorted(listed(day, world)) == on_the_day


def test_what_is_decided_once_the_day_is_over_changes_nothing_to_its_register(world: World) -> None:
    first, second = (scrutin.polling_day for scrutin in world.an_election().scrutins)
    evening, after, clerk = noon(first), noon(first + timedelta(days=1)), world.a_clerk()
    late = world.established(days=(first, second))
    kept, set_aside = validated(world, days=(first, second)), validated(world, days=(first, second))
    for one in (kept, set_aside):
        one.doubted_at = evening
    db.session.commit()
    journey.validate(late, clerk=clerk, note="vu", now=after)
    journey.validate(kept, clerk=clerk, note="vu", now=after)
    journey.invalidate(set_aside, clerk=clerk, reason=Reason.MANDATAIRE_DROITS, note="vu", now=after)
    db.session.commit()
    assert sorted(listed(first, world)) == [kept.id, set_aside.id]
    assert sorted(listed(second, world)) == [late.id, kept.id]


def test_the_day_ends_at_midnight_where_the_vote_is(world: World) -> None:
    there = "97209"
    day = world.an_election().scrutins[0].polling_day
    served, gone = validated(world, commune_code=there), validated(world, commune_code=there)
    for one, hour in ((served, time(4, 30)), (gone, time(3, 30))):
        at = datetime.combine(day + timedelta(days=1), hour, UTC)
        aftermath.revoke(one, officer=world.an_officer(), now=at)
    db.session.commit()
    assert [line.procuration.id for line in signing_list.lines(world.commune(there), day)] == [served.id]


def test_its_columns_are_those_of_the_article_and_no_birth_date(world: World) -> None:
    validated(world)
    day, at = world.first_day(), desk(world)
    head, row = exported(at, "public", day)
    assert head == [
        *("Nom du mandant", "Prénoms du mandant", "Nom du mandataire", "Prénoms du mandataire"),
        *("Nom et prénom de l'autorité", "Qualité de l'autorité", "Date d'établissement", "Lieu d'établissement"),
        "Durée de validité",
    ]
    assert row[0:2] == ["D'HAUTPOUL DE LA TOUR", "Éloïse Marie-Ange"]
    assert row[4:6] == ["Martin PETIT", "officier de police judiciaire"]
    assert row[7:] == ["Laon", day.strftime("%d/%m/%Y")]
    page = at.read(f"public/?commune={LAON}&day={day}").text
    assert "Martin PETIT" in page
    assert "1951" not in page
    assert "1986" not in page


def test_the_mentions_follow_the_roll_bureau_by_bureau_r76(world: World) -> None:
    names = ("PETIT", "GRAND", "MOYEN", "ABSENT")
    a_roll(on_roll("PETIT", "0002", "7"), on_roll("GRAND", "0001", "12"), on_roll("MOYEN", "0001", "9"))
    for name in names:
        validated(world, mandant=lucie(name))
    day, at = world.first_day(), desk(world)
    _, *rows = exported(at, "mentions", day)
    assert [(row[0], row[2], row[3]) for row in rows] == [
        *(("0001", "9", "MOYEN"), ("0001", "12", "GRAND"), ("0002", "7", "PETIT"), ("", "", "ABSENT")),
    ]
    assert rows[0][1] == "ÉCOLE 0001"
    assert rows[0][5] == "28/02/1951"
    assert [row[3] for row in exported(at, "mentions", day, bureau="0001")[1:]] == ["MOYEN", "GRAND"]
    assert [row[3] for row in exported(at, "mentions", day, bureau="")[1:]] == ["ABSENT"]
    shown = at.read(f"day/?commune={LAON}&day={day}").text
    assert "bureau 0001, ÉCOLE 0001, 2" in shown.replace("\u00a0", " ")
    assert "bureau non connu" in shown.lower()


def test_the_order_is_the_rolls_with_numbers_as_numbers(world: World) -> None:
    places = {
        "A": ("10", "1"),
        "B": ("2", "12 bis"),
        "C": ("2", "12"),
        "D": ("2", "9"),
        "E": ("", ""),
        "F": ("2", "A2"),
    }
    a_roll(*(on_roll(name, *place) for name, place in places.items()))
    for name in places:
        validated(world, mandant=lucie(name))
    lines = signing_list.lines(world.commune(), world.first_day())
    assert [line.procuration.mandant.birth_name for line in lines] == ["D", "C", "B", "F", "A", "E"]


def test_each_bureau_has_its_own_sheet_that_names_it_again(world: World) -> None:
    a_roll(on_roll("PETIT", "0002", "7"), on_roll("GRAND", "0001", "12"))
    for name in ("PETIT", "GRAND", "ABSENT"):
        validated(world, mandant=lucie(name))
    day, at = world.first_day(), desk(world)
    for what in ("public", "mentions"):
        page = at.read(f"{what}/?commune={LAON}&day={day}")
        sheets = [element for element in page.all("section") if element.get("class") == "sheet"]
        told = [text_of(sheet) for sheet in sheets]
        for title, name, text in zip(
            ("Bureau 0001, ÉCOLE 0001", "Bureau 0002, ÉCOLE 0002", "Bureau non connu"),
            ("GRAND", "PETIT", "ABSENT"),
            told,
            strict=True,
        ):
            assert text.startswith(title)
            assert name in text
            assert f"Laon, {title[0].lower()}{title[1:]}. Vote du" in text
        alone = at.read(f"{what}/?commune={LAON}&day={day}&bureau=0002").text
        assert "PETIT" in alone
        assert "GRAND" not in alone


def test_what_the_mention_adds_is_in_another_type(world: World) -> None:
    validated(world)
    page = desk(world).read(f"mentions/?commune={LAON}&day={world.first_day()}")
    added = [text_of(cell) for cell in page.all("td") if cell.get("class") == "mention"]
    assert added[0] == "D'Aubigné-Le Brethon"
    assert len(added) == 4


def test_of_two_namesakes_nobody_guesses_the_bureau(world: World) -> None:
    a_roll(on_roll("PETIT", "0001", "1"), on_roll("PETIT", "0002", "2"))
    validated(world, mandant=lucie("PETIT"))
    (line,) = signing_list.lines(world.commune(), world.first_day())
    assert line.place == signing_list.Place()


def test_no_cell_is_a_formula_and_the_export_is_journaled(world: World) -> None:
    validated(world, mandant=an_identity(birth_name="-SMITH"))
    clerk = world.a_clerk()
    _, row = exported(desk(world, clerk), "public", world.first_day())
    assert row[0] == "'-SMITH"
    last = entries()[-1]
    assert (last.action, last.account_id, last.desk, last.detail) == (Action.EXPORTED, clerk.id, LAON, "register")


def test_a_town_hall_prints_no_list_of_elsewhere(world: World) -> None:
    day, at = world.first_day(), desk(world, world.a_clerk(SOISSONS))
    for page in ("day", "public", "mentions"):
        assert at.get(f"{page}/?commune={LAON}&day={day}").status_code == 404
        assert at.get(f"{page}/?commune={SOISSONS}&day=tomorrow").status_code == 404
    with pytest.raises(Unknown):
        perimeter.find_commune(LAON, world.an_officer())


def test_a_consulate_reads_of_no_commune_on_its_lists_and_in_its_files(world: World) -> None:
    world.an_election(territories=("CO",))
    place = f"?commune=C0009&day={world.first_day()}"
    validated(world, commune_code="C0009")
    waiting = world.established(commune_code="C0009", mandataire_commune=world.commune("C0009"))
    client = world.as_agent(world.a_clerk("C0009"))
    lists = [f"/admin/register/{page}/{place}" for page in ("day", "public", "mentions")]
    for address in (*lists, f"/admin/town-hall/details/?id={waiting.id}"):
        assert "commune" not in Desk(client, address).read().text, address


@pytest.mark.parametrize("day", ["0001-01-01", "0018-06-18", "9999-12-31"])
def test_a_day_on_which_nobody_can_have_voted_has_no_list(world: World, day: str) -> None:
    at = desk(world)
    for page in ("day", "public", "mentions", "pdf", "edition"):
        assert at.get(f"{page}/?commune={LAON}&day={day}&number=1").status_code == 404, page


def test_the_polling_days_lead_there(world: World) -> None:
    day = world.first_day()
    assert f"/admin/register/day/?commune={LAON}&day={day}" in desk(world).read().links.values()
    assert "Néant" in desk(world).read(f"public/?commune={LAON}&day={day}").text
