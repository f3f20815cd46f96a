"""The demonstration's elections: those to come, each under a law of its own, the past ones and who served in them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from babel.dates import format_date
from sqlalchemy import select

from models import journal, reference, scrutin, search
from models.account import Account
from models.base import db
from models.identity import Identity, Sex
from models.journal import Action
from models.law import ControlRegime
from models.procuration import PollingDay, Procuration, Status
from models.scrutin import Election, ElectionKind, ElectionTerritory, LocalPollingDay, Scrutin
from models.territory import EVERY_COMMUNE, EVERY_CONSULAR_POST, NEW_CALEDONIA, Commune, Department

# Paris has one assembly for both; Corsica, Martinique and Guyane have one of their own; the collectivities have theirs.
NO_DEPARTMENTAL_COUNCIL = {"75", "2A", "2B", "972", "973"}
NO_REGIONAL_COUNCIL = {"2A", "2B", "972", "973", "976"}
COLLECTIVITIES = {"975", "977", "978", "984", "986", "987", "988", "989", EVERY_CONSULAR_POST}
# Who votes on the day before, in the Americas and in Polynesia: general knowledge, its text unread; the consular posts
# of the Americas, which do so too, are left on the Sunday.
DAY_BEFORE = ("971", "972", "973", "975", "977", "978", "987")
WEEKS_AHEAD = {ElectionKind.DEPARTMENTAL: 8, ElectionKind.PROVINCIAL: 13, ElectionKind.LEGISLATIVE: 20}
LAW_OF_JUNE_2021 = {
    "max_established_in_france": 2,
    "max_total_if_consular": None,
    "same_commune_required": True,
    "online_revocation": False,
}
LAW_OF_THE_REGISTER = {"control_regime": ControlRegime.REGISTER, "certified_identity": True}
JUNE_2021 = (date(2021, 6, 20), date(2021, 6, 27))
JUNE_2024 = (date(2024, 6, 30), date(2024, 7, 7))

Days = tuple[date, ...]


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
    """The past ones if absent; and those to come, when none of their kind is open."""
    _add_council_elections(JUNE_2021, **LAW_OF_JUNE_2021)
    _add_legislative(JUNE_2024)
    open_kinds = {vote.election.kind for vote in scrutin.upcoming(today)}
    for kind, add, tours in (
        (ElectionKind.DEPARTMENTAL, _add_council_elections, 2),
        (ElectionKind.PROVINCIAL, _add_provincial, 1),
        (ElectionKind.LEGISLATIVE, partial(_add_legislative, day_before=DAY_BEFORE), 2),
    ):
        if kind not in open_kinds:
            add(_sundays(today + timedelta(weeks=WEEKS_AHEAD[kind]), tours))


def add_past_procurations(officer: Account, clerks: list[Account]) -> None:
    """What this officer established then, checked by the town hall in 2021 and by the register in 2024."""
    for past in PAST:
        if db.session.scalar(select(Procuration.id).where(Procuration.submission_key == past.key)) is None:
            commune = db.session.get_one(Commune, past.commune_code)
            clerk = next(clerk for clerk in clerks if commune in clerk.communes) if past.days[0] in JUNE_2021 else None
            _add_past(past, commune, officer, clerk)


def _add_council_elections(days: Days, **law: Any) -> None:
    """Two at once, decided by the town hall, as in June 2021; `law` is what differs from today's."""
    for kind, what, exceptions in (
        (ElectionKind.DEPARTMENTAL, "Élections départementales", NO_DEPARTMENTAL_COUNCIL),
        (ElectionKind.REGIONAL, "Élections régionales", NO_REGIONAL_COUNCIL),
    ):
        _add(kind, what, days, dict.fromkeys(_departments_but(exceptions)), **law)


def _add_provincial(days: Days) -> None:
    """New Caledonia's own, decided by its town halls; who is on its special list is unread, so the main one votes."""
    law = {"max_total_if_consular": None, "online_revocation": False}
    _add(ElectionKind.PROVINCIAL, "Élections provinciales", days, {NEW_CALEDONIA: None}, **law)


def _add_legislative(days: Days, day_before: Iterable[str] = ()) -> None:
    """Decided by the register, but in New Caledonia, whose electors are not in it (R213-1)."""
    territories = {EVERY_COMMUNE: None, EVERY_CONSULAR_POST: None, NEW_CALEDONIA: ControlRegime.TOWN_HALL}
    what, law = "Élections législatives", LAW_OF_THE_REGISTER
    _add(ElectionKind.LEGISLATIVE, what, days, territories, day_before, **law)


def _add(
    kind: ElectionKind,
    what: str,
    days: Days,
    territories: Mapping[str, ControlRegime | None],
    day_before: Iterable[str] = (),
    **law: Any,
) -> None:
    name = f"{what} ({format_date(days[0], 'MMMM y', locale='fr')})"
    if db.session.scalar(select(Election.id).where(Election.name == name)) is not None:
        return
    election = Election(name=name, kind=kind, **law)
    election.scrutins = [Scrutin(tour=tour, polling_day=day) for tour, day in enumerate(days, 1)]
    for one in election.scrutins:
        saturday = one.polling_day - timedelta(days=1)
        one.local_days = [LocalPollingDay(code=code, day=saturday) for code in day_before]
    election.territories = [ElectionTerritory(code=code, control_regime=own) for code, own in territories.items()]
    db.session.add(election)


def _sundays(first: date, tours: int) -> Days:
    """As many Sundays in a row, from that day on."""
    sunday = first + timedelta(days=6 - first.weekday())
    return tuple(sunday + timedelta(weeks=n) for n in range(tours))


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
        **search.columns_of(past.mandant, past.mandataire),
        mandataire_commune=commune,
        polling_days=[PollingDay(day=day) for day in past.days],
        last_day=past.days[-1],
        submitted_at=submitted,
        expires_on=past.days[-1],
        officer_id=officer.id,
        officer_name=officer.name,
        officer_capacity=officer.habilitations[-1].capacity,
        handled_at=established,
        station_code=officer.station_code,
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
