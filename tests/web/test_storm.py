"""Many people in all three doors at once: everything is done once, told once, and written down once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models.base import db
from models.journal import Action, Entry
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration, Status
from tests.builders import World, an_identity
from tests.page import read
from tests.sizes import sized
from tests.web.journeys import answers, file_a_demande, post

ELECTORS = sized(12, 400)
COUNTER, TOWN_HALL = "/admin/officer/action/", "/admin/town-hall/action/"


@pytest.mark.proof
def test_a_crowd_walks_through_the_three_doors(world: World) -> None:
    fields = answers(world)
    officers = [world.as_agent(world.an_officer()) for _ in range(2)]
    clerks = [world.as_agent(world.a_clerk()) for _ in range(2)]
    for agent in (*officers, *clerks):
        agent.get("/admin/", follow_redirects=True)
    electors = [world.as_elector(identity=an_identity(birth_date=birth_date(n))) for n in range(ELECTORS)]

    def walk(number: int) -> None:
        """One elector files; two officers open and establish; one clerk decides."""
        own = {"mandataire_birth_date": birth_date(number).isoformat()}
        reference = file_a_demande(electors[number], fields | own)
        address = f"/admin/officer/?reference={reference}"
        outcomes = Counter(
            post(officer, address, COUNTER, action="validate", confirmed="yes").status_code
            for officer in officers
            if officer.get(address).status_code == 200
        )
        assert outcomes[303] == 1, outcomes
        clerk = clerks[number % 2]
        page = read(clerk.get("/admin/town-hall/?status=established"))
        key = key_of(world, reference)
        act = {"action": "validate", "rowid": key, "confirmed": "yes"}
        done = clerk.post(TOWN_HALL, data=page.form(TOWN_HALL) | act)
        assert done.status_code == 303, done.text

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(walk, range(ELECTORS)))

    db.session.rollback()
    assert set(db.session.scalars(select(Procuration.status))) == {Status.VALIDATED}
    assert len(set(db.session.scalars(select(Procuration.reference)))) == ELECTORS
    kinds = Counter(db.session.scalars(select(OutboxMail.kind)))
    assert kinds == dict.fromkeys((MailKind.SUBMITTED, MailKind.ESTABLISHED, MailKind.VALIDATED), ELECTORS)
    acts = Counter(db.session.scalars(select(Entry.action)))
    assert {acts[act] for act in (Action.SUBMITTED, Action.ESTABLISHED, Action.VALIDATED)} == {ELECTORS}


def birth_date(number: int) -> date:
    """Each elector is somebody, and gives to somebody else who holds no other."""
    return date(1940, 1, 1) + timedelta(days=number)


def key_of(world: World, reference: str) -> str:
    """The row's key, as the list's checkbox has it."""
    with world.app.app_context():
        return str(db.session.scalar(select(Procuration.id).where(Procuration.reference == reference)))
