"""The coming polling days of several communes at once, each from its own day on."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.base import db
from models.scrutin import Election, LocalPollingDay, Scrutin
from models.territory import Commune


def coming_days(communes: Iterable[Commune], now: datetime) -> dict[str, list[date]]:
    """The days on which each votes, its own today included, by the commune's code; as many queries as for one."""
    today = {commune.code: commune.local_day(now) for commune in communes}
    scrutins = _scrutins_from(min(today.values())) if today else []
    days = {
        commune.code: {day for scrutin in scrutins if (day := scrutin.day_in(commune)) and day >= today[commune.code]}
        for commune in communes
    }
    return {code: sorted(found) for code, found in days.items()}


def _scrutins_from(day: date) -> list[Scrutin]:
    """Those that somebody votes on that day or later, with whom they concern."""
    votes_later = exists().where(LocalPollingDay.scrutin_id == Scrutin.id, LocalPollingDay.day >= day)
    loaded = (
        joinedload(Scrutin.election, innerjoin=True).selectinload(Election.territories),
        selectinload(Scrutin.local_days),
    )
    return list(
        db.session.scalars(select(Scrutin).where(or_(Scrutin.polling_day >= day, votes_later)).options(*loaded))
    )
