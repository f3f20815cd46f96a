"""What each election tells of a coded reason: read, written after a preview of the mail and of the elector's page."""

from typing import Any

from flask import abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose
from sqlalchemy.orm import selectinload

from admin_views.base import Guarded, me, number
from admin_views.reason_text_form import ReasonTextForm
from app.dates import DESK_ZONE, now
from app.message import words
from models import journal, reason_words
from models.account import Role
from models.base import db
from models.errors import AlreadyHandled, DomainError, NotAllowed, Reason
from models.journal import Action
from models.outbox import MailKind
from models.procuration import PollingDay, Procuration, Status
from models.reason_text import ReasonText, Words
from models.reason_words import WRITTEN, TextRefused
from models.scrutin import Election, Scrutin, Stage
from models.territory import Commune
from models.transition import facts_of

INVALIDATED = (MailKind.INVALIDATED, Status.INVALIDATED)
SENT = dict.fromkeys(WRITTEN, (INVALIDATED,)) | {
    Reason.MANDATAIRE_DROITS: (INVALIDATED, (MailKind.LAPSED, Status.LAPSED)),
    Reason.PLAFOND: (INVALIDATED, (MailKind.VOID, Status.VOID)),
    Reason.DECES_MANDATAIRE: ((MailKind.LAPSED, Status.LAPSED),),
    Reason.IDENTITE_DISCORDANTE: ((MailKind.REFUSED, Status.REFUSED),),
}
"""The messages that tell a reason, and where the procuration then stands."""

SAMPLE = {"reference": "ABC234", "commune": "Exempleville", "authority": "Commissariat d'Exempleville"}


class ReasonTextDesk(Guarded, BaseView):
    """Of one election: the reasons that a message tells, then one, then the page that shows what would be read."""

    roles = frozenset({Role.MINISTRY})
    opened = frozenset({"index", "one", "write"})

    def __init__(self) -> None:
        super().__init__(name="Textes", endpoint="reason_texts", url="/admin/supervision/textes")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Each reason with what is told of it by now, and since when."""
        election = _election()
        own = reason_words.newest(election)
        told = [(reason, _told(own.get(reason), reason), own.get(reason)) for reason in WRITTEN]
        days = {reason: text.written_at.astimezone(DESK_ZONE).date() for reason, text in own.items()}
        return self.render(
            "supervision/texts.html", election=election, told=told, days=days, is_past=_is_past(election)
        )

    @expose("/motif/")
    def one(self) -> ResponseReturnValue:
        """One reason to write, from what is told of it."""
        election, reason = _election(), _reason()
        if _is_past(election):
            return self._past(election)
        newest = reason_words.newest(election).get(reason)
        form = ReasonTextForm(data=_told(newest, reason)._asdict() | {"version": newest.version if newest else 0})
        return self._form(election, reason, form)

    @expose("/motif/", methods=("POST",))
    def write(self) -> ResponseReturnValue:
        """What was typed, or the service's own words again: shown as it would be read, then written."""
        election, reason, form = _election(), _reason(), ReasonTextForm(request.form)
        wanted = None if request.form.get("common") else form.words
        if request.form.get("edit") or not form.validate():
            return self._form(election, reason, form), 422 if form.errors else 200
        what: dict[str, Any] = {"seen": form.version.seen, "account": me(), "now": now()}
        try:
            if request.form.get("confirmed") != "yes":
                reason_words.check(election, reason, wanted, **what)
                return self._preview(election, reason, form, wanted)
            reason_words.write(election, reason, wanted, **what)
        except DomainError as error:
            return self._not_written(election, reason, form, error)
        db.session.commit()
        flash("Texte enregistré : il vaut pour ce qui sera décidé désormais.")
        return redirect(url_for(".index", id=election.id), 303)

    def _not_written(
        self, election: Election, reason: Reason, form: ReasonTextForm, error: DomainError
    ) -> ResponseReturnValue:
        """Undone, and kept in the journal; then what to do instead."""
        db.session.rollback()
        journal.record(Action.DENIED, now=now(), account=me(), election_id=election.id, detail=type(error).__name__)
        db.session.commit()
        if isinstance(error, TextRefused):
            form.explain(error.flaws)
            return self._form(election, reason, form), 422
        if isinstance(error, AlreadyHandled):
            newest = reason_words.newest(election).get(reason)
            form.version.data = str(newest.version if newest else 0)
            return self._form(election, reason, form, meanwhile=_told(newest, reason)), 409
        if isinstance(error, NotAllowed):
            return self._past(election)
        raise error

    def _form(self, election: Election, reason: Reason, form: ReasonTextForm, meanwhile: Words | None = None) -> str:
        """The form; `meanwhile`, what somebody else wrote since it was opened."""
        own = reason_words.newest(election).get(reason)
        has_own = own is not None and own.words is not None
        return self.render(
            "supervision/text.html", election=election, reason=reason, form=form, has_own=has_own, meanwhile=meanwhile
        )

    def _preview(self, election: Election, reason: Reason, form: ReasonTextForm, wanted: Words | None) -> str:
        shown = [_shown(election, reason, wanted, *sent) for sent in SENT[reason]]
        return self.render(
            "supervision/text_preview.html",
            election=election,
            reason=reason,
            form=form,
            shown=shown,
            is_common=wanted is None,
        )

    def _past(self, election: Election) -> ResponseReturnValue:
        return self.render("supervision/past.html", election=election), 409


def _election() -> Election:
    days = selectinload(Election.scrutins).selectinload(Scrutin.local_days)
    return db.session.get(Election, number(request.values.get("id", "")), options=[days]) or abort(404)


def _reason() -> Reason:
    given = request.values.get("reason", "")
    return Reason(given) if given in WRITTEN else abort(404)


def _is_past(election: Election) -> bool:
    return election.stage(now()) is Stage.PAST


def _told(text: ReasonText | None, reason: Reason) -> Words:
    """The election's own words, otherwise the service's."""
    module: Any = current_app.jinja_env.get_template("components/words.html").module
    return (text and text.words) or Words(*module.reason_words[reason])


def _shown(election: Election, reason: Reason, wanted: Words | None, kind: MailKind, status: Status) -> dict[str, Any]:
    """A message and a procuration of nobody, told so: never in the session."""
    own = ReasonText(**wanted._asdict()) if wanted else None
    days = [PollingDay(day=scrutin.polling_day) for scrutin in election.scrutins]
    commune = Commune(name=SAMPLE["commune"], department_code="02")
    example = Procuration(status=status, reason=reason, reason_text=own, commune=commune, polling_days=days)
    facts = facts_of(example) | SAMPLE | {"reason": reason} | reason_words.facts(own, example)
    subject, text = words(kind, facts)
    return {"subject": subject, "text": text, "procuration": example}
