"""Communes that their manager opens to somebody who is a clerk elsewhere: they wait for that clerk's yes (T3, T19)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models import journal, outbox
from models.account import Account
from models.base import Base, change, db, locking
from models.errors import Unknown
from models.journal import Action
from models.outbox import MailKind
from models.territory import Commune

VALID_FOR = timedelta(days=7)


class DeskOffer(Base):
    """One commune, to one account that has others; it goes with its answer."""

    __tablename__ = "desk_offer"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(ForeignKey("commune.code"), primary_key=True, index=True)
    expires_at: Mapped[datetime]

    account: Mapped[Account] = relationship()
    commune: Mapped[Commune] = relationship()


def made_to(account: Account, now: datetime) -> Sequence[DeskOffer]:
    """What this clerk may answer, by commune."""
    theirs = select(DeskOffer).where(DeskOffer.account_id == account.id, DeskOffer.expires_at > now)
    return db.session.scalars(theirs.join(DeskOffer.commune).order_by(Commune.name, Commune.code)).all()


def made_by(manager: Account, now: datetime) -> Sequence[DeskOffer]:
    """What waits for an answer in the manager's communes, by address."""
    here = select(DeskOffer).where(DeskOffer.commune_code.in_(_codes(manager.communes)), DeskOffer.expires_at > now)
    return db.session.scalars(here.join(DeskOffer.account).order_by(Account.email, DeskOffer.commune_code)).all()


def make(account: Account, communes: Collection[Commune], *, now: datetime) -> None:
    """Write to this clerk, who has a week; what was offered before is offered anew. The caller records who asked."""
    until = now + VALID_FOR
    withdraw(account, communes)
    db.session.add_all(DeskOffer(account_id=account.id, commune_code=one.code, expires_at=until) for one in communes)
    facts = {"communes": [one.name for one in communes], "until": until.date().isoformat()}
    outbox.post_to(MailKind.DESK_OFFERED, account.email, now=now, **facts)


def accept(code: str, *, account: Account, now: datetime) -> Commune:
    """The clerk works for this commune too, from now on. Raises Unknown: withdrawn, answered, too old, of another."""
    commune = _answered(code, account, now)
    account.communes.append(commune)
    journal.record(Action.INVITATION_ACCEPTED, now=now, account=account, desk=commune.code)
    return commune


def decline(code: str, *, account: Account, now: datetime) -> Commune:
    """Nothing is opened. Raises Unknown, as `accept`."""
    commune = _answered(code, account, now)
    journal.record(Action.INVITATION_DECLINED, now=now, account=account, desk=commune.code)
    return commune


def withdraw(account: Account, communes: Collection[Commune]) -> list[str]:
    """Take back what was offered of these; gives the codes of what was."""
    of_these = (DeskOffer.account_id == account.id, DeskOffer.commune_code.in_(_codes(communes)))
    return list(db.session.scalars(delete(DeskOffer).where(*of_these).returning(DeskOffer.commune_code)))


def withdraw_all(account: Account) -> None:
    """Nothing is offered any more to an account that is closed."""
    change(delete(DeskOffer).where(DeskOffer.account_id == account.id))


def drop_before(now: datetime) -> None:
    """Forget what nobody answered in time."""
    change(delete(DeskOffer).where(DeskOffer.expires_at <= now))


def _answered(code: str, account: Account, now: datetime) -> Commune:
    """Held first, so that whoever closes the account meanwhile comes before or after."""
    db.session.scalars(locking(select(Account).where(Account.id == account.id), of=Account)).one()
    this = (DeskOffer.account_id == account.id, DeskOffer.commune_code == code, DeskOffer.expires_at > now)
    if not change(delete(DeskOffer).where(*this)):
        raise Unknown
    return db.session.get_one(Commune, code)


def _codes(communes: Collection[Commune]) -> list[str]:
    return [one.code for one in communes]
