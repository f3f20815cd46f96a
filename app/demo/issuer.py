"""What the simulated FranceConnect signs and remembers: its key, its codes, its tokens.

They are rows: several processes serve one provider.
"""

import base64
import hashlib
import json
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, cast

from flask import current_app
from sqlalchemy import CursorResult, Text, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.config import Config
from app.dates import now
from app.demo.citizens import Citizen, citizen
from app.demo.storage import DemoBase
from app.identity_providers import Provider
from models.base import db

PREFIX = "/demo/france-connect/api/v2"
CODE_LIFE, TOKEN_LIFE = timedelta(seconds=30), timedelta(seconds=60)
LEVELS = ("eidas1", "eidas3")
IDENTITY_CLAIMS = ("given_name", "given_name_array", "family_name", "birthdate", "gender", "birthplace", "birthcountry")
SCOPES = {
    "openid": (),
    "identite_pivot": IDENTITY_CLAIMS,
    "profile": ("given_name", "given_name_array", "family_name", "birthdate", "gender"),
    "birth": ("birthplace", "birthcountry"),
    "email": ("email",),
    **{claim: (claim,) for claim in IDENTITY_CLAIMS},
}


class SimulatedKey(DemoBase):
    """The signing key, one for all processes: the first to need it makes it."""

    __tablename__ = "demo_france_connect_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    jwk: Mapped[str] = mapped_column(Text)


class SimulatedCode(DemoBase):
    """An authorization code, by its hash; used once, within thirty seconds."""

    # Not the first name of this table: a demonstration's database outlives a new column.
    __tablename__ = "demo_france_connect_grant"

    digest: Mapped[str] = mapped_column(primary_key=True)
    citizen: Mapped[str]
    scope: Mapped[str]
    nonce: Mapped[str] = mapped_column(Text)
    acr: Mapped[str]
    expires_at: Mapped[datetime]
    used: Mapped[bool] = mapped_column(default=False)


class SimulatedToken(DemoBase):
    """An access token, by its hash, and the code it came from: replaying the code revokes it."""

    __tablename__ = "demo_france_connect_token"

    digest: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    citizen: Mapped[str]
    scope: Mapped[str]
    expires_at: Mapped[datetime]


def config() -> Config:
    """The application's configuration."""
    return cast(Config, current_app.extensions["procurations"])


def client() -> Provider:
    """What the application is to us: the only client."""
    return config().france_connect


def address() -> str:
    """Where it answers, which is also the issuer's name in all it signs."""
    return f"{config().public_url}{PREFIX}"


def public_key() -> dict[str, Any]:
    """The public half of the key."""
    return cast(dict[str, Any], _key().as_dict(private=False))


def new_code(chosen: Citizen, scope: str, nonce: str, acr: str) -> str:
    """Write a code, and forget those that nobody can use any more."""
    forgotten = now() - timedelta(hours=1)
    for table in (SimulatedCode, SimulatedToken):
        db.session.execute(delete(table).where(table.expires_at < forgotten))
    code, expires_at = token_urlsafe(32), now() + CODE_LIFE
    db.session.add(
        SimulatedCode(
            digest=_digest(code), citizen=chosen.key, scope=scope, nonce=nonce, acr=acr, expires_at=expires_at
        )
    )
    db.session.commit()
    return code


def use(value: str) -> SimulatedCode | None:
    """The code, the first time only: of two exchanges at once the conditional update lets one through."""
    digest = _digest(value)
    is_unused = (SimulatedCode.digest == digest, SimulatedCode.used.is_(False), SimulatedCode.expires_at > now())
    done = cast(CursorResult[Any], db.session.execute(update(SimulatedCode).where(*is_unused).values(used=True)))
    if not done.rowcount:
        db.session.execute(delete(SimulatedToken).where(SimulatedToken.code == digest))
    db.session.commit()
    return db.session.get(SimulatedCode, digest) if done.rowcount else None


def tokens(code: SimulatedCode) -> dict[str, Any]:
    """What a code is worth: who signed in, and the right to ask once more about them."""
    access_token, expires_at = token_urlsafe(32), now() + TOKEN_LIFE
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    who = cast(Citizen, citizen(code.citizen))
    id_token = _signed(who, expires_at, nonce=code.nonce, acr=code.acr, at_hash=_base64url(half))
    db.session.add(
        SimulatedToken(
            digest=_digest(access_token), code=code.digest, citizen=who.key, scope=code.scope, expires_at=expires_at
        )
    )
    db.session.commit()
    seconds = int(TOKEN_LIFE.total_seconds())
    return {"access_token": access_token, "token_type": "Bearer", "expires_in": seconds, "id_token": id_token}


def claims_for(access_token: str) -> str | None:
    """The claims of the granted scopes, signed, while the token lives."""
    known = db.session.get(SimulatedToken, _digest(access_token))
    who = citizen(known.citizen) if known and known.expires_at > now() else None
    if known is None or who is None:
        return None
    granted = {claim: who.claims[claim] for scope in known.scope.split() for claim in SCOPES[scope]}
    return _signed(who, known.expires_at, **granted)


def is_ours(id_token: str) -> bool:
    """Signed here for this client; its age does not matter at the sign-out."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        claims = jwt.decode(id_token, _key(), algorithms=["ES256"]).claims
    except (JoseError, ValueError):
        return False
    return claims.get("iss") == address() and claims.get("aud") == client().client_id


def _signed(who: Citizen, expires_at: datetime, **claims: Any) -> str:
    from joserfc import jwt

    key = _key()
    ours = {"iss": address(), "aud": client().client_id, "sub": _subject(who), "iat": now(), "exp": expires_at}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, {**ours, **claims}, key)


def _key() -> Any:
    """The signing key; of two processes that make it at once, the first row stands."""
    from joserfc.jwk import ECKey

    if db.session.get(SimulatedKey, 1) is None:
        made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
        db.session.add(SimulatedKey(id=1, jwk=json.dumps(made.as_dict(private=True))))
        try:
            db.session.commit()
        except IntegrityError:
            db.session.rollback()
    row = db.session.get_one(SimulatedKey, 1)
    return ECKey.import_key(json.loads(row.jwk))


def _subject(who: Citizen) -> str:
    """Pairwise: another client would be told another subject."""
    return hashlib.sha256(f"{client().client_id} {who.key}".encode()).hexdigest() + "v1"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
