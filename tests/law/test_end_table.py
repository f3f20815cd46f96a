"""Domain's table of states, row by row: what ends a procuration that was established, who is told, what it frees."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.dates import now
from models import aftermath, journey, lifetime, outbox
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Reason, RuleBroken
from models.procuration import Procuration, Status
from tests.back_office.desks import entries, journaled, mails_of, status_of
from tests.builders import SOISSONS, World
from tests.journey.test_time import let, noon
from tests.law.people import ELOISE, an_election, another, established

FROM = pytest.mark.parametrize("validated", [False, True], ids=["established", "validated"])
Ending = Callable[[Procuration, Account], None]


def in_force(world: World, *, validated: bool, **changes: object) -> Procuration:
    procuration = established(world, **changes)
    if validated:
        journey.validate(procuration, clerk=world.a_clerk(), now=now())
        db.session.commit()
    return procuration


def asked(procuration: Procuration) -> Procuration:
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    return procuration


@FROM
def test_a_revocation_asked_on_line_leaves_it_valid_until_an_officer_confirms_l75_r78(
    world: World, validated: bool
) -> None:
    an_election(world)
    procuration = asked(in_force(world, validated=validated))
    assert procuration.is_in_force
    assert procuration.is_revocation_asked
    with pytest.raises(AlreadyHandled):
        aftermath.ask_revocation(procuration, now=now())
    aftermath.revoke(procuration, officer=world.an_officer(), now=now())
    db.session.commit()
    assert status_of(procuration) is Status.REVOKED
    assert mails_of(procuration)[-2:] == ["revocation_asked", "revoked"]


def test_before_an_authority_it_is_revoked_asked_on_line_or_not_l75_r78(world: World) -> None:
    procuration = established(world)
    aftermath.revoke(procuration, officer=world.an_officer(), now=now())
    db.session.commit()
    assert status_of(procuration) is Status.REVOKED


def test_a_delegue_revokes_nothing_r78(world: World) -> None:
    procuration = asked(established(world))
    with pytest.raises(NotHabilitated):
        aftermath.revoke(procuration, officer=world.an_officer(Capacity.DELEGUE), now=now())
    assert status_of(procuration) is Status.ESTABLISHED


def test_in_2021_a_revocation_is_not_asked_on_line_r78(world: World) -> None:
    an_election(world, online_revocation=False)
    procuration = established(world)
    with pytest.raises(NotAllowed):
        aftermath.ask_revocation(procuration, now=now())
    assert journaled(procuration)[-1] == "established"


@FROM
def test_a_town_hall_revokes_on_the_authoritys_form_r78(world: World, validated: bool) -> None:
    procuration = in_force(world, validated=validated)
    with pytest.raises(NotHabilitated):
        aftermath.revoke_from_paper(procuration, clerk=world.a_clerk(SOISSONS), now=now())
    aftermath.revoke_from_paper(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert status_of(procuration) is Status.REVOKED
    assert mails_of(procuration)[-1] == "revoked"


@pytest.mark.parametrize(("law", "status"), [(True, Status.REVOKED), (False, Status.ESTABLISHED)])
def test_a_certified_identity_revokes_where_the_law_lets_it_r78(world: World, law: bool, status: Status) -> None:
    an_election(world, certified_identity=law)
    procuration = established(world)
    try:
        aftermath.revoke_certified(procuration, now=now())
    except NotAllowed:
        db.session.rollback()
    db.session.commit()
    assert status_of(procuration) is status


def test_a_change_of_mind_revokes_the_former_when_the_new_one_is_established_l75(world: World) -> None:
    an_election(world)
    elector = world.an_elector()
    former = established(world, elector=elector)
    demande = world.a_demande(mandant=former.mandant, mandataire=another(0))
    successor = journey.submit(demande, elector=elector, submission_key="k", replaces=[former], now=now())
    db.session.commit()
    assert status_of(former) is Status.ESTABLISHED
    journey.establish(successor, officer=world.an_officer(), now=now())
    db.session.commit()
    assert (status_of(former), mails_of(former)[-1]) == (Status.REVOKED, "revoked")
    assert status_of(successor) is Status.ESTABLISHED
    asked(successor)
    aftermath.revoke(successor, officer=world.an_officer(), now=now())
    db.session.commit()
    assert status_of(former) is Status.REVOKED, "the former does not revive"


def test_what_is_taken_back_before_the_visit_is_withdrawn_l75(world: World) -> None:
    demande = world.submitted()
    journey.withdraw(demande, now=now())
    assert (status_of(demande), journaled(demande)) == (Status.SUBMITTED, ["submitted"]), "not committed, never was"
    journey.withdraw(demande, now=now())
    db.session.commit()
    assert (status_of(demande), mails_of(demande)) == (Status.WITHDRAWN, ["submitted", "withdrawn"])


@FROM
@pytest.mark.parametrize("reason", [Reason.DECES_MANDATAIRE, Reason.MANDATAIRE_DROITS])
def test_the_death_or_lost_rights_of_the_mandataire_make_it_lapse_l77_r80(
    world: World, validated: bool, reason: Reason
) -> None:
    procuration = in_force(world, validated=validated)
    aftermath.lapse(procuration, clerk=world.a_clerk(), reason=reason, now=now())
    db.session.commit()
    assert (status_of(procuration), procuration.reason) == (Status.LAPSED, reason)
    assert mails_of(procuration)[-1] == "lapsed"


def test_nothing_else_makes_it_lapse_l77(world: World) -> None:
    procuration = established(world)
    with pytest.raises(RuleBroken) as broken:
        aftermath.lapse(procuration, clerk=world.a_clerk(), reason=Reason.PLAFOND, now=now())
    assert broken.value.reasons == (Reason.DONNEES_INCOMPLETES,)
    with pytest.raises(NotHabilitated):
        aftermath.lapse(procuration, clerk=world.a_clerk(SOISSONS), reason=Reason.DECES_MANDATAIRE, now=now())
    assert status_of(procuration) is Status.ESTABLISHED


@FROM
def test_the_death_of_the_mandant_ends_it_and_writes_to_nobody(world: World, validated: bool) -> None:
    """L71: nobody votes for the dead; a message to their address would reach the bereaved."""
    procuration = in_force(world, validated=validated)
    told = mails_of(procuration)
    aftermath.end_on_death(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert (status_of(procuration), procuration.reason) == (Status.ENDED, Reason.DECES_MANDANT)
    assert (mails_of(procuration), procuration.email) == (told, None)
    assert outbox.waiting_count() == 0


def test_nothing_that_the_dead_had_asked_writes_to_anybody_l71(world: World) -> None:
    """A change of mind that waits, another in force, an older refusal: no reminder, no expiry, no notice."""
    an_election(world)
    elector, clerk = world.an_elector(), world.a_clerk()
    refused = world.submitted(elector=elector, mandant=ELOISE)
    journey.refuse(refused, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    one, second = (established(world, elector=elector, mandataire=another(n)) for n in (1, 2))
    demande = world.a_demande(mandant=ELOISE, mandataire=another(3))
    waiting = journey.submit(demande, elector=elector, submission_key="k", replaces=[one], now=now())
    elsewhere = world.submitted()
    told = [mails_of(each) for each in (refused, one, second, waiting)]
    aftermath.end_on_death(one, clerk=clerk, now=now())
    db.session.commit()
    for days in (5, -1, -60, -400):
        let(noon(waiting.expires_on - timedelta(days=days)))
    assert [mails_of(each) for each in (refused, one, second, waiting)] == told
    assert [status_of(each) for each in (one, second, waiting)] == [Status.ENDED, Status.ENDED, Status.WITHDRAWN]
    assert entries(waiting)[1].detail == Reason.DECES_MANDANT
    assert "reminder" in mails_of(elsewhere)


def revoked(procuration: Procuration, clerk: Account) -> None:
    aftermath.revoke_from_paper(procuration, clerk=clerk, now=now())


def lapsed(procuration: Procuration, clerk: Account) -> None:
    aftermath.lapse(procuration, clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=now())


def ended(procuration: Procuration, clerk: Account) -> None:
    aftermath.end_on_death(procuration, clerk=clerk, now=now())


def invalidated(procuration: Procuration, clerk: Account) -> None:
    journey.invalidate(procuration, clerk=clerk, reason=Reason.MANDANT_NON_INSCRIT, note="Radiée.", now=now())


@pytest.mark.parametrize("ending", [revoked, lapsed, ended, invalidated])
def test_what_has_ended_frees_the_ceiling_l73(world: World, ending: Ending) -> None:
    an_election(world)
    ending(established(world), world.a_clerk())
    db.session.commit()
    assert status_of(established(world, mandant=another(0))) is Status.ESTABLISHED


@FROM
def test_its_last_day_past_it_is_ended_r74(world: World, validated: bool) -> None:
    procuration = in_force(world, validated=validated)
    lifetime.end(procuration, now=now() + timedelta(days=90))
    db.session.commit()
    assert status_of(procuration) is Status.ENDED
    assert ("undecided" in mails_of(procuration)) is not validated
