"""A revocation without a reference (L75: always): stated before an officer, attached by the mandant's town hall.

The officer types who it is and where they vote, and learns nothing of what exists, so that nothing can be fished; the
town hall, which knows, attaches it to what that person gave, on line or on paper.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from models import aftermath, journal, register
from models.account import Account
from models.base import change, db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken
from models.identity import Identity, family_key
from models.insertion import insert_once
from models.journal import Action
from models.law import duration
from models.matching import Found
from models.procuration import IN_FORCE, Procuration
from models.rules import months_after
from models.statement import RevocationStatement
from models.territory import Commune

A_PERSONS = {
    **dict.fromkeys(f"mandant_{part}" for part in ("birth_name", "first_names", "sex", "birth_date")),
    **dict.fromkeys(("officer_name", "handled_by_name")),
}


def state(
    mandant: Identity, commune: Commune, *, officer: Account, submission_key: str, now: datetime
) -> RevocationStatement:
    """« Présent en personne, identité conforme » : it leaves for that commune's desk (L75; R78, unread).

    The same `submission_key` twice is one statement. Raises NotHabilitated.
    """
    capacity = aftermath.require_authority(officer, now).capacity
    if officer.station is None:
        raise NotHabilitated
    stated = RevocationStatement(
        submission_key=submission_key,
        commune=commune,
        mandant=mandant,
        officer_id=officer.id,
        officer_name=officer.name,
        officer_capacity=capacity,
        place_code=officer.station.commune_code,
        stated_at=now,
    )
    statement, is_new = insert_once(stated, RevocationStatement.officer_id == officer.id)
    if not is_new:
        return statement
    journal.record(Action.REVOCATION_STATED, now=now, account=officer, detail=str(statement.id))
    return statement


def candidates(statement: RevocationStatement) -> list[Procuration]:
    """What is in force in that commune and may be that person's, under the typed name or the roll's; oldest first."""
    found = register.find_in(statement.commune_code, statement.mandant, None)
    persons = [statement.mandant, *([found.identity] if found.found is Found.ONE and found.identity else [])]
    keys = {family_key(person.birth_name, person.birth_date) for person in persons}
    given = select(Procuration).where(
        Procuration.commune_code == statement.commune_code,
        Procuration.status.in_(IN_FORCE),
        Procuration.mandant_key.in_(keys),
    )
    return list(db.session.scalars(given.order_by(Procuration.established_at, Procuration.id)))


def attach(
    statement: RevocationStatement, procurations: Collection[Procuration], *, clerk: Account, now: datetime
) -> None:
    """Résilier what this person gave, by a clerk who has compared (R78, unread).

    Raises NotHabilitated, RuleBroken (nothing chosen, or another person's), AlreadyHandled.
    """
    for procuration in procurations:
        aftermath.require_clerk(procuration, clerk)
    may_be = {one.id for one in candidates(statement)} if statement.purged_at is None else set()
    if not procurations or not {one.id for one in procurations} <= may_be:
        raise RuleBroken([Reason.DONNEES_INCOMPLETES])
    _handle(statement, clerk, now, attached=len(procurations))
    for procuration in sorted(procurations, key=lambda one: one.id):
        aftermath.revoke_stated(procuration, clerk=clerk, now=now)


def close(statement: RevocationStatement, *, clerk: Account, now: datetime) -> None:
    """There is nothing here to attach it to (R78, unread). Raises NotHabilitated, AlreadyHandled."""
    if statement.commune_code not in {commune.code for commune in clerk.communes}:
        raise NotHabilitated
    _handle(statement, clerk, now, attached=0)
    journal.record(Action.STATEMENT_CLOSED, now=now, account=clerk, detail=str(statement.id))


def purge(now: datetime) -> int:
    """Forget who stated: two months after it was handled, a year after it was stated if nobody did; how many."""
    after, at_last = (duration(what, now.date()).months for what in ("demande", "established"))
    was_handled = RevocationStatement.handled_at < _months_before(now, after)
    is_old = RevocationStatement.stated_at < _months_before(now, at_last)
    due = update(RevocationStatement).where(RevocationStatement.purged_at.is_(None), was_handled | is_old)
    table = RevocationStatement.__table__
    return change(due.values({table.c[name]: value for name, value in A_PERSONS.items()} | {table.c.purged_at: now}))


def _months_before(now: datetime, months: int) -> datetime:
    return datetime.combine(months_after(now.date(), -months), now.timetz())


def _handle(statement: RevocationStatement, clerk: Account, now: datetime, *, attached: int) -> None:
    still = (RevocationStatement.id == statement.id, RevocationStatement.handled_at.is_(None))
    done = {"handled_at": now, "handled_by_id": clerk.id, "handled_by_name": clerk.name, "attached": attached}
    if not change(update(RevocationStatement).where(*still).values(done)):
        raise AlreadyHandled
    db.session.refresh(statement)
