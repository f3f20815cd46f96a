"""How a status changes, and how its mandant is told: the only writer of `Procuration.status` after its insertion."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import update

from models import outbox
from models.base import db
from models.errors import AlreadyHandled
from models.outbox import MailKind
from models.procuration import Procuration, Status


def move(
    procuration: Procuration,
    from_: Collection[Status],
    to: Status,
    alive_on: date | None = None,
    serves_on: date | None = None,
    doubt: datetime | None = None,
    **values: Any,
) -> None:
    """Change the status where it still is what the actor saw. Raises AlreadyHandled when it is not.

    `alive_on`: only while it has not expired that day; `serves_on`: only while its last day is not before that day;
    `doubt`: only while that one stands.
    """
    criteria = [Procuration.id == procuration.id, Procuration.status.in_(from_)]
    if doubt is not None:
        criteria.append(Procuration.doubted_at == doubt)
    if alive_on is not None:
        criteria.append(Procuration.expires_on >= alive_on)
    if serves_on is not None:
        criteria.append(Procuration.last_day >= serves_on)
    moved = db.session.scalar(
        update(Procuration).where(*criteria).values(status=to, **values).returning(Procuration),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if moved is None:
        db.session.refresh(procuration)
        raise AlreadyHandled


def tell(kind: MailKind, procuration: Procuration, now: datetime, **facts: Any) -> None:
    """Post what every message needs: the reference, where the vote is, for which days."""
    outbox.post(
        kind,
        procuration,
        now=now,
        reference=procuration.reference,
        commune=procuration.commune.name,
        time_zone=procuration.commune.time_zone,
        days=[day.isoformat() for day in procuration.days],
        valid_until=procuration.valid_until.isoformat() if procuration.valid_until else None,
        **facts,
    )
