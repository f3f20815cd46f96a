"""A commune's manager says who works at its desk: invites, limits, removes (T3, T19).

Over the manager's own communes only, and never over oneself. Each act first holds the accounts it is about: of two
managers who remove one another, the first remains.
"""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from models import agent_identity, invitation, journal, outbox, perimeter, second_factor
from models.account import Account, Role
from models.base import change, db, locking
from models.errors import AddressTaken, AlreadyHandled, NotAllowed, NotHabilitated, Unknown
from models.invitation import Invitation
from models.journal import Action
from models.outbox import MailKind
from models.territory import Commune

VALID_FOR = timedelta(days=7)


def clerks_of(manager: Account) -> list[Account]:
    """Who works for the manager's communes, by name, the manager too."""
    here = select(Account).where(perimeter.clerks_visible_to(manager))
    loaded = here.options(selectinload(Account.communes)).order_by(Account.name, Account.id)
    return list(db.session.scalars(loaded))


def awaited(clerks: Collection[Account]) -> dict[int, datetime]:
    """Those of them who have not chosen a password yet, and until when their link is good."""
    waiting = select(Invitation).where(Invitation.account_id.in_([clerk.id for clerk in clerks]))
    return {one.account_id: one.expires_at for one in db.session.scalars(waiting)}


def invite(
    email: str, name: str, communes: Collection[Commune], *, manager: Account, key: bytes, now: datetime
) -> Account:
    """Open an account for these communes, to whoever reads that mail. Raises NotHabilitated, NotAllowed, AddressTaken.

    Who was removed by every commune may come back.
    """
    _hold(manager)
    _require(manager, communes)
    clerk = _removed(email) or Account(email=email.lower(), role=Role.TOWN_HALL)
    clerk.name, clerk.communes, clerk.suspended_at = name, list(communes), None
    clerk.set_password(secrets.token_urlsafe(32))
    try:
        with db.session.begin_nested():
            db.session.add(clerk)
    except IntegrityError as error:
        raise AddressTaken from error
    _send(clerk, key, now)
    _record(Action.CLERK_INVITED, communes, clerk, manager, now)
    return clerk


def resend(clerk: Account, *, manager: Account, key: bytes, now: datetime) -> None:
    """Another link, while the first has not served; the former opens nothing any more.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold(manager, clerk)
    _require_over(clerk, manager, ())
    if clerk.id not in awaited([clerk]):
        raise AlreadyHandled
    _send(clerk, key, now)
    _record(Action.CLERK_INVITED, set(clerk.communes) & set(manager.communes), clerk, manager, now)


def limit(clerk: Account, communes: Collection[Commune], *, manager: Account, now: datetime) -> None:
    """These of the manager's communes, one at least; those of other managers stay.

    Raises NotHabilitated, NotAllowed, AlreadyHandled.
    """
    _hold(manager, clerk)
    _require_over(clerk, manager, communes)
    if not communes:
        raise NotAllowed
    before, others = set(clerk.communes), [one for one in clerk.communes if one not in manager.communes]
    clerk.communes = [*others, *communes]
    _record(Action.CLERK_LIMITED, before - set(clerk.communes), clerk, manager, now, "removed")
    _record(Action.CLERK_LIMITED, set(clerk.communes) - before, clerk, manager, now, "added")


def remove(clerk: Account, *, manager: Account, now: datetime) -> None:
    """From all of the manager's communes. Without any other, the account is closed and its sessions end.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold(manager, clerk)
    _require_over(clerk, manager, ())
    lost = [one for one in clerk.communes if one in manager.communes]
    clerk.communes = [one for one in clerk.communes if one not in lost]
    if not clerk.communes:
        clerk.suspended_at, clerk.manages_communes = now, False
        change(delete(Invitation).where(Invitation.account_id == clerk.id))
    _record(Action.CLERK_REMOVED, lost, clerk, manager, now)


def reset_factor(clerk: Account, *, manager: Account, now: datetime) -> None:
    """For a clerk who has lost it: the sessions end, and the password leads to setting another up.

    Raises NotHabilitated, AlreadyHandled.
    """
    _hold(manager, clerk)
    _require_over(clerk, manager, ())
    second_factor.forget(clerk)
    _record(Action.FACTOR_RESET, set(clerk.communes) & set(manager.communes), clerk, manager, now)


def accept(token: str, password: str, *, now: datetime) -> Account:
    """The invited person chooses a password, once. Raises Unknown."""
    account = _accepted(token, now)
    account.set_password(password)
    return account


def accept_with(token: str, issuer: str, subject: str, *, now: datetime) -> Account:
    """The invited person will come with ProConnect, and needs no password. Raises Unknown, IdentityTaken."""
    account = _accepted(token, now)
    agent_identity.link(account, issuer, subject, is_only_way=True, now=now)
    return account


def _accepted(token: str, now: datetime) -> Account:
    found = invitation.find(token, now)
    if not change(delete(Invitation).where(Invitation.token_hash == found.token_hash)):
        raise Unknown
    journal.record(Action.INVITATION_ACCEPTED, now=now, account=found.account)
    return found.account


def _hold(*accounts: Account) -> None:
    """Hold these rows until the transaction ends, in one order for all, and read them as they are now."""
    ids = [account.id for account in accounts]
    query = locking(select(Account).where(Account.id.in_(ids)).order_by(Account.id), of=Account)
    db.session.scalars(query, execution_options={"populate_existing": True}).all()
    for account in accounts:
        db.session.expire(account, ["communes"])


def _require(manager: Account, communes: Iterable[Commune]) -> None:
    if manager.suspended_at is not None or not manager.manages_communes:
        raise NotHabilitated
    if any(commune not in manager.communes for commune in communes):
        raise NotHabilitated


def _require_over(clerk: Account, manager: Account, communes: Iterable[Commune]) -> None:
    """Over a clerk who still is one here, and is somebody else."""
    _require(manager, communes)
    if clerk.id == manager.id:
        raise NotHabilitated
    if clerk.suspended_at is not None or not set(clerk.communes) & set(manager.communes):
        raise AlreadyHandled


def _removed(email: str) -> Account | None:
    """The account of somebody whom every commune has removed."""
    known = db.session.scalar(select(Account).where(Account.email == email.lower(), Account.role == Role.TOWN_HALL))
    return known if known and known.suspended_at is not None and not known.communes else None


def _send(clerk: Account, key: bytes, now: datetime) -> None:
    nonce, until = secrets.token_urlsafe(16), now + VALID_FOR
    values = {"token_hash": invitation.hash_of(invitation.token_of(nonce, key)), "expires_at": until}
    change(delete(Invitation).where(Invitation.account_id == clerk.id))
    db.session.add(Invitation(account_id=clerk.id, **values))
    facts = {"nonce": nonce, "communes": [one.name for one in clerk.communes], "until": until.date().isoformat()}
    outbox.post_to(MailKind.INVITATION, clerk.email, now=now, **facts)


def _record(
    action: Action, communes: Iterable[Commune], clerk: Account, manager: Account, now: datetime, how: str = ""
) -> None:
    """One entry a commune: who, whom, how."""
    for code in sorted(commune.code for commune in communes):
        journal.record(action, now=now, account=manager, desk=code, detail=f"{clerk.id} {how}".strip())
