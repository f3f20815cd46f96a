"""Rounds as officers walk through them: planned, elector by elector, until the papers are destroyed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.dates import now
from models import rounds
from models.account import Account, Capacity
from models.base import db
from models.procuration import Procuration, Status
from models.territory import StationKind
from models.visit import Round, Visit
from tests.back_office.desks import Desk, counter, journaled, status_of
from tests.builders import SOISSONS, World
from tests.journey.test_rounds import HOME, planned, with_papers
from tests.law.people import an_election
from tests.page import Page, read

ROUNDS, PLAN, VISIT, PAPERS = "/admin/rounds/", "/admin/rounds/plan/", "/admin/rounds/visit/", "/admin/rounds/papers/"
OFFICER = "/admin/officer/"
ESTABLISH = "Présente en personne, libre, identité conforme : établir"


def desk(world: World, officer: Account) -> Desk:
    return Desk(world.as_agent(officer), ROUNDS)


def opened(at: Desk, one: Round, demande: Procuration) -> Page:
    """The file, opened from the field of the round."""
    return read(at.client.get(f"{OFFICER}?reference={demande.reference}&round={one.id}"))


def forms_that(page: Page, action: str) -> dict[str, Any]:
    """The hidden inputs of the file's form of that action."""
    for form in page.main.iter("form"):
        sent = {one.get("name"): one.get("value", "") for one in form.iter("input")}
        if sent.get("action") == action:
            return sent
    raise AssertionError(action)


def test_a_round_is_planned_and_listed_for_its_station_alone(world: World) -> None:
    officer = world.an_officer()
    at = desk(world, officer)
    assert at.read().links["Prévoir un déplacement"] == PLAN
    form = read(at.client.get(PLAN)).form(PLAN)
    typed = {"kind": "visit", "day": f"{world.today + timedelta(days=9):%d/%m/%Y}", "commune_search": "Vorges"}
    done = at.client.post(PLAN, data=form | typed | {"place_name": HOME})
    assert at.client.post(PLAN, data=form | typed | {"place_name": HOME}).location == done.location
    page = read(at.client.get(done.location))
    assert page.h1.startswith("Déplacement à Vorges, le ")
    assert HOME in page.text
    assert "Ce n'est pas aujourd'hui" in page.text
    assert page.h1 in at.read().text
    stranger = desk(world, world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE)))
    assert "Rien de prévu" in stranger.read().text
    assert stranger.client.get(done.location).status_code == 404


