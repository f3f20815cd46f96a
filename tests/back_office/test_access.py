"""Who may open what: every address of the application, each of Flask-Admin's included, by every kind of visitor.

An address that is not declared here fails: add the line that says who enters. Every visitor names the same rows,
which exist for some and are from elsewhere for the others.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.dates import now
from app.pdf import has_pdf
from models import counter_form, revocation, rounds
from models.account import Account, Capacity, Role
from models.base import db
from models.outbox import OutboxMail
from models.procuration import Procuration
from models.question import Question
from models.register import RollUpload, UploadState
from models.register_pdf import PdfState, RegisterPdf
from models.scrutin import Election
from models.statement import RevocationStatement
from models.venue import Venue, of_station
from models.visit import Round, RoundKind
from tests.builders import LAON, SOISSONS, World
from tests.database import everything
from tests.paper import a_form

OFFICERS = ("officer", "délégué", "responsible")
CLERKS = ("town hall", "town hall of elsewhere")
AGENTS = (*OFFICERS, *CLERKS, "ministry", "auditor")
ELECTORS = ("elector", "another elector")
ROLES = ("anonymous", *ELECTORS, *AGENTS)
LIKE = {"manager": "town hall of elsewhere"}
"""Who is answered as another is, but where a line says otherwise."""
Answers = dict[str, int]


def all_get(status: int) -> Answers:
    return dict.fromkeys(ROLES, status)


def electors_only(owner: int, other: int | None = None) -> Answers:
    """Others sign in first; the second elector may be told that the row does not exist."""
    return all_get(302) | {"elector": owner, "another elector": other or owner}


def desk_of(*roles: str, status: int = 200) -> Answers:
    """Agents of another role are refused, everybody else signs in."""
    return all_get(302) | dict.fromkeys(AGENTS, 403) | dict.fromkeys(roles, status)


def closed_table(name: str, *roles: str) -> dict[str, Answers]:
    """Flask-Admin's nine addresses: none exists, even for its own role, but those that a line below opens."""
    views = ("create", "edit", "details", "delete", "action", "export", "ajax_lookup", "ajax_update")
    names = [view if view.startswith(("export", "ajax")) else f"{view}_view" for view in views]
    return {f"{name}.{view}": desk_of(*roles, status=404) for view in names}


