"""A revocation without a reference: the officer hears and learns nothing, the town hall attaches (L75; R78, unread)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.dates import now
from models import counter_form, journey, revocation, standing
from models.account import Account, Capacity
from models.base import db
from models.errors import AlreadyHandled, NotHabilitated, RuleBroken
from models.identity import Identity
from models.journal import Action
from models.procuration import Procuration, Status
from models.standing import Revoker
from models.statement import RevocationStatement
from tests.back_office.desks import Desk, counter, entries, journaled, mails_of, status_of, town_hall
from tests.builders import LAON, SOISSONS, World, csrf_token
from tests.database import queries, two_meet
from tests.journey.test_counter_form import filled
from tests.law.people import ELOISE, a_roll_of, an_election, another
from tests.page import read, text_of
from tests.paper import entered

FORM = {
    "mandant_birth_name": "D'Hautpoul de la Tour",
    "mandant_first_names": "Éloïse Marie-Ange",
    "mandant_sex": "F",
    "mandant_birth_date": "28/02/1951",
    "commune_search": "Laon",
    "is_identified": "y",
}


def stated(
    world: World, mandant: Identity = ELOISE, code: str = LAON, officer: Account | None = None
) -> RevocationStatement:
    statement = revocation.state(
        mandant,
        world.commune(code),
        officer=officer or world.an_officer(),
        submission_key=f"key-{mandant.birth_name}-{code}",
        now=now(),
    )
    db.session.commit()
    return statement


def given(world: World, mandant: Identity = ELOISE, **changes: object) -> Procuration:
    return world.established(mandant=mandant, **changes)


def test_it_reaches_the_desk_of_the_commune_and_revokes_nothing_by_itself(world: World) -> None:
    procuration, officer = given(world), world.an_officer()
    statement = stated(world, officer=officer)
    assert status_of(procuration) is Status.ESTABLISHED
    heard = (statement.officer_name, statement.officer_capacity, statement.place_code)
    assert heard == (officer.name, Capacity.OPJ, LAON)
    assert journaled() == [Action.REVOCATION_STATED]
    assert revocation.candidates(statement) == ([procuration], [])


def test_the_same_click_twice_is_one_statement(world: World) -> None:
    officer = world.an_officer()
    assert stated(world, officer=officer).id == stated(world, officer=officer).id
    assert db.session.scalar(select(func.count(RevocationStatement.id))) == 1


def test_another_person_typed_over_the_first_is_another_statement_l75(world: World) -> None:
    at = hears(world)
    sent = at.read().form(at.address) | FORM
    people = [sent | {"mandant_birth_name": name} for name in ("Aubry", "Lefèvre", "Lefèvre")]
    assert {at.client.post(at.address, data=person).status_code for person in people} == {303}
    assert db.session.scalar(select(func.count(RevocationStatement.id))) == 2


def test_a_key_that_no_page_gave_is_replaced(world: World) -> None:
    at = Desk(world.as_agent(world.an_officer()), "/admin/statement/")
    sent = at.read().form("/admin/statement/") | FORM | {"submission_key": "k" * 44}
    assert at.client.post("/admin/statement/", data=sent).status_code == 303
    (statement,) = db.session.scalars(select(RevocationStatement))
    assert len(statement.submission_key) == 43


def test_only_who_establishes_hears_it(world: World) -> None:
    none = world.an_officer(habilitations=[])
    for account in (world.an_officer(Capacity.DELEGUE), none, world.a_clerk()):
        with pytest.raises(NotHabilitated):
            stated(world, officer=account)


def test_the_town_hall_attaches_it_and_the_mandant_is_told(world: World) -> None:
    procuration, statement, clerk = given(world), stated(world), world.a_clerk()
    revocation.attach(statement, [procuration], clerk=clerk, now=now())
    db.session.commit()
    assert status_of(procuration) is Status.REVOKED
    assert (statement.handled_by_name, statement.attached) == (clerk.name, 1)
    assert mails_of(procuration)[-1] == "revoked"
    assert standing.of(procuration).revoked_by is Revoker.STATED


def test_one_on_paper_is_found_under_the_name_that_the_roll_gives(world: World) -> None:
    on_paper = entered(world, mandant=replace(ELOISE, birth_name="MARTIN"))
    by_birth_name = given(world, mandataire=another(1))
    statement = stated(world, replace(ELOISE, birth_name="MARTIN"))
    assert revocation.candidates(statement) == ([on_paper], [by_birth_name])
    a_roll_of(ELOISE, usual_name="MARTIN")
    assert revocation.candidates(statement) == ([on_paper, by_birth_name], [])


@pytest.mark.parametrize(
    ("birth_name", "first_names"),
    [
        ("D'HAUTPOUL DE LA TUOR", "Camille"),
        ("D'HAUTPOUL LA TOURS", "ELOÏSE"),
        ("MARTIN", "Éloïse Anne"),
        ("MARTIN", "eloise"),
    ],
)
def test_a_name_mistyped_or_another_of_the_same_first_name_is_near_and_attached_by_who_compares(
    world: World, birth_name: str, first_names: str
) -> None:
    exact, near = given(world), given(world, replace(ELOISE, birth_name=birth_name, first_names=first_names))
    statement, clerk = stated(world), world.a_clerk()
    assert revocation.candidates(statement) == ([exact], [near])
    revocation.attach(statement, [near], clerk=clerk, now=now())
    db.session.commit()
    assert (status_of(exact), status_of(near)) == (Status.ESTABLISHED, Status.REVOKED)


def test_names_that_differ_more_than_by_a_slip_are_not_near(world: World) -> None:
    for birth_name, first_names in (("D'HAUTPOUL DU TOUR", "Marie-Ange Éloïse"), ("MARTIN", "李"), ("李", "Camille")):
        given(world, replace(ELOISE, birth_name=birth_name, first_names=first_names))
    statements = stated(world), stated(world, replace(ELOISE, birth_name="DURAND", first_names="王"))
    assert [revocation.candidates(statement) for statement in statements] == [([], []), ([], [])]


@pytest.mark.parametrize("later", [timedelta(), timedelta(seconds=1)])
def test_what_was_established_after_the_statement_is_no_candidate(world: World, later: timedelta) -> None:
    procuration, statement = given(world), stated(world)
    procuration.established_at = statement.stated_at + later
    db.session.commit()
    assert revocation.candidates(statement).exact == ([] if later else [procuration])
    if later:
        with pytest.raises(RuleBroken):
            revocation.attach(statement, [procuration], clerk=world.a_clerk(), now=now())


@pytest.mark.parametrize("code", [LAON, "98735"])
def test_where_only_the_day_is_known_the_day_of_the_statement_is_not_too_late(world: World, code: str) -> None:
    """Papeete is half a day behind: there the midnight that ends the day of the statement is another."""
    procuration, statement = given(world, commune_code=code), stated(world, code=code)
    place = world.commune(code)
    procuration.established_day_only = True
    for at, expected in {
        place.end_of(place.local_day(statement.stated_at)) - timedelta(hours=1): [procuration],
        place.end_of(place.local_day(statement.stated_at)): [],
    }.items():
        procuration.established_at = at
        db.session.commit()
        assert revocation.candidates(statement).exact == expected


def test_a_form_whose_paper_has_not_come_is_found_and_attached_and_its_paper_finds_it_revoked(world: World) -> None:
    an_election(world)
    waiting, statement, clerk = filled(world), stated(world), world.a_clerk()
    assert waiting.is_held
    assert revocation.candidates(statement) == ([waiting], [])
    hall = Desk(world.as_agent(clerk), "/admin/statements/")
    page = hall.read(f"one/?id={statement.id}")
    assert f"papier à recevoir, {waiting.reference} : Éloïse" in page.text
    done = hall.client.post(
        "/admin/statements/one/", data=page.form("one/") | {"action": "attach", "rowid": waiting.id}
    )
    assert done.status_code == 303
    assert "prévenu" not in read(hall.client.get(done.location)).text
    assert (status_of(waiting), standing.of(waiting).revoked_by) == (Status.REVOKED, Revoker.STATED)
    with pytest.raises(AlreadyHandled):
        counter_form.receive(waiting, clerk=clerk, received_on=world.today, now=now())


def test_neither_another_person_nor_another_commune_nor_what_has_ended_is_a_candidate(world: World) -> None:
    given(world, replace(ELOISE, birth_date=date(1952, 2, 28)))
    given(world, commune_code=SOISSONS)
    ended = given(world)
    journey.invalidate(ended, clerk=world.a_clerk(), reason="PLAFOND", note="vu", now=now())
    db.session.commit()
    assert revocation.candidates(stated(world)).all == []


def test_nothing_foreign_is_attached_and_nothing_at_all_is_no_attachment(world: World) -> None:
    theirs, own = given(world, replace(ELOISE, birth_name="AUTRE", first_names="Camille")), given(world)
    statement = stated(world)
    for chosen in ([], [theirs]):
        with pytest.raises(RuleBroken):
            revocation.attach(statement, chosen, clerk=world.a_clerk(), now=now())
    with pytest.raises(NotHabilitated):
        revocation.attach(statement, [own], clerk=world.a_clerk(SOISSONS), now=now())
    with pytest.raises(NotHabilitated):
        revocation.close(statement, clerk=world.a_clerk(SOISSONS), now=now())
    assert (status_of(theirs), statement.handled_at) == (Status.ESTABLISHED, None)


def test_what_was_handled_is_handled_once(world: World) -> None:
    procuration, statement, clerk = given(world), stated(world), world.a_clerk()
    revocation.close(statement, clerk=clerk, now=now())
    db.session.commit()
    with pytest.raises(AlreadyHandled):
        revocation.attach(statement, [procuration], clerk=clerk, now=now())
    db.session.rollback()
    assert status_of(procuration) is Status.ESTABLISHED
    assert journaled()[-1] is Action.STATEMENT_CLOSED


@pytest.mark.parametrize("handled", [True, False])
def test_the_person_is_forgotten_two_months_after_or_a_year_when_nobody_looked(world: World, handled: bool) -> None:
    statement = stated(world)
    if handled:
        revocation.close(statement, clerk=world.a_clerk(), now=now())
    db.session.commit()
    kept_for = timedelta(days=62 if handled else 366)
    assert revocation.purge(now() + kept_for - timedelta(days=5)) == 0
    assert revocation.purge(now() + kept_for) == 1
    db.session.commit()
    db.session.refresh(statement)
    row = db.session.execute(select(RevocationStatement.__table__)).mappings().one()
    names = ("mandant_birth_name", "mandant_first_names", "mandant_sex", "mandant_birth_date", "officer_name")
    assert [row[name] for name in (*names, "handled_by_name")] == [None] * 6


# At the desks.


def hears(world: World, officer: Account | None = None) -> Desk:
    return Desk(world.as_agent(officer or world.an_officer()), "/admin/statement/")


def send(desk: Desk, **changes: str):
    data = FORM | changes | {"csrf_token": csrf_token(desk.get().text), "submission_key": "the key of the page"}
    return desk.client.post(desk.address, data={name: value for name, value in data.items() if value})


def received(world: World, *codes: str) -> Desk:
    return Desk(world.as_agent(world.a_clerk(*(codes or (LAON,)))), "/admin/statements/")


def test_the_counter_leads_there_and_says_the_same_whatever_exists(world: World) -> None:
    desk = hears(world)
    assert "/admin/statement/" in counter(world).read().links.values()
    send(desk, submission_key="to begin with")
    desk.get()
    answers, costs = [], []
    for birth_name in ("D'Hautpoul de la Tour", "Personne"):
        given(world) if birth_name != "Personne" else None
        with queries() as seen:
            answer = send(desk, mandant_birth_name=birth_name, submission_key=birth_name)
        costs.append(len(seen))
        answers.append((answer.status_code, desk.read().text.partition("Recueillir")[0]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 303
    assert "transmise à la mairie (Laon), qui la rattachera" in answers[0][1]
    assert costs[0] == costs[1]


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(world: World) -> None:
    desk = hears(world)
    for name, sentence in {
        "mandant_birth_name": "Écrivez ce nom",
        "mandant_sex": "Choisissez une réponse",
        "mandant_birth_date": "Écrivez le jour, le mois et l'année",
        "commune_search": "Écrivez le nom de la commune",
        "is_identified": "Cochez cette case après avoir comparé",
    }.items():
        page = read(send(desk, **{name: ""}))
        assert (page.status, sentence in page.text) == (422, True), name
        assert page.form("/admin/statement/")["mandant_first_names"] == FORM["mandant_first_names"]
    assert db.session.scalar(select(func.count(RevocationStatement.id))) == 0


def test_without_a_habilitation_there_is_no_form(world: World) -> None:
    for officer in (world.an_officer(habilitations=[]), world.an_officer(Capacity.DELEGUE)):
        assert hears(world, officer).get().status_code == 403


def test_the_clerk_compares_ticks_and_the_procuration_ends(world: World) -> None:
    procuration, statement, desk = given(world), stated(world), received(world)
    assert "/admin/statements/" in Desk(town_hall(world).client, "/admin/paper/").read().links.values()
    assert "D'HAUTPOUL DE LA TOUR" in desk.read().text
    page = desk.read(f"one/?id={statement.id}")
    assert str(procuration.reference) in page.text
    form = page.form("/admin/statements/one/") | {"action": "attach"}
    nothing = read(desk.client.post("/admin/statements/one/", data={**form, "rowid": []}))
    assert (nothing.status, "dites que rien ne correspond" in nothing.text) == (422, True)
    answer = desk.client.post("/admin/statements/one/", data={**form, "rowid": str(procuration.id)})
    assert (answer.status_code, status_of(procuration)) == (303, Status.REVOKED)
    again = read(desk.client.post("/admin/statements/one/", data={**form, "action": "close"}))
    assert (again.status, "Déjà traitée" in again.text) == (409, True)
    assert "rattachée" in desk.read().text


def test_the_page_says_which_are_of_that_name_and_which_near_and_ticks_none(world: World) -> None:
    exact, near = given(world), given(world, replace(ELOISE, birth_name="D'HAUTPOUL DE LA TOURS"))
    page = received(world).read(f"one/?id={stated(world).id}")
    told = {text_of(one.find("legend")): text_of(one) for one in page.all("fieldset")}
    (of_that_name, theirs), (nearby, others) = told.items()
    assert "à ce nom" in of_that_name
    assert "nom proche, même date de naissance : comparez" in nearby
    assert (str(exact.reference) in theirs, str(near.reference) in theirs) == (True, False)
    assert (str(exact.reference) in others, str(near.reference) in others) == (False, True)
    assert "rowid" not in page.form("/admin/statements/one/")
    assert [entries(one)[-1].detail for one in (exact, near)] == ["statement"] * 2


def test_one_after_the_other_is_attached_until_none_waits(world: World) -> None:
    first, second, desk = stated(world), stated(world, another(1)), received(world)
    form = desk.read(f"one/?id={second.id}").form("/admin/statements/one/") | {"action": "close"}
    answer = desk.client.post("/admin/statements/one/", data=form)
    assert (answer.status_code, answer.location) == (303, f"/admin/statements/one/?id={first.id}")
    form = read(desk.client.get(answer.location)).form("/admin/statements/one/") | {"action": "close"}
    assert desk.client.post("/admin/statements/one/", data=form).location == "/admin/statements/"


def test_another_commune_finds_nothing(world: World) -> None:
    statement, desk = stated(world), received(world, SOISSONS)
    assert "HAUTPOUL" not in desk.read().text
    assert desk.get(f"one/?id={statement.id}").status_code == 404
    data = {"id": str(statement.id), "action": "close", "csrf_token": csrf_token(desk.get().text)}
    assert desk.client.post("/admin/statements/one/", data=data).status_code == 404


def test_two_clerks_attach_once(world: World) -> None:
    procuration, statement = given(world), stated(world)
    desks = [received(world), received(world)]
    address = f"one/?id={statement.id}"
    forms = [desk.read(address).form("/admin/statements/one/") for desk in desks]
    key = str(procuration.id)
    db.session.rollback()
    with two_meet(RevocationStatement.__tablename__), ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(desk.client.post, "/admin/statements/one/", data={**form, "action": "attach", "rowid": key})
            for desk, form in zip(desks, forms, strict=True)
        ]
        answers = [future.result() for future in futures]
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert mails_of(procuration).count("revoked") == 1
