"""/mes-procurations: each of the elector's own, taking a demande back, correcting its address."""

from datetime import date

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload, selectinload

from app.config import Config, MailWindows
from app.dates import now
from app.elector.forms import EmailForm
from app.elector.session import SignedIn, elector_required
from models import forecasts, holdings, journal, journey, majority, own_data, perimeter, standing, undelivered
from models import receipt as receipts
from models.base import db
from models.errors import AlreadyHandled
from models.procuration import Procuration


def add_to(blueprint: Blueprint) -> None:
    """Its pages are the elector's as those of a demande are."""
    blueprint.get("/mes-procurations")(mine)
    blueprint.get("/mes-procurations/<reference>/retirer")(ask_to_withdraw)
    blueprint.post("/mes-procurations/<reference>/retirer")(withdraw)
    blueprint.post("/mes-procurations/<reference>/courriel")(correct_email)


@elector_required
def mine(person: SignedIn) -> ResponseReturnValue:
    """Each procuration of this elector: where it stands, what happened, what comes next."""
    return _show_mine(person)


@elector_required
def ask_to_withdraw(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The page that asks before a demande is taken back."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    return render_template("elector/withdraw.html", procuration=procuration, standing=standing.of(procuration))


@elector_required
def withdraw(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Take a demande back before the visit; unconfirmed, ask first."""
    if request.form.get("confirmed") != "yes":
        return ask_to_withdraw(reference=reference)
    procuration = perimeter.find(reference, seen_by=person.elector)
    journey.withdraw(procuration, now=now())
    db.session.commit()
    flash("Votre demande est retirée.")
    return redirect(url_for("elector.mine"), 303)


@elector_required
def correct_email(person: SignedIn, reference: str) -> ResponseReturnValue:
    """Correct the address and have the reference sent there."""
    procuration = perimeter.find(reference, seen_by=person.elector)
    form = EmailForm(request.form)
    if not perimeter.awaits_a_visit(procuration, now()):
        raise AlreadyHandled
    if not form.validate():
        return _show_mine(person, {procuration.id: form}), 422
    journey.correct_email(procuration, form.email.data, now=now(), window=mail_windows().correcting)
    db.session.commit()
    flash("Adresse corrigée : la référence y est envoyée.")
    return redirect(url_for("elector.mine"), 303)


def _procurations_of(person: SignedIn) -> list[Procuration]:
    """This elector's own, the newest first, each with what it replaces."""
    mine_only = db.select(Procuration).where(perimeter.visible_to(person.elector)).order_by(Procuration.id.desc())
    return list(
        db.session.scalars(mine_only.options(selectinload(Procuration.replaced), joinedload(Procuration.reason_text)))
    )


def _show_mine(person: SignedIn, wrong: dict[int, EmailForm] | None = None) -> str:
    procurations = _procurations_of(person)
    history = journal.history(procurations)
    return render_template(
        "elector/mine.html",
        procurations=procurations,
        history=history,
        forecasts=forecasts.of_each(procurations, now()),
        standings={p.id: standing.of_entries(history[p.id], _successor(p, procurations)) for p in procurations},
        receipts={p.id: receipts.acts_in(p, history[p.id]) for p in procurations},
        email_forms={p.id: _email_form(p, wrong or {}) for p in procurations if perimeter.awaits_a_visit(p, now())},
        today_of=_today,
        erased_on=own_data.erased_on,
        unserved=majority.unserved_each(procurations, now()),
        undelivered=undelivered.of_each(procurations),
        already={p.id: holdings.in_the_way_of(p, procurations, _today(p)) for p in procurations},
        successors={former.id: p for p in procurations if p.can_be_withdrawn for former in p.replaced},
    )


def _successor(former: Procuration, own: list[Procuration]) -> Procuration | None:
    """Whose establishment revoked it, in the same act."""
    at = former.closed_at
    return next((p for p in own if at is not None and p.established_at == at and former in p.replaced), None)


def _email_form(procuration: Procuration, wrong: dict[int, EmailForm]) -> EmailForm:
    """One form a procuration on one page: the same name, an id of its own."""
    form = wrong.get(procuration.id) or EmailForm(data={"email": procuration.email})
    form.email.id = f"email-{procuration.reference}"
    return form


def mail_windows() -> MailWindows:
    """How long ago this elector's demandes and corrections count."""
    config: Config = current_app.extensions["procurations"]
    return config.mail_windows


def _today(procuration: Procuration) -> date:
    return procuration.commune.local_day(now())
