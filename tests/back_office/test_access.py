"""Who may open what: every address of the application, each of Flask-Admin's included, by every kind of visitor.

An address that is not in declared.py fails: add the line that says who enters. Every visitor names the same rows,
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
from models import counter_form, revocation, rounds
from models.account import Account, Capacity, Role
from models.base import db
from models.desk_offer import VALID_FOR, DeskOffer
from models.outbox import OutboxMail
from models.procuration import Procuration
from models.question import Question
from models.register import RollUpload, UploadState
from models.register_pdf import PdfState, RegisterPdf
from models.scrutin import Election
from models.statement import RevocationStatement
from models.venue import Venue, of_station
from models.visit import Round, RoundKind
from tests.back_office.declared import DECLARED, LIKE, OFFICERS, ROLES
from tests.builders import LAON, SOISSONS, World
from tests.database import everything
from tests.paper import a_form

OVER_AGENTS = ("resend", "remove", "reset_factor", "suspend", "restore")


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
    offered: Account
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
    offered = world.a_clerk(LAON)
    db.session.add_all([venue, DeskOffer(account_id=offered.id, commune_code=SOISSONS, expires_at=now() + VALID_FOR)])
    db.session.commit()
    acts = (statement, filled, planned, pdf, question, colleague, offered, venue)
    return clients[role](), Rows(demande, procuration, mail, election, upload, officer, *acts)


def addresses(app: Flask) -> Iterator[tuple[str, str]]:
    """Every endpoint with each of its methods; those that end a session come last."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint.endswith("sign_out"), rule.endpoint))
    for rule in rules:
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule.endpoint, method


def ask(app: Flask, client: FlaskClient, rows: Rows, endpoint: str, method: str) -> int:
    """The status that this client gets there, with a true token and true keys."""
    address, given = addressed(app, rows, endpoint)
    if method == "GET":
        answer = client.get(address, query_string=given)
    else:
        answer = client.post(address, data=given | {"csrf_token": true_token(app, client, address)})
    answer.close()
    return answer.status_code


def addressed(app: Flask, rows: Rows, endpoint: str) -> tuple[str, dict[str, str]]:
    """The address of an endpoint, and what names a row there."""
    values, rule = arguments(rows), next(app.url_map.iter_rules(endpoint))
    with app.test_request_context():
        address = app.url_for(endpoint, **{name: values[name] for name in rule.arguments})
    given = {
        "officer.index_view": {"reference": rows.demande.reference},
        "officer_receipt.index": {"reference": rows.procuration.reference},
        "officer_receipt.pdf": {"reference": rows.procuration.reference},
        "officer.action_view": {"action": "postpone", "rowid": rows.demande.reference},
        "habilitations.index": {},
        "habilitations.record": {"id": str(rows.officer.id)},
        **{f"habilitations.{act}": {"id": str(rows.officer.id)} for act in ("one", *OVER_AGENTS)},
        "managers.index": {},
        **{f"managers.{act}": {"id": str(rows.clerk.id)} for act in ("one", "appoint", "relieve", *OVER_AGENTS)},
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
        **{
            f"clerks.{page}": {"id": str(rows.clerk.id)}
            for page in ("one", "limit", "remove", "resend", "reset_factor")
        },
        "clerks.withdraw": {"id": str(rows.offered.id)},
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
    return address, given


def arguments(rows: Rows) -> dict[str, str]:
    """What stands in the addresses that have a part of their own."""
    fixed = {"filename": "style.css", "export_type": "csv", "token": "x", "code": "02"}
    return fixed | {"reference": rows.demande.reference, "mail_id": str(rows.mail.id)}


def true_token(app: Flask, client: FlaskClient, address: str) -> str:
    """A token that the session behind this address takes."""
    with client.session_transaction(address) as session:
        raw = session.setdefault("csrf_token", "of this test")
    signed: Any = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)
    return str(signed)
