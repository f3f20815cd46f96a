"""Which words a coded reason has in an election: found for who is told, written by supervision in dated versions.

A procuration may serve several elections: the words are those of the first, in the order of its coming days, that has
words of its own for that reason; otherwise the service's (templates/components/words.html).
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models import journal, scrutin
from models.account import Account, Role
from models.base import db
from models.errors import TOWN_HALL_REFUSALS, AlreadyHandled, DomainError, NotAllowed, NotHabilitated, Reason
from models.holdings import covers
from models.journal import Action
from models.procuration import Procuration
from models.reason_text import COMMUNE, LONGEST, ReasonText, Words
from models.scrutin import Election, Stage, Vote

WRITTEN = (*TOWN_HALL_REFUSALS, Reason.DECES_MANDATAIRE, Reason.IDENTITE_DISCORDANTE)
"""The reasons that a message tells, in the order in which supervision reads them."""

TOLD_AS = MappingProxyType({Reason.CONTRAINTE: Reason.IDENTITE_DISCORDANTE})
"""What has another's words, so that nobody behind the elector's shoulder can tell that pressure was seen."""

Texts = Mapping[tuple[int, Reason], ReasonText]


class Flaw(StrEnum):
    """What is wrong with a part of a text."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    PLACEHOLDER = "placeholder"
    UNCHANGED = "unchanged"


class TextRefused(DomainError):
    """A text cannot be so; `flaws` says of each part what is wrong with it."""

    def __init__(self, flaws: Mapping[str, Flaw]) -> None:
        self.flaws = flaws
        super().__init__(", ".join(flaws.values()))


def flaws_of(words: Words) -> dict[str, Flaw]:
    """By the part's name: each is needed, short, and leaves nothing to be filled but the commune."""
    return {name: flaw for name, part in words._asdict().items() if (flaw := _flaw_of(part))}


def newest(election: Election) -> dict[Reason, ReasonText]:
    """The newest version of each reason that this election ever had words for, withdrawn or not."""
    return {reason: text for (_, reason), text in _newest(ReasonText.election_id == election.id).items()}


def current(reasons: Iterable[Reason]) -> Texts:
    """What elections say of these reasons by now, in one statement: by election and reason."""
    asked = {TOLD_AS.get(reason, reason) for reason in reasons}
    return {key: text for key, text in _newest(ReasonText.reason.in_(asked)).items() if text.words}


def of(procuration: Procuration, reason: Reason, today: date) -> ReasonText | None:
    """What its mandant is told of that reason from that day on; None for the service's own words."""
    return of_each(procuration, [reason], today).get(reason)


def of_each(procuration: Procuration, reasons: Collection[Reason], today: date) -> dict[Reason, ReasonText]:
    """The same of several; those that no election of its days has words for are absent."""
    texts = current(reasons) if reasons else {}
    votes = scrutin.upcoming_in(procuration.commune, today) if texts else []
    found = {reason: applying(texts, procuration, reason, votes) for reason in reasons}
    return {reason: text for reason, text in found.items() if text}


def applying(texts: Texts, procuration: Procuration, reason: Reason, votes: Iterable[Vote]) -> ReasonText | None:
    """Of these texts, that of the first of these votes on which it serves and whose election has one."""
    elections = (vote.election.id for vote in votes if covers(procuration, vote.polling_day))
    found = (texts.get((key, TOLD_AS.get(reason, reason))) for key in elections)
    return next((text for text in found if text), None)


def told(text: ReasonText | None, procuration: Procuration) -> list[str] | None:
    """The words as a message holds them, filled for this mandant."""
    words = text.words if text else None
    return list(words.filled(procuration.commune.name)) if words else None


def facts(text: ReasonText | None, procuration: Procuration) -> dict[str, Any]:
    """What a message needs of them; nothing for the service's own words."""
    words = told(text, procuration)
    return {"text": words} if words else {}


def check(
    election: Election, reason: Reason, words: Words | None, *, seen: int, account: Account, now: datetime
) -> None:
    """Raises what `write` would."""
    if account.role is not Role.MINISTRY:
        raise NotHabilitated
    if election.stage(now) is Stage.PAST or reason not in WRITTEN:
        raise NotAllowed
    before = newest(election).get(reason)
    if (before.version if before else 0) != seen:
        raise AlreadyHandled
    flaws = flaws_of(words) if words else {}
    if not flaws and words == (before.words if before else None):
        flaws = {"sentence": Flaw.UNCHANGED}
    if flaws:
        raise TextRefused(flaws)


def write(
    election: Election, reason: Reason, words: Words | None, *, seen: int, account: Account, now: datetime
) -> ReasonText:
    """Give an election its words for a reason, or with None the service's again, from now on.

    What was told before stays told. `seen` is the version that was read, 0 for none. Raises NotHabilitated, NotAllowed
    (the election is over, or no message tells that reason), AlreadyHandled (somebody wrote meanwhile), TextRefused.
    """
    check(election, reason, words, seen=seen, account=account, now=now)
    own = words._asdict() if words else {}
    text = ReasonText(
        election_id=election.id, reason=reason, version=seen + 1, written_at=now, written_by_id=account.id, **own
    )
    try:
        with db.session.begin_nested():
            db.session.add(text)
    except IntegrityError as error:
        raise AlreadyHandled from error
    journal.record(Action.TEXT_WRITTEN, now=now, account=account, election_id=election.id, detail=reason)
    return text


def _newest(criterion: Any) -> dict[tuple[int, Reason], ReasonText]:
    ids = select(func.max(ReasonText.id)).where(criterion).group_by(ReasonText.election_id, ReasonText.reason)
    texts = db.session.scalars(select(ReasonText).where(ReasonText.id.in_(ids)))
    return {(text.election_id, text.reason): text for text in texts}


def _flaw_of(part: str) -> Flaw | None:
    if not part.strip():
        return Flaw.MISSING
    if len(part) > LONGEST:
        return Flaw.TOO_LONG
    return Flaw.PLACEHOLDER if re.search(r"[{}]", part.replace(COMMUNE, "")) else None
