"""An agent's own account: the communes offered to it, the browsers where it is open, and its password."""

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.account.password import ChangeForm
from app.attempts import attempt_succeeded, count_attempt
from app.dates import now
from app.login import current_session, sign_in, to_sign_in
from models import account_news, agent_identity, agent_session, desk_offer, journal, second_factor
from models.account import Account, authenticate
from models.account_news import Change
from models.agent_session import AgentSession
from models.base import db
from models.errors import Unknown
from models.journal import Action

P = ParamSpec("P")
blueprint = Blueprint("own_account", __name__, url_prefix="/agents/compte")
SESSION_ID = re.compile(r"[0-9]{1,9}")
ACCEPTED = "acceptée, vous traitez aussi ses procurations"
WRONG = "ce n'est pas votre mot de passe actuel"


def of_an_agent(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Nobody else reaches this page: they sign in first."""

    @wraps(view)
    def guarded(*arguments: P.args, **options: P.kwargs) -> ResponseReturnValue:
        return view(*arguments, **options) if current_session() else to_sign_in()

    return guarded


@blueprint.get("")
@of_an_agent
def show() -> ResponseReturnValue:
    """Who is signed in, and where else."""
    return _page(ChangeForm())


@blueprint.post("/commune")
@of_an_agent
def answer_offer() -> ResponseReturnValue:
    """Work for a commune that its manager offers, or not: `code`, and `answer`, which is yes to one word alone."""
    is_yes = request.form.get("answer") == "accept"
    answer = desk_offer.accept if is_yes else desk_offer.decline
    commune = answer(request.form.get("code", ""), account=_account(), now=now())
    db.session.commit()
    flash(f"{commune.name} : {ACCEPTED if is_yes else 'refusée'}.")
    return redirect(url_for("own_account.show"), 303)


@blueprint.get("/session")
@of_an_agent
def keep_session() -> ResponseReturnValue:
    """A page like any other, which starts the hour again; opened beside a form that takes long to fill."""
    opened, instant = here(), now()
    ends_at = min(instant + agent_session.IDLE, opened.opened_at + agent_session.WHOLE)
    is_last_hour = ends_at < instant + agent_session.IDLE
    return render_template("account/session_kept.html", ends_at=ends_at, is_last_hour=is_last_hour, zone=_zone())


@blueprint.post("/session")
@of_an_agent
def end_session() -> ResponseReturnValue:
    """End one's session of another browser, named by its `id`."""
    given = request.form.get("id", "")
    if not SESSION_ID.fullmatch(given):
        raise Unknown
    agent_session.end_one(int(given), _account())
    return _ended("Session fermée.")


@blueprint.post("/sessions")
@of_an_agent
def end_other_sessions() -> ResponseReturnValue:
    """End all of one's sessions but this one."""
    agent_session.end_others(here())
    return _ended("Vos autres sessions sont fermées.")


@blueprint.post("/mot-de-passe")
@of_an_agent
def change_password() -> ResponseReturnValue:
    """Another password: every other session of the account ends, this one goes on."""
    form, account = ChangeForm(request.form), _account()
    suits = form.suits(account)
    if form.present.data:
        count_attempt(account.email)
        if authenticate(account.email, form.present.data) is None:
            form.present.errors, suits = [WRONG], False
    if not suits:
        return _page(form), 422
    attempt_succeeded(account.email)
    account.set_password(form.password.data)
    journal.record(Action.PASSWORD_CHANGED, now=now(), account=account)
    account_news.tell(Change.PASSWORD_CHANGED, account, now=now())
    sign_in(account, here().factor)
    db.session.commit()
    flash("Mot de passe changé. Vos autres sessions sont fermées.")
    return redirect(url_for("own_account.show"), 303)


def _ended(said: str) -> ResponseReturnValue:
    journal.record(Action.SESSIONS_ENDED, now=now(), account=_account())
    db.session.commit()
    flash(said)
    return redirect(url_for("own_account.show"), 303)


def _page(form: ChangeForm) -> str:
    sessions = agent_session.of(_account(), now())
    standing = second_factor.standing(_account())
    identity = agent_identity.of(_account())
    return render_template(
        "account/own.html",
        form=form,
        offers=desk_offer.made_to(_account(), now()),
        sessions=sessions,
        here=here(),
        zone=_zone(),
        standing=standing,
        identity=identity,
    )


def here() -> AgentSession:
    """The session of this request, behind `of_an_agent`."""
    return current_session() or abort(403)


def _account() -> Account:
    return here().account


def _zone() -> ZoneInfo:
    """The clock of the desk: its station's, or its first commune's."""
    return ZoneInfo(_account().time_zone)
