"""The mail: written with the act, delivered over real SMTP, once if at all possible, and never lost silently."""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import select, update

from app.config import Config, Mail
from app.dates import now
from app.demo.mailbox import DemoMail
from app.factory import create_app
from app.mailer import RelayConnection, RelayUnavailable, Tally, deliver_forever, deliver_once, render
from models import journey, outbox
from models.base import db
from models.errors import OFFICER_REFUSALS, TOWN_HALL_REFUSALS, Reason
from models.outbox import BACK_OFF, ClaimedMail, MailKind, OutboxMail
from models.reference import spell
from tests.builders import World
from tests.live import HOST, free_port
from tests.page import read, text_of
from tests.smtp import Authority, Relay, SilentRelay

PATIENCE = 30
LEASE = timedelta(minutes=10)
SECRETS = (
    *("hautpoul", "éloïse", "eloise", "marie-ange", "aubigné", "brethon", "gwenaëlle", "rosalie", "petit", "benali"),
    *("1951", "1986", "28/02", "28/08", "février 19", "août 19"),
)

Sending = Callable[..., Any]


@pytest.fixture
def sending(app: Flask, config: Config) -> Sending:
    """`with sending(relay):` is the application of that relay, over the same database."""

    @contextmanager
    def sending(relay: Relay | SilentRelay | int, **changes: Any) -> Iterator[Flask]:
        port = relay if isinstance(relay, int) else relay.port
        values: dict[str, Any] = {"server": HOST, "port": port, "use_tls": False}
        other = create_app(replace(config, mail=Mail(**(values | changes))))
        with other.app_context():
            try:
                yield other
            finally:
                db.session.remove()
                db.engine.dispose()

    return sending


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RelayConnection, "timeout", 0.5)


def time_passes(delay: timedelta) -> None:
    """As if the outbox had been written and claimed that much earlier."""
    for mail in db.session.scalars(select(OutboxMail)):
        mail.due_at -= delay
        if mail.claimed_until:
            mail.claimed_until -= delay
    db.session.commit()


def the_mail() -> OutboxMail:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(OutboxMail)).one()


def claim_all(limit: int = 100) -> list[ClaimedMail]:
    claimed = outbox.claim(now(), limit=limit, lease=LEASE)
    db.session.commit()
    return claimed


# What is received.


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


# Refusals.


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_relay_that_says_later_gets_the_same_message_later(world: World, sending: Sending, command: str) -> None:
    world.submitted()
    message_id = the_mail().message_id
    with Relay({command: ["451 4.7.1 greylisted, eloise@electeurs.test", "250 ok"]}) as relay, sending(relay):
        assert deliver_once() == Tally(postponed=1)
        assert deliver_once() == Tally(), "a minute has not passed"
        assert (the_mail().attempts, outbox.waiting_count()) == (1, 1)
        time_passes(BACK_OFF[0])
        assert deliver_once() == Tally(sent=1)
    assert [m["Message-ID"] for m in relay.received] == [f"<{message_id}@127.0.0.1>"]


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_an_unknown_address_is_a_visible_failure_and_troubles_nobody_else(
    world: World, sending: Sending, command: str
) -> None:
    for name in ("anne", "bruno", "chloe"):
        world.submitted(email=f"{name}@electeurs.test")
    answers = {f"{command} bruno@electeurs.test": ["550 5.1.1 no bruno@electeurs.test here"]}
    with Relay(answers) as relay, sending(relay):
        assert deliver_once() == Tally(sent=2, failed=1)
        assert relay.connections == 1
    assert [m["To"] for m in relay.received] == ["anne@electeurs.test", "chloe@electeurs.test"]
    assert (outbox.failed_count(), outbox.waiting_count()) == (1, 0)
    [failed] = db.session.scalars(select(OutboxMail).where(OutboxMail.failed_at.is_not(None)))
    assert "550" in (failed.last_error or "")
    assert "bruno" not in (failed.last_error or "")


def test_a_relay_that_refuses_the_sender_fails_nobody(world: World, sending: Sending) -> None:
    world.submitted()
    with Relay({"MAIL": ["550 5.7.1 not you"]}) as relay, sending(relay):
        with pytest.raises(RelayUnavailable, match="550"):
            deliver_once()
        assert len(claim_all()) == 1, "given back, without waiting for the lease"
    assert (the_mail().attempts, the_mail().failed_at) == (0, None)


