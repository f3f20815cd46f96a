"""Supervision's pages of an election's texts: read, previewed, written."""

from datetime import timedelta

from models.account import Role
from models.errors import Reason
from models.journal import Action
from models.reason_text import Words
from models.scrutin import Election
from tests.back_office.desks import journaled
from tests.builders import World
from tests.database import everything, queries
from tests.elections.desk import ministry
from tests.elections.ministry import journal_of
from tests.elections.texts import OWN, TOLD, written
from tests.page import read

TEXTS = "/admin/supervision/textes/"
ONE = f"{TEXTS}motif/"


def page_of(election: Election, reason: Reason = Reason.PLAFOND) -> str:
    return f"{ONE}?id={election.id}&reason={reason}"


def test_the_message_and_the_electors_page_are_read_before_the_text_is_written(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    assert "Texte commun à toutes les élections." in desk.open(f"{TEXTS}?id={election.id}").text
    before = everything()
    asked = desk.fill(page_of(election), **OWN._asdict())
    page = read(asked)
    assert (asked.status_code, page.h1) == (200, "Enregistrer ce texte ?")
    assert "Le message : Votre procuration n'a pas été validée" in page.text
    assert "Le message : Votre procuration est nulle" in page.text
    assert page.text.count("Choisissez quelqu'un d'autre à Exempleville.") == 4, "two messages, two pages"
    assert everything() == before
    done = desk.client.post(page_of(election), data=page.form("motif/"))
    assert (done.status_code, done.location) == (303, f"{TEXTS}?id={election.id}")
    listed = desk.open(done.location).text
    assert "Texte de cette élection, écrit le" in listed
    assert "Choisissez quelqu'un d'autre à {commune}." in listed
    assert journal_of(election) == [(Action.TEXT_WRITTEN, "PLAFOND")]


def test_the_form_starts_from_what_is_told_and_goes_back_to_it(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    form = desk.open(page_of(election)).form("motif/")
    assert form["sentence"].startswith("La personne choisie a déjà reçu")
    previewed = read(desk.fill(page_of(election), **OWN._asdict())).form("motif/")
    again = read(desk.client.post(page_of(election), data=previewed | {"edit": "yes"}))
    assert (again.status, again.form("motif/")["to_do"]) == (200, OWN.to_do)


def test_the_common_text_is_taken_again_after_a_page_that_asks(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    assert "Reprendre le texte commun…" not in desk.open(page_of(election)).text
    written(world, election, Reason.PLAFOND)
    asked = read(desk.fill(page_of(election), common="yes"))
    assert asked.h1 == "Reprendre le texte commun ?"
    assert TOLD[0] not in asked.text
    assert desk.client.post(page_of(election), data=asked.form("motif/")).status_code == 303
    assert "Texte commun, repris le" in desk.open(f"{TEXTS}?id={election.id}").text


def test_stored_markup_is_read_as_text(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    written(world, election, Reason.PLAFOND, Words("<b>gras</b>", "<script>x</script>", "{commune} & Cie"))
    listed = desk.client.get(f"{TEXTS}?id={election.id}").text
    previewed = desk.fill(page_of(election), sentence="<i>i</i>").text
    assert "&lt;script&gt;x&lt;/script&gt;" in listed
    assert "&lt;i&gt;i&lt;/i&gt;" in previewed
    assert "<script>x" not in listed + previewed
    assert "Exempleville &amp; Cie" in previewed


def test_what_is_wrong_is_told_at_its_part_and_nothing_is_lost(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    answer = desk.fill(page_of(election), sentence="", to_do="x" * 601, whom_to_ask="Le {tribunal}.")
    page = read(answer)
    assert answer.status_code == 422
    assert [error.split(" : ")[0] for error in page.errors] == [
        "Ce qui s'est passé",
        "Que faire maintenant",
        "À qui demander",
    ]
    assert page.form("motif/")["whom_to_ask"] == "Le {tribunal}."
    assert journaled()[-1] is Action.DENIED


def test_of_two_supervisors_the_second_reads_what_the_first_wrote(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    form = desk.open(page_of(election)).form("motif/")
    written(world, election, Reason.PLAFOND)
    told = desk.client.post(page_of(election), data=form | {"sentence": "La mienne."})
    page = read(told)
    assert told.status_code == 409
    assert TOLD[0] in page.text
    assert page.form("motif/")["sentence"] == "La mienne."
    again = read(desk.client.post(page_of(election), data=page.form("motif/")))
    assert again.h1 == "Enregistrer ce texte ?"


def test_the_texts_of_a_past_election_are_read_only(world: World) -> None:
    election = world.an_election(days=(world.today - timedelta(days=9),))
    desk = ministry(world)
    page = desk.open(f"{TEXTS}?id={election.id}")
    assert "se lisent et ne changent plus" in page.text
    assert not [href for href in page.links.values() if href.startswith(ONE)]
    assert desk.client.get(page_of(election)).status_code == 409
    other = desk.open(page_of(world.an_election())).form("motif/")
    assert desk.client.post(page_of(election), data=other | {"confirmed": "yes"}).status_code == 409


def test_no_such_election_nor_reason_is_anywhere(world: World) -> None:
    election, desk = world.an_election(), ministry(world)
    for address in (f"{TEXTS}?id=99999", f"{ONE}?id={election.id}", f"{ONE}?id={election.id}&reason=CONTRAINTE"):
        assert desk.client.get(address).status_code == 404


def test_the_page_of_an_election_leads_to_its_texts(world: World) -> None:
    election = world.an_election()
    page = ministry(world).open(f"/admin/supervision/election/?id={election.id}")
    assert page.links["Textes des motifs"] == f"{TEXTS}?id={election.id}"


def test_the_texts_cost_the_same_for_one_version_and_for_many(world: World) -> None:
    election, client = world.an_election(), world.as_agent(world.an_account(Role.MINISTRY))
    costs = set()
    for words in (OWN, OWN._replace(sentence="Une autre."), None):
        written(world, election, Reason.PLAFOND, words)
        with queries() as seen:
            client.get(f"{TEXTS}?id={election.id}")
        costs.add(len(seen))
    assert len(costs) == 1
    assert costs.pop() <= 8
