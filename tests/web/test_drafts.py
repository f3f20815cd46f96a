"""What was typed outlives a session of thirty minutes, for the elector who typed it and nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.dates import now
from app.elector.session import UNDONE
from models import draft as drafts
from models.base import db
from models.draft import LIFETIME, Draft
from models.procuration import Procuration
from tests.builders import World
from tests.page import Values, read, text_of
from tests.web.certified import at_the_provider, elector_of, signed_in
from tests.web.journeys import FORM, MINE, RECAP, answers, confirm, fill, how_many

SIGN_IN = "/connexion"
Ending = Callable[[FlaskClient], FlaskClient]
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


def idle(client: FlaskClient) -> FlaskClient:
    """The same browser, a little more than thirty minutes later."""
    with client.session_transaction() as session:
        session["until"] -= timedelta(minutes=30, seconds=1).total_seconds()
    return client


def gone(client: FlaskClient) -> FlaskClient:
    """The same browser when its cookie is no more."""
    client.delete_cookie("elector")
    return client


def typed(world: World, client: FlaskClient) -> Values:
    """A form filled in a page that was opened in time."""
    return read(client.get(FORM)).form(FORM) | answers(world)


def test_a_session_lasts_thirty_minutes_after_the_last_sign_of_life(world: World) -> None:
    elector = world.as_elector()
    with elector.session_transaction() as session:
        session["until"] -= timedelta(minutes=29).total_seconds()
    assert elector.get(FORM).status_code == 200
    assert read(elector.get(FORM)).status == 200
    for page in (FORM, RECAP, MINE, "/demande/ABC234"):
        answer = idle(elector).get(page)
        assert (answer.status_code, answer.location) == (302, SIGN_IN)


@pytest.mark.parametrize("ended", [idle, gone])
def test_a_form_sent_after_the_session_comes_back_filled_to_its_elector(world: World, ended: Ending) -> None:
    person = world.an_elector()
    browser = world.as_elector(person)
    form = typed(world, browser)
    answer = ended(browser).post(FORM, data=form, headers=SAME_ORIGIN)
    assert (answer.status_code, answer.location) == (302, SIGN_IN)

    again = world.as_elector(person)
    page = read(again.get(FORM))
    kept = page.form(FORM)
    assert kept["mandataire_birth_name"] == "D'Aubigné-Le Brethon"
    assert {kept["commune"], kept["scrutins"], kept["validity"]} == {form["commune"], form["scrutins"][0], "scrutins"}
    assert not page.errors
    assert again.post(FORM, data=kept).status_code == 303
    assert confirm(again).status_code == 303
    assert how_many(Draft) == 0


def test_the_draft_of_one_elector_is_shown_to_no_other(world: World) -> None:
    browser = world.as_elector()
    form = typed(world, browser)
    idle(browser).post(FORM, data=form, headers=SAME_ORIGIN)
    assert how_many(Draft) == 1
    other = world.as_elector()
    assert read(other.get(FORM)).form(FORM)["mandataire_birth_name"] == ""
    assert other.get(RECAP).location == FORM


def test_a_form_made_for_one_elector_and_sent_in_the_session_of_another_stays_the_senders(world: World) -> None:
    first, second = world.an_elector(), world.an_elector()
    form = typed(world, world.as_elector(first))
    sender = world.as_elector(second)
    token = read(sender.get(FORM)).form(FORM)["csrf_token"]
    assert sender.post(FORM, data=form | {"csrf_token": token}).status_code == 303
    assert drafts.of(first.key, now()) is None
    assert drafts.of(second.key, now()) is not None


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.test"},
        {"Origin": "http://localhost:8000"},
        {"Origin": ""},
    ],
)
def test_a_post_from_another_site_keeps_nothing(world: World, headers: dict[str, str]) -> None:
    for ended in (lambda browser: browser, idle, gone):
        browser = world.as_elector()
        form = typed(world, browser)
        answer = ended(browser).post(FORM, data=form, headers=headers)
        assert answer.status_code == (302 if ended in (idle, gone) else 400)
        assert "Set-Cookie" not in answer.headers or ended is not gone, "it would replace the elector's own"
    assert how_many(Draft) == 0


def test_a_post_that_says_nothing_of_its_origin_needs_the_token(world: World) -> None:
    browser = world.as_elector()
    form = typed(world, browser)
    assert gone(browser).post(FORM, data=form).status_code == 302
    assert how_many(Draft) == 0
    browser = world.as_elector()
    form = typed(world, browser)
    assert idle(browser).post(FORM, data=form).status_code == 302
    assert how_many(Draft) == 1


@pytest.mark.parametrize("owner", ["", "x", "a.b.c", "\0", "é" * 1_000])
def test_a_post_without_a_signed_owner_is_kept_for_nobody(world: World, owner: str) -> None:
    browser = world.as_elector()
    form = typed(world, browser)
    answer = gone(browser).post(FORM, data=form | {"owner": owner}, headers=SAME_ORIGIN)
    assert answer.location == SIGN_IN
    assert how_many(Draft) == 0


def test_what_is_kept_after_the_session_is_checked_like_any_answer(world: World) -> None:
    person = world.an_elector()
    browser = world.as_elector(person)
    form = typed(world, browser) | {"mandataire_birth_name": "<b>\0", "commune": "x" * 10_000, "validity": ["a", "b"]}
    idle(browser).post(FORM, data=form, headers=SAME_ORIGIN)
    again = world.as_elector(person)
    assert read(again.get(FORM)).form(FORM)["mandataire_birth_name"] == "<b>\ufffd"
    recap = again.get(RECAP)
    assert recap.status_code == 422
    assert len(read(recap).errors) == 3


def test_a_draft_lives_thirty_minutes(world: World) -> None:
    elector = world.as_elector()
    fill(elector, answers(world))
    button = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y"}
    db.session.execute(update(Draft).values(expires_at=now()))
    db.session.commit()
    assert read(elector.get(FORM)).form(FORM)["mandataire_birth_name"] == ""
    assert elector.post(RECAP, data=button).location == FORM
    assert "que 30 minutes" in read(elector.get(FORM)).text
    assert how_many(Procuration) == 0
    fill(world.as_elector(), answers(world))
    assert how_many(Draft) == 1


def test_a_draft_is_replaced_and_forgotten_by_its_token_only(world: World) -> None:
    at = now()
    drafts.save("a" * 64, {"email": ["one"]}, at)
    first = drafts.of("a" * 64, at)
    assert first
    token = first.token
    drafts.save("a" * 64, {"email": ["two"]}, at)
    db.session.commit()
    drafts.forget(token)
    second = drafts.of("a" * 64, at)
    assert second
    assert second.fields == {"email": ["two"]}
    assert drafts.of("b" * 64, at) is None
    assert drafts.of("a" * 64, at + LIFETIME) is None
    drafts.forget(second.token)
    assert drafts.of("a" * 64, at) is None


def test_signed_in_again_one_lands_where_one_was_going(world: World) -> None:
    person = world.an_elector()
    address = f"{MINE}/{world.submitted(person).reference}/retirer"
    browser = world.as_elector(person)
    button = read(browser.get(address)).form(address)
    assert idle(browser).post(address, data=button).location == SIGN_IN
    with browser.session_transaction() as session:
        assert session["going"] == MINE
    browser.get(RECAP)
    with browser.session_transaction() as session:
        assert session["going"] == RECAP
    assert how_many(Procuration) == 1


def test_signing_in_again_in_another_tab_loses_nothing_of_the_first(world: World) -> None:
    elector = world.an_elector()
    first, second = world.as_elector(elector), world.as_elector(elector)
    fields = read(first.get(FORM)).form(FORM) | answers(world)
    second.get(FORM)
    answer = second.post(FORM, data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    page = read(answer)
    assert answer.status_code == 400
    assert page.form(FORM)["mandataire_birth_name"] == fields["mandataire_birth_name"]
    assert second.post(FORM, data=fields | page.form(FORM)).status_code == 303
    assert first.post(FORM, data=fields | {"csrf_token": "false"}).status_code == 400


@pytest.mark.parametrize("act", ["courriel", "retirer", "resilier"])
def test_an_act_sent_after_the_session_is_not_done_and_the_list_says_so_once(world: World, act: str) -> None:
    client = signed_in(world)
    is_revoking = act == "resilier"
    row = (world.established if is_revoking else world.submitted)(elector=elector_of(client), email="avant@x.test")
    page = read(client.get(f"{MINE}/{row.reference}/{act}" if act != "courriel" else MINE))
    address = f"{MINE}/{row.reference}/{act}"
    form = page.form(address) | {"email": "apres@x.test", "confirmed": "yes"}
    answer = idle(client).post(address, data=form, headers=SAME_ORIGIN)
    assert (answer.status_code, answer.location) == (302, SIGN_IN)
    back = at_the_provider(client, client.get(SIGN_IN).location)
    assert back.location == MINE
    shown = read(client.get(MINE))
    assert UNDONE in text_of(shown.root)
    assert UNDONE not in text_of(read(client.get(MINE)).root)
    assert (row.email, row.revocation_requested_at, row.closed_at) == ("avant@x.test", None, None)
