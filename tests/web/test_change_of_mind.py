"""A change of mind (E16, L75): a new demande replaces a former procuration if, and when, it is itself established."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from app.dates import day_and_month, days_in_words, long_day, now
from app.message import words
from models import journey
from models.base import db
from models.errors import Reason, Unknown
from models.outbox import MailKind, OutboxMail
from models.perimeter import Elector
from models.procuration import Procuration, Status
from tests.back_office.desks import mails_of, status_of
from tests.builders import World, a_mandataire
from tests.database import queries
from tests.page import read, text_of
from tests.web.journeys import MINE, RECAP, answers, fill, how_many, period, post


@pytest.fixture
def former(world: World, person: Elector) -> Procuration:
    return world.established(elector=person, mandataire=a_mandataire(first_names="Solène"))


def read_back(world: World, elector: FlaskClient, former: Procuration) -> None:
    answer = fill(elector, answers(world, scrutins=[former.days[0].isoformat()]))
    assert answer.status_code == 303


def the_new_one() -> Procuration:
    db.session.rollback()
    return db.session.query(Procuration).order_by(Procuration.id.desc()).first()  # type: ignore[return-value]


def test_it_is_offered_and_explained_before_and_never_imposed_l75(
    world: World, elector: FlaskClient, former: Procuration
) -> None:
    read_back(world, elector, former)
    page = read(elector.get(RECAP))
    assert "replaces" not in page.form(RECAP), "nothing is ticked"
    for promise in ("reste valable jusqu'à ce que la nouvelle soit établie", "alors résiliée", "ne redevient pas"):
        assert promise in page.text
    assert post(elector, RECAP, RECAP, sworn="y").status_code == 303
    new = the_new_one()
    assert new.replaced == []
    page = read(elector.get(f"/demande/{new.reference}"))
    assert f"(référence {former.reference}). Tant qu'elle n'est pas résiliée, c'est elle qui compte" in page.text
    assert page.links["résiliez-la"] == f"/mes-procurations/{former.reference}/resilier"
    journey.establish(new, officer=world.an_officer(), now=now())
    db.session.commit()
    assert status_of(former) is Status.ESTABLISHED


def test_chosen_it_is_said_everywhere_and_done_at_the_establishment_l75(
    world: World, elector: FlaskClient, former: Procuration
) -> None:
    read_back(world, elector, former)
    again = post(elector, RECAP, RECAP, replaces=former.reference)
    assert (again.status_code, read(again).form(RECAP)["replaces"]) == (422, former.reference)
    receipt = post(elector, RECAP, RECAP, sworn="y", replaces=former.reference).location
    new = the_new_one()
    assert status_of(former) is Status.ESTABLISHED
    assert "Tant qu'elle n'est pas résiliée" not in read(elector.get(receipt)).text
    for address in (receipt, MINE):
        assert f"elle remplacera la procuration {former.reference}" in read(elector.get(address)).text
    assert f"Votre demande {new.reference} la remplacera" in read(elector.get(MINE)).text

    officer, clerk = world.an_officer(), world.a_clerk()
    journey.establish(new, officer=officer, now=now())
    db.session.commit()
    assert status_of(former) is Status.REVOKED
    assert mails_of(former)[-1] == "revoked"
    page = read(elector.get(MINE))
    assert f"Elle a remplacé la procuration {former.reference}" in page.text
    assert "procuration résiliée : une autre la remplace" in page.text

    journey.invalidate(new, clerk=clerk, reason=Reason.MANDATAIRE_NON_INSCRIT, note="vu", now=now())
    db.session.commit()
    assert status_of(former) is Status.REVOKED, "it does not revive"


def test_several_are_replaced_at_once_l75(world: World, person: Elector, elector: FlaskClient) -> None:
    first, second = (s.polling_day for s in world.an_election().scrutins)
    held = [world.established(elector=person, days=(day,)) for day in (first, second)]
    fill(elector, answers(world, scrutins=[first.isoformat(), second.isoformat()]))
    assert post(elector, RECAP, RECAP, sworn="y", replaces=[one.reference for one in held]).status_code == 303
    journey.establish(the_new_one(), officer=world.an_officer(), now=now())
    db.session.commit()
    assert [status_of(one) for one in held] == [Status.REVOKED, Status.REVOKED]


def losing(elector: FlaskClient, fields: dict[str, object]) -> str:
    """What the recap says of what would be lost, beside the box and heard with it."""
    assert fill(elector, fields).status_code == 303
    page = read(elector.get(RECAP))
    (box,) = (e for e in page.all("input") if e.get("name") == "replaces")
    told = [text_of(e) for e in page.all("p") if e.get("id") == box.get("aria-describedby", "none")]
    return " ".join(told)


def test_the_days_that_the_new_one_leaves_out_are_named_before_it_is_confirmed_l75(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    first, second, third = (world.a_sunday(weeks) for weeks in (8, 9, 10))
    world.an_election((first, second))
    world.an_election((third,))
    held = world.established(elector=person, days=(first, second, third))
    told = losing(elector, answers(world, scrutins=[str(second)]))
    assert f"plus pour vous le {days_in_words([first, third])} :" in told
    assert "Faites ensuite une autre demande pour ces jours-là." in told
    held.polling_days[0].lost_at = now()
    db.session.commit()
    assert f"plus pour vous le {long_day(third)} :" in losing(elector, answers(world, scrutins=[str(second)]))
    assert f"plus pour vous le {long_day(third)} :" in losing(elector, period(world, second))
    assert (
        losing(elector, answers(world, scrutins=[str(second), str(third)]))
        == losing(elector, period(world, third))
        == ""
    )


def test_what_a_period_leaves_out_is_said_in_words_l75(world: World, person: Elector, elector: FlaskClient) -> None:
    day, sooner, last = world.a_sunday(8), world.a_sunday(10), world.a_sunday(20)
    world.an_election((day,))
    world.established(elector=person, valid_until=last)
    told = losing(elector, answers(world, scrutins=[str(day)]))
    assert f"un autre jour que le {long_day(day)} : l'ancienne vaut pour tous les votes jusqu'au" in told
    assert f"plus pour vous après le {day_and_month(sooner)} :" in losing(elector, period(world, sooner))
    assert losing(elector, period(world, last)) == ""


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (Status.ESTABLISHED, "est établie : votre mairie doit encore la contrôler"),
        (Status.VALIDATED, "C'est la nouvelle ({}) qui compte"),
        (Status.INVALIDATED, "La nouvelle ({}) est invalidée : elle ne compte pas non plus. Vous pouvez voter"),
        (Status.VOID, "La nouvelle ({}) est nulle : elle ne compte pas non plus. Vous pouvez voter"),
    ],
)
def test_the_former_says_what_became_of_the_new_one(
    world: World, person: Elector, elector: FlaskClient, former: Procuration, status: Status, then: str
) -> None:
    new = journey.submit(world.a_demande(), elector=person, submission_key="key", replaces=[former], now=now())
    journey.establish(new, officer=world.an_officer(), now=now())
    new.status = status
    db.session.commit()
    text = read(elector.get(MINE)).text
    assert then.format(new.reference) in text
    assert ("C'est la nouvelle" in text) is (status is Status.VALIDATED)
    alone = read(elector.get(f"/demande/{former.reference}")).text
    assert "voyez son état dans « Mes procurations »" in alone.replace("\u00a0", " ")
    mail = db.session.query(OutboxMail).filter_by(procuration_id=former.id).order_by(OutboxMail.id.desc()).first()
    told = " ".join(words(MailKind.REVOKED, mail.facts)[1].split())
    assert "et la remplace. Un autre message vous dit si la nouvelle compte." in told


@pytest.mark.parametrize("named", ["a stranger's", "ZZZZZZ", "", "\0", "é" * 500])
def test_only_ones_own_can_be_named(world: World, elector: FlaskClient, former: Procuration, named: str) -> None:
    foreign = world.established()
    read_back(world, elector, former)
    before = how_many(Procuration)
    reference = foreign.reference if named == "a stranger's" else named
    assert post(elector, RECAP, RECAP, sworn="y", replaces=reference).status_code == 404
    assert how_many(Procuration) == before


def test_the_domain_itself_refuses_the_procuration_of_another(world: World, former: Procuration) -> None:
    with pytest.raises(Unknown):
        journey.submit(
            world.a_demande(), elector=world.an_elector(), submission_key="key", replaces=[former], now=now()
        )


@pytest.mark.parametrize("others", [0, 1])
def test_what_ended_meanwhile_is_said_and_nothing_is_filed_nor_lost(
    world: World, person: Elector, elector: FlaskClient, former: Procuration, others: int
) -> None:
    """Between the page and the click, or named by hand: 409, the recap again, and what was typed and ticked."""
    still = [world.established(elector=person) for _ in range(others)]
    read_back(world, elector, former)
    references = [former.reference, *(one.reference for one in still)]
    button = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y", "replaces": references}
    journey.invalidate(former, clerk=world.a_clerk(), reason=Reason.MANDATAIRE_NON_INSCRIT, note="vu", now=now())
    db.session.commit()
    before = how_many(Procuration)
    answer = elector.post(RECAP, data=button)
    page = read(answer)
    assert (answer.status_code, page.h1, len(page.errors)) == (409, "Relisez votre demande", 1)
    assert f"{former.reference} n'est pas, ou n'est plus, en vigueur" in page.errors[0]
    assert how_many(Procuration) == before

    again = page.form(RECAP)
    assert again["sworn"]
    assert again.get("replaces") == (still[0].reference if still else None)
    assert elector.post(RECAP, data=again).status_code == 303
    assert the_new_one().replaced == still


def test_a_demande_that_is_not_established_yet_is_not_replaced_either(
    world: World, person: Elector, elector: FlaskClient, former: Procuration
) -> None:
    waiting = world.submitted(elector=person)
    read_back(world, elector, former)
    answer = post(elector, RECAP, RECAP, sworn="y", replaces=waiting.reference)
    assert (answer.status_code, len(read(answer).errors)) == (409, 1)


def test_one_named_twice_is_replaced_once(world: World, elector: FlaskClient, former: Procuration) -> None:
    read_back(world, elector, former)
    assert post(elector, RECAP, RECAP, sworn="y", replaces=[former.reference] * 2).status_code == 303
    assert the_new_one().replaced == [former]


def test_what_ends_after_the_filing_is_promised_no_more(
    world: World, elector: FlaskClient, former: Procuration
) -> None:
    read_back(world, elector, former)
    receipt = post(elector, RECAP, RECAP, sworn="y", replaces=former.reference).location
    journey.invalidate(former, clerk=world.a_clerk(), reason=Reason.MANDATAIRE_NON_INSCRIT, note="vu", now=now())
    db.session.commit()
    for address in (receipt, MINE):
        text = read(elector.get(address)).text
        assert "n'est plus en vigueur : il n'y a plus rien à remplacer" in text
        assert "elle remplacera" not in text
    journey.establish(the_new_one(), officer=world.an_officer(), now=now())
    db.session.commit()
    assert "Elle a remplacé" not in read(elector.get(MINE)).text


def test_a_former_that_is_ending_at_the_instant_of_the_filing_is_waited_for(
    world: World, elector: FlaskClient, former: Procuration
) -> None:
    """Two real connections: the clerk's act is not committed yet when the elector confirms."""
    read_back(world, elector, former)
    button = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y", "replaces": former.reference}
    clerk, before = world.a_clerk(), how_many(Procuration)
    journey.invalidate(former, clerk=clerk, reason=Reason.MANDATAIRE_NON_INSCRIT, note="vu", now=now())
    db.session.flush()
    with ThreadPoolExecutor(1) as pool:
        filing = pool.submit(elector.post, RECAP, data=button)
        time.sleep(0.5)
        db.session.commit()
        assert filing.result().status_code == 409
    assert how_many(Procuration) == before


def test_two_clicks_replace_once(world: World, elector: FlaskClient, former: Procuration) -> None:
    read_back(world, elector, former)
    button = read(elector.get(RECAP)).form(RECAP) | {"sworn": "y", "replaces": former.reference}
    assert len({elector.post(RECAP, data=button).location for _ in range(2)}) == 1
    assert the_new_one().replaced == [former]
    assert how_many(Procuration) == 2


def test_the_list_costs_the_same_whatever_the_number_replaced(
    world: World, person: Elector, elector: FlaskClient
) -> None:
    counts = []
    for number in range(2):
        held = world.established(elector=person, valid_until=world.today.replace(year=world.today.year + 1, day=1))
        journey.submit(world.a_demande(), elector=person, submission_key=f"change-{number}", replaces=[held], now=now())
        db.session.commit()
        with queries() as made:
            elector.get(MINE)
        counts.append(len(made))
    assert counts[0] == counts[1]
