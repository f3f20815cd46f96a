"""The electoral roll: its editions, and the tolerant look-up of one elector, which never guesses.

An edition's rows are invisible until `CurrentRoll` points to it. Reading the files is models/roll_file.py's, writing
the editions models/roll_import.py's.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    and_,
    bindparam,
    func,
    select,
    union,
    values,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from models.base import Base, coded, db
from models.identity import Identity, Sex, letters
from models.law import ListType
from models.matching import Found, Match, match, match_by_number
from models.territory import Commune


class RollEdition(Base):
    """One file, read: of one commune or several; `finished_at` stays empty when the import was stopped.

    `written_at` is the last batch's instant, emptied when an import is given up: it can then write no more.
    """

    __tablename__ = "roll_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    started_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    kept: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[int] = mapped_column(default=0)


class CurrentRoll(Base):
    """Which edition a commune's electors are looked up in; one UPDATE changes it.

    `named_at` is empty while the procurations whose people it may name wait to be looked up in it; `walked_id` is the
    last one that was (models/roll_names.py).
    """

    __tablename__ = "current_roll"

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("roll_edition.id"))
    named_at: Mapped[datetime | None]
    walked_id: Mapped[int | None]


class RollElector(Base):
    """One line of a roll, without what matching, bureau and order do not need.

    `birth_date` is empty when the roll does not know the day (`00/00/1953`): `birth_text` is then what it says, and
    there is no `person_key`, by which procurations know whom a roll named (Procuration.mandant_roll_key).
    """

    __tablename__ = "roll_elector"
    __table_args__ = (
        Index("ix_roll_elector_name", "edition_id", "commune_code", "name_key"),
        Index("ix_roll_elector_usual", "edition_id", "commune_code", "usual_key"),
        Index("ix_roll_elector_nne", "nne"),
        Index("ix_roll_elector_person", "person_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("roll_edition.id", ondelete="CASCADE"))
    commune_code: Mapped[str] = mapped_column(String(5))
    list_type: Mapped[ListType] = mapped_column(coded(ListType, 3))
    nne: Mapped[str | None] = mapped_column(String(9))
    birth_name: Mapped[str] = mapped_column(String(120))
    usual_name: Mapped[str | None] = mapped_column(String(120))
    first_names: Mapped[str] = mapped_column(String(120))
    sex: Mapped[Sex] = mapped_column(coded(Sex, 1))
    birth_date: Mapped[date | None]
    birth_text: Mapped[str | None] = mapped_column(String(10))
    name_key: Mapped[str] = mapped_column(String(120))
    usual_key: Mapped[str | None] = mapped_column(String(120))
    person_key: Mapped[str | None] = mapped_column(String(32))
    bureau_code: Mapped[str | None] = mapped_column(String(10))
    bureau_name: Mapped[str | None] = mapped_column(String(120))
    order_number: Mapped[str | None] = mapped_column(String(10))


class UploadState(StrEnum):
    """Where an uploaded roll stands; `arriving` while its parts are being written."""

    ARRIVING = "arriving"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class RollUpload(Base):
    """A roll that a town hall gave: imported by the worker that delivers mail, under a lease like a message's."""

    __tablename__ = "roll_upload"
    __table_args__ = (Index("ix_roll_upload_commune", "commune_code", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    state: Mapped[UploadState] = mapped_column(coded(UploadState, 8), default=UploadState.ARRIVING)
    created_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    rows_read: Mapped[int] = mapped_column(default=0)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("roll_edition.id"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    commune: Mapped[Commune] = relationship()


class RollUploadPart(Base):
    """A piece of the file, compressed, already without the columns that are not kept; gone once it is imported."""

    __tablename__ = "roll_upload_part"

    upload_id: Mapped[int] = mapped_column(ForeignKey("roll_upload.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class RollSummary(NamedTuple):
    """A commune's current roll: when it was imported and how many lines it has, never who is on it."""

    imported_at: datetime
    lines: int


def summaries(commune_codes: Collection[str]) -> dict[str, RollSummary]:
    """The current roll of each of these communes that has one, in one query."""
    counted = (
        select(CurrentRoll.commune_code, RollEdition.finished_at, func.count(RollElector.id))
        .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
        .join(
            RollElector,
            and_(
                RollElector.edition_id == CurrentRoll.edition_id, RollElector.commune_code == CurrentRoll.commune_code
            ),
        )
        .where(CurrentRoll.commune_code.in_(commune_codes))
        .group_by(CurrentRoll.commune_code, RollEdition.finished_at)
    )
    return {code: RollSummary(at, lines) for code, at, lines in db.session.execute(counted) if at is not None}


class LookUp(NamedTuple):
    """Who is looked for, in the current roll of which commune; the elector's number may be all that leads there."""

    commune_code: str
    person: Identity
    nne: str | None


class Number(NamedTuple):
    """An elector's number, and the birth date that must go with it, looked for in every current roll."""

    nne: str
    birth_date: date


def find_in(commune_code: str, person: Identity, nne: str | None) -> Match:
    """This person in the current roll of that commune (L71, L72)."""
    look_up = LookUp(commune_code, person, nne)
    return find_all([look_up])[look_up]


def find_all(asked: Iterable[LookUp]) -> dict[LookUp, Match]:
    """Each in the current roll of its commune (L71, L72), in two queries however many they are.

    Who is not there may be on a line set aside.
    """
    asked = set(asked)
    if not asked:
        return {}
    editions = _current_editions({one.commune_code for one in asked})
    lines = _lines_of([one for one in asked if one.commune_code in editions], editions)
    return {one: _answer(one, lines, editions.get(one.commune_code)) for one in asked}


def find_by_number(nne: str, birth_date: date) -> Match:
    """The one person of any current roll who has this elector's number and this birth date, and in which commune."""
    number = Number(nne, birth_date)
    return find_numbers([number])[number]


def find_numbers(asked: Collection[Number]) -> dict[Number, Match]:
    """The same of several numbers, in one query, whatever it finds."""
    if not asked:
        return {}
    theirs = RollElector.nne.in_({one.nne for one in asked})
    lines = db.session.scalars(select(RollElector).join(CurrentRoll, _is_current()).where(theirs)).all()
    found = {one: match_by_number(*one, lines) for one in asked}
    return {number: replace(one, commune_code=_commune_of(one, lines)) for number, one in found.items()}


def has_roll(commune_code: str) -> bool:
    """Whether that commune has a current roll."""
    return db.session.scalar(_CURRENT, {"commune_code": commune_code}) is not None


_CURRENT = select(CurrentRoll.commune_code).where(
    CurrentRoll.commune_code == bindparam("commune_code"), CurrentRoll.edition_id.is_not(None)
)


def _is_current() -> ColumnElement[bool]:
    """A line of the roll in which its commune's electors are looked up."""
    return and_(CurrentRoll.edition_id == RollElector.edition_id, CurrentRoll.commune_code == RollElector.commune_code)


def _commune_of(match: Match, lines: Iterable[RollElector]) -> str | None:
    """The one commune where they are registered."""
    communes = {line.commune_code for line in lines if line in match.electors}
    return communes.pop() if len(communes) == 1 else None


class _Edition(NamedTuple):
    """A commune's current edition, and how many lines of it were set aside."""

    id: int
    set_aside: int


def _current_editions(commune_codes: Collection[str]) -> dict[str, _Edition]:
    """Of each of these communes that has a roll."""
    current = db.session.execute(_CURRENT_EDITIONS, {"commune_codes": list(commune_codes)})
    return {code: _Edition(*edition) for code, *edition in current}


_CURRENT_EDITIONS = (
    select(CurrentRoll.commune_code, RollEdition.id, RollEdition.set_aside)
    .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
    .where(CurrentRoll.commune_code.in_(bindparam("commune_codes", expanding=True)))
)


def _lines_of(asked: Collection[LookUp], editions: Mapping[str, _Edition]) -> dict[tuple[str, str], list[RollElector]]:
    """The lines of the current rolls that may be theirs, by commune and each name or number that leads to them.

    A search a column: of one search by this or that, neither database would use the indexes for many people.
    """
    if not asked:
        return {}
    names = sorted({(editions[one.commune_code].id, one.commune_code, letters(one.person.birth_name)) for one in asked})
    numbers = sorted({one.nne for one in asked if one.nne})
    searches = [_named(names, RollElector.name_key), _named(names, RollElector.usual_key)]
    searches += [select(RollElector.id).where(RollElector.nne.in_(numbers))] if numbers else []
    found: dict[tuple[str, str], list[RollElector]] = {}
    for line in db.session.scalars(select(RollElector).where(RollElector.id.in_(union(*searches)))):
        if line.commune_code in editions and line.edition_id == editions[line.commune_code].id:
            for key in {line.name_key, line.usual_key, line.nne} - {None}:
                found.setdefault((line.commune_code, str(key)), []).append(line)
    return found


def _named(names: Sequence[tuple[int, str, str]], column: InstrumentedAttribute[Any]) -> Select[int]:
    """The lines that bear, in this column, one of these names of the commune of that edition."""
    sought = (Column("edition", Integer), Column("code", String), Column("name", String))
    wanted = values(*sought, name=f"wanted_{column.key}").data(names).cte()
    same_roll = and_(RollElector.edition_id == wanted.c.edition, RollElector.commune_code == wanted.c.code)
    return select(RollElector.id).join(wanted, and_(same_roll, column == wanted.c.name))


def _answer(one: LookUp, lines: Mapping[tuple[str, str], list[RollElector]], edition: _Edition | None) -> Match:
    if edition is None:
        return Match(Found.NO_ROLL, one.commune_code)
    keys = {letters(one.person.birth_name), one.nne} - {None}
    theirs = {line.id: line for key in keys for line in lines.get((one.commune_code, str(key)), ())}
    found = match(one.person, one.nne, [theirs[key] for key in sorted(theirs)], one.commune_code)
    is_certain = edition.set_aside == 0 or found.found is not Found.NONE
    return found if is_certain else Match(Found.SET_ASIDE, one.commune_code)
