"""What the machine looks at, and what it expects, written anew so that it repeats no error of the domain."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from models.base import db
from models.journal import Action, Entry
from models.law import Ceiling, ControlRegime, Law, ListType
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration, Status

USUAL_NAME = "MARCHAND"
IN_FORCE = {Status.ESTABLISHED, Status.VALIDATED}
LEFT_BY_A_PURGE = {
    *("id", "source", "status", "submission_key", "commune_code", "valid_until", "last_day", "submitted_at"),
    *("expires_on", "officer_id", "officer_capacity", "handled_at", "station_code", "checked_at", "passed_to_id"),
    *("established_at", "established_commune_code", "established_in_france", "established_day_only", "received_on"),
    *("decided_by_id", "decided_at", "reason", "is_automated", "rules_version", "revocation_requested_at", "closed_at"),
    *("doubted_at", "reminded_at", "purge_notice_at", "purged_at", "reference_hash", "mandataire_masked"),
    *("held_until_paper", "head_number", "head_mac"),
}
"""Figures, accounts, the journal's proof; any other column must be empty, also one that is still to be invented."""


@dataclass(frozen=True)
class DayLaw:
    """What the law of one day allows: L73's three numbers, a certified identity, a revocation asked on line."""

    total: int = 2
    in_france: int = 1
    with_consular: int = 3
    certified: bool = True
    online: bool = True

    def beside(self, other: "DayLaw") -> "DayLaw":
        """Of two elections of one day, the stricter in each thing."""
        return DayLaw(*map(min, astuple(self), astuple(other)))

    def as_law(self, regime: ControlRegime) -> Law:
        return Law(
            control_regime=regime,
            ceiling=Ceiling(self.total, self.in_france, self.with_consular),
            same_commune_required=False,
            list_types=frozenset({ListType.LP}),
            online_revocation=self.online,
            certified_identity=self.certified,
        )


def procurations() -> list[Procuration]:
    return list(db.session.scalars(select(Procuration).order_by(Procuration.id)))


def statuses() -> dict[int, Status]:
    return {row.id: row.status for row in db.session.execute(select(Procuration.id, Procuration.status))}


def verdicts(findings: list[dict[str, Any]] | None) -> list[tuple[Any, ...]]:
    """What findings say, without what they were answered from."""
    return [(one["check"], one["outcome"], one["reason"], one["day"]) for one in findings or ()]


def entries() -> list[Entry]:
    return list(db.session.scalars(select(Entry).order_by(Entry.id)))


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


def footprint() -> tuple[dict[int, Status], int, int]:
    """What an act that is refused must leave as it was."""
    return statuses(), len(entries()), len(mails())


def serves(procuration: Procuration, day: date) -> bool:
    """Chosen, or inside the period, which begins with the establishment."""
    if procuration.valid_until is None:
        return day in procuration.days
    return _established_on(procuration) <= day <= procuration.valid_until


def beyond_a_ceiling(day: date, law: DayLaw) -> list[list[int]]:
    """The holdings of one mandataire on that day, by their ids, that article L73 would not let stand together.

    Each mandataire has a birth date of their own. But for those under a usual name that no roll has taught, and those
    whose order nobody knows, a day without an hour beside another of that day: a person decides.
    """
    held: dict[tuple[date, bool], list[Procuration]] = defaultdict(list)
    for one in procurations():
        if one.status in IN_FORCE and serves(one, day):
            held[one.mandataire.birth_date, is_by_usual_name_alone(one)].append(one)
    return [[one.id for one in together] for together in held.values() if _is_too_much(together, law)]


def _is_too_much(together: list[Procuration], law: DayLaw) -> bool:
    total = law.with_consular if any(one.commune_code.startswith("C") for one in together) else law.total
    in_france = sum(bool(one.established_in_france) for one in together)
    return (len(together) > total or in_france > law.in_france) and not _is_tied(together)


def _is_tied(together: list[Procuration]) -> bool:
    vague = [_established_on(one) for one in together if one.established_day_only]
    return any([_established_on(one) for one in together].count(day) > 1 for day in vague)


def _established_on(procuration: Procuration) -> date:
    assert procuration.established_at
    return procuration.commune.local_day(procuration.established_at)


def is_by_usual_name_alone(procuration: Procuration) -> bool:
    """Whether no roll has said yet who that is."""
    return procuration.mandataire.birth_name == USUAL_NAME and procuration.mandataire_roll_key is None


def controls(procuration: Procuration) -> int:
    """How often it was controlled again."""
    its = select(func.count(Entry.id)).where(Entry.procuration_id == procuration.id)
    return db.session.scalar(its.where(Entry.action == Action.RECONTROLLED)) or 0


def wrongly_told_of_days(voted: set[date], at: datetime) -> list[tuple[int, date]]:
    """Coming days of living procurations said to be lost while there is a vote, or the other way round."""
    return [
        (one.id, chosen.day)
        for one in procurations()
        if one.status in {Status.SUBMITTED, *IN_FORCE}
        for chosen in one.polling_days
        if chosen.day >= one.commune.local_day(at) and (chosen.lost_at is None) is not (chosen.day in voted)
    ]


def laws_of(procuration: Procuration, laws: dict[date, DayLaw], today: date) -> list[DayLaw]:
    """Those of the days on which it may still serve; a day that was moved has none."""
    last = procuration.valid_until
    served = {day for day in laws if day <= last} if last else set(procuration.days)
    return [laws[day] for day in served if day >= today and day in laws]


def persons_left() -> Iterator[tuple[int, str]]:
    """What a purged row, or a message about it, still holds of anybody."""
    purged = select(Procuration.__table__).where(Procuration.purged_at.is_not(None))
    rows = {row["id"]: row for row in db.session.execute(purged).mappings()}
    for id_, row in rows.items():
        yield from ((id_, name) for name, value in row.items() if value is not None and name not in LEFT_BY_A_PURGE)
    for mail in mails():
        if mail.procuration_id in rows and mail.facts is not None and mail.kind is not MailKind.EXPIRED:
            yield mail.procuration_id, mail.kind


def sent() -> Counter[tuple[int | None, MailKind]]:
    return Counter((mail.procuration_id, mail.kind) for mail in mails())
