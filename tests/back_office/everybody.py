"""Everybody at once on the list of one commune and one polling day: who acts, and who prints meanwhile.

Each act takes its time first, and commits a little later, in an order that no clock tells.
"""

import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from io import BytesIO
from itertools import chain
from threading import Event, Thread, local

import pytest

from app.dates import now
from models import aftermath, editions, elections, journey, lost_days, roll_import, signing_list
from models.account import Account, Role
from models.base import db
from models.errors import DomainError, Reason
from models.plan import Tour, plan_of
from models.procuration import Procuration
from models.roll_file import read as read_roll
from models.scrutin import Election
from models.signing_list import Line, Place
from models.territory import Commune
from tests.back_office.desks import Desk
from tests.back_office.test_register import lucie, on_roll
from tests.builders import LAON, World, csrf_token
from tests.elections.ministry import a_plan, created
from tests.rolls.files import a_file

WORKERS, PRINTERS = 3, 2
MOST_READ = 2
SECONDS_AT_MOST = 120
LONGEST_PAUSE = 0.004
SETTLED = timedelta(minutes=3)
ADDRESS = "/admin/register/"
TOKEN = re.compile('(?<=name="csrf_token" value=")[^"]+')


@dataclass
class Meanwhile:
    """What happened: what each edition read of the list, and what its pages said when they were first printed."""

    day: date
    read: dict[int, dict[int, Place]] = field(default_factory=dict)
    printed: dict[tuple[int, str], str] = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)


@dataclass(frozen=True)
class People:
    """Keys of accounts and rows, which each thread loads in its own session."""

    officer: int
    clerk: int
    ministry: int
    election: int


def let_everybody_act(world: World, monkeypatch: pytest.MonkeyPatch, *, seed: int, files: int) -> Meanwhile:
    """Files go from the counter to their end, half as many that edition 1 holds end; the day moves and comes back, the
    roll is replaced. Editions are made all the while. One of those that edition 1 holds stays, to be told of the day.
    """
    seen = Meanwhile(world.a_sunday(8))
    people, printed, keys, names = _prepared(world, seen.day, files)
    desks = [Desk(world.as_agent(world.a_clerk()), ADDRESS) for _ in range(PRINTERS)]
    over = Event()
    with _noting_what_is_read(monkeypatch) as last_read:
        _make(seen, people, desks[0], last_read, random.Random(seed))
        ending = printed[1:]
        actors = [
            *(partial(_handle_files, seen, people, ending[n::WORKERS], keys[n::WORKERS]) for n in range(WORKERS)),
            partial(_move_the_day, seen, people),
            partial(_replace_the_roll, seen, names),
        ]
        printers = [partial(_print, seen, people, desk, last_read, over) for desk in desks]
        working = [_started(world, seen, act, random.Random(f"{seed} {n}")) for n, act in enumerate(actors)]
        printing = [_started(world, seen, act, random.Random(f"{seed} p{n}")) for n, act in enumerate(printers)]
        for thread in working:
            thread.join(SECONDS_AT_MOST)
        over.set()
        for thread in printing:
            thread.join(SECONDS_AT_MOST)
    assert not seen.errors, seen.errors
    assert not any(thread.is_alive() for thread in working + printing)
    return seen