def test_a_relay_that_closes_does_not_cost_the_others_an_attempt(world: World, sending: Sending) -> None:
    for name in ("anne", "bruno"):
        world.submitted(email=f"{name}@electeurs.test")
    with Relay({"RCPT": ["421 4.3.2 closing", "250 ok"]}) as relay, sending(relay):
        with pytest.raises(RelayUnavailable, match="421"):
            deliver_once()
        assert db.session.scalars(select(OutboxMail.attempts).order_by(OutboxMail.id)).all() == [1, 0]
        db.session.rollback()
        assert deliver_once() == Tally(sent=1)
    assert [m["To"] for m in relay.received] == ["bruno@electeurs.test"]


def test_two_days_of_later_are_a_failure(world: World) -> None:
    world.submitted()
    start = instant = now()
    while claimed := outbox.claim(instant, limit=1, lease=LEASE):
        if not outbox.mark_retry(claimed[0], "SMTPDataError 451", now=instant):
            break
        db.session.commit()
        instant = the_mail().due_at
    db.session.commit()
    assert the_mail().failed_at == instant
    assert timedelta(days=2) <= instant - start < timedelta(days=2, hours=4)


@pytest.mark.parametrize(
    "address",
    ["a@electeurs.test\r\nBcc: b@electeurs.test", "a@electeurs.test, b@electeurs.test", "A <a@electeurs.test>", ""],
)
def test_an_address_cannot_add_a_header_or_a_copy(world: World, sending: Sending, address: str) -> None:
    world.submitted(email=address)
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(failed=1)
    assert relay.received == []


def test_an_accented_domain_is_reached(world: World, sending: Sending) -> None:
    world.submitted(email="eloise@électeurs.test")
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1)
    assert relay.envelopes[0][1] == ["eloise@xn--lecteurs-90a.test"]


def test_a_message_that_cannot_be_rendered_holds_back_no_other(world: World, sending: Sending) -> None:
    world.submitted(email="anne@electeurs.test")
    mail = the_mail()
    mail.facts = {**(mail.facts or {}), "expires_on": "not a day"}
    db.session.commit()
    world.submitted(email="bruno@electeurs.test")
    with Relay() as relay, sending(relay):
        assert deliver_once() == Tally(sent=1, postponed=1)
    assert [m["To"] for m in relay.received] == ["bruno@electeurs.test"]


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


# Workers.


def test_two_workers_never_hold_the_same_message(world: World, app: Flask) -> None:
    for _ in range(12):
        world.submitted()
    start, held = threading.Barrier(4), list[int]()

    def work() -> None:
        with app.app_context():
            start.wait()
            while claimed := claim_all(limit=2):
                held.extend(mail.id for mail in claimed)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(held) == len(set(held)) == 12


def test_a_worker_that_dies_gives_its_message_back_after_the_lease(world: World) -> None:
    world.submitted()
    instant = now()
    assert outbox.claim(instant, limit=9, lease=LEASE)
    db.session.commit()
    assert not outbox.claim(instant + LEASE - timedelta(seconds=1), limit=9, lease=LEASE)
    assert outbox.claim(instant + LEASE, limit=9, lease=LEASE)


def test_a_slow_worker_does_not_undo_what_the_next_one_did(world: World) -> None:
    world.submitted()
    instant = now()
    [slow] = outbox.claim(instant, limit=1, lease=LEASE)
    [next_one] = outbox.claim(instant + LEASE, limit=1, lease=LEASE)
    db.session.commit()
    outbox.mark_failed(slow, "SMTPDataError 550", now=instant)
    outbox.put_back([slow])
    db.session.commit()
    assert (the_mail().failed_at, the_mail().claimed_until) == (None, next_one.until)
    outbox.mark_sent(next_one, now=instant + LEASE)
    outbox.mark_retry(next_one, "SMTPDataError 451", now=instant + LEASE)
    db.session.commit()
    assert (outbox.waiting_count(), outbox.failed_count()) == (0, 0)


def test_a_worker_stops_between_two_messages_and_gives_the_rest_back(world: World, sending: Sending) -> None:
    world.submitted()
    world.submitted()
    stop = threading.Event()
    with Relay() as relay, sending(relay) as app:
        real = app.extensions["mail_transport"]

        class StopsAfterOne(RelayConnection):
            def send(self, message: Message, *rest: Any) -> None:
                super().send(message, *rest)
                stop.set()

        app.extensions["mail_transport"] = lambda: StopsAfterOne(real().mail)
        assert deliver_once(stop) == Tally(sent=1)
        assert len(claim_all()) == 1


