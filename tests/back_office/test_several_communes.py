"""One clerk for several communes chooses one or sees all; Paris, Lyon and Marseille by arrondissement."""

import pytest
from sqlalchemy import select

from models.account import Account, Role
from models.base import db
from models.territory import parts_of
from tests.back_office.desks import Desk, entries, rows_of, town_hall
from tests.back_office.test_accounts import create, sign_in
from tests.back_office.test_town_hall_export import exported
from tests.builders import LAON, SOISSONS, World

PARIS, LYON, MARSEILLE = "75056", "69123", "13055"
ARRONDISSEMENTS = {PARIS: 20, LYON: 9, MARSEILLE: 16}


def a_desk(world: World, *codes: str) -> Desk:
    """Of an account that the command has created."""
    options = [word for code in codes for word in ("--commune", code)]
    done = create(world, "mairie@agents.test", "--role", "town_hall", *options)
    assert done.exit_code == 0, done.output
    client = world.app.test_client()
    assert sign_in(client, "mairie@agents.test").status_code == 303
    return Desk(client, "/admin/town-hall/")


def test_a_clerk_of_several_communes_chooses_one_or_sees_all(world: World) -> None:
    here, there = world.established(), world.established(commune_code=SOISSONS)
    desk = town_hall(world, world.a_clerk(LAON, SOISSONS))
    assert set(rows_of(desk.read())) == {here.reference, there.reference}
    page = desk.read(f"?commune={SOISSONS}")
    assert rows_of(page) == [there.reference]
    assert page.form("/admin/town-hall/")["commune"] == SOISSONS
    assert page.form("/admin/town-hall/action/")["commune"] == SOISSONS, "it goes with an act on everything"


def test_arrondissements_go_by_their_number_and_communes_by_name(world: World) -> None:
    """The second before the tenth; whoever signs in reads them as who is loaded alone."""
    codes = ("75110", "13202", LAON, "75102", SOISSONS, "75101", "13201")
    clerk = world.a_clerk(*codes)
    db.session.commit()
    db.session.expire(clerk)
    in_order = ["13201", "13202", "75101", "75102", "75110", LAON, SOISSONS]
    assert [one.code for one in clerk.communes] == in_order
    page = town_hall(world, clerk).read()
    offered = [one.get("value") for one in page.all("option") if one.get("value") in codes]
    assert offered == in_order


@pytest.mark.parametrize("code", ["02691", "x", "%00"])
def test_a_commune_that_is_not_the_clerks_shows_nothing(world: World, code: str) -> None:
    world.established(), world.established(commune_code="02691")
    assert rows_of(town_hall(world, world.a_clerk(LAON, SOISSONS)).read(f"?commune={code}")) == []


def test_everything_shown_is_of_the_chosen_commune(world: World) -> None:
    here, there = world.established(), world.established(commune_code=SOISSONS)
    desk = town_hall(world, world.a_clerk(LAON, SOISSONS))
    asked = desk.post("validate", "*", rest=f"?commune={SOISSONS}")
    assert there.reference in asked.text
    assert here.reference not in asked.text


def test_the_export_is_of_the_chosen_commune_and_the_journal_says_which(world: World) -> None:
    world.established()
    there = world.established(commune_code=SOISSONS)
    desk = town_hall(world, world.a_clerk(LAON, SOISSONS))
    assert [row["Référence"] for row in exported(desk, "csv", f"?commune={SOISSONS}")] == [there.reference]
    assert (entries()[-1].desk, entries()[-1].detail) == (SOISSONS, "csv")


def test_who_has_one_commune_is_offered_no_choice(world: World) -> None:
    assert "commune" not in town_hall(world).read().form("/admin/town-hall/")


@pytest.mark.parametrize("code", ARRONDISSEMENTS)
def test_a_commune_in_arrondissements_opens_each_of_them(world: World, code: str) -> None:
    parts = parts_of(world.commune(code))
    assert len(parts) == ARRONDISSEMENTS[code]
    first, last = (world.established(commune_code=part.code) for part in (parts[0], parts[-1]))
    elsewhere = world.established()
    desk = a_desk(world, code, parts[0].code)
    assert set(rows_of(desk.read())) == {first.reference, last.reference}
    assert elsewhere.reference not in desk.get().text
    assert rows_of(desk.read(f"?commune={parts[-1].code}")) == [last.reference]
    account = db.session.scalars(select(Account).where(Account.role == Role.TOWN_HALL)).one()
    assert len(account.communes) == ARRONDISSEMENTS[code], "each once"


def test_an_arrondissement_sees_itself_only(world: World) -> None:
    own, other = world.established(commune_code="75113"), world.established(commune_code="75114")
    desk = a_desk(world, "75113")
    assert rows_of(desk.read()) == [own.reference]
    assert other.reference not in desk.get().text


def test_a_commune_where_nobody_is_registered_opens_nothing(world: World) -> None:
    done = create(world, "a@agents.test", "--role", "town_hall", "--commune", "98411")
    assert done.exit_code == 1
    assert "at least one --commune" in done.output
