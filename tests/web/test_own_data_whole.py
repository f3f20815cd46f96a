"""Everything held is told: a new table, column or act about an elector that nobody shows makes these tests fail."""

import json
from datetime import timedelta

from flask import get_template_attribute
from flask.testing import FlaskClient
from sqlalchemy import select

from app.dates import now
from models import draft, editions, journal, rounds
from models.base import Base, db
from models.editions import Edition, EditionChange
from models.journal import Action, Entry
from models.late_arrivals import LateArrival
from models.own_data import READINGS
from models.perimeter import Elector
from models.procuration import PollingDay
from models.visit import RoundKind
from tests.builders import World
from tests.page import read
from tests.web.journeys import MINE, validated

PAGE, FILE = f"{MINE}/donnees", f"{MINE}/donnees.json"

TOLD: dict[str, dict[str, str]] = {
    "procuration": {
        **{
            name: name
            for name in ("reference", "status", "source", "email", "valid_until", "submitted_at", "expires_on")
        },
        **{name: name for name in ("checked_at", "established_at", "received_on", "decided_at", "is_automated")},
        **{name: name for name in ("revocation_requested_at", "closed_at")},
        **{f"mandant_{name}": "mandant" for name in ("birth_name", "first_names", "sex", "birth_date", "nne")},
        **{f"mandataire_{name}": "mandataire" for name in ("birth_name", "first_names", "sex", "birth_date", "nne")},
        "mandataire_commune_code": "mandataire",
        "commune_code": "commune",
        **dict.fromkeys(
            ("officer_name", "officer_capacity", "authority_capacity", "checked_by_name"), "established_by"
        ),
        "established_commune_code": "established_in",
        **dict.fromkeys(("reason", "reason_text_id"), "why"),
        **dict.fromkeys(("handled_at", "station_code", "decided_by_name"), "history"),
        **dict.fromkeys(("reminded_at", "purge_notice_at"), "messages"),
        "last_day": "erased_on",
    },
    "polling_day": {"day": "days", "lost_at": "lost_days"},
    "replacement": {"replaced_id": "replaces"},
    "journal_entry": {"at": "history", "action": "history", "detail": "history", "desk": "readings"},
    "outbox_mail": dict.fromkeys(("kind", "facts", "created_at", "sent_at", "failed_at"), "messages"),
    "visit": dict.fromkeys(("requested_on", "sworn_on", "received_at", "destroyed_at"), "papers"),
    "late_arrival": {"arrived_at": "late_at", "day": "days", "commune_code": "commune"},
    "edition_change": dict.fromkeys(("edition_id", "is_added", "bureau", "bureau_name", "order_number"), "lists"),
    "question": dict.fromkeys(("asked_at", "answered_at", "answer", "commune_code"), "history"),
    "draft": {"fields": "draft", "expires_at": "draft"},
    "entry_check": {"count": "roll_checks", "day": "roll_checks"},
}
"""Where the file tells each column: a key of a procuration, or of the whole for the last two tables."""

UNTOLD: dict[str, set[str]] = {
    "procuration": {
        # Keys of rows, and what is computed from what is told, to search or to compare.
        *("id", "submission_key", "elector_key", "reference_hash", "purged_at", "rules_version"),
        # Where its journal has come to.
        *("head_number", "head_mac"),
        *(f"{who}_{what}" for who in ("mandant", "mandataire") for what in ("key", "roll_key", "search")),
        *("mandataire_masked", "established_in_france", "established_day_only", "held_until_paper"),
        # Accounts of agents.
        *("officer_id", "passed_to_id", "decided_by_id"),
        # What the desk writes for itself; a doubt is told by `status` and the history.
        *("note", "findings", "doubted_at"),
    },
    "polling_day": {"procuration_id"},
    "replacement": {"procuration_id"},
    "journal_entry": {
        *("id", "procuration_id", "account_id", "election_id"),
        # The chain.
        *("stream", "number", "previous", "mac"),
    },
    "outbox_mail": {"id", "procuration_id", "message_id", "due_at", "claimed_until", "attempts", "last_error"},
    "visit": {"id", "procuration_id", "round_id"},
    "late_arrival": {"procuration_id", "next_at"},
    "edition_change": {"id", "procuration_id", "status"},
    "question": {"id", "procuration_id", "asked_by_id", "asked_by_name", "answered_by_id", "answered_by_name"},
    "left_over": {"procuration_id", "election_id", "failed_at"},
    "late_alert": {"procuration_id", "account_id", "told_at"},
    "draft": {"elector_key", "token", "asked", "answer"},
    "entry_check": {"elector_key"},
}
"""Columns that say nothing of the elector that is not told, are an agent's, or stay with the desk."""

OF_NOBODY_HERE = {
    # The territory, the elections, the figures.
    *("department", "commune", "postal_code", "station", "venue", "delay_figure", "reason_text"),
    *("election", "election_territory", "scrutin", "local_polling_day", "signing_list", "edition"),
    # Agents and their desks.
    *("account", "account_commune", "account_misses", "station_misses", "habilitation", "duty"),
    *("invitation", "desk_offer"),
    *("agent_session", "sign_in_attempts", "totp", "recovery_code", "security_key", "key_challenge", "agent_identity"),
    # Where the journal has come to.
    *("installation", "closed_stream", "journal_check"),
    *("desk_settings", "round"),
    # The rolls, printed registers, revocations without a reference: asked of the town hall, as the page says.
    *("roll_edition", "current_roll", "roll_elector", "roll_upload", "roll_upload_part", "register_pdf"),
    "revocation_statement",
}


