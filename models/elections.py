"""Supervision's two acts: an election is created, and corrected while it is not over.

Each is conditional, journaled, and asks for a new control of what serves on its days (models/recontrol.py).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models import journal
from models.account import Account, Role
from models.base import db
from models.errors import AlreadyHandled, ElectionRefused, Fault, NotAllowed, NotHabilitated, Problem
from models.journal import Action
from models.law import ControlRegime
from models.plan import CONTROLLED, MOVING, Part, Plan, Tour, changed, plan_of, problems_with
from models.scrutin import Election, ElectionTerritory, LocalPollingDay, Scrutin, Stage, earliest_day, moved_tours


def check(election: Election | None, plan: Plan, *, seen: int = 0, account: Account, now: datetime) -> list[Part]:
    """What the act would change; of a new election, everything. Raises what the act would."""
    _require_ministry(account)
    if election is None:
        _refuse(problems_with(plan, None, now) or _about_other_names(plan.name, None))
        return list(Part)
    before = plan_of(election)
    if election.stage(now) is Stage.PAST:
        raise NotAllowed
    if election.version != seen:
        raise AlreadyHandled
    _refuse(problems_with(plan, before, now) or _about_other_names(plan.name, election))
    parts = changed(before, plan)
    _refuse([] if parts else [Problem(Fault.NOTHING_CHANGED)])
    return parts


def create(plan: Plan, *, account: Account, now: datetime) -> Election:
    """Announce an election. Raises NotHabilitated, ElectionRefused."""
    check(None, plan, account=account, now=now)
    election = Election(changed_at=now, moved_days=_coming(dict.fromkeys(plan.every_day, ()), now))
    _write(election, plan)
    _flush(election)
    journal.record(Action.ELECTION_CREATED, now=now, account=account, election_id=election.id, detail=plan.kind)
    return election


def correct(election: Election, plan: Plan, *, seen: int, account: Account, now: datetime) -> None:
    """Change an election that is not over; `seen` is the version that the correction was made from.

    Raises NotHabilitated, NotAllowed (it is over), AlreadyHandled (somebody corrected it meanwhile), ElectionRefused.
    """
    parts, before = check(election, plan, seen=seen, account=account, now=now), plan_of(election)
    _claim(election, seen, now, is_controlled_again=not CONTROLLED.isdisjoint(parts))
    if MOVING & set(parts):
        election.moved_days = _coming({**dict.fromkeys(plan.every_day, ()), **_former_tours(election, before)}, now)
    _write(election, plan)
    _flush(election)
    codes = " ".join(parts)
    journal.record(Action.ELECTION_CORRECTED, now=now, account=account, election_id=election.id, detail=codes)


def _former_tours(election: Election, before: Plan) -> Mapping[date, Collection[int]]:
    """By day, the tours that were voted then until this correction, or one of which nobody has been told yet."""
    found = {date.fromisoformat(day): {*tours} for day, tours in moved_tours(election.moved_days).items()}
    for number, tour in enumerate(before.tours, 1):
        for day in tour.every_day:
            found.setdefault(day, set()).add(number)
    return found


def _coming(tours: Mapping[date, Collection[int]], now: datetime) -> dict[str, list[int]]:
    """Of the days that are not over everywhere, as the election keeps them until who chose them is told."""
    return {day.isoformat(): sorted(tours[day]) for day in sorted(tours) if day >= earliest_day(now)}


def _require_ministry(account: Account) -> None:
    if account.role is not Role.MINISTRY:
        raise NotHabilitated


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise ElectionRefused(problems)


def _about_other_names(name: str, election: Election | None) -> list[Problem]:
    other = db.session.scalar(select(Election.id).where(Election.name == name))
    is_taken = other is not None and (election is None or other != election.id)
    return [Problem(Fault.NAME_TAKEN)] if is_taken else []


def _claim(election: Election, seen: int, now: datetime, *, is_controlled_again: bool) -> None:
    """Be the one who corrects that version. Raises AlreadyHandled."""
    values: dict[str, Any] = {"version": seen + 1, "changed_at": now}
    if is_controlled_again:
        values |= {"recontrolled_at": None, "walked_at": None, "walked_id": None}
    claimed = db.session.scalar(
        update(Election)
        .where(Election.id == election.id, Election.version == seen)
        .values(**values)
        .returning(Election),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if claimed is None:
        raise AlreadyHandled


def _flush(election: Election) -> None:
    """Write it; a name taken at the same instant is the database's to see. Raises ElectionRefused."""
    try:
        with db.session.begin_nested():
            db.session.add(election)
    except IntegrityError as error:
        raise ElectionRefused([Problem(Fault.NAME_TAKEN)]) from error


def _write(election: Election, plan: Plan) -> None:
    """Give the rows the plan's values; those that stay are kept."""
    law = plan.law
    election.name, election.kind, election.control_regime = plan.name, plan.kind, law.control_regime
    election.max_total = law.ceiling.max_total
    election.max_established_in_france = law.ceiling.max_established_in_france
    election.max_total_if_consular = law.ceiling.max_total_if_consular
    election.same_commune_required, election.list_types = law.same_commune_required, law.list_types
    election.online_revocation, election.certified_identity = law.online_revocation, law.certified_identity
    election.transmitted_ahead = law.transmitted_ahead
    scrutins = {scrutin.tour: scrutin for scrutin in election.scrutins}
    election.scrutins = [_scrutin(scrutins.get(number), number, tour) for number, tour in enumerate(plan.tours, 1)]
    territories = {territory.code: territory for territory in election.territories}
    election.territories = [_territory(territories.get(code), code, own) for code, own in plan.territories.items()]


def _scrutin(kept: Scrutin | None, number: int, tour: Tour) -> Scrutin:
    scrutin = kept or Scrutin(tour=number)
    scrutin.polling_day = tour.day
    local = {one.code: one for one in scrutin.local_days}
    scrutin.local_days = [_local_day(local.get(code), code, day) for code, day in tour.local_days.items()]
    return scrutin


def _local_day(kept: LocalPollingDay | None, code: str, day: date) -> LocalPollingDay:
    local = kept or LocalPollingDay(code=code)
    local.day = day
    return local


def _territory(kept: ElectionTerritory | None, code: str, regime: ControlRegime | None) -> ElectionTerritory:
    territory = kept or ElectionTerritory(code=code)
    territory.control_regime = regime
    return territory