DECLARED: dict[str, Answers] = {
    # Anybody: public pages, and what the demonstration shows (a mail that was not sent yet is nowhere).
    **{f"pages.{page}": all_get(200) for page in ("home", "where", "where_in", "paper", "help", "accessibility")},
    **{f"pages.{page}": all_get(200) for page in ("privacy", "legal", "site_map", "health", "ready", "metrics")},
    **{f"paper_path.{page}": all_get(200) for page in ("form", "blank")},
    "paper_path.sheet": all_get(422),
    "static": all_get(200),
    "territory.communes": all_get(200),
    "verify.form": all_get(200),
    "verify.check": all_get(422),
    "verify.key": all_get(200),
    "demo.home": all_get(200),
    "demo_roll.sample_roll": all_get(200),
    "mailbox.index": all_get(200),
    "mailbox.message": all_get(404),
    "mailbox.html_part": all_get(404),
    "simulator.discovery": all_get(200),
    "simulator.jwks": all_get(200),
    "simulator.authorize": all_get(400),
    "simulator.choose": all_get(400),
    "simulator.end_session": all_get(400),
    "simulator.token": all_get(401),
    "simulator.userinfo": all_get(401),
    # Signing in and out, each side for itself.
    "france_connect.sign_in": all_get(302),
    "france_connect.come_back": all_get(400),
    "france_connect.ask_to_sign_out": all_get(200),
    "france_connect.sign_out": all_get(303),
    "account.sign_in": all_get(200) | dict.fromkeys(AGENTS, 302),
    "account.sign_in_act": all_get(422),
    "account.sign_out": all_get(303),
    "own_account.show": all_get(302) | dict.fromkeys(AGENTS, 200),
    "own_account.end_session": all_get(302) | dict.fromkeys(AGENTS, 404),
    "own_account.end_other_sessions": all_get(302) | dict.fromkeys(AGENTS, 303),
    "own_account.change_password": all_get(302) | dict.fromkeys(AGENTS, 422),
    "invitation.read": all_get(404),
    "invitation.accept": all_get(404),
    # Step 1: an elector, and the elector's own rows.
    "elector.request_form": electors_only(200),
    "elector.save_request": electors_only(422),
    "elector.recap": electors_only(303),
    "elector.confirm": electors_only(303),
    "elector.mine": electors_only(200),
    "elector.receipt": electors_only(200, 404),
    "elector.ask_to_withdraw": electors_only(200, 404),
    "elector.withdraw": electors_only(200, 404),
    "elector.correct_email": electors_only(422, 404),
    "revocation.ask": electors_only(200, 404),
    "revocation.act": electors_only(200, 404),
    "receipt.show": electors_only(404),
    "receipt.download": electors_only(404),
    "card.show": electors_only(303, 404),
    "twin.show": electors_only(200, 404),
    "own_data.show": electors_only(200),
    "own_data.download": electors_only(200),
    # Neither way is open to this demande: its election knows no certified identity, and it is not in force.
    "certified.ask_place": electors_only(409, 404),
    "certified.leave_to_establish": electors_only(409, 404),
    "certified.ask_to_revoke": electors_only(409, 404),
    "certified.leave_to_revoke": electors_only(409, 404),
    # The back office: nothing but what is named.
    "admin.index": all_get(302),
    **closed_table("officer", *OFFICERS),
    **closed_table("special_register", "officer", "responsible"),
    **closed_table("town_hall", *CLERKS),
    **closed_table("supervision", "ministry"),
    **closed_table("journal", "auditor"),
    # Step 2: any officer, any living reference.
    "officer.index_view": desk_of(*OFFICERS),
    "officer.action_view": desk_of(*OFFICERS),
    # The receipts of this officer's own acts.
    "officer_receipt.index": desk_of(*OFFICERS, status=404) | {"officer": 200},
    "officer_receipt.pdf": desk_of(*OFFICERS, status=404) | {"officer": 200 if has_pdf() else 404},
    # A form filled with who has no FranceConnect: by who establishes; received by the commune's town hall.
    "form.index GET": desk_of(*OFFICERS) | {"délégué": 403},
    "form.index POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "form.printed": desk_of(*OFFICERS, status=404) | {"officer": 200, "délégué": 403},
    "paper.arrived": desk_of("town hall") | {"town hall of elsewhere": 404},
    "paper.receive": desk_of("town hall", status=422) | {"town hall of elsewhere": 404},
    # Nobody has opened the sheet of this demande yet.
    "paper.sheet": desk_of(*CLERKS, status=404),
    # Rounds, of their station.
    "rounds.index": desk_of(*OFFICERS),
    "rounds.plan GET": desk_of(*OFFICERS) | {"délégué": 403},
    "rounds.plan POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "rounds.one": desk_of(*OFFICERS) | {"délégué": 404},
    "rounds.correct GET": desk_of(*OFFICERS) | {"délégué": 403},
    "rounds.correct POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "rounds.cancel": desk_of(*OFFICERS, status=303) | {"délégué": 403},
    "rounds.visit GET": desk_of(*OFFICERS) | {"délégué": 404},
    "rounds.visit POST": desk_of(*OFFICERS, status=422) | {"délégué": 404},
    "rounds.papers": desk_of(*OFFICERS),
    "rounds.destroy": desk_of(*OFFICERS, status=422),
    # What an officer, or a station, has established: not for who only prepares.
    "special_register.index_view": desk_of("officer", "responsible"),
    "special_register.figures_view": desk_of("officer", "responsible"),
    "special_register.export_all": desk_of("officer", "responsible"),
    # A revocation without a reference: heard by who establishes, attached by the commune's town hall.
    "statement.index GET": desk_of(*OFFICERS) | {"délégué": 403},
    "statement.index POST": desk_of(*OFFICERS, status=422) | {"délégué": 403},
    "statements.index": desk_of(*CLERKS),
    "statements.one": desk_of("town hall") | {"town hall of elsewhere": 404},
    "statements.act": desk_of("town hall", status=422) | {"town hall of elsewhere": 404},
    # A question about a mandataire: asked by the procuration's town hall, answered by the mandataire's.
    "questions.index": desk_of(*CLERKS),
    "questions.ask": desk_of("town hall", status=409) | {"town hall of elsewhere": 404},
    "questions.answer": desk_of("town hall of elsewhere", status=422) | {"town hall": 404},
    # Who may act at a counter: who answers for the station, and supervision.
    "habilitations.index": desk_of("responsible", "ministry"),
    "habilitations.agent": desk_of("responsible", "ministry"),
    "habilitations.record": desk_of("responsible", "ministry", status=422),
    "habilitations.end": desk_of("responsible", "ministry"),
    # Who works for a commune: its manager, among the clerks, and nobody else.
    "clerks.index": desk_of() | {"manager": 200},
    "clerks.invite": desk_of() | {"manager": 422},
    "clerks.one": desk_of() | {"manager": 200},
    "clerks.limit": desk_of() | {"manager": 303},
    "clerks.remove": desk_of() | {"manager": 200},
    "clerks.resend": desk_of() | {"manager": 303},
    # Step 3: a town hall, and its communes' rows.
    "town_hall.index_view": desk_of(*CLERKS),
    "town_hall.details_view": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.action_view": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.export_all": desk_of(*CLERKS, status=400),
    "roll.index": desk_of(*CLERKS),
    "roll.receive": desk_of(*CLERKS, status=422),
    "roll.follow": desk_of("town hall") | {"town hall of elsewhere": 404},
    "register.index": desk_of(*CLERKS),
    **{
        f"register.{page}": desk_of("town hall") | {"town hall of elsewhere": 404}
        for page in ("day", "register", "mentions", "export_register", "export_mentions")
    },
    "ends.index": desk_of(*CLERKS),
    "ends.look_up": desk_of(*CLERKS, status=422),
    "polling_day.index": desk_of(*CLERKS),
    "polling_day.answer": desk_of(*CLERKS, status=422),
    "late.index": desk_of(*CLERKS),
    "settings.index": desk_of("town hall") | {"town hall of elsewhere": 404},
    "settings.save": desk_of("town hall", status=303) | {"town hall of elsewhere": 404},
    **{
        f"editions.{page}": desk_of(*CLERKS, status=404)
        for page in ("index", "make", "whole", "export", "export_whole")
    },
    "register.pdfs": desk_of(*CLERKS, status=404) | ({"town hall": 200} if has_pdf() else {}),
    "register.ask_pdfs": desk_of(*CLERKS, status=404) | ({"town hall": 303} if has_pdf() else {}),
    "register.pdf_file": desk_of("town hall") | {"town hall of elsewhere": 404},
    "town_hall.letter_view": desk_of(*CLERKS, status=404),
    "paper.index": desk_of(*CLERKS),
    "paper.index POST": desk_of(*CLERKS, status=422),
    # Supervision: counts and codes, never a person.
    "supervision.index_view": desk_of("ministry"),
    "supervision.election": desk_of("ministry"),
    "supervision.new_election GET": desk_of("ministry"),
    "supervision.new_election POST": desk_of("ministry", status=422),
    "supervision.correct_election GET": desk_of("ministry"),
    "supervision.correct_election POST": desk_of("ministry", status=422),
    "reason_texts.index": desk_of("ministry"),
    "reason_texts.one": desk_of("ministry"),
    "reason_texts.write": desk_of("ministry", status=409),
    "venues.index": desk_of("ministry"),
    "venues.one": desk_of("ministry"),
    "venues.correct": desk_of("ministry", status=422),
    "venues.new GET": desk_of("ministry"),
    "venues.new POST": desk_of("ministry", status=422),
    "journal.index_view": desk_of("auditor"),
}


