"""A synthetic country to measure against: the communes are real, the people, officers and acts are drawn.

Three communes are set apart, so that what is measured there does not depend on the draw: SMALL, LARGE, LARGEST.
Nothing is mailed, for nobody did anything.

Who signs in, all with the password of the demonstration: `opj.0@generated.test` and further ones, at counters all over
the country; `laon.0@generated.test` to `laon.3@generated.test`, and likewise `toulouse.` and `vorges.`, clerks of one
commune each; beside them the demonstration's own agents of Laon and of the rural town halls.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import insert, select

from app.database import or_cannot_run
from app.dates import now
from app.demo.elections import LAON, VORGES
from app.demo.world import OPENED, build, password_hash
from models import holdings, reference, rules, scrutin, search
from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.identity import Identity, Sex
from models.journal import Action, record_all
from models.procuration import PollingDay, Procuration, Status
from models.territory import Commune, Station, StationKind

BATCH = 1_000
FILED_SINCE = timedelta(days=40)
PER_STATION = 2_000
FEWEST_OFFICERS = CLERKS = 4
RURAL = {"02028", "02128"}
"""The other communes of the rural town halls' clerk, which have none: what this clerk sees is SMALL."""
KEY = "generated-"
PARIS_TIME = "Europe/Paris"
SHIFT, POWER = 2.7, 1.07
"""Zipf-Mandelbrot: how fast communes get smaller."""
STRIDE = 2_654_435_761
"""A prime: its multiples modulo the size of a country are each number below it once, well spread."""

FAMILIES = (
    "ABADIE", "BARBIER", "CARON", "DELMAS", "ESTÈVE", "FAURE", "GUÉRIN", "HAMON", "IMBERT", "JOLY", "KERVELLA",
    "LEROUX", "MARTY", "NICOLAS", "ORSINI", "PELLETIER", "QUENTIN", "RENAUD", "SAUVAGE", "TEXIER", "URBAIN",
    "VASSEUR", "WEBER", "YVON", "ZIMMER", "AUBRY", "BENOÎT", "CHEVALIER", "DUVAL", "ÉVRARD",
)  # fmt: skip
GIVEN = (
    "Adèle", "Basile", "Célia", "Denis", "Élise", "Fabien", "Gaëlle", "Hugo", "Irène", "Jules", "Katia", "Loïc",
    "Margaux", "Noël", "Odile", "Paul", "Quitterie", "Rémi", "Sabine", "Théo", "Ulysse", "Valérie", "Wilfried",
    "Xavière", "Yves", "Zoé",
)  # fmt: skip
ENDS = {
    Status.VALIDATED: 55,
    Status.ESTABLISHED: 25,
    Status.SUBMITTED: 10,
    Status.INVALIDATED: 4,
    Status.REVOKED: 3,
    Status.WITHDRAWN: 3,
}
"""Of a hundred, how many stand where."""
DECIDED = {Status.VALIDATED: Action.VALIDATED, Status.INVALIDATED: Action.INVALIDATED}

Row = dict[str, Any]


@dataclass(frozen=True)
class Apart:
    """A commune of `rows` procurations, of which `pending` await its decision, in a country of `since` or more.

    In a smaller one it has one in twenty-five, in the same proportions. `town` begins the addresses of its clerks.
    """

    code: str
    town: str
    rows: int
    pending: int
    since: int = 0

    def rows_in(self, procurations: int) -> int:
        """How many it has in a country of that size."""
        return self.rows if procurations >= self.since else procurations // 25

    def status(self, random: Random, place: int, rows: int) -> Status:
        """Of the one at that place among so many: those that await a decision first, then one in twenty submitted."""
        pending = self.pending * rows // self.rows
        if place < pending:
            return Status.ESTABLISHED
        if place < pending + rows // 20:
            return Status.SUBMITTED
        return random.choices((*DECIDED, Status.REVOKED), (90, 6, 4))[0]


SMALL = Apart(VORGES, "vorges", rows=50, pending=30, since=100)
LARGE = Apart(LAON, "laon", rows=20_000, pending=12_000, since=25_000)
LARGEST = Apart("31555", "toulouse", rows=160_000, pending=96_000, since=1_000_000)
APART = (SMALL, LARGE, LARGEST)


