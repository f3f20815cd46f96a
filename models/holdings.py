"""What one mandataire holds and one mandant gave: counted day by day, in the order of establishment (L73, L75)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, func, select, text

from models import naming, rules, scrutin, search
from models.base import db, is_sqlite
from models.errors import Reason
from models.evidence import Evidence, in_force_by, leads_of
from models.findings import ORDER_OR_PERSON, Check, Finding
from models.identity import Identity, family_key
from models.law import Law
from models.memory import look_again
from models.naming import PEOPLE
from models.procuration import PollingDay, Procuration, Status
from models.rules import Held, Outcome, Person
from models.scrutin import Vote
from models.territory import Commune


def keys_of(mandant: Identity, mandataire: Identity) -> dict[str, str]:
    """By which a procuration is found again as one person's (procuration.mandant_key, mandataire_key)."""
    return {
        "mandant_key": family_key(mandant.birth_name, mandant.birth_date),
        "mandataire_key": family_key(mandataire.birth_name, mandataire.birth_date),
    }


Occasion = date | tuple[int, int]
"""What L73 counts for: a polling day, or a tour of an election whatever its day in each place."""


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
        **search.columns_of(given.mandant, given.mandataire),
    }


def lock(people: Iterable[Identity]) -> None:
    """Let one establishment at a time count what these people give and hold, until the transaction ends.

    By birth date, which every way to name a person shares, in one order for all. SQLite has one writer, from the
    first write on.
    """
    look_again()
    if is_sqlite():
        return
    for day in sorted({person.birth_date for person in people}):
        db.session.execute(text("select pg_advisory_xact_lock(73, :day)"), {"day": day.toordinal()})


def come_last(procuration: Procuration) -> None:
    """Give a procuration just established its place after those of the same people, whatever two clocks say.

    L73 counts in the order of establishment, and what was told to the first stays true: the caller holds `lock`.
    """
    leads = leads_of({who: [naming.known(procuration, who)] for who in PEOPLE})
    latest = db.session.scalar(_latest(tuple(leads)), leads | {"own": procuration.id})
    if latest and procuration.established_at and latest >= procuration.established_at:
        procuration.established_at = latest + timedelta(microseconds=1)
        db.session.flush()


@cache
def _latest(columns: tuple[str, ...]) -> Select[datetime | None]:
    """When the last of these was established but `own`, of those whose hour is known."""
    return select(func.max(Procuration.established_at)).where(
        Procuration.id.in_(in_force_by(columns)),
        Procuration.id != bindparam("own"),
        Procuration.established_day_only.is_(False),
    )


def covers(procuration: Procuration, day: date) -> bool:
    """Whether it serves that day; a period does from its establishment, or would from today (R74).

    Not on a day of the period on which one of the two is not of age yet: neither votes that day (L2).
    """
    if procuration.valid_until is None:
        is_given = day in procuration.days
    else:
        is_given = _established_on(procuration) <= day <= procuration.valid_until
    return is_given and all(rules.is_of_age(one, day) for one in (procuration.mandant, procuration.mandataire))


@dataclass(frozen=True, eq=False)
class _Counted:
    """A procuration in a count, and the votes it serves there, each with its day in that place."""

    procuration: Procuration
    held: Held
    votes: Sequence[Vote]
    served: dict[Occasion, date]


def ceiling(
    procuration: Procuration, evidence: Evidence, votes: Sequence[Vote], today: date
) -> tuple[Finding, tuple[Procuration, ...]]:
    """Count, vote by vote, what its mandataire holds (L73, old wording); the worst vote makes the finding.

    In the order of establishment: what is void for one vote takes no place in another.
    """
    worst, excess = None, list[Procuration]()
    counted = _counted(procuration, evidence, votes, today)
    for one in counted:
        for occasion, day in one.served.items():
            standing = [other for other in counted if other.procuration not in (one.procuration, *excess)]
            others = [other.held for other in standing if occasion in other.served]
            law = scrutin.law_on(one.procuration.commune, day, one.votes)
            outcome = rules.ceiling_outcome(one.held, others, law.ceiling)
            if outcome is Outcome.FAILED and one.held.is_certain and one.procuration not in excess:
                excess.append(one.procuration)
            if one.procuration is procuration:
                worst = _worst(worst, _ceiling_finding(outcome, day, one.held, others, law))
    return worst or _nothing_held(), tuple(excess)


def duplicate(procuration: Procuration, evidence: Evidence, today: date) -> Finding:
    """Another procuration of the same mandant for one of the same days, established before."""
    given_too = [
        held
        for other, held in _same_persons(procuration, evidence, today, "mandant")
        if rules.overlap(procuration, other, today)
    ]
    outcome = rules.duplicate_outcome(_as_held(procuration, rank=1), given_too)
    if outcome is Outcome.PASSED and procuration.established_day_only and given_too:
        outcome = Outcome.UNKNOWN  # typed from paper after another was given: which one counts is a person's to say
    why = ORDER_OR_PERSON if outcome is Outcome.UNKNOWN else None
    return Finding(Check.DUPLICATE, "L75", outcome, Reason.DOUBLON_MANDANT, {"given": len(given_too)}, why)


