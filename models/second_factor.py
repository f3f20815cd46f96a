"""What an agent needs besides the password: an application's code, a security key, or a recovery code (S1).

docs/decisions/second-factor.md says why. A factor that is added, replaced or removed ends the account's other sessions,
and the agent is told by mail.
"""

import re
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, exists, or_, select

from models import account_news, agent_session, journal, recovery_code, security_key, totp
from models.account import Account
from models.account_news import Change
from models.agent_session import AgentSession, Factor
from models.base import change, db, locking
from models.errors import AlreadyHandled, CodeRefused, NotAllowed
from models.journal import Action
from models.security_key import SecurityKey, Site
from models.totp import Draft, Keys, Totp


class Standing(NamedTuple):
    """What an account has: since when an application, which keys, and how many recovery codes have not served."""

    application_since: datetime | None
    keys: list[SecurityKey]
    codes_left: int

    @property
    def is_set_up(self) -> bool:
        return self.application_since is not None or bool(self.keys)

    @property
    def has_several(self) -> bool:
        """Whether one can go and another remains."""
        return len(self.keys) + (self.application_since is not None) > 1


def standing(account: Account) -> Standing:
    """Of this account, now."""
    since = db.session.scalar(select(Totp.added_at).where(Totp.account_id == account.id))
    return Standing(since, security_key.keys_of(account), recovery_code.left(account))


def is_set_up(account: Account) -> bool:
    """Whether the password alone opens nothing of this account."""
    has_application = exists().where(Totp.account_id == account.id)
    has_key = exists().where(SecurityKey.account_id == account.id)
    return bool(db.session.scalar(select(or_(has_application, has_key))))


def take(account: Account, typed: str, *, keys: Keys, now: datetime) -> Factor:
    """What this code proves, which serves by this. Raises CodeRefused, KeyLost."""
    if recovery_code.take(account, typed, keys):
        return Factor.RECOVERY
    take_application(account, typed, keys=keys, now=now)
    return Factor.APPLICATION


def take_application(account: Account, typed: str, *, keys: Keys, now: datetime) -> None:
    """The same of what the application shows only. Raises CodeRefused, KeyLost."""
    code = re.sub(r"\s", "", typed)
    if not (re.fullmatch("[0-9]{6}", code) and totp.take(account, code, keys=keys, now=now)):
        raise CodeRefused


def add_application(session: AgentSession, draft: Draft, typed: str, *, keys: Keys, now: datetime) -> list[str]:
    """Keep the application that shows this code; gives the recovery codes to show once, where there were none.

    Raises CodeRefused; NotAllowed: the session was opened with the password alone, and the account has a factor by now.
    """
    _hold(session)
    step = totp.step_of(draft.secret, re.sub(r"\s", "", typed), now)
    if step is None:
        raise CodeRefused
    totp.keep(draft, step, session.account, keys=keys, now=now)
    account_news.tell(Change.APPLICATION_ADDED, session.account, now=now)
    return _added(session, Factor.APPLICATION, keys, now)


def add_key(session: AgentSession, name: str, answer: str, *, site: Site, keys: Keys, now: datetime) -> list[str]:
    """The same of a security key. Raises CodeRefused, AlreadyHandled, NotAllowed."""
    from models import key_dialogue

    _hold(session)
    key_dialogue.add(session.account, name, answer, site=site, now=now)
    account_news.tell(Change.KEY_ADDED, session.account, now=now)
    return _added(session, Factor.KEY, keys, now)


def remove_application(session: AgentSession, *, may_be_last: bool, now: datetime) -> None:
    """`may_be_last`: where the service does without. Raises AlreadyHandled, NotAllowed."""
    _hold(session)
    if not change(delete(Totp).where(Totp.account_id == session.account_id)):
        raise AlreadyHandled
    _removed(session, Factor.APPLICATION, may_be_last, now)
    account_news.tell(Change.APPLICATION_REMOVED, session.account, now=now)


def remove_key(session: AgentSession, key_id: int, *, may_be_last: bool, now: datetime) -> None:
    """One of the account's own. Raises AlreadyHandled, NotAllowed."""
    _hold(session)
    own = (SecurityKey.account_id == session.account_id, SecurityKey.id == key_id)
    if not change(delete(SecurityKey).where(*own)):
        raise AlreadyHandled
    _removed(session, Factor.KEY, may_be_last, now)
    account_news.tell(Change.KEY_REMOVED, session.account, now=now)


def renew_codes(session: AgentSession, *, keys: Keys, now: datetime) -> list[str]:
    """Ten other recovery codes, to show once. Raises NotAllowed."""
    _hold(session)
    if not is_set_up(session.account):
        raise NotAllowed
    journal.record(Action.CODES_RENEWED, now=now, account=session.account)
    account_news.tell(Change.CODES_RENEWED, session.account, now=now)
    return recovery_code.renew(session.account, keys)


def forget(account: Account, *, now: datetime) -> None:
    """The account has none any more and its sessions end: who knows the password enrols again.

    Raises AlreadyHandled. The caller knows that it may be done, and records it.
    """
    if not is_set_up(account):
        raise AlreadyHandled
    for table in (Totp, SecurityKey):
        change(delete(table).where(table.account_id == account.id))
    recovery_code.forget(account)
    agent_session.end_all(account)
    account_news.tell(Change.FACTORS_FORGOTTEN, account, now=now)


def _added(session: AgentSession, factor: Factor, keys: Keys, now: datetime) -> list[str]:
    account = session.account
    session.factor = session.factor or factor
    agent_session.end_others(session)
    journal.record(Action.FACTOR_ADDED, now=now, account=account, detail=factor)
    return [] if recovery_code.left(account) else recovery_code.renew(account, keys)


def _removed(session: AgentSession, factor: Factor, may_be_last: bool, now: datetime) -> None:
    if not is_set_up(session.account):
        if not may_be_last:
            raise NotAllowed
        recovery_code.forget(session.account)
        session.factor = None
    agent_session.end_others(session)
    journal.record(Action.FACTOR_REMOVED, now=now, account=session.account, detail=factor)


def _hold(session: AgentSession) -> None:
    """Hold the account until the transaction ends; the session is to be there still, and to have proved what it must.

    Raises NotAllowed.
    """
    account = session.account
    db.session.execute(locking(select(Account.id).where(Account.id == account.id), of=Account))
    still = db.session.scalar(select(exists().where(AgentSession.id == session.id)))
    if not still or (session.factor is None and is_set_up(account)):
        raise NotAllowed
