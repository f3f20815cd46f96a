"""At entry (E13, domain 6.2): a number may be enough, one bit is told of the mandataire, five times a day at most."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.dates import now
from models.base import db
from models.draft import Draft
from models.entry_check import MOST_CHECKS, EntryCheck, Way, take
from models.journal import Action, Entry
from models.law import ListType
from models.perimeter import Elector
from models.procuration import Procuration
from tests.builders import SOISSONS, World, a_mandataire, an_identity
from tests.law.people import a_roll
from tests.page import Page, read
from tests.web.journeys import FORM, MINE, RECAP, answers, file_a_demande, fill, wrong
from tests.web.rolls import GWENAELLE, NUMBER, a_numbered_roll, by_number

LP = frozenset({ListType.LP})
DOUBT, SURE, NO_MORE = "Nous ne pouvons pas confirmer", "peut recevoir cette procuration", "celle-ci n'a pas été faite"


def recap(client: FlaskClient, fields: dict[str, object]) -> Page:
    """Fill the form, go on, and read the answers back."""
    answer = fill(client, fields)
    assert answer.status_code == 303, read(answer).errors
    return read(client.get(RECAP))


def checks() -> list[str]:
    """What the journal says of the checks, and that it says of whom nothing."""
    db.session.rollback()
    entries = db.session.query(Entry).filter_by(action=Action.MANDATAIRE_CHECKED).order_by(Entry.id).all()
    assert all(entry.procuration_id is entry.account_id is None for entry in entries)
    return [entry.detail or "" for entry in entries]


def counted() -> int:
    db.session.rollback()
    return sum(row.count for row in db.session.query(EntryCheck))


def test_a_number_and_a_birth_date_found_are_accepted_with_initials_only_r75(
    world: World, elector: FlaskClient
) -> None:
    a_numbered_roll((GWENAELLE, NUMBER))
    page = recap(elector, by_number(world))
    assert "G. D. (initiales)" in page.text
    reference = file_a_demande(elector, by_number(world))
    for address in (f"/demande/{reference}", MINE, FORM, f"{MINE}/{reference}/retirer"):
        text = elector.get(address).text.lower()
        assert not [name for name in ("gwena", "rosalie", "aubign", "brethon") if name in text], address
    filed = db.session.query(Procuration).one()
    assert (filed.mandataire, filed.mandataire_masked) == (GWENAELLE, True)
    assert (filed.mandataire_nne, filed.mandataire_commune_code) == (NUMBER, "02408")


def test_nothing_of_the_mandataire_but_initials_is_in_the_recap(world: World, elector: FlaskClient) -> None:
    a_numbered_roll((GWENAELLE, NUMBER), commune=SOISSONS)
    recap(elector, by_number(world))
    page = elector.get(RECAP).text.lower()
    assert not [
        word for word in ("gwena", "rosalie", "aubign", "soissons", "inscrite à", "née le 28 août") if word in page
    ]


@pytest.mark.parametrize("case", ["not found", "several", "no roll", "excluded by R213-1"])
def test_a_number_that_is_not_enough_asks_for_the_civil_status_r75(
    world: World, elector: FlaskClient, case: str
) -> None:
    """Not found, several, or no roll: 422, and what was typed is kept."""
    if case == "not found":
        a_roll(a_mandataire())
    elif case == "several":
        a_numbered_roll((GWENAELLE, NUMBER))
        a_numbered_roll((a_mandataire(first_names="Maëlle"), NUMBER), commune=SOISSONS)
    elif case == "excluded by R213-1":
        a_numbered_roll((GWENAELLE, NUMBER), commune="98818")
    page = wrong(elector, by_number(world))
    assert page.errors == [
        "Son nom de naissance : ce numéro et cette date ne suffisent pas ici ; écrivez aussi le nom de cette personne, "
        "avec ses prénoms, son sexe et sa commune"
    ]
    kept = page.form(FORM)
    assert (kept["mandataire_nne"], kept["mandataire_birth_date"]) == (NUMBER, "28/08/1986")
    assert (checks(), counted()) == (["number"], 1)
    assert db.session.query(Procuration).count() == 0


def test_two_people_with_one_number_born_another_day_are_not_confused(world: World, elector: FlaskClient) -> None:
    a_numbered_roll((GWENAELLE, NUMBER))
    assert wrong(elector, by_number(world, mandataire_birth_date="29/08/1986")).errors


@pytest.mark.parametrize("case", ["not found", "several", "not free", "a list that does not vote"])
def test_what_cannot_be_confirmed_is_said_in_one_way_and_the_elector_goes_on(
    world: World, person: Elector, case: str
) -> None:
    """Domain 6.2, option B: the pages are the same but for their tokens, whatever the cause."""
    fields = answers(world)
    texts = [_recap_in_doubt(world, fields, why) for why in (case, "not found")]
    assert DOUBT in texts[0]
    assert texts[0] == texts[1]
    client = world.as_elector(person)
    assert file_a_demande(client, fields)


def _recap_in_doubt(world: World, fields: dict[str, object], case: str) -> str:
    """The bytes of the recap, without what changes at each request."""
    days = fields["scrutins"]
    assert isinstance(days, list)
    for table in (EntryCheck, Draft):
        db.session.query(table).delete()
    if case == "not found":
        a_roll(an_identity())
    elif case == "several":
        a_roll(GWENAELLE, GWENAELLE)
    elif case == "a list that does not vote":
        a_roll((GWENAELLE, ListType.LCE))
    else:
        a_roll(GWENAELLE)
        world.established(mandataire=GWENAELLE)
    client = world.as_elector()
    assert fill(client, fields).status_code == 303
    page = client.get(RECAP)
    assert (page.status_code, counted()) == (200, 1)
    return re.sub(r'value="[\w.=-]{20,}"|nonce="[^"]+"', "", page.text)


def test_a_ceiling_already_reached_on_a_covered_day_l73(world: World) -> None:
    """Domain 6.2: by civil status, the sentence; by number, as if nobody were found. On another day, no doubt."""
    a_numbered_roll((GWENAELLE, NUMBER))
    first, second = (s.polling_day for s in world.an_election().scrutins)
    world.established(mandataire=GWENAELLE, days=(first,))
    assert DOUBT in recap(world.as_elector(), answers(world, scrutins=[first.isoformat()])).text
    held, nobody = by_number(world, scrutins=[first.isoformat()]), by_number(world, mandataire_nne="1")
    assert wrong(world.as_elector(), held).errors == wrong(world.as_elector(), nobody).errors
    for fill_in in (answers, by_number):
        assert SURE in recap(world.as_elector(), fill_in(world, scrutins=[second.isoformat()])).text


@pytest.mark.parametrize("fill_in", [answers, by_number])
def test_a_list_that_does_not_vote_for_all_that_is_asked_is_not_confirmed_l72(
    world: World, fill_in: Callable[..., dict[str, object]]
) -> None:
    """By number, as if nobody were found; on a day when that list votes, and on no day yet, no doubt."""
    a_numbered_roll(((GWENAELLE, ListType.LCE), NUMBER))
    council, europe, both = world.a_sunday(2), world.a_sunday(4), world.a_sunday(6)
    for days, lists in (((council, both), LP), ((europe, both), LP | {ListType.LCE})):
        world.an_election(days, list_types=lists)
    for days in ([council], [both], [council, europe]):
        fields = fill_in(world, scrutins=[day.isoformat() for day in days])
        if fill_in is answers:
            assert DOUBT in recap(world.as_elector(), fields).text
        else:
            nobody = wrong(world.as_elector(), fields | {"mandataire_nne": "1"}).errors
            assert wrong(world.as_elector(), fields).errors == nobody
    before_any_vote = world.today + timedelta(days=3)
    until = fill_in(world, validity="period", scrutins=[], valid_until=before_any_vote.isoformat())
    for fields in (fill_in(world, scrutins=[europe.isoformat()]), until):
        assert SURE in recap(world.as_elector(), fields).text


def test_found_and_free_is_said_calmly(world: World, elector: FlaskClient) -> None:
    a_roll(GWENAELLE)
    page = recap(elector, answers(world))
    assert SURE in page.text
    assert DOUBT not in page.text
    assert checks() == ["civil_status"]


def test_where_the_commune_has_no_roll_nothing_is_said_and_nothing_is_counted(
    world: World, elector: FlaskClient
) -> None:
    a_roll(GWENAELLE, commune=SOISSONS)
    page = recap(elector, answers(world))
    assert not [sentence for sentence in (DOUBT, SURE, NO_MORE) if sentence in page.text]
    assert counted() == 0


def test_after_five_checks_the_civil_status_goes_on_without_one_and_the_number_is_not_enough(
    world: World, elector: FlaskClient
) -> None:
    a_numbered_roll((GWENAELLE, NUMBER))
    fields = answers(world)
    for name in ("Anne", "Brigitte", "Claire", "Denise", "Édith"):
        assert DOUBT in recap(elector, fields | {"mandataire_first_names": name}).text
    page = recap(elector, fields)
    assert NO_MORE in page.text
    assert SURE not in page.text
    errors = wrong(elector, by_number(world, scrutins=fields["scrutins"])).errors
    assert "déjà fait cinq vérifications aujourd'hui" in errors[0]
    assert (counted(), len(checks())) == (MOST_CHECKS, MOST_CHECKS)
    assert file_a_demande(elector, fields)
    assert SURE in recap(world.as_elector(), fields).text


def test_one_set_of_answers_is_one_check(world: World, elector: FlaskClient) -> None:
    """Reading again, modifying something else, sending again: nothing is looked up again, even what was not found."""
    a_roll(GWENAELLE)
    fields = answers(world)
    for email in ("a@electeurs.test", "b@electeurs.test", "a@electeurs.test"):
        page = recap(elector, fields | {"email": email})
        assert SURE in page.text
        elector.get(RECAP)
    unknown = by_number(world, scrutins=fields["scrutins"])
    assert wrong(elector, unknown).errors == wrong(elector, unknown).errors
    assert (counted(), checks()) == (2, ["civil_status", "number"])


def test_two_clicks_at_once_are_one_check(world: World, person: Elector) -> None:
    a_roll(GWENAELLE)
    tabs = [world.as_elector(person) for _ in range(2)]
    fields = answers(world)
    filled = [read(tab.get(FORM)).form(FORM) | fields for tab in tabs]
    statuses = at_once(lambda number: tabs[number].post(FORM, data=filled[number]).status_code)
    assert statuses == [303, 303]
    assert (counted(), len(checks())) == (1, 1)


def test_two_people_at_once_with_one_session_never_have_a_sixth_check(world: World, person: Elector) -> None:
    today, at, commune = world.today, now(), world.commune()

    def take_four(number: int) -> int:
        with world.app.app_context():
            given = 0
            for _ in range(4):
                given += take(person, Way.NUMBER, today, commune=commune, now=at)
                db.session.commit()
            return given

    assert sum(at_once(take_four)) == MOST_CHECKS
    assert (counted(), len(checks())) == (MOST_CHECKS, MOST_CHECKS)
    assert take(person, Way.NUMBER, today + timedelta(days=1), commune=commune, now=at)


def test_who_may_be_oneself_under_fewer_first_names_is_not_confirmed_l71(world: World, elector: FlaskClient) -> None:
    a_roll(an_identity())
    own = {"mandataire_birth_name": "D'Hautpoul de la Tour", "mandataire_first_names": "Éloïse"}
    fields = answers(world, **own, mandataire_birth_date="28/02/1951", mandataire_commune="02408")
    assert DOUBT in recap(elector, fields).text


def test_answers_that_cannot_be_filed_anyway_are_not_checked(world: World, elector: FlaskClient) -> None:
    a_numbered_roll((GWENAELLE, NUMBER))
    wrong(elector, by_number(world, email=""))
    wrong(elector, answers(world, mandataire_birth_date="28/08/2024"))
    assert counted() == 0


@pytest.mark.parametrize("first_names", ["Éloïse Marie-Ange", "Éloïse"])
def test_oneself_by_number_is_still_oneself_l71(world: World, elector: FlaskClient, first_names: str) -> None:
    a_numbered_roll((an_identity(first_names=first_names), NUMBER))
    page = wrong(elector, by_number(world, mandataire_birth_date="28/02/1951"))
    assert "on ne se donne pas procuration à soi-même" in page.errors[0]


def test_ones_own_number_under_another_name_is_still_oneself_l71(world: World, elector: FlaskClient) -> None:
    fields = answers(world, nne=NUMBER, mandataire_nne=NUMBER, mandataire_birth_date="28/02/1951")
    assert "soi-même" in wrong(elector, fields).errors[0]


def at_once(act: object) -> list[int]:
    """What two threads get, started together."""
    barrier, results = threading.Barrier(2), [0, 0]

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        results[number] = act(number)  # type: ignore[operator]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
