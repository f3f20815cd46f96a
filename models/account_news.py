"""What an agent is told of the own account: every change of what opens it, by mail, in the act's transaction.

So that who did not do it knows, and can stop it (ASVS 5, 6.3.7). No secret, and nobody's name, is in it.
"""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from models import outbox
from models.account import Account
from models.outbox import MailKind


class Change(StrEnum):
    """Of what opens an account; templates/components/account_changes.html has its words."""

    APPLICATION_ADDED = "application_added"
    APPLICATION_REMOVED = "application_removed"
    KEY_ADDED = "key_added"
    KEY_REMOVED = "key_removed"
    FACTORS_FORGOTTEN = "factors_forgotten"
    CODES_RENEWED = "codes_renewed"
    PASSWORD_CHOSEN = "password_chosen"  # noqa: S105 what was done, no password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    IDENTITY_LINKED = "identity_linked"
    IDENTITY_UNLINKED = "identity_unlinked"


def tell(change: Change, account: Account, *, now: datetime) -> None:
    """Write to the account's address what was done, and when, by the clock of its desk."""
    zone = account.time_zone
    when = {"day": now.astimezone(ZoneInfo(zone)).date().isoformat(), "at": now.isoformat(), "zone": zone}
    outbox.post_to(MailKind.ACCOUNT_CHANGED, account.email, now=now, change=change, **when)
