"""When a roll is erased: its electors are kept for the elections of their commune, and no longer.

The roll of a commune goes when no election to come concerns the commune, and the duration `roll` of
data/durations.tsv (four months, unread: after the model of R76, to cover the appeal period) has passed since the last
polling day there; or since the import, when that came later, or when no election ever concerned the commune. A day for
which procurations were established there counts even if the election was corrected since, as where one tour was enough.
Days are the commune's own. A town hall that needs it again imports it again.
"""

from datetime import date, datetime

from sqlalchemy import func, select, update

from models import journal, roll_import, roll_upload, scrutin
from models.base import change, db
from models.journal import Action
from models.law import duration
from models.procuration import PollingDay, Procuration
from models.register import CurrentRoll, RollEdition
from models.rules import months_after
from models.territory import Commune


def to_purge(now: datetime) -> list[tuple[str, int]]:
    """The commune and the edition of each current roll whose time is over."""
    due = [
        (commune.code, edition_id)
        for commune, edition_id, finished_at in db.session.execute(
            select(Commune, RollEdition.id, RollEdition.finished_at)
            .join(CurrentRoll, CurrentRoll.commune_code == Commune.code)
            .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
            .order_by(Commune.code)
        ).all()
        if finished_at and _is_over(commune, finished_at, commune.local_day(now))
    ]
    db.session.rollback()
    return due


def purge(commune_code: str, edition_id: int, now: datetime) -> bool:
    """Erase a commune's roll, its rows by bounded transactions; False when it is no longer the current one."""
    is_current = (CurrentRoll.commune_code == commune_code, CurrentRoll.edition_id == edition_id)
    if not change(update(CurrentRoll).where(*is_current).values(edition_id=None)):
        db.session.rollback()
        return False
    journal.record(Action.ROLL_PURGED, now=now, desk=commune_code)
    db.session.commit()
    roll_import.drop_of(edition_id, commune_code)
    return True


def tidy(now: datetime) -> None:
    """Drop what nobody can see any more: of imports that were stopped, of former editions, of uploads."""
    roll_import.drop_given_up(now)
    roll_import.drop_superseded()
    roll_upload.drop_unfinished(now)


def _is_over(commune: Commune, imported_at: datetime, today: date) -> bool:
    days = [vote.polling_day for vote in scrutin.every().votes_in(commune)]
    last = max([*days, commune.local_day(imported_at)])
    return _is_kept_no_more(last, today) and _is_kept_no_more(max(last, _last_served(commune)), today)


def _is_kept_no_more(last: date, today: date) -> bool:
    return months_after(last, duration("roll", last).months) <= today


def _last_served(commune: Commune) -> date:
    """The last day chosen there, and not lost, of what was established."""
    chosen = select(func.max(PollingDay.day)).join(Procuration, Procuration.id == PollingDay.procuration_id)
    established = (Procuration.commune_code == commune.code, Procuration.established_at.is_not(None))
    return db.session.scalar(chosen.where(*established, PollingDay.lost_at.is_(None))) or date.min
