"""People who act, all at once, through a service that is killed under them, and what must be true of them then."""

import random
import threading
from collections import Counter, defaultdict
from datetime import date, timedelta

from sqlalchemy import select

from models.base import db
from models.draft import Draft
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration, Status
from tests.builders import World, an_identity
from tests.sizes import sized
from tests.web.journeys import FORM, MINE, RECAP, answers
from tests.web.killed_service import Person, Service

ELECTORS = sized(16, 800)
BATCH = 5
COUNTER, TOWN_HALL = "/admin/officer/action/", "/admin/town-hall/action/"
PATHS = {
    Status.WITHDRAWN: (Action.SUBMITTED, Action.WITHDRAWN),
    Status.VALIDATED: (Action.SUBMITTED, Action.ESTABLISHED, Action.VALIDATED),
    Status.INVALIDATED: (Action.SUBMITTED, Action.ESTABLISHED, Action.INVALIDATED),
}
"""What the journal and the mail say, each act once, of a procuration that stands there."""
DECISIONS = ({"action": "validate"}, {"action": "invalidate", "reason": "PLAFOND"})


class Crowd:
    """Electors, officers, clerks. `done`: where each procuration was last said to be; `batches`: decided together."""

    def __init__(self, world: World) -> None:
        self.done: dict[str, Status] = {}
        self.batches: list[list[str]] = []
        self._app = world.app
        self._fields = answers(world)
        self._electors = [world.as_elector(identity=an_identity(birth_date=born(n))) for n in range(ELECTORS)]
        self._officers = [world.as_agent(world.an_officer()) for _ in range(2)]
        self._clerks = [world.as_agent(world.a_clerk()) for _ in range(2)]
        self._waiting: list[str] = []
        self._lock = threading.Lock()

    def walk(self, service: Service, number: int) -> None:
        """One files; one in four takes it back, the others meet an officer; the town hall decides on a few at once."""
        elector = Person(service, self._electors[number], "elector")
        reference = self._file(elector, number)
        if number % 4 == 3:
            address = f"{MINE}/{reference}/retirer"
            assert elector.act(address, address, confirmed="yes").status_code in (303, 409)
            self.done[reference] = Status.WITHDRAWN
            return
        officer = Person(service, self._officers[number % 2], "agent")
        act = {"action": "validate", "rowid": reference, "confirmed": "yes"}
        assert officer.act(f"/admin/officer/?reference={reference}", COUNTER, **act).status_code in (303, 409)
        self.done[reference] = Status.ESTABLISHED
        if batch := self._ready(reference):
            self.decide(service, batch)

    def decide(self, service: Service, batch: list[str]) -> None:
        """One clerk, several rows, one answer."""
        clerk, how = Person(service, random.choice(self._clerks), "agent"), random.choice(DECISIONS)
        fields = {"rowid": self._keys(batch), "confirmed": "yes", **how}
        assert clerk.act("/admin/town-hall/?status=established", TOWN_HALL, **fields).status_code in (303, 409)
        self.done |= dict.fromkeys(batch, Status.VALIDATED if how is DECISIONS[0] else Status.INVALIDATED)
        self.batches.append(batch)

    def decide_the_rest(self, service: Service) -> None:
        if self._waiting:
            self.decide(service, self._waiting)

    def _file(self, elector: Person, number: int) -> str:
        own = {"mandataire_birth_date": born(number).isoformat()}
        assert elector.post(FORM, FORM, **self._fields | own).status_code == 303
        answer = elector.act(RECAP, RECAP, sworn="y")
        assert answer.status_code == 303
        reference = answer.location.rpartition("/")[2]
        self.done[reference] = Status.SUBMITTED
        return reference

    def _ready(self, reference: str) -> list[str]:
        with self._lock:
            self._waiting.append(reference)
            if len(self._waiting) < BATCH:
                return []
            batch, self._waiting = self._waiting, []
            return batch

    def _keys(self, references: list[str]) -> list[int]:
        with self._app.app_context():
            return list(db.session.scalars(select(Procuration.id).where(Procuration.reference.in_(references))))


def assert_each_is_whole(crowd: Crowd) -> None:
    """The state that was told, its acts in the journal, its messages, its day; a batch decided in one instant."""
    db.session.rollback()
    rows = {row.reference: row for row in db.session.scalars(select(Procuration))}
    assert {reference: row.status for reference, row in rows.items()} == crowd.done
    assert len(rows) == len({row.elector_key for row in rows.values()}) == ELECTORS
    written, told = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    acts = Entry.action.in_({act for path in PATHS.values() for act in path})
    for entry in db.session.scalars(select(Entry).where(acts).order_by(Entry.id)):
        written[entry.procuration_id or 0].append(entry.action)
    for mail in db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)):
        told[mail.procuration_id or 0].append(mail.kind)
    for row in rows.values():
        assert written[row.id] == told[row.id] == list(PATHS[row.status]), row.reference
        assert len(row.days) == 1
    assert Counter(len({rows[one].decided_at for one in batch}) for batch in crowd.batches) == {1: len(crowd.batches)}
    kept = set(db.session.scalars(select(Draft.token)))
    assert not kept & {row.submission_key for row in rows.values()}, "filed, and its draft left"


def born(number: int) -> date:
    """Each elector is somebody, and gives to somebody else who holds no other."""
    return date(1940, 1, 1) + timedelta(days=number)
