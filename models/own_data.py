"""What is held of one elector, gathered for that elector alone (regulation (EU) 2016/679, article 15; E26)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models import draft, journal, lifetime, perimeter
from models.base import db
from models.draft import Draft
from models.entry_check import EntryCheck
from models.journal import Entry
from models.outbox import OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration, Status


@dataclass(frozen=True)
class OwnData:
    """The elector's procurations, the newest first; what was done on each, and written to the elector; the rest.

    `checks`: how often a mandataire was looked up in the rolls for this elector, of the days still counted.
    """

    procurations: list[Procuration]
    history: dict[int, list[Entry]]
    messages: dict[int, list[OutboxMail]]
    draft: Draft | None
    checks: int


def of(elector: Elector, now: datetime) -> OwnData:
    """All of it, in a number of queries that does not depend on how much there is."""
    own = select(Procuration).where(perimeter.visible_to(elector)).order_by(Procuration.id.desc())
    loaded = [
        joinedload(one)
        for one in (Procuration.commune, Procuration.mandataire_commune, Procuration.officer, Procuration.reason_text)
    ]
    procurations = list(db.session.scalars(own.options(*loaded, joinedload(Procuration.established_commune))).unique())
    counted = select(func.coalesce(func.sum(EntryCheck.count), 0)).where(EntryCheck.elector_key.in_(elector.keys))
    return OwnData(
        procurations=procurations,
        history=journal.history(procurations),
        messages=_messages(procurations),
        draft=draft.of(elector.key, now),
        checks=db.session.scalar(counted) or 0,
    )


def erased_on(procuration: Procuration) -> date:
    """The day on which its persons are erased at the latest, if nothing ends it before."""
    if procuration.status is Status.SUBMITTED:
        return min(procuration.expires_on + timedelta(days=1), lifetime.purge_day(procuration))
    return lifetime.purge_day(procuration)


def _messages(procurations: Sequence[Procuration]) -> dict[int, list[OutboxMail]]:
    found: dict[int, list[OutboxMail]] = {procuration.id: [] for procuration in procurations}
    for message in db.session.scalars(
        select(OutboxMail).where(OutboxMail.procuration_id.in_(found)).order_by(OutboxMail.id)
    ):
        if message.procuration_id is not None:
            found[message.procuration_id].append(message)
    return found