def given_too(procuration: Procuration, today: date) -> list[Procuration]:
    """What the same mandant gave besides, surely or perhaps."""
    evidence = Evidence([procuration], today, ("mandant",))
    return [other for other, _ in _same_persons(procuration, evidence, today, "mandant")]


def in_the_way_of(procuration: Procuration, own: Iterable[Procuration], today: date) -> list[Procuration]:
    """Of one mandant's own, what counts before it for one of its days (L75, old wording), while it waits itself."""
    waits = procuration.status in (Status.SUBMITTED, Status.ESTABLISHED) and not procuration.is_revocation_asked
    if not waits or procuration.is_without_vote(today):
        return []
    at = procuration.established_at
    earlier = (one for one in own if one.is_in_force and one is not procuration and one not in procuration.replaced)
    before = (one for one in earlier if at is None or (one.established_at is not None and one.established_at < at))
    return [one for one in before if rules.overlap(one, procuration, today)]


def left_out(former: Procuration, given: rules.Given, today: date) -> list[date]:
    """Of the days chosen once that are to come and have a vote, those that what would replace it does not serve."""
    days = (day for day in former.days if day >= today and day not in former.lost_days)
    return [day for day in days if not rules.serves_on(given, day)]


def beside(procuration: Procuration, today: date) -> list[Procuration]:
    """What the same mandant gave and the same mandataire holds besides, surely or perhaps; each once, by id."""
    evidence = Evidence([procuration], today)
    theirs = [pair for who in PEOPLE for pair in _same_persons(procuration, evidence, today, who)]
    return sorted({other.id: other for other, _ in theirs}.values(), key=lambda other: other.id)


def _counted(procuration: Procuration, evidence: Evidence, votes: Sequence[Vote], today: date) -> list[_Counted]:
    """All that the mandataire holds, first established first."""
    all_held = [
        (procuration, _as_held(procuration, rank=1)),
        *_same_persons(procuration, evidence, today, "mandataire"),
    ]
    all_held.sort(key=lambda pair: (pair[1].earliest, pair[1].rank))
    days = _days_to_count([one for one, _ in all_held], votes, today)
    counted = []
    for one, held in all_held:
        is_there = one.commune_code == procuration.commune_code
        own = votes if is_there else evidence.votes_in(one.commune, today)
        counted.append(_Counted(one, held, own, _served(one, days, own)))
    return counted


def _served(procuration: Procuration, days: Collection[date], votes: Sequence[Vote]) -> dict[Occasion, date]:
    """Every day on which it serves, and every tour, which is voted on a Saturday in some places (L73: a scrutin)."""
    served: dict[Occasion, date] = {day: day for day in days if covers(procuration, day)}
    return served | {(vote.election.id, vote.tour): vote.polling_day for vote in votes if vote.polling_day in served}


def _same_persons(
    procuration: Procuration, evidence: Evidence, today: date, who: str
) -> list[tuple[Procuration, Held]]:
    """The other procurations in force that this mandataire holds, or this mandant gave, surely or perhaps."""
    me = evidence.known(procuration, who)
    others = evidence.others(procuration, who, today)
    compared = [(other, me.is_same_as(_person(other, who, procuration))) for other in others]
    return [(other, _as_held(other, is_certain=bool(same))) for other, same in compared if same is not False]


def _person(procuration: Procuration, who: str, beside: Procuration) -> Person:
    """The mandant or mandataire of a procuration; two FranceConnect subjects of one civil status may be two people.

    Then one line of a roll does not make them one. One subject is one person, whichever communes were stated.
    """
    person = naming.person(procuration, who)
    one, other = procuration.elector_key, beside.elector_key
    if who == "mandataire" or not (one and other):
        return person
    if one == other:
        return replace(person, commune_code=None)
    return replace(person, roll_key=None, has_namesake=True)


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


def _days_to_count(held: Sequence[Procuration], votes: Sequence[Vote], today: date) -> list[date]:
    """Every day on which what is held can differ: periods all run today, chosen days are counted one by one."""
    chosen = (day for one in held for day in one.days)
    days = {today, *chosen, *(vote.polling_day for vote in votes)}
    return sorted(day for day in days if day >= today)


def _ceiling_finding(outcome: Outcome, day: date, own: Held, others: Sequence[Held], law: Law) -> Finding:
    """The ceiling shown is the one counted with: its own list raises it too, and that of a later one does not."""
    not_after = [own, *(other for other in others if not own.is_before(other))]
    inputs = {
        "held": len(others),
        "held_in_france": sum(held.in_france for held in others),
        "max_total": law.ceiling.total(with_consular=any(held.is_consular for held in not_after)),
        "max_established_in_france": law.ceiling.max_established_in_france,
    }
    why = ORDER_OR_PERSON if outcome is Outcome.UNKNOWN else None
    return Finding(Check.CEILING, "L73", outcome, Reason.PLAFOND, inputs, why, day)


def _nothing_held() -> Finding:
    return Finding(Check.CEILING, "L73", Outcome.PASSED, Reason.PLAFOND, {"held": 0, "held_in_france": 0})


def _worst(one: Finding | None, other: Finding) -> Finding:
    order = (Outcome.PASSED, Outcome.UNKNOWN, Outcome.FAILED)
    return other if one is None or order.index(other.outcome) > order.index(one.outcome) else one
