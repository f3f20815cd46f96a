"""The words of each message: the same in both parts, enough to act on, and nobody's name."""

import re
from collections.abc import Callable
from datetime import time, timedelta
from functools import partial

import html5lib
import pytest
from flask import Flask
from flask_mail import Message
from sqlalchemy import select, update

from app.dates import now
from app.late_alerts import tell_late_arrivals
from app.message import render
from models import (
    account_news,
    aftermath,
    control,
    delegation,
    desk_settings,
    habilitation,
    handover,
    journey,
    lifetime,
    misses,
    transition,
)
from models.account import Account, Capacity, Role
from models.account_news import Change
from models.base import db
from models.delegation import Person
from models.desk_settings import Wanted
from models.errors import OFFICER_REFUSALS, TOWN_HALL_REFUSALS, Reason
from models.outbox import MailKind, OutboxMail
from models.procuration import Procuration
from tests.builders import World, a_habilitation
from tests.mail.outbox import claim_all
from tests.page import read, text_of

Act = Callable[..., None]
KEY = b"tests only"
SECRETS = (
    *("hautpoul", "éloïse", "eloise", "marie-ange", "aubigné", "brethon", "gwenaëlle", "rosalie"),
    *("petit", "benali", "fauvel", "masson"),
    *("1951", "1986", "28/02", "28/08", "février 19", "août 19"),
)


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
    what_follows(world, officer, clerk)
    wrong_references(world)
    an_end_that_is_near(world)
    late_arrivals_of_a_near_vote(world)
    invitations(world)
    changes_of_an_account(world)
    db.session.commit()
    return [render(mail) for mail in claim_all()]


def a_delegue(world: World) -> Account:
    opj = world.an_officer(name="Hélène FAUVEL")
    theirs = a_habilitation(capacity=Capacity.DELEGUE, opj=opj)
    return world.an_officer(station=opj.station, name="Régine MASSON", habilitations=[theirs])


def an_end_that_is_near(world: World) -> None:
    """What the officer and the responsible of the station hear."""
    world.an_officer(name="Régine MASSON", habilitations=[a_habilitation(valid_until=now().date() + timedelta(days=9))])
    for batch in habilitation.to_warn(now()):
        for one in batch:
            habilitation.warn(one, now=now())


def late_arrivals_of_a_near_vote(world: World) -> None:
    """What two persons on duty hear: of one, of several, and of what nobody opened."""
    day, first, second = world.today + timedelta(days=3), world.a_clerk(), world.a_clerk(name="Hélène FAUVEL")
    world.an_election((day,))
    wanted = Wanted(None, None, 7, time(), 30, (first.id, second.id))
    desk_settings.save(world.commune(), wanted, clerk=first, now=now())
    world.established(days=(day,))
    tell_late_arrivals(now())
    for _ in range(2):
        world.established(days=(day,))
    for minutes in (6, 30, 36):
        tell_late_arrivals(now() + timedelta(minutes=minutes))
    db.session.execute(update(OutboxMail).values(due_at=now()))


def changes_of_an_account(world: World) -> None:
    for change in Change:
        account_news.tell(change, world.an_officer(name="Régine MASSON"), now=now())


def invitations(world: World) -> None:
    """To a town hall, to a counter, and to who will answer for one."""
    ministry, responsible = world.an_account(Role.MINISTRY), world.an_officer(manages_station=True)
    manager = world.a_clerk(manages_communes=True)
    person = Person("regine@agents.test", "Régine MASSON")
    delegation.invite_officer(person, manager=responsible, key=KEY, now=now())
    person = Person("helene@agents.test", "Hélène FAUVEL")
    delegation.invite_manager(person, world.a_station(), manager=ministry, key=KEY, now=now())
    for email in ("nadia@agents.test", world.a_clerk("02722").email):
        person = Person(email, "Nadia BENALI")
        delegation.invite_clerk(person, manager.communes, manager=manager, key=KEY, now=now())


