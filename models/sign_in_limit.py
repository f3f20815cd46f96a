"""Attempts to sign in, counted before they are looked at, by account and network address together (S1, S5).

Who guesses from elsewhere slows down nobody but himself: the agent's own address has a count of its own. One address
that tries many accounts is slowed as well. Keys are keyed hashes: the table names no one, and knows the accounts that
do not exist like those that do.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, change, db, inserting, locking
from models.errors import TooMany

WINDOW = timedelta(minutes=10)
STEP = timedelta(seconds=30)
BY_PAIR, BY_ADDRESS = 5, 40
"""Of one window: for one account from one address, and for one address whatever the account (an office shares one)."""
CODES_BY_ACCOUNT = 20
"""Codes of a second factor for one account, from wherever: only who has its password can try, and wait."""


class SignInAttempts(Base):
    """What was tried under a key: the instants of the window (seconds since 1970)."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    instants: Mapped[list[float]] = mapped_column(JSON, default=list)
    tried_at: Mapped[datetime | None] = mapped_column(index=True)
    wait_until: Mapped[datetime | None]


class Limit(NamedTuple):
    """A key, and from which attempt of the window on it waits."""

    key: str
    most: int


def attempt(limits: Collection[Limit], *, now: datetime, longest: timedelta = WINDOW) -> None:
    """Count one attempt under each key; the caller commits before it verifies anything.

    Of two at once, the second waits for the first and sees its count. Raises TooMany, with the longest of the waits:
    then nothing is verified and nothing counted. Each attempt from the limit on makes the wait longer, up to `longest`.
    """
    held = _held([limit.key for limit in limits])
    waits = [row.wait_until - now for row in held.values() if row.wait_until and row.wait_until > now]
    if waits:
        raise TooMany(max(waits))
    for key, most in limits:
        row = held[key]
        row.instants = [one for one in row.instants if one > (now - WINDOW).timestamp()] + [now.timestamp()]
        row.tried_at = now
        if (beyond := len(row.instants) - most) >= 0:
            row.wait_until = now + min((beyond + 1) * STEP, longest)


def succeeded(own: Collection[Limit], address: Limit) -> None:
    """The account's own counts start anew; the address takes back this attempt only, so that a known account washes no
    guesses off.
    """
    held = _held([*(limit.key for limit in own), address.key])
    for key, _ in own:
        held[key].instants, held[key].wait_until = [], None
    held[address.key].instants = held[address.key].instants[:-1]
    if len(held[address.key].instants) < address.most:
        held[address.key].wait_until = None


def drop_before(now: datetime) -> None:
    """Forget what no count needs any more."""
    change(delete(SignInAttempts).where(SignInAttempts.tried_at < now - 2 * WINDOW))


def _held(keys: Sequence[str]) -> dict[str, SignInAttempts]:
    """These rows, as they are now, held until the transaction ends, in one order for all, made when absent."""
    its = select(SignInAttempts).where(SignInAttempts.key.in_(keys)).order_by(SignInAttempts.key)
    query = locking(its, of=SignInAttempts).execution_options(populate_existing=True)
    found = {row.key: row for row in db.session.scalars(query)}
    if missing := sorted(set(keys) - set(found)):
        rows = [{"key": key, "instants": []} for key in missing]
        db.session.execute(inserting(SignInAttempts).values(rows).on_conflict_do_nothing())
        found = {row.key: row for row in db.session.scalars(query)}
    return found
