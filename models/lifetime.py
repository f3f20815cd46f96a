"""What time does: a demande expires, a procuration ends, people are told before, and their data are erased.

Every day is the commune's own. Each act is conditional: run twice, or by two workers, it is done once. The caller
commits after each batch; `key` makes the keyed hash that remains of a reference.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from models import holdings, journal, outbox, perimeter
from models.base import change, db
from models.errors import AlreadyHandled
from models.journal import Action, Entry
from models.law import duration
from models.outbox import MailKind
from models.perimeter import Elector
from models.procuration import IN_FORCE, NEVER_ESTABLISHED, Procuration, Status
from models.question import Question
from models.rules import months_after
from models.scrutin import MOST_AHEAD, latest_day
from models.transition import facts_of_visit, move, tell

BATCH = 200
UNDECIDED = "undecided"
"""The detail of an end that came before any decision."""
PEOPLE = ("mandant", "mandataire")
A_PERSONS = (
    *("email", "elector_key", "mandant_nne", "mandant_key", "mandant_roll_key", "mandant_search"),
    *("mandataire_nne", "mandataire_key", "mandataire_roll_key", "mandataire_search", "mandataire_commune_code"),
    *("officer_name", "checked_by_name", "authority_capacity", "decided_by_name", "note", "findings"),
    *(f"{who}_{what}" for who in PEOPLE for what in ("birth_name", "first_names", "sex", "birth_date")),
)
"""The columns that a purge empties: those of a person, elector or agent."""

Judge = Callable[[Procuration, date], bool]


def expire(procuration: Procuration, *, key: bytes, now: datetime) -> None:
    """Expirée: never established in time (R72-1 II). The data go in the same act; the notice leaves, then goes too."""
    move(procuration, {Status.SUBMITTED}, Status.EXPIRED, closed_at=now)
    journal.record(Action.EXPIRED, now=now, procuration=procuration)
    outbox.erase_of(procuration, now)
    had_no_vote = {"had_no_vote": True} if procuration.serves_no_day else {}
    tell(MailKind.EXPIRED, procuration, now, **_check_of(procuration), **had_no_vote)
    _forget(procuration, key, now)


def end(procuration: Procuration, *, now: datetime) -> None:
    """Terminée: its last day has passed (R74, unread). Who never had an answer is told so.

    Not where its days had lost their vote: there was nothing to answer, and the mandant was told that then. Nor where
    its paper never came (R75 I): its town hall had nothing to decide on.
    """
    is_in_hand = procuration.awaits_decision and not procuration.is_held
    was_undecided = is_in_hand and not procuration.serves_no_day
    move(procuration, {procuration.status}, Status.ENDED, closed_at=now)
    journal.record(Action.ENDED, now=now, procuration=procuration, detail=UNDECIDED if was_undecided else None)
    if was_undecided:
        tell(MailKind.UNDECIDED, procuration, now)


def undecided_by_commune(now: datetime) -> list[tuple[str, int]]:
    """How many `end` found undecided at that instant, by commune code: a town hall that decides nothing is seen."""
    ended = (
        select(Procuration.commune_code, func.count(Entry.id))
        .join(Procuration, Procuration.id == Entry.procuration_id)
        .where(Entry.action == Action.ENDED, Entry.detail == UNDECIDED, Entry.at == now)
        .group_by(Procuration.commune_code)
    )
    return [(code, count) for code, count in db.session.execute(ended.order_by(Procuration.commune_code))]


def remind(procuration: Procuration, *, now: datetime) -> None:
    """Seven days before the reference expires, once, while it still waits. Raises AlreadyHandled."""
    _mark_once(procuration, Procuration.reminded_at, now, Procuration.status == Status.SUBMITTED)
    journal.record(Action.REMINDED, now=now, procuration=procuration)
    facts = facts_of_visit(procuration, now) | _check_of(procuration) | _already_given(procuration, now)
    tell(MailKind.REMINDER, procuration, now, **facts)


def announce_purge(procuration: Procuration, *, now: datetime) -> None:
    """Seven days before the data are erased, once."""
    _mark_once(procuration, Procuration.purge_notice_at, now)
    journal.record(Action.PURGE_ANNOUNCED, now=now, procuration=procuration)
    tell(MailKind.PURGE_NOTICE, procuration, now, purge_on=purge_day(procuration).isoformat())


def purge(procuration: Procuration, *, key: bytes, now: datetime) -> None:
    """Erase the persons; the row remains for the figures: status, dates, commune, keyed hash of the reference."""
    outbox.erase_of(procuration, now)
    _forget(procuration, key, now)
    journal.record(Action.PURGED, now=now, procuration=procuration)


def purge_day(procuration: Procuration) -> date:
    """When its data are to be erased: two months after filing, or one year after the end of validity.

    A revoked, lapsed, void or invalidated procuration ends its validity that day (data/durations.tsv).
    """
    local_day = procuration.commune.local_day
    if procuration.status in NEVER_ESTABLISHED:
        filed = local_day(procuration.submitted_at)
        return months_after(filed, duration("demande", filed).months)
    ended = end_of_validity(procuration)
    return months_after(ended, duration("established", ended).months)


def end_of_validity(procuration: Procuration) -> date:
    """Its last day, or the day that somebody ended it before."""
    closed = procuration.closed_at or (procuration.decided_at if procuration.status is Status.INVALIDATED else None)
    return min(procuration.last_day, procuration.commune.local_day(closed)) if closed else procuration.last_day


def to_expire(now: datetime) -> Iterator[list[Procuration]]:
    """Batches of demandes whose last day has passed where their electors vote."""
    due = and_(Procuration.status == Status.SUBMITTED, Procuration.expires_on < latest_day(now))
    return _batches(due, now, lambda p, today: p.expires_on < today)


def to_end(now: datetime) -> Iterator[list[Procuration]]:
    """Batches of procurations in force whose last day has passed."""
    due = and_(Procuration.status.in_(IN_FORCE), Procuration.last_day < latest_day(now))
    return _batches(due, now, lambda p, today: p.last_day < today)


def to_remind(now: datetime) -> Iterator[list[Procuration]]:
    """Batches of demandes that expire within the notice, were not filed within it, and have a vote left."""
    notice = timedelta(days=duration("notice", now.date()).days)
    due = and_(
        Procuration.status == Status.SUBMITTED,
        Procuration.reminded_at.is_(None),
        Procuration.expires_on <= latest_day(now) + notice,
    )

    def is_due(procuration: Procuration, today: date) -> bool:
        filed = procuration.commune.local_day(procuration.submitted_at)
        is_near = today <= procuration.expires_on <= today + notice and procuration.expires_on - filed > notice
        return is_near and not procuration.is_without_vote(today)

    return _batches(due, now, is_due)


def to_announce(now: datetime) -> Iterator[list[Procuration]]:
    """Batches of rows with an address whose data go within the notice."""
    notice = timedelta(days=duration("notice", now.date()).days)
    due = and_(_may_be_purged(now, notice), Procuration.purge_notice_at.is_(None), Procuration.email.is_not(None))
    return _batches(due, now, lambda p, today: today < purge_day(p) <= today + notice)


def to_purge(now: datetime) -> Iterator[list[Procuration]]:
    """Batches of rows whose data are due to go."""
    return _batches(_may_be_purged(now, timedelta()), now, lambda p, today: purge_day(p) <= today)


def _check_of(procuration: Procuration) -> dict[str, bool]:
    """A délégué has received the mandant, who is not to be told that nobody has (R72-1 V), as a fact of the message."""
    return {"is_checked": True} if procuration.checked_at else {}


def _may_be_purged(now: datetime, notice: timedelta) -> ColumnElement[bool]:
    """A little more than what is due, by what the database can compare; `purge_day` decides."""
    today = latest_day(now)
    filed = now + notice + MOST_AHEAD - timedelta(days=duration("demande", today).months * 28)
    ended = today + notice - timedelta(days=duration("established", today).months * 30)
    closed = now + notice + MOST_AHEAD - timedelta(days=duration("established", today).months * 30)
    never = and_(Procuration.status.in_(NEVER_ESTABLISHED), Procuration.submitted_at <= filed)
    other = and_(
        Procuration.status.not_in([*NEVER_ESTABLISHED, *IN_FORCE]),
        or_(Procuration.last_day <= ended, Procuration.closed_at <= closed, Procuration.decided_at <= closed),
    )
    return and_(Procuration.purged_at.is_(None), Procuration.status != Status.SUBMITTED, or_(never, other))


def _batches(due: ColumnElement[bool], now: datetime, is_due: Judge) -> Iterator[list[Procuration]]:
    """The rows that are due in their commune's own day, a batch at a time; what was seen is not seen again."""
    last = 0
    while True:
        query = select(Procuration).where(due, Procuration.id > last).order_by(Procuration.id).limit(BATCH)
        rows = list(db.session.scalars(query.options(joinedload(Procuration.commune, innerjoin=True))))
        if not rows:
            return
        last = rows[-1].id
        yield [row for row in rows if is_due(row, row.commune.local_day(now))]