def _prepared(world: World, day: date, files: int) -> tuple[People, list[int], list[int], list[str]]:
    """Who acts; the files that edition 1 will hold, those that wait at the counter, and everybody's names."""
    days = (day, day + timedelta(weeks=1))
    election = created(world, a_plan(world, *days))
    names = [f"MARTIN {chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(files + files // 2)]
    officer, clerk, ministry = world.an_officer(), world.a_clerk(), world.an_account(Role.MINISTRY)
    rows = [world.submitted(mandant=lucie(name), days=days) for name in names]
    for row in rows[files:]:
        journey.establish(row, officer=officer, now=now())
        journey.validate(row, clerk=clerk, note="vu", now=now())
    keys = [row.id for row in rows]
    people = People(officer.id, clerk.id, ministry.id, election.id)
    db.session.commit()
    db.session.rollback()
    return people, keys[files:], keys[:files], names


def pages_of(desk: Desk, day: date, number: int) -> Iterator[tuple[tuple[int, str], str]]:
    """What a town hall reads and takes of one edition: two pages and two files, the token of each visit left out."""
    where = {"commune": LAON, "day": day.isoformat(), "number": str(number)}
    for name in ("edition/", "edition/whole/"):
        page = desk.client.get(f"{ADDRESS}{name}", query_string=where)
        assert page.status_code == 200
        yield (number, name), TOKEN.sub("", page.text)
        token = {"csrf_token": csrf_token(desk.client.get(f"{ADDRESS}edition/whole/", query_string=where).text)}
        answer = desk.client.post(f"{ADDRESS}{name}export/", data=where | token)
        assert answer.status_code == 200
        yield (number, f"{name}export/"), answer.text


Act = Callable[[random.Random], None]


def _started(world: World, seen: Meanwhile, act: Act, chance: random.Random) -> Thread:
    def run() -> None:
        try:
            with world.app.app_context():
                act(chance)
                db.session.rollback()
        except BaseException as error:
            seen.errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def _handle_files(seen: Meanwhile, people: People, printed: list[int], keys: list[int], chance: random.Random) -> None:
    """In disorder: those printed end; the others are established, most are decided, and many of those end."""
    steps = [[(key, 1.0, _an_end(chance))] for key in printed]
    for key in keys:
        steps.append([(key, 1.0, "established"), (key, 0.9, "validated"), (key, 0.6, _an_end(chance))])
    chance.shuffle(steps)
    for key, odds, name in chain.from_iterable(steps):
        if chance.random() < odds:
            _do(seen, people, key, name, chance)


def _an_end(chance: random.Random) -> str:
    return chance.choice(("revoked", "lapsed", "dead"))


ACTS: Mapping[str, Callable[[Procuration, Account, Account, datetime], None]] = {
    "established": lambda row, clerk, officer, at: journey.establish(row, officer=officer, now=at),
    "validated": lambda row, clerk, officer, at: journey.validate(row, clerk=clerk, note="vu", now=at),
    "revoked": lambda row, clerk, officer, at: aftermath.revoke(row, officer=officer, now=at),
    "lapsed": lambda row, clerk, officer, at: aftermath.lapse(row, clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=at),
    "dead": lambda row, clerk, officer, at: aftermath.end_on_death(row, clerk=clerk, now=at),
}


def _do(seen: Meanwhile, people: People, key: int, name: str, chance: random.Random) -> None:
    at = now()
    row = db.session.get_one(Procuration, key, populate_existing=True)
    clerk, officer = (db.session.get_one(Account, one) for one in (people.clerk, people.officer))
    try:
        ACTS[name](row, clerk, officer, at)
    except DomainError:
        db.session.rollback()
        return
    _commit_late(chance)
    seen.acts.append(name)


def _move_the_day(seen: Meanwhile, people: People, chance: random.Random) -> None:
    """A Sunday later, and back; those who chose it are told, and are on no list of that day meanwhile."""
    second = seen.day + timedelta(weeks=1)
    for first in (seen.day + timedelta(days=1), seen.day):
        election = db.session.get_one(Election, people.election, populate_existing=True)
        ministry, plan = db.session.get_one(Account, people.ministry), plan_of(election)
        elections.correct(
            election,
            replace(plan, tours=(Tour(first), Tour(second))),
            seen=election.version,
            account=ministry,
            now=now(),
        )
        _commit_late(chance)
        for _ in lost_days.walk(now() + SETTLED):
            _commit_late(chance)
            seen.acts.append("day told")
        _commit_late(chance)


def _replace_the_roll(seen: Meanwhile, names: list[str], chance: random.Random) -> None:
    """Twice, with other bureaux for some."""
    for _ in range(2):
        lines = [on_roll(name, f"000{chance.randint(1, 3)}", str(n)) for n, name in enumerate(names, 1)]
        roll_import.import_roll(read_roll(BytesIO(a_file(*lines)), LAON), clock=now)
        _commit_late(chance)
        seen.acts.append("roll")
        time.sleep(10 * LONGEST_PAUSE * chance.random())


def _print(seen: Meanwhile, people: People, desk: Desk, last_read: local, over: Event, chance: random.Random) -> None:
    """Press the button as often as one can."""
    while not over.is_set():
        _make(seen, people, desk, last_read, chance)


def _make(seen: Meanwhile, people: People, desk: Desk, last_read: local, chance: random.Random) -> None:
    """The first editions are read while the others go on."""
    clerk, commune = db.session.get_one(Account, people.clerk), db.session.get_one(Commune, LAON)
    done = editions.editions_of(commune, seen.day)
    after = done[0].number if done else 0
    db.session.rollback()
    last_read.places = None
    made = editions.make(commune, seen.day, after=after, clerk=clerk, now=now())
    _commit_late(chance)
    if made > after and last_read.places is not None:
        seen.read[made] = last_read.places
        if made <= MOST_READ:
            seen.printed |= dict(pages_of(desk, seen.day, made))


def _commit_late(chance: random.Random) -> None:
    time.sleep(LONGEST_PAUSE * chance.random())
    db.session.commit()


@contextmanager
def _noting_what_is_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[local]:
    """What the list was to each thread that made an edition: as the one statement that reads it had it."""
    last, real = local(), signing_list.lines

    def lines(*asked: object) -> list[Line]:
        found = real(*asked)
        last.places = {line.procuration.id: line.place for line in found}
        return found

    with monkeypatch.context() as patched:
        patched.setattr(signing_list, "lines", lines)
        yield last