class Rows(NamedTuple):
    """What every visitor names in the addresses."""

    demande: Procuration
    procuration: Procuration
    mail: OutboxMail
    election: Election
    upload: RollUpload
    officer: Account
    statement: RevocationStatement
    form: Procuration
    round: Round
    pdf: RegisterPdf
    question: Question
    clerk: Account
    venue: Venue


def test_every_address_is_declared_and_every_declaration_exists(app: Flask) -> None:
    assert {name.split()[0] for name in DECLARED} == {rule.endpoint for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize("role", [*ROLES, *LIKE])
def test_each_address_answers_as_declared_and_changes_nothing_unconfirmed(world: World, role: str) -> None:
    client, rows = visitor(world, role)
    before = legal_facts()
    for endpoint, method in addresses(world.app):
        declared = DECLARED.get(f"{endpoint} {method}") or DECLARED[endpoint]
        expected = declared[role if role in declared else LIKE[role]]
        assert ask(world.app, client, rows, endpoint, method) == expected, (endpoint, method)
    assert legal_facts() == before


@pytest.mark.parametrize("role", [role for role in ROLES if role not in (*OFFICERS, "town hall")])
def test_nobody_acts_at_the_desk_of_another(world: World, role: str) -> None:
    client, rows = visitor(world, role)
    before = legal_facts()
    named = {"officer": rows.demande.reference, "town-hall": str(rows.procuration.id)}
    for desk, key in named.items():
        address = f"/admin/{desk}/action/"
        for action in ("validate", "invalidate", "postpone"):
            act = {"action": action, "rowid": key, "confirmed": "yes", "reason": "PLAFOND"}
            answer = client.post(address, data=act | {"csrf_token": true_token(world.app, client, address)})
            assert answer.status_code >= 302, (desk, action)
            assert answer.status_code != 303, (desk, action)
    assert legal_facts() == before


def legal_facts() -> list[Any]:
    """What no GET and no unconfirmed POST may touch; the journal of readings grows."""
    tables = everything()
    facts = (
        "procuration",
        "polling_day",
        "outbox_mail",
        "account",
        "habilitation",
        "election",
        "scrutin",
        "desk_settings",
        "duty",
        "late_alert",
        "question",
        "venue",
    )
    return [tables[name] for name in (*facts, "revocation_statement")]


def visitor(world: World, role: str) -> tuple[FlaskClient, Rows]:
    """A client of that role, and rows of the first elector, in Laon, established by the first officer."""
    elector, officer = world.an_elector(), world.an_officer()
    demande = world.submitted(elector)
    procuration = world.established(officer, elector=elector)
    mail = db.session.scalars(select(OutboxMail)).first()
    assert mail
    clerk = world.a_clerk()
    upload = RollUpload(commune_code=LAON, account_id=clerk.id, created_at=now(), state=UploadState.WAITING)
    db.session.add(upload)
    db.session.commit()
    form = a_form(world, **counter_form.filled_by(officer, world.commune(), now()))
    filled = counter_form.establish(form, officer=officer, submission_key="a form", now=now())
    planned = rounds.plan(
        RoundKind.VISIT, world.today, world.commune(), "Hall", officer=officer, submission_key="k", now=now()
    )
    pdf = RegisterPdf(
        commune_code=LAON,
        day=world.today,
        bureau="",
        account_id=clerk.id,
        state=PdfState.DONE,
        asked_at=now(),
        content=b"%PDF",
    )
    db.session.add(pdf)
    statement = revocation.state(demande.mandant, demande.commune, officer=officer, submission_key="a key", now=now())
    question = Question(procuration_id=procuration.id, commune_code=SOISSONS, asked_at=now())
    question.asked_by_id, question.asked_by_name = clerk.id, clerk.name
    db.session.add(question)
    db.session.commit()
    clients = {
        "anonymous": world.app.test_client,
        "elector": lambda: world.as_elector(elector),
        "another elector": world.as_elector,
        "officer": lambda: world.as_agent(officer),
        "responsible": lambda: world.as_agent(world.an_officer(station=officer.station, manages_station=True)),
        "délégué": lambda: world.as_agent(world.an_officer(Capacity.DELEGUE)),
        "town hall": lambda: world.as_agent(clerk),
        "town hall of elsewhere": lambda: world.as_agent(world.a_clerk(SOISSONS)),
        "manager": lambda: world.as_agent(world.a_clerk(SOISSONS, manages_communes=True)),
        "ministry": lambda: world.as_agent(world.an_account(Role.MINISTRY)),
        "auditor": lambda: world.as_agent(world.an_account(Role.AUDITOR)),
    }
    election = db.session.scalars(select(Election)).first()
    colleague = world.a_clerk(SOISSONS)
    venue = of_station(officer.station, "the tests")
    db.session.add(venue)
    db.session.commit()
    acts = (statement, filled, planned, pdf, question, colleague, venue)
    return clients[role](), Rows(demande, procuration, mail, election, upload, officer, *acts)


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every endpoint with each of its methods; those that end a session come last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint.endswith("sign_out"), rule.endpoint))
    for rule in rules:
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule.endpoint, method


