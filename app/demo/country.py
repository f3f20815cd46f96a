"""A synthetic country to measure against: the communes are real, the people, officers and acts are drawn.

Laon is the largest commune, with one procuration in twenty-five; those of the rural town hall have fifty, whatever the
country. Their agents are those of the demonstration. Nothing is mailed, for nobody did anything.
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
RURAL = {"02028", "02128", "02824"}
RURAL_PROCURATIONS = 50
PARIS_TIME = "Europe/Paris"
SHIFT, POWER = 2.7, 1.07
"""Zipf-Mandelbrot: how fast communes get smaller."""

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
class Country:
    """What every procuration is drawn from; `weights` add up, commune by commune."""

    random: Random
    communes: Sequence[Commune]
    rural: Commune
    weights: Sequence[float]
    officers: Sequence[Account]
    days: Sequence[date]
    taken: set[str]
    at: datetime

    def draw(self, number: int) -> tuple[Row, list[date], list[Row]]:
        """The procuration of that number, its polling days, and its journal."""
        status = self.random.choices(tuple(ENDS), tuple(ENDS.values()))[0]
        if number < RURAL_PROCURATIONS:
            commune = self.rural
        else:
            commune = self.random.choices(self.communes, cum_weights=self.weights)[0]
        submitted = self.at - FILED_SINCE * self.random.uniform(0.1, 1)
        days = list(self.days[: self.random.randint(1, len(self.days))])
        row = self._demande(commune, submitted, days[-1]) | {"status": status}
        journal = [{"action": Action.SUBMITTED, "at": submitted}]
        if status is Status.WITHDRAWN:
            journal.append({"action": Action.WITHDRAWN, "at": self._after(submitted)})
        elif status is not Status.SUBMITTED:
            journal += self._after_visit(row, status, submitted)
        return row, days, journal

    def _demande(self, commune: Commune, submitted: datetime, last_day: date) -> Row:
        mandant, mandataire = self._person(), self._person()
        return {
            "reference": self._reference(),
            "submission_key": f"generated-{self.random.getrandbits(128):032x}",
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
    """Add a synthetic country to the demonstration's database, to measure against."""
    build(now())
    country = _country(Random(seed), procurations, now())  # noqa: S311 nothing here is a secret
    for start in range(0, procurations, BATCH):
        _insert([country.draw(number) for number in range(start, min(start + BATCH, procurations))])
        db.session.commit()
    click.echo(f"added: {procurations} procurations, {len(country.officers)} officers")


def _country(random: Random, procurations: int, at: datetime) -> Country:
    """The communes from the largest to the smallest, in an order of this country's own, and its officers."""
    of_france = select(Commune).where(Commune.elects, Commune.time_zone == PARIS_TIME, Commune.department_code != "CO")
    communes = list(db.session.scalars(of_france.where(Commune.code.not_in(RURAL)).order_by(Commune.code)))
    random.shuffle(communes)
    communes.sort(key=lambda commune: commune.code != LAON)
    weights = itertools.accumulate((rank + SHIFT) ** -POWER for rank in range(1, len(communes) + 1))
    votes = scrutin.upcoming(at.date())
    first = next(vote.election for vote in votes)
    return Country(
        random=random,
        communes=communes,
        rural=db.session.get_one(Commune, VORGES),
        weights=list(weights),
        officers=[_officer(number, random.choice(communes), at) for number in range(procurations // PER_STATION + 1)],
        days=sorted({vote.polling_day for vote in votes if vote.election is first}),
        taken=set(db.session.scalars(select(Procuration.reference).where(Procuration.reference.is_not(None)))),
        at=at,
    )


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
