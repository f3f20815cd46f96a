"""Everything held about the elector who asks, as a page and as JSON, with the dates of deletion (E26)."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from html import unescape
from typing import Any

from flask import Blueprint, Flask, Response, get_template_attribute, render_template
from flask.typing import ResponseReturnValue

from app.dates import now
from app.elector.session import SignedIn, elector_required
from app.templating import in_words
from models import own_data
from models.editions import Edition, EditionChange
from models.identity import Identity
from models.journal import Action, Entry
from models.outbox import OutboxMail
from models.own_data import OwnData
from models.procuration import Procuration
from models.visit import Visit

Facts = dict[str, Any]

blueprint = Blueprint("own_data", __name__)


def init_own_data(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/mes-procurations/donnees")
@elector_required
def show(person: SignedIn) -> ResponseReturnValue:
    """In words."""
    return render_template("elector/own_data.html", held=_held(person))


@blueprint.get("/mes-procurations/donnees.json")
@elector_required
def download(person: SignedIn) -> ResponseReturnValue:
    """The same, to keep or to give to a program; instants in UTC (ISO 8601)."""
    body = json.dumps(_held(person), ensure_ascii=False, indent=2, default=_plain)
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    )


def _held(person: SignedIn) -> Facts:
    """Empty facts are left out."""
    data = own_data.of(person.elector, now())
    return _filled(
        {
            "session": _identity(person.identity),
            "draft": {"fields": data.draft.fields, "erased_at": data.draft.expires_at} if data.draft else None,
            "roll_checks": data.checks,
            "procurations": [_procuration(one, data) for one in data.procurations],
        }
    )


def _procuration(one: Procuration, data: OwnData) -> Facts:
    return _filled(
        {
            "reference": one.reference,
            "status": one.status,
            "source": one.source,
            "commune": one.commune.label,
            "mandant": _filled(_identity(one.mandant) | {"nne": one.mandant_nne}),
            "mandataire": _mandataire(one),
            "days": one.days,
            "lost_days": one.lost_days,
            "replaces": [former.reference for former in one.replaced if former.reference],
            "valid_until": one.valid_until,
            "email": one.email,
            "submitted_at": one.submitted_at,
            "expires_on": one.expires_on if one.can_be_withdrawn else None,
            "checked_at": one.checked_at,
            **_established(one),
            "established_by": _words("authority", one) if one.established_at else None,
            "established_in": one.established_commune.name if one.established_commune else None,
            "received_on": one.received_on,
            "late_at": next((late.arrived_at for late in data.late[one.id]), None),
            "decided_at": one.decided_at,
            "is_automated": one.is_automated or None,
            "why": _words("why", one) if one.reason else None,
            "revocation_requested_at": one.revocation_requested_at,
            "closed_at": one.closed_at,
            "history": _events(one, data.history[one.id]),
            "messages": [_message(message) for message in data.messages[one.id]],
            "readings": [_reading(entry, data) for entry in data.readings(one)],
            "papers": [_papers(visit) for visit in data.visits[one.id]],
            "lists": [_line(*printed) for printed in data.printed[one.id]],
            "erased_on": own_data.erased_on(one),
        }
    )


def _established(one: Procuration) -> Facts:
    """When: of a paper, the hour is unknown."""
    at = one.established_at
    return {"established_on": one.commune.local_day(at)} if at and one.established_day_only else {"established_at": at}


def _mandataire(one: Procuration) -> Facts:
    """As the mandant gave it: names that a roll added are initials, as everywhere else (E13)."""
    given: Facts = {
        "nne": one.mandataire_nne,
        "birth_date": one.mandataire.birth_date,
        "commune": one.mandataire_commune.label if one.mandataire_commune else None,
    }
    names = {"names": _words("mandataire_name", one)} if one.mandataire_masked else _identity(one.mandataire)
    return _filled(names | given)


def _identity(person: Identity) -> Facts:
    return {
        "birth_name": person.birth_name,
        "first_names": person.first_names,
        "sex": person.sex,
        "birth_date": person.birth_date,
    }


def _events(one: Procuration, entries: Sequence[Entry]) -> list[Facts]:
    """What was done, as « Mes procurations » tells it."""
    tell = get_template_attribute("components/history.html", "event")
    told = [(entry.at, " ".join(unescape(str(tell(entry, one.commune))).split())) for entry in entries]
    return [{"at": at, "what": what} for at, what in told if what]


def _message(message: OutboxMail) -> Facts:
    """Its content is kept seven days after it was sent; the address is then nowhere but on the procuration."""
    return _filled(
        {
            "kind": message.kind,
            "to": (message.facts or {}).get("to"),
            "written_at": message.created_at,
            "sent_at": message.sent_at,
            "given_up_at": message.failed_at,
        }
    )


def _reading(entry: Entry, data: OwnData) -> Facts:
    """By whom at which desk, not by the name of an agent, which is the agent's own datum."""
    return {
        "at": entry.at,
        "by": data.desks.get(entry.desk or ""),
        "role": data.roles.get(entry.account_id or 0),
        "refused": entry.action is not Action.OPENED,
    }


def _papers(visit: Visit) -> Facts:
    """What R73 asks of who is visited, kept by its dates alone."""
    return _filled({name: getattr(visit, name) for name in ("requested_on", "sworn_on", "received_at", "destroyed_at")})


def _line(change: EditionChange, edition: Edition) -> Facts:
    """Opposite the mandant's name on the list of a polling station, as it was printed."""
    return _filled(
        {
            "day": edition.day,
            "edition": edition.number,
            "made_at": edition.made_at,
            "is_added": change.is_added,
            "bureau": change.bureau,
            "bureau_name": change.bureau_name,
            "order_number": change.order_number,
        }
    )


def _words(macro: str, of: object) -> str:
    """What the macro says, as text: a program reads the JSON, and the page escapes it itself."""
    return " ".join(in_words(macro, of).split())


def _filled(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if value not in (None, [], {})}


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value))
