"""What arrives so late before a vote that the register of the polling station may be closed already.

No law gives a town hall a last hour: each says its own (models/desk_settings.py). Nothing is refused for being late: a
late one is to be looked at first.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_

from models import scrutin
from models.desk_settings import DeskSettings, settings_of
from models.procuration import Procuration
from models.signing_list import covers
from models.territory import Commune


def is_late(communes: Sequence[Commune], now: datetime) -> ColumnElement[bool]:
    """Established from the closing time on of a vote that it covers, or received on paper that day or later.

    Only the votes of today and of the coming days whose closing has begun can have late ones that are still of use.
    """
    own = settings_of(communes)
    late = [
        _of_commune(commune, commune.local_day(now) + timedelta(days=n), own[commune.code])
        for commune in communes
        for n in range(own[commune.code].closing_days + 1)
    ]
    return or_(*late) if late else false()


def _of_commune(commune: Commune, day: date, own: DeskSettings) -> ColumnElement[bool]:
    closed_at = own.closes_at(day, commune)
    came_late = or_(Procuration.established_at >= closed_at, Procuration.received_on >= commune.local_day(closed_at))
    is_for = and_(covers(day), scrutin.is_voted(commune, day))
    return and_(Procuration.commune_code == commune.code, came_late, is_for)
