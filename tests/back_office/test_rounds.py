"""Rounds as officers walk through them: planned, corrected, and elector by elector, by several at the same time."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import message
from app.dates import now
from models import journey, outbox, rounds
from models.account import Account, Capacity, Role
from models.base import db
from models.journal import Action
from models.misses import AccountMisses
from models.procuration import Procuration, Status
from models.territory import StationKind
from models.visit import Round, RoundKind, Visit
from tests.back_office.desks import Desk, journaled, status_of, town_hall
from tests.builders import SOISSONS, World
from tests.database import everything
from tests.journey.test_races import Request, at_once
from tests.journey.test_rounds import HOME, planned, with_papers
from tests.law.people import an_election
from tests.page import Page, read

ROUNDS, PLAN, CORRECT = "/admin/rounds/", "/admin/rounds/plan/", "/admin/rounds/correct/"
OFFICER = "/admin/officer/"


def desk(world: World, officer: Account) -> Desk:
    return Desk(world.as_agent(officer), ROUNDS)


def opened(at: Desk, one: Round, demande: Procuration) -> Page:
    """The file, opened from the field of the round."""
    return read(at.client.get(f"{OFFICER}?reference={demande.reference}&round={one.id}"))


def at_the_button(world: World, officer: Account, one: Round, demande: Procuration) -> Request:
    """The file is open in the round; what is left is the button."""
    at = desk(world, officer)
    form = forms_that(opened(at, one, demande), "validate")
    return lambda: at.client.post(f"{OFFICER}action/", data=form)


def first_lock(table: str) -> str:
    """SQLite's one lock is already taken by the look-up of a reference."""
    return AccountMisses.__tablename__ if db.engine.dialect.name == "sqlite" else table


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


def test_another_day_typed_over_the_first_is_another_round(world: World) -> None:
    at = desk(world, world.an_officer())
    form = read(at.client.get(PLAN)).form(PLAN) | {"kind": "session", "commune_search": "Vorges"}
    days = [f"{world.today + timedelta(days=ahead):%d/%m/%Y}" for ahead in (2, 9)]
    first, second = (at.client.post(PLAN, data=form | {"day": day}).location for day in days)
    assert first != second
    assert "Permanence à Vorges" in read(at.client.get(second)).h1


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


def test_the_name_of_the_place_is_on_nothing_that_leaves_the_station(world: World, caplog: Any) -> None:
    """Neither register, export, receipt, file of the town hall, journal, message, nor address."""
    an_election(world)
    officer, clerk = world.an_officer(manages_station=True), world.a_clerk()
    elector = world.an_elector()
    one, demande, at = planned(world, officer), world.submitted(elector), desk(world, officer)
    with_papers(one, demande, officer)
    done = at.client.post(f"{OFFICER}action/", data=forms_that(opened(at, one, demande), "validate"))
    assert HOME not in done.location
    hall = town_hall(world, clerk)
    hall.act("validate", demande.id)
    register = at.client.get("/admin/special-register/")
    export = read(register).form("/admin/special-register/export/")
    pages = {
        "special register": register,
        "export": at.client.post("/admin/special-register/export/", data=export),
        "figures": at.client.get("/admin/special-register/figures/"),
        "receipt": at.client.get(f"/admin/receipt/?reference={demande.reference}"),
        "town hall's list": hall.get(),
        "town hall's file": hall.get(f"details/?id={demande.id}"),
        "elector": world.as_elector(elector).get("/mes-procurations"),
        "elector's receipt": world.as_elector(elector).get(f"/demande/{demande.reference}"),
        "journal": world.as_agent(world.an_account(Role.AUDITOR)).get("/admin/journal/"),
    }
    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(pages, 200)
    assert [name for name, page in pages.items() if HOME in page.text] == []
    assert "Vorges" in pages["receipt"].text
    claimed = outbox.claim(now(), limit=20, lease=timedelta(minutes=5))
    db.session.commit()
    assert {mail.kind for mail in claimed} >= {"established", "validated"}
    assert not [mail for mail in claimed if HOME in str(vars(message.render(mail)))]
    assert HOME not in caplog.text
    assert not [row for row in everything()["journal_entry"] if HOME in repr(row)]


