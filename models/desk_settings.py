"""What each town hall decides for itself: when it answers, who is on duty, and from when an arrival is late."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, bindparam, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import journal
from models.account import Account, Role, account_commune
from models.base import Base, change, db, inserting, locking
from models.errors import Unknown
from models.invitation import Invitation
from models.journal import Action
from models.territory import Commune

CLOSING_DAYS, CLOSING_TIME = 2, time()
"""Thursday at midnight before a Sunday, the hour that mayors ask for: what comes on the two days before is late."""
MOST_CLOSING_DAYS = 7
SEEN_WITHIN = 30
LEAST_SEEN_WITHIN, MOST_SEEN_WITHIN = 5, 24 * 60
MOST_ON_DUTY = 4


class Duty(Base):
    """Who is told of a late arrival, in the order of `position`: the next one when nobody has seen it."""

    __tablename__ = "duty"
    __table_args__ = (UniqueConstraint("commune_code", "position"),)

    commune_code: Mapped[str] = mapped_column(
        ForeignKey("desk_settings.commune_code", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class DeskSettings(Base):
    """A commune's own; one that decided nothing has no row, and the values by default.

    `closing_days` before a polling day, at `closing_time` there: what comes from then on is late. `seen_within`:
    minutes after which the next person is told. `office_hours` are words, `telephone` the desk's own.
    `alerted_at`: when a mail was last written to who is on duty (models/late_arrivals.py).
    """

    __tablename__ = "desk_settings"
    __table_args__ = (
        CheckConstraint(f"closing_days between 0 and {MOST_CLOSING_DAYS}", name="closing_days"),
        CheckConstraint(f"seen_within between {LEAST_SEEN_WITHIN} and {MOST_SEEN_WITHIN}", name="seen_within"),
    )

    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True)
    office_hours: Mapped[str | None] = mapped_column(String(300))
    telephone: Mapped[str | None] = mapped_column(String(30))
    closing_days: Mapped[int] = mapped_column(default=CLOSING_DAYS)
    closing_time: Mapped[time] = mapped_column(default=CLOSING_TIME)
    seen_within: Mapped[int] = mapped_column(default=SEEN_WITHIN)
    alerted_at: Mapped[datetime | None]

    duties: Mapped[list[Duty]] = relationship(order_by=Duty.position, lazy="selectin", viewonly=True)

    @property
    def on_duty(self) -> list[Account]:
        """Those of the duty list who may still enter the desk, in its order."""
        return [duty.account for duty in self.duties if duty.account.suspended_at is None]

    def closes_at(self, day: date, commune: Commune) -> datetime:
        """The instant from which what comes for that polling day is late."""
        local = datetime.combine(day - timedelta(days=self.closing_days), self.closing_time, commune.zone)
        return local.astimezone(UTC)


@dataclass(frozen=True)
class Wanted:
    """What a clerk would have: `duty` are accounts of the commune, each once."""

    office_hours: str | None
    telephone: str | None
    closing_days: int
    closing_time: time
    seen_within: int
    duty: tuple[int, ...]


def settings_of(communes: Collection[Commune]) -> dict[str, DeskSettings]:
    """Those of each commune by its code, or the values by default; two queries for all."""
    codes = [commune.code for commune in communes]
    found = db.session.scalars(_OF_COMMUNES, {"codes": codes}) if codes else ()
    kept = {one.commune_code: one for one in found}
    return {code: kept.get(code) or _by_default(code) for code in codes}


_OF_COMMUNES = select(DeskSettings).where(DeskSettings.commune_code.in_(bindparam("codes", expanding=True)))


def clerks_of(commune: Commune) -> list[Account]:
    """Who may be on duty: those of this commune's town hall who have come in, by name."""
    own = select(Account).join(account_commune).where(account_commune.c.commune_code == commune.code)
    invited = select(Invitation.account_id)
    may_enter = own.where(Account.role == Role.TOWN_HALL, Account.suspended_at.is_(None), Account.id.not_in(invited))
    return list(db.session.scalars(may_enter.order_by(Account.name, Account.id)))


def take_off_duty(account: Account, codes: Collection[str]) -> None:
    """Who works for these communes no more is told of no arrival there; the next person is."""
    change(delete(Duty).where(Duty.account_id == account.id, Duty.commune_code.in_(codes)))


def save(commune: Commune, wanted: Wanted, *, clerk: Account, now: datetime) -> bool:
    """Keep them, and write in the journal which of them changed; whether any did.

    Raises Unknown: the commune is not the clerk's, or somebody on the duty list is not of its town hall.
    """
    if commune not in clerk.communes or not set(wanted.duty) <= {account.id for account in clerks_of(commune)}:
        raise Unknown
    if not _changed(wanted, settings_of([commune])[commune.code]):
        return False
    held = _held(commune)
    changed = _changed(wanted, held)
    for name in changed:
        if name == "duty":
            _replace_duty(commune, wanted.duty)
        else:
            setattr(held, name, getattr(wanted, name))
    detail = " ".join(sorted({name.partition("_")[0] for name in changed}))
    journal.record(Action.SETTINGS_CHANGED, now=now, account=clerk, desk=commune.code, detail=detail)
    db.session.flush()
    db.session.expire(held)
    return True


def _by_default(code: str) -> DeskSettings:
    """Not in the session: a commune that decides nothing has no row."""
    return DeskSettings(
        commune_code=code, closing_days=CLOSING_DAYS, closing_time=CLOSING_TIME, seen_within=SEEN_WITHIN
    )


def _held(commune: Commune) -> DeskSettings:
    """The commune's row, made when absent, held until the transaction ends."""
    values = {"closing_days": CLOSING_DAYS, "closing_time": CLOSING_TIME, "seen_within": SEEN_WITHIN}
    db.session.execute(inserting(DeskSettings).values(commune_code=commune.code, **values).on_conflict_do_nothing())
    own = select(DeskSettings).where(DeskSettings.commune_code == commune.code)
    held: DeskSettings = db.session.scalars(
        locking(own, of=DeskSettings).execution_options(populate_existing=True)
    ).one()
    return held


def _changed(wanted: Wanted, own: DeskSettings) -> list[str]:
    """Which of them would change."""
    as_kept = {"duty": tuple(duty.account_id for duty in own.duties)}
    names = [field.name for field in fields(wanted)]
    return [name for name in names if getattr(wanted, name) != as_kept.get(name, getattr(own, name, None))]


def _replace_duty(commune: Commune, accounts: Sequence[int]) -> None:
    change(delete(Duty).where(Duty.commune_code == commune.code))
    if accounts:
        rows = [
            {"commune_code": commune.code, "account_id": account, "position": position}
            for position, account in enumerate(accounts, 1)
        ]
        db.session.execute(insert(Duty), rows)
