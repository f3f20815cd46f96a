"""Who answers for agents' accounts: invites, limits, removes, suspends, forgets a lost second factor (M3, O10, T19).

Supervision for the managers of stations and communes, and for who has no manager at hand; a station's responsible for
its officers; a commune's manager for its clerks. Over the own perimeter only, and never over oneself. Each act first
holds the accounts it is about: of two managers who remove one another, the first remains.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from models import (
    agent_identity,
    agent_session,
    desk_offer,
    desk_settings,
    habilitation,
    invitation,
    journal,
    perimeter_of_agents,
    second_factor,
)
from models.account import Account, Role, account_commune
from models.base import db, locking
from models.errors import AddressTaken, AlreadyHandled, NotAllowed, NotHabilitated
from models.journal import Action
from models.territory import Commune, Station

INVITED = {Role.OFFICER: Action.OFFICER_INVITED, Role.TOWN_HALL: Action.CLERK_INVITED}
REMOVED = {Role.OFFICER: Action.OFFICER_REMOVED, Role.TOWN_HALL: Action.CLERK_REMOVED}
PAGE = 50


class Person(NamedTuple):
    """Who is invited: an account of nobody yet."""

    email: str
    name: str


def clerks_of(manager: Account) -> list[Account]:
    """Who works for the manager's communes, by name, the manager too."""
    here = select(Account).where(perimeter_of_agents.clerks_visible_to(manager))
    loaded = here.options(selectinload(Account.communes)).order_by(Account.name, Account.id)
    return list(db.session.scalars(loaded))


def managers(place: str = "", before: int | None = None) -> Sequence[Account]:
    """Those whom supervision has named, the last first, and one more than a `PAGE`; of a place by its code."""
    found = select(Account).where(or_(Account.manages_station, Account.manages_communes))
    if place:
        there = select(account_commune.c.account_id).where(account_commune.c.commune_code == place)
        found = found.where(or_(Account.station_code == place, Account.id.in_(there)))
    if before is not None:
        found = found.where(Account.id < before)
    loaded = found.options(selectinload(Account.communes)).order_by(Account.id.desc())
    return db.session.scalars(loaded.limit(PAGE + 1)).all()


def invite_clerk(
    person: Person, communes: Collection[Commune], *, manager: Account, key: bytes, now: datetime
) -> Account:
    """Open an account for these of the manager's communes, to whoever reads that mail.

    Who was removed by every commune may come back. To a clerk of other communes these are offered: nothing is opened
    without that clerk's yes. Raises NotHabilitated, AddressTaken, AlreadyHandled (works for all of them), TooMany.
    """
    _hold(manager)
    if not manager.manages_communes or any(commune not in manager.communes for commune in communes):
        raise NotHabilitated
    known = _known(person.email, Role.TOWN_HALL)
    if known and known.suspended_at is None and known.communes:
        return _offer(known, communes, manager, now)
    return _invite(person, Role.TOWN_HALL, manager, key, now, communes=list(communes))


def invite_officer(person: Person, *, manager: Account, key: bytes, now: datetime) -> Account:
    """The same at the responsible's own station. Without habilitation, the account establishes nothing.

    Raises NotHabilitated, AddressTaken, AlreadyHandled (of that station already), TooMany.
    """
    _hold(manager)
    if not manager.manages_station:
        raise NotHabilitated
    known = _known(person.email, Role.OFFICER)
    if known and known.station_code == manager.station_code:
        raise AlreadyHandled
    return _invite(person, Role.OFFICER, manager, key, now, station=manager.station)


def invite_manager(
    person: Person, desk: Station | Collection[Commune], *, manager: Account, key: bytes, now: datetime
) -> Account:
    """Supervision names who answers for a station, or for communes. Raises NotHabilitated, AddressTaken, TooMany."""
    _hold(manager)
    if manager.role is not Role.MINISTRY:
        raise NotHabilitated
    if isinstance(desk, Station):
        return _invite(person, Role.OFFICER, manager, key, now, station=desk, manages_station=True)
    return _invite(person, Role.TOWN_HALL, manager, key, now, communes=list(desk), manages_communes=True)


