"""Who sees which rows, straight from the one function that decides."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from app.dates import now
from models import journal, journey, misses, perimeter
from models.account import Account, Role
from models.base import db
from models.errors import AlreadyHandled, Reason, Unknown
from models.journal import Action
from models.perimeter import Elector
from models.procuration import Procuration, Status
from tests.builders import LAON, SOISSONS, World
from tests.database import queries


def seen_by(viewer: Account | Elector) -> set[int]:
    return set(db.session.scalars(select(Procuration.id).where(perimeter.visible_to(viewer))))


def one_in_each_status(world: World, **changes: object) -> dict[Status, int]:
    rows = {}
    for status in Status:
        waits = status in (Status.SUBMITTED, Status.WITHDRAWN, Status.EXPIRED, Status.REFUSED)
        procuration = world.submitted(**changes) if waits else world.established(**changes)
        procuration.status = status
        rows[status] = procuration.id
    db.session.commit()
    return rows


def test_an_elector_sees_their_own_whatever_became_of_them(world: World) -> None:
    elector, other = world.an_elector(), world.an_elector()
    mine = one_in_each_status(world, elector=elector)
    one_in_each_status(world, elector=other)
    assert seen_by(elector) == set(mine.values())


def test_an_elector_keeps_their_rows_when_the_key_is_renewed(world: World) -> None:
    former = world.an_elector()
    mine = world.submitted(former)
    assert seen_by(Elector(("a new key", former.key))) == {mine.id}
    assert seen_by(Elector(("a new key",))) == set()


def test_an_officer_sees_what_this_officer_handled(world: World) -> None:
    officer, colleague = world.an_officer(), world.an_officer()
    established, refused = world.established(officer), world.submitted()
    journey.refuse(refused, officer=officer, reason=Reason.CONTRAINTE, now=now())
    world.established(colleague)
    postponed = world.submitted()
    journey.postpone(postponed, officer=officer, reason=None, now=now())
    db.session.commit()
    assert seen_by(officer) == {established.id, refused.id}


def test_an_officers_acts_are_the_same_whichever_way_they_are_asked_for(world: World) -> None:
    officer, colleague = world.an_officer(), world.an_officer()
    handled, revoked, passed_on = world.established(officer), world.established(colleague), world.submitted()
    foreign, read = world.established(colleague), world.submitted()
    acts = ((Action.REVOKED, revoked), (Action.PASSED_ON, passed_on), (Action.OPENED, read), (Action.REVOKED, handled))
    for action, procuration in acts:
        journal.record(action, now=now(), procuration=procuration, account=officer)
    db.session.commit()
    mine = {handled.id, revoked.id, passed_on.id}
    assert seen_by(officer) == mine
    latest = perimeter.latest_acts(officer, 0, 10)
    assert set(latest) == mine
    assert [key for first in range(4) for key in perimeter.latest_acts(officer, first, 1)] == latest, "page after page"
    for procuration in (handled, revoked, passed_on):
        assert perimeter.find(procuration.reference or "", seen_by=officer) is procuration
    for procuration in (foreign, read):
        with pytest.raises(Unknown):
            perimeter.find(procuration.reference or "", seen_by=officer)


def test_a_town_hall_sees_what_was_established_for_its_communes(world: World) -> None:
    here, there = one_in_each_status(world), one_in_each_status(world, commune_code=SOISSONS)
    unseen = {Status.SUBMITTED, Status.WITHDRAWN, Status.EXPIRED, Status.REFUSED}
    assert seen_by(world.a_clerk()) == {key for status, key in here.items() if status not in unseen}
    assert len(seen_by(world.a_clerk(LAON, SOISSONS))) == 2 * (len(Status) - len(unseen))
    assert seen_by(world.a_clerk("02691")) == set()
    assert there


@pytest.mark.parametrize("role", [Role.MINISTRY, Role.AUDITOR])
def test_supervision_sees_no_procuration(world: World, role: Role) -> None:
    one_in_each_status(world)
    assert seen_by(world.an_account(role)) == set()


def test_a_role_without_communes_sees_nothing(world: World) -> None:
    world.established()
    assert seen_by(world.an_account(Role.TOWN_HALL)) == set()


def test_the_reference_of_another_elector_is_unknown(world: World) -> None:
    demande = world.submitted()
    with pytest.raises(Unknown):
        perimeter.find(demande.reference, seen_by=world.an_elector())


def test_the_counter_opens_what_waits_until_its_last_day(world: World) -> None:
    """Where the vote is, wherever the counter is."""
    demande, officer = world.submitted(), world.an_officer(station=world.a_station("98735"))
    last_minute = datetime.combine(demande.expires_on, time(23, 59), demande.commune.zone)
    assert misses.look_up(demande.reference, officer=officer, now=last_minute).id == demande.id
    with pytest.raises(Unknown):
        misses.look_up(demande.reference, officer=officer, now=last_minute + timedelta(minutes=1))
    with pytest.raises(AlreadyHandled):
        journey.establish(demande, officer=officer, now=last_minute + timedelta(minutes=1))


def test_the_counter_opens_in_one_look_up_with_the_commune(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    reference = demande.reference
    misses.look_up(reference, officer=officer, now=now())
    db.session.commit()
    officer.id, officer.role  # noqa: B018 loaded beforehand, as the session of an agent does
    with queries() as seen:
        assert misses.look_up(reference, officer=officer, now=now()).commune.name == "Laon"
    assert len(seen) == 1, "the file with its commune, and what the account has missed"


@pytest.mark.parametrize("typed", ["", "ABC", "ABCDEFG", "ABC 01", "ABC\0EF", "é" * 6, "'OR''", "A" * 10_000])
def test_what_is_no_reference_opens_nothing(world: World, typed: str) -> None:
    world.submitted()
    with pytest.raises(Unknown):
        misses.look_up(typed, officer=world.an_officer(), now=now())


def test_only_an_opening_of_this_officer_since_then_tells_what_followed(world: World) -> None:
    demande, officer, colleague = world.submitted(), world.an_officer(), world.an_officer()
    opened_at = now()
    journal.record(Action.OPENED, now=opened_at, procuration=demande, account=officer)
    db.session.commit()
    found = perimeter.find_once_opened(demande.reference, officer, since=opened_at)
    assert found.id == demande.id
    for who, since in ((colleague, opened_at), (officer, opened_at + timedelta(seconds=1))):
        with pytest.raises(Unknown):
            perimeter.find_once_opened(demande.reference, who, since=since)
