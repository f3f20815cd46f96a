"""A délégué checks and passes on; the officer who designated him reads and establishes; nothing in between counts."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.dates import now
from models import handover, journey, lifetime, perimeter
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated
from models.journal import Action
from models.procuration import Procuration, Status
from tests.back_office.desks import counter, journaled, mails_of, status_of
from tests.builders import SOISSONS, World, a_habilitation
from tests.page import read, text_of
from tests.web.certified import CAMILLE, an_election_without_visits


def a_delegue_of(world: World, opj: Account | None, **changes: Any) -> Account:
    theirs = a_habilitation(capacity=Capacity.DELEGUE, opj=opj, **changes)
    station = opj.station if opj else None
    return world.an_officer(station=station or world.a_station(), habilitations=[theirs], name="Régine MASSON")


def passed_on(world: World, opj: Account) -> Procuration:
    demande = world.submitted()
    handover.pass_on(demande, delegue=a_delegue_of(world, opj), now=now())
    db.session.commit()
    return demande


def to_read(officer: Account) -> list[Procuration]:
    return list(db.session.scalars(select(Procuration).where(perimeter.passed_on_to(officer))))


def test_what_is_passed_on_is_no_procuration_and_its_elector_is_told(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    demande = passed_on(world, opj)
    assert (demande.status, demande.checked_by_name, demande.passed_to_id) == (
        Status.SUBMITTED,
        "Régine MASSON",
        opj.id,
    )
    assert demande.established_at is None
    assert (mails_of(demande), journaled(demande)) == (["submitted", "passed_on"], [Action.SUBMITTED, Action.PASSED_ON])
    assert to_read(opj) == [demande]


def test_what_is_with_that_officer_is_not_passed_on_again_by_whoever(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    demande = passed_on(world, opj)
    for delegue in (a_delegue_of(world, opj), a_delegue_of(world, opj)):
        with pytest.raises(AlreadyHandled):
            handover.pass_on(demande, delegue=delegue, now=now())
        db.session.rollback()
    assert (mails_of(demande), journaled(demande)) == (["submitted", "passed_on"], [Action.SUBMITTED, Action.PASSED_ON])
    other = world.an_officer()
    handover.pass_on(demande, delegue=a_delegue_of(world, other), now=now())
    assert demande.passed_to_id == other.id


def test_the_delegue_reads_that_it_is_passed_on_and_has_nothing_left_to_press(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    desk, demande = counter(world, a_delegue_of(world, opj)), world.submitted()
    assert desk.act("pass_on", demande.reference).status_code == 303
    opened = read(desk.get(f"?reference={demande.reference}"))
    assert opened.h1 == "Demande transmise"
    assert "Demande transmise à Hélène FAUVEL" in opened.text
    assert "Registre" not in opened.links, "which is not a délégué's to read"
    assert not [name for name in opened.all("button") if "transmettre" in text_of(name)]
    again = read(desk.act("pass_on", demande.reference))
    assert (again.status, again.h1) == (409, "Demande déjà transmise")
    assert journaled(demande).count(Action.PASSED_ON) == 1


def test_what_waits_names_nobody_to_an_officer_without_a_habilitation_in_force(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    demande = world.submitted()
    handover.pass_on(demande, delegue=a_delegue_of(world, opj), now=now())
    opj.habilitations[0].ended_at = now()
    db.session.commit()
    shown = counter(world, opj).read().text
    assert "À lire et à établir" not in shown
    assert demande.reference not in shown


def test_the_elector_reads_that_it_is_not_established_yet(world: World) -> None:
    elector = world.an_elector()
    demande = world.submitted(elector)
    handover.pass_on(demande, delegue=a_delegue_of(world, world.an_officer()), now=now())
    db.session.commit()
    page = read(world.as_elector(elector).get("/mes-procurations")).text
    assert "votre procuration n'est pas encore établie" in page
    assert "Masson" not in page.title()


def test_the_officer_behind_establishes_and_both_are_named(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    demande = passed_on(world, opj)
    journey.establish(demande, officer=opj, now=now())
    db.session.commit()
    assert (demande.officer_name, demande.checked_by_name) == ("Hélène FAUVEL", "Régine MASSON")
    assert to_read(opj) == []
    assert mails_of(demande)[-1] == "established"


def test_another_officer_who_has_the_person_in_front_signs_alone(world: World) -> None:
    opj, other = world.an_officer(), world.an_officer()
    demande = passed_on(world, opj)
    journey.establish(demande, officer=other, now=now())
    assert (demande.officer_id, demande.checked_by_name, demande.checked_at) == (other.id, None, None)


def test_only_a_delegue_passes_on_and_only_with_an_officer_behind(world: World) -> None:
    demande, opj = world.submitted(), world.an_officer()
    over = world.an_officer(habilitations=[a_habilitation(valid_until=world.today - timedelta(days=2))])
    suspended = world.an_officer(suspended_at=now())
    with pytest.raises(NotHabilitated):
        handover.pass_on(demande, delegue=opj, now=now())
    with pytest.raises(NotHabilitated):
        handover.pass_on(demande, delegue=a_delegue_of(world, opj, ended_at=now()), now=now())
    for behind in (None, over, suspended, world.an_officer(Capacity.APJ)):
        with pytest.raises(NotAllowed):
            handover.pass_on(demande, delegue=a_delegue_of(world, behind), now=now())
    assert (demande.status, demande.checked_at) == (Status.SUBMITTED, None)


def test_an_officer_who_has_moved_to_another_station_is_behind_no_delegue_of_the_first_r72_1(world: World) -> None:
    demande, opj = world.submitted(), world.an_officer()
    delegue = a_delegue_of(world, opj)
    assert handover.officer_behind(delegue, now()) is opj
    opj.station = world.a_station(SOISSONS)
    db.session.commit()
    with pytest.raises(NotAllowed):
        handover.pass_on(demande, delegue=delegue, now=now())


def test_what_was_withdrawn_or_expired_is_not_passed_on(world: World) -> None:
    delegue = a_delegue_of(world, world.an_officer())
    gone, late = world.submitted(), world.submitted()
    journey.withdraw(gone, now=now())
    for demande, at in ((gone, now()), (late, now() + timedelta(days=300))):
        with pytest.raises(AlreadyHandled):
            handover.pass_on(demande, delegue=delegue, now=at)


def test_its_elector_may_still_withdraw_and_the_purge_forgets_who_checked(world: World) -> None:
    opj = world.an_officer()
    demande = passed_on(world, opj)
    journey.withdraw(demande, now=now())
    assert to_read(opj) == []
    lifetime.purge(demande, key=b"key", now=now())
    db.session.commit()
    assert demande.checked_by_name is None


def test_at_the_counter_the_delegue_passes_on_and_the_officer_reads_then_establishes(world: World) -> None:
    opj = world.an_officer(name="Hélène FAUVEL")
    demande, desk, office = world.submitted(), counter(world, a_delegue_of(world, opj)), counter(world, opj)
    page = desk.read(f"?reference={demande.reference}")
    assert "Hélène FAUVEL, officier de police judiciaire, établira cette procuration" in page.text
    answer = desk.client.post("/admin/officer/action/", data=page.form("/admin/officer/action/"))
    assert answer.status_code == 303
    assert "dossier transmis à l'officier" in desk.read().text
    assert demande.reference in desk.read().text, "in what the délégué handled"
    listed = office.read()
    assert "À lire et à établir" in listed.text
    assert "vérifiée par Régine MASSON" in listed.text
    file = office.read(f"?reference={demande.reference}")
    assert file.h1 == "Lisez, puis établissez"
    assert "Identité vérifiée par Régine MASSON, délégué, le" in file.text
    assert office.client.post("/admin/officer/action/", data=file.form("/admin/officer/action/")).status_code == 303
    assert status_of(demande) is Status.ESTABLISHED
    assert "À lire et à établir" not in office.read().text


def test_what_can_be_established_no_more_is_not_to_be_read(world: World) -> None:
    opj = world.an_officer()
    late, lost, waiting = (passed_on(world, opj) for _ in range(3))
    late.expires_on = world.today - timedelta(days=1)
    for chosen in lost.polling_days:
        chosen.lost_at = now()
    db.session.commit()
    listed = counter(world, opj).read().text
    assert [one.reference in listed for one in (late, lost, waiting)] == [False, False, True]


def test_a_certified_identity_owes_nothing_to_the_check(world: World) -> None:
    election = an_election_without_visits(world)
    demande = world.submitted(mandant=CAMILLE, days=(election.scrutins[0].polling_day,))
    handover.pass_on(demande, delegue=a_delegue_of(world, world.an_officer()), now=now())
    journey.establish_certified(demande, place=world.commune(), now=now())
    db.session.commit()
    assert (demande.checked_at, demande.checked_by_name, demande.passed_to_id) == (None, None, None)


def test_a_delegue_without_an_officer_behind_reads_why_and_has_no_button(world: World) -> None:
    demande, desk = world.submitted(), counter(world, a_delegue_of(world, None))
    page = desk.read(f"?reference={demande.reference}")
    assert "un autre officier doit recevoir la personne" in page.text
    assert "transmettre" not in page.text
    assert desk.act("pass_on", demande.reference).status_code == 409
    assert journaled(demande)[-1] is Action.DENIED


def test_an_officer_does_not_pass_on(world: World) -> None:
    demande = world.submitted()
    assert counter(world).act("pass_on", demande.reference).status_code == 403
    assert status_of(demande) is Status.SUBMITTED