def wrong_references(world: World) -> None:
    """What the responsible of a station hears: a block, and fifty in an hour."""
    chief = world.an_officer(manages_station=True, name="Hélène FAUVEL")
    at = now().replace(minute=0)
    for n in range(50):
        misses.count(account=chief if n < 20 else world.an_officer(station=chief.station), now=at)


def what_follows(world: World, officer: Account, clerk: Account) -> None:
    """Validated, by a clerk and by the register, and each end that an established procuration can have."""
    at = now()
    journey.validate(world.established(officer), clerk=clerk, note="vu", now=at)
    asked = world.established(officer)
    aftermath.ask_revocation(asked, now=at)
    aftermath.revoke(asked, officer=officer, now=at)
    aftermath.lapse(world.established(officer), clerk=clerk, reason=Reason.DECES_MANDATAIRE, now=at)
    for just_established in (False, True):
        held = world.established(officer)
        aftermath.void(held, control.ceilings(held, world.today), now=at, just_established=just_established)
    handover.pass_on(world.submitted(), delegue=a_delegue(world), now=at)
    lifetime.remind(world.submitted(), now=at)
    lifetime.expire(world.submitted(), key=b"key", now=at)
    for act in (lifetime.remind, partial(lifetime.expire, key=b"key")):
        checked = world.submitted()
        handover.pass_on(checked, delegue=a_delegue(world), now=at)
        act(checked, now=at)
    lifetime.end(world.established(officer), now=at)
    lifetime.announce_purge(world.established(officer), now=at)
    decided = world.established(officer)
    facts = {"reasons": [Reason.MANDATAIRE_NON_INSCRIT]}
    transition.tell(MailKind.RECONTROLLED, decided, at, **facts)
    transition.tell(MailKind.RECONTROLLED, decided, at, reasons=[], cause="tie")
    transition.tell(MailKind.DOUBT_OVER, decided, at)
    for kind in (MailKind.ESTABLISHED, MailKind.VALIDATED):
        transition.tell(kind, decided, at, unserved=["2027-03-14"])
    days = {"day": "2027-03-14", "left": [], "moved_to": []}
    for kind, moved_to in ((MailKind.DAY_LOST, []), (MailKind.DAY_LOST, ["2027-03-21"]), (MailKind.DAY_BACK, [])):
        transition.tell(kind, decided, at, **days | {"moved_to": moved_to, "left": moved_to})
    for kind, reason in ((MailKind.VALIDATED, None), (MailKind.INVALIDATED, Reason.MANDANT_NON_INSCRIT)):
        transition.tell(kind, decided, at, reason=reason, is_automated=True)
        transition.tell(kind, decided, at, reason=reason, was_in_doubt=True)


def test_an_automated_decision_says_so_where_the_rules_are_and_who_can_look(every_message: list[Message]) -> None:
    """Each decision without a person behind it, and no other."""
    automated = [message for message in every_message if "automatiquement" in (message.body or "")]
    assert sorted(message.subject for message in automated) == [
        "Votre procuration est nulle",
        "Votre procuration est nulle",
        "Votre procuration est validée",
        "Votre procuration n'a pas été validée",
    ]
    for message in automated:
        assert "demander qu'une personne" in (message.body or "").replace("\n", " ")
        assert "/aide#controle" in (message.body or "")


def test_the_page_of_the_rules_says_how_a_person_can_look(app: Flask) -> None:
    page = read(app.test_client().get("/aide"))
    assert "controle" in [element.get("id") for element in page.all("h3")]
    assert "vous expliquer les règles appliquées et de faire examiner votre dossier par une personne" in page.text


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
        places = ("officer", "habilitations", "late", "town-hall/details")
        is_to_agent = any(
            re.search(rf"/admin/({'|'.join(places)})/|/agents/(invitation/|compte)", line) for line in lines
        )
        assert is_to_agent != any(re.fullmatch("[A-Z2-9]{6}", line) for line in lines), (
            "the reference, alone on its line"
        )
        assert not re.search(r"[{}<>&]|None|Undefined|\n\n\n| $", message.body or "", re.MULTILINE)


