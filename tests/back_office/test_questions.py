"""A question to another commune's desk: asked when no roll can tell, answered in one act, decided with by who asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time

import pytest
from sqlalchemy import func, select

from app.dates import now
from models import control, desk_settings, journey, lifetime, questions
from models.account import Account
from models.base import db
from models.desk_settings import Wanted
from models.errors import AlreadyHandled, NotAllowed, NotHabilitated
from models.journal import Action
from models.law import ControlRegime
from models.procuration import Procuration
from models.question import Answer, Question
from tests.back_office.desks import Desk, buttons, entries, journaled, town_hall
from tests.builders import LAON, SOISSONS, World, a_mandataire
from tests.database import queries
from tests.journey.test_races import at_once
from tests.law.people import a_roll
from tests.page import Page, read

ASK, ANSWER = "/admin/questions/ask/", "/admin/questions/"
ASK_BUTTON = "Demander s'il y est inscrit"


def for_soissons(world: World, **changes: object) -> Procuration:
    """Of Laon, whose mandataire votes in Soissons, of which there is no roll."""
    return world.established(mandataire_commune=world.commune(SOISSONS), **changes)


def file_of(desk: Desk, procuration: Procuration) -> Page:
    return desk.read(f"details/?id={procuration.id}")


def ask(desk: Desk, procuration: Procuration):
    return desk.client.post(ASK, data=file_of(desk, procuration).form(ASK))


def of_soissons(world: World, **changes: object) -> Desk:
    return Desk(world.as_agent(world.a_clerk(SOISSONS, **{"name": "Luc PETIT"} | changes)), ANSWER)


def answer(desk: Desk, said: str):
    return desk.client.post(ANSWER, data=desk.read().form(ANSWER) | {"answer": said})


@pytest.fixture
def asked(world: World) -> tuple[Procuration, Account]:
    """A question that waits, and who asked."""
    procuration, clerk = for_soissons(world), world.a_clerk()
    questions.ask(procuration, clerk=clerk, now=now())
    db.session.commit()
    return procuration, clerk


def test_what_no_roll_here_can_tell_is_asked_once_of_the_mandataires_commune(world: World) -> None:
    procuration, desk = for_soissons(world), town_hall(world)
    page = file_of(desk, procuration)
    assert ASK_BUTTON in buttons(page)
    form = page.form(ASK)
    for said in ("Question posée.", "déjà posée"):
        answered = desk.client.post(ASK, data=form)
        assert (answered.status_code, answered.location) == (303, f"/admin/town-hall/details/?id={procuration.id}")
        assert said in read(desk.client.get(answered.location)).text
    assert db.session.scalar(select(func.count(Question.id))) == 1
    entry = next(one for one in entries(procuration) if one.action is Action.QUESTION_ASKED)
    assert entry.detail == SOISSONS
    assert ASK_BUTTON not in buttons(file_of(desk, procuration))


def test_unanswered_it_says_whom_to_telephone(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, clerk = asked
    page = file_of(town_hall(world, clerk), procuration)
    assert "téléphonez à la mairie (Soissons) : standard de la mairie" in page.text
    assert "Nadia BENALI" in page.text
    wanted = Wanted("tous les jours, 9 h à 17 h", "03 23 59 90 00", 2, time(), 30, ())
    desk_settings.save(world.commune(SOISSONS), wanted, clerk=world.a_clerk(SOISSONS), now=now())
    db.session.commit()
    page = file_of(town_hall(world, clerk), procuration)
    assert "téléphonez à la mairie (Soissons) : 03 23 59 90 00 (tous les jours, 9 h à 17 h)." in page.text


def test_the_asked_desk_sees_the_mandataire_and_the_days_and_nothing_of_the_mandant(
    world: World, asked: tuple[Procuration, Account]
) -> None:
    procuration, _ = asked
    page = of_soissons(world).read()
    theirs = procuration.mandataire
    for shown in (theirs.birth_name, theirs.first_names, "28 août", "femme", str(procuration.days[0].year)):
        assert shown in page.text
    hidden = (procuration.mandant.birth_name, procuration.mandant.first_names, procuration.reference or "", "Laon")
    assert [name for name in hidden if name in page.text] == []
    assert "février" not in page.text


def test_the_elector_is_told_that_the_asked_desk_read_and_its_own_clerks_are_not_warned_of_it(world: World) -> None:
    """Of each file that was shown, and not of the first alone."""
    electors, clerk = [world.an_elector(), world.an_elector()], world.a_clerk()
    files = [for_soissons(world, elector=elector) for elector in electors]
    for one in files:
        questions.ask(one, clerk=clerk, now=now())
    db.session.commit()
    of_soissons(world).read()
    for one, elector in zip(files, electors, strict=True):
        (opened,) = (entry for entry in entries(one) if entry.action is Action.OPENED)
        assert (opened.desk, opened.detail) == (SOISSONS, "questions")
        held = world.as_elector(elector).get("/mes-procurations/donnees.json").json
        assert [reading["by"] for reading in held["procurations"][0]["readings"]] == ["Soissons"]
        assert "Luc PETIT" not in file_of(town_hall(world, clerk), one).text


def test_it_is_answered_in_one_act_and_changes_no_finding(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, clerk = asked
    before = control.control(procuration, world.today).as_json
    desk = of_soissons(world)
    answered = answer(desk, "yes")
    assert answered.status_code == 303
    assert "Réponse transmise" in read(desk.client.get(answered.location)).text
    page = file_of(town_hall(world, clerk), procuration)
    assert "oui, cette personne est inscrite" in page.text
    assert "Par Luc PETIT" in page.text
    assert "vous décidez" in page.text
    entry = next(one for one in entries(procuration) if one.action is Action.QUESTION_ANSWERED)
    assert (entry.desk, entry.detail) == (SOISSONS, "yes")
    db.session.refresh(procuration)
    assert control.control(procuration, world.today).as_json == before
    assert "Aucune pour l'instant." in desk.read().text


@pytest.mark.parametrize(("said", "words"), [("no", "non, cette personne n'est pas"), ("unsure", "impossible à dire")])
def test_the_other_answers_are_told_as_well(
    world: World, asked: tuple[Procuration, Account], said: str, words: str
) -> None:
    procuration, clerk = asked
    assert answer(of_soissons(world), said).status_code == 303
    assert words in file_of(town_hall(world, clerk), procuration).text


@pytest.mark.parametrize("said", ["", "maybe"])
def test_another_answer_is_asked_again_and_nothing_is_lost(
    world: World, asked: tuple[Procuration, Account], said: str
) -> None:
    page = read(answer(of_soissons(world), said))
    assert (page.status, page.errors) == (422, ["Choisissez une réponse."])
    assert page.form(ANSWER)
    assert asked


def test_it_is_answered_once(world: World, asked: tuple[Procuration, Account]) -> None:
    first, second = of_soissons(world), of_soissons(world, name="Autre CLERC")
    forms = [desk.read().form(ANSWER) for desk in (first, second)]
    assert first.client.post(ANSWER, data=forms[0] | {"answer": "yes"}).status_code == 303
    page = read(second.client.post(ANSWER, data=forms[1] | {"answer": "no"}))
    assert (page.status, "n'attend plus de réponse" in page.text) == (409, True)
    procuration, _ = asked
    question = questions.about(procuration)
    assert question
    assert (question.answer, question.answered_by_name) == (Answer.YES, "Luc PETIT")


def test_two_who_ask_at_once_ask_once(world: World) -> None:
    procuration = for_soissons(world)
    desks = [town_hall(world), town_hall(world)]
    forms = [file_of(desk, procuration).form(ASK) for desk in desks]
    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(desks[n].client.post, ASK, data=forms[n]) for n in range(2)]
        assert [one.result().status_code for one in asked] == [303, 303]
    assert journaled(procuration).count(Action.QUESTION_ASKED) == 1


def test_two_who_answer_at_once_give_one_answer(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, _ = asked
    desks = [of_soissons(world, name=name) for name in ("Luc PETIT", "Anne GRAND")]
    forms = [desk.read().form(ANSWER) | {"answer": said} for desk, said in zip(desks, ("yes", "no"), strict=True)]
    acts = [lambda n=n: desks[n].client.post(ANSWER, data=forms[n]) for n in range(2)]
    answers = at_once(*acts, table=Question.__tablename__)
    assert sorted(one.status_code for one in answers) == [303, 409]
    assert journaled(procuration).count(Action.QUESTION_ANSWERED) == 1


def test_once_decided_nobody_reads_it_any_more(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, clerk = asked
    desk = of_soissons(world)
    form = desk.read().form(ANSWER)
    journey.validate(procuration, clerk=clerk, note="vu", now=now())
    db.session.commit()
    assert "Aucune pour l'instant." in desk.read().text
    assert desk.client.post(ANSWER, data=form | {"answer": "yes"}).status_code == 409
    page = file_of(town_hall(world, clerk), procuration)
    assert "Restée sans réponse." in page.text


def test_what_a_roll_can_tell_is_not_asked(world: World) -> None:
    a_roll(a_mandataire(), commune=SOISSONS)
    told = for_soissons(world, mandataire=a_mandataire())
    page = file_of(town_hall(world), told)
    assert ASK_BUTTON not in buttons(page)
    with pytest.raises(NotAllowed):
        questions.ask(told, clerk=world.a_clerk(), now=now())


def test_nobody_asks_a_desk_of_ones_own_nor_one_that_is_not_named(world: World) -> None:
    procuration, clerk = for_soissons(world), world.a_clerk(LAON, SOISSONS)
    assert ASK_BUTTON not in buttons(file_of(town_hall(world, clerk), procuration))
    with pytest.raises(NotAllowed):
        questions.ask(procuration, clerk=clerk, now=now())
    for here in (world.established(), world.established(mandataire_commune=None)):
        with pytest.raises(NotAllowed):
            questions.ask(here, clerk=world.a_clerk(), now=now())
    with pytest.raises(NotHabilitated):
        questions.ask(procuration, clerk=world.a_clerk(SOISSONS), now=now())


def test_what_the_register_cannot_tell_is_asked_too(world: World) -> None:
    world.an_election(control_regime=ControlRegime.REGISTER)
    assert ASK_BUTTON in buttons(file_of(town_hall(world), for_soissons(world)))


def test_a_question_to_others_is_answered_by_nobody_else(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, clerk = asked
    question = questions.about(procuration)
    assert question
    form = of_soissons(world).read().form(ANSWER) | {"answer": "yes"}
    for stranger in (clerk, world.a_clerk("02691")):
        desk = Desk(world.as_agent(stranger), ANSWER)
        page = desk.read()
        assert "Aucune pour l'instant." in page.text
        token = page.form("/agents/deconnexion")["csrf_token"]
        assert desk.client.post(ANSWER, data=form | {"csrf_token": token}).status_code == 404
    foreign = for_soissons(world, commune_code="02691")
    desk = town_hall(world)
    token = desk.read().form("/agents/deconnexion")["csrf_token"]
    assert desk.client.post(ASK, data={"rowid": foreign.id, "csrf_token": token}).status_code == 404


def test_it_disappears_with_the_persons_of_its_procuration(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, _ = asked
    questions.answer(questions.about(procuration), Answer.YES, clerk=world.a_clerk(SOISSONS), now=now())
    lifetime.purge(procuration, key=b"key", now=now())
    db.session.commit()
    assert db.session.scalar(select(func.count(Question.id))) == 0


def test_the_list_says_that_one_waits_and_leads_there(world: World, asked: tuple[Procuration, Account]) -> None:
    desk = town_hall(world, world.a_clerk(SOISSONS))
    page = desk.read()
    assert "1 question reçue attend votre réponse" in page.text
    assert page.links["Répondre"] == ANSWER
    assert answer(of_soissons(world), "yes").status_code == 303
    assert "attend votre réponse" not in desk.read().text
    assert asked


def test_the_page_costs_the_same_for_two_and_for_many(world: World) -> None:
    """Of one alone, PostgreSQL draws the key of its reading with the head."""
    desk, clerk, costs = of_soissons(world), world.a_clerk(), []
    for _ in range(4):
        questions.ask(for_soissons(world), clerk=clerk, now=now())
        db.session.commit()
        with queries() as seen:
            desk.get()
        costs.append(len(seen))
    assert len(set(costs[1:])) == 1


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (SOISSONS, ("inscription du mandataire demandée à sa mairie", "réponse de la mairie du mandataire")),
        ("C0009", ("inscription du mandataire demandée à son consulat", "réponse du consulat du mandataire")),
    ],
)
def test_the_history_names_the_desk_that_was_asked(world: World, code: str, told: tuple[str, str]) -> None:
    procuration, clerk = world.established(mandataire_commune=world.commune(code)), world.a_clerk()
    question = questions.ask(procuration, clerk=clerk, now=now())
    db.session.commit()
    questions.answer(question, Answer.YES, clerk=world.a_clerk(code), now=now())
    db.session.commit()
    shown = file_of(town_hall(world, clerk), procuration).text
    assert [words for words in told if words not in shown] == []


def test_a_second_answer_finds_nothing_to_change(world: World, asked: tuple[Procuration, Account]) -> None:
    procuration, _ = asked
    question, clerk = questions.about(procuration), world.a_clerk(SOISSONS)
    assert question
    questions.answer(question, Answer.UNSURE, clerk=clerk, now=now())
    with pytest.raises(AlreadyHandled):
        questions.answer(question, Answer.YES, clerk=clerk, now=now())
