"""A security key made of software: it answers as the true ones do, or as a false one would."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

HOST, ORIGIN = "localhost", "http://localhost:5000"
PRESENT, ATTESTED = 0x01, 0x40


@dataclass
class FakeKey:
    """One credential, bound to one host."""

    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    count: int = 0

    def register(self, options: str, **changes: Any) -> str:
        """The answer to `navigator.credentials.create`."""
        signed = _client_data("webauthn.create", options, **changes)
        data = self._data(PRESENT | ATTESTED, changes.get("host", HOST))
        data += bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._public()
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=signed, attestationObject=attested)

    def sign(self, options: str, **changes: Any) -> str:
        """The answer to `navigator.credentials.get`; the counter goes one up, unless `count` says otherwise."""
        self.count = changes.get("count", self.count + 1)
        signed = _client_data("webauthn.get", options, **changes)
        data = self._data(PRESENT if changes.get("present", True) else 0, changes.get("host", HOST))
        signature = self.private.sign(data + hashlib.sha256(signed).digest(), ECDSA(SHA256()))
        return self._answer(clientDataJSON=signed, authenticatorData=data, signature=signature)

    def _data(self, flags: int, host: str) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _public(self) -> bytes:
        numbers = self.private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _answer(self, **response: bytes) -> str:
        letters = {name: _letters(value) for name, value in response.items()}
        own = _letters(self.credential_id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": letters})


def _client_data(kind: str, options: str, **changes: Any) -> bytes:
    """What the browser says of the ceremony, and the key signs."""
    challenge = changes.get("challenge") or json.loads(options)["challenge"]
    said = {"type": changes.get("type", kind), "challenge": challenge, "origin": changes.get("origin", ORIGIN)}
    return json.dumps(said).encode()


def challenge_of(options: str) -> bytes:
    given = json.loads(options)["challenge"]
    return urlsafe_b64decode(given + "=" * (-len(given) % 4))


def _letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