def test_two_officers_of_one_round_receive_each_their_own_at_the_same_time(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    colleague, one = world.an_officer(station=officer.station), planned(world, officer, RoundKind.SESSION)
    demandes = [world.submitted(), world.submitted()]
    sent = [
        at_the_button(world, who, one, demande) for who, demande in zip((officer, colleague), demandes, strict=True)
    ]
    assert [answer.status_code for answer in at_once(*sent, table=first_lock("round"))] == [303, 303]
    assert [status_of(demande) for demande in demandes] == [Status.ESTABLISHED] * 2
    assert "2 sur 2" in desk(world, officer).read(f"one/?id={one.id}").text


def test_two_officers_of_one_round_establish_one_demande_once(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    colleague, one = world.an_officer(station=officer.station), planned(world, officer, RoundKind.SESSION)
    demande = world.submitted()
    sent = [at_the_button(world, who, one, demande) for who in (officer, colleague)]
    answers = at_once(*sent, table=first_lock("round"))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert journaled(demande).count(Action.ESTABLISHED) == 1
    assert len(db.session.scalars(select(Visit)).all()) == 1


def test_a_round_is_not_cancelled_while_somebody_is_received_in_it(world: World) -> None:
    """The second waits for the first to commit, then finds that somebody was received."""
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    at = desk(world, world.an_officer(station=officer.station))
    form = at.read(f"one/?id={one.id}").form(f"{ROUNDS}cancel/")
    journey.establish(demande, officer=officer, during=one, now=now())
    with ThreadPoolExecutor(1) as pool:
        cancelled = pool.submit(at.client.post, f"{ROUNDS}cancel/", data=form)
        waited = not wait([cancelled], timeout=2).done
        db.session.commit()
    assert (waited, cancelled.result().status_code) == (True, 409)
    db.session.refresh(one)
    assert (status_of(demande), one.cancelled_at) == (Status.ESTABLISHED, None)


def test_refusing_and_putting_off_in_a_round_come_back_to_it(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    for action, more in (("postpone", {}), ("invalidate", {"reason": "CONTRAINTE"})):
        file = opened(at, one, world.submitted())
        asked = read(at.client.post(f"{OFFICER}action/", data=forms_that(file, action)))
        assert f"round={one.id}" in asked.links["Revenir au dossier"]
        done = at.client.post(f"{OFFICER}action/", data=forms_that(asked, action) | more)
        assert done.location == f"{ROUNDS}one/?id={one.id}"


def test_a_wrong_reference_in_a_round_is_counted_as_at_the_counter(world: World) -> None:
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    missed = [read(at.client.get(f"{OFFICER}?reference=AAAAA{n}&round={one.id}")) for n in range(2, 7)]
    assert [page.status for page in missed] == [404, 404, 404, 404, 429]
    assert {page.form(OFFICER)["round"] for page in missed} == {str(one.id)}


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


def test_a_round_is_corrected_in_the_form_it_was_planned_in(world: World) -> None:
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    address = at.read(f"one/?id={one.id}").links["Corriger"]
    form = read(at.client.get(address)).form(CORRECT)
    assert (form["kind"], form["commune"], form["place_name"]) == ("visit", "02824", HOME)
    wrong = read(at.client.post(CORRECT, data=form | {"day": "01/01/2020"}))
    assert (wrong.status, wrong.form(CORRECT)["place_name"]) == (422, HOME)
    abroad = read(at.client.post(CORRECT, data=form | {"commune": "C0009", "commune_search": "", "commune_shown": ""}))
    assert (abroad.status, "à l'étranger, le consulat établit" in abroad.text) == (422, True)
    done = at.client.post(CORRECT, data=form | {"kind": "session", "commune_search": "Soissons", "place_name": ""})
    assert done.status_code == 303
    page = read(at.client.get(done.location))
    assert page.h1.startswith("Permanence à Soissons")
    assert HOME not in page.text
    rounds.cancel(one, officer=officer, now=now())
    db.session.commit()
    assert at.client.post(CORRECT, data=form).status_code == 409


def test_a_round_is_cancelled(world: World) -> None:
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    form = at.read(f"one/?id={one.id}").form(f"{ROUNDS}cancel/")
    assert at.client.post(f"{ROUNDS}cancel/", data=form).status_code == 303
    assert at.client.post(f"{ROUNDS}cancel/", data=form).status_code == 409
    page = at.read(f"one/?id={one.id}")
    assert "Ce déplacement est annulé" in page.text
    assert HOME not in page.text


@pytest.mark.parametrize("page", ["", "plan/"])
def test_without_a_habilitation_rounds_are_closed_and_a_delegue_plans_none(world: World, page: str) -> None:
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
    one = planned(world, consul, RoundKind.SESSION, commune="C0009")
    for rest in ("", "plan/", "papers/", f"one/?id={one.id}", f"correct/?id={one.id}"):
        page = desk(world, consul).read(rest).text
        assert ("ournée" in page, "éplacement" in page, "R72-1, IV" in page) == (True, False, False), rest