def _already_given(procuration: Procuration, now: datetime) -> dict[str, list[str]]:
    """By their references, what counts before it for one of its days: a visit would change nothing (L75)."""
    today = procuration.commune.local_day(now)
    own = perimeter.in_force_of(Elector((procuration.elector_key or "",)))
    already = [one.reference for one in holdings.in_the_way_of(procuration, own, today) if one.reference]
    return {"already": already} if already else {}


def _mark_once(
    procuration: Procuration,
    column: InstrumentedAttribute[datetime | None],
    now: datetime,
    *still: ColumnElement[bool],
) -> None:
    """Write that it was told. Raises AlreadyHandled when another worker has, or when it is not so any more."""
    marked = db.session.scalar(
        update(Procuration)
        .where(Procuration.id == procuration.id, column.is_(None), *still)
        .values({column: now})
        .returning(Procuration.id),
        execution_options={"synchronize_session": False},
    )
    if marked is None:
        raise AlreadyHandled


def _forget(procuration: Procuration, key: bytes, now: datetime) -> None:
    """Empty the columns of A_PERSONS, and drop what was asked about. Raises AlreadyHandled when another worker has."""
    reference = procuration.reference
    change(delete(Question).where(Question.procuration_id == procuration.id))
    table = Procuration.__table__
    forgotten = db.session.execute(
        update(Procuration)
        .where(Procuration.id == procuration.id, Procuration.purged_at.is_(None))
        .values(
            {
                **{table.c[name]: None for name in A_PERSONS},
                table.c.reference: None,
                table.c.reference_hash: _keyed_hash(reference, key) if reference else None,
                table.c.purged_at: now,
            }
        )
        .returning(Procuration.id),
        execution_options={"synchronize_session": False},
    ).scalar()
    if forgotten is None:
        raise AlreadyHandled
    db.session.expire(procuration)


def _keyed_hash(reference: str, key: bytes) -> str:
    return hmac.new(key, reference.encode(), hashlib.sha256).hexdigest()
