"""Will it be in time, for these procurations: the votes, closing times and delays of their places, read together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from models import delays, in_time, rules, scrutin
from models.account import Account
from models.base import db
from models.delays import Delay, Delays, Step
from models.desk_settings import DeskSettings, settings_of
from models.in_time import Forecast, Left
from models.law import ControlRegime, duration
from models.procuration import Procuration, Status
from models.rules import Demande
from models.scrutin import Vote
from models.territory import Commune, Station

TOLD_OF_A_PERIOD = 2
"""The votes of a long period after the first two are no hurry."""


def of_demande(demande: Demande, now: datetime) -> list[Forecast]:
    """Before it is filed: for each coming vote that it names, or the first two that its period reaches."""
    if demande.last_day is None:
        return []
    known = _read([demande.commune], (), now)
    today = demande.commune.local_day(now)
    visit = known.delays.of(Step.VISIT, demande.commune.department_code)
    left = Left(now, visit or _at_once(), known.answer(demande, now), is_electors=True)
    return known.forecasts(demande, left, rules.expiry(today, demande.last_day), now)


def of_each(procurations: Collection[Procuration], now: datetime) -> dict[int, list[Forecast]]:
    """Those that await a counter or an answer, by their ids, in a number of queries that does not grow with them."""
    waiting = [one for one in procurations if _waits(one, now)]
    if not waiting:
        return {}
    officers = {one.passed_to_id for one in waiting if one.passed_to_id}
    behind = _stations_of(officers) if officers else {}
    known = _read([one.commune for one in waiting], behind.values(), now)
    return {
        one.id: known.forecasts(one, known.left(one, behind.get(one.passed_to_id or 0), now), one.expires_on, now)
        for one in waiting
    }


def _waits(procuration: Procuration, now: datetime) -> bool:
    is_alive = procuration.expires_on >= procuration.commune.local_day(now)
    return procuration.awaits_decision or (procuration.status is Status.SUBMITTED and is_alive)


def _at_once() -> Delay:
    """While nothing is measured of the counters, only the calendar counts: a visit today."""
    return Delay(timedelta(), timedelta())


def _stations_of(officers: Collection[int]) -> dict[int, Station]:
    """Where these accounts work, by their ids."""
    found = db.session.execute(select(Account.id, Station).join(Station).where(Account.id.in_(officers)))
    return {row.id: row.Station for row in found}


@dataclass(frozen=True)
class _Known:
    """What was read for several communes, by their codes."""

    votes: dict[str, list[Vote]]
    settings: dict[str, DeskSettings]
    delays: Delays

    def left(self, procuration: Procuration, behind: Station | None, now: datetime) -> Left:
        commune, answer = procuration.commune, self.answer(procuration, now)
        if procuration.established_at and procuration.awaits_decision:
            return Left(procuration.established_at, None, self._town_hall(commune, now))
        if procuration.checked_at and behind:
            handover = self.delays.of(Step.HANDOVER, behind.commune.department_code, behind.code)
            return Left(procuration.checked_at, handover or _at_once(), answer)
        visit = self.delays.of(Step.VISIT, commune.department_code)
        return Left(procuration.submitted_at, visit or _at_once(), answer, is_electors=True)

    def answer(self, given: Demande | Procuration, now: datetime) -> Delay | None:
        """None where the register decides on every day that counts (models/control.py)."""
        commune, today = given.commune, given.commune.local_day(now)
        days = [*self._days(given, today), *([today] if given.valid_until else [])]
        laws = [scrutin.law_on(commune, day, self.votes[commune.code]) for day in days]
        is_automatic = all(law.control_regime is ControlRegime.REGISTER for law in laws)
        return None if is_automatic else self._town_hall(commune, now)

    def forecasts(self, given: Demande | Procuration, left: Left, until: date, now: datetime) -> list[Forecast]:
        days = self._days(given, given.commune.local_day(now))
        told = days[:TOLD_OF_A_PERIOD] if given.valid_until else days
        return [self._forecast(day, given.commune, left, until, now) for day in told]

    def _town_hall(self, commune: Commune, now: datetime) -> Delay:
        measured = self.delays.of(Step.ANSWER, commune.department_code, commune.code)
        return measured or Delay(timedelta(), timedelta(days=duration("answer", now.date()).days))

    def _days(self, given: Demande | Procuration, today: date) -> list[date]:
        """The votes to come for which it is given, and serves."""
        votes = {vote.polling_day for vote in self.votes[given.commune.code] if vote.polling_day >= today}
        return sorted(day for day in votes if rules.serves_on(given, day))

    def _forecast(self, day: date, commune: Commune, left: Left, until: date, now: datetime) -> Forecast:
        own = self.settings[commune.code]
        closes_at = own.closes_at(day, commune)
        opens_at = datetime.combine(day, time(), commune.zone).astimezone(UTC)
        return Forecast(
            day=day,
            chance=in_time.chance(left, closes_at=closes_at, opens_at=opens_at, now=now),
            closes_at=closes_at,
            left=left,
            go_by=in_time.go_by(left, closes_at=closes_at, commune=commune, until=until, now=now),
            is_overdue=left.is_overdue(now),
            settings=own,
        )


def _read(communes: Sequence[Commune], stations: Collection[Station], now: datetime) -> _Known:
    since = min(commune.local_day(now) for commune in communes)
    places = list({commune.code: commune for commune in communes}.values())
    return _Known(scrutin.upcoming_in_each(places, since), settings_of(places), delays.around(places, list(stations)))
