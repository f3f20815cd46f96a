"""The demonstration's elections: one to come, two past ones and the procurations that served in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from babel.dates import format_date
from sqlalchemy import select

from models import journal, reference, scrutin
from models.account import Account
from models.base import db
from models.identity import Identity, Sex
from models.journal import Action
from models.law import ControlRegime
from models.procuration import PollingDay, Procuration, Status
from models.scrutin import Election, ElectionKind, ElectionTerritory, Scrutin
from models.territory import EVERY_COMMUNE, EVERY_CONSULAR_POST, Commune, Department

# Paris has one assembly for both; Corsica, Martinique and Guyane have one of their own; the collectivities have theirs.
NO_DEPARTMENTAL_COUNCIL = {"75", "2A", "2B", "972", "973"}
NO_REGIONAL_COUNCIL = {"2A", "2B", "972", "973", "976"}
COLLECTIVITIES = {"975", "977", "978", "984", "986", "987", "988", "989", EVERY_CONSULAR_POST}
WEEKS_AHEAD = 8
JUNE_2021 = (date(2021, 6, 20), date(2021, 6, 27))
JUNE_2024 = (date(2024, 6, 30), date(2024, 7, 7))


@dataclass(frozen=True)
class Past:
    """A procuration of the past: for whom, by whom, where, and for which days."""

    key: str
    commune_code: str
    days: tuple[date, ...]
    mandant: Identity
    mandataire: Identity


ODETTE = Identity("CARLIER", "Odette Jeanne", Sex.F, date(1938, 4, 2))
BRUNO = Identity("CARLIER", "Bruno", Sex.M, date(1966, 10, 19))
INES = Identity("DA SILVA", "Inês", Sex.F, date(1994, 1, 23))
ANAIS = Identity("GÉRARD-COLLIN", "Anaïs", Sex.F, date(1993, 8, 8))
RAYMOND = Identity("L'HERMITE", "Raymond", Sex.M, date(1945, 12, 30))
SOLENE = Identity("PETITJEAN", "Solène Marie", Sex.F, date(1971, 5, 11))
JORIS = Identity("VAN DEN BROECK", "Joris", Sex.M, date(1980, 2, 17))
ELODIE = Identity("MACÉ", "Élodie", Sex.F, date(1984, 7, 3))
AMINATA = Identity("TRAORÉ", "Aminata", Sex.F, date(1989, 9, 14))
GWENDAL = Identity("QUÉMÉNEUR", "Gwendal", Sex.M, date(2001, 3, 6))
YANN = Identity("QUÉMÉNEUR", "Yann", Sex.M, date(1972, 11, 27))
LUCIENNE = Identity("BOUCHER", "Lucienne", Sex.F, date(1950, 6, 21))
KARIM = Identity("ROUSSEL", "Karim", Sex.M, date(1977, 4, 29))
LAON, SOISSONS, BRUYERES, VORGES = "02408", "02722", "02128", "02824"
PAST = (
    Past("demo-2021-1", LAON, JUNE_2021, ODETTE, BRUNO),
    Past("demo-2021-2", LAON, JUNE_2021[:1], INES, ANAIS),
    Past("demo-2021-3", SOISSONS, JUNE_2021, RAYMOND, SOLENE),
    Past("demo-2021-4", VORGES, JUNE_2021[1:], JORIS, ELODIE),
    Past("demo-2024-1", LAON, JUNE_2024, ODETTE, AMINATA),
    Past("demo-2024-2", SOISSONS, JUNE_2024[:1], GWENDAL, YANN),
    Past("demo-2024-3", BRUYERES, JUNE_2024[1:], LUCIENNE, KARIM),
)


def add_elections(today: date) -> None:
    """The past ones if absent; and one to come, of two elections on the same two Sundays, when none is open."""
    _add_council_elections(JUNE_2021, max_established_in_france=2)
    _add(
        ElectionKind.LEGISLATIVE,
        "Élections législatives",
        JUNE_2024,
        [EVERY_COMMUNE, EVERY_CONSULAR_POST],
        control_regime=ControlRegime.REGISTER,
    )
    if not scrutin.upcoming(today):
        first = today + timedelta(weeks=WEEKS_AHEAD)
        first += timedelta(days=6 - first.weekday())
        _add_council_elections((first, first + timedelta(days=7)))


def add_past_procurations(officer: Account, clerks: list[Account]) -> None:
    """What this officer established then, checked by the town hall in 2021 and by the register in 2024."""
    for past in PAST:
        if db.session.scalar(select(Procuration.id).where(Procuration.submission_key == past.key)) is None:
            commune = db.session.get_one(Commune, past.commune_code)
            clerk = next(clerk for clerk in clerks if commune in clerk.communes) if past.days[0] in JUNE_2021 else None
            _add_past(past, commune, officer, clerk)


def _add_council_elections(days: tuple[date, ...], **law: int) -> None:
    _add(
        ElectionKind.DEPARTMENTAL,
        "Élections départementales",
        days,
        _departments_but(NO_DEPARTMENTAL_COUNCIL),
        **law,
    )
    _add(ElectionKind.REGIONAL, "Élections régionales", days, _departments_but(NO_REGIONAL_COUNCIL), **law)


def _add(
    kind: ElectionKind, what: str, days: tuple[date, ...], territories: list[str], **law: int | ControlRegime
) -> None:
    name = f"{what} ({format_date(days[0], 'MMMM y', locale='fr')})"
    if db.session.scalar(select(Election.id).where(Election.name == name)) is None:
        election = Election(name=name, kind=kind, **law)
        election.scrutins = [Scrutin(tour=tour, polling_day=day) for tour, day in enumerate(days, 1)]
        election.territories = [ElectionTerritory(code=code) for code in territories]
        db.session.add(election)


def _departments_but(exceptions: set[str]) -> list[str]:
    codes = db.session.scalars(select(Department.code).order_by(Department.code))
    return [code for code in codes if code not in exceptions | COLLECTIVITIES]


def _add_past(past: Past, commune: Commune, officer: Account, clerk: Account | None) -> None:
    """Written as it ended: the acts of journey.py belong to today."""
    submitted, established, decided = _instants_before(past.days[0])
    procuration = Procuration(
        reference=reference.draw(),
        status=Status.ENDED,
        submission_key=past.key,
        commune=commune,
        mandant=past.mandant,
        mandataire=past.mandataire,
        mandataire_commune=commune,
        polling_days=[PollingDay(day=day) for day in past.days],
        last_day=past.days[-1],
        submitted_at=submitted,
        expires_on=past.days[-1],
        officer_id=officer.id,
        officer_name=officer.name,
        officer_capacity=officer.capacity,
        handled_at=established,
        established_at=established,
        established_commune_code=officer.station.commune_code if officer.station else None,
        established_in_france=True,
        decided_by_id=clerk.id if clerk else None,
        decided_by_name=clerk.name if clerk else "Répertoire électoral unique",
        decided_at=decided,
    )
    db.session.add(procuration)
    db.session.flush()
    journal.record(Action.SUBMITTED, now=submitted, procuration=procuration)
    journal.record(Action.ESTABLISHED, now=established, procuration=procuration, account=officer)
    journal.record(Action.VALIDATED, now=decided, procuration=procuration, account=clerk)


def _instants_before(polling_day: date) -> Iterator[datetime]:
    """Filed at home in the evening, established five days later, decided two days after that."""
    for days, hour in ((20, time(18, 12)), (15, time(9, 44)), (13, time(14, 5))):
        yield datetime.combine(polling_day - timedelta(days=days), hour, tzinfo=UTC)
