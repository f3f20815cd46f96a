"""The receipt (récépissé) of an act: who did it, in which capacity, where, when (R75; E19, O6).

An establishment has one, and so has a revocation before an authority or with a certified identity. Its number is the
act's own in the journal, so that a receipt says the same each time it is opened, and an auditor finds its act.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from models import journal
from models.account import Account, Capacity
from models.base import db
from models.errors import Unknown
from models.journal import ON_PAPER, Action, Entry
from models.procuration import Procuration
from models.territory import Commune, Station

ACTS = (Action.ESTABLISHED, Action.REVOKED)
CERTIFIED = "certified"


@dataclass(frozen=True)
class Receipt:
    """`officer_name` is nobody's where a certified identity stood for the visit; `place` is then where it was sworn."""

    act: Action
    number: int
    at: datetime
    procuration: Procuration
    officer_name: str | None
    capacity: Capacity | None
    station: Station | None
    place: Commune | None

    @property
    def clock(self) -> Commune:
        """Where the hour is told: at the place of the act, or else where the vote is."""
        return self.place or self.procuration.commune


def acts_in(procuration: Procuration, entries: Iterable[Entry]) -> list[Action]:
    """Which acts of this procuration have a receipt, by its own entries; none once the persons are erased."""
    if procuration.purged_at is not None:
        return []
    return [entry.action for entry in entries if _has_receipt(entry)]


def of(procuration: Procuration, act: str | None = None, *, done_by: Account | None = None) -> Receipt:
    """The receipt that the authority gives of that act, the last one by default (R75).

    `done_by`: of the acts of this officer only. Raises Unknown.
    """
    entries = journal.history([procuration])[procuration.id] if procuration.purged_at is None else []
    asked = [entry for entry in entries if _has_receipt(entry) and act in (None, entry.action)]
    found = [entry for entry in asked if done_by is None or entry.account_id == done_by.id]
    if not found:
        raise Unknown
    return _established(procuration, found[-1]) if found[-1].action is ACTS[0] else _revoked(procuration, found[-1])


def _has_receipt(entry: Entry) -> bool:
    """Not of a form that a town hall typed, nor of what another procuration replaced: that one has its own."""
    return entry.action in ACTS and entry.detail in (None, CERTIFIED, ON_PAPER)


def _established(procuration: Procuration, entry: Entry) -> Receipt:
    """The authority as signed, kept with the procuration."""
    return Receipt(
        act=entry.action,
        number=entry.id,
        at=entry.at,
        procuration=procuration,
        officer_name=procuration.officer_name,
        capacity=procuration.officer_capacity,
        station=_station_of(entry),
        place=procuration.established_commune,
    )


def _revoked(procuration: Procuration, entry: Entry) -> Receipt:
    station = _station_of(entry)
    officer = db.session.get(Account, entry.account_id) if entry.account_id else None
    return Receipt(
        act=entry.action,
        number=entry.id,
        at=entry.at,
        procuration=procuration,
        officer_name=officer.name if officer else None,
        capacity=_capacity(officer, station, entry.at) if officer and station else None,
        station=station,
        place=station.commune if station else None,
    )


def _station_of(entry: Entry) -> Station | None:
    return db.session.get(Station, entry.desk) if entry.desk else None


def _capacity(officer: Account, station: Station, at: datetime) -> Capacity | None:
    """The one of the habilitation in force then, even if it has ended since."""
    day = station.commune.local_day(at)
    for one in reversed(officer.habilitations):
        is_known = one.recorded_at <= at and (one.ended_at is None or at < one.ended_at)
        if is_known and one.valid_from <= day and (one.valid_until is None or day <= one.valid_until):
            return one.capacity
    return None
