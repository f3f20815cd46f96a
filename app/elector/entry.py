"""At entry, the mandataire is looked up once for one set of answers (E13); what came of it stays with the draft."""

from collections.abc import Callable
from datetime import datetime

from werkzeug.datastructures import MultiDict

from app.dates import DESK_ZONE
from app.elector.forms import DemandeForm, kept_fields
from app.elector.session import SignedIn
from models import draft as drafts
from models import entry_check, register
from models.base import db
from models.draft import Kept
from models.entry_check import Answer, Way
from models.matching import Found, Match
from models.rules import Demande, reasons_against_territory
from models.territory import Commune


def check(form: DemandeForm, person: SignedIn, posted: MultiDict[str, str], at: datetime) -> Demande | None:
    """The demande of these answers, looked up and kept as the elector's draft; None with each error at its field.

    A number that leads to nobody is kept too: the same answers, sent again, are not looked up again.
    """
    if not form.is_complete(at):
        return None
    answer: Answer | None
    if form.is_by_number:
        answer = _answer(form, person, Way.NUMBER, at, lambda: _look_for_number(form, person, at))
        demande = _by_number(form, person, answer, at)
    else:
        demande = form.demande(person.identity)
        if not form.is_accepted(demande, at):
            return None
        answer = _answer_in_full(form, person, demande, at)
    drafts.save(person.elector.key, form.found(kept_fields(posted)), at, asked=form.asked, answer=answer)
    db.session.commit()
    return demande


def read_back(form: DemandeForm, person: SignedIn, kept: Kept, at: datetime) -> Demande | None:
    """The demande of a draft, by what its check said: nothing is looked up that was not. None with the errors."""
    if not form.is_complete(at):
        return None
    if form.is_by_number:
        return _by_number(form, person, _known(form, kept), at)
    demande = form.demande(person.identity)
    return demande if form.is_accepted(demande, at) else None


def _answer_in_full(form: DemandeForm, person: SignedIn, demande: Demande, at: datetime) -> Answer | None:
    """Nothing where that commune has no roll."""
    if not entry_check.can_tell(demande):
        return None
    return _answer(form, person, Way.CIVIL_STATUS, at, lambda: entry_check.answer(demande, now=at))


def _answer(form: DemandeForm, person: SignedIn, way: Way, at: datetime, look: Callable[[], Answer]) -> Answer:
    """What these answers were told already, or one check more.

    Of two clicks at once the second waits in `take`, then finds what the first was told, and counts for nothing.
    """
    if known := _known(form, drafts.of(person.elector.key, at)):
        return known
    today = at.astimezone(DESK_ZONE).date()
    is_counted = entry_check.take(person.elector, way, today, commune=form.commune.commune, now=at)
    if known := _known(form, drafts.of(person.elector.key, at)):
        db.session.rollback()
        return known
    return look() if is_counted else Answer.TOO_MANY


def _known(form: DemandeForm, kept: Kept | None) -> Answer | None:
    if kept is None or kept.answer is None or kept.asked != form.asked:
        return None
    return Answer(kept.answer)


def _look_for_number(form: DemandeForm, person: SignedIn, at: datetime) -> Answer:
    roll = _roll(form)
    if roll is None:
        return Answer.NOT_FOUND
    return entry_check.answer(form.demande(person.identity, roll), now=at)


def _by_number(form: DemandeForm, person: SignedIn, answer: Answer | None, at: datetime) -> Demande | None:
    """Only who is found and free: that somebody was found and is not free would tell what they hold."""
    roll = _roll(form) if answer is Answer.CONFIRMED else None
    if roll is None:
        form.ask_for_civil_status(Answer.TOO_MANY if answer is Answer.TOO_MANY else Answer.NOT_FOUND)
        return None
    demande = form.demande(person.identity, roll)
    return demande if form.is_accepted(demande, at) else None


def _roll(form: DemandeForm) -> Match | None:
    """Who has this number and this birth date, if exactly one; not an elector whom the télé-procédure excludes."""
    found = register.find_by_number(form.mandataire_nne.data, form.mandataire_birth_date.day)
    if found.found is not Found.ONE or found.identity is None:
        return None
    theirs = db.session.get(Commune, found.commune_code) if found.commune_code else None
    return None if reasons_against_territory(form.commune.commune, theirs) else found
