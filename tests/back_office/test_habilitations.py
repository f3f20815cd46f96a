"""The pages where a station's responsible, or supervision, says who may act at a counter."""

from datetime import timedelta

from sqlalchemy import func, select

from models.account import Account, Capacity, Habilitation, Role
from models.base import db
from models.journal import Action
from tests.back_office.desks import Desk, buttons, counter, journaled
from tests.builders import World, a_habilitation, csrf_token
from tests.page import read

TYPED = {
    "capacity": "apj",
    "authority": "Anne ROUSSEL, juge directrice",
    "court": "Tribunal judiciaire de Laon",
    "opj": "",
    "valid_from": "01/01/2026",
    "valid_until": "",
    "is_no_mayor": "y",
}


def habilitations(world: World, manager: Account) -> Desk:
    return Desk(world.as_agent(manager), "/admin/habilitations/")


def record(desk: Desk, agent: Account, **changes: str):
    address = f"/admin/habilitations/agent/?id={agent.id}"
    data = TYPED | changes | {"id": str(agent.id), "csrf_token": csrf_token(desk.client.get(address).text)}
    return desk.client.post("/admin/habilitations/agent/", data={k: v for k, v in data.items() if v})


def held(agent: Account) -> list[Habilitation]:
    db.session.rollback()
    return list(db.session.scalars(select(Habilitation).where(Habilitation.account_id == agent.id)))


def a_chief(world: World) -> Account:
    return world.an_officer(manages_station=True, name="Hélène FAUVEL")


