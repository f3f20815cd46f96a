"""Messages that were given up, for those who have to know: the elector, the desk of the procuration, who manages."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from models.account import Account
from models.base import db
from models.outbox import ERASED, OutboxMail
from models.procuration import Procuration


def of_each(procurations: Sequence[Procuration]) -> dict[int, datetime]:
    """When the last message about each of them was given up, by its id; nothing where it left, or still waits."""
    about = select(OutboxMail.procuration_id, OutboxMail.failed_at, OutboxMail.last_error).where(
        OutboxMail.procuration_id.in_([procuration.id for procuration in procurations])
    )
    last = {key: (at, error) for key, at, error in db.session.execute(about.order_by(OutboxMail.id))}
    return {key: at for key, (at, error) in last.items() if key and at and error != ERASED}


def of(procuration: Procuration) -> datetime | None:
    """The same of one."""
    return of_each([procuration]).get(procuration.id)


def to_agents(accounts: Iterable[Account]) -> dict[str, datetime]:
    """When a message to each of these addresses was last given up, among the last seven days."""
    addresses = {account.email for account in accounts}
    given_up = select(OutboxMail.facts, OutboxMail.failed_at).where(
        OutboxMail.sent_at.is_(None),
        OutboxMail.failed_at.is_not(None),
        OutboxMail.procuration_id.is_(None),
        OutboxMail.facts.is_not(None),
    )
    rows = db.session.execute(given_up.order_by(OutboxMail.id)).all()
    return {facts["to"]: at for facts, at in rows if facts and at and facts["to"] in addresses}
