"""The ministry counts elections, the auditor reads the journal; neither meets a person."""

from app.dates import now
from models import journey
from models.account import Role
from models.base import db
from models.journal import Action
from tests.back_office.desks import counter, town_hall
from tests.builders import World
from tests.database import queries
from tests.page import Page, read, text_of


def ministry(world: World) -> Page:
    return read(world.as_agent(world.an_account(Role.MINISTRY)).get("/admin/supervision/"))


def auditor(world: World, rest: str = "") -> Page:
    return read(world.as_agent(world.an_account(Role.AUDITOR)).get(f"/admin/journal/{rest}"))


def cells(page: Page) -> list[str]:
    return [text_of(cell) for cell in page.all("td")]


def test_the_ministry_reads_elections_with_their_days_and_ceilings(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election((first, second), name="Régionales")
    days = f"{first:%d/%m/%Y}, {second:%d/%m/%Y}"
    assert cells(ministry(world)) == ["Régionales", "◆ à venir", days, "2", "1", "mairie"]


def test_nobody_is_named_to_the_ministry_or_the_auditor(world: World) -> None:
    demande = world.submitted()
    desk = counter(world)
    desk.get(f"?reference={demande.reference}")
    desk.act("validate", demande.reference)
    town_hall(world).act("invalidate", demande.id, reason="PLAFOND", note="vu avec le bureau")
    for page in (ministry(world), auditor(world)):
        for datum in ("HAUTPOUL", "Aubigné", "eloise@", demande.reference, "28/02/1951", "vu avec", "agents.test"):
            assert datum not in text_of(page.root)


def test_the_auditor_reads_every_act_and_reading_the_newest_first(world: World) -> None:
    demande, officer = world.submitted(), world.an_officer()
    desk = counter(world, officer)
    desk.get(f"?reference={demande.reference}")
    desk.act("invalidate", demande.reference, reason="CONTRAINTE")
    page = auditor(world)
    acts = cells(page)[1::6]
    assert acts == ["connexion", "établissement refusé", "dossier ouvert", "connexion", "demande déposée"]
    refusal = cells(page)[6:12]
    why = "Le mandant ne paraît pas libre de son choix"
    assert refusal[2:] == [str(officer.id), officer.station_code, str(demande.id), why]


def test_every_action_has_its_french_words(world: World) -> None:
    words = world.app.jinja_env.get_template("components/words.html").module
    assert all(words.action_label(action).strip() for action in Action)


def test_an_empty_table_says_so(world: World) -> None:
    assert "Rien à montrer pour l'instant." in ministry(world).text
    assert "Revenir au début" in auditor(world, "?page=99").links


def test_the_tables_ask_the_same_for_one_row_and_for_many(world: World) -> None:
    clients = {
        "/admin/supervision/": world.as_agent(world.an_account(Role.MINISTRY)),
        "/admin/journal/": world.as_agent(world.an_account(Role.AUDITOR)),
    }
    costs: dict[str, set[int]] = {address: set() for address in clients}
    for _ in range(3):
        world.an_election()
        demande = world.submitted()
        journey.withdraw(demande, now=now())
        db.session.commit()
        for address, client in clients.items():
            with queries() as seen:
                client.get(address)
            costs[address].add(len(seen))
    assert all(len(each) == 1 and max(each) <= 8 for each in costs.values()), costs
