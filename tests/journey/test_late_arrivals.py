"""Late arrivals: told to who is on duty, once, together when several come, then to the next person (T14)."""

import threading
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.dates import now
from app.late_alerts import tell_late_arrivals
from models import aftermath, counter_form, desk_settings, journal, journey, late_arrivals
from models.account import Account
from models.base import db
from models.desk_settings import Wanted
from models.errors import AlreadyHandled
from models.journal import Action
from models.late_arrivals import LateAlert, LateArrival
from models.law import ControlRegime
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration
from tests.back_office.desks import journaled, town_hall
from tests.builders import LAON, SOISSONS, World
from tests.contracts.test_plans import plans, without_an_index
from tests.database import queries
from tests.paper import a_form, entered

MINUTE = timedelta(minutes=1)
PAPEETE = "98735"


def soon(world: World, days: int = 3) -> date:
    """The polling day of an election that is near."""
    day = world.today + timedelta(days=days)
    world.an_election((day,))
    return day


def on_duty(world: World, *people: Account, code: str = LAON, closing_days: int = 7, seen_within: int = 30) -> None:
    """A commune that closes a week before its votes, and who is told, in this order."""
    wanted = Wanted(None, None, closing_days, time(), seen_within, tuple(one.id for one in people))
    desk_settings.save(world.commune(code), wanted, clerk=people[0], now=now())
    db.session.commit()


def arrivals() -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(select(LateArrival.procuration_id).order_by(LateArrival.procuration_id)))


def mails() -> list[tuple[MailKind, str, int]]:
    """What was written to agents: the kind, to whom, about how many; in order."""
    db.session.rollback()
    kinds = (MailKind.LATE_ARRIVAL, MailKind.LATE_ARRIVALS)
    found = db.session.scalars(select(OutboxMail).where(OutboxMail.kind.in_(kinds)).order_by(OutboxMail.id))
    return [(mail.kind, mail.facts["to"], mail.facts["count"]) for mail in found if mail.facts]


def opened(procuration: Procuration, clerk: Account, detail: str | None = None) -> None:
    journal.record(Action.OPENED, now=now(), procuration=procuration, account=clerk, detail=detail)
    db.session.commit()


def test_each_late_arrival_is_told_at_once_and_once_with_its_number_and_no_name(world: World) -> None:
    day, clerk = soon(world), world.a_clerk()
    on_duty(world, clerk)
    late = world.established(days=(day,))
    assert arrivals() == [late.id]
    for _ in range(3):
        tell_late_arrivals(now())
    assert mails() == [(MailKind.LATE_ARRIVAL, clerk.email, 1)]
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.LATE_ARRIVAL)).one()
    assert mail.procuration_id is None
    assert mail.facts == {
        "to": clerk.email,
        "commune": "Laon",
        "days": [day.isoformat()],
        "count": 1,
        "file": late.id,
        "was_told": False,
        "minutes": None,
    }


def test_what_comes_in_time_or_where_nobody_is_on_duty_is_told_to_nobody(world: World) -> None:
    near, far = soon(world, 3), soon(world, 60)
    world.established(days=(near,))
    on_duty(world, world.a_clerk())
    world.established(days=(far,))
    world.established(days=(near,), commune_code=SOISSONS)
    on_duty(world, world.a_clerk(), closing_days=2)
    world.established(days=(near,))
    assert arrivals() == []
    assert tell_late_arrivals(now()) == 0


def test_a_period_is_late_for_the_first_vote_that_it_reaches(world: World) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    world.established(days=(), valid_until=day - timedelta(days=1))
    late = world.established(days=(), valid_until=day)
    assert arrivals() == [late.id]
    assert db.session.get_one(LateArrival, late.id).day == day


