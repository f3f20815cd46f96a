"""An election is created, or its law or its days corrected: what serves on its days is controlled again, once each.

The election's own row says how far the walk has come. It moves in the transaction of each control, so that a walk that
stopped goes on where it was, and two workers share it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update

from models import left_over, settlement
from models.base import db
from models.journal import Action, Entry
from models.plan import plan_of
from models.procuration import IN_FORCE, Procuration
from models.reach import serves
from models.scrutin import Election, earliest_day
from models.territory import Commune

AS_IT_IS = {"populate_existing": True}
BATCH = 200
SETTLED_AFTER = timedelta(minutes=2)
"""An establishment under way when the election changed did not see it; by then, it has ended (config's time-outs)."""


def walk(now: datetime) -> Iterator[int]:
    """Control again, in order of establishment, one a step; the caller commits after each, and after the last."""
    while election := db.session.scalars(_waiting(now).limit(1), execution_options=AS_IT_IS).first():
        keys = db.session.execute(_next_of(election, now).limit(BATCH)).all()
        version, walked = election.version, election.walked_id
        for at, key in keys:
            if not _advance(election, version, walked, walked_at=at, walked_id=key):
                break
            _recontrol(key, election.id, now)
            walked = key
            yield key
        else:
            if len(keys) < BATCH:
                _advance(election, version, walked, recontrolled_at=now)


def retry(now: datetime) -> Iterator[int]:
    """Try again what failed alone before; the caller commits after each step, and after the last."""
    for key, election_id in left_over.keys(now):
        if left_over.is_taken(key) and _recontrol(key, election_id, now):
            yield key


def count(now: datetime) -> int:
    """How many wait."""
    return sum(
        db.session.scalar(select(func.count()).select_from(_next_of(election, now).order_by(None).subquery())) or 0
        for election in db.session.scalars(_waiting(now))
    )


def _waiting(now: datetime) -> Select[Election]:
    settled = or_(Election.changed_at.is_(None), Election.changed_at <= now - SETTLED_AFTER)
    return select(Election).where(Election.recontrolled_at.is_(None), settled).order_by(Election.id)


def _next_of(election: Election, now: datetime) -> Select[datetime | None, int]:
    """What is in force and serves on its coming days, or is in doubt for it, after the last one that was controlled.

    What it put in doubt and does not reach any more is controlled again too: the doubt goes with its cause. What was
    established after the change was controlled by it.
    """
    changed = election.changed_at
    before = Procuration.established_at <= changed + SETTLED_AFTER if changed else true()
    today = earliest_day(now)
    return (
        select(Procuration.established_at, Procuration.id)
        .join(Commune, Commune.code == Procuration.commune_code)
        .where(Procuration.status.in_(IN_FORCE), Procuration.last_day >= today, before)
        .where(or_(serves(plan_of(election), today), _is_in_doubt_for(election)))
        .where(_is_after(election.walked_at, election.walked_id))
        .order_by(Procuration.established_at, Procuration.id)
    )


def _is_in_doubt_for(election: Election) -> ColumnElement[bool]:
    controlled = select(Entry.id).where(
        Entry.procuration_id == Procuration.id,
        Entry.action == Action.RECONTROLLED,
        Entry.election_id == election.id,
    )
    return and_(Procuration.doubted_at.is_not(None), controlled.correlate(Procuration).exists())


def _is_after(at: datetime | None, key: int | None) -> ColumnElement[bool]:
    if at is None or key is None:
        return true()
    same_instant = and_(Procuration.established_at == at, Procuration.id > key)
    return or_(Procuration.established_at > at, same_instant)


def _advance(election: Election, version: int, walked: int | None, **values: datetime | int | None) -> bool:
    """Take one step of the walk; False when another worker has, or the election was corrected again."""
    advanced = db.session.scalar(
        update(Election)
        .where(
            Election.id == election.id,
            Election.version == version,
            Election.recontrolled_at.is_(None),
            Election.walked_id.is_not_distinct_from(walked),
        )
        .values(**values)
        .returning(Election),
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    return advanced is not None


def _recontrol(key: int, election_id: int | None, now: datetime) -> bool:
    procuration = db.session.get_one(Procuration, key)
    act = partial(settlement.recontrol, procuration, election_id=election_id, now=now)
    return left_over.attempt(act, key, election_id=election_id, now=now)
