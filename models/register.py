"""The electoral roll: its editions, and the tolerant look-up of one elector, which never guesses.

An edition's rows are invisible until `CurrentRoll` points to it. Reading the files is models/roll_file.py's, writing
the editions models/roll_import.py's.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, and_, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

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

    `birth_date` is empty when the roll does not know the day (`00/00/1953`): `birth_text` is then what it says.
    """

    __tablename__ = "roll_elector"
    __table_args__ = (
        Index("ix_roll_elector_name", "edition_id", "commune_code", "name_key"),
        Index("ix_roll_elector_usual", "edition_id", "commune_code", "usual_key"),
        Index("ix_roll_elector_nne", "nne"),
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


def find_in(commune_code: str, person: Identity, nne: str | None) -> Match:
    """This person in the current roll of that commune (L71, L72), in one query.

    Who is not there may be on a line set aside.
    """
    name = letters(person.birth_name)
    same = or_(RollElector.name_key == name, RollElector.usual_key == name, *([RollElector.nne == nne] if nne else []))
    rows = db.session.execute(
        select(RollEdition.set_aside, RollElector)
        .select_from(CurrentRoll)
        .join(RollEdition, RollEdition.id == CurrentRoll.edition_id)
        .outerjoin(
            RollElector,
            and_(
                RollElector.edition_id == CurrentRoll.edition_id,
                RollElector.commune_code == CurrentRoll.commune_code,
                same,
            ),
        )
        .where(CurrentRoll.commune_code == commune_code, CurrentRoll.edition_id.is_not(None))
    ).all()
    if not rows:
        return Match(Found.NO_ROLL, commune_code)
    found = match(person, nne, [line for _, line in rows if line is not None], commune_code)
    is_whole = rows[0].set_aside == 0
    return found if is_whole or found.found is not Found.NONE else Match(Found.SET_ASIDE, commune_code)


def find_by_number(nne: str, birth_date: date) -> Match:
    """The one person of any current roll who has this elector's number and this birth date, and in which commune.

    In one query, whatever it finds.
    """
    lines = db.session.scalars(
        select(RollElector)
        .join(
            CurrentRoll,
            and_(
                CurrentRoll.edition_id == RollElector.edition_id, CurrentRoll.commune_code == RollElector.commune_code
            ),
        )
        .where(RollElector.nne == nne)
    ).all()
    found = match_by_number(nne, birth_date, lines)
    communes = {line.commune_code for line in lines if line in found.electors}
    return replace(found, commune_code=communes.pop() if len(communes) == 1 else None)


def has_roll(commune_code: str) -> bool:
    """Whether that commune has a current roll."""
    current = select(CurrentRoll.commune_code).where(
        CurrentRoll.commune_code == commune_code, CurrentRoll.edition_id.is_not(None)
    )
    return db.session.scalar(current) is not None
