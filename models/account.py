"""Agents' accounts: role, capacity (qualité), station or communes, and the password that opens them."""

import hashlib
from datetime import datetime
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table, false, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, coded, db
from models.territory import Commune, Station

HASHER = PasswordHasher()
HASH_OF_NOBODY = HASHER.hash("the password of no account")


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
    Column("commune_code", ForeignKey("commune.code"), primary_key=True),
)


class Account(Base):
    """A named person behind a desk. Officers have a capacity and a station, town halls their communes.

    `manages_station`: this officer answers for the accounts of the station (« responsable »).
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(
            "role <> 'officer' or (capacity is not null and station_code is not null)",
            name="officer_complete",
        ),
        CheckConstraint("role = 'officer' or not manages_station", name="officer_manages"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(coded(Role, 12, check="role"))
    capacity: Mapped[Capacity | None] = mapped_column(coded(Capacity, 12, check="capacity"))
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    password_hash: Mapped[str] = mapped_column(String(200))
    suspended_at: Mapped[datetime | None]
    manages_station: Mapped[bool] = mapped_column(default=False, server_default=false())

    station: Mapped[Station | None] = relationship(lazy="joined")
    communes: Mapped[list[Commune]] = relationship(secondary=account_commune, order_by=Commune.name)

    @property
    def may_establish(self) -> bool:
        """Whether this officer's act founds a procuration."""
        return self.role is Role.OFFICER and self.capacity is not None and self.capacity.may_establish

    @property
    def password_mark(self) -> str:
        """What a session carries of the password in force: a new password ends the sessions of the former."""
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
