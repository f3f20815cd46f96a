"""The town hall decides many procurations at once, and reads which ones were not."""

import pytest
from sqlalchemy import select, update

from app.dates import now
from models import counter_form, twin
from models.base import db
from models.journal import Action, Entry
from models.procuration import Procuration, Status
from tests.back_office.desks import journaled, many, status_of, town_hall
from tests.builders import World
from tests.database import queries
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established
from tests.page import read, text_of
from tests.paper import a_form

ACTION = "/admin/town-hall/action/"


def test_ticked_rows_are_decided_together(world: World) -> None:
    rows, hall = [world.established() for _ in range(3)], town_hall(world)
    asked = read(hall.post("validate", *[row.id for row in rows[:2]]))
    assert asked.h1 == "Valider 2 procurations ?"
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert "2 procurations validées." in read(hall.client.get(answer.location)).text
    assert [status_of(row) for row in rows] == [Status.VALIDATED, Status.VALIDATED, Status.ESTABLISHED]


def test_rows_already_handled_are_told_and_the_others_done(world: World) -> None:
    done, waiting, hall = world.established(), world.established(), town_hall(world)
    hall.act("invalidate", done.id, reason="PLAFOND")
    page = read(hall.act("validate", done.id, waiting.id))
    assert page.status == 200
    assert "1 procuration validée. Le reste ne l'a pas été" in page.text
    assert len(list(page.main.iter("li"))) == 1
    assert (status_of(done), status_of(waiting)) == (Status.INVALIDATED, Status.VALIDATED)


