"""Late arrivals: who is on duty is told of each by mail, then the next person when nobody has opened it (T14).

What arrives is written by the act that lets the town hall see it, so that none is lost. The worker writes the mail, one
for all that came within GATHERED_FOR. Nothing here names a mandant or a mandataire.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, delete, or_, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models import outbox, scrutin
from models.account import Account, Role
from models.base import Base, change, db, inserting, locking
from models.desk_settings import MOST_CLOSING_DAYS, DeskSettings
from models.journal import Action, Entry
from models.outbox import MailKind
from models.procuration import Procuration
from models.scrutin import earliest_day
from models.territory import Commune

GATHERED_FOR = timedelta(minutes=5)
"""After a mail to a commune, what comes next waits that long, to be told together."""
KEPT_FOR = timedelta(days=31)


class LateArrival(Base):
    """A procuration that reached its town hall after the closing time of a vote; a row each, once.

    `next_at`: when somebody is to be told, None once there is nobody left or nothing more to tell.
    """

    __tablename__ = "late_arrival"

    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    day: Mapped[date] = mapped_column(index=True)
    arrived_at: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)

    procuration: Mapped[Procuration] = relationship()
    alerts: Mapped[list["LateAlert"]] = relationship(
        order_by="LateAlert.told_at", lazy="selectin", cascade="all, delete-orphan"
    )


class LateAlert(Base):
    """Who was told of a late arrival, and when the mail was written."""

    __tablename__ = "late_alert"

    procuration_id: Mapped[int] = mapped_column(
        ForeignKey("late_arrival.procuration_id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


@dataclass(frozen=True)
class Seen:
    """Which clerk first opened a file, or acted on it."""

    name: str
    at: datetime


def note(procuration: Procuration, *, now: datetime) -> None:
    """Write that it came late, in the transaction that lets its town hall see it, where somebody is on duty there."""
    own = db.session.get(DeskSettings, procuration.commune_code)
    if own is None or not own.on_duty:
        return
    day = late_for(procuration, own, now)
    if day is None:
        return
    arrival = {"procuration_id": procuration.id, "commune_code": procuration.commune_code, "day": day}
    row = inserting(LateArrival).values(**arrival, arrived_at=now, next_at=now)
    db.session.execute(row.on_conflict_do_nothing())


def late_for(procuration: Procuration, own: DeskSettings, now: datetime) -> date | None:
    """The first polling day that it covers and whose closing time has passed there; None when it is in time."""
    commune = procuration.commune
    days = [day for day in _days(procuration, commune, now) if own.closes_at(day, commune) <= now]
    return min(days, default=None)


def seen(keys: Collection[int]) -> dict[int, Seen]:
    """The first clerk who opened each of these files, or acted on it, as the journal says; neither a name asked about
    at the polling station, nor what was tried in vain, is an opening.
    """
    entries = (
        select(Entry.procuration_id, Account.name, Entry.at)
        .join(Account, Account.id == Entry.account_id)
        .where(
            Entry.procuration_id.in_(keys),
            Account.role == Role.TOWN_HALL,
            Entry.action != Action.DENIED,
            or_(Entry.action != Action.OPENED, Entry.detail.is_(None)),
        )
        .order_by(Entry.id.desc())
    )
    return {key: Seen(name, at) for key, name, at in db.session.execute(entries) if key is not None}


def to_tell(now: datetime) -> list[str]:
    """The communes where somebody is to be told now."""
    waiting = (
        select(LateArrival.commune_code)
        .join(DeskSettings, DeskSettings.commune_code == LateArrival.commune_code)
        .where(LateArrival.next_at <= now, _is_free(now))
    )
    return sorted(set(db.session.scalars(waiting)))


def tell_next(commune_code: str, *, now: datetime) -> int:
    """Write to the next person on duty, one mail a person for all that waits; how many mails.

    Of two workers the second finds that it is done. What was opened, or serves no more, is told to nobody.
    """
    held = select(DeskSettings).where(DeskSettings.commune_code == commune_code, _is_free(now))
    own = db.session.scalar(locking(held, of=DeskSettings).execution_options(populate_existing=True))
    if own is None:
        return 0
    waiting = _waiting(commune_code, now)
    read = seen([arrival.procuration_id for arrival in waiting])
    for_whom: dict[int, list[LateArrival]] = {}
    for arrival in waiting:
        arrival.next_at = None
        person = _next_person(arrival, own) if _is_to_tell(arrival, read, now) else None
        if person is not None:
            for_whom.setdefault(person.id, []).append(arrival)
    people = {person.id: person for person in own.on_duty}
    for key, arrivals in for_whom.items():
        _tell(people[key], arrivals, own, now)
    own.alerted_at = now if for_whom else own.alerted_at
    return len(for_whom)


def tell_whom_it_now_is(commune: Commune, *, now: datetime) -> None:
    """The duty list has changed: of what waited for nobody any more, whoever was not told yet is next.

    The caller holds the settings (desk_settings.save), which tell_next waits for.
    """
    told_to_all = (LateArrival.next_at.is_(None), LateArrival.day >= commune.local_day(now))
    change(update(LateArrival).where(LateArrival.commune_code == commune.code, *told_to_all).values(next_at=now))


def drop_before(now: datetime) -> int:
    """Forget who was told, a month after the vote; how many arrivals."""
    return change(delete(LateArrival).where(LateArrival.day < earliest_day(now) - KEPT_FOR))


def _days(procuration: Procuration, commune: Commune, now: datetime) -> Iterator[date]:
    """The polling days to come that it covers, near enough for a closing time to have passed."""
    today = commune.local_day(now)
    if procuration.valid_until is None:
        yield from (day for day in set(procuration.days) - set(procuration.lost_days) if day >= today)
        return
    until = min(procuration.valid_until, today + timedelta(days=MOST_CLOSING_DAYS))
    yield from (vote.polling_day for vote in scrutin.upcoming_in(commune, today, until))


def _is_free(now: datetime) -> ColumnElement[bool]:
    """No mail left for this commune a moment ago."""
    return or_(DeskSettings.alerted_at.is_(None), DeskSettings.alerted_at <= now - GATHERED_FOR)


def _waiting(commune_code: str, now: datetime) -> Sequence[LateArrival]:
    loaded = joinedload(LateArrival.procuration, innerjoin=True).joinedload(Procuration.commune, innerjoin=True)
    due = select(LateArrival).where(LateArrival.commune_code == commune_code, LateArrival.next_at <= now)
    return db.session.scalars(due.options(loaded).order_by(LateArrival.arrived_at, LateArrival.procuration_id)).all()


def _is_to_tell(arrival: LateArrival, read: dict[int, Seen], now: datetime) -> bool:
    """Nobody opened it, it still serves that day, and the vote is not over there."""
    one = arrival.procuration
    still_serves = one.is_in_force and arrival.day not in one.lost_days
    return one.id not in read and still_serves and one.commune.local_day(now) <= arrival.day


def _next_person(arrival: LateArrival, own: DeskSettings) -> Account | None:
    told = {alert.account_id for alert in arrival.alerts}
    return next((person for person in own.on_duty if person.id not in told), None)


def _tell(person: Account, arrivals: Sequence[LateArrival], own: DeskSettings, now: datetime) -> None:
    """One mail, with the file's number when there is one file; never a name."""
    was_told = any(arrival.alerts for arrival in arrivals)
    for arrival in arrivals:
        arrival.alerts.append(LateAlert(account_id=person.id, told_at=now))
        arrival.next_at = now + timedelta(minutes=own.seen_within)
    has_next = any(_next_person(arrival, own) for arrival in arrivals)
    outbox.post_to(
        MailKind.LATE_ARRIVAL if len(arrivals) == 1 else MailKind.LATE_ARRIVALS,
        person.email,
        now=now,
        commune=arrivals[0].procuration.commune.name,
        days=sorted({arrival.day.isoformat() for arrival in arrivals}),
        count=len(arrivals),
        file=arrivals[0].procuration_id,
        was_told=was_told,
        minutes=own.seen_within if has_next else None,
    )
