"""Agents' accounts: role, station or communes, habilitations, and the password that opens them."""

import hashlib
from datetime import date, datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, false, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HeadOfStream, coded, db
from models.territory import IN_ORDER, Commune, Station

HASHER = PasswordHasher()
PARIS = "Europe/Paris"
MANAGES = "manages_station or manages_communes"
MANAGES_IN_SQLITE = "manages_station = 1 or manages_communes = 1"
"""As each database is asked for it: SQLite knows its index by the very words."""
HASH_OF_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$C4VL/k0LWau+tOxs6f/Jew$H/K5ve5oL74Jj9D0IcUrKlr8tD46AebET3CXFB/Oxy0"
"""Of a password that was drawn and forgotten. Hashing one would slow each start by a quarter of a second."""


class Role(StrEnum):
    """Which desk an account opens; one only."""

    OFFICER = "officer"
    TOWN_HALL = "town_hall"
    MINISTRY = "ministry"
    AUDITOR = "auditor"


class Capacity(StrEnum):
    """In which capacity an officer acts (R72-1, R72-1-1)."""

    OPJ = "opj"
    APJ = "apj"
    RESERVIST = "reservist"
    DELEGUE = "delegue"
    CONSUL = "consul"

    @property
    def may_establish(self) -> bool:
        """A délégué collects and checks; the OPJ establishes (R72-1 V; TA Toulouse, 8 June 1989)."""
        return self is not Capacity.DELEGUE


account_commune = Table(
    "account_commune",
    Base.metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("commune_code", ForeignKey("commune.code"), primary_key=True, index=True),
)


class Habilitation(Base):
    """A designation (R72-1): by whom, for which court, in which capacity, between which days, both included.

    `authority` is the magistrate who designated, or approved (a délégué); a consul's is the head of the post. `opj`:
    the officer of police judiciaire who chose this délégué, and establishes what the délégué passes on (R72-1 V).
    """

    __tablename__ = "habilitation"
    __table_args__ = (Index("ix_habilitation_valid_until", "valid_until", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    capacity: Mapped[Capacity] = mapped_column(coded(Capacity, 12, check="capacity"))
    authority: Mapped[str] = mapped_column(String(120))
    court: Mapped[str | None] = mapped_column(String(120))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    opj_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]

    opj: Mapped["Account | None"] = relationship(foreign_keys=[opj_id])

    @property
    def may_establish(self) -> bool:
        """Whether an act under it founds a procuration."""
        return self.capacity.may_establish

    def is_in_force(self, day: date) -> bool:
        """Begun, not over, and not ended before its time."""
        return (
            self.ended_at is None and self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)
        )


class Account(HeadOfStream, Base):
    """A named person behind a desk. Officers have a station and habilitations, town halls their communes.

    Who was removed from every desk is suspended and has none.

    `manages_station`: this officer answers for the accounts of the station (« responsable »).
    `manages_communes`: this clerk says who works for the communes of the account.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(
            "role <> 'officer' or station_code is not null or suspended_at is not null",
            name="officer_complete",
        ),
        CheckConstraint("role = 'officer' or not manages_station", name="officer_manages"),
        CheckConstraint("role = 'town_hall' or not manages_communes", name="town_hall_manages"),
        Index("ix_account_managers", "id", postgresql_where=text(MANAGES), sqlite_where=text(MANAGES_IN_SQLITE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(coded(Role, 12, check="role"))
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    suspended_at: Mapped[datetime | None]
    manages_station: Mapped[bool] = mapped_column(default=False, server_default=false())
    manages_communes: Mapped[bool] = mapped_column(default=False, server_default=false())

    station: Mapped[Station | None] = relationship(lazy="joined")
    communes: Mapped[list[Commune]] = relationship(secondary=account_commune, order_by=IN_ORDER)
    habilitations: Mapped[list[Habilitation]] = relationship(
        foreign_keys=[Habilitation.account_id], order_by=Habilitation.id, cascade="all, delete-orphan"
    )

    def habilitation_at(self, now: datetime) -> Habilitation | None:
        """The one in force at the station at that instant, the last recorded when there are several."""
        if self.role is not Role.OFFICER or self.station is None:
            return None
        today = self.station.commune.local_day(now)
        return next((one for one in reversed(self.habilitations) if one.is_in_force(today)), None)

    @property
    def is_manager(self) -> bool:
        """Answers for others of a station, or of communes."""
        return self.manages_station or self.manages_communes

    @property
    def answers_for_agents(self) -> bool:
        """A manager, or supervision."""
        return self.is_manager or self.role is Role.MINISTRY

    @property
    def place(self) -> Commune | None:
        """Where the desk is, or the first of its communes; none of supervision, nor of who was removed."""
        return self.station.commune if self.station else next(iter(self.communes), None)

    @property
    def time_zone(self) -> str:
        """Of the clock that this agent reads."""
        return self.place.time_zone if self.place else PARIS

    @property
    def known_words(self) -> list[str]:
        """What anybody knows of who this is and where: nothing for a password to be made of."""
        station = [self.station.name] if self.station else []
        return [self.email, self.name, *station, *(commune.name for commune in self.communes)]

    @property
    def password_mark(self) -> str:
        """What a session keeps of the password in force: a new password ends the sessions of the former."""
        return hashlib.sha256(self.password_hash.encode()).hexdigest()[:16]

    def set_password(self, password: str) -> None:
        """Keep an argon2id hash of it, never the password."""
        self.password_hash = HASHER.hash(password)


def authenticate(email: str, password: str) -> Account | None:
    """The account these open, or None; an unknown address costs the same time as a wrong password."""
    account = db.session.scalar(select(Account).where(Account.email == email.strip().lower()))
    try:
        HASHER.verify(account.password_hash if account else HASH_OF_NOBODY, password)
    except VerificationError:
        return None
    return account if account and account.suspended_at is None else None


def responsibles_of(station_code: str) -> list[Account]:
    """Who answers for a station's accounts, in a fixed order."""
    managers = select(Account).where(Account.station_code == station_code, Account.manages_station)
    return list(db.session.scalars(managers.where(Account.suspended_at.is_(None)).order_by(Account.id)))
