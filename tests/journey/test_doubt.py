"""What was validated and fails a new control: its town hall looks again, and keeps it or ends it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from app.dates import now
from models import journey, settlement
from models.base import db
from models.errors import AlreadyHandled, NoteRequired, Reason
from models.journal import Action
from models.procuration import Procuration, Status
from tests.back_office.desks import Desk, buttons, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.database import two_meet
from tests.elections.ministry import a_plan, created
from tests.law.people import another, established
from tests.page import read

ACTION = "/admin/town-hall/action/"
REASON = Reason.MANDATAIRE_AUTRE_COMMUNE


def in_doubt(world: World, number: int = 0) -> Procuration:
    """Validated for the coming months; then an election comes, for one and the same commune."""
    who = {"mandant": another(number), "mandataire": another(number + 1)}
    period = established(world, **who, mandataire_commune=world.commune(SOISSONS), valid_until=world.a_sunday(20))
    journey.validate(period, clerk=world.a_clerk(), note="vu", now=now())
    db.session.commit()
    election = created(world, a_plan(world, law={"same_commune_required": True}))
    settlement.recontrol(period, election_id=election.id, now=now())
    db.session.commit()
    return period


def a_clerk_reads(world: World, *codes: str) -> Desk:
    return town_hall(world, world.a_clerk(*(codes or (LAON,))))


def test_it_stays_in_force_and_the_town_hall_sees_that_it_is_to_be_looked_at(world: World) -> None:
    period = in_doubt(world)
    assert (period.status, period.is_in_doubt, period.is_in_force) == (Status.VALIDATED, True, True)
    desk = a_clerk_reads(world)
    assert "1 procuration validée est à revoir" in desk.read().text
    listed = desk.read("?status=review")
    assert period.reference in listed.text
    assert "validée, à revoir" in listed.text
    page = desk.read(f"details/?id={period.id}")
    assert "À revoir" in page.text
    assert {"Valider…", "Invalider…"} <= set(buttons(page))


def test_elsewhere_nothing_is_to_be_looked_at(world: World) -> None:
    in_doubt(world)
    page = a_clerk_reads(world, SOISSONS).read()
    assert "à revoir :" not in page.text
    assert "validée est à revoir" not in page.text


def test_to_invalidate_ends_it_and_says_that_it_had_been_validated(world: World) -> None:
    period, desk = in_doubt(world), a_clerk_reads(world)
    asked = read(desk.post("invalidate", period.id))
    assert "Ce qui était validé cesse de valoir aussitôt." in asked.text
    assert desk.act("invalidate", period.id, reason=REASON).status_code == 303
    assert status_of(period) is Status.INVALIDATED
    assert (period.reason, period.is_in_doubt) == (REASON, False)
    assert mails_of(period)[-2:] == ["recontrolled", "invalidated"]
    assert journaled(period)[-2:] == [Action.RECONTROLLED, Action.INVALIDATED]


def test_to_keep_it_asks_why_and_ends_the_doubt(world: World) -> None:
    period, clerk = in_doubt(world), world.a_clerk()
    with pytest.raises(NoteRequired):
        journey.validate(period, clerk=clerk, now=now())
    journey.validate(period, clerk=clerk, note="même commune nouvelle", now=now())
    db.session.commit()
    assert (status_of(period), period.is_in_doubt) == (Status.VALIDATED, False)
    assert mails_of(period)[-1] == "validated"
    assert a_clerk_reads(world).read("?status=review").text.count(str(period.reference)) == 0


def test_without_a_doubt_what_is_validated_is_decided_once(world: World) -> None:
    validated = world.established()
    journey.validate(validated, clerk=world.a_clerk(), note="vu", now=now())
    for act in (
        lambda: journey.validate(validated, clerk=world.a_clerk(), note="vu", now=now()),
        lambda: journey.invalidate(validated, clerk=world.a_clerk(), reason=REASON, note="vu", now=now()),
    ):
        with pytest.raises(AlreadyHandled):
            act()


def test_the_same_findings_again_leave_the_doubt_and_good_ones_end_it(world: World) -> None:
    period = in_doubt(world)
    first = period.doubted_at
    settlement.recontrol(period, now=now())
    db.session.commit()
    assert period.is_in_doubt
    assert isinstance(first, datetime)
    assert mails_of(period).count("recontrolled") == 1
    period.mandataire_commune_code = LAON
    db.session.commit()
    settlement.recontrol(period, now=now())
    db.session.commit()
    assert not period.is_in_doubt


def test_two_clerks_who_look_again_decide_once(world: World) -> None:
    period = in_doubt(world)
    desks = [a_clerk_reads(world), a_clerk_reads(world)]
    forms = []
    for desk, action in zip(desks, ("validate", "invalidate"), strict=True):
        asked = read(desk.post(action, period.id)).form(ACTION)
        forms.append(asked | {"note": "vu", "reason": REASON})
    db.session.rollback()
    with two_meet(Procuration.__tablename__), ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(desk.client.post, ACTION, data=form) for desk, form in zip(desks, forms, strict=True)]
        answers = [future.result() for future in futures]
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert not period.is_in_doubt or status_of(period) is Status.INVALIDATED
    assert len(mails_of(period)) == 5


def test_all_that_the_filter_shows_can_be_decided_at_once(world: World) -> None:
    periods = [in_doubt(world)]
    desk = a_clerk_reads(world)
    answer = desk.act("invalidate", "*", status="review", reason=REASON)
    assert answer.status_code == 303
    assert [status_of(one) for one in periods] == [Status.INVALIDATED]
