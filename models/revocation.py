"""A revocation without a reference (L75: always): stated before an officer, attached by the mandant's town hall.

The officer types who it is and where they vote, and learns nothing of what exists, so that nothing can be fished; the
town hall, which knows, attaches it to what that person gave, on line or on paper.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select, update

from models import aftermath, journal, register
from models.account import Account
from models.base import change, db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken
from models.identity import Identity, differ_by_a_slip, family_key
from models.insertion import insert_once, key_of
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


class Candidates(NamedTuple):
    """What a statement may be attached to, under its very name or the roll's, and under one near to it."""

    exact: list[Procuration]
    near: list[Procuration]

    @property
    def all(self) -> list[Procuration]:
        return self.exact + self.near


def state(
    mandant: Identity, commune: Commune, *, officer: Account, submission_key: str, now: datetime
) -> RevocationStatement:
    """« Présent en personne, identité conforme » : it leaves for that commune's desk (L75; R78, unread).

    The same person under the same `submission_key` is one statement. Raises NotHabilitated.
    """
    capacity = aftermath.require_authority(officer, now).capacity
    if officer.station is None:
        raise NotHabilitated
    stated = RevocationStatement(
        submission_key=key_of(submission_key, mandant, commune),
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


def candidates(statement: RevocationStatement) -> Candidates:
    """What was in force in that commune when it was stated, and may be that person's; oldest first.

    Under the typed name, or the roll's; or under one so near, with the same birth date, that a clerk is to compare.
    """
    found = register.find_in(statement.commune_code, statement.mandant, None)
    persons = [statement.mandant, *([found.identity] if found.found is Found.ONE and found.identity else [])]
    keys = {family_key(person.birth_name, person.birth_date) for person in persons}
    born_that_day = _in_force_of(statement)
    exact = [one for one in born_that_day if one.mandant_key in keys]
    others = [one for one in born_that_day if one.mandant_key not in keys]
    return Candidates(exact, [one for one in others if any(_is_near(one.mandant, person) for person in persons)])


def attach(
    statement: RevocationStatement, procurations: Collection[Procuration], *, clerk: Account, now: datetime
) -> None:
    """Résilier what this person gave, by a clerk who has compared (R78, unread).

    Raises NotHabilitated, RuleBroken (nothing chosen, or another person's), AlreadyHandled.
    """
    for procuration in procurations:
        aftermath.require_clerk(procuration, clerk)
    may_be = {one.id for one in candidates(statement).all} if statement.purged_at is None else set()
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


def _in_force_of(statement: RevocationStatement) -> list[Procuration]:
    """What is in force in that commune of those born that day, and was established before; oldest first.

    Where only the day of an establishment is known, that of the statement is not too late. Put in order here: to be
    given that order, a database would read all that the commune ever had.
    """
    day_is_over = statement.commune.end_of(statement.commune.local_day(statement.stated_at))
    given = select(Procuration).where(
        Procuration.commune_code == statement.commune_code,
        Procuration.status.in_(IN_FORCE),
        Procuration.established_at < day_is_over,
        or_(Procuration.established_at <= statement.stated_at, Procuration.established_day_only),
        Procuration.__table__.c.mandant_birth_date == statement.mandant.birth_date,
    )
    return sorted(db.session.scalars(given), key=lambda one: (one.established_at or day_is_over, one.id))


def _is_near(one: Identity, other: Identity) -> bool:
    """Of two people born the same day: the same first name first, or birth names that a slip of the hand parts."""
    is_first_name = bool(one.first_name) and one.first_name == other.first_name
    return is_first_name or differ_by_a_slip(one.birth_name, other.birth_name)


def _months_before(now: datetime, months: int) -> datetime:
    return datetime.combine(months_after(now.date(), -months), now.timetz())


def _handle(statement: RevocationStatement, clerk: Account, now: datetime, *, attached: int) -> None:
    still = (RevocationStatement.id == statement.id, RevocationStatement.handled_at.is_(None))
    done = {"handled_at": now, "handled_by_id": clerk.id, "handled_by_name": clerk.name, "attached": attached}
    if not change(update(RevocationStatement).where(*still).values(done)):
        raise AlreadyHandled
    db.session.refresh(statement)
