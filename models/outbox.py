"""Mail to send: a kind and the facts it needs, written in the act's transaction; rendered at delivery.

A worker claims a few messages for a while (a lease), ends its transaction, sends, then says what came of each.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, case, func, insert, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, change, coded, db
from models.procuration import Procuration


class MailKind(StrEnum):
    """One template a kind, in templates/email/."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    PASSED_ON = "passed_on"
    REFUSED = "refused"
    ESTABLISHED = "established"
    VALIDATED = "validated"
    INVALIDATED = "invalidated"
    REVOCATION_ASKED = "revocation_asked"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    VOID = "void"
    EXPIRED = "expired"
    UNDECIDED = "undecided"
    REMINDER = "reminder"
    PURGE_NOTICE = "purge_notice"
    RECONTROLLED = "recontrolled"
    DOUBT_OVER = "doubt_over"
    DAY_LOST = "day_lost"
    DAY_BACK = "day_back"
    COUNTER_BLOCKED = "counter_blocked"
    STATION_MISSES = "station_misses"
    HABILITATION_ENDS = "habilitation_end"
    LATE_ARRIVAL = "late_arrival"
    LATE_ARRIVALS = "late_arrivals"
    INVITATION = "invitation"
    DESK_OFFERED = "desk_offered"
    ACCOUNT_CHANGED = "account_changed"


FACTS_KEPT_FOR = timedelta(days=7)
HAS_FACTS = "facts is not null"
ERASED = "erased"
"""The error of what did not leave because its procuration was erased first."""
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    *[timedelta(hours=4)] * 12,
)


class OutboxMail(Base):
    """One message: `facts` (with the address, under `to`) is emptied seven days after sending, or after giving up.

    `claimed_until` is a lease: a worker that dies gives the message back when it runs out. `message_id` never
    changes, so that a relay or a reader can tell a second copy.
    """

    __tablename__ = "outbox_mail"
    __table_args__ = (
        Index("ix_outbox_mail_waiting", "sent_at", "failed_at", "due_at"),
        Index("ix_outbox_mail_facts", "id", postgresql_where=text(HAS_FACTS), sqlite_where=text(HAS_FACTS)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MailKind] = mapped_column(coded(MailKind, 16))
    procuration_id: Mapped[int | None] = mapped_column(ForeignKey("procuration.id"), index=True)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))


AGES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))


@dataclass(frozen=True)
class Backlog:
    """Messages that wait: how many, since when the oldest does, and how many have longer than each of AGES."""

    waiting: int
    oldest: timedelta
    longer: dict[timedelta, int]


@dataclass(frozen=True)
class ClaimedMail:
    """A message held by one worker until `until`: plain values, so that no transaction is open while it is sent."""

    id: int
    kind: MailKind
    facts: dict[str, Any]
    message_id: str
    attempts: int
    until: datetime


def post(kind: MailKind, procuration: Procuration, *, now: datetime, **facts: Any) -> None:
    """Write a message to the mandant in the current transaction; it names neither the mandataire nor a birth date."""
    post_all([message(kind, procuration, now=now, **facts)])


def message(kind: MailKind, procuration: Procuration, *, now: datetime, **facts: Any) -> dict[str, Any] | None:
    """The columns of one message to the mandant, for `post_all`; none to who left no address."""
    if procuration.email is None:
        return None
    return _columns(kind, procuration.id, {"to": procuration.email, **facts}, now)


def post_all(messages: Iterable[dict[str, Any] | None]) -> None:
    """Write these messages in the current transaction, in their order, in one statement."""
    if columns := [one for one in messages if one is not None]:
        db.session.flush()
        db.session.connection().execute(insert(OutboxMail), columns)


def post_to(kind: MailKind, address: str, *, now: datetime, **facts: Any) -> None:
    """Write a message to an agent in the current transaction; it is about no procuration, and names none."""
    db.session.add(OutboxMail(**_columns(kind, None, {"to": address, **facts}, now)))


def claim(now: datetime, *, limit: int, lease: timedelta) -> list[ClaimedMail]:
    """Hold at most `limit` messages that are due, the oldest first; commit at once, then send.

    PostgreSQL skips the rows that another worker is claiming. SQLite knows no such lock: there the update, which
    takes the write lock before it looks, asks again whether each row is free.
    """
    free = _free(now)
    oldest = select(OutboxMail.id).where(*free).order_by(OutboxMail.due_at, OutboxMail.id).limit(limit)
    ids = db.session.scalars(oldest.with_for_update(skip_locked=True)).all()
    if not ids:
        return []
    held = db.session.execute(
        update(OutboxMail)
        .where(OutboxMail.id.in_(ids), *free)
        .values(claimed_until=now + lease)
        .returning(OutboxMail.id, OutboxMail.kind, OutboxMail.facts, OutboxMail.message_id, OutboxMail.attempts),
        execution_options={"synchronize_session": False},
    )
    claimed = [ClaimedMail(id_, kind, facts or {}, key, n, now + lease) for id_, kind, facts, key, n in held]
    return sorted(claimed, key=lambda mail: ids.index(mail.id))


