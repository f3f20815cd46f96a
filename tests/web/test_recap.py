"""The recap and its button: what was read is what is filed, and two clicks file it once."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.dates import now
from models import journey
from models.base import db
from models.draft import Draft
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.procuration import Procuration
from tests.builders import World, csrf_token
from tests.database import queries
from tests.page import read
from tests.web.journeys import FORM, RECAP, answers, file_a_demande, fill, how_many, post


@pytest.fixture
def elector(world: World) -> FlaskClient:
    return world.as_elector()


def test_the_sworn_statement_is_asked_and_what_was_read_is_what_is_filed(world: World, elector: FlaskClient) -> None:
    fill(elector, answers(world))
    answer = post(elector, RECAP, RECAP)
    assert answer.status_code == 422
    assert "cochez la case" in read(answer).errors[0]
    old = read(elector.get(RECAP)).form(RECAP)
    fill(elector, answers(world, email="autre@electeurs.test"))
    answer = elector.post(RECAP, data=old | {"sworn": "y"})
    assert answer.location == RECAP
    assert "a changé dans un autre onglet" in read(elector.get(RECAP)).text
    assert how_many(Procuration) == 0


def test_confirming_again_gives_the_same_receipt(world: World, elector: FlaskClient) -> None:
    fill(elector, answers(world))
    again = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y"}
    receipts = {elector.post(RECAP, data=again).location for _ in range(3)}
    assert len(receipts) == 1
    _assert_done_once()
    stranger = world.as_elector()
    token = csrf_token(stranger.get(FORM).text)
    assert stranger.post(RECAP, data=again | {"csrf_token": token}).location == FORM


def test_a_different_mandataire_for_each_tour_takes_two_demandes(world: World, elector: FlaskClient) -> None:
    first, second = (s.polling_day.isoformat() for s in world.an_election().scrutins)
    one = file_a_demande(elector, answers(world, scrutins=[first]))
    other = file_a_demande(
        elector, answers(world, scrutins=[second], mandataire_first_names="Paul", mandataire_sex="M")
    )
    assert one != other
    assert how_many(Procuration) == 2


def test_two_clicks_at_once_file_one_demande_and_both_see_its_receipt(world: World) -> None:
    person = world.an_elector()
    browser = world.as_elector(person)
    fill(browser, answers(world))
    confirmed = read(browser.get(RECAP)).form(RECAP) | {"sworn": "y"}
    tabs = [_twin(world, browser) for _ in range(8)]
    found = _at_once([lambda tab=tab: tab.post(RECAP, data=confirmed).location for tab in tabs])
    assert len(set(found)) == 1, found
    assert found[0] not in (RECAP, FORM)
    _assert_done_once()


def test_wherever_the_other_click_comes_in_between_both_see_one_receipt(world: World) -> None:
    came_in = True
    reads = 0
    while came_in:
        browser = world.as_elector()
        fill(browser, answers(world))
        confirmed = read(browser.get(RECAP)).form(RECAP) | {"sworn": "y"}
        other = _twin(world, browser)
        with after_read(reads, lambda other=other, fields=confirmed: other.post(RECAP, data=fields)) as others:
            mine = browser.post(RECAP, data=confirmed)
        came_in, reads = bool(others), reads + 1
        assert {answer.location for answer in others} <= {mine.location}, reads
        assert mine.location not in (RECAP, FORM), reads
    assert reads > 3
    assert how_many(Procuration) == how_many(OutboxMail) == reads


def test_two_clicks_at_once_on_the_form_keep_one_draft(world: World) -> None:
    browser = world.as_elector()
    filled = read(browser.get(FORM)).form(FORM) | answers(world)
    tabs = [_twin(world, browser) for _ in range(8)]
    assert set(_at_once([lambda tab=tab: tab.post(FORM, data=filled).status_code for tab in tabs])) == {303}
    assert how_many(Draft) == 1


def test_twenty_electors_file_at_once(world: World) -> None:
    filled = answers(world)
    people = [world.as_elector() for _ in range(20)]
    references = _at_once([lambda who=who: file_a_demande(who, filled) for who in people])
    assert len(set(references)) == how_many(Procuration) == how_many(OutboxMail) == 20
    assert how_many(Draft) == 0


@contextmanager
def after_read(number: int, act: Callable[[], TestResponse]) -> Iterator[list[TestResponse]]:
    """Act once, after that read of the block and before its first write; gives the answer, if it came to that."""
    answers_got: list[TestResponse] = []
    read_so_far = itertools.count()
    is_over = False

    def look(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal is_over
        is_over = is_over or not statement.startswith("SELECT")
        if not is_over and next(read_so_far) == number:
            is_over = True
            answers_got.append(act())

    event.listen(db.engine, "after_cursor_execute", look)
    try:
        yield answers_got
    finally:
        event.remove(db.engine, "after_cursor_execute", look)


def _twin(world: World, browser: FlaskClient) -> FlaskClient:
    """Another request of the same browser: the same cookies."""
    twin = world.app.test_client()
    cookie = browser.get_cookie("elector")
    assert cookie
    twin.set_cookie("elector", cookie.value)
    return twin


def _at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What each act gave, all started together; an exception in one is an exception here."""
    barrier, results = threading.Barrier(len(acts)), [None for _ in acts]

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        results[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert None not in results
    return results


def _assert_done_once() -> None:
    assert how_many(Procuration) == how_many(OutboxMail) == how_many(Entry) == 1
    assert db.session.query(Entry).one().action is Action.SUBMITTED


def test_an_elector_is_told_of_a_procuration_that_already_counts_for_these_days(world: World) -> None:
    elector = world.an_elector()
    held = world.established(elector=elector)
    client = world.as_elector(elector)
    fill(client, answers(world, scrutins=[held.days[0].isoformat()]))
    assert f"(référence {held.reference})" in read(client.get(RECAP)).text
    fill(
        client,
        answers(world, scrutins=[world.an_election(days=(world.a_sunday(12),)).scrutins[0].polling_day.isoformat()]),
    )
    assert held.reference not in read(client.get(RECAP)).text


def test_who_files_a_second_time_is_told_of_the_first_that_waits(world: World) -> None:
    elector = world.an_elector()
    first, client = world.submitted(elector=elector), world.as_elector(elector)
    fill(client, answers(world, scrutins=[first.days[0].isoformat()]))
    page = read(client.get(RECAP))
    assert f"(référence {first.reference}). Elle n'est pas encore établie" in page.text
    assert page.links["Retirez l'autre"] == f"/mes-procurations/{first.reference}/retirer"
    journey.withdraw(first, now=now())
    db.session.commit()
    assert first.reference not in read(client.get(RECAP)).text


def test_however_many_wait_the_recap_tells_of_one_and_asks_no_more(world: World) -> None:
    elector = world.an_elector()
    client, asked = world.as_elector(elector), []
    for count in (1, 5):
        for _ in range(count):
            waiting = world.submitted(elector)
        fill(client, answers(world))
        with queries() as seen:
            page = read(client.get(RECAP))
        asked.append(len(seen))
        assert page.text.count("Vous avez déjà demandé") == 1
        assert waiting.reference in page.text
    assert asked[0] == asked[1]