def test_without_a_habilitation_the_counter_opens_explains_and_has_no_button(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer(habilitations=[])
    desk = counter(world, officer)
    page = desk.read()
    assert (page.status, buttons(page)) == (200, ["Se déconnecter"])
    assert "Vous n'avez pas d'habilitation en cours." in page.text
    assert "responsable de votre service" in page.text
    closed = desk.read(f"?reference={demande.reference}")
    assert (closed.status, buttons(closed)) == (403, ["Se déconnecter"])
    assert demande.mandant.birth_name not in closed.text
    for action in ("validate", "invalidate", "postpone", "revoke", "pass_on"):
        answer = desk.client.post("/admin/officer/action/", data=_post(desk, action, demande.reference))
        assert answer.status_code == 403, action
    assert journaled(demande) == [Action.SUBMITTED]
    assert journaled().count(Action.DENIED) == 6


def _post(desk: Desk, action: str, reference: str) -> dict[str, str]:
    token = csrf_token(desk.client.get("/admin/officer/").text)
    return {"action": action, "rowid": reference, "confirmed": "yes", "csrf_token": token}


def test_an_officer_reads_thirty_days_before_that_it_ends(world: World) -> None:
    soon = world.an_officer(habilitations=[a_habilitation(valid_until=world.today + timedelta(days=12))])
    assert "Votre habilitation prend fin le" in counter(world, soon).read().text
    assert "Votre habilitation prend fin le" not in counter(world).read().text


def test_the_responsible_reads_the_station_and_nobody_else(world: World) -> None:
    chief = a_chief(world)
    world.an_officer(Capacity.APJ, chief.station, name="Yannis CORDIER")
    world.an_officer(name="Paul AILLEURS")
    page = habilitations(world, chief).read()
    assert "Yannis CORDIER : agent de police judiciaire" in page.text
    assert "AILLEURS" not in page.text
    assert "/admin/habilitations/" in counter(world, chief).read().links.values()
    assert "/admin/habilitations/" not in counter(world).read().links.values()


def test_supervision_finds_a_station_by_its_code(world: World) -> None:
    officer = world.an_officer(name="Yannis CORDIER")
    desk = habilitations(world, world.an_account(Role.MINISTRY))
    assert "Yannis CORDIER" in desk.read(f"?station={str(officer.station_code).lower()}").text
    page = desk.read("?station=NOWHERE")
    assert (page.status, "Aucun lieu n'a le code NOWHERE" in page.text) == (404, True)


def test_a_designation_is_recorded_and_the_officer_may_act_at_once(world: World) -> None:
    chief = a_chief(world)
    agent = world.an_officer(station=chief.station, habilitations=[])
    demande, desk, theirs = world.submitted(), habilitations(world, chief), counter(world, agent)
    answer = record(desk, agent, valid_until="31/12/2030")
    assert (answer.status_code, answer.location) == (303, f"/admin/habilitations/agent/?id={agent.id}")
    page = read(desk.client.get(answer.location))
    assert "Agent de police judiciaire, par Anne ROUSSEL, juge directrice (Tribunal judiciaire de Laon)" in page.text
    assert "jusqu'au 31 décembre 2030" in page.text
    assert theirs.act("validate", demande.reference).status_code == 303


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(world: World) -> None:
    chief = a_chief(world)
    agent, desk = world.an_officer(station=chief.station, habilitations=[]), habilitations(world, chief)
    wrong = {
        "article R72-1": {"is_no_mayor": ""},
        "Choisissez une réponse": {"capacity": ""},
        "Écrivez son nom et sa fonction": {"authority": ""},
        "Écrivez le tribunal": {"court": ""},
        "Écrivez le jour, le mois et l'année": {"valid_from": "hier"},
        "Cette date est avant le début": {"valid_until": "31/12/2025"},
        "Choisissez l'officier qui a désigné": {"capacity": "delegue"},
        "L'autorité consulaire est au consulat": {"capacity": "consul"},
    }
    for sentence, changes in wrong.items():
        page = read(record(desk, agent, **changes))
        assert (page.status, sentence in page.text) == (422, True), sentence
        kept = page.form("/admin/habilitations/agent/")
        assert kept["court"] == changes.get("court", TYPED["court"])
    assert held(agent) == []


def test_ending_asks_first_and_stops_at_once(world: World) -> None:
    chief = a_chief(world)
    agent, demande, desk = world.an_officer(station=chief.station), world.submitted(), habilitations(world, chief)
    page = desk.read(f"agent/?id={agent.id}")
    asked = read(desk.client.post("/admin/habilitations/end/", data=page.form("/admin/habilitations/end/")))
    assert asked.h1 == "Retirer cette habilitation ?"
    assert held(agent)[0].ended_at is None
    form = asked.form("/admin/habilitations/end/")
    assert desk.client.post("/admin/habilitations/end/", data=form).status_code == 303
    assert counter(world, agent).client.get("/admin/officer/").status_code == 200
    refused = counter(world, agent)
    assert (
        refused.client.post("/admin/officer/action/", data=_post(refused, "validate", demande.reference)).status_code
        == 403
    )
    again = desk.client.post("/admin/habilitations/end/", data=form)
    assert again.status_code == 303
    assert "déjà retirée" in read(desk.client.get(again.location)).text


def test_nobody_finds_a_form_for_themselves_nor_another_stations_agent(world: World) -> None:
    chief, elsewhere = a_chief(world), world.an_officer()
    desk = habilitations(world, chief)
    page = desk.read(f"agent/?id={chief.id}")
    assert "Personne n'enregistre sa propre habilitation" in page.text
    assert buttons(page) == ["Se déconnecter"]
    assert record(desk, chief).status_code == 403
    assert desk.get(f"agent/?id={elsewhere.id}").status_code == 404
    before = db.session.scalar(select(func.count(Habilitation.id)))
    token = csrf_token(desk.get().text)
    for path in ("agent", "end"):
        data = TYPED | {"id": str(elsewhere.id), "habilitation": "1", "confirmed": "yes", "csrf_token": token}
        assert desk.client.post(f"/admin/habilitations/{path}/", data=data).status_code == 404
    assert db.session.scalar(select(func.count(Habilitation.id))) == before
