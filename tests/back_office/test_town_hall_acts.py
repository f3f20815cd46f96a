"""The town hall validates or invalidates one procuration, after a page that asks."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models.base import db
from models.errors import TOWN_HALL_REFUSALS, Reason
from models.journal import Action
from models.outbox import OutboxMail
from models.procuration import Status
from tests.back_office.desks import entries, journaled, mails_of, rows_of, status_of, town_hall
from tests.builders import SOISSONS, World
from tests.database import everything
from tests.page import read

ACTION = "/admin/town-hall/action/"


def test_validating_asks_first_then_tells_the_elector(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    before = everything()
    asked = read(hall.post("validate", procuration.id))
    assert (asked.status, asked.h1) == (200, "Valider cette procuration ?")
    assert procuration.reference in asked.text
    assert everything() == before
    answer = hall.client.post(ACTION, data=asked.form(ACTION))
    assert answer.status_code == 303
    assert "Procuration validée." in read(hall.client.get(answer.location)).text
    assert status_of(procuration) is Status.VALIDATED
    assert (procuration.decided_by_id, procuration.decided_by_name) == (clerk.id, "Nadia BENALI")
    assert mails_of(procuration) == ["submitted", "established", "validated"]
    assert journaled(procuration)[-1] is Action.VALIDATED


def test_invalidating_needs_a_coded_reason_and_keeps_the_note_inside(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    asked = read(hall.post("invalidate", procuration.id))
    offered = [e.get("value") for e in asked.all("input") if e.get("name") == "reason"]
    assert offered == list(TOWN_HALL_REFUSALS)
    missing = read(hall.client.post(ACTION, data=asked.form(ACTION) | {"note": 'vu "sur" la <liste>'}))
    assert (missing.status, missing.errors) == (422, ["Choisissez un motif dans la liste."])
    assert status_of(procuration) is Status.ESTABLISHED
    again = missing.form(ACTION)
    assert again["note"] == 'vu "sur" la <liste>'
    assert hall.client.post(ACTION, data=again | {"reason": "PLAFOND"}).status_code == 303
    assert (status_of(procuration), procuration.reason) == (Status.INVALIDATED, Reason.PLAFOND)
    assert procuration.note == 'vu "sur" la <liste>'
    assert (entries(procuration)[-1].action, entries(procuration)[-1].detail) == (Action.INVALIDATED, "PLAFOND")
    facts = db.session.scalars(select(OutboxMail.facts).order_by(OutboxMail.id.desc())).first()
    assert facts["reason"] == "PLAFOND"
    assert "liste" not in str(facts)
    page = hall.read(f"details/?id={procuration.id}")
    assert "Motif : Le mandataire a déjà le nombre de procurations permis" in page.text
    assert 'Note interne : vu "sur" la <liste>' in page.text


@pytest.mark.parametrize("reason", ["CONTRAINTE", "IDENTITE_DISCORDANTE", "autre", "\0"])
def test_a_town_hall_has_its_own_reasons(world: World, reason: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("invalidate", procuration.id, reason=reason).status_code == 422
    assert status_of(procuration) is Status.ESTABLISHED


def test_a_note_is_cleaned_and_shows_what_was_lost(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("invalidate", procuration.id, reason="PLAFOND", note="a\0b  c").status_code == 303
    status_of(procuration)
    assert procuration.note == "a\ufffdb c"


@pytest.mark.parametrize("action", ["validate", "invalidate"])
def test_a_note_too_long_is_given_back_as_it_was_typed(world: World, action: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    page = read(hall.act(action, procuration.id, reason="PLAFOND", note="x" * 501))
    assert (page.status, page.errors) == (422, ["Écrivez 500 caractères au plus."])
    kept = page.form(ACTION)
    assert (kept["note"], kept.get("reason", "PLAFOND")) == ("x" * 501, "PLAFOND")
    assert status_of(procuration) is Status.ESTABLISHED
    assert hall.client.post(ACTION, data=kept | {"note": "x" * 500}).status_code == 303


def test_who_names_a_file_of_elsewhere_learns_nothing_and_is_in_the_journal_r76(world: World) -> None:
    foreign, own, clerk = world.established(), world.established(commune_code=SOISSONS), world.a_clerk(SOISSONS)
    hall = town_hall(world, clerk)
    pages = [hall.get(f"details/?id={key}") for key in (foreign.id, 999_999)]
    assert [page.status_code for page in pages] == [404, 404]
    said = [page.text.replace(page.headers["X-Request-ID"], "its number") for page in pages]
    assert said[0] == said[1]
    denied = entries(foreign)[-1]
    assert (denied.action, denied.account_id, denied.detail) == (Action.DENIED, clerk.id, "Unknown")
    assert entries()[-1].action is Action.DENIED
    assert hall.act("validate", own.id, foreign.id).status_code == 404
    assert journaled(foreign).count(Action.DENIED) == 2
    assert Action.DENIED not in journaled(own)
    assert hall.act("end", foreign.id).status_code == 404
    assert journaled(foreign).count(Action.DENIED) == 3
    assert hall.get("details/?id=abc").status_code == 404


def test_a_second_decision_reads_who_was_first(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    assert hall.act("validate", procuration.id).status_code == 303
    page = read(town_hall(world).act("invalidate", procuration.id, reason="PLAFOND"))
    assert (page.status, page.h1) == (409, "Déjà traitée")
    assert re.search(r"déjà traitée par Nadia BENALI le .* à \d+ h \d\d \(validée\)", page.text)
    assert status_of(procuration) is Status.VALIDATED
    assert journaled(procuration)[-2:] == [Action.VALIDATED, Action.DENIED]
    assert mails_of(procuration) == ["submitted", "established", "validated"]


def test_a_decision_after_the_vote_reads_that_it_is_too_late(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    procuration.last_day = world.today - timedelta(days=1)
    db.session.commit()
    page = read(hall.act("validate", procuration.id, note="vu"))
    assert (page.status, page.h1) == (409, "Trop tard")
    assert "ses jours de vote sont passés, il n'y a plus rien à décider." in page.text
    assert status_of(procuration) is Status.ESTABLISHED


@pytest.mark.parametrize("action", ["validate", "invalidate"])
def test_an_act_without_a_row_says_to_tick_one(world: World, action: str) -> None:
    procuration, hall = world.established(), town_hall(world)
    page = read(hall.act(action, reason="PLAFOND", status="established"))
    assert page.status == 422
    assert page.errors == ["Cochez d'abord une procuration, ou plusieurs, dans la liste."]
    assert rows_of(page) == [procuration.reference]
    assert page.form("/admin/town-hall/")["status"] == "established"


@pytest.mark.parametrize("action", ["", "postpone", "delete", "\0"])
def test_an_unknown_action_is_an_error(world: World, action: str) -> None:
    procuration = world.established()
    assert town_hall(world).act(action, procuration.id).status_code == 400
    assert status_of(procuration) is Status.ESTABLISHED


def test_a_suspended_clerk_is_out_at_once(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    asked = read(hall.post("validate", procuration.id))
    clerk.suspended_at = now()
    db.session.commit()
    assert hall.client.post(ACTION, data=asked.form(ACTION)).status_code == 302
    assert status_of(procuration) is Status.ESTABLISHED
