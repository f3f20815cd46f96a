"""What each act writes, to the letter: the row, the journal's entry and the facts of the message."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import now
from models import journey
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NoteRequired, Reason, RuleBroken, TooMany
from models.findings import RULES_VERSION, Check
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from models.rules import Outcome
from models.territory import StationKind
from tests.builders import LAON, SOISSONS, World
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, established

AT = timedelta(hours=1)


@pytest.fixture
def later() -> datetime:
    """An instant that no clock gives by itself."""
    return now() + AT


def last_entry(procuration: Procuration) -> tuple[Any, ...]:
    """Of the journal: when, what, who, from which desk, with which code."""
    db.session.flush()
    mine = select(Entry).where(Entry.procuration_id == procuration.id).order_by(Entry.id.desc())
    entry = db.session.scalars(mine).first()
    assert entry
    return entry.at, entry.action, entry.account_id, entry.desk, entry.detail


def last_facts(procuration: Procuration) -> dict[str, Any]:
    """Of the last message, with its kind and when it may leave."""
    db.session.flush()
    mine = select(OutboxMail).where(OutboxMail.procuration_id == procuration.id).order_by(OutboxMail.id.desc())
    mail = db.session.scalars(mine).first()
    assert mail
    return {"kind": mail.kind, "due_at": mail.due_at, **(mail.facts or {})}


def common(procuration: Procuration, at: datetime) -> dict[str, Any]:
    """What every message says."""
    return {
        "due_at": at,
        "to": procuration.email,
        "reference": procuration.reference,
        "commune": procuration.commune.name,
        "time_zone": "Europe/Paris",
        "days": [day.isoformat() for day in procuration.days],
        "valid_until": None,
    }


def handled(procuration: Procuration) -> tuple[Any, ...]:
    names = ("officer_id", "officer_name", "officer_capacity", "station_code", "handled_at")
    return tuple(getattr(procuration, name) for name in names)


def by(officer: Account, at: datetime) -> tuple[Any, ...]:
    return officer.id, officer.name, officer.habilitations[-1].capacity, officer.station_code, at


def test_submit(world: World, later: datetime) -> None:
    demande, elector = (
        world.a_demande(mandant_nne="12", mandataire_nne="34", mandataire_masked=True),
        world.an_elector(),
    )
    filed = journey.submit(demande, elector=elector, submission_key="k", now=later)
    for name in ("mandant", "mandant_nne", "mandataire", "mandataire_nne", "mandataire_masked", "email", "commune"):
        assert getattr(filed, name) == getattr(demande, name), name
    assert filed.mandataire_commune is demande.mandataire_commune
    assert (filed.status, filed.submission_key, filed.elector_key) == (Status.SUBMITTED, "k", elector.key)
    assert (filed.submitted_at, filed.last_day, filed.valid_until) == (later, demande.days[0], None)
    assert len({filed.mandant_key, filed.mandataire_key, None}) == 3
    assert last_entry(filed) == (later, Action.SUBMITTED, None, None, None)
    assert last_facts(filed) == common(filed, later) | {"kind": "submitted", "expires_on": filed.expires_on.isoformat()}


def test_correct_email(world: World, later: datetime) -> None:
    demande = world.submitted()
    journey.correct_email(demande, "new@electeurs.test", now=later)
    assert last_entry(demande) == (later, Action.EMAIL_CORRECTED, None, None, None)
    told = {"kind": "submitted", "to": "new@electeurs.test", "expires_on": demande.expires_on.isoformat()}
    assert last_facts(demande) == common(demande, later) | told


def test_correct_email_too_often_or_too_late(world: World, later: datetime) -> None:
    demande = world.submitted()
    for _ in range(5):
        journey.correct_email(demande, "new@electeurs.test", now=later, window=timedelta(minutes=1))
    with pytest.raises(TooMany) as refusal:
        journey.correct_email(demande, "x@electeurs.test", now=later, window=timedelta(minutes=1))
    assert refusal.value.wait == timedelta(minutes=1)
    with pytest.raises(AlreadyHandled):
        journey.correct_email(demande, "x@electeurs.test", now=later + timedelta(days=90))


def test_withdraw(world: World, later: datetime) -> None:
    demande = world.submitted()
    journey.withdraw(demande, now=later)
    assert last_entry(demande) == (later, Action.WITHDRAWN, None, None, None)
    assert last_facts(demande) == common(demande, later) | {"kind": "withdrawn"}


def test_establish(world: World, later: datetime) -> None:
    officer = world.an_officer(Capacity.APJ, world.a_station(SOISSONS, StationKind.POLICE))
    procuration = world.submitted()
    journey.establish(procuration, officer=officer, now=later)
    assert handled(procuration) == by(officer, later)
    assert (procuration.established_at, procuration.authority_capacity) == (later, None)
    assert (procuration.established_commune_code, procuration.established_in_france) == (SOISSONS, True)
    assert last_entry(procuration) == (later, Action.ESTABLISHED, officer.id, officer.station_code, None)
    assert last_facts(procuration) == common(procuration, later) | {"kind": "established"}


def test_establish_certified(world: World, later: datetime) -> None:
    an_election(world, certified_identity=True)
    procuration = world.submitted()
    assert journey.may_establish_certified(procuration, world.today)
    journey.establish_certified(procuration, place=world.commune(SOISSONS), now=later)
    assert handled(procuration) == (None, journey.MINISTER, None, None, later)
    assert procuration.established_at == later
    assert last_entry(procuration) == (later, Action.ESTABLISHED, None, None, "certified")
    assert last_facts(procuration) == common(procuration, later) | {"kind": "established"}


def test_refuse(world: World, later: datetime) -> None:
    demande, officer = world.submitted(), world.an_officer()
    journey.refuse(demande, officer=officer, reason=Reason.CONTRAINTE, now=later)
    assert (handled(demande), demande.reason) == (by(officer, later), Reason.CONTRAINTE)
    assert last_entry(demande) == (later, Action.REFUSED, officer.id, officer.station_code, "CONTRAINTE")
    facts = {"kind": "refused", "reason": "CONTRAINTE", "authority": "Brigade de Laon"}
    assert last_facts(demande) == common(demande, later) | facts


@pytest.mark.parametrize("reason", [None, Reason.IDENTITE_ABSENTE])
def test_postpone(world: World, later: datetime, reason: Reason | None) -> None:
    demande, officer = world.submitted(), world.an_officer()
    journey.postpone(demande, officer=officer, reason=reason, now=later)
    assert handled(demande) == (None,) * 5
    assert last_entry(demande) == (later, Action.POSTPONED, officer.id, officer.station_code, reason)
    assert last_facts(demande)["kind"] == "submitted"


def decided(procuration: Procuration) -> tuple[Any, ...]:
    return procuration.decided_by_id, procuration.decided_by_name, procuration.decided_at, procuration.note


@pytest.mark.parametrize(("note", "kept"), [(None, None), ("", None), ("Vue.", "Vue.")])
def test_validate(world: World, later: datetime, note: str | None, kept: str | None) -> None:
    a_roll(ELOISE, GWENAELLE)
    an_election(world)
    procuration, clerk = established(world), world.a_clerk(SOISSONS, LAON)
    journey.validate(procuration, clerk=clerk, note=note, now=later)
    assert decided(procuration) == (clerk.id, clerk.name, later, kept)
    assert (procuration.rules_version, procuration.is_automated) == (RULES_VERSION, False)
    assert {one["outcome"] for one in procuration.findings or ()} == {Outcome.PASSED}
    assert {one["check"] for one in procuration.findings or ()} == {*Check} - {Check.TWO_PEOPLE, Check.SAME_COMMUNE}
    assert last_entry(procuration) == (later, Action.VALIDATED, clerk.id, LAON, None)
    assert last_facts(procuration) == common(procuration, later) | {"kind": "validated", "was_in_doubt": False}


@pytest.mark.parametrize(("note", "kept"), [(None, None), ("", None), ("Vue.", "Vue.")])
def test_invalidate(world: World, later: datetime, note: str | None, kept: str | None) -> None:
    procuration, clerk = established(world), world.a_clerk()
    journey.invalidate(procuration, clerk=clerk, reason=Reason.DOUBLON_MANDANT, note=note, now=later)
    assert (decided(procuration), procuration.reason) == ((clerk.id, clerk.name, later, kept), Reason.DOUBLON_MANDANT)
    assert procuration.rules_version == RULES_VERSION
    assert last_entry(procuration) == (later, Action.INVALIDATED, clerk.id, LAON, "DOUBLON_MANDANT")
    told = {"kind": "invalidated", "reason": "DOUBLON_MANDANT", "was_in_doubt": False}
    assert last_facts(procuration) == common(procuration, later) | told


def test_an_empty_note_is_no_note(world: World) -> None:
    a_roll(GWENAELLE)
    an_election(world)
    procuration = established(world)
    with pytest.raises(NoteRequired):
        journey.validate(procuration, clerk=world.a_clerk(), note="", now=now())


def test_a_reason_of_another_desk_is_incomplete_data(world: World) -> None:
    with pytest.raises(RuleBroken) as broken:
        journey.refuse(world.submitted(), officer=world.an_officer(), reason=Reason.PLAFOND, now=now())
    assert broken.value.reasons == (Reason.DONNEES_INCOMPLETES,)
