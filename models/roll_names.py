"""A roll becomes current: whoever it now names in a procuration in force is counted under that name (L72, L73, L75).

The commune's row says how far the walk has come. It moves in the transaction of each new control, so that a walk that
stopped goes on where it was, and two workers share it. What the roll teaches nothing about is only read.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Select, select, union, update

from models import left_over, naming, settlement
from models.base import change, db
from models.procuration import IN_FORCE, Procuration
from models.recontrol import BATCH, SETTLED_AFTER
from models.register import CurrentRoll, RollEdition, RollElector
from models.scrutin import earliest_day


def walk(now: datetime) -> Iterator[int | None]:
    """Control again what the new rolls name otherwise, one a step; None after what was only read.

    The caller commits after each step, and after the last.
    """
    while roll := db.session.execute(_waiting(now).limit(1)).one_or_none():
        code, edition_id, walked = roll
        keys = _batch(code, edition_id, walked, now)
        for key in keys:
            procuration = db.session.get_one(Procuration, key, populate_existing=True)
            if not _is_news(procuration):
                continue
            if not _advance(code, edition_id, walked, walked_id=key):
                break
            walked = key
            _rename(procuration, now)
            yield key
        else:
            _advance(code, edition_id, walked, **({"walked_id": keys[-1]} if len(keys) == BATCH else {"named_at": now}))
            yield None


def count(now: datetime) -> int:
    """How many would be controlled again."""
    found = 0
    for code, edition_id, walked in db.session.execute(_waiting(now)).all():
        while keys := _batch(code, edition_id, walked, now):
            found += sum(_is_news(db.session.get_one(Procuration, key)) for key in keys)
            walked = keys[-1]
    return found


def _batch(code: str, edition_id: int, walked: int | None, now: datetime) -> Sequence[int]:
    return db.session.scalars(_next_of(code, edition_id, walked, now).limit(BATCH)).all()


def _is_news(procuration: Procuration) -> bool:
    return bool(naming.news(procuration, naming.look_up(procuration)))


def _rename(procuration: Procuration, now: datetime) -> None:
    left_over.attempt(partial(settlement.rename, procuration, now=now), procuration.id, now=now)


def _waiting(now: datetime) -> Select[str, int, int | None]:
    """An establishment under way at the switch did not see the new roll; by now, it has ended."""
    return (
        select(CurrentRoll.commune_code, RollEdition.id, CurrentRoll.walked_id)
        .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
        .where(CurrentRoll.named_at.is_(None), RollEdition.finished_at <= now - SETTLED_AFTER)
        .order_by(CurrentRoll.commune_code)
    )


def _next_of(code: str, edition_id: int, walked: int | None, now: datetime) -> Select[int]:
    """What is in force and gives or entrusts a vote to somebody whom this roll may name, after the last looked up.

    A mandataire known by number may be of any commune, whichever the mandant named.
    """
    in_force = (
        Procuration.status.in_(IN_FORCE),
        Procuration.last_day >= earliest_day(now),
        Procuration.id > (walked or 0),
    )
    numbers = select(RollElector.nne).where(RollElector.edition_id == edition_id, RollElector.commune_code == code)
    by_number = Procuration.mandataire_nne.in_(numbers)
    found = union(
        *(
            select(Procuration.id).where(*in_force, whose)
            for whose in (Procuration.commune_code == code, Procuration.mandataire_commune_code == code, by_number)
        )
    ).subquery()
    return select(found.c.id).order_by(found.c.id)


def _advance(code: str, edition_id: int, walked: int | None, **values: datetime | int) -> bool:
    """Take one step of the walk; False when another worker has, or the roll was replaced again."""
    is_there = (
        CurrentRoll.commune_code == code,
        CurrentRoll.edition_id == edition_id,
        CurrentRoll.walked_id.is_not_distinct_from(walked),
        CurrentRoll.named_at.is_(None),
    )
    return bool(change(update(CurrentRoll).where(*is_there).values(**values)))