def appoint(agent: Account, *, manager: Account, now: datetime) -> None:
    """Supervision names who works there already: this agent answers for the station or the communes of the account.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold_over(agent, manager)
    if agent.suspended_at is not None:
        raise AlreadyHandled
    _answer(agent, manager, now, is_manager=True)


def relieve(agent: Account, *, manager: Account, now: datetime) -> None:
    """Supervision takes that back: the agent works there like the others. Raises NotHabilitated, AlreadyHandled."""
    _hold_over(agent, manager)
    _answer(agent, manager, now, is_manager=False)


def resend(agent: Account, *, manager: Account, key: bytes, now: datetime) -> None:
    """Another link, while the first has not served; the former opens nothing any more.

    Raises NotHabilitated, AlreadyHandled, TooMany.
    """
    _hold_over(agent, manager)
    if agent.suspended_at is not None or agent.id not in invitation.awaited([agent]):
        raise AlreadyHandled
    _send(agent, manager, key, now)


def limit(clerk: Account, communes: Collection[Commune], *, manager: Account, now: datetime) -> None:
    """These of the manager's communes, one at least; those of other managers stay.

    Raises NotHabilitated, NotAllowed, AlreadyHandled.
    """
    _hold_over(clerk, manager)
    if any(commune not in manager.communes for commune in communes):
        raise NotHabilitated
    if not communes:
        raise NotAllowed
    before, others = set(clerk.communes), [one for one in clerk.communes if one not in manager.communes]
    clerk.communes = [*others, *communes]
    removed = _codes(before - set(clerk.communes))
    desk_settings.take_off_duty(clerk, removed)
    _record(Action.CLERK_LIMITED, removed, clerk, manager, now, "removed")
    _record(Action.CLERK_LIMITED, _codes(set(clerk.communes) - before), clerk, manager, now, "added")


def remove(agent: Account, *, manager: Account, now: datetime) -> None:
    """From the manager's station or communes, from all by supervision.

    Without any desk left, the account is closed, and an invitation that waits is withdrawn.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold_over(agent, manager)
    desks = _desks(agent, manager)
    left = [one for one in agent.communes if one.code not in desks]
    if agent.role is Role.OFFICER:
        habilitation.end_all(agent, manager=manager, now=now)
    if not left:
        _close(agent, now)
    agent.communes = left
    desk_settings.take_off_duty(agent, desks)
    _record(REMOVED[agent.role], desks, agent, manager, now)


def withdraw_offer(clerk: Account, *, manager: Account, now: datetime) -> None:
    """Take back the manager's communes that this clerk has not answered for. Raises NotHabilitated, AlreadyHandled."""
    _hold(manager)
    if not manager.manages_communes:
        raise NotHabilitated
    withdrawn = desk_offer.withdraw(clerk, manager.communes)
    if not withdrawn:
        raise AlreadyHandled
    _record(Action.CLERK_REMOVED, withdrawn, clerk, manager, now, "offered")


def reset_factor(agent: Account, *, manager: Account, now: datetime) -> None:
    """For who has lost it: the sessions end, and the password leads to setting another up.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold_over(agent, manager)
    second_factor.forget(agent, now=now)
    _record(Action.FACTOR_RESET, _desks(agent, manager), agent, manager, now)


def suspend(agent: Account, *, manager: Account, now: datetime) -> None:
    """Close an account at once: no session of it is good any more, and nothing opens another.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold_over(agent, manager)
    if agent.suspended_at is not None:
        raise AlreadyHandled
    agent.suspended_at = now
    _record(Action.ACCOUNT_SUSPENDED, _desks(agent, manager), agent, manager, now)


def restore(agent: Account, *, manager: Account, now: datetime) -> None:
    """Open it again, with the password and second factor that it had, and none of its sessions.

    They go now: at the suspension, one may be of somebody who was about to act. Raises NotHabilitated, AlreadyHandled.
    """
    _hold_over(agent, manager)
    if agent.suspended_at is None:
        raise AlreadyHandled
    agent.suspended_at = None
    agent_session.end_all(agent)
    _record(Action.ACCOUNT_RESTORED, _desks(agent, manager), agent, manager, now)