def ask(app: Flask, client: FlaskClient, rows: Rows, endpoint: str, method: str) -> int:
    """The status that this client gets there, with a true token and true keys."""
    reference = rows.demande.reference
    values = {
        "filename": "style.css",
        "export_type": "csv",
        "mail_id": rows.mail.id,
        "reference": reference,
        "token": "x",
        "code": "02",
    }
    rule = next(app.url_map.iter_rules(endpoint))
    with app.test_request_context():
        address = app.url_for(endpoint, **{name: values[name] for name in rule.arguments})
    given = {
        "officer.index_view": {"reference": rows.demande.reference},
        "officer_receipt.index": {"reference": rows.procuration.reference},
        "officer_receipt.pdf": {"reference": rows.procuration.reference},
        "officer.action_view": {"action": "postpone", "rowid": rows.demande.reference},
        "habilitations.index": {},
        "habilitations.agent": {"id": str(rows.officer.id)},
        "habilitations.record": {"id": str(rows.officer.id)},
        "habilitations.end": {"id": str(rows.officer.id), "habilitation": str(rows.officer.habilitations[0].id)},
        "rounds.one": {"id": str(rows.round.id)},
        "rounds.correct": {"id": str(rows.round.id)},
        "rounds.cancel": {"id": str(rows.round.id)},
        "rounds.visit": {"id": str(rows.round.id), "reference": rows.demande.reference},
        "form.printed": {"reference": rows.form.reference},
        "paper.arrived": {"reference": rows.form.reference},
        "paper.receive": {"reference": rows.form.reference},
        "paper.sheet": {"reference": rows.demande.reference},
        "statements.one": {"id": str(rows.statement.id)},
        "statements.act": {"id": str(rows.statement.id)},
        "questions.ask": {"rowid": str(rows.procuration.id)},
        "questions.answer": {"id": str(rows.question.id)},
        **{f"clerks.{page}": {"id": str(rows.clerk.id)} for page in ("one", "limit", "remove", "resend")},
        **{f"venues.{page}": {"code": rows.venue.code} for page in ("one", "correct")},
        "roll.follow": {"id": str(rows.upload.id)},
        "town_hall.action_view": {"action": "validate", "rowid": str(rows.procuration.id)},
        "supervision.election": {"id": str(rows.election.id)},
        "supervision.correct_election": {"id": str(rows.election.id)},
        "reason_texts.index": {"id": str(rows.election.id)},
        **{f"reason_texts.{act}": {"id": str(rows.election.id), "reason": "PLAFOND"} for act in ("one", "write")},
    }.get(endpoint, {"id": str(rows.procuration.id)})
    if endpoint.startswith(("register.", "editions.", "settings.")):
        given = {"commune": LAON, "day": rows.procuration.days[0].isoformat(), "id": str(rows.pdf.id)}
    if method == "GET":
        answer = client.get(address, query_string=given)
    else:
        answer = client.post(address, data=given | {"csrf_token": true_token(app, client, address)})
    answer.close()
    return answer.status_code


def true_token(app: Flask, client: FlaskClient, address: str) -> str:
    """A token that the session behind this address takes."""
    with client.session_transaction(address) as session:
        raw = session.setdefault("csrf_token", "of this test")
    signed: Any = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)
    return str(signed)
