"""The code of a receipt: its number, its time and the digest of its text, signed (Ed25519).

It holds no name, and is no address that a telephone would open. Its letters, digits and plus signs are those that a QR
code keeps in its most compact form, and none is lost at the end of a line, as a dash is when a PDF is copied. Checking
it takes the public key and nothing else: docs/decisions/receipt.md.
"""

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import Forged

MARK = "RECEPISSE+"
STAMP = "%Y%m%dT%H%M%SZ"
CODE = re.compile(r"(RECEPISSE\+1\+([1-9][0-9]{0,9})\+([0-9]{8}T[0-9]{6}Z)\+([A-Z2-7]{52}))\+([A-Z2-7]{103})")


@dataclass(frozen=True)
class Seal:
    """What a code says: which receipt, of an act done when (to the second), and the digest of its text."""

    number: int
    at: datetime
    digest: str

    def covers(self, text: str) -> bool:
        """Whether this is the text that was signed."""
        return digest_of(text) == self.digest


def sign(number: int, at: datetime, text: str, key: Ed25519PrivateKey) -> str:
    """The code of the receipt that says this text."""
    signed = f"{MARK}1+{number}+{at.astimezone(UTC).strftime(STAMP)}+{digest_of(text)}"
    return f"{signed}+{_letters(key.sign(signed.encode()))}"


def read(code: str, key: Ed25519PublicKey) -> Seal:
    """What a code says, once its signature is checked; blanks, as lines cut it, do not count. Raises Forged.

    Each of the signature's bits is compared: the last letter has some that a decoder would ignore.
    """
    matched = CODE.fullmatch(re.sub(r"\s", "", code))
    if matched is None:
        raise Forged
    signed, number, at, digest, letters = matched.groups()
    signature = base64.b32decode(letters + "=")
    try:
        key.verify(signature, signed.encode())
    except InvalidSignature:
        raise Forged from None
    if _letters(signature) != letters:
        raise Forged
    return Seal(int(number), datetime.strptime(at, STAMP).replace(tzinfo=UTC), digest)


def digest_of(text: str) -> str:
    """SHA-256 of the text as it is read, whatever it was copied from: no colon, one space, straight apostrophes."""
    as_read = unicodedata.normalize("NFC", text).replace("’", "'")
    return _letters(hashlib.sha256(" ".join(re.split(r"[\s:]+", as_read)).strip().encode()).digest())


def _letters(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")
