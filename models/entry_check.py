"""At entry, may the mandataire be confirmed? One bit, at most five times a day and an elector (domain 6.2, E13).

The day is Paris's for all: a choice of commune must not give a second day.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from models import control, holdings, journal, register
from models.base import Base, db, inserting
from models.journal import Action
from models.perimeter import Elector
from models.procuration import Procuration
from models.rules import Demande
from models.territory import Commune

MOST_CHECKS = 5


class EntryCheck(Base):
    """How many times this elector asked on that day."""

    __tablename__ = "entry_check"

    elector_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


class Answer(StrEnum):
    """What an elector may be told. `not_found` asks for the civil status; the others let the elector go on."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    NOT_FOUND = "not_found"
    TOO_MANY = "too_many"


class Way(StrEnum):
    """How the mandataire was given, as the journal says it."""

    NUMBER = "number"
    CIVIL_STATUS = "civil_status"


def take(elector: Elector, way: Way, day: date, *, commune: Commune, now: datetime) -> bool:
    """Count and journal one check, for a demande in that commune; False when the day's five are used.

    Of two at once, one waits for the other.
    """
    row = inserting(EntryCheck).values(elector_key=elector.key, day=day, count=1)
    counted = db.session.execute(
        row.on_conflict_do_update(
            index_elements=[EntryCheck.elector_key, EntryCheck.day],
            set_={"count": EntryCheck.count + 1},
            where=EntryCheck.count < MOST_CHECKS,
        ).returning(EntryCheck.count)
    ).scalar()
    if counted is None:
        return False
    journal.record(Action.MANDATAIRE_CHECKED, now=now, desk=commune.code, detail=way)
    return True


def can_tell(demande: Demande) -> bool:
    """Whether there is a roll to look in: without one nothing is asked, and nothing said."""
    return demande.mandataire_commune is not None and register.has_roll(demande.mandataire_commune.code)


def answer(demande: Demande, *, now: datetime) -> Answer:
    """Found as one person, on lists that vote for all that is asked, and free to receive it; the cause is never told.

    All is always looked up, so that the time it takes does not tell one from the other.
    """
    found = control.at_entry(_as_if_established(demande, now), demande.commune.local_day(now))
    return Answer.CONFIRMED if found.has_passed else Answer.UNCONFIRMED


def drop_before(day: date) -> None:
    """Forget who asked on the days before the eve."""
    db.session.execute(delete(EntryCheck).where(EntryCheck.day < day - timedelta(days=1)))


def _as_if_established(demande: Demande, now: datetime) -> Procuration:
    """What would be counted if an officer established it now; in no session, so never written."""
    return Procuration(
        **holdings.columns_of(demande),
        established_at=now,
        established_in_france=not demande.commune.is_consular,
        mandataire_masked=demande.mandataire_masked,
    )
