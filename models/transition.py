"""How a status changes, and how its mandant is told: the only writer of `Procuration.status` after its insertion."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Update, and_, bindparam, update
from sqlalchemy.orm import lazyload
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from models import outbox, rules
from models.base import db
from models.errors import AlreadyHandled
from models.memory import look_again
from models.outbox import MailKind
from models.procuration import Procuration, Status


def move(
    procuration: Procuration,
    from_: Collection[Status],
    to: Status,
    alive_on: date | None = None,
    unless: Mapping[str, Any] | None = None,
    **values: Any,
) -> None:
    """Change the status where it still is what the actor saw, and with `alive_on` has not expired that day.

    `unless`: columns that say, by these values, that the act was done already, where it leaves the status as it is.
    Raises AlreadyHandled when it is not to be done.
    """
    done = {f"_not_{name}": value for name, value in (unless or {}).items()}
    given = {"_id": procuration.id, "_from": list(from_), "_alive_on": alive_on, "status": to, **values, **done}
    moved = db.session.scalar(
        _move_of(frozenset(values), frozenset(unless or ()), is_dated=alive_on is not None),
        given,
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    look_again()
    if moved is None:
        db.session.refresh(procuration)
        raise AlreadyHandled


class Changes:
    """What becomes of rows that this transaction holds (models.base.locking): seen at once, written together."""

    def __init__(self) -> None:
        self._criteria: dict[int, dict[str, Any]] = {}
        self._values: dict[int, dict[str, Any]] = {}

    def add(self, procuration: Procuration, **values: Any) -> None:
        """Change a row for whoever reads it in this session; `write` sends it."""
        self._criteria.setdefault(procuration.id, {"_id": procuration.id, "_status": procuration.status})
        self._values.setdefault(procuration.id, {}).update(values)
        for name, value in values.items():
            set_committed_value(procuration, name, value)

    def write(self) -> None:
        """Send what waits, a statement for all rows that change in the same columns.

        Raises AlreadyHandled when one was not held after all: nothing of the transaction may then stay.
        """
        alike: dict[tuple[str, ...], list[int]] = {}
        for key, values in self._values.items():
            alike.setdefault(tuple(sorted(values)), []).append(key)
        for columns, keys in alike.items():
            rows = [self._criteria[key] | self._values[key] for key in keys]
            if db.session.connection().execute(_change_of(columns), rows).rowcount != len(rows):
                raise AlreadyHandled
        self._criteria, self._values = {}, {}


@cache
def _move_of(columns: frozenset[str], unless: frozenset[str], *, is_dated: bool) -> ReturningUpdate[Procuration]:
    """The status and these columns, prepared: there are as many as kinds of acts."""
    row = update(Procuration).where(
        Procuration.id == bindparam("_id"), Procuration.status.in_(bindparam("_from", expanding=True))
    )
    table = Procuration.__table__
    row = row.where(*(table.c[name].is_distinct_from(bindparam(f"_not_{name}")) for name in sorted(unless)))
    alive = row.where(Procuration.expires_on >= bindparam("_alive_on")) if is_dated else row
    moved = alive.values(_given(("status", *columns))).returning(Procuration)
    return moved.options(lazyload(Procuration.polling_days))


@cache
def _change_of(columns: tuple[str, ...]) -> Update:
    """These columns of a row that still stands where it was read."""
    table = Procuration.__table__
    is_row = and_(table.c.id == bindparam("_id"), table.c.status == bindparam("_status"))
    return update(Procuration).where(is_row).values(_given(columns))


def _given(columns: Collection[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(name, type_=Procuration.__table__.c[name].type) for name in columns}


def tell(kind: MailKind, procuration: Procuration, now: datetime, **facts: Any) -> None:
    """Post what every message needs, and these facts of its own."""
    outbox.post(kind, procuration, now=now, **facts_of(procuration), **facts)


def facts_of_visit(procuration: Procuration, now: datetime) -> dict[str, Any]:
    """What a message that asks for the visit needs: until when, and whether to a consulate alone (R74, unread)."""
    is_for_consulate = rules.needs_consulate(procuration, procuration.commune.local_day(now))
    return {
        "expires_on": procuration.expires_on.isoformat(),
        **({"for_a_consulate_only": True} if is_for_consulate else {}),
    }


def facts_of(procuration: Procuration) -> dict[str, Any]:
    """What every message needs: the reference, where the vote is, for which days."""
    return {
        "reference": procuration.reference,
        "commune": procuration.commune.name,
        "time_zone": procuration.commune.time_zone,
        "days": [day.isoformat() for day in procuration.days],
        "valid_until": procuration.valid_until.isoformat() if procuration.valid_until else None,
    }
