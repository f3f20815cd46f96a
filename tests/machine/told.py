"""What the journal alone says: the status of each procuration, and which messages its mandant must have had."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from models.errors import Reason
from models.journal import Action, Entry
from models.outbox import MailKind
from models.procuration import Status

STATUS_AFTER = {
    Action.SUBMITTED: Status.SUBMITTED,
    Action.WITHDRAWN: Status.WITHDRAWN,
    Action.EXPIRED: Status.EXPIRED,
    Action.REFUSED: Status.REFUSED,
    Action.PAPER_ENTERED: Status.ESTABLISHED,
    Action.ESTABLISHED: Status.ESTABLISHED,
    Action.VALIDATED: Status.VALIDATED,
    Action.INVALIDATED: Status.INVALIDATED,
    Action.REVOKED: Status.REVOKED,
    Action.LAPSED: Status.LAPSED,
    Action.VOIDED: Status.VOID,
    Action.ENDED: Status.ENDED,
}
TOLD = {
    Action.SUBMITTED: MailKind.SUBMITTED,
    Action.EMAIL_CORRECTED: MailKind.SUBMITTED,
    Action.WITHDRAWN: MailKind.WITHDRAWN,
    Action.EXPIRED: MailKind.EXPIRED,
    Action.PASSED_ON: MailKind.PASSED_ON,
    Action.REFUSED: MailKind.REFUSED,
    Action.ESTABLISHED: MailKind.ESTABLISHED,
    Action.VALIDATED: MailKind.VALIDATED,
    Action.INVALIDATED: MailKind.INVALIDATED,
    Action.REVOCATION_ASKED: MailKind.REVOCATION_ASKED,
    Action.REVOKED: MailKind.REVOKED,
    Action.LAPSED: MailKind.LAPSED,
    Action.VOIDED: MailKind.VOID,
    Action.REMINDED: MailKind.REMINDER,
    Action.DAY_LOST: MailKind.DAY_LOST,
    Action.DAY_BACK: MailKind.DAY_BACK,
    Action.PURGE_ANNOUNCED: MailKind.PURGE_NOTICE,
}
DECIDED_AT_ONCE = {Action.VALIDATED, Action.INVALIDATED, Action.VOIDED}


def statuses_by(entries: Iterable[Entry]) -> dict[int, Status]:
    """The status that the last act left, by procuration."""
    return {
        entry.procuration_id: STATUS_AFTER[entry.action]
        for entry in entries
        if entry.procuration_id and entry.action in STATUS_AFTER
    }


def mails_by(entries: Iterable[Entry], without_address: set[int]) -> Counter[tuple[int, MailKind]]:
    """How many messages of each kind, by procuration; those typed from paper have no address."""
    acts: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.procuration_id and entry.procuration_id not in without_address:
            acts[entry.procuration_id].append(entry)
    return Counter((id_, kind) for id_, done in acts.items() for kind in _of_one(done))


def _of_one(done: list[Entry]) -> list[MailKind]:
    """One message tells both the establishment and what was decided in the same act."""
    told, was_established = [], False
    for entry, following in zip(done, [*done[1:], None], strict=True):
        is_decided_at_once = (
            entry.action is Action.ESTABLISHED
            and following is not None
            and following.action in DECIDED_AT_ONCE
            and following.at == entry.at
        )
        is_of_the_dead = entry.detail == Reason.DECES_MANDANT
        if entry.action in TOLD and not is_decided_at_once and not is_of_the_dead:
            told.append(TOLD[entry.action])
        if entry.action is Action.RECONTROLLED and entry.detail == "tie_doubt":
            told.append(MailKind.RECONTROLLED)
        if entry.action is Action.RECONTROLLED and entry.detail in ("cleared", "roll_cleared"):
            told.append(MailKind.DOUBT_OVER)
        if entry.action is Action.ENDED and not is_of_the_dead and not was_established:
            told.append(MailKind.UNDECIDED)
        was_established = was_established or entry.action is Action.VALIDATED
    return told