@dataclass(frozen=True)
class Country:
    """What every procuration is drawn from; `weights` add up, commune by commune. `apart`: one for each of its rows."""

    random: Random
    size: int
    communes: Sequence[Commune]
    apart: Sequence[tuple[Apart, Commune, int]]
    weights: Sequence[float]
    officers: Sequence[Account]
    days: Sequence[date]
    taken: set[str]
    at: datetime

    def draw(self, number: int) -> tuple[Row, list[date], list[Row]]:
        """The procuration of that number, its polling days, and its journal."""
        commune, status = self._where(number)
        submitted = self.at - FILED_SINCE * self.random.uniform(0.1, 1)
        days = list(self.days[: self.random.randint(1, len(self.days))])
        row = self._demande(commune, submitted, days[-1]) | {"status": status}
        journal = [{"action": Action.SUBMITTED, "at": submitted}]
        if status is Status.WITHDRAWN:
            journal.append({"action": Action.WITHDRAWN, "at": self._after(submitted)})
        elif status is not Status.SUBMITTED:
            journal += self._after_visit(row, status, submitted)
        return row, days, journal

    def _where(self, number: int) -> tuple[Commune, Status]:
        """The communes set apart have theirs in turn with the others, as they would come in."""
        place = number * STRIDE % self.size
        for apart, commune, rows in self.apart:
            if place < rows:
                return commune, apart.status(self.random, place, rows)
            place -= rows
        commune = self.random.choices(self.communes, cum_weights=self.weights)[0]
        return commune, self.random.choices(tuple(ENDS), tuple(ENDS.values()))[0]

    def _demande(self, commune: Commune, submitted: datetime, last_day: date) -> Row:
        mandant, mandataire = self._person(), self._person()
        return {
            "reference": self._reference(),
            "submission_key": f"{KEY}{self.random.getrandbits(128):032x}",
            "elector_key": f"{self.random.getrandbits(256):064x}",
            "email": f"elector.{self.random.getrandbits(40):x}@electeurs.test",
            "commune_code": commune.code,
            **_person_columns("mandant", mandant),
            **_person_columns("mandataire", mandataire),
            **holdings.keys_of(mandant, mandataire),
            **search.columns_of(mandant, mandataire),
            "mandataire_commune_code": commune.code,
            "last_day": last_day,
            "submitted_at": submitted,
            "expires_on": rules.expiry(commune.local_day(submitted), last_day),
        }

    def _after_visit(self, row: Row, status: Status, submitted: datetime) -> Iterator[Row]:
        """Fill in what the officer and the town hall did, and tell the journal of it."""
        officer, established = self.random.choice(self.officers), self._after(submitted)
        row |= {
            "officer_id": officer.id,
            "officer_name": officer.name,
            "officer_capacity": Capacity.OPJ,
            "station_code": officer.station_code,
            "handled_at": established,
            "established_at": established,
            "established_commune_code": officer.station.commune_code if officer.station else None,
            "established_in_france": True,
        }
        by_officer = {"account_id": officer.id, "desk": officer.station_code}
        yield {"action": Action.ESTABLISHED, "at": established, **by_officer}
        if status in DECIDED:
            row |= {"decided_at": self._after(established), "decided_by_name": "Service des élections"}
            yield {"action": DECIDED[status], "at": row["decided_at"], "desk": row["commune_code"]}
        elif status is Status.REVOKED:
            row |= {"closed_at": self._after(established)}
            yield {"action": Action.REVOKED, "at": row["closed_at"], **by_officer}

    def _person(self) -> Identity:
        names = self.random.sample(GIVEN, 2)
        return Identity(
            birth_name="-".join(self.random.sample(FAMILIES, self.random.randint(1, 2))),
            first_names=" ".join(names),
            sex=self.random.choice(tuple(Sex)),
            birth_date=date(1930, 1, 1) + timedelta(days=self.random.randrange(75 * 365)),
        )

    def _reference(self) -> str:
        drawn = next(drawn for drawn in iter(reference.draw, None) if drawn not in self.taken)
        self.taken.add(drawn)
        return drawn

    def _after(self, instant: datetime) -> datetime:
        """Between then and now."""
        return instant + (self.at - instant) * self.random.random()


@click.command("generate")
@click.option("--procurations", type=click.IntRange(min=1), required=True, help="How many to add.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws other people.")
@with_appcontext
@or_cannot_run
def generate(procurations: int, seed: int) -> None:
    """Add a synthetic country to the demonstration's database, to measure against.

    Of its communes, Vorges (02824) has 50 procurations, 30 of which await its decision; Laon (02408) 20,000 and 12,000
    from 25,000 on; Toulouse (31555) 160,000 and 96,000 from a million on. opj.0@generated.test to opj.3 and further,
    laon.0@generated.test to laon.3, toulouse.0 to .3 and vorges.0 to .3 sign in with the demonstration's password.
    """
    build(now())
    country = _country(Random(seed), procurations, now())  # noqa: S311 nothing here is a secret
    for start in range(0, procurations, BATCH):
        _insert([country.draw(number) for number in range(start, min(start + BATCH, procurations))])
        db.session.commit()
    click.echo(f"added: {procurations} procurations, {len(country.officers)} officers")


