"""The mail leaves over real SMTP, to a relay that proves its name; one that is silent or absent loses nothing."""

from pathlib import Path

import html5lib
import pytest
from flask_mail import Message

from app.dates import now
from app.mailer import RelayUnavailable, Tally, deliver_once
from app.relay import RelayConnection
from models import journey, outbox
from models.base import db
from models.outbox import BACK_OFF
from models.reference import spell
from tests.builders import World
from tests.live import free_port
from tests.mail.outbox import Sending, the_mail, time_passes
from tests.mail.smtp import Authority, Relay, SilentRelay
from tests.page import text_of


def test_the_elector_receives_the_reference_in_text_and_html(world: World, sending: Sending) -> None:
    procuration = world.submitted()
    reference, message_id = procuration.reference, the_mail().message_id
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1)
    [received] = relay.received
    assert relay.envelopes == [("ne-pas-repondre@procurations.example", ["eloise@electeurs.test"])]
    assert received["Subject"] == "Votre procuration : il reste une étape"
    assert received["Message-ID"] == f"<{message_id}@127.0.0.1>"
    assert received["Auto-Submitted"] == "auto-generated"
    text, html = received.get_body(("plain",)), received.get_body(("html",))
    assert text
    assert html
    assert reference in text.get_content().splitlines()
    assert "pièce d'identité" in text.get_content()
    assert spell(reference or "") in text_of(html5lib.parse(html.get_content(), namespaceHTMLElements=False))


def test_a_message_leaves_once(world: World, sending: Sending) -> None:
    world.submitted()
    with Relay() as relay, sending(relay):
        deliver_once()
        assert deliver_once() == Tally()
    assert len(relay.received) == 1
    assert the_mail().sent_at


def test_an_act_undone_sends_nothing(world: World, sending: Sending) -> None:
    demande, elector = world.a_demande(), world.an_elector()
    journey.submit(demande, elector=elector, submission_key="undone", now=now())
    db.session.rollback()
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally()
    assert relay.received == []


def test_one_connection_carries_a_batch(world: World, sending: Sending) -> None:
    for name in ("anne", "bruno", "chloe"):
        world.submitted(email=f"{name}@electeurs.test")
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=3)
        assert relay.connections == 1


# Trust.


@pytest.mark.parametrize("is_implicit", [False, True], ids=["starttls", "implicit"])
def test_a_relay_that_proves_its_name_is_trusted(
    world: World, sending: Sending, authority: Authority, is_implicit: bool
) -> None:
    world.submitted()
    certificate = authority.certificate()
    with Relay(certificate=certificate, is_implicit=is_implicit) as relay, sending(relay, use_tls=True) as app:
        app.extensions["mail"].use_ssl, app.extensions["mail"].use_tls = is_implicit, not is_implicit
        assert deliver_once() == Tally(sent=1)
        assert relay.was_encrypted == [True]


@pytest.mark.parametrize("is_implicit", [False, True], ids=["starttls", "implicit"])
@pytest.mark.parametrize("fault", ["unknown authority", "another host"])
def test_a_relay_that_cannot_prove_its_name_receives_nothing(
    world: World, sending: Sending, authority: Authority, tmp_path: Path, is_implicit: bool, fault: str
) -> None:
    world.submitted()
    (tmp_path / "stranger").mkdir()
    stranger = Authority(tmp_path / "stranger")
    impostor = stranger.certificate() if fault == "unknown authority" else authority.certificate("autre.test")
    with Relay(certificate=impostor, is_implicit=is_implicit) as relay, sending(relay, use_tls=True) as app:
        app.extensions["mail"].use_ssl, app.extensions["mail"].use_tls = is_implicit, not is_implicit
        with pytest.raises(RelayUnavailable, match="SSLCertVerificationError"):
            deliver_once()
    assert relay.received == []
    assert (the_mail().attempts, the_mail().sent_at, the_mail().failed_at) == (0, None, None)


def test_a_relay_without_tls_receives_nothing_when_tls_is_asked(world: World, sending: Sending) -> None:
    world.submitted()
    with Relay() as relay, sending(relay, use_tls=True), pytest.raises(RelayUnavailable):
        deliver_once()
    assert relay.received == []


def test_port_465_means_tls_from_the_first_byte(sending: Sending) -> None:
    with sending(465, use_tls=True) as app:
        assert (app.extensions["mail"].use_ssl, app.extensions["mail"].use_tls) == (True, False)


def test_the_relay_knows_who_sends(world: World, sending: Sending, authority: Authority) -> None:
    world.submitted()
    login = ("procurations", "a relay's password")
    with Relay(certificate=authority.certificate(), login=login) as relay:
        with (
            sending(relay, use_tls=True, username="procurations", password="wrong"),
            pytest.raises(RelayUnavailable, match="535"),
        ):
            deliver_once()
        assert the_mail().attempts == 0
        with sending(relay, use_tls=True, username=login[0], password=login[1]):
            assert deliver_once() == Tally(sent=1)


# Silence and absence.


def test_a_relay_that_never_greets_costs_no_attempt(world: World, sending: Sending, short_patience: None) -> None:
    world.submitted()
    with SilentRelay() as silent, sending(silent), pytest.raises(RelayUnavailable, match="timed out"):
        deliver_once()
    assert (the_mail().attempts, the_mail().claimed_until) == (0, None)


def test_a_relay_that_hangs_in_the_middle_is_tried_again(world: World, sending: Sending, short_patience: None) -> None:
    world.submitted()
    with Relay({"DATA": ["hang", "250 ok"]}) as relay, sending(relay):
        with pytest.raises(RelayUnavailable):
            deliver_once()
        assert (the_mail().attempts, outbox.waiting_count()) == (1, 1)
        time_passes(BACK_OFF[0])
        assert deliver_once() == Tally(sent=1)


def test_a_relay_that_is_down_loses_nothing(world: World, sending: Sending) -> None:
    world.submitted()
    with sending(free_port()), pytest.raises(RelayUnavailable, match="ConnectionRefusedError"):
        deliver_once()
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1)


def test_no_transaction_is_open_while_the_relay_is_spoken_to(
    world: World, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.submitted()
    held: list[int] = []
    send = RelayConnection.send

    def spying(connection: RelayConnection, message: Message) -> None:
        held.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]
        send(connection, message)

    monkeypatch.setattr(RelayConnection, "send", spying)
    with Relay() as relay, sending(relay):
        deliver_once()
    assert held == [0]