def test_every_column_about_an_elector_is_told_or_said_to_be_no_datum_of_theirs() -> None:
    for name, table in Base.metadata.tables.items():
        if name in OF_NOBODY_HERE:
            assert not {"procuration_id", "elector_key"} & set(table.columns.keys()), name
            continue
        sorted_out = set(TOLD.get(name, {})) | UNTOLD.get(name, set())
        assert set(table.columns.keys()) == sorted_out, name
        assert not set(TOLD.get(name, {})) & UNTOLD.get(name, set()), name


def test_every_act_on_a_procuration_is_told(world: World) -> None:
    told_apart = {
        *READINGS,
        *(Action.REMINDED, Action.PURGE_ANNOUNCED),
        *(Action.PAPERS_RECORDED, Action.PAPERS_DESTROYED),
        *(Action.REVOCATION_STATED, Action.STATEMENT_CLOSED, Action.PURGED),
    }
    with world.app.test_request_context():
        tell = get_template_attribute("components/history.html", "event")
        told = {action for action in Action if str(tell(Entry(action=action), world.commune())).strip()}
    assert set(Action) - told - told_apart == OF_OTHERS


OF_OTHERS = {
    *(Action.ANCHORED, Action.JOURNAL_PURGED),
    *(Action.MISSED, Action.COUNTER_BLOCKED, Action.COUNTER_UNBLOCKED, Action.MANDATAIRE_CHECKED),
    *(Action.ROLL_UPLOADED, Action.ROLL_IMPORTED, Action.ROLL_REFUSED, Action.ROLL_PURGED),
    *(Action.ELECTION_CREATED, Action.ELECTION_CORRECTED, Action.TEXT_WRITTEN),
    *(Action.EXPORTED, Action.EDITION_MADE, Action.VENUES_IMPORTED, Action.VENUE_CORRECTED),
    *(Action.ROUND_PLANNED, Action.ROUND_CORRECTED, Action.ROUND_CANCELLED),
    *(Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.SIGNED_OUT, Action.ACCOUNT_CREATED),
    *(Action.SESSIONS_ENDED, Action.PASSWORD_CHANGED),
    *(Action.OFFICER_INVITED, Action.OFFICER_REMOVED),
    *(Action.CLERK_INVITED, Action.CLERK_LIMITED, Action.CLERK_REMOVED),
    *(Action.INVITATION_ACCEPTED, Action.INVITATION_DECLINED),
    *(Action.MANAGER_APPOINTED, Action.MANAGER_RELIEVED),
    *(Action.HABILITATED, Action.HABILITATION_ENDED, Action.SETTINGS_CHANGED),
    *(Action.IDENTITY_LINKED, Action.IDENTITY_UNLINKED),
    *(Action.ACCOUNT_SUSPENDED, Action.ACCOUNT_RESTORED),
    *(Action.FACTOR_ADDED, Action.FACTOR_REMOVED, Action.FACTOR_RESET, Action.CODES_RENEWED),
}


def test_each_of_these_is_in_the_file_and_on_the_page(world: World, person: Elector, elector: FlaskClient) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    former = validated(world, person)
    waiting = world.submitted(person, valid_until=world.today + timedelta(days=30))
    full = validated(world, person, days=(first, second))
    full.replaced = [former]
    db.session.get_one(PollingDay, (full.id, second)).lost_at = now()
    clerk, officer = world.a_clerk(), world.an_officer()
    for name in ("checked_at", "revocation_requested_at", "closed_at"):
        setattr(full, name, now())
    full.received_on, full.reason, full.is_automated = world.today, "PLAFOND", True
    planned = rounds.plan(
        RoundKind.VISIT, world.today, world.commune(), "Hall", submission_key="k", officer=officer, now=now()
    )
    rounds.record_papers(planned, waiting, world.today, world.today, officer=officer, now=now())
    db.session.add(LateArrival(procuration_id=full.id, commune_code=full.commune_code, day=first, arrived_at=now()))
    editions.make(world.commune(), first, after=0, clerk=clerk, now=now())
    edition = db.session.scalars(select(Edition)).one()
    place = {"bureau": "0007", "bureau_name": "École du Parc", "order_number": "1234"}
    db.session.add(EditionChange(edition_id=edition.id, procuration_id=full.id, is_added=False, status="void", **place))
    journal.record(Action.OPENED, now=now(), procuration=full, account=clerk)
    journal.record(Action.DENIED, now=now(), procuration=full, account=officer, detail="Unknown")
    draft.save(person.key, {"email": ["eloise@electeurs.test"]}, now())
    db.session.commit()
    held = json.loads(elector.get(FILE).text)
    keys = {key for one in held["procurations"] for key in one}
    wanted = {key for table in TOLD if table not in ("draft", "entry_check") for key in TOLD[table].values()}
    assert wanted - keys == set()
    (one,) = (one for one in held["procurations"] if one["reference"] == full.reference)
    assert one["replaces"] == [former.reference]
    assert one["lost_days"] == [second.isoformat()]
    assert {(reading["by"], reading["role"], reading["refused"]) for reading in one["readings"]} == {
        ("Laon", "town_hall", False),
        ("Brigade de Laon", "officer", True),
    }
    assert "Nadia BENALI" not in json.dumps(one["readings"])
    page = read(elector.get(PAGE))
    for said in (
        "Qui a ouvert votre dossier",
        "un agent de la mairie, Laon",
        "demande écrite du",
        "votre numéro d'ordre 1234",
        "Arrivée après la",
    ):
        assert said in page.text


def test_my_procurations_say_when_each_goes(world: World, person: Elector, elector: FlaskClient) -> None:
    validated(world, person)
    assert "Effacée au plus tard" in read(elector.get(MINE)).text
