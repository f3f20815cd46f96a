"""What one mandataire holds and one mandant gave: counted day by day, in the order of establishment (L73, L75)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, false, func, or_, select, text
from sqlalchemy.orm import joinedload

from models import rules, scrutin
from models.base import db
from models.errors import Reason
from models.findings import ORDER_OR_PERSON, Check, Finding
from models.identity import Identity, family_key
from models.law import Law
from models.procuration import IN_FORCE, PollingDay, Procuration
from models.rules import Held, Outcome, Person
from models.scrutin import Vote
from models.territory import Commune


def keys_of(mandant: Identity, mandataire: Identity) -> dict[str, str]:
    """By which a procuration is found again as one person's (procuration.mandant_key, mandataire_key)."""
    return {
        "mandant_key": family_key(mandant.birth_name, mandant.birth_date),
        "mandataire_key": family_key(mandataire.birth_name, mandataire.birth_date),
    }


class Given(Protocol):
    """What R75 asks of a procuration, on line or on paper: who gives it to whom, where and for when."""

    @property
    def commune(self) -> Commune: ...
    @property
    def mandant(self) -> Identity: ...
    @property
    def mandant_nne(self) -> str | None: ...
    @property
    def mandataire(self) -> Identity: ...
    @property
    def mandataire_nne(self) -> str | None: ...
    @property
    def mandataire_commune(self) -> Commune | None: ...
    @property
    def days(self) -> Collection[date]: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def last_day(self) -> date | None: ...


def columns_of(given: Given) -> dict[str, Any]:
    """The columns of a procuration that say what was given; in no session until its row is added to one."""
    theirs = given.mandataire_commune
    return {
        "commune": given.commune,
        "commune_code": given.commune.code,
        "mandant": given.mandant,
        "mandant_nne": given.mandant_nne,
        "mandataire": given.mandataire,
        "mandataire_nne": given.mandataire_nne,
        "mandataire_commune": theirs,
        "mandataire_commune_code": theirs.code if theirs else None,
        "polling_days": [PollingDay(day=day) for day in sorted(set(given.days))],
        "valid_until": given.valid_until,
        "last_day": given.last_day,
        **keys_of(given.mandant, given.mandataire),
    }


def lock(people: Iterable[Identity]) -> None:
    """Let one establishment at a time count what these people give and hold, until the transaction ends.

    By birth date, which every way to name a person shares, in one order for all. SQLite has one writer, from the
    first write on.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    for day in sorted({person.birth_date for person in people}):
        db.session.execute(text("select pg_advisory_xact_lock(73, :day)"), {"day": day.toordinal()})


def come_last(procuration: Procuration) -> None:
    """Give a procuration just established its place after those of the same people, whatever two clocks say.

    L73 counts in the order of establishment, and what was told to the first stays true: the caller holds `lock`.
    """
    same_people = or_(_may_be(procuration, "mandant"), _may_be(procuration, "mandataire"))
    latest = db.session.scalar(
        select(func.max(Procuration.established_at)).where(
            same_people,
            Procuration.id != procuration.id,
            Procuration.status.in_(IN_FORCE),
            Procuration.established_day_only.is_(False),
        )
    )
    if latest and procuration.established_at and latest >= procuration.established_at:
        procuration.established_at = latest + timedelta(microseconds=1)
        db.session.flush()


def covers(procuration: Procuration, day: date) -> bool:
    """Whether it serves that day; a period does from its establishment, or would from today (R74)."""
    if procuration.valid_until is None:
        return day in procuration.days
    return _established_on(procuration) <= day <= procuration.valid_until


def ceiling(
    procuration: Procuration, votes: Sequence[Vote], today: date, *, has_namesake: bool = False
) -> tuple[Finding, tuple[Procuration, ...]]:
    """Count, day by day, what this mandataire holds (L73, old wording); the worst day makes the finding."""
    held_too = _held_too(procuration, today, "mandataire", has_namesake=has_namesake)
    votes_of = {procuration.commune_code: votes}
    worst, excess = None, []
    for day in _days_to_count(procuration, held_too, votes, today):
        holding = [pair for pair in held_too if covers(pair[0], day)]
        counted = [(procuration, _as_held(procuration, rank=1)), *holding]
        for one, held in counted:
            law = scrutin.law_on(one.commune, day, _votes_in(one, votes_of, today))
            others = [other for _, other in counted if other is not held]
            outcome = rules.ceiling_outcome(held, others, law.ceiling)
            if outcome is Outcome.FAILED and held.is_certain and one not in excess:
                excess.append(one)
            if one is procuration:
                worst = _worst(worst, _ceiling_finding(outcome, day, others, law))
    return worst or _nothing_held(), tuple(excess)


def duplicate(procuration: Procuration, today: date) -> Finding:
    """Another procuration of the same mandant for one of the same days, established before."""
    given_too = [
        held for other, held in _held_too(procuration, today, "mandant") if rules.overlap(procuration, other, today)
    ]
    outcome = rules.duplicate_outcome(_as_held(procuration, rank=1), given_too)
    if outcome is Outcome.PASSED and procuration.established_day_only and given_too:
        outcome = Outcome.UNKNOWN  # typed from paper after another was given: which one counts is a person's to say
    why = ORDER_OR_PERSON if outcome is Outcome.UNKNOWN else None
    return Finding(Check.DUPLICATE, "L75", outcome, Reason.DOUBLON_MANDANT, {"given": len(given_too)}, why)


def _held_too(
    procuration: Procuration, today: date, who: str, *, has_namesake: bool = False
) -> list[tuple[Procuration, Held]]:
    """The other procurations in force that this mandataire holds, or this mandant gave, surely or perhaps."""
    me = replace(_person(procuration, who), has_namesake=has_namesake)
    candidates = db.session.scalars(
        select(Procuration)
        .where(
            _may_be(procuration, who),
            Procuration.id != procuration.id,
            Procuration.status.in_(IN_FORCE),
            Procuration.last_day >= today,
        )
        .options(joinedload(Procuration.commune, innerjoin=True))
        .order_by(Procuration.established_at, Procuration.id)
    )
    compared = [(other, rules.is_same_person(me, _person(other, who, procuration))) for other in candidates]
    return [(other, _as_held(other, is_certain=bool(same))) for other, same in compared if same is not False]


def _may_be(procuration: Procuration, who: str) -> ColumnElement[bool]:
    """Where to look for the same person: the same family key, or the same elector's number."""
    columns = Procuration.__table__.columns
    key, number = getattr(procuration, f"{who}_key"), getattr(procuration, f"{who}_nne")
    same_key = columns[f"{who}_key"] == key if key else false()
    return or_(same_key, columns[f"{who}_nne"] == number) if number else same_key


