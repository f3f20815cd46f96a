"""What a control says: findings that a person can read again years later, and who is to decide on them."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from models.errors import Reason
from models.law import ControlRegime
from models.matching import Found
from models.procuration import Procuration
from models.rules import Outcome

RULES_VERSION = "2026-11-30"
ORDER_OR_PERSON = "order_or_person"
"""Why a count cannot tell: an order of establishment that the data do not give, or a mandataire who may be another."""
PERHAPS_ONESELF = "perhaps_oneself"
"""Why nobody can tell two people from one: some of the same first names, and no roll that knows both."""
TO_BE_ANSWERED = (ORDER_OR_PERSON, PERHAPS_ONESELF, Found.ELSEWHERE)
"""What nobody can tell from the data and a clerk who validates says in writing."""


class Check(StrEnum):
    """What is checked, in the order in which it is told."""

    MANDANT_REGISTERED = "mandant_registered"
    MANDATAIRE_REGISTERED = "mandataire_registered"
    TWO_PEOPLE = "two_people"
    SAME_COMMUNE = "same_commune"
    LIST_TYPE = "list_type"
    CEILING = "ceiling"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Finding:
    """One check and what came of it; `reason` is what a failure means, `why` the code of what nobody can tell."""

    check: Check
    article: str
    outcome: Outcome
    reason: Reason
    inputs: dict[str, Any] = field(default_factory=dict)
    why: str | None = None
    day: date | None = None

    @property
    def is_objection(self) -> bool:
        """What a clerk answers in writing to validate: a failure, or a doubt that somebody looked into."""
        return self.outcome is Outcome.FAILED or (self.outcome is Outcome.UNKNOWN and self.why in TO_BE_ANSWERED)

    def as_json(self) -> dict[str, Any]:
        """What is stored with the decision."""
        return {
            "check": self.check,
            "article": self.article,
            "outcome": self.outcome,
            "reason": self.reason,
            "inputs": self.inputs,
            "why": self.why,
            "day": self.day.isoformat() if self.day else None,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Finding":
        return cls(
            check=Check(stored["check"]),
            article=stored["article"],
            outcome=Outcome(stored["outcome"]),
            reason=Reason(stored["reason"]),
            inputs=stored["inputs"],
            why=stored["why"],
            day=date.fromisoformat(stored["day"]) if stored["day"] else None,
        )


@dataclass(frozen=True)
class Control:
    """The findings of one procuration, and who is to decide on them.

    `excess` are the procurations in force, this one or later ones, that L73 makes void.
    """

    findings: tuple[Finding, ...]
    regime: ControlRegime
    excess: tuple[Procuration, ...] = ()

    @property
    def failures(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.outcome is Outcome.FAILED]

    @property
    def doubts(self) -> list[Finding]:
        """Another procuration may count instead, or the mandataire is not where the mandant said: somebody looked."""
        return [one for one in self.findings if one.is_objection and one.outcome is Outcome.UNKNOWN]

    @property
    def rivalries(self) -> list[Finding]:
        """Where another procuration stands against it, surely or perhaps: the ceiling, or one the mandant gave."""
        return [one for one in self.objections if one.check in (Check.CEILING, Check.DUPLICATE)]

    @property
    def objections(self) -> list[Finding]:
        """What a clerk answers in writing to validate; a roll that nobody gave is none."""
        return [*self.failures, *self.doubts]

    @property
    def has_passed(self) -> bool:
        return all(finding.outcome is Outcome.PASSED for finding in self.findings)

    @property
    def is_decided_by_register(self) -> bool:
        """The register is to decide, and it can: a check that cannot conclude is a person's."""
        return self.regime is ControlRegime.REGISTER and (self.has_passed or bool(self.failures))

    def loses_sight_of(self, known: list[dict[str, Any]] | None) -> bool:
        """Whether nobody can tell any more what these stored findings held against it: its roll has gone since."""
        untold = {one.check for one in self.findings if one.outcome is Outcome.UNKNOWN and not one.is_objection}
        return any(one.is_objection and one.check in untold for one in map(Finding.from_json, known or ()))

    def differs_from(self, known: list[dict[str, Any]] | None) -> bool:
        """Whether it says anything else than these stored findings; what it was answered from may have moved."""
        return [_verdict(one) for one in self.as_json] != [_verdict(one) for one in known or ()]

    @property
    def as_json(self) -> list[dict[str, Any]]:
        return [finding.as_json() for finding in self.findings]


def _verdict(stored: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(stored[name] for name in ("check", "outcome", "reason", "day"))