def test_the_thread_of_the_demonstration_delivers_until_it_is_stopped(world: World, app: Flask) -> None:
    stop = threading.Event()
    worker = threading.Thread(target=deliver_forever, args=(app, stop))
    worker.start()
    world.submitted()
    try:
        wait_until(lambda: the_mail().sent_at is not None)
    finally:
        stop.set()
        worker.join(PATIENCE)
    assert not worker.is_alive()


def test_a_worker_killed_in_the_middle_loses_nothing(world: World, sending: Sending, config: Config) -> None:
    world.submitted()
    message_id = the_mail().message_id
    with Relay({"DATA": ["hang", "250 ok"]}) as relay:
        worker = start_worker(config, relay)
        assert relay.reached["DATA"].wait(PATIENCE)
        worker.kill()
        worker.wait()
        with sending(relay):
            assert deliver_once() == Tally(), "still claimed"
            time_passes(LEASE)
            assert deliver_once() == Tally(sent=1)
    assert [m["Message-ID"] for m in relay.received] == [f"<{message_id}@127.0.0.1>"]


def test_sigterm_ends_the_worker_cleanly(world: World, config: Config) -> None:
    world.submitted()
    with Relay() as relay:
        worker = start_worker(config, relay)
        wait_until(lambda: the_mail().sent_at is not None)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0


# The command.


def test_the_command_tells_what_it_did(world: World, sending: Sending) -> None:
    world.submitted(email="anne@electeurs.test")
    with Relay({"RCPT anne@electeurs.test": ["550 no"]}) as relay, sending(relay) as app:
        run = app.test_cli_runner().invoke
        failing = run(args=["deliver-mail", "--once"])
        world.submitted()
        done = run(args=["deliver-mail", "--once"])
    assert (failing.exit_code, failing.output) == (1, "0 sent, 0 postponed, 1 given up\n")
    assert (done.exit_code, done.output) == (0, "1 sent, 0 postponed, 0 given up\n")


def test_the_command_says_that_it_could_not_run(world: World, sending: Sending) -> None:
    world.submitted()
    with sending(free_port()) as app:
        done = app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    assert done.exit_code == 2
    assert done.output.startswith("the relay is unavailable: ConnectionRefusedError")


# What is kept.


def test_the_address_and_the_facts_are_forgotten_after_seven_days(world: World, sending: Sending) -> None:
    for name in ("anne", "bruno", "chloe"):
        world.submitted(email=f"{name}@electeurs.test")
    answers = {"RCPT anne@electeurs.test": ["550 no"], "RCPT bruno@electeurs.test": ["451 later"]}
    with Relay(answers) as relay, sending(relay):
        assert deliver_once() == Tally(sent=1, postponed=1, failed=1)
    assert outbox.erase_old_facts(now() + timedelta(days=6, hours=23)) == 0
    assert outbox.erase_old_facts(now() + timedelta(days=7, seconds=1)) == 2
    db.session.commit()
    kept = db.session.scalars(select(OutboxMail).where(OutboxMail.facts.is_not(None))).all()
    assert [mail.sent_at or mail.failed_at for mail in kept] == [None], "only what still waits"


def test_nobody_is_named_in_the_logs(
    world: World,
    sending: Sending,
    short_patience: None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    names = ("anne", "bruno", "chloe", "david")
    references = [world.submitted(email=f"{name}@electeurs.test").reference for name in names]
    answers = {
        "RCPT anne@electeurs.test": ["550 5.1.1 <anne@electeurs.test> unknown"],
        "DATA bruno@electeurs.test": ["451 4.7.1 <bruno@electeurs.test> later"],
        "DATA david@electeurs.test": ["hang"],
    }
    with Relay(answers) as relay, sending(relay) as app:
        app.test_cli_runner().invoke(args=["deliver-mail", "--once"])
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("mail.log", "asyncio")))
    said = ours + capfd.readouterr().err
    assert "given up" in ours
    for secret in (*(f"{name}@" for name in names), *(reference or "" for reference in references)):
        assert secret not in said


# The words.


