"""What the last edition of the additive list does not say, for the next vote of each of a clerk's communes (T14)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, not_, or_, select
from sqlalchemy.orm import joinedload

from models import late_arrivals, perimeter
from models.account import Account
from models.base import db
from models.coming_days import coming_days
from models.desk_settings import DeskSettings, settings_of
from models.editions import Edition, last_editions, on_paper
from models.late_arrivals import LateArrival, Seen
from models.procuration import Procuration, Status
from models.signing_list import covers, is_for
from models.territory import Commune

MOST_SHOWN = 200


@dataclass(frozen=True)
class Line:
    """One procuration; `late` when it came after the closing time, `seen` once a clerk has opened it."""

    procuration: Procuration
    late: LateArrival | None
    seen: Seen | None


@dataclass(frozen=True)
class Since:
    """One commune and one of its votes; without an edition yet, only what came after `closing`."""

    commune: Commune
    day: date
    closing: datetime
    edition: Edition | None
    to_decide: list[Line] = field(default_factory=list)
    to_add: list[Line] = field(default_factory=list)
    to_remove: list[Line] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.to_decide) + len(self.to_add) + len(self.to_remove)

    def __bool__(self) -> bool:
        return bool(self.count)


def since_edition(clerk: Account, now: datetime) -> list[Since]:
    """The next vote of each of the clerk's communes, and any other whose closing time has passed; by commune and day.

    As many queries for ten communes as for one.
    """
    coming, own = coming_days(clerk.communes, now), settings_of(clerk.communes)
    chosen = [(one, day) for one in clerk.communes for day in _chosen(one, coming[one.code], own[one.code], now)]
    last = last_editions(chosen)
    lists = [Since(one, day, own[one.code].closes_at(day, one), last.get((one.code, day))) for one, day in chosen]
    for day in sorted({one.day for one in lists}):
        _fill([one for one in lists if one.day == day], day, clerk)
    return lists


def _chosen(commune: Commune, days: Sequence[date], own: DeskSettings, now: datetime) -> list[date]:
    return [day for number, day in enumerate(days) if number == 0 or own.closes_at(day, commune) <= now]


def _fill(lists: Sequence[Since], day: date, clerk: Account) -> None:
    """Put each line in the list of its commune."""
    of = {one.commune.code: one for one in lists}
    for line in _lines(_rows(lists, day, clerk)):
        _put(line, of[line.procuration.commune_code])


def _rows(lists: Sequence[Since], day: date, clerk: Account) -> Sequence[Procuration]:
    """What is not on the editions and serves, or may; and what is on them and serves no more. The newest first."""
    codes = [one.commune.code for one in lists]
    paper = on_paper(codes, day)
    is_printed = paper.c.procuration_id.is_not(None)
    serves = and_(Procuration.status == Status.VALIDATED, covers(day))
    may_serve = and_(Procuration.status.in_([Status.ESTABLISHED, Status.VALIDATED]), covers(day))
    shown = (
        select(Procuration)
        .outerjoin(paper, paper.c.procuration_id == Procuration.id)
        .where(perimeter.visible_to(clerk), Procuration.commune_code.in_(codes))
        .where(case((is_printed, not_(serves)), else_=and_(may_serve, _came_since(lists))))
    )
    newest = shown.order_by(Procuration.established_at.desc(), Procuration.id.desc()).limit(MOST_SHOWN)
    loaded = newest.options(joinedload(Procuration.commune, innerjoin=True))
    return db.session.scalars(loaded).unique().all()


def _came_since(lists: Iterable[Since]) -> ColumnElement[bool]:
    """Whenever, where there is an edition to compare with; after the closing time where there is none."""
    with_edition = [one.commune.code for one in lists if one.edition]
    late = [
        and_(
            Procuration.commune_code == one.commune.code,
            or_(
                Procuration.established_at >= one.closing,
                Procuration.received_on >= one.commune.local_day(one.closing),
            ),
        )
        for one in lists
        if not one.edition
    ]
    return or_(Procuration.commune_code.in_(with_edition), *late)


def _lines(rows: Sequence[Procuration]) -> list[Line]:
    keys = [row.id for row in rows]
    arrivals = db.session.scalars(select(LateArrival).where(LateArrival.procuration_id.in_(keys)))
    late = {arrival.procuration_id: arrival for arrival in arrivals}
    seen = late_arrivals.seen(keys)
    return [Line(row, late.get(row.id), seen.get(row.id)) for row in rows]


def _put(line: Line, since: Since) -> None:
    one = line.procuration
    if one.status is Status.ESTABLISHED:
        since.to_decide.append(line)
    elif one.status is Status.VALIDATED and is_for(one, since.day):
        since.to_add.append(line)
    else:
        since.to_remove.append(line)