def _country(random: Random, procurations: int, at: datetime) -> Country:
    """The communes from the largest to the smallest, in an order of this country's own, and its agents."""
    apart = [(one, db.session.get_one(Commune, one.code), _rows_to_add(one, procurations)) for one in APART]
    of_france = select(Commune).where(Commune.elects, Commune.time_zone == PARIS_TIME, Commune.department_code != "CO")
    elsewhere = Commune.code.not_in(RURAL | {one.code for one in APART})
    communes = list(db.session.scalars(of_france.where(elsewhere).order_by(Commune.code)))
    random.shuffle(communes)
    weights = itertools.accumulate((rank + SHIFT) ** -POWER for rank in range(1, len(communes) + 1))
    votes = scrutin.upcoming(at.date())
    first = next(vote.election for vote in votes)
    for (one, commune, _), number in itertools.product(apart, range(CLERKS)):
        _clerk(f"{one.town}.{number}@generated.test", commune)
    officers = max(FEWEST_OFFICERS, procurations // PER_STATION)
    return Country(
        random=random,
        size=procurations,
        communes=communes,
        apart=apart,
        weights=list(weights),
        officers=[_officer(number, random.choice(communes), at) for number in range(officers)],
        days=sorted({vote.polling_day for vote in votes if vote.election is first}),
        taken=set(db.session.scalars(select(Procuration.reference).where(Procuration.reference.is_not(None)))),
        at=at,
    )


def _rows_to_add(apart: Apart, procurations: int) -> int:
    """None when an earlier country has given it some already."""
    drawn = select(Procuration.id).where(
        Procuration.commune_code == apart.code, Procuration.submission_key.startswith(KEY)
    )
    return 0 if db.session.scalar(drawn.limit(1)) else apart.rows_in(procurations)


def _clerk(email: str, commune: Commune) -> Account:
    """A clerk of that commune, made when there is none of that address yet."""
    found = db.session.scalar(select(Account).where(Account.email == email))
    if found is None:
        name = email.partition("@")[0].replace(".", " ").title()
        found = Account(email=email, name=name, role=Role.TOWN_HALL, password_hash=password_hash(), communes=[commune])
        db.session.add(found)
    return found


def _officer(number: int, commune: Commune, at: datetime) -> Account:
    """The officer of police judiciaire of that station, both made when they are not there yet."""
    email = f"opj.{number}@generated.test"
    found = db.session.scalar(select(Account).where(Account.email == email))
    if found is None:
        code = f"GENERATED-{number}"
        found = Account(email=email, name=f"Officier {number}", role=Role.OFFICER, password_hash=password_hash())
        found.station = Station(
            code=code, name=f"Brigade {number}", kind=StationKind.GENDARMERIE, commune_code=commune.code
        )
        found.habilitations = [
            Habilitation(capacity=Capacity.OPJ, authority="Anne ROUSSEL", valid_from=OPENED, recorded_at=at)
        ]
        db.session.add(found)
        db.session.flush()
    return found


def _person_columns(who: str, person: Identity) -> Row:
    return {
        f"{who}_birth_name": person.birth_name,
        f"{who}_first_names": person.first_names,
        f"{who}_sex": person.sex,
        f"{who}_birth_date": person.birth_date,
    }


def _insert(drawn: Sequence[tuple[Row, list[date], list[Row]]]) -> None:
    """All columns in every row, so that the database is sent one statement a table."""
    columns = {name: None for row, _, _ in drawn for name in row}
    table = Procuration.__table__
    inserted = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    keys = db.session.scalars(inserted, [columns | row for row, _, _ in drawn]).all()
    days = [{"procuration_id": key, "day": day} for key, (_, days, _) in zip(keys, drawn, strict=True) for day in days]
    nothing = {"account_id": None, "desk": None, "election_id": None, "detail": None}
    entries = [
        nothing | entry | {"procuration_id": key}
        for key, (_, _, journal) in zip(keys, drawn, strict=True)
        for entry in journal
    ]
    db.session.execute(insert(PollingDay), days)
    record_all(entries)
