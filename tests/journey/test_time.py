"""What time does: expire, end, remind, announce and erase, on the commune's own day, once."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import message
from app.dates import now
from models import aftermath, journey, lifetime
from models.base import Base, db
from models.errors import Reason
from models.journal import Action, Entry
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration, Status
from models.rules import months_after, years_after
from tests.back_office.desks import journaled, mails_of, status_of
from tests.builders import World, an_identity
from tests.paper import entered

KEY = b"the key of the tests"
Batches = Callable[[datetime], Iterator[list[Procuration]]]


def ids(batches: Batches, at: datetime) -> list[int]:
    return [procuration.id for batch in batches(at) for procuration in batch]


def let(at: datetime) -> None:
    """Let time act once, as both commands do."""
    for batches, act in (
        (lifetime.to_remind, lambda p: lifetime.remind(p, now=at)),
        (lifetime.to_expire, lambda p: lifetime.expire(p, key=KEY, now=at)),
        (lifetime.to_end, lambda p: lifetime.end(p, now=at)),
        (lifetime.to_announce, lambda p: lifetime.announce_purge(p, now=at)),
        (lifetime.to_purge, lambda p: lifetime.purge(p, key=KEY, now=at)),
    ):
        for batch in batches(at):
            for procuration in batch:
                act(procuration)
            db.session.commit()


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def test_a_demande_expires_the_day_after_its_last_and_loses_its_person_at_once(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=300))
    last = demande.expires_on
    let(noon(last))
    assert status_of(demande) is Status.SUBMITTED
    let(noon(last + timedelta(days=1)))
    assert status_of(demande) is Status.EXPIRED
    assert (demande.mandant.birth_name, demande.email, demande.reference) == (None, None, None)
    assert demande.reference_hash
    assert last + timedelta(days=1) == months_after(world.commune().local_day(demande.submitted_at), 2)
    assert mails_of(demande) == ["submitted", "reminder", "expired"]
    assert journaled(demande) == [Action.SUBMITTED, Action.REMINDED, Action.EXPIRED]


def test_the_notice_of_an_expired_demande_leaves_and_nothing_else_of_it_stays(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=300))
    let(noon(demande.expires_on + timedelta(days=1)))
    facts = {mail.kind: mail.facts for mail in db.session.scalars(select(OutboxMail))}
    assert facts["submitted"] is None
    assert facts["expired"]["to"] == "eloise@electeurs.test"


@pytest.mark.parametrize(("commune", "hours"), [("02408", 23), ("98735", 34), ("98613", 12), ("C0009", 23)])
def test_each_commune_has_its_own_midnight(world: World, commune: str, hours: int) -> None:
    """Eleven in the evening in Paris is noon in Tahiti, and the next day in Wallis."""
    demande = world.submitted(commune_code=commune, valid_until=world.today + timedelta(days=40))
    midnight = datetime.combine(demande.expires_on + timedelta(days=1), time(), demande.commune.zone)
    assert ids(lifetime.to_expire, midnight - timedelta(minutes=1)) == []
    assert ids(lifetime.to_expire, midnight + timedelta(minutes=1)) == [demande.id]
    assert abs((midnight - noon(demande.expires_on)).total_seconds()) <= hours * 3600


def test_who_was_never_answered_is_told_so(world: World) -> None:
    undecided, decided = world.established(), world.established()
    journey.validate(decided, clerk=world.a_clerk(), now=now())
    db.session.commit()
    let(noon(undecided.last_day))
    assert status_of(undecided) is Status.ESTABLISHED
    let(noon(undecided.last_day + timedelta(days=1)))
    assert (status_of(undecided), status_of(decided)) == (Status.ENDED, Status.ENDED)
    assert mails_of(undecided)[-1] == "undecided"
    assert mails_of(decided)[-1] == "validated"


def test_a_revocation_never_confirmed_ends_with_the_rest(world: World) -> None:
    procuration = world.established()
    aftermath.ask_revocation(procuration, now=now())
    db.session.commit()
    let(noon(procuration.last_day + timedelta(days=1)))
    assert status_of(procuration) is Status.ENDED


def test_a_reminder_leaves_once_seven_days_before(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=300))
    assert ids(lifetime.to_remind, noon(demande.expires_on - timedelta(days=8))) == []
    for days in (7, 6, 5):
        let(noon(demande.expires_on - timedelta(days=days)))
    assert mails_of(demande) == ["submitted", "reminder"]


def test_who_has_given_already_for_that_day_hears_that_a_visit_changes_nothing_l75(world: World) -> None:
    elector = world.an_elector()
    first, again = world.established(elector=elector), world.submitted(elector=elector)
    other = world.submitted()
    let(noon(again.expires_on - timedelta(days=5)))
    told = f"Vous avez déjà donné procuration pour un de ces jours (référence {first.reference})"
    assert [told in said(MailKind.REMINDER, one) for one in (again, other)] == [True, False]


def said(kind: MailKind, procuration: Procuration) -> str:
    """The message of that kind about it, as it is read."""
    about = select(OutboxMail.facts).where(OutboxMail.procuration_id == procuration.id, OutboxMail.kind == kind)
    return " ".join(message.words(kind, db.session.scalars(about).one() or {})[1].split())


def test_what_has_no_vote_left_is_not_sent_to_the_counter(world: World) -> None:
    """Its mandant was told that its days are lost; one day with its vote is enough for a reminder."""
    days = tuple(scrutin.polling_day for scrutin in world.an_election().scrutins)
    lost, half = world.submitted(days=days), world.submitted(days=days)
    for chosen in (*lost.polling_days, half.polling_days[0]):
        chosen.lost_at = now()
    db.session.commit()
    let(noon(lost.expires_on - timedelta(days=6)))
    assert (mails_of(lost), mails_of(half)) == (["submitted"], ["submitted", "reminder"])


def test_who_files_in_the_last_week_is_not_reminded_of_what_was_just_said(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=5))
    let(noon(world.today + timedelta(days=1)))
    assert mails_of(demande) == ["submitted"]


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.REFUSED])
def test_what_was_never_established_is_erased_two_months_after_filing(world: World, status: Status) -> None:
    demande = world.submitted()
    if status is Status.WITHDRAWN:
        journey.withdraw(demande, now=now())
    else:
        journey.refuse(demande, officer=world.an_officer(), reason=Reason.CONTRAINTE, now=now())
    db.session.commit()
    due = months_after(demande.commune.local_day(demande.submitted_at), 2)
    let(noon(due - timedelta(days=1)))
    assert status_of(demande) is status
    assert demande.mandant.birth_name
    let(noon(due))
    db.session.refresh(demande)
    assert (demande.mandant.birth_name, demande.status) == (None, status)
    assert mails_of(demande)[-1] == "purge_notice"


def test_what_was_established_is_erased_one_year_after_its_validity(world: World) -> None:
    procuration = world.established()
    last = procuration.last_day
    let(noon(last + timedelta(days=1)))
    let(noon(years_after(last, 1) - timedelta(days=7)))
    assert status_of(procuration) is Status.ENDED
    assert procuration.mandant.birth_name
    assert mails_of(procuration)[-1] == "purge_notice"
    let(noon(years_after(last, 1)))
    db.session.refresh(procuration)
    left = procuration.mandant.birth_name, procuration.officer_name, procuration.commune_code
    assert left == (None, None, "02408")


def test_a_revoked_one_ends_its_validity_that_day(world: World) -> None:
    procuration = world.established(valid_until=world.today + timedelta(days=360))
    aftermath.ask_revocation(procuration, now=now())
    aftermath.revoke(procuration, officer=world.an_officer(), now=now())
    db.session.commit()
    assert lifetime.purge_day(procuration) == years_after(world.commune().local_day(now()), 1)


def test_twice_is_once_and_two_workers_do_it_once(world: World) -> None:
    demande = world.submitted(valid_until=world.today + timedelta(days=300))
    at = noon(demande.expires_on + timedelta(days=1))
    let(at)
    let(at)
    assert journaled(demande).count(Action.EXPIRED) == 1


def test_both_commands_do_it_and_a_dry_run_only_counts(world: World) -> None:
    demande = world.submitted(at=now() - timedelta(days=90), valid_until=world.today + timedelta(days=100))
    before = db.session.scalars(select(Entry.id)).all()
    run = world.app.test_cli_runner().invoke
    last = ["ended: 0", "warned: 0", "delays measured: 0", "told of a lost day: 0", "recontrolled: 0"]
    done, nothing = (["reminded: 0", f"expired: {n}", *last] for n in (1, 0))
    assert run(args=["close-scrutins", "--dry-run"]).output.splitlines() == done
    assert db.session.scalars(select(Entry.id)).all() == before
    for command, counts in (("close-scrutins", done), ("purge", [])):
        ran = run(args=[command])
        assert ran.exit_code == 0
        assert not counts or ran.output.splitlines() == counts
    assert status_of(demande) is Status.EXPIRED
    assert run(args=["close-scrutins"]).output.splitlines() == nothing


def test_a_paper_of_before_the_first_duration_is_erased_and_stops_nobody_elses_purge(world: World) -> None:
    """Kept as invalidated, with a year mistyped: no text of 2021 says how long, and the first one counts."""
    early = date(2021, 3, 14)
    old = entered(world, days=(early,), established_on=early, received_on=early, keep_invalid=True)
    withdrawn = world.submitted(at=now() - timedelta(days=63))
    journey.withdraw(withdrawn, now=now())
    db.session.commit()
    done = world.app.test_cli_runner().invoke(args=["purge"])
    assert (done.exit_code, "purged: 2" in done.output) == (0, True)
    for one in (old, withdrawn):
        db.session.refresh(one)
        assert one.purged_at is not None


def test_what_nobody_decided_is_counted_by_commune(world: World) -> None:
    ends = [world.established(), world.established(), world.established(commune_code="02722"), world.established()]
    journey.validate(ends[3], clerk=world.a_clerk(), now=now())
    for one in ends:
        one.last_day = world.today - timedelta(days=2)
    db.session.commit()
    run = world.app.test_cli_runner().invoke
    expected = ["ended: 4", "ended undecided in 02408: 2", "ended undecided in 02722: 1"]
    assert run(args=["close-scrutins"]).output.splitlines()[2:5] == expected
    assert "undecided" not in run(args=["close-scrutins"]).output


def test_after_two_years_nothing_of_a_person_is_left_anywhere(world: World) -> None:
    marks = ("ZWYGART", "Théodora", "1931-07-29", "theodora@electeurs.test", "778899001")
    marked: dict[str, Any] = {
        "mandant": an_identity(birth_name=marks[0], first_names=marks[1], birth_date=date(1931, 7, 29)),
        "email": marks[3],
        "mandant_nne": marks[4],
    }
    world.submitted(**marked)
    journey.withdraw(world.submitted(**marked), now=now())
    journey.validate(world.established(**marked), clerk=world.a_clerk(), now=now())
    journey.invalidate(world.established(**marked), clerk=world.a_clerk(), reason=Reason.PLAFOND, note="x", now=now())
    db.session.commit()
    assert left_of(marks)
    for day in range(0, 800, 20):
        let(noon(world.today + timedelta(days=day)))
    db.session.execute(OutboxMail.__table__.update().where(OutboxMail.kind == "expired").values(facts=None))
    assert left_of(marks) == []


def left_of(marks: tuple[str, ...]) -> list[str]:
    """The columns of the whole database in which one of these can be read."""
    found = []
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)).mappings():
            found += [f"{table.name}.{name}" for name, value in row.items() if any(m in str(value) for m in marks)]
    return found
