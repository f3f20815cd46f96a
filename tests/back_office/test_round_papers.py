"""The two papers of who is visited (R73): noted by their dates, kept by who led the round, then destroyed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.dates import now
from models import aftermath
from models.base import db
from models.procuration import Procuration, Status
from models.territory import StationKind
from models.visit import Visit
from tests.back_office.desks import counter, journaled, status_of
from tests.back_office.test_rounds import OFFICER, PLAN, ROUNDS, desk, forms_that, opened
from tests.builders import SOISSONS, World
from tests.journey.test_handover import a_delegue_of
from tests.journey.test_rounds import HOME, planned, with_papers
from tests.law.people import an_election
from tests.page import read

VISIT, PAPERS = "/admin/rounds/visit/", "/admin/rounds/papers/"
PASS_ON = "identité conforme : transmettre"
ESTABLISH = "Présente en personne, libre, identité conforme : établir"


def test_an_elector_is_received_with_papers_and_the_field_is_there_for_the_next(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    file = opened(at, one, demande)
    assert ESTABLISH not in file.text
    assert "Aucun certificat médical" in file.text
    page = read(at.client.get(file.links["Noter la date de ces papiers"]))
    assert page.h1 == "Demande écrite et attestation"
    assert demande.mandant.birth_name in page.text
    form = page.form(VISIT)
    assert read(at.client.post(VISIT, data=form)).status == 422
    late = f"{world.today + timedelta(days=3):%d/%m/%Y}"
    wrong = read(at.client.post(VISIT, data=form | {"requested_on": late, "sworn_on": late}))
    assert (wrong.status, wrong.form(VISIT)["sworn_on"]) == (422, late)
    day = f"{world.today - timedelta(days=2):%d/%m/%Y}"
    file = read(at.client.get(at.client.post(VISIT, data=form | {"requested_on": day, "sworn_on": day}).location))
    assert ESTABLISH in file.text
    assert f"Demande écrite du {day}, attestation du {day}." in file.text
    again = read(at.client.get(file.links["Corriger ces dates"])).form(VISIT)
    assert (again["requested_on"], again["sworn_on"]) == (day, day)
    eve = f"{world.today - timedelta(days=3):%d/%m/%Y}"
    file = read(at.client.get(at.client.post(VISIT, data=again | {"requested_on": eve}).location))
    assert f"Demande écrite du {eve}, attestation du {day}." in file.text
    done = at.client.post(f"{OFFICER}action/", data=forms_that(file, "validate"))
    assert (done.status_code, done.location) == (303, f"{ROUNDS}one/?id={one.id}")
    after = read(at.client.get(done.location))
    assert "1 sur 1" in after.text
    assert "Corriger" not in after.links
    assert after.main.find(".//input[@name='reference'][@autofocus]") is not None
    db.session.refresh(demande)
    assert (demande.status, demande.established_commune_code) == (Status.ESTABLISHED, "02824")
    receipt = read(at.client.get(f"/admin/receipt/?reference={demande.reference}")).text
    assert "Vorges" in receipt
    for shown in (receipt, at.client.get("/admin/special-register/").text):
        assert HOME not in shown


def test_what_was_sent_without_papers_is_not_established_r73(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    form = forms_that(opened(at, one, demande), "postpone") | {"action": "validate", "confirmed": "yes"}
    page = read(at.client.post(f"{OFFICER}action/", data=form))
    assert (page.status, "Noter la date de ces papiers" in page.links) == (422, True)
    assert status_of(demande) is Status.SUBMITTED


def test_a_delegue_notes_the_papers_and_passes_on_r72_1_v(world: World) -> None:
    an_election(world)
    opj = world.an_officer()
    delegue, one, demande = a_delegue_of(world, opj), planned(world, opj), world.submitted()
    at = desk(world, delegue)
    page = at.read(f"one/?id={one.id}")
    assert "Corriger" not in page.links
    assert f"{ROUNDS}cancel/" not in page.forms
    assert PASS_ON not in opened(at, one, demande).text
    with_papers(one, demande, delegue)
    done = at.client.post(f"{OFFICER}action/", data=forms_that(opened(at, one, demande), "pass_on"))
    after = read(at.client.get(done.location))
    assert (demande.status, "1 sur 1" in after.text) == (Status.SUBMITTED, True)


def test_papers_are_kept_then_destroyed_by_who_keeps_them(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    for demande in (first := world.submitted(), second := world.submitted()):
        with_papers(one, demande, officer)
        counter(world, officer).act("validate", demande.reference)
    page = at.read("papers/")
    assert (page.text.count("à garder jusqu'au"), PAPERS in page.forms) == (2, True)
    assert "Les papiers cochés" not in page.text
    db.session.execute(update(Procuration).values(last_day=world.today - timedelta(days=400), status=Status.ENDED))
    db.session.commit()
    assert "Des papiers peuvent être détruits : 2" in at.read().text
    form = at.read("papers/").form(PAPERS)
    assert read(at.client.post(PAPERS, data=form | {"rowid": []})).status == 422
    keys = [str(key) for key in db.session.scalars(select(Visit.id).order_by(Visit.id))]
    assert at.client.post(PAPERS, data=form | {"rowid": keys[:1]}).status_code == 303
    assert [journaled(demande)[-1] for demande in (first, second)] == ["papers_destroyed", "established"]
    stale = at.client.post(PAPERS, data=form | {"rowid": keys})
    assert "Papiers détruits : 1. Notés détruits auparavant : 1." in read(at.client.get(stale.location)).text
    assert at.client.post(PAPERS, data=form | {"rowid": keys}).status_code == 409
    assert "Aucun papier à garder" in at.read("papers/").text


def test_papers_that_must_be_kept_are_not_said_destroyed(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande, at = planned(world, officer), world.submitted(), desk(world, officer)
    with_papers(one, demande, officer)
    form = at.read("papers/").form(PAPERS)
    kept = read(at.client.post(PAPERS, data=form | {"rowid": str(db.session.scalar(select(Visit.id)))}))
    assert (kept.status, "doivent encore être gardés" in kept.text) == (422, True)
    assert journaled(demande)[-1] == "papers_recorded"


def test_papers_are_read_by_the_officer_who_led_and_by_who_answers_for_the_station(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    colleague = world.an_officer(station=officer.station)
    responsible = world.an_officer(station=officer.station, manages_station=True)
    stranger = world.an_officer(station=world.a_station(SOISSONS, StationKind.POLICE), manages_station=True)
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    name = demande.mandant.birth_name
    readers = {"led": officer, "colleague": colleague, "responsible": responsible, "stranger": stranger}
    seen = {who: name in desk(world, account).read("papers/").text for who, account in readers.items()}
    assert seen == {"led": True, "colleague": False, "responsible": True, "stranger": False}
    visit = db.session.scalar(select(Visit.id))
    for account in (colleague, stranger):
        at = desk(world, account)
        form = {"csrf_token": read(at.client.get(PLAN)).form(PLAN)["csrf_token"], "rowid": str(visit)}
        assert at.client.post(PAPERS, data=form).status_code == 404


def test_the_papers_due_are_shown_first_however_many_there_are(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("admin_views.rounds.MOST_PAPERS", 1)
    an_election(world)
    officer = world.an_officer()
    one, at = planned(world, officer), desk(world, officer)
    for demande in (world.submitted(), due := world.submitted()):
        with_papers(one, demande, officer)
        counter(world, officer).act("validate", demande.reference)
    aftermath.revoke(due, officer=officer, now=now())
    db.session.execute(
        update(Procuration).where(Procuration.id == due.id).values(closed_at=now() - timedelta(days=300))
    )
    db.session.commit()
    page = at.read("papers/")
    assert (page.text.count("à détruire"), "Les suivants viennent" in page.text) == (1, True)


def test_the_duty_to_keep_papers_outlives_a_habilitation_r73(world: World) -> None:
    an_election(world)
    officer = world.an_officer()
    one, demande = planned(world, officer), world.submitted()
    with_papers(one, demande, officer)
    officer.habilitations[-1].ended_at = now()
    db.session.commit()
    links = counter(world, officer).read().links
    assert ("Déplacements" in links, links["Papiers à garder"]) == (False, "/admin/rounds/papers/")
    page = desk(world, officer).read("papers/")
    assert demande.mandant.birth_name in page.text
    assert "/admin/rounds/" not in page.links.values(), "which is closed to them"