@pytest.fixture
def every_message(world: World) -> list[Message]:
    """What each act sends, for each reason it can have, for polling days and for a period."""
    officer, clerk = world.an_officer(), world.a_clerk()
    sunday, next_sunday = (s.polling_day for s in world.an_election().scrutins)
    journey.withdraw(world.submitted(), now=now())
    world.submitted(valid_until=world.today + timedelta(days=300))
    for reason in OFFICER_REFUSALS:
        journey.refuse(world.submitted(), officer=officer, reason=reason, now=now())
    for reason in TOWN_HALL_REFUSALS:
        procuration = world.established(officer, days=(sunday, next_sunday))
        journey.invalidate(procuration, clerk=clerk, reason=reason, note="vu avec M. Petit", now=now())
    journey.validate(world.established(officer), clerk=clerk, now=now())
    db.session.commit()
    return [render(mail) for mail in claim_all()]


def test_each_act_has_its_message(every_message: list[Message]) -> None:
    kinds = db.session.scalars(select(OutboxMail.kind)).all()
    assert set(kinds) == set(MailKind)
    assert len({message.subject for message in every_message}) == len(MailKind)


def test_no_message_names_a_person_or_a_birth_date(every_message: list[Message]) -> None:
    for message in every_message:
        words = f"{message.subject}\n{message.body}\n{message.html}".lower()
        assert [secret for secret in SECRETS if secret in words] == [], message.subject


def test_the_text_part_fits_a_narrow_screen_and_leaves_no_hole(every_message: list[Message]) -> None:
    for message in every_message:
        lines = (message.body or "").splitlines()
        assert max(len(line) for line in lines) <= 72
        assert any(re.fullmatch("[A-Z2-9]{6}", line) for line in lines), "the reference, alone on its line"
        assert not re.search(r"[{}<>&]|None|Undefined|\n\n\n| $", message.body or "", re.MULTILINE)


def test_both_parts_say_the_same(every_message: list[Message]) -> None:
    for message in every_message:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        page = parser.parse(message.html)
        assert not parser.errors
        body = page.find("body")
        assert text_of(page.find("head/title")) == message.subject
        text = re.sub(r"^- ", "", message.body or "", flags=re.MULTILINE)
        assert text_of(body) == re.sub(r"\s+", " ", text).strip()
        assert all(link.text == link.get("href") for link in body.iter("a"))


def test_every_link_of_a_message_leads_somewhere(every_message: list[Message], app: Flask) -> None:
    addresses = app.url_map.bind("127.0.0.1")
    for message in every_message:
        links = re.findall(r"^http://127\.0\.0\.1:5000(\S*)$", message.body or "", re.MULTILINE)
        assert links
        assert all(addresses.test(link, "GET") for link in links), links


def test_the_first_message_says_where_to_go_what_to_bring_until_when(every_message: list[Message]) -> None:
    first = next(m for m in every_message if m.subject.endswith("il reste une étape"))
    for promise in ("Où aller", "/ou-aller", "À apporter", "Jusqu'à quand", "/mes-procurations", "n'a pas à venir"):
        assert promise in (first.body or "")


def test_whoever_reads_over_the_shoulder_cannot_tell_that_pressure_was_seen(world: World) -> None:
    officer = world.an_officer()
    for reason in (Reason.CONTRAINTE, Reason.IDENTITE_DISCORDANTE):
        journey.refuse(world.submitted(), officer=officer, reason=reason, now=now())
    db.session.execute(update(OutboxMail).where(OutboxMail.kind == MailKind.SUBMITTED).values(sent_at=now()))
    db.session.commit()
    bodies = [re.sub("^[A-Z2-9]{6}$", "", render(m).body or "", flags=re.MULTILINE) for m in claim_all()]
    assert bodies[0] == bodies[1]


# The demonstration's mailbox.


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


# Helpers.


def start_worker(config: Config, relay: Relay) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    environ = {
        **os.environ,
        "DEMO": "1",
        "DATABASE_URL": config.database_url,
        "PUBLIC_URL": config.public_url,
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(relay.port),
        "MAIL_USE_TLS": "0",
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "deliver-mail"]
    return subprocess.Popen(command, env=environ, cwd=Path(__file__).parent.parent.parent)


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again; fail after a long while."""
    waiting = threading.Event()
    for _ in range(PATIENCE * 10):
        if condition():
            return
        waiting.wait(0.1)
    raise AssertionError("it never happened")
