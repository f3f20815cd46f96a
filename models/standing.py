"""What the journal adds to a status, for the mandant: who revoked it, and what a new control left."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from models import journal
from models.journal import Action, Entry
from models.procuration import Procuration, Status

DOUBT = "doubt"
"""The detail of a new control that fails where the decision had passed, or had set nothing of it aside."""

ROLL = "roll"
"""The detail of a new control that a roll brought, not an election."""


TIE = "tie"
"""The detail of a doubt that the validation of another procuration left, where the data do not say which counts."""


CLEARED = "cleared"
"""The detail of a new control that finds nothing any more against what was in doubt."""


class Revoker(StrEnum):
    """By whom: its mandant in person, with or without a reference, or certified; the town hall; its successor."""

    IN_PERSON = "in_person"
    STATED = "stated"
    CERTIFIED = "certified"
    PAPER = "paper"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Standing:
    """`revoked_by` when it was; `successor`: what replaced it, where that is known."""

    revoked_by: Revoker | None = None
    successor: Procuration | None = None


def of(procuration: Procuration) -> Standing:
    """The standing of one procuration, from its own entries; they are read only of what was revoked."""
    if procuration.status is not Status.REVOKED:
        return Standing()
    return of_entries(journal.history([procuration])[procuration.id])


def of_entries(entries: Sequence[Entry], successor: Procuration | None = None) -> Standing:
    """The standing that these entries of one procuration tell, first things first."""
    revoked = [entry for entry in entries if entry.action is Action.REVOKED]
    return Standing(Revoker(revoked[-1].detail or Revoker.IN_PERSON) if revoked else None, successor)


def detail(cause: str | None, *, is_in_doubt: bool, is_cleared: bool = False) -> str | None:
    """How the journal says a new control: what brought it when that is no election; a doubt that it leaves, or ends."""
    parts = [part for part in (cause, DOUBT if is_in_doubt else None, CLEARED if is_cleared else None) if part]
    return "_".join(parts) or None