def test_late_is_read_on_the_clock_of_the_place(world: World) -> None:
    """The eve at 18 h in Papeete is four in the morning of the day after in London."""
    day = world.today + timedelta(days=60)
    world.an_election((day,))
    clerk, place = world.a_clerk(PAPEETE), world.commune(PAPEETE)
    desk_settings.save(place, Wanted(None, None, 1, time(18), 30, (clerk.id,)), clerk=clerk, now=now())
    one = world.established(days=(day,), commune_code=PAPEETE)
    own = desk_settings.settings_of([place])[PAPEETE]
    closing = datetime.combine(day, time(4), now().tzinfo)
    assert late_arrivals.late_for(one, own, closing - MINUTE) is None
    assert late_arrivals.late_for(one, own, closing) == day


def test_what_a_rolled_back_act_brought_did_not_arrive(world: World) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    demande = world.submitted(days=(day,))
    journey.establish(demande, officer=world.an_officer(), now=now())
    db.session.rollback()
    assert arrivals() == []


def test_several_that_come_close_together_are_told_in_one_mail(world: World) -> None:
    day, clerk, start = soon(world), world.a_clerk(), now()
    on_duty(world, clerk)
    world.established(days=(day,))
    tell_late_arrivals(now())
    for _ in range(3):
        world.established(days=(day,))
        assert tell_late_arrivals(now()) == 0
    assert tell_late_arrivals(start + 4 * MINUTE) == 0
    assert tell_late_arrivals(now() + 5 * MINUTE) == 1
    assert mails() == [(MailKind.LATE_ARRIVAL, clerk.email, 1), (MailKind.LATE_ARRIVALS, clerk.email, 3)]


def test_what_nobody_opens_is_told_to_the_next_person_and_to_nobody_after_the_last(world: World) -> None:
    day, first, second = soon(world), world.a_clerk(), world.a_clerk()
    on_duty(world, first, second, seen_within=20)
    world.established(days=(day,))
    start = now()
    tell_late_arrivals(start)
    assert tell_late_arrivals(start + 19 * MINUTE) == 0
    assert tell_late_arrivals(start + 20 * MINUTE) == 1
    assert [to for _, to, _ in mails()] == [first.email, second.email]
    facts = [mail.facts or {} for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id))][-2:]
    assert [(one["was_told"], one["minutes"]) for one in facts] == [(False, 20), (True, None)]
    assert [tell_late_arrivals(start + n * 20 * MINUTE) for n in range(2, 9)] == [0] * 7


def test_what_a_clerk_opened_or_acted_on_is_told_to_nobody_else(world: World) -> None:
    day, first, second = soon(world), world.a_clerk(), world.a_clerk()
    on_duty(world, first, second)
    read, decided, asked_about = (world.established(days=(day,)) for _ in range(3))
    start = now()
    tell_late_arrivals(start)
    opened(read, second)
    opened(asked_about, second, detail="polling_day")
    journey.validate(decided, clerk=second, note="vu", now=now())
    db.session.commit()
    tell_late_arrivals(start + 40 * MINUTE)
    assert mails()[1:] == [(MailKind.LATE_ARRIVAL, second.email, 1)]
    assert late_arrivals.seen([read.id, decided.id, asked_about.id]).keys() == {read.id, decided.id}
    assert late_arrivals.seen([read.id])[read.id].name == second.name


def test_what_the_clerk_of_another_commune_tried_to_open_is_still_told_to_the_next_person(world: World) -> None:
    day, first, second, foreign = soon(world), world.a_clerk(), world.a_clerk(), world.a_clerk(SOISSONS)
    on_duty(world, first, second)
    late, start = world.established(days=(day,)), now()
    tell_late_arrivals(start)
    assert town_hall(world, foreign).get(f"details/?id={late.id}").status_code == 404
    assert journaled(late)[-1] is Action.DENIED
    assert tell_late_arrivals(start + 30 * MINUTE) == 1
    assert [to for _, to, _ in mails()] == [first.email, second.email]


def test_what_serves_no_more_or_whose_vote_is_over_is_told_to_nobody(world: World) -> None:
    day, clerk = soon(world), world.a_clerk()
    on_duty(world, clerk)
    gone, over = world.established(days=(day,)), world.established(days=(day,))
    aftermath.revoke(gone, officer=world.an_officer(), now=now())
    db.session.commit()
    assert tell_late_arrivals(now() + timedelta(days=5)) == 0
    assert arrivals() == [gone.id, over.id]
    assert not db.session.scalars(select(LateAlert)).all()


