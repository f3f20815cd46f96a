"""The auditor looks for acts and readings by filters, and reads whether the journal is whole."""

from dataclasses import fields
from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import text

from admin_views.town_hall_filter import REVIEW, SHOWN
from app.dates import now
from models import desk_settings, journal, journal_search, standing, venue_correction
from models.account import Role
from models.agent_session import Factor
from models.base import db
from models.entry_check import Way
from models.errors import DomainError, Fault, Reason
from models.journal import Action
from models.journal_search import PAGE, Wanted
from models.plan import Part
from models.procuration import Source, Status
from models.question import Answer
from models.roll_file import Refusal
from models.scrutin import ElectionKind
from tests.back_office.desks import Desk
from tests.builders import World
from tests.database import queries
from tests.journal.journals import verified
from tests.journal.test_anchor import anchored
from tests.page import Page, text_of


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.as_agent(world.an_account(Role.AUDITOR)), "/admin/journal/")


def acts(page: Page) -> list[str]:
    return [text_of(cell) for cell in page.all("td")][1::6]


def test_each_filter_narrows_and_all_may_be_joined(world: World, desk: Desk) -> None:
    officer, procuration = world.an_officer(), world.submitted()
    journal.record(Action.OPENED, now=now() - timedelta(days=3), procuration=procuration, account=officer)
    journal.record(Action.MISSED, now=now(), account=officer)
    db.session.commit()
    three_days_ago = f"{world.today - timedelta(days=3)}"
    for asked, found in {
        f"?account={officer.id}": ["référence sans suite", "dossier ouvert"],
        f"?procuration={procuration.id}": ["demande déposée", "dossier ouvert"],
        f"?desk={officer.station_code}": ["référence sans suite", "dossier ouvert"],
        "?action=opened": ["dossier ouvert"],
        f"?until={three_days_ago}": ["dossier ouvert"],
        f"?since={three_days_ago}&until={three_days_ago}&account={officer.id}&action=opened": ["dossier ouvert"],
        f"?since={world.today}&account={officer.id}": ["référence sans suite"],
        f"?account={officer.id}&action=validated": [],
    }.items():
        assert acts(desk.read(asked)) == found, asked


NO_ANSWERS = ("since=demain", "account=x", "action=x", "desk=%00", "procuration=99999999999", "before=-1")


@pytest.mark.parametrize("typed", NO_ANSWERS)
def test_what_is_no_date_code_or_number_asks_for_nothing(desk: Desk, typed: str) -> None:
    page = desk.read(f"?{typed}")
    assert acts(page) == ["connexion"]
    assert "n'a pas servi à la recherche" in page.text


def test_what_was_typed_in_vain_stays_with_what_its_field_expects(desk: Desk) -> None:
    page = desk.read("?procuration=SSFBA8&account=7")
    assert page.form("/admin/journal/") == {**page.form("/admin/journal/"), "procuration": "SSFBA8", "account": "7"}
    assert "« Numéro de la procuration » attend un nombre, et non sa référence." in page.text
    assert "« Numéro du compte »" not in page.text


def details(page: Page) -> list[str]:
    return [text_of(cell) for cell in page.all("td")][5::6]


def test_the_codes_of_the_journal_are_read_in_french(world: World, desk: Desk) -> None:
    codes = {one.__name__ for one in DomainError.__subclasses__()} - {"RuleBroken"} | set(Reason) | set(Factor)
    for code in codes:
        journal.record(Action.DENIED, now=now(), detail=code)
    for how in ("7", "7 manager", "7 added", "7 removed"):
        journal.record(Action.CLERK_LIMITED, now=now(), detail=how)
    journal.record(Action.ROLL_IMPORTED, now=now(), detail="1204")
    db.session.commit()
    assert len(codes) + 6 <= PAGE
    shown = details(desk.read())
    assert codes.intersection(shown) == set()
    assert {"compte 7", "compte 7, responsable", "compte 7, commune ajoutée", "compte 7, commune retirée"} <= set(shown)
    assert "1204" in shown


CODES = [*Refusal, *Fault, *Way, *Answer, *ElectionKind, standing.DOUBT, standing.CLEARED]
ALONE = [standing.detail(cause, is_in_doubt=True) for cause in (standing.ROLL, standing.TIE)]
SEVERAL = {
    Action.ELECTION_CORRECTED: list(Part),
    Action.SETTINGS_CHANGED: sorted({field.name.partition("_")[0] for field in fields(desk_settings.Wanted)}),
    Action.VENUE_CORRECTED: [*(one.name for one in fields(venue_correction.Wanted)), "is_hidden", "follow_again"],
    Action.EXPORTED: ["csv", "xlsx", *SHOWN, REVIEW, *Source, "late", "bureau", "search", "e=3", "t=1"],
}


