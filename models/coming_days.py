"""The coming polling days of several communes at once, each from its own day on."""

from collections.abc import Collection
from datetime import date, datetime

from models import scrutin
from models.territory import Commune


def coming_days(communes: Collection[Commune], now: datetime) -> dict[str, list[date]]:
    """The days on which each votes, its own today included, by the commune's code; as many queries as for one."""
    today = {commune.code: commune.local_day(now) for commune in communes}
    votes = scrutin.upcoming_in_each(communes, min(today.values(), default=now.date()))
    return {
        code: sorted({vote.polling_day for vote in own if vote.polling_day >= today[code]})
        for code, own in votes.items()
    }
