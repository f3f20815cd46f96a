"""A synthetic country to measure against: the communes are real, the people, officers and acts are drawn.

Three communes are set apart, so that what is measured there does not depend on the draw: SMALL, LARGE, LARGEST.
Nothing is mailed, for nobody did anything.

Who signs in, all with the password of the demonstration: `opj.0@generated.test` and further ones, at counters all over
the country; `laon.0@generated.test` to `laon.3@generated.test`, and likewise `toulouse.` and `vorges.`, clerks of one
commune each; beside them the demonstration's own agents of Laon and of the rural town halls.
"""

import csv
import gzip
from collections import deque
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date, datetime
from itertools import accumulate, product
from multiprocessing import get_context
from random import Random

from flask import current_app
from sqlalchemy import Connection, func, not_, select

from app.config import PROJECT
from app.demo import bulk, desks
from app.demo.drawn import COLUMNS, KEY, MOST_ENTRIES, Apart, Country, Lines
from app.demo.elections import LAON, VORGES
from app.demo.world import build
from models import scrutin
from models.base import db
from models.journal import Entry
from models.procuration import Procuration
from models.scrutin import Election
from models.territory import Commune, codes_of

AT_ONCE = 5_000
PROCESSES = 2
PER_OFFICER = 2_000
FEWEST_OFFICERS = CLERKS = 4
RURAL = {"02028", "02128"}
"""The other communes of the rural town halls' clerk, which have none: what this clerk sees is SMALL."""
PARIS_TIME = "Europe/Paris"
INHABITANTS = PROJECT / "models" / "data" / "inhabitants.tsv.gz"

SMALL = Apart(VORGES, "vorges", rows=50, pending=30, since=100)
LARGE = Apart(LAON, "laon", rows=20_000, pending=12_000, since=25_000)
LARGEST = Apart("31555", "toulouse", rows=160_000, pending=96_000, since=1_000_000)
APART = (SMALL, LARGE, LARGEST)
IS_DRAWN = Procuration.submission_key.startswith(KEY)


def add(procurations: int, seed: int, at: datetime) -> Country:
    """Add as many, and who acts on them, to the demonstration's database; its world is built first where it is not."""
    build(at)
    connection = db.session.connection()
    with bulk.loading(connection, tuple(COLUMNS), procurations):
        country = _country(connection, procurations, seed, at)
        for lines in _drawn(country):
            for table, columns in COLUMNS.items():
                bulk.write(connection, table, columns, lines[table])
    db.session.commit()
    bulk.settle(db.engine, tuple(COLUMNS))
    return country


def _drawn(country: Country) -> Iterator[Lines]:
    """Its procurations in their order, some thousands at a time; where they are many, by processes a little ahead."""
    parts = [range(start, min(start + AT_ONCE, country.size)) for start in range(0, country.size, AT_ONCE)]
    if len(parts) <= PROCESSES:
        yield from map(country.draw, parts)
        return
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as processes:
        ahead: deque[Future[Lines]] = deque()
        for part in parts:
            ahead.append(processes.submit(country.draw, part))
            if len(ahead) > 2 * PROCESSES:
                yield ahead.popleft().result()
        yield from (one.result() for one in ahead)


def _country(connection: Connection, size: int, seed: int, at: datetime) -> Country:
    """A country of that size beside what there is, and its agents."""
    random = Random(seed)  # noqa: S311 nothing here is a secret
    votes = scrutin.upcoming(at.date())
    election = votes[0].election
    days = sorted({vote.polling_day for vote in votes if vote.election is election})
    inhabitants = _inhabitants(election, days)
    up_to = list(accumulate(inhabitants.values()))
    places = random.choices(list(inhabitants), cum_weights=up_to, k=max(FEWEST_OFFICERS, size // PER_OFFICER))
    officers = [desks.officer(number, place, at) for number, place in enumerate(places)]
    for apart, number in product(APART, range(CLERKS)):
        desks.clerk(f"{apart.town}.{number}@generated.test", db.session.get_one(Commune, apart.code))
    db.session.flush()
    return Country(
        size=size,
        seed=seed,
        at=at,
        days=days,
        communes=list(inhabitants),
        up_to=up_to,
        apart=[(apart, _rows_to_add(apart, size)) for apart in APART],
        officers=officers,
        taken=frozenset(
            db.session.scalars(select(Procuration.reference).where(not_(IS_DRAWN), Procuration.reference.is_not(None)))
        ),
        first=_drawn_before(),
        first_id=bulk.keys(connection, Procuration, size),
        first_entry=bulk.keys(connection, Entry, size * MOST_ENTRIES),
        journal_key=current_app.extensions["procurations"].journal_key,
    )


def _inhabitants(election: Election, days: Collection[date]) -> dict[str, int]:
    """Of each commune of mainland France that votes on these days, but those set apart and those that have none."""
    elsewhere = Commune.code.not_in(RURAL | {one.code for one in APART})
    there = select(Commune).where(Commune.elects, Commune.time_zone == PARIS_TIME, elsewhere)
    tours = [
        one for one in scrutin.every().known if one.scrutin.election is election and one.scrutin.polling_day in days
    ]
    places = {one.code: codes_of(one) for one in db.session.scalars(there)}
    codes = {code for code, of in places.items() if {tour.day_in(of) for tour in tours}.issuperset(days)}
    with gzip.open(INHABITANTS, "rt", encoding="utf-8") as file:
        lines = csv.reader((line for line in file if line[0] != "#"), delimiter="\t")
        return {code: int(count) for code, count in lines if code in codes}


def _rows_to_add(apart: Apart, size: int) -> int:
    """None when an earlier country has given it some already."""
    drawn = select(Procuration.id).where(Procuration.commune_code == apart.code, IS_DRAWN)
    return 0 if db.session.scalar(drawn.limit(1)) else apart.rows_in(size)


def _drawn_before() -> int:
    newest = db.session.scalar(select(func.max(Procuration.submission_key)).where(IS_DRAWN))
    return int(newest.removeprefix(KEY)) + 1 if newest else 0
