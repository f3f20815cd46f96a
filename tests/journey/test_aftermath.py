"""What ends a procuration in force: by whom, from which status, and who is told (L75, L77, R78, R80)."""

from collections.abc import Callable

import pytest

from app.dates import now
from models import aftermath, journey
from models.account import Capacity
from models.base import db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken
from models.journal import Action
from models.procuration import Procuration, Status
from tests.back_office.desks import entries, journaled, mails_of
from tests.builders import SOISSONS, World


def validated(world: World) -> Procuration:
    procuration = world.established()
    journey.validate(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    return procuration


IN_FORCE: dict[str, Callable[[World], Procuration]] = {"established": lambda world: world.established()}
IN_FORCE["validated"] = validated


@pytest.mark.parametrize("status", IN_FORCE)
@pytest.mark.parametrize("is_asked", [True, False])
def test_an_officer_revokes_in_person_asked_on_line_or_not_l75(world: World, status: str, is_asked: bool) -> None:
    procuration, officer = IN_FORCE[status](world), world.an_officer()
    if is_asked:
        aftermath.ask_revocation(procuration, now=now())
    aftermath.revoke(procuration, officer=officer, now=now())
    db.session.commit()
    assert (procuration.status, procuration.closed_at is not None) == (Status.REVOKED, True)
    assert (entries(procuration)[-1].account_id, mails_of(procuration)[-1]) == (officer.id, "revoked")


def test_only_an_authority_that_establishes_revokes_r78(world: World) -> None:
    procuration = world.established()
    for account in (world.an_officer(Capacity.DELEGUE), world.a_clerk()):
        with pytest.raises(NotHabilitated):
            aftermath.revoke(procuration, officer=account, now=now())
    assert procuration.status is Status.ESTABLISHED


def test_what_is_over_is_not_revoked_again(world: World) -> None:
    procuration, officer = world.established(), world.an_officer()
    aftermath.revoke(procuration, officer=officer, now=now())
    for act in (aftermath.revoke, lambda p, **by: aftermath.postpone_revocation(p, reason=None, **by)):
        with pytest.raises(AlreadyHandled):
            act(procuration, officer=officer, now=now())


def test_putting_a_revocation_off_is_an_officers_and_has_its_two_reasons(world: World) -> None:
    procuration, officer = world.established(), world.an_officer(Capacity.DELEGUE)
    aftermath.ask_revocation(procuration, now=now())
    with pytest.raises(NotHabilitated):
        aftermath.postpone_revocation(procuration, officer=world.a_clerk(), reason=None, now=now())
    with pytest.raises(RuleBroken):
        aftermath.postpone_revocation(procuration, officer=officer, reason=Reason.CONTRAINTE, now=now())
    aftermath.postpone_revocation(procuration, officer=officer, reason=Reason.IDENTITE_ABSENTE, now=now())
    db.session.commit()
    assert (procuration.is_revocation_asked, journaled(procuration)[-1]) == (True, Action.POSTPONED)


ByClerk = Callable[..., None]
BY_THE_TOWN_HALL: dict[str, tuple[ByClerk, Status, str]] = {
    "revoke": (aftermath.revoke_from_paper, Status.REVOKED, "revoked"),
    "lapse": (
        lambda p, **by: aftermath.lapse(p, reason=Reason.DECES_MANDATAIRE, **by),
        Status.LAPSED,
        "lapsed",
    ),
    "end": (aftermath.end_on_death, Status.ENDED, "established"),
}


@pytest.mark.parametrize("name", BY_THE_TOWN_HALL)
def test_a_town_hall_ends_what_its_commune_received_and_who_lives_is_told(world: World, name: str) -> None:
    act, status, last_mail = BY_THE_TOWN_HALL[name]
    procuration = world.established()
    with pytest.raises(NotHabilitated):
        act(procuration, clerk=world.a_clerk(SOISSONS), now=now())
    act(procuration, clerk=world.a_clerk(), now=now())
    db.session.commit()
    assert (procuration.status, mails_of(procuration)[-1]) == (status, last_mail)
    with pytest.raises(AlreadyHandled):
        act(procuration, clerk=world.a_clerk(), now=now())


def test_a_procuration_lapses_for_a_death_or_a_right_lost_and_nothing_else_l77(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    with pytest.raises(RuleBroken):
        aftermath.lapse(procuration, clerk=clerk, reason=Reason.PLAFOND, now=now())
    aftermath.lapse(procuration, clerk=clerk, reason=Reason.MANDATAIRE_DROITS, now=now())
    assert (procuration.status, procuration.reason) == (Status.LAPSED, Reason.MANDATAIRE_DROITS)