def _hold(*accounts: Account) -> None:
    """Hold these rows until the transaction ends, in one order for all, and read them as they are now.

    Raises NotHabilitated: the first, who acts, was suspended meanwhile.
    """
    ids = [account.id for account in accounts]
    query = locking(select(Account).where(Account.id.in_(ids)).order_by(Account.id), of=Account)
    db.session.scalars(query, execution_options={"populate_existing": True}).all()
    for account in accounts:
        db.session.expire(account, ["communes"])
    if accounts[0].suspended_at is not None:
        raise NotHabilitated


def _hold_over(agent: Account, manager: Account) -> None:
    """Over somebody else, who still is of the manager's people. Raises NotHabilitated, AlreadyHandled."""
    _hold(manager, agent)
    if not manager.answers_for_agents or agent.id == manager.id:
        raise NotHabilitated
    theirs = select(Account.id).where(Account.id == agent.id, perimeter_of_agents.agents_of(manager))
    if db.session.scalar(theirs) is None:
        raise AlreadyHandled


def _invite(person: Person, role: Role, manager: Account, key: bytes, now: datetime, **desk: Any) -> Account:
    invitation.require_few(manager, now)
    agent = _removed(person.email, role) or Account(email=person.email.lower(), role=role)
    for name, value in {"name": person.name, "suspended_at": None, **desk}.items():
        setattr(agent, name, value)
    agent.set_password(secrets.token_urlsafe(32))
    try:
        with db.session.begin_nested():
            db.session.add(agent)
    except IntegrityError as error:
        raise AddressTaken from error
    agent_identity.forget(agent)
    _send(agent, manager, key, now)
    return agent


def _offer(clerk: Account, communes: Collection[Commune], manager: Account, now: datetime) -> Account:
    new = [one for one in communes if one not in clerk.communes]
    if not new:
        raise AlreadyHandled
    invitation.require_few(manager, now)
    invitation.require_few(manager, now, agent=clerk)
    desk_offer.make(clerk, new, now=now)
    _record(Action.CLERK_INVITED, _codes(new), clerk, manager, now, "offered")
    return clerk


def _known(email: str, role: Role) -> Account | None:
    """By the whole address."""
    return db.session.scalar(select(Account).where(Account.email == email.lower(), Account.role == role))


def _removed(email: str, role: Role) -> Account | None:
    """The account of somebody who was removed from every desk."""
    known = _known(email, role)
    return known if known and known.suspended_at is not None and known.place is None else None


def _send(agent: Account, manager: Account, key: bytes, now: datetime) -> None:
    invitation.require_few(manager, now, agent=agent)
    invitation.send(agent, key=key, now=now)
    how = "manager" if agent.is_manager else ""
    _record(INVITED[agent.role], _desks(agent, manager), agent, manager, now, how)


def _answer(agent: Account, manager: Account, now: datetime, *, is_manager: bool) -> None:
    if manager.role is not Role.MINISTRY:
        raise NotHabilitated
    if agent.is_manager is is_manager:
        raise AlreadyHandled
    agent.manages_station = is_manager and agent.role is Role.OFFICER
    agent.manages_communes = is_manager and agent.role is Role.TOWN_HALL
    action = Action.MANAGER_APPOINTED if is_manager else Action.MANAGER_RELIEVED
    _record(action, _desks(agent, manager), agent, manager, now)


def _close(agent: Account, now: datetime) -> None:
    agent.station = None
    agent.suspended_at, agent.manages_station, agent.manages_communes = now, False, False
    invitation.withdraw(agent)
    desk_offer.withdraw_all(agent)


def _desks(agent: Account, manager: Account) -> set[str]:
    """The codes of the agent's desks that are the manager's too."""
    if agent.role is Role.OFFICER:
        return {agent.station_code} if agent.station_code else set()
    return _codes(one for one in agent.communes if manager.role is Role.MINISTRY or one in manager.communes)


def _codes(communes: Iterable[Commune]) -> set[str]:
    return {commune.code for commune in communes}


def _record(
    action: Action, desks: Iterable[str], agent: Account, manager: Account, now: datetime, how: str = ""
) -> None:
    """One entry a desk, in the manager's stream: who, whom, how."""
    for code in sorted(desks):
        journal.record(action, now=now, account=manager, desk=code, detail=f"{agent.id} {how}".strip())
