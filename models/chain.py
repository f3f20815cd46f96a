"""The MAC of one entry of the journal: HMAC-SHA256, with a key that is not in the database, over all that it says.

Each entry says the MAC of the one before it in its stream, so that none can be altered, taken out, added or moved
without the key: docs/decisions/journal.md.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LENGTH = 32
COVERED = (
    *("stream", "number", "id", "at", "action", "procuration_id", "account_id", "desk", "election_id", "detail"),
    "previous",
)
"""The columns of an entry, in the order in which they are encoded: all but the MAC itself. Never to be changed."""
KINDS: dict[str, type] = {
    **dict.fromkeys(COVERED, str),
    **dict.fromkeys(("number", "id", "procuration_id", "account_id", "election_id"), int),
    "at": datetime,
    "previous": bytes,
}
"""What each holds, where it holds something: SQLite keeps anything anywhere."""


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def mac_of(entry: Mapping[str, Any], key: bytes) -> bytes:
    """The MAC of an entry, from its columns as Python holds them: `at` aware, `previous` bytes or None."""
    return hmac.digest(key, _encoded(entry), "sha256")


def is_authentic(entry: Mapping[str, Any], key: bytes) -> bool:
    """Whether the entry bears the MAC of what it says; what no act could have written does not."""
    if not all(entry[name] is None or isinstance(entry[name], kind) for name, kind in KINDS.items()):
        return False
    return isinstance(entry["mac"], bytes) and hmac.compare_digest(mac_of(entry, key), entry["mac"])


def _encoded(entry: Mapping[str, Any]) -> bytes:
    """Two entries that differ in anything are encoded otherwise: a JSON array, in which each value keeps its kind."""
    return _ENCODER.encode([_plain(entry[name]) for name in COVERED]).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value