def test_everything_the_filter_shows_is_decided_and_nothing_else(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    election = world.an_election((first, second))
    shown, hidden = world.established(days=(first,)), world.established(days=(second,))
    hall = town_hall(world)
    fields = {"election": str(election.id), "tour": "1"}
    asked = read(hall.post("validate", "*", **fields))
    assert asked.h1 == "Valider cette procuration ?"
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert (answer.status_code, answer.location) == (303, f"/admin/town-hall/?election={election.id}&tour=1")
    assert (status_of(shown), status_of(hidden)) == (Status.VALIDATED, Status.ESTABLISHED)


def test_everything_may_be_named_with_the_filter_in_the_address(world: World) -> None:
    decided, waiting, hall = world.established(), world.established(), town_hall(world)
    hall.act("validate", decided.id)
    page = read(hall.post("invalidate", "*", rest="?status=validated", confirmed="yes", reason="PLAFOND"))
    assert (page.status, page.errors) == (422, ["Ce filtre ne montre aucune procuration à décider."])
    assert (status_of(decided), status_of(waiting)) == (Status.VALIDATED, Status.ESTABLISHED)


def test_the_same_row_twice_is_one_act(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("validate", procuration.id, procuration.id).status_code == 303
    assert journaled(procuration)[-1] is Action.VALIDATED


def test_everything_shown_is_five_hundred_at_most(world: World) -> None:
    many(world, 501)
    assert read(town_hall(world).post("validate", "*")).h1 == "Valider 500 procurations ?"


@pytest.mark.parametrize(("action", "fields"), [("validate", {}), ("invalidate", {"reason": "PLAFOND"})])
def test_a_bulk_asks_the_same_of_the_database_for_five_rows_and_for_fifty(
    world: World, action: str, fields: dict[str, str]
) -> None:
    hall, every, asked = town_hall(world), many(world, 55), []
    for ids in (every[:5], every[5:]):
        form = read(hall.post(action, *ids)).form(ACTION) | fields
        with queries() as seen:
            assert hall.client.post(ACTION, data=form).status_code == 303
        asked.append([statement.partition("(")[0][:60] for statement in seen])
        done = select(Entry.procuration_id).where(Entry.action == Action(f"{action}d"), Entry.procuration_id.in_(ids))
        assert len(db.session.scalars(done).all()) == len(ids)
    assert asked[0] == asked[1]
    assert len(asked[0]) <= 20, asked[0]
    whole = [statement for statement in seen if statement.startswith("SELECT") and "mandant_first_names" in statement]
    assert len(whole) == 2  # those that are held, and what their people gave and hold besides


@pytest.mark.parametrize("action", ["validate", "invalidate"])
def test_a_bulk_that_is_given_back_asks_the_same_of_the_database_for_five_rows_and_for_fifty(
    world: World, action: str
) -> None:
    hall, every, asked = town_hall(world), many(world, 55), []
    for ids in (every[:5], every[5:]):
        with queries() as seen:
            page = hall.act(action, *ids, reason="PLAFOND", note="x" * 501)
        assert (page.status_code, read(page).errors) == (422, ["Écrivez 500 caractères au plus."])
        asked.append(len(seen))
    assert asked[0] == asked[1]


def test_more_than_five_hundred_are_refused_whole(world: World) -> None:
    ids, hall = many(world, 501), town_hall(world)
    page = read(hall.act("validate", *ids))
    assert (page.status, page.errors) == (422, ["Choisissez 500 procurations au plus à la fois."])


def test_what_arrived_since_the_list_was_read_is_left(world: World) -> None:
    shown, hall = [world.established() for _ in range(2)], town_hall(world)
    form = hall.read("?status=established").form(ACTION)
    arrived = world.established()
    asked = read(hall.client.post(ACTION, data=form | {"action": "validate", "rowid": "*"}))
    assert asked.h1 == "Valider 2 procurations ?"
    arrived_too = world.established()
    assert hall.client.post(ACTION, data=asked.form(ACTION)).status_code == 303
    assert {status_of(row) for row in shown} == {Status.VALIDATED}
    assert {status_of(row) for row in (arrived, arrived_too)} == {Status.ESTABLISHED}


def test_a_paper_that_came_since_the_list_was_read_is_left_however_old_its_establishment(world: World) -> None:
    officer, clerk, shown = world.an_officer(), world.a_clerk(), world.established()
    people = {"mandant": another(0), "mandataire": another(1)}
    filled = a_form(world, **people, **counter_form.filled_by(officer, world.commune(), now()))
    held = counter_form.establish(filled, officer=officer, submission_key="a form", now=now())
    demande, hall = world.submitted(), town_hall(world, clerk)
    told = hall.read("?status=established").form(ACTION)["read_at"]
    counter_form.receive(held, clerk=clerk, received_on=world.today, now=now())
    sheet = a_form(world, mandant=demande.mandant, mandataire=demande.mandataire, established_on=world.today)
    twin.enter(demande, sheet, clerk=clerk, now=now())
    db.session.execute(update(Procuration).where(Procuration.id == demande.id).values(submitted_at=shown.submitted_at))
    db.session.commit()
    assert hall.act("validate", "*", read_at=told).status_code == 303
    assert [status_of(one) for one in (held, demande)] == [Status.ESTABLISHED] * 2
    assert status_of(shown) is Status.VALIDATED


@pytest.mark.parametrize("told", ["", "hier", "2026-11-29", "\0", "9" * 40, "0001-01-01T00:00:00+23:59"])
def test_a_list_that_does_not_say_when_it_was_read_is_read_now(world: World, told: str) -> None:
    row, hall = world.established(), town_hall(world)
    assert hall.act("validate", "*", read_at=told).status_code == 303
    assert status_of(row) is Status.VALIDATED


def test_the_report_says_line_by_line_what_was_not_done_and_why(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, GWENAELLE)
    good, failing = established(world), established(world, mandant=another(0), mandataire=another(1))
    done, hall = world.established(), town_hall(world)
    hall.act("invalidate", done.id, reason="PLAFOND", note="Vu.")
    page = read(hall.act("validate", good.id, failing.id, done.id, status="established"))
    told = {text_of(line) for line in page.main.iter("li")}
    assert len(told) == 2
    (lacking,) = (line for line in told if "VOISIN A" in line)
    assert (
        "Le mandant n'est pas inscrit sur cette liste électorale, Le mandataire n'est inscrit sur aucune liste"
        in lacking
    )
    (late,) = told - {lacking}
    assert "déjà traitée par Nadia BENALI le" in late
    assert page.links["Revenir à la liste"] == "/admin/town-hall/?status=established"
    passing = read(hall.act("invalidate", good.id, failing.id, reason="PLAFOND"))
    assert [status_of(row) for row in (good, failing)] == [Status.VALIDATED, Status.INVALIDATED]
    assert "déjà traitée" in passing.text
    conform = established(world, mandataire=another(2), mandant=another(3))
    a_roll(another(2), another(3))
    both = [conform.id, world.established(mandant=another(4)).id]
    assert "tous les contrôles sont conformes" in read(hall.act("invalidate", *both, reason="PLAFOND")).text