def mark_sent(mail: ClaimedMail, *, now: datetime) -> None:
    """The relay took it; true even if the lease ran out meanwhile."""
    _settle(mail, sent_at=now, failed_at=None, last_error=None, attempts=mail.attempts + 1, **_forgetting(mail))


def mark_retry(mail: ClaimedMail, error: str, *, now: datetime) -> bool:
    """Not now: wait for the next step of BACK_OFF, and give up (False) after the last one, about two days."""
    if mail.attempts >= len(BACK_OFF):
        mark_failed(mail, error, now=now)
        return False
    _settle(mail, due_at=now + BACK_OFF[mail.attempts], last_error=error[:200], attempts=mail.attempts + 1)
    return True


def mark_failed(mail: ClaimedMail, error: str, *, now: datetime) -> None:
    """Never: the address is wrong, or two days were not enough. `error` holds no address."""
    _settle(mail, failed_at=now, last_error=error[:200], attempts=mail.attempts + 1, **_forgetting(mail))


def put_back(mails: Sequence[ClaimedMail]) -> None:
    """Give back what was claimed and not tried: the relay is down, or the worker stops. No attempt is counted."""
    for mail in mails:
        _settle(mail)


def erase_old_facts(now: datetime) -> int:
    """Forget the address and the facts of what was sent, or given up, seven days ago; how many."""
    limit = now - FACTS_KEPT_FOR
    is_old = or_(OutboxMail.sent_at <= limit, OutboxMail.failed_at <= limit)
    return change(update(OutboxMail).where(OutboxMail.facts.is_not(None), is_old).values(facts=None))


def erase_of(procuration: Procuration, now: datetime) -> None:
    """Forget what earlier messages of this procuration hold; those that have not left will not."""
    mine = update(OutboxMail).where(OutboxMail.procuration_id == procuration.id)
    unsent = mine.where(OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_(None))
    change(unsent.values(failed_at=now, last_error=ERASED))
    change(mine.values(facts=None))


def waiting_count() -> int:
    """How many messages have neither left nor been given up."""
    return _count(*_waiting())


def backlog(now: datetime) -> Backlog:
    """How many wait, and for how long, in one query."""
    longer = [func.coalesce(func.sum(case((OutboxMail.created_at <= now - age, 1), else_=0)), 0) for age in AGES]
    asked = select(func.count(), func.min(OutboxMail.created_at), *longer).where(*_waiting())
    count, oldest, *older = db.session.execute(asked).one()
    return Backlog(count, now - oldest if oldest else timedelta(0), dict(zip(AGES, older, strict=True)))


def failed_count() -> int:
    """How many were given up in the last seven days: those whose facts are still here."""
    return _count(OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_not(None), OutboxMail.facts.is_not(None))


def _columns(kind: MailKind, procuration_id: int | None, facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "procuration_id": procuration_id,
        "facts": facts,
        "message_id": secrets.token_hex(16),
        "created_at": now,
        "due_at": now,
    }


def _forgetting(mail: ClaimedMail) -> dict[str, None]:
    """The notice of an expired demande is the last trace of its elector: it goes as soon as it has left."""
    return {"facts": None} if mail.kind is MailKind.EXPIRED else {}


def _waiting() -> tuple[ColumnElement[bool], ...]:
    return OutboxMail.sent_at.is_(None), OutboxMail.failed_at.is_(None)


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Due, and in nobody's hands."""
    return (
        *_waiting(),
        OutboxMail.due_at <= now,
        or_(OutboxMail.claimed_until.is_(None), OutboxMail.claimed_until <= now),
    )


def _settle(mail: ClaimedMail, **values: Any) -> None:
    """Write what came of a message and end its lease, unless another worker has taken it over or sent it.

    What was sent is always written: a message is not sent a third time because its first sender was slow.
    """
    criteria = [OutboxMail.id == mail.id, OutboxMail.sent_at.is_(None)]
    if "sent_at" not in values:
        criteria.append(OutboxMail.claimed_until == mail.until)
    change(update(OutboxMail).where(*criteria).values(claimed_until=None, **values))


def _count(*criteria: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxMail).where(*criteria)) or 0
