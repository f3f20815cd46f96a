"""Wrong references as an officer and a station's responsible meet them: pages, waits, the block and its end."""

from concurrent.futures import ThreadPoolExecutor

from app.factory import create_app
from models.base import db
from models.journal import Action
from models.misses import AccountMisses
from models.procuration import Status
from tests.back_office.desks import Desk, buttons, counter, journaled, status_of
from tests.builders import World
from tests.database import two_meet
from tests.page import read

WRONG = "?reference=ZZZZZZ"


def test_four_are_answered_and_the_fifth_waits_with_a_growing_retry_after(world: World) -> None:
    desk = counter(world)
    answers = [desk.get(WRONG) for _ in range(8)]
    assert [answer.status_code for answer in answers] == [404] * 4 + [429] * 4
    waits = [int(answer.headers["Retry-After"]) for answer in answers[4:]]
    assert waits == sorted(set(waits))
    assert 0 < waits[0] <= 30
    page = read(answers[4])
    assert page.h1 == "Trop de références sans suite"
    assert "Un collègue peut ouvrir sa référence sans attendre" in page.text


def test_while_it_waits_a_right_reference_reads_as_a_wrong_one_and_no_act_passes(world: World) -> None:
    demande, desk = world.submitted(), counter(world)
    for _ in range(5):
        desk.get(WRONG)
    for answer in (desk.get(f"?reference={demande.reference}"), desk.act("validate", demande.reference)):
        assert answer.status_code == 429
        assert demande.reference not in answer.text
    assert status_of(demande) is Status.SUBMITTED
    assert counter(world).read(f"?reference={demande.reference}").data_status == "submitted"


def test_the_counter_says_that_it_waits_before_anything_is_typed(world: World) -> None:
    desk = counter(world)
    for _ in range(5):
        desk.get(WRONG)
    page = desk.read()
    assert (page.status, "Aucune référence ne s'ouvre avec votre compte avant" in page.text) == (200, True)


def test_another_process_and_a_restart_count_on(world: World) -> None:
    officer = world.an_officer()
    desk = counter(world, officer)
    for _ in range(4):
        assert desk.get(WRONG).status_code == 404
    restarted = create_app(world.app.extensions["procurations"])
    with restarted.app_context():
        client = World(restarted).as_agent(officer)
        assert client.get(f"/admin/officer/{WRONG}").status_code == 429
        db.session.remove()
        db.engine.dispose()


def test_two_at_once_are_two(world: World) -> None:
    officer = world.an_officer()
    desks = [counter(world, officer), counter(world, officer)]
    for _ in range(3):
        desks[0].get(WRONG)
    db.session.rollback()
    with two_meet(AccountMisses.__tablename__), ThreadPoolExecutor(2) as pool:
        answers = [future.result() for future in [pool.submit(desk.get, WRONG) for desk in desks]]
    assert sorted(answer.status_code for answer in answers) == [404, 429]
    assert journaled().count(Action.MISSED) == 5


def blocked_and_chief(world: World) -> tuple[Desk, Desk]:
    """An officer whose counter is blocked, and who answers for the station."""
    station = world.a_station()
    blocked = counter(world, world.an_officer(station=station, name="Martin PETIT"))
    for _ in range(20):
        answer = blocked.get(WRONG)
    assert read(answer).h1 == "Guichet bloqué"
    return blocked, counter(world, world.an_officer(station=station, manages_station=True, name="Hélène FAUVEL"))


def test_the_responsible_sees_whom_it_stopped_and_lifts_it(world: World) -> None:
    blocked, chief = blocked_and_chief(world)
    assert buttons(blocked.read()) == ["Se déconnecter"]
    page = chief.read()
    assert "Lever le blocage de Martin PETIT" in buttons(page)
    answer = chief.client.post("/admin/officer/action/", data=page.form("/admin/officer/action/"))
    assert (answer.status_code, answer.location) == (303, "/admin/officer/")
    assert "Guichet débloqué." in chief.read().text
    assert "Guichets bloqués" not in chief.read().text
    assert blocked.get(WRONG).status_code == 404
    again = chief.client.post("/admin/officer/action/", data=page.form("/admin/officer/action/"))
    assert (again.status_code, "n'était plus bloqué" in chief.read().text) == (303, True)


def test_nobody_else_lifts_it(world: World) -> None:
    blocked, chief = blocked_and_chief(world)
    form = chief.read().form("/admin/officer/action/")
    other = world.an_officer(manages_station=True)
    for desk, status in ((blocked, 403), (counter(world), 403), (counter(world, other), 404)):
        assert desk.post("unblock", form["rowid"]).status_code == status
    for key in ("", "x", "0", "-1", "9" * 30):
        assert chief.post("unblock", key).status_code in (400, 404)
    assert blocked.get(WRONG).status_code == 429
