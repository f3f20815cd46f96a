"""One file at the town hall: who gives, who votes, who established, what happened."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from app.dates import clock_time, now
from app.message import render
from models import journal
from models.base import db
from models.identity import Sex
from models.journal import Action, Entry
from models.procuration import Procuration, Status
from tests.back_office.desks import Desk, entries, status_of, town_hall
from tests.builders import LAON, World, an_identity
from tests.database import everything, queries
from tests.law.people import ELOISE, GWENAELLE, a_roll, an_election, another, established
from tests.mail.outbox import claim_all
from tests.page import read, text_of

ACTION = "/admin/town-hall/action/"
HAUTPOUL = an_identity(birth_name="D'HAUTPOUL", first_names="Éloïse")

MARKUP = "<script>alert(1)</script>\"'&amp;{{7*7}}"


def test_a_file_tells_who_gives_who_votes_who_established_and_what_happened(world: World) -> None:
    officer = world.an_officer(name="Martin PETIT")
    procuration, hall = world.established(officer), town_hall(world)
    page = hall.read(f"details/?id={procuration.id}")
    assert (page.data_status, page.data_reference) == ("established", procuration.reference)
    for words in (
        "D'HAUTPOUL DE LA TOUR Éloïse Marie-Ange",
        "née le 28 février 1951",
        "Gwenaëlle Rosalie D'Aubigné-Le Brethon, née le 28 août 1986",
        "Laon, par Martin PETIT, officier de police judiciaire",
        "demande déposée",
        "procuration établie au guichet",
    ):
        assert words in page.text
    assert procuration.email not in page.text


def test_each_reading_is_in_the_journal_and_not_in_the_history(world: World) -> None:
    procuration, clerk = world.established(), world.a_clerk()
    hall = town_hall(world, clerk)
    hall.get(f"details/?id={procuration.id}")
    page = hall.read(f"details/?id={procuration.id}")
    reading = entries(procuration)[-1]
    assert (reading.action, reading.account_id, reading.desk) == (Action.OPENED, clerk.id, LAON)
    history = next(e for e in page.all("ul") if e.get("class") == "history")
    assert len(list(history.iter("li"))) == 2


@pytest.mark.parametrize(
    "key", ["", "abc", "0", "-1", "+1", "1.0", " 1", "9" * 12, "9" * 5000, "%D9%A1", "²", "%00", "1%00", "*", "0x1"]
)
def test_a_key_that_is_no_number_is_no_row(world: World, key: str) -> None:
    world.established()
    hall = town_hall(world)
    assert hall.get(f"details/?id={key}").status_code == 404
    if key and key != "*":
        assert hall.act("validate", *[key.replace("%00", "\0").replace("%D9%A1", "١")]).status_code == 404


def test_an_arabic_digit_is_not_ours(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    arabic = str(procuration.id).translate({ord(str(n)): chr(0x660 + n) for n in range(10)})
    assert hall.client.get("/admin/town-hall/details/", query_string={"id": arabic}).status_code == 404
    assert hall.act("validate", arabic).status_code == 404
    assert status_of(procuration) is Status.ESTABLISHED


def test_opening_a_file_asks_little_of_the_database(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    with queries() as seen:
        hall.get(f"details/?id={procuration.id}")
    assert len(seen) <= 15, seen


def test_markup_in_a_name_is_shown_as_text_on_every_page(world: World) -> None:
    person = an_identity(birth_name=MARKUP, first_names=f"Jean {MARKUP}", sex=Sex.M)
    officer = world.an_officer(name=MARKUP)
    officer.station.name = MARKUP
    world.an_election(name=MARKUP)
    procuration = world.established(officer, mandant=person, mandataire=an_identity(birth_name=MARKUP, sex=Sex.F))
    demande = world.submitted(mandant=person)
    hall, desk = town_hall(world, world.a_clerk(name=MARKUP)), Desk(world.as_agent(officer), "/admin/officer/")
    answers = [
        desk.get(),
        desk.get(f"?reference={demande.reference}"),
        desk.get(f"?reference={procuration.reference}"),
        desk.get(f"?reference={MARKUP}"),
        desk.post("invalidate", demande.reference),
        desk.post("postpone", demande.reference),
        desk.act("validate", procuration.reference),
        hall.get(),
        hall.get(f"details/?id={procuration.id}"),
        hall.post("validate", procuration.id),
        hall.act("invalidate", procuration.id, reason="", note=MARKUP),
        hall.act("invalidate", procuration.id, reason="PLAFOND", note=MARKUP),
        hall.get(f"details/?id={procuration.id}"),
        hall.act("validate", procuration.id),
    ]
    for answer in answers:
        assert "<script>alert" not in answer.text
        assert "49" not in re.findall(r"alert\(1\)[^<]{0,60}", answer.text)
        if answer.status_code != 303:
            read(answer)
    assert sum("&lt;script&gt;" in answer.text for answer in answers) >= 12


def test_a_decision_is_final(world: World) -> None:
    procuration, hall = world.established(), town_hall(world)
    hall.act("invalidate", procuration.id, reason="PLAFOND")
    page = hall.read(f"details/?id={procuration.id}")
    assert "Invalidée par Nadia BENALI" in page.text
    assert page.forms == ["/agents/deconnexion"]


def test_another_clerk_reads_who_has_it_open_for_ten_minutes(world: World) -> None:
    procuration, zone = world.established(), world.commune(LAON).zone
    mine, other = (town_hall(world, world.a_clerk(name=name)) for name in ("Nadia BENALI", "Yves LE GOFF"))
    assert "Ouvert par" not in mine.read(f"details/?id={procuration.id}").text
    assert "Ouvert par" not in mine.read(f"details/?id={procuration.id}").text, "one's own reading is no news"
    read_at = entries(procuration)[-1].at
    told = " ".join(f"Ouvert par Nadia BENALI à {clock_time(read_at, zone)}.".split())
    assert told in other.read(f"details/?id={procuration.id}").text
    db.session.execute(update(Entry).where(Entry.action == Action.OPENED).values(at=read_at - timedelta(minutes=11)))
    db.session.commit()
    assert "Ouvert par" not in other.read(f"details/?id={procuration.id}").text


def test_an_officer_or_a_clerk_of_a_file_decided_is_not_told_as_reading_it(world: World) -> None:
    procuration, officer = world.established(), world.an_officer(name="Martin PETIT")
    journal.record(Action.OPENED, now=now(), procuration=procuration, account=officer)
    db.session.commit()
    hall = town_hall(world)
    assert "Ouvert par" not in hall.read(f"details/?id={procuration.id}").text
    hall.act("validate", procuration.id)
    assert "Ouvert par" not in town_hall(world).read(f"details/?id={procuration.id}").text


def test_a_decision_on_a_file_leads_to_the_next_one_of_the_filter(world: World) -> None:
    petits = [an_identity(birth_name="PETIT", birth_date=date(1960, 1, day)) for day in (1, 2, 3)]
    hidden, oldest, middle, newest = (world.established(mandant=one) for one in (HAUTPOUL, *petits))
    hall, filtered, seen = town_hall(world), "?status=established&search=petit", []
    assert hall.read(filtered).links["PETIT"].endswith("&status=established&search=petit")
    page = hall.read(f"details/?id={middle.id}&status=established&search=petit")
    for _ in range(3):
        seen.append(page.data_reference)
        asked = read(hall.client.post(ACTION, data=page.form(ACTION) | {"action": "validate"}))
        answer = hall.client.post(ACTION, data=asked.form(ACTION))
        assert answer.status_code == 303
        page = read(hall.client.get(answer.location))
        assert "Procuration validée." in page.text
    assert seen == [middle.reference, oldest.reference, newest.reference]
    assert (page.h1, answer.location) == ("Procurations", f"/admin/town-hall/{filtered}")
    assert status_of(hidden) is Status.ESTABLISHED


def test_the_message_is_read_before_it_is_sent_and_is_the_one_sent(world: World) -> None:
    given, refused, hall = world.established(), world.established(), town_hall(world)
    before = everything()
    asked = read(hall.post("validate", given.id))
    choosing = read(hall.post("invalidate", refused.id))
    assert "Choisissez un motif, puis relisez le message" in choosing.text
    preview = choosing.form(ACTION) | {"reason": "PLAFOND", "preview": "yes"}
    previewed = read(hall.client.post(ACTION, data=preview))
    assert (previewed.status, everything()) == (200, before)
    assert previewed.form(ACTION)["reason"] == "PLAFOND"
    hall.client.post(ACTION, data=asked.form(ACTION))
    hall.client.post(ACTION, data=previewed.form(ACTION))
    assert (status_of(given), status_of(refused)) == (Status.VALIDATED, Status.INVALIDATED)
    mails = claim_all()
    for page, kind in ((asked, "validated"), (previewed, "invalidated")):
        (sent,) = (render(mail) for mail in mails if mail.kind == kind)
        assert f"Objet : {sent.subject}" in page.text
        (shown,) = page.all("pre")
        assert "".join(shown.itertext()).strip() == sent.body.strip()


def test_of_many_the_message_of_one_is_shown_and_who_gets_none_is_counted(world: World) -> None:
    rows = [world.established() for _ in range(3)]
    rows[0].email = None
    db.session.commit()
    page = read(town_hall(world).post("validate", *[row.id for row in rows]))
    assert "2 électeurs reçoivent ces mots" in page.text
    assert "1 mandant n'a pas laissé d'adresse e-mail" in page.text
    assert "Chaque électeur qui a laissé une adresse e-mail est prévenu" in page.text
    rows[1].email = None
    db.session.commit()
    page = read(town_hall(world).post("validate", *[row.id for row in rows]))
    assert "2 mandants n'ont pas laissé d'adresse e-mail : aucun message ne leur part." in page.text
    assert "Le mandataire pourra voter." in read(town_hall(world).post("validate", rows[0].id)).text
    alone = read(town_hall(world).post("invalidate", rows[0].id))
    assert "L'électeur peut faire une nouvelle demande." in alone.text
    assert "Le mandant n'a pas laissé d'adresse e-mail : aucun message ne lui part." in alone.text
    assert "Choisissez un motif, puis" not in alone.text


def test_the_likely_act_is_the_filled_button_and_a_failure_leaves_none(world: World) -> None:
    an_election(world)
    a_roll(ELOISE, GWENAELLE)
    good, failing, hall = established(world), established(world, mandant=another(0)), town_hall(world)

    def filled(procuration: Procuration) -> list[str]:
        buttons = hall.read(f"details/?id={procuration.id}").all("button")
        return [text_of(one) for one in buttons if "primary" in (one.get("class") or "")]

    assert (filled(good), filled(failing)) == (["Valider…"], [])
