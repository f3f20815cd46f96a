"""What is held of one elector, gathered for that elector alone (regulation (EU) 2016/679, article 15; E26)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Row, func, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from models import draft, journal, lifetime, perimeter
from models.account import Account, Role
from models.base import Base, db
from models.draft import Kept
from models.editions import Edition, EditionChange
from models.entry_check import EntryCheck
from models.journal import Action, Entry
from models.late_arrivals import LateArrival
from models.outbox import OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration, Status
from models.territory import Commune, Station
from models.visit import Visit

M = TypeVar("M", bound=Base)
READINGS = (Action.OPENED, Action.DENIED)
"""An agent opened the file, or was refused an act on it: in the journal, and in no history."""


@dataclass(frozen=True)
class OwnData:
    """The elector's procurations, the newest first; what was done on each, and written to the elector; the rest.

    `checks`: how often a mandataire was looked up in the rolls for this elector, of the days still counted. `visits`:
    the dates of a visit's papers (R73). `printed`: the lists of polling stations that name the procuration, or name it
    no more. `desks`: the names of those that acted or read, by their codes. `roles`: of which desk an account is.
    """

    procurations: list[Procuration]
    history: dict[int, list[Entry]]
    messages: dict[int, list[OutboxMail]]
    visits: dict[int, list[Visit]]
    late: dict[int, list[LateArrival]]
    printed: dict[int, list[Row[EditionChange, Edition]]]
    desks: dict[str, str]
    roles: dict[int, Role]
    draft: Kept | None
    checks: int

    def readings(self, procuration: Procuration) -> list[Entry]:
        """Who looked at it, first things first."""
        return [entry for entry in self.history[procuration.id] if entry.action in READINGS]


def of(elector: Elector, now: datetime) -> OwnData:
    """All of it, in a number of queries that does not depend on how much there is."""
    own = select(Procuration).where(perimeter.visible_to(elector)).order_by(Procuration.id.desc())
    loaded = [
        joinedload(one)
        for one in (Procuration.commune, Procuration.mandataire_commune, Procuration.officer, Procuration.reason_text)
    ]
    loaded += [joinedload(Procuration.established_commune), selectinload(Procuration.replaced)]
    procurations = list(db.session.scalars(own.options(*loaded)).unique())
    history = journal.history(procurations)
    counted = select(func.coalesce(func.sum(EntryCheck.count), 0)).where(EntryCheck.elector_key.in_(elector.keys))
    return OwnData(
        procurations=procurations,
        history=history,
        messages=_of_each(OutboxMail, procurations),
        visits=_of_each(Visit, procurations),
        late=_of_each(LateArrival, procurations),
        printed=_printed(procurations),
        desks=_desks({entry.desk for entries in history.values() for entry in entries if entry.desk}),
        roles=_roles({entry.account_id for entries in history.values() for entry in entries if entry.account_id}),
        draft=draft.of(elector.key, now),
        checks=db.session.scalar(counted) or 0,
    )


def erased_on(procuration: Procuration) -> date:
    """The day on which its persons are erased at the latest, if nothing ends it before."""
    if procuration.status is Status.SUBMITTED:
        return min(procuration.expires_on + timedelta(days=1), lifetime.purge_day(procuration))
    return lifetime.purge_day(procuration)


def _of_each(table: type[M], procurations: Sequence[Procuration]) -> dict[int, list[M]]:
    """The rows of that table about each of them, by its id, in the order of their keys."""
    about = table.__table__.c.procuration_id
    found: dict[int, list[M]] = {procuration.id: [] for procuration in procurations}
    for key, row in db.session.execute(
        select(about, table).where(about.in_(found)).order_by(*table.__table__.primary_key)
    ):
        found[key].append(row)
    return found


def _printed(procurations: Sequence[Procuration]) -> dict[int, list[Row[EditionChange, Edition]]]:
    found: dict[int, list[Row[EditionChange, Edition]]] = {procuration.id: [] for procuration in procurations}
    changes = select(EditionChange, Edition).join(Edition, Edition.id == EditionChange.edition_id)
    for row in db.session.execute(changes.where(EditionChange.procuration_id.in_(found)).order_by(EditionChange.id)):
        found[row.EditionChange.procuration_id].append(row)
    return found


def _desks(codes: Collection[str]) -> dict[str, str]:
    """The stations and communes of these codes."""
    tables = (select(table.code, table.name).where(table.code.in_(codes)) for table in (Station, Commune))
    return {row.code: row.name for row in db.session.execute(union_all(*tables))} if codes else {}


def _roles(accounts: Collection[int]) -> dict[int, Role]:
    """Of which desk each of these accounts is."""
    rows = db.session.execute(select(Account.id, Account.role).where(Account.id.in_(accounts)))
    return {row.id: row.role for row in rows}