def test_what_serves_no_more_that_day_is_told_to_nobody(world: World) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    late = world.established(days=(day,))
    late.polling_days[0].lost_at = now()
    db.session.commit()
    assert tell_late_arrivals(now()) == 0
    assert mails() == []


def test_paper_is_told_when_it_reaches_the_town_hall_and_not_to_who_typed_it(world: World) -> None:
    day, clerk, officer = soon(world), world.a_clerk(), world.an_officer()
    on_duty(world, clerk)
    form = a_form(world, days=(day,), **counter_form.filled_by(officer, world.commune(), now()))
    held = counter_form.establish(form, officer=officer, submission_key="a form", now=now())
    db.session.commit()
    assert arrivals() == []
    counter_form.receive(held, clerk=clerk, received_on=world.today, now=now())
    db.session.commit()
    assert arrivals() == [held.id]
    entered(world, clerk, days=(day,))
    assert tell_late_arrivals(now()) == 0, "a clerk had each in hand"


def test_what_the_register_validates_alone_is_told_too(world: World) -> None:
    day = world.today + timedelta(days=3)
    world.an_election((day,), control_regime=ControlRegime.REGISTER)
    on_duty(world, world.a_clerk())
    late = world.established(days=(day,))
    assert arrivals() == [late.id]


def test_who_was_suspended_is_passed_over(world: World) -> None:
    day, first, second = soon(world), world.a_clerk(), world.a_clerk()
    on_duty(world, first, second)
    world.established(days=(day,))
    first.suspended_at = now()
    db.session.commit()
    tell_late_arrivals(now())
    assert [to for _, to, _ in mails()] == [second.email]


def test_deliver_mail_tells_and_then_delivers(world: World, app: Flask) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    world.established(days=(day,))
    for _ in range(2):
        done = app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
        assert done.exit_code == 0, done.output
    sent = select(OutboxMail.sent_at).where(OutboxMail.kind == MailKind.LATE_ARRIVAL)
    assert db.session.scalars(sent).one() is not None


def test_two_workers_tell_once(world: World, app: Flask) -> None:
    day, clerk = soon(world), world.a_clerk()
    on_duty(world, clerk)
    world.established(days=(day,))
    start, at = threading.Barrier(3), now()

    def work() -> None:
        with app.app_context():
            start.wait()
            tell_late_arrivals(at)
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert mails() == [(MailKind.LATE_ARRIVAL, clerk.email, 1)]


def test_who_was_told_is_forgotten_a_month_after_the_vote(world: World) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    world.established(days=(day,))
    tell_late_arrivals(now())
    assert late_arrivals.drop_before(now() + timedelta(days=33)) == 0
    assert late_arrivals.drop_before(now() + timedelta(days=36)) == 1
    db.session.commit()
    assert arrivals() == []
    assert not db.session.scalars(select(LateAlert)).all()


def test_an_establishment_in_time_asks_one_thing_more_and_indexes_serve(world: World) -> None:
    far = soon(world, 60)
    first, second = world.submitted(days=(far,)), world.submitted(days=(far,))
    officer = world.an_officer()
    with queries() as before:
        journey.establish(first, officer=officer, now=now())
    db.session.commit()
    on_duty(world, world.a_clerk())
    near = soon(world, 3)
    late = world.submitted(days=(near,))
    db.session.expire_all()
    _ = (second.id, officer.station, late.id)
    with plans() as steps:
        journey.establish(late, officer=officer, now=now())
        db.session.commit()
        tell_late_arrivals(now())
    assert not without_an_index(steps)
    assert len([one for one in before if "desk_settings" in one]) == 1


def test_a_second_establishment_arrives_once(world: World) -> None:
    day = soon(world)
    on_duty(world, world.a_clerk())
    late = world.established(days=(day,))
    with pytest.raises(AlreadyHandled):
        journey.establish(late, officer=world.an_officer(), now=now())
    db.session.rollback()
    late_arrivals.note(late, now=now())
    db.session.commit()
    assert arrivals() == [late.id]
