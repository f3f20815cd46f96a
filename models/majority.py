"""The votes inside a period on which one of the two is not of age yet (L2): told, for it serves later."""

from collections.abc import Collection
from datetime import date, datetime

from models import rules, scrutin
from models.procuration import ALIVE, Procuration
from models.rules import Demande


def unserved(given: Demande | Procuration, now: datetime) -> list[date]:
    """Those to come; no query when both are of age already, as nearly all are."""
    today = given.commune.local_day(now)
    if not _is_young(given, today):
        return []
    votes = scrutin.upcoming_in(given.commune, today)
    return rules.days_before_majority(given, {vote.polling_day for vote in votes})


def unserved_each(procurations: Collection[Procuration], now: datetime) -> dict[int, list[date]]:
    """The same of those that may still serve, by their ids, read together."""
    young = [one for one in procurations if one.status in ALIVE and _is_young(one, one.commune.local_day(now))]
    if not young:
        return {}
    days = {one.id: one.commune.local_day(now) for one in young}
    votes = scrutin.upcoming_in_each([one.commune for one in young], min(days.values()))
    return {
        one.id: rules.days_before_majority(
            one, {vote.polling_day for vote in votes[one.commune_code] if vote.polling_day >= days[one.id]}
        )
        for one in young
    }


def _is_young(given: Demande | Procuration, today: date) -> bool:
    people = given.mandant, given.mandataire
    return given.valid_until is not None and not all(rules.is_of_age(person, today) for person in people)
