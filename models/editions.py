"""The additive list: numbered editions, each of what changed since the one before (docs/decisions/editions.md)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Subquery,
    UniqueConstraint,
    case,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models import journal, signing_list
from models.account import Account
from models.base import Base, coded, db, inserting, locking
from models.journal import Action
from models.procuration import Procuration, Status
from models.signing_list import BATCH, Line, Place
from models.territory import Commune


class SigningList(Base):
    """The list of one commune for one polling day; its row is held while an edition is made. 0: none yet."""

    __tablename__ = "signing_list"

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last_number: Mapped[int] = mapped_column(default=0, server_default="0")


class Edition(Base):
    """One print: its number in that list, when and by whom it was made."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("commune_code", "day", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    day: Mapped[date]
    number: Mapped[int]
    made_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class EditionChange(Base):
    """A procuration that this edition adds to a bureau, or removes from it; `status` says why it went.

    The place is kept as it was printed: a new roll changes no edition.
    """

    __tablename__ = "edition_change"
    __table_args__ = (Index("ix_edition_change_edition", "edition_id", "bureau"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    procuration_id: Mapped[int] = mapped_column(ForeignKey("procuration.id", ondelete="CASCADE"), index=True)
    is_added: Mapped[bool]
    status: Mapped[Status] = mapped_column(coded(Status, 12))
    bureau: Mapped[str] = mapped_column(String(10))
    bureau_name: Mapped[str] = mapped_column(String(120))
    order_number: Mapped[str] = mapped_column(String(10))

    procuration: Mapped[Procuration] = relationship()

    @property
    def place(self) -> Place:
        """Where it was printed."""
        return Place(self.bureau, self.bureau_name, self.order_number)


@dataclass(frozen=True)
class Changes:
    """What is on the list now and not on the last edition, and the other way round: procuration and place."""

    added: dict[int, Place]
    removed: dict[int, Place]

    @property
    def bureaux(self) -> list[str]:
        """Those where something changed, in their order."""
        found = {place.bureau for places in (self.added, self.removed) for place in places.values()}
        return sorted(found, key=signing_list.bureau_rank)

    def in_bureau(self, bureau: str) -> int:
        """The counter that a bureau sees."""
        return sum(place.bureau == bureau for places in (self.added, self.removed) for place in places.values())

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def make(commune: Commune, day: date, *, after: int, clerk: Account, now: datetime) -> int:
    """Print what changed (article R76, unread since 2022): the number of the edition.

    `after` is the last edition that the clerk saw: a second click finds that it has a successor, and makes none. So
    does a list where nothing has changed, but for its first edition.
    """
    current = _held(commune, day)
    if current.last_number != after:
        return current.last_number
    changed = changes(commune, day, signing_list.lines(commune, day))
    if not changed and after:
        return after
    current.last_number += 1
    edition = Edition(commune_code=commune.code, day=day, number=current.last_number, made_at=now, account_id=clerk.id)
    db.session.add(edition)
    db.session.flush()
    _keep(edition, changed)
    journal.record(Action.EDITION_MADE, now=now, account=clerk, desk=commune.code, detail=f"{day} {edition.number}")
    return edition.number


def changes(commune: Commune, day: date, lines: Iterable[Line]) -> Changes:
    """What the next edition would hold, `lines` being the list as one statement has just read it.

    A procuration that changes bureau leaves one and enters the other.
    """
    printed, present = _printed(commune, day), {line.procuration.id: line.place for line in lines}
    moved = {key for key in printed.keys() & present.keys() if printed[key].bureau != present[key].bureau}
    return Changes(
        added={key: present[key] for key in present.keys() - printed.keys() | moved},
        removed={key: printed[key] for key in printed.keys() - present.keys() | moved},
    )


def editions_of(commune: Commune, day: date) -> list[Edition]:
    """Every edition of this list, the last first."""
    own = select(Edition).where(Edition.commune_code == commune.code, Edition.day == day)
    return list(db.session.scalars(own.order_by(Edition.number.desc())))


def last_editions(lists: Iterable[tuple[Commune, date]]) -> dict[tuple[str, date], Edition]:
    """The last edition of each of these lists that has one, by the commune's code and the day."""
    asked = {(commune.code, day) for commune, day in lists}
    # Of pairs, SQLite would read every edition there is.
    codes, days = {code for code, _ in asked}, {day for _, day in asked}
    editions = select(Edition).where(Edition.commune_code.in_(codes), Edition.day.in_(days)).order_by(Edition.number)
    last = {(edition.commune_code, edition.day): edition for edition in db.session.scalars(editions)}
    return {one: edition for one, edition in last.items() if one in asked}


def on_paper(codes: Collection[str], day: date, up_to: int | None = None) -> Subquery:
    """What all editions of these communes' lists, or those up to that number, leave on them.

    `procuration_id`, and `line_id`, the line that last added it.
    """
    balance = func.sum(case((EditionChange.is_added, 1), else_=-1))
    last_addition = func.max(case((EditionChange.is_added, EditionChange.id)))
    left = (
        select(EditionChange.procuration_id, last_addition.label("line_id"))
        .join(Edition, Edition.id == EditionChange.edition_id)
        .where(Edition.commune_code.in_(codes), Edition.day == day)
    )
    if up_to is not None:
        left = left.where(Edition.number <= up_to)
    return left.group_by(EditionChange.procuration_id).having(balance > 0).subquery()


def content(edition: Edition, bureau: str | None = None) -> list[EditionChange]:
    """What it adds and removes, the same each time it is printed; in one bureau only when it is named."""
    return _read(EditionChange.edition_id == edition.id, bureau)


def whole(edition: Edition, bureau: str | None = None) -> list[EditionChange]:
    """The additions that this edition and those before leave on the list: the whole of it, the same each time."""
    left = on_paper([edition.commune_code], edition.day, edition.number)
    return _read(EditionChange.id.in_(select(left.c.line_id)), bureau)


def _held(commune: Commune, day: date) -> SigningList:
    """The list's row, made when absent, held until the transaction ends."""
    db.session.execute(inserting(SigningList).values(commune_code=commune.code, day=day).on_conflict_do_nothing())
    own = select(SigningList).where(SigningList.commune_code == commune.code, SigningList.day == day)
    held: SigningList = db.session.scalars(locking(own, of=SigningList).execution_options(populate_existing=True)).one()
    return held


def _printed(commune: Commune, day: date) -> dict[int, Place]:
    """What all editions together leave on the list, where it was printed."""
    left = on_paper([commune.code], day)
    rows = select(
        EditionChange.procuration_id, EditionChange.bureau, EditionChange.bureau_name, EditionChange.order_number
    ).join(left, left.c.line_id == EditionChange.id)
    return {key: Place(*place) for key, *place in db.session.execute(rows)}


def _read(criterion: ColumnElement[bool], bureau: str | None) -> list[EditionChange]:
    """In the order of the roll as it was printed, then of names."""
    own = select(EditionChange).where(criterion)
    if bureau is not None:
        own = own.where(EditionChange.bureau == bureau)
    found = db.session.scalars(own.options(joinedload(EditionChange.procuration, innerjoin=True)))
    return sorted(found, key=lambda one: signing_list.in_order(one.place, one.procuration))


def _keep(edition: Edition, changed: Changes) -> None:
    """Write its lines in one statement, however many."""
    status = _statuses(changed.removed)
    lines = [
        {
            "edition_id": edition.id,
            "procuration_id": key,
            "is_added": is_added,
            "status": Status.VALIDATED if is_added else status[key],
            "bureau": place.bureau,
            "bureau_name": place.bureau_name,
            "order_number": place.order_number,
        }
        for is_added, places in ((False, changed.removed), (True, changed.added))
        for key, place in places.items()
    ]
    if lines:
        db.session.execute(insert(EditionChange), lines)


def _statuses(keys: Collection[int]) -> dict[int, Status]:
    """Where each of these stands, a query a batch."""
    found: dict[int, Status] = {}
    ordered = sorted(keys)
    for first in range(0, len(ordered), BATCH):
        rows = select(Procuration.id, Procuration.status).where(Procuration.id.in_(ordered[first : first + BATCH]))
        found |= dict(db.session.execute(rows).all())
    return found