def test_both_parts_say_the_same(every_message: list[Message]) -> None:
    for message in every_message:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        page = parser.parse(message.html)
        assert not parser.errors
        body = page.find("body")
        assert text_of(page.find("head/title")) == message.subject
        text = re.sub(r"^- ", "", message.body or "", flags=re.MULTILINE)
        assert text_of(body) == re.sub(r"\s+", " ", f"{message.subject} {text}").strip()
        assert all(link.text == link.get("href") for link in body.iter("a"))


def test_each_message_has_a_language_a_heading_and_words_for_its_pictures(every_message: list[Message]) -> None:
    for message in every_message:
        page = html5lib.HTMLParser(namespaceHTMLElements=False).parse(message.html)
        assert page.get("lang") == "fr"
        assert [text_of(heading) for heading in page.iter("h1")] == [message.subject]
        assert len(list(page.iter("main"))) == 1
        assert all(picture.get("alt") for picture in page.iter("img"))
        drawn = list(page.iter("table"))
        assert all(table.get("role") == "img" and table.get("aria-label") for table in drawn)


def test_every_link_of_a_message_leads_somewhere(every_message: list[Message], app: Flask) -> None:
    addresses = app.url_map.bind("127.0.0.1")
    for message in every_message:
        links = re.findall(r"^http://127\.0\.0\.1:5000(\S*)$", message.body or "", re.MULTILINE)
        assert links
        assert all(addresses.test(re.split("[#?]", link)[0], "GET") for link in links), links


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


@pytest.mark.parametrize("act", [lifetime.remind, partial(lifetime.expire, key=KEY)])
def test_who_was_received_by_a_delegue_is_not_told_that_nobody_came_r72_1_v(world: World, act: Act) -> None:
    demande = world.submitted()
    handover.pass_on(demande, delegue=a_delegue(world), now=now())
    words = last_words(demande, act)
    assert "Votre identité a été vérifiée" in words
    assert "votre passage" not in words
    assert "pas été présentée" not in words


def test_a_demande_whose_day_has_lost_its_vote_is_not_said_to_be_late_r74(world: World) -> None:
    demande = world.submitted()
    demande.polling_days[0].lost_at = now()
    words = last_words(demande, partial(lifetime.expire, key=KEY))
    assert "Il n'y a plus de vote le jour choisi" in words
    assert "pas été présentée" not in words


def test_what_expires_says_nothing_of_what_it_was_to_replace(world: World) -> None:
    """The former stays in force: somebody votes for its mandant all the same (L75)."""
    elector = world.an_elector()
    former = world.established(elector=elector)
    demande = world.submitted(elector)
    demande.replaced.append(former)
    assert "personne ne votera pour vous avec elle." in last_words(demande, partial(lifetime.expire, key=KEY))
    assert former.is_in_force


def test_a_period_that_nobody_decided_on_may_have_met_no_vote_r74(world: World) -> None:
    chosen, period = world.established(), world.established(valid_until=world.today + timedelta(days=90))
    assert "Les jours de vote sont passés sans que" in last_words(chosen, lifetime.end)
    assert "La durée choisie est passée sans que" in last_words(period, lifetime.end)


def test_nobody_of_a_consular_post_is_sent_to_a_town_hall(world: World) -> None:
    world.an_election((world.first_day(),), territories=("CO",))
    officer = world.an_officer()
    asked = world.established(officer, commune_code="C0009")
    words = last_words(asked, aftermath.ask_revocation)
    assert "Prévenez votre mairie, ou votre consulat." in words
    lost = {"day": "2027-03-14", "left": [], "moved_to": []}
    words = last_words(asked, lambda one, now: transition.tell(MailKind.DAY_LOST, one, now, **lost))
    assert "on ne vote plus ce jour-là, là où vous votez" in words


def last_words(demande: Procuration, act: Act) -> str:
    """What this act writes, on one line."""
    act(demande, now=now())
    db.session.commit()
    return " ".join((render(claim_all()[-1]).body or "").split())
