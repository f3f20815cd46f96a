"""What is said with a security key: a challenge to sign, and what it answers (WebAuthn level 2).

A challenge serves once, for who asked it, for a few minutes; a counter that goes back betrays a copy of the key (7.2,
step 21). The library weighs on a start, and few sign in with a key: who meets one loads this, and nobody else.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

import webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from models.account import Account
from models.base import change, db
from models.errors import AlreadyHandled, CodeRefused
from models.security_key import LASTS, LONGEST_NAME, KeyChallenge, SecurityKey, Site, keys_of

SERVICE = "Procurations"
MALFORMED = (WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError)
"""What the library raises of an answer that is not the one, or is nothing it knows."""
PREFERRED = UserVerificationRequirement.PREFERRED
T = TypeVar("T")


def ask_to_add(account: Account, site: Site, now: datetime) -> str:
    """What the browser is told to have another key registered, in JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=SERVICE,
        user_name=account.email,
        user_display_name=account.name,
        user_id=str(account.id).encode(),
        challenge=_challenge(account, now),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=PREFERRED
        ),
        exclude_credentials=_described(keys_of(account)),
    )
    return webauthn.options_to_json(options)


def ask_to_use(account: Account, site: Site, now: datetime) -> str:
    """What the browser is told to have one of the account's keys sign, in JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=_challenge(account, now),
        allow_credentials=_described(keys_of(account)),
        user_verification=PREFERRED,
    )
    return webauthn.options_to_json(options)


def add(account: Account, name: str, answer: str, *, site: Site, now: datetime) -> SecurityKey:
    """Keep the key that signed this account's challenge. Raises CodeRefused, AlreadyHandled: the key is known."""
    challenge = _take_challenge(account, answer, now)
    verified = _verify(
        lambda: webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin
        )
    )
    added = SecurityKey(account_id=account.id, name=name[:LONGEST_NAME], added_at=now)
    added.credential_id, added.public_key = verified.credential_id, verified.credential_public_key
    added.sign_count = verified.sign_count
    try:
        with db.session.begin_nested():
            db.session.add(added)
    except IntegrityError as error:
        raise AlreadyHandled from error
    return added


def take(account: Account, answer: str, *, site: Site, now: datetime) -> None:
    """One of the account's keys signed this account's challenge, which serves by this. Raises CodeRefused."""
    challenge = _take_challenge(account, answer, now)
    given = _verify(lambda: base64url_to_bytes(json.loads(answer)["id"]))
    its = (SecurityKey.account_id == account.id, SecurityKey.credential_id == given)
    key = db.session.scalar(select(SecurityKey).where(*its))
    if key is None:
        raise CodeRefused
    verified = _verify(
        lambda: webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    )
    once = (*its, SecurityKey.sign_count == key.sign_count)
    if not change(update(SecurityKey).where(*once).values(sign_count=verified.new_sign_count)):
        raise CodeRefused


def _challenge(account: Account, now: datetime) -> bytes:
    challenge = secrets.token_bytes(32)
    db.session.add(KeyChallenge(challenge_hash=_hash(challenge), account_id=account.id, expires_at=now + LASTS))
    return challenge


def _take_challenge(account: Account, answer: str, now: datetime) -> bytes:
    """The challenge that the answer says it signs, if this account was given it; it serves no more."""
    challenge = _verify(lambda: _challenge_in(answer))
    its = (KeyChallenge.challenge_hash == _hash(challenge), KeyChallenge.account_id == account.id)
    if not change(delete(KeyChallenge).where(*its, KeyChallenge.expires_at > now)):
        raise CodeRefused
    return challenge


def _challenge_in(answer: str) -> bytes:
    signed: Any = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
    return base64url_to_bytes(signed["challenge"])


def _verify(check: Callable[[], T]) -> T:
    try:
        return check()
    except MALFORMED as error:
        raise CodeRefused from error


def _described(keys: Iterable[SecurityKey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=key.credential_id) for key in keys]


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
