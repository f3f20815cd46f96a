"""Ten codes on paper, for the day when an agent has no application or key at hand (S1).

Each serves once. They are kept as slow hashes, salted for each account with a key that the database does not hold: the
one they were made with, which they need as long as they are to serve.
"""

import hashlib
import hmac
import re
import secrets

from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import ForeignKey, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from models.account import Account
from models.base import Base, change, db
from models.totp import Keys

HOW_MANY, HALF = 10, 5
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without the letters and digits that are read one for another; ten of them are 49 bits."""


class RecoveryCode(Base):
    """One that has not served; it goes when it has."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


def renew(account: Account, keys: Keys) -> list[str]:
    """Ten others, « abcde-fghjk », to be shown once: the former serve no more."""
    codes = [_draw() for _ in range(HOW_MANY)]
    forget(account)
    db.session.add_all([RecoveryCode(account_id=account.id, code_hash=_hash(code, account, keys[0])) for code in codes])
    db.session.flush()
    return [f"{code[:HALF]}-{code[HALF:]}" for code in codes]


def take(account: Account, typed: str, keys: Keys) -> bool:
    """Whether this is one of the account's, which serves by this: of two at once, one passes."""
    code = re.sub(r"[^a-z0-9]", "", typed.lower())
    if len(code) != 2 * HALF:
        return False
    its = RecoveryCode.code_hash.in_([_hash(code, account, key) for key in keys])
    return change(delete(RecoveryCode).where(RecoveryCode.account_id == account.id, its)) == 1


def left(account: Account) -> int:
    """How many have not served."""
    return db.session.scalar(select(func.count()).where(RecoveryCode.account_id == account.id)) or 0


def forget(account: Account) -> None:
    """None serves any more."""
    change(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def _draw() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(2 * HALF))


def _hash(code: str, account: Account, key: bytes) -> str:
    """Argon2id, at OWASP's least cost: the codes are drawn, and ten are made at once."""
    salt = hmac.new(key, f"recovery {account.id}".encode(), hashlib.sha256).digest()[:16]
    digest = hash_secret_raw(
        code.encode(), salt, time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, type=Type.ID
    )
    return digest.hex()