@pytest.mark.parametrize(
    "changes", [{"day": "01/01/2020"}, {"day": ""}, {"kind": ""}, {"commune_search": "Nulle-Part"}]
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(world: World, changes: dict[str, str]) -> None:
    at = desk(world, world.an_officer())
    form = read(at.client.get(PLAN)).form(PLAN)
    typed = {"kind": "visit", "day": f"{world.today:%d/%m/%Y}", "commune_search": "Vorges", "place_name": HOME}
    page = read(at.client.post(PLAN, data=form | typed | changes))
    assert (page.status, page.form(PLAN)["place_name"]) == (422, HOME)
    assert db.session.scalar(select(Round.id)) is None


def test_an_elector_is_received_with_papers_and_the_field_is_there_for_the_next(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    file = opened(at, one, demande)
    assert ESTABLISH not in file.text
    assert "Aucun certificat médical" in file.text
    page = read(at.client.get(file.links["Noter la date de ces papiers"]))
    form = page.form(VISIT)
    assert read(at.client.post(VISIT, data=form)).status == 422
    late = f"{world.today + timedelta(days=3):%d/%m/%Y}"
    wrong = read(at.client.post(VISIT, data=form | {"requested_on": late, "sworn_on": late}))
    assert (wrong.status, wrong.form(VISIT)["sworn_on"]) == (422, late)
    day = f"{world.today - timedelta(days=2):%d/%m/%Y}"
    file = read(at.client.get(at.client.post(VISIT, data=form | {"requested_on": day, "sworn_on": day}).location))
    assert ESTABLISH in file.text
    done = at.client.post(f"{OFFICER}action/", data=forms_that(file, "validate"))
    assert (done.status_code, done.location) == (303, f"{ROUNDS}one/?id={one.id}")
    after = read(at.client.get(done.location))
    assert "1 sur 1" in after.text
    assert after.main.find(".//input[@name='reference'][@autofocus]") is not None
    db.session.refresh(demande)
    assert (demande.status, demande.established_commune_code) == (Status.ESTABLISHED, "02824")
    receipt = read(at.client.get(f"/admin/receipt/?reference={demande.reference}")).text
    assert "Vorges" in receipt
    for shown in (receipt, at.client.get("/admin/special-register/").text):
        assert HOME not in shown


def test_refusing_and_putting_off_in_a_round_come_back_to_it(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    for action, more in (("postpone", {}), ("invalidate", {"reason": "CONTRAINTE"})):
        file = opened(at, one, world.submitted())
        asked = read(at.client.post(f"{OFFICER}action/", data=forms_that(file, action)))
        done = at.client.post(f"{OFFICER}action/", data=forms_that(asked, action) | more)
        assert done.location == f"{ROUNDS}one/?id={one.id}"


def test_a_wrong_reference_in_a_round_is_counted_as_at_the_counter(world: World) -> None:
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    missed = [at.client.get(f"{OFFICER}?reference=AAAAA{n}&round={one.id}").status_code for n in range(2, 7)]
    assert missed == [404, 404, 404, 404, 429]


def test_on_another_day_nothing_is_established(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    with_papers(one, demande, officer)
    form = forms_that(opened(at, one, demande), "validate")
    db.session.execute(update(Round).values(day=world.today + timedelta(days=5)))
    db.session.commit()
    assert "rien ne peut y être établi" in opened(at, one, demande).text
    assert at.client.post(f"{OFFICER}action/", data=form).status_code == 409
    assert status_of(demande) is Status.SUBMITTED


def test_the_round_of_another_station_opens_nothing(world: World) -> None:
    an_election(world)
    theirs = planned(world, world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE)))
    demande, at = world.submitted(), desk(world, world.an_officer())
    assert at.client.get(f"{OFFICER}?reference={demande.reference}&round={theirs.id}").status_code == 404
    for page in ("one/", "visit/"):
        assert at.get(f"{page}?id={theirs.id}&reference={demande.reference}").status_code == 404


def test_a_round_is_cancelled(world: World) -> None:
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    form = at.read(f"one/?id={one.id}").form(f"{ROUNDS}cancel/")
    assert at.client.post(f"{ROUNDS}cancel/", data=form).status_code == 303
    assert at.client.post(f"{ROUNDS}cancel/", data=form).status_code == 409
    page = at.read(f"one/?id={one.id}")
    assert "Ce déplacement est annulé" in page.text
    assert HOME not in page.text


def test_papers_are_kept_then_destroyed_by_the_station_alone(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    with_papers(one, demande, officer)
    visit = db.session.scalars(select(Visit)).one()
    assert "à garder jusqu'au" in at.read("papers/").text
    counter(world, officer).act("validate", demande.reference)
    long_ago = world.today - timedelta(days=400)
    db.session.execute(update(Procuration).values(last_day=long_ago, status=Status.ENDED))
    db.session.commit()
    assert "Des papiers peuvent être détruits : 1" in at.read().text
    page = at.read("papers/")
    form = page.form(PAPERS)
    assert read(at.client.post(PAPERS, data=form | {"rowid": []})).status == 422
    stranger = desk(world, world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE)))
    token = read(stranger.client.get(PLAN)).form(PLAN)["csrf_token"]
    theirs = {"csrf_token": token, "rowid": str(visit.id)}
    assert stranger.client.post(PAPERS, data=theirs).status_code == 404
    assert at.client.post(PAPERS, data=form | {"rowid": str(visit.id)}).status_code == 303
    assert journaled(demande)[-1] == "papers_destroyed"
    assert "Aucun papier à garder" in at.read("papers/").text


@pytest.mark.parametrize("page", ["", "plan/", "papers/"])
def test_without_a_habilitation_nothing_of_it_opens_and_a_delegue_plans_none(world: World, page: str) -> None:
    officer, delegue = world.an_officer(), world.an_officer(Capacity.DELEGUE)
    assert desk(world, delegue).get(page).status_code == (403 if page == "plan/" else 200)
    officer.habilitations[-1].ended_at = now()
    db.session.commit()
    assert desk(world, officer).get(page).status_code == 403
    assert journaled()[-1] == "denied"


def test_a_consulate_speaks_of_its_tours(world: World) -> None:
    consul = world.an_officer(Capacity.CONSUL, world.a_station("C0009", StationKind.CONSULATE))
    page = desk(world, consul).read()
    assert page.h1 == "Tournées"
    assert page.links["Prévoir une tournée"] == PLAN
    assert rounds.FARTHEST.days == 366
