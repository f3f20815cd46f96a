"""What stands in the way of a procuration, ends it or replaces it is told wherever its elector reads of it (L75)."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.dates import now
from app.message import words
from models import aftermath, journey
from models.base import db
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import World
from tests.page import read
from tests.web.journeys import MINE


def told(kind: MailKind, procuration: Procuration) -> str:
    """The text of the last message of that kind."""
    own = select(OutboxMail).where(OutboxMail.kind == kind, OutboxMail.procuration_id == procuration.id)
    mail = db.session.scalars(own.order_by(OutboxMail.id.desc())).first()
    assert mail is not None
    return " ".join(words(kind, dict(mail.facts or {}))[1].split())


def test_an_earlier_procuration_is_told_until_it_is_revoked(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    earlier, later = world.established(elector=person), world.established(elector=person)
    page = read(elector.get(MINE))
    assert f"(référence {earlier.reference}). Tant qu'elle n'est pas résiliée, c'est elle qui compte" in page.text
    assert page.links["résiliez-la"] == f"{MINE}/{earlier.reference}/resilier"
    aftermath.revoke(earlier, officer=world.an_officer(), now=now())
    db.session.commit()
    assert "c'est elle qui compte" not in read(elector.get(MINE)).text
    assert later.reference in read(elector.get(MINE)).text


def test_who_has_asked_to_revoke_reads_no_word_of_an_answer_in_time(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    world.an_election()
    asked = world.established(elector=person)
    assert "la réponse" in read(elector.get(MINE)).text
    aftermath.ask_revocation(asked, now=now())
    db.session.commit()
    page = read(elector.get(MINE))
    assert "Elle reste valable tant que la résiliation n'est pas confirmée" in page.text
    assert "la réponse" not in page.text


def test_a_validation_says_that_a_revocation_waits(world: World) -> None:
    asked = world.established()
    aftermath.ask_revocation(asked, now=now())
    journey.validate(asked, clerk=world.a_clerk(), now=now())
    db.session.commit()
    text = told(MailKind.VALIDATED, asked)
    assert "Vous avez demandé à la résilier : elle reste valable tant que ce n'est pas confirmé." in text
    assert "carte" not in text


def test_what_is_replaced_is_told_with_what_replaces_it(world: World, person: Elector) -> None:
    former = world.established(elector=person)
    new = world.submitted(person)
    new.replaced = [former]
    journey.establish(new, officer=world.an_officer(), now=now())
    db.session.commit()
    text = told(MailKind.REVOKED, former)
    assert f"(référence {new.reference}) vient d'être établie et la remplace" in text
    assert "/demande" not in text


@pytest.mark.parametrize(
    ("code", "clock"), [("02408", ""), ("98805", " (heure de Dumbéa)"), ("98758", " (heure d'Uturoa)")]
)
def test_a_last_day_is_told_by_the_clock_of_the_commune(
    world: World, person: Elector, elector: FlaskClient, code: str, clock: str
) -> None:
    waiting = world.submitted(person, commune=world.commune(code))
    receipt = read(elector.get(f"/demande/{waiting.reference}")).text
    last = f"{waiting.expires_on:%Y}"
    assert f"{last}{clock}. Apportez cette référence" in receipt
    assert f"{last}{clock}. Sans ce passage" in read(elector.get(MINE)).text
    assert f"{last} inclus{clock}." in told(MailKind.SUBMITTED, waiting)
