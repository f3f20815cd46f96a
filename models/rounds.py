"""Officers who leave their station: to people who cannot come (R72-1 IV), or for a session elsewhere (R72-1 III).

Who is visited has asked in writing, and sworn that they cannot come (R73): the dates of these papers are kept here,
never the papers. The place is a commune everywhere; the name of a home, a hospital or a prison is the round's alone,
and leaves with its papers, six months after the end of validity of what was established there.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, select, update
from sqlalchemy.orm import joinedload

from models import aftermath, journal
from models.account import Account
from models.base import change, db, locking
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated, Reason, RuleBroken
from models.insertion import insert_once, key_of
from models.journal import Action
from models.law import duration
from models.lifetime import end_of_validity
from models.procuration import IN_FORCE, Procuration, Status
from models.rules import months_after
from models.scrutin import earliest_day
from models.territory import Commune, Station
from models.visit import Round, RoundKind, Visit

FARTHEST = timedelta(days=366)


class Papers(NamedTuple):
    """The days that the two papers of who is visited bear (R73): asked in writing, and sworn."""

    requested_on: date
    sworn_on: date


def plan(
    kind: RoundKind,
    day: date,
    commune: Commune,
    place_name: str | None,
    *,
    officer: Account,
    submission_key: str,
    now: datetime,
) -> Round:
    """Announce a round of this officer's station (R72-1 III and IV); the same under the same `submission_key` is one.

    Raises NotHabilitated, NotAllowed (out of competence), RuleBroken (a day that is past, or over a year ahead).
    """
    station = _station_of(officer, now)
    _require_possible(station, day, commune, now)
    new = Round(
        submission_key=key_of(submission_key, kind, day, commune, place_name),
        station_code=station.code,
        officer_id=officer.id,
        kind=kind,
        day=day,
        commune_code=commune.code,
        place_name=place_name or None,
    )
    planned, is_new = insert_once(new, Round.officer_id == officer.id)
    if not is_new:
        return planned
    journal.record(Action.ROUND_PLANNED, now=now, account=officer, detail=str(planned.id))
    return planned


def correct(
    one: Round,
    kind: RoundKind,
    day: date,
    commune: Commune,
    place_name: str | None,
    *,
    officer: Account,
    now: datetime,
) -> None:
    """Say again for whom, when and where, while nobody was received in it. The dates of papers stay.

    Raises what `plan` does, and AlreadyHandled (somebody was received, or it is cancelled).
    """
    station = _station_of(officer, now)
    _require_possible(station, day, commune, now)
    _change_unused(one, kind=kind, day=day, commune_code=commune.code, place_name=place_name or None)
    journal.record(Action.ROUND_CORRECTED, now=now, account=officer, detail=str(one.id))


def cancel(one: Round, *, officer: Account, now: datetime) -> None:
    """It will not take place: nobody was received in it. Raises NotHabilitated, AlreadyHandled."""
    aftermath.require_authority(officer, now)
    _change_unused(one, cancelled_at=now, place_name=None)
    journal.record(Action.ROUND_CANCELLED, now=now, account=officer, detail=str(one.id))


def record_papers(
    one: Round, procuration: Procuration, requested_on: date, sworn_on: date, *, officer: Account, now: datetime
) -> None:
    """Write down when this mandant asked for the visit and swore (R73), before or at the visit; again, to correct it.

    Raises NotHabilitated, RuleBroken (a day to come), AlreadyHandled (no living demande, or a cancelled round).
    """
    aftermath.require_habilitation(officer, now)
    _hold(one)
    waits = select(Procuration).where(Procuration.id == procuration.id, Procuration.status == Status.SUBMITTED)
    if one.cancelled_at is not None or db.session.scalar(locking(waits, of=Procuration)) is None:
        raise AlreadyHandled
    _note(one, procuration, Papers(requested_on, sworn_on), officer, now)


def receive(one: Round, procuration: Procuration, *, officer: Account, now: datetime) -> Commune:
    """Meet this mandant there, in the act that follows: the round's commune, which is the place of establishment.

    Raises NotHabilitated (another station's), NotAllowed (not its day, or cancelled), RuleBroken (no papers, R73).
    """
    if one.station_code != officer.station_code:
        raise NotHabilitated
    _hold(one)
    if not one.is_open(now):
        raise NotAllowed
    visit = visit_of(one, procuration)
    if one.needs_papers and not (visit and visit.has_papers):
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    visit = visit or _add(one, procuration)
    visit.received_at = now
    db.session.flush()
    return one.commune


def receive_on_form(
    one: Round, procuration: Procuration, papers: Papers | None, *, officer: Account, now: datetime
) -> Commune:
    """Meet there who has no demande: the form on paper was filled in that act, in which the papers are noted too (R73).

    Raises what `receive` does, and RuleBroken (papers of a day to come).
    """
    _hold(one)
    if papers is not None:
        _note(one, procuration, papers, officer, now)
    return receive(one, procuration, officer=officer, now=now)


def visit_of(one: Round, procuration: Procuration) -> Visit | None:
    """What is known of this demande in this round."""
    return db.session.scalar(select(Visit).where(Visit.round_id == one.id, Visit.procuration_id == procuration.id))


def kept_until(visit: Visit) -> date:
    """Six months after the end of validity; of what was not established, the day of the round (R73)."""
    one = visit.procuration
    if one.status is Status.SUBMITTED:
        return max(visit.round.day, one.expires_on)
    if one.established_at is None:
        return visit.round.day
    ended = end_of_validity(one)
    return months_after(ended, duration("papers", ended).months)


def keeps_papers(one: Round, officer: Account) -> bool:
    """The officer who led the round keeps them (R73), and who answers for the station."""
    return one.station_code == officer.station_code and (officer.manages_station or one.officer_id == officer.id)


def about_when_due() -> ColumnElement[date]:
    """An order, by what the database can compare, in which the papers to destroy come first; `kept_until` decides."""
    closed = func.coalesce(Procuration.closed_at, Procuration.decided_at)
    ended = and_(Procuration.status.not_in(IN_FORCE), func.date(closed) < Procuration.last_day)
    never = Procuration.established_at.is_(None)
    return case((never, func.date(Round.day)), (ended, func.date(closed)), else_=func.date(Procuration.last_day))


def papers_due(visits: Sequence[Visit], today: date) -> list[Visit]:
    """Those whose papers may be destroyed from that day on, and are not."""
    return [one for one in visits if one.has_papers and one.destroyed_at is None and kept_until(one) < today]


def destroy(visits: Sequence[Visit], *, officer: Account, now: datetime) -> int:
    """Say that the papers of these visits are destroyed: their time is over (R73). How many were not yet said to be.

    Who keeps them may, habilitated or not any more. Raises NotHabilitated (papers that somebody else keeps),
    RuleBroken (they must still be kept), AlreadyHandled (all of them were).
    """
    done = sum(_destroy(visit, officer, now) for visit in sorted(visits, key=lambda one: one.id))
    if not done:
        raise AlreadyHandled
    for key in sorted({visit.round_id for visit in visits}):
        _forget_place(Round.id == key)
    return done


def forget_places(now: datetime) -> int:
    """Erase the names of places whose round is over and has no papers left, or only papers due for destruction."""
    over = select(Round).where(Round.place_name.is_not(None), Round.day < earliest_day(now))
    due = [
        one.id
        for one in db.session.scalars(over.options(joinedload(Round.visits).joinedload(Visit.procuration))).unique()
        if all(visit.destroyed_at or not visit.has_papers or kept_until(visit) < now.date() for visit in one.visits)
    ]
    return change(update(Round).where(Round.id.in_(due)).values(place_name=None)) if due else 0


def _station_of(officer: Account, now: datetime) -> Station:
    """The station of an officer who may establish. Raises NotHabilitated."""
    aftermath.require_authority(officer, now)
    if officer.station is None:
        raise NotHabilitated
    return officer.station


def _require_possible(station: Station, day: date, commune: Commune, now: datetime) -> None:
    """Police and gendarmerie act in France (R72-1), a consular authority outside (R72-1-1); within a year.

    Raises NotAllowed (out of competence), RuleBroken.
    """
    if station.is_in_france is commune.is_consular:
        raise NotAllowed
    today = commune.local_day(now)
    if not today <= day <= today + FARTHEST:
        raise RuleBroken([Reason.DATES_DISCORDANTES])


def _hold(one: Round) -> None:
    """Keep the round as it is until the transaction ends: one is not cancelled while somebody is received in it.

    The round before the procuration, everywhere, so that nobody waits for each other for ever.
    """
    held = locking(select(Round).where(Round.id == one.id), of=Round)
    db.session.scalars(held.execution_options(populate_existing=True)).one()


def _change_unused(one: Round, **values: Any) -> None:
    """Change a round in which nobody was received. Raises AlreadyHandled."""
    _hold(one)
    was_used = exists().where(Visit.round_id == Round.id, Visit.received_at.is_not(None))
    still = (Round.id == one.id, Round.cancelled_at.is_(None), ~was_used)
    if not change(update(Round).where(*still).values(**values)):
        raise AlreadyHandled
    db.session.refresh(one)


def _note(one: Round, procuration: Procuration, papers: Papers, officer: Account, now: datetime) -> None:
    if max(papers) > one.commune.local_day(now):
        raise RuleBroken([Reason.DATES_DISCORDANTES])
    visit = visit_of(one, procuration) or _add(one, procuration)
    visit.requested_on, visit.sworn_on = papers
    journal.record(Action.PAPERS_RECORDED, now=now, procuration=procuration, account=officer, detail=str(one.id))


def _add(one: Round, procuration: Procuration) -> Visit:
    visit = Visit(round=one, procuration=procuration)
    db.session.add(visit)
    db.session.flush()
    return visit


def _destroy(visit: Visit, officer: Account, now: datetime) -> bool:
    """Whether this act says so first."""
    if not keeps_papers(visit.round, officer):
        raise NotHabilitated
    if kept_until(visit) >= visit.round.commune.local_day(now):
        raise RuleBroken([Reason.DATES_DISCORDANTES])
    still = (Visit.id == visit.id, Visit.destroyed_at.is_(None))
    if not change(update(Visit).where(*still).values(destroyed_at=now)):
        return False
    journal.record(Action.PAPERS_DESTROYED, now=now, procuration=visit.procuration, account=officer)
    return True


def _forget_place(which: ColumnElement[bool]) -> None:
    """With the last of its papers, the name of the place."""
    kept = exists().where(Visit.round_id == Round.id, Visit.requested_on.is_not(None), Visit.destroyed_at.is_(None))
    change(update(Round).where(which, ~kept).values(place_name=None))