def test_no_other_code_is_left_as_it_is_either(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_search, "PAGE", 200)
    said = [code for code in (*CODES, *ALONE) if code]
    for code in said:
        journal.record(Action.DENIED, now=now(), detail=code)
    for action, codes in SEVERAL.items():
        for code in codes:
            journal.record(action, now=now(), detail=code)
    journal.record(Action.EXPORTED, now=now(), detail=f"csv {Status.ESTABLISHED} e=3 t=1 {Source.ONLINE} late search")
    db.session.commit()
    shown = details(desk.read())
    assert len(shown) > len(said) + sum(map(len, SEVERAL.values()))
    assert {*said, *chain(*SEVERAL.values())}.intersection(shown) == {"latitude", "longitude"}
    assert "CSV, à décider, élection 3, tour 1, en ligne, tardives, une recherche" in shown


def test_details_of_several_words_are_one_where_they_say_one_thing(desk: Desk) -> None:
    said = {
        (Action.EXPORTED, "special register"): "registre spécial",
        (Action.OPENED, "late"): "tardives",
        (Action.OPENED, "polling_day"): "recherche d'un nom, le jour du vote",
        (Action.OPENED, "ends"): "recherche d'un nom, pour un décès ou un droit perdu",
        (Action.VENUE_CORRECTED, "many"): "presque tout",
        (Action.EDITION_MADE, "2027-03-14 2"): "édition 2 du 14/03/2027",
    }
    for action, detail in said:
        journal.record(action, now=now(), detail=detail)
    db.session.commit()
    assert list(reversed(said.values())) == details(desk.read())[: len(said)]


def test_pages_follow_one_another_by_time_then_key_whatever_happened_meanwhile(world: World, desk: Desk) -> None:
    """What began long ago may be written late, with a greater key, and several acts are of one instant."""
    begun = now() - timedelta(hours=1)
    for number in range(PAGE + 3):
        journal.record(Action.SIGN_IN_FAILED, now=begun + timedelta(seconds=number // 4), detail=str(number))
    journal.record(Action.SIGN_IN_FAILED, now=begun - timedelta(hours=1), detail="oldest")
    db.session.commit()
    first = desk.read("?action=sign_in_failed")
    journal.record(Action.SIGN_IN_FAILED, now=now(), detail="meanwhile")
    db.session.commit()
    rest = desk.read("?" + first.links["Plus anciennes →"].split("?")[1])
    assert details(first) + details(rest) == [str(number) for number in reversed(range(PAGE + 3))] + ["oldest"]
    assert "Plus anciennes →" not in rest.links


def test_a_page_goes_on_where_the_last_entry_was_purged_meanwhile(world: World, desk: Desk) -> None:
    journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    assert acts(desk.read("?before=2147483647")) == ["connexion refusée", "connexion"]
    assert acts(desk.read("?before=1")) == []


def test_the_count_stops_a_thousand_entries_further(world: World, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        journal.record(Action.SIGN_IN_FAILED, now=now())
    db.session.commit()
    assert text_of(desk.read("?action=sign_in_failed").all("caption")[0]) == "3 entrées, les plus récentes d'abord"
    with queries() as sent:
        desk.read("?action=sign_in_failed")
    [counting] = [one for one in sent if "count(" in one]
    assert "LIMIT" in counting
    monkeypatch.setattr(journal_search, "MOST_COUNTED", 1)
    assert journal_search.count(Wanted(action=Action.SIGN_IN_FAILED)) == 2


def test_the_report_says_what_the_last_verification_found(world: World, desk: Desk) -> None:
    assert "pas encore été vérifié" in desk.read("integrite/").text
    world.submitted()
    printed = anchored(world).split(": ")[1]
    verified(world)
    page = desk.read("integrite/").text
    assert "Intact" in page
    assert printed in page
    procuration = world.submitted()
    forge = text("update journal_entry set detail = 'forged' where procuration_id = :id")
    db.session.execute(forge, {"id": procuration.id})
    db.session.commit()
    verified(world)
    page = desk.read("integrite/").text
    assert "1 défaut trouvé" in page
    assert f"procuration-{procuration.id} 1 altered" in page
