"""The demonstration's mailbox: without a relay, what was sent is read there."""

from flask import Flask
from sqlalchemy import select, update

from app.demo.mailbox import DemoMail
from app.mailer import Tally, deliver_once
from models.base import db
from models.outbox import OutboxMail
from tests.builders import World
from tests.live import free_port
from tests.mail.outbox import Sending, the_mail
from tests.page import read


def test_without_a_relay_the_demonstration_keeps_the_mail(world: World, app: Flask) -> None:
    reference = world.submitted().reference
    assert deliver_once() == Tally(sent=1)
    client = app.test_client()
    listing = read(client.get("/demo/courriels"))
    assert "eloise@electeurs.test" in listing.text
    address = listing.links["Votre procuration : il reste une étape"]
    page = read(client.get(address))
    assert reference in page.text
    assert "sans valeur légale" in page.text
    answer = client.get(page.links["Voir la version HTML"])
    assert reference in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_with_a_relay_the_mailbox_says_that_it_receives_nothing(sending: Sending) -> None:
    with sending(free_port()) as app:
        assert "n'arrivent pas ici" in read(app.test_client().get("/demo/courriels")).text


def test_an_unknown_message_is_not_found(app: Flask) -> None:
    assert app.test_client().get("/demo/courriels/123456789").status_code == 404


def test_a_second_copy_is_seen_to_be_the_same_message(world: World, app: Flask) -> None:
    world.submitted()
    deliver_once()
    db.session.execute(update(OutboxMail).values(sent_at=None))
    db.session.commit()
    deliver_once()
    message_id = f"<{the_mail().message_id}@127.0.0.1>"
    assert db.session.scalars(select(DemoMail.copies).where(DemoMail.message_id == message_id)).all() == [2]
