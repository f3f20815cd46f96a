"""Step 3: the town hall's decisions (R76), one or many by the same rule, in a constant number of statements.

Each is decided as if alone, by its key, the least first, and sees what was decided before it. Only what follows beyond
them, later procurations that L73 makes void, costs statements of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from models import aftermath, control, journal, naming, outbox, reason_words, rules, settlement
from models.account import Account
from models.base import db, locking
from models.errors import TOWN_HALL_REFUSALS, AlreadyHandled, DomainError, NotAllowed, NoteRequired, Reason, RuleBroken
from models.evidence import Evidence
from models.findings import RULES_VERSION, Control
from models.journal import Action
from models.outbox import MailKind
from models.procuration import Procuration, Status
from models.reason_text import ReasonText
from models.transition import Changes, facts_of

ACTIONS = MappingProxyType({Status.VALIDATED: Action.VALIDATED, Status.INVALIDATED: Action.INVALIDATED})
MAILS = MappingProxyType({Status.VALIDATED: MailKind.VALIDATED, Status.INVALIDATED: MailKind.INVALIDATED})


@dataclass(frozen=True)
class Decision:
    """What a clerk decides, and why; `note` stays inside the town hall."""

    to: Status
    clerk: Account
    at: datetime
    reason: Reason | None = None
    note: str | None = None

    def needs_note(self, found: Control) -> bool:
        """It goes against what the findings say, and nothing is written."""
        is_against = bool(found.objections) if self.to is Status.VALIDATED else found.has_passed
        return is_against and not self.note


@dataclass
class _Batch:
    """What is done and not yet sent to the database; what follows from it is written after.

    `texts`: what elections say of the decision's reason.
    """

    texts: reason_words.Texts
    changes: Changes = field(default_factory=Changes)
    lines: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any] | None] = field(default_factory=list)

    def write(self) -> None:
        """Raises AlreadyHandled when a row was not held after all."""
        self.changes.write()
        journal.record_all(self.lines)
        outbox.post_all(self.messages)
        self.lines, self.messages = [], []


def validate(
    procurations: Collection[Procuration], *, clerk: Account, note: str | None = None, now: datetime
) -> Mapping[int, DomainError]:
    """Valider (R76, unread since 2022): the checks are good, or the `note` says why one is set aside.

    Those left as they were, by their ids: NotAllowed, AlreadyHandled, NoteRequired, or RuleBroken (nobody votes any
    more on the days that are left, R74, unread). Raises NotHabilitated, and does nothing.
    """
    return _decide_each(procurations, Decision(Status.VALIDATED, clerk, now, note=note))


def invalidate(
    procurations: Collection[Procuration], *, clerk: Account, reason: Reason, note: str | None = None, now: datetime
) -> Mapping[int, DomainError]:
    """Invalider (R76, unread since 2022), for one coded reason; the `note` is required when every check has passed.

    Those left as they were, by their ids: NotAllowed, AlreadyHandled or NoteRequired. Raises NotHabilitated or
    RuleBroken, and does nothing.
    """
    aftermath.require_reason(reason, TOWN_HALL_REFUSALS)
    return _decide_each(procurations, Decision(Status.INVALIDATED, clerk, now, reason, note))


def _decide_each(procurations: Collection[Procuration], decision: Decision) -> Mapping[int, DomainError]:
    for one in procurations:
        aftermath.require_clerk(one, decision.clerk)
    texts = reason_words.current([decision.reason]) if decision.reason else {}
    held, batch, not_done = _hold(procurations), _Batch(texts), dict[int, DomainError]()
    waiting = [one for one in held if one.can_be_decided]
    evidence = Evidence(
        waiting, min((one.commune.local_day(decision.at) for one in waiting), default=decision.at.date())
    )
    for one in held:
        try:
            _decide(one, decision, evidence, batch)
        except (AlreadyHandled, NotAllowed, NoteRequired, RuleBroken) as refusal:
            not_done[one.id] = refusal
    batch.write()
    return not_done


def message(
    one: Procuration,
    to: Status,
    reason: Reason | None = None,
    text: ReasonText | None = None,
    unserved: Sequence[date] = (),
) -> tuple[MailKind, dict[str, Any]]:
    """What its mandant is told of such a decision, as it stands now: a kind of mail and its facts.

    `text`: the words of an election for that reason (reason_words.of). `unserved`: the votes inside the period on which
    one of the two is not of age yet (models/majority.py).
    """
    facts: dict[str, Any] = {"reason": reason, **reason_words.facts(text, one)} if reason else {}
    if unserved and to is Status.VALIDATED:
        facts["unserved"] = [day.isoformat() for day in unserved]
    if one.is_revocation_asked and to is Status.VALIDATED:
        facts["is_ending"] = True
    return MAILS[to], {**facts_of(one), **facts, "was_in_doubt": one.is_in_doubt}


def _hold(procurations: Collection[Procuration]) -> list[Procuration]:
    """As they are now, and will be until the transaction ends: the second of two clerks finds them decided.

    By id, as the commands do: two who took the same rows in two orders would wait for one another for ever.
    """
    return list(db.session.scalars(_HELD, {"ids": [one.id for one in procurations]}))


_HELD = locking(
    select(Procuration)
    .where(Procuration.id.in_(bindparam("ids", expanding=True)))
    .order_by(Procuration.id)
    .options(joinedload(Procuration.commune, innerjoin=True), joinedload(Procuration.mandataire_commune)),
    of=Procuration,
).execution_options(populate_existing=True)


def _decide(one: Procuration, decision: Decision, evidence: Evidence, batch: _Batch) -> None:
    """Raises NotAllowed (its paper has not come), AlreadyHandled, RuleBroken (no vote is left), NoteRequired."""
    aftermath.require_desk(one, decision.clerk)
    today = one.commune.local_day(decision.at)
    if not one.can_be_decided or one.last_day < today:
        raise AlreadyHandled
    if decision.to is Status.VALIDATED and not control.has_vote(one, today, evidence):
        raise RuleBroken([Reason.SCRUTIN_INCONNU])
    if news := naming.news(one, evidence.named(one)):
        batch.changes.add(one, **{name: getattr(one, name) for name in naming.COLUMNS} | news)
    found = control.control(one, today, evidence)
    if decision.to is Status.VALIDATED and one in found.excess:
        batch.write()
        aftermath.void(one, found, now=decision.at)
        settlement.void_later(one, found, now=decision.at)
        return
    if decision.needs_note(found):
        raise NoteRequired(finding.reason for finding in found.objections)
    is_again = one.is_in_doubt
    _write(one, decision, found, batch, _text(one, decision, evidence, batch), _unserved(one, today, evidence))
    if decision.to is Status.VALIDATED and (found.excess or found.rivalries):
        batch.write()
        settlement.void_later(one, found, now=decision.at)
        settlement.doubt_tied(one, found, is_again=is_again, now=decision.at)


def _text(one: Procuration, decision: Decision, evidence: Evidence, batch: _Batch) -> ReasonText | None:
    """The words of an election of its days for the decision's reason, if any has some."""
    if decision.reason is None or not batch.texts:
        return None
    votes = evidence.votes_in(one.commune, one.commune.local_day(decision.at))
    return reason_words.applying(batch.texts, one, decision.reason, votes)


def _unserved(one: Procuration, today: date, evidence: Evidence) -> list[date]:
    """The votes of its period on which one of the two is not of age yet (L2)."""
    return rules.days_before_majority(one, {vote.polling_day for vote in evidence.votes_in(one.commune, today)})


def _write(
    one: Procuration,
    decision: Decision,
    found: Control,
    batch: _Batch,
    text: ReasonText | None,
    unserved: Sequence[date],
) -> None:
    kind, facts = message(one, decision.to, decision.reason, text, unserved)
    batch.messages.append(outbox.message(kind, one, now=decision.at, **facts))
    batch.changes.add(
        one,
        status=decision.to,
        doubted_at=None,
        is_automated=False,
        decided_by_id=decision.clerk.id,
        decided_by_name=decision.clerk.name,
        decided_at=decision.at,
        findings=found.as_json,
        rules_version=RULES_VERSION,
        reason=decision.reason or one.reason,
        reason_text_id=text.id if text else None,
        note=decision.note or None,
    )
    action = ACTIONS[decision.to]
    batch.lines.append(
        journal.line(action, now=decision.at, procuration=one, account=decision.clerk, detail=decision.reason)
    )
