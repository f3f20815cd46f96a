"""Who may act at a counter: designations recorded, ended before their time, and warned of before they run out (O10).

Recorded by who answers for the station, never one's own, or by supervision. A mayor or a deputy, though an officer of
police judiciaire, is never habilitated (R72-1 I 2°). Consular authorities are those of R72-1-1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from models import journal, outbox, perimeter_of_agents
from models.account import Account, Capacity, Habilitation, Role, responsibles_of
from models.base import change, db
from models.errors import AlreadyHandled, HabilitationRefused, NotHabilitated, Unfit
from models.journal import Action
from models.outbox import MailKind
from models.scrutin import latest_day
from models.territory import StationKind

NOTICE = timedelta(days=30)
BATCH = 200


@dataclass(frozen=True)
class Designation:
    """What the paper of the designation says; `opj` for a délégué only."""

    capacity: Capacity
    authority: str
    court: str | None
    valid_from: date
    valid_until: date | None
    opj: Account | None
    is_mayor_or_deputy: bool


def find_agent(account_id: int, manager: Account) -> Account:
    """An officer whose habilitations this one manages. Raises NotHabilitated, Unknown."""
    require_manager(manager)
    return perimeter_of_agents.find_agent(account_id, manager, Account.role == Role.OFFICER)


def require_manager(account: Account) -> None:
    """Who answers for a station, or supervision. Raises NotHabilitated."""
    if account.role is not Role.MINISTRY and not account.manages_station:
        raise NotHabilitated


def may_manage(manager: Account, agent: Account) -> bool:
    """Nobody habilitates themselves."""
    return manager.id != agent.id


def record(designation: Designation, agent: Account, *, manager: Account, now: datetime) -> Habilitation:
    """Habilitate an officer of one's station (R72-1). Raises NotHabilitated, HabilitationRefused."""
    require_manager(manager)
    if not may_manage(manager, agent):
        raise NotHabilitated
    if unfit := list(_unfit(designation, agent, now)):
        raise HabilitationRefused(unfit)
    habilitation = Habilitation(
        account_id=agent.id,
        capacity=designation.capacity,
        authority=designation.authority,
        court=designation.court,
        valid_from=designation.valid_from,
        valid_until=designation.valid_until,
        opj_id=designation.opj.id if designation.opj else None,
        recorded_at=now,
    )
    agent.habilitations.append(habilitation)
    db.session.flush()
    journal.record(Action.HABILITATED, now=now, account=manager, detail=str(habilitation.id))
    return habilitation


def end(habilitation_id: int, agent: Account, *, manager: Account, now: datetime) -> None:
    """End it before its time: from now on no act. Raises NotHabilitated, AlreadyHandled."""
    require_manager(manager)
    if not may_manage(manager, agent):
        raise NotHabilitated
    its = (Habilitation.id == habilitation_id, Habilitation.account_id == agent.id, Habilitation.ended_at.is_(None))
    if not change(update(Habilitation).where(*its).values(ended_at=now)):
        raise AlreadyHandled
    db.session.expire(agent, ["habilitations"])
    journal.record(Action.HABILITATION_ENDED, now=now, account=manager, detail=str(habilitation_id))


def end_all(agent: Account, *, manager: Account, now: datetime) -> None:
    """The same of every one, of who leaves the station. Raises NotHabilitated, AlreadyHandled."""
    for one in [one for one in agent.habilitations if one.ended_at is None]:
        end(one.id, agent, manager=manager, now=now)


def agents_at(station_code: str) -> list[Account]:
    """The officers of a station with their habilitations, by name."""
    here = select(Account).where(Account.station_code == station_code, Account.role == Role.OFFICER)
    loaded = here.options(joinedload(Account.habilitations)).order_by(Account.name, Account.id)
    return list(db.session.scalars(loaded).unique())


def opjs_at(station_code: str, now: datetime) -> list[Account]:
    """The officers of police judiciaire of a station, habilitated now: who may designate a délégué (R72-1 V).

    Not one whose account is suspended, who could establish nothing.
    """

    def is_opj(account: Account) -> bool:
        habilitation = account.habilitation_at(now)
        return account.suspended_at is None and habilitation is not None and habilitation.capacity is Capacity.OPJ

    return [account for account in agents_at(station_code) if is_opj(account)]


def ends_soon(account: Account, now: datetime) -> date | None:
    """The last day of an officer's habilitation, when it is near and no other follows."""
    habilitation = account.habilitation_at(now)
    if habilitation is None or habilitation.valid_until is None or account.station is None:
        return None
    today = account.station.commune.local_day(now)
    follows = any(one.is_in_force(habilitation.valid_until + timedelta(days=1)) for one in account.habilitations)
    return None if follows or habilitation.valid_until > today + NOTICE else habilitation.valid_until


def to_warn(now: datetime) -> Iterator[list[Habilitation]]:
    """Batches of habilitations that run out within the notice, told to nobody yet."""
    due = select(Habilitation).where(
        Habilitation.valid_until <= latest_day(now) + NOTICE,
        Habilitation.valid_until >= now.date() - timedelta(days=1),
        Habilitation.ended_at.is_(None),
        Habilitation.warned_at.is_(None),
    )
    last = 0
    while batch := list(db.session.scalars(due.where(Habilitation.id > last).order_by(Habilitation.id).limit(BATCH))):
        last = batch[-1].id
        yield [one for one in batch if ends_soon(_agent_of(one), now) == one.valid_until]


def warn(habilitation: Habilitation, *, now: datetime) -> None:
    """Write once, to the officer and to who answers for the station. Raises AlreadyHandled."""
    once = (Habilitation.id == habilitation.id, Habilitation.warned_at.is_(None))
    if not change(update(Habilitation).where(*once).values(warned_at=now)):
        raise AlreadyHandled
    agent, last_day = _agent_of(habilitation), habilitation.valid_until
    facts = {"station": agent.station and agent.station.name, "valid_until": last_day and last_day.isoformat()}
    for address in sorted({agent.email, *(one.email for one in responsibles_of(agent.station_code or ""))}):
        outbox.post_to(MailKind.HABILITATION_ENDS, address, now=now, **facts)


def _agent_of(habilitation: Habilitation) -> Account:
    return db.session.get_one(Account, habilitation.account_id)


def _unfit(designation: Designation, agent: Account, now: datetime) -> Iterator[Unfit]:
    """Each thing that the law, or plain sense, holds against a designation."""
    is_consulate = agent.station is not None and agent.station.kind is StationKind.CONSULATE
    if designation.is_mayor_or_deputy:
        yield Unfit.MAYOR
    if (designation.capacity is Capacity.CONSUL) is not is_consulate:
        yield Unfit.CAPACITY_ELSEWHERE
    if not designation.authority or not (designation.court or is_consulate):
        yield Unfit.AUTHORITY_MISSING
    if designation.valid_until and designation.valid_until < designation.valid_from:
        yield Unfit.ENDS_BEFORE
    if designation.capacity is Capacity.DELEGUE and not _is_opj_beside(designation.opj, agent, now):
        yield Unfit.OPJ_MISSING


def _is_opj_beside(opj: Account | None, agent: Account, now: datetime) -> bool:
    return opj is not None and opj.id != agent.id and opj in opjs_at(agent.station_code or "", now)
