"""What arrives so late before a vote that the register of the polling station may be closed already.

No law gives a town hall a last hour, and nothing is refused for being late: a late one is to be looked at first.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, exists, false, or_, select

from models.procuration import PollingDay, Procuration
from models.scrutin import LocalPollingDay, Scrutin
from models.territory import Commune

CLOSING = timedelta(days=2)
"""Thursday at midnight before a Sunday, the hour that mayors ask for: what comes on the two days before is late."""


def is_late(communes: Sequence[Commune], now: datetime) -> ColumnElement[bool]:
    """Established, or received on paper, on the day of a vote that it covers or on the two days before.

    Only the votes of today and of the two coming days can have late ones that are still of use.
    """
    late = [_of_commune(commune, commune.local_day(now) + timedelta(days=n)) for commune in communes for n in range(3)]
    return or_(*late) if late else false()


def _of_commune(commune: Commune, day: date) -> ColumnElement[bool]:
    closed_on = day - CLOSING
    closed_at = datetime.combine(closed_on, time(), commune.zone).astimezone(UTC)
    came_late = or_(Procuration.established_at >= closed_at, Procuration.received_on >= closed_on)
    return and_(Procuration.commune_code == commune.code, came_late, _covers(day))


def _covers(day: date) -> ColumnElement[bool]:
    """Chosen for that day, or a period that reaches it when somebody votes."""
    chosen = Procuration.id.in_(select(PollingDay.procuration_id).where(PollingDay.day == day))
    is_voted = or_(
        exists().where(Scrutin.polling_day == day),
        exists().where(LocalPollingDay.day == day),
    )
    return or_(chosen, and_(Procuration.valid_until >= day, is_voted))