def _person(procuration: Procuration, who: str, beside: Procuration | None = None) -> Person:
    """The mandant or mandataire of a procuration; two FranceConnect subjects of one civil status may be two people."""
    roll_key = procuration.mandataire_roll_key if who == "mandataire" else None
    subjects = {one.elector_key for one in (procuration, beside) if one and one.elector_key}
    has_namesake = who == "mandant" and len(subjects) > 1
    return Person(getattr(procuration, who), getattr(procuration, f"{who}_nne"), roll_key, has_namesake)


def _as_held(procuration: Procuration, *, rank: int = 0, is_certain: bool = True) -> Held:
    at = procuration.established_at
    if at is None:
        raise ValueError("not established")
    earliest, latest = (at, at)
    if procuration.established_day_only:
        earliest = datetime.combine(_established_on(procuration), time(), procuration.commune.zone).astimezone(UTC)
        latest = earliest + timedelta(days=1) - timedelta(microseconds=1)
    return Held(
        earliest, latest, bool(procuration.established_in_france), procuration.commune.is_consular, rank, is_certain
    )


def _established_on(procuration: Procuration) -> date:
    at = procuration.established_at
    return procuration.commune.local_day(at) if at else date.min


def _days_to_count(
    procuration: Procuration, held_too: Sequence[tuple[Procuration, Held]], votes: Sequence[Vote], today: date
) -> list[date]:
    """Every day on which what is held can differ: periods all run today, chosen days are counted one by one."""
    theirs = (day for other, _ in held_too for day in other.days)
    days = {today, *procuration.days, *theirs, *(vote.polling_day for vote in votes)}
    return sorted(day for day in days if day >= today and covers(procuration, day))


def _votes_in(procuration: Procuration, votes_of: dict[str, Sequence[Vote]], today: date) -> Sequence[Vote]:
    """The coming elections of its commune, read once a commune."""
    code = procuration.commune_code
    if code not in votes_of:
        votes_of[code] = scrutin.upcoming_in(procuration.commune, today)
    return votes_of[code]


def _ceiling_finding(outcome: Outcome, day: date, others: Sequence[Held], law: Law) -> Finding:
    inputs = {
        "held": len(others),
        "held_in_france": sum(held.in_france for held in others),
        "max_total": law.ceiling.total(with_consular=any(held.is_consular for held in others)),
        "max_established_in_france": law.ceiling.max_established_in_france,
    }
    why = ORDER_OR_PERSON if outcome is Outcome.UNKNOWN else None
    return Finding(Check.CEILING, "L73", outcome, Reason.PLAFOND, inputs, why, day)


def _nothing_held() -> Finding:
    return Finding(Check.CEILING, "L73", Outcome.PASSED, Reason.PLAFOND, {"held": 0, "held_in_france": 0})


def _worst(one: Finding | None, other: Finding) -> Finding:
    order = (Outcome.PASSED, Outcome.UNKNOWN, Outcome.FAILED)
    return other if one is None or order.index(other.outcome) > order.index(one.outcome) else one
