"""What supervision asks for: an election valid by default, and what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.dates import now
from models import elections
from models.account import Account, Role
from models.base import db
from models.errors import ElectionRefused, Fault
from models.journal import Action, Entry
from models.law import Ceiling, ControlRegime, Law, ListType
from models.plan import Plan, Tour
from models.scrutin import Election, ElectionKind
from tests.builders import World, numbers

OVERSEAS = ("971", "972", "973", "975", "977", "978", "987")
LAW = Law(
    control_regime=ControlRegime.TOWN_HALL,
    ceiling=Ceiling(2, 1, 3),
    same_commune_required=False,
    list_types=frozenset({ListType.LP}),
    online_revocation=True,
    certified_identity=False,
)


def a_plan(world: World, *days: date, law: Mapping[str, Any] | None = None, **changes: Any) -> Plan:
    """Two tours to come, everywhere in France, under the law of today."""
    values: dict[str, Any] = {
        "name": f"Élections municipales {next(numbers)}",
        "kind": ElectionKind.MUNICIPAL,
        "tours": tuple(Tour(day) for day in days or (world.a_sunday(8), world.a_sunday(9))),
        "territories": {"FR": None},
        "law": replace(LAW, **(law or {})),
    }
    return Plan(**(values | changes))


def saturdays(day: date, codes: tuple[str, ...] = OVERSEAS) -> Tour:
    """A tour on that Sunday; the day before in these territories."""
    return Tour(day, dict.fromkeys(codes, day - timedelta(days=1)))


def created(
    world: World, plan: Plan | None = None, account: Account | None = None, at: datetime | None = None
) -> Election:
    """An election that the ministry has announced."""
    ministry = account or world.an_account(Role.MINISTRY)
    election = elections.create(plan or a_plan(world), account=ministry, now=at or now())
    db.session.commit()
    return election


def corrected(
    world: World, election: Election, plan: Plan, seen: int | None = None, at: datetime | None = None
) -> None:
    ministry = world.an_account(Role.MINISTRY)
    elections.correct(election, plan, seen=seen or election.version, account=ministry, now=at or now())
    db.session.commit()


def faults(error: ElectionRefused) -> list[Fault]:
    return [problem.fault for problem in error.problems]


def journal_of(election: Election) -> list[tuple[Action, str | None]]:
    """What the journal says of an election, in order."""
    db.session.rollback()
    entries = select(Entry).where(Entry.election_id == election.id).order_by(Entry.id)
    return [(entry.action, entry.detail) for entry in db.session.scalars(entries)]
