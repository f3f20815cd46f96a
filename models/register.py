"""The electoral roll: its editions, and the tolerant look-up of one elector, which never guesses.

An edition's rows are invisible until `CurrentRoll` points to it. Reading the files is models/roll_file.py's, writing
the editions models/roll_import.py's.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, coded, db
from models.identity import Identity, Sex
from models.law import ListType


class RollEdition(Base):
    """One file, read: of one commune or several. `finished_at` stays empty when the import was stopped."""

    __tablename__ = "roll_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    kept: Mapped[int] = mapped_column(default=0)
    set_aside: Mapped[int] = mapped_column(default=0)


class CurrentRoll(Base):
    """Which edition a commune's electors are looked up in; one UPDATE changes it."""

    __tablename__ = "current_roll"

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("roll_edition.id"))


class RollElector(Base):
    """One line of a roll, without what matching, bureau and order do not need.

    `birth_date` is empty when the roll does not know the day (`00/00/1953`): `birth_text` is then what it says.
    """

    __tablename__ = "roll_elector"
    __table_args__ = (
        Index("ix_roll_elector_name", "edition_id", "name_key"),
        Index("ix_roll_elector_usual", "edition_id", "usual_key"),
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
    """Where an uploaded roll stands."""

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
    state: Mapped[UploadState] = mapped_column(coded(UploadState, 8), default=UploadState.WAITING)
    created_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    rows_read: Mapped[int] = mapped_column(default=0)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("roll_edition.id"))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class RollUploadPart(Base):
    """A piece of the file, compressed, already without the columns that are not kept; gone once it is imported."""

    __tablename__ = "roll_upload_part"

    upload_id: Mapped[int] = mapped_column(ForeignKey("roll_upload.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Found(StrEnum):
    """What a look-up says; `no_roll`: that commune has given none, nobody can tell."""

    ONE = "one"
    NONE = "none"
    SEVERAL = "several"
    UNCERTAIN = "uncertain"
    NO_ROLL = "no_roll"


@dataclass(frozen=True)
class Match:
    """The answer to « who is this in that roll? »: one person (`found` is ONE), or why a person must look.

    `identity` and `nne` are the roll's, `list_types` every list that person is on, `electors` the rows looked at.
    """

    found: Found
    commune_code: str | None = None
    identity: Identity | None = None
    nne: str | None = None
    list_types: frozenset[ListType] = frozenset()
    electors: tuple[RollElector, ...] = ()


def find_in(commune_code: str, person: Identity, nne: str | None) -> Match:
    """This person in the current roll of that commune."""
    edition_id = db.session.scalar(select(CurrentRoll.edition_id).where(CurrentRoll.commune_code == commune_code))
    if edition_id is None:
        return Match(Found.NO_ROLL, commune_code)
    raise NotImplementedError


def find_by_number(nne: str, birth_date: date) -> Match:
    """The one person of any current roll who has this elector's number and this birth date."""
    raise NotImplementedError
