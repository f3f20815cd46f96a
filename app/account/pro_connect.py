"""Agents' sign-in with ProConnect: it vouches for the person and for two factors, we know which account is theirs.

An account is tied when its invitation is accepted, or from inside it: an e-mail address alone opens nothing.
"""

from secrets import token_urlsafe
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue

from app import provider
from app.account.invitation import over
from app.account.own import here, of_an_agent
from app.config import Config
from app.dates import now
from app.departure import SECRET_BYTES
from app.login import current_account, current_session, sign_in
from app.proof import not_proved, proved
from app.sign_in_failures import SignInFailed, Stale, TooWeak
from models import agent_identity, invitation, journal
from models.account import Account
from models.agent_session import AgentSession, Factor
from models.base import db
from models.errors import IdentityTaken, Unknown
from models.journal import Action

if TYPE_CHECKING:
    from app.openid import Person

PRO_CONNECT = "pro_connect"
INVITATION, ACCOUNT, PROOF = "invitation", "account", "proof"
blueprint = Blueprint("pro_connect", __name__, url_prefix="/agents")


class NotLinked(SignInFailed):
    """Right, but no account of ours is tied to this person."""

    page, status = "not_linked", 403


class Taken(SignInFailed):
    """This person opens another account already."""

    page, status = "taken", 409


def init_pro_connect(app: Flask, config: Config) -> None:
    """Mount it; where no provider is configured its pages do not exist, and none leads to them."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["has_pro_connect"] = config.pro_connect is not None
    if config.pro_connect:
        door = f"{config.public_url}/agents"
        provider.init_party(app, PRO_CONNECT, config.pro_connect, f"{door}/proconnect/retour", f"{door}/connexion")


@blueprint.before_request
def only_where_configured() -> None:
    """Raises 404 elsewhere."""
    if PRO_CONNECT not in current_app.extensions:
        abort(404)


@blueprint.get("/proconnect")
def leave() -> ResponseReturnValue:
    """Leave for ProConnect; who is signed in goes on."""
    return redirect(url_for("admin.index")) if current_account() else provider.leave(PRO_CONNECT)


@blueprint.get("/invitation/<token>/proconnect")
def leave_with_invitation(token: str) -> ResponseReturnValue:
    """Leave, to accept this invitation at the return, while it is good."""
    try:
        invitation.find(token, now())
    except Unknown:
        return over()
    return provider.leave(PRO_CONNECT, errand={INVITATION: token})


@blueprint.get("/compte/proconnect/preuve")
@of_an_agent
def leave_to_prove() -> ResponseReturnValue:
    """Leave, to show again who sits there: who has no password, before what could harm many (app/proof.py)."""
    return provider.leave(PRO_CONNECT, errand={PROOF: str(here().account_id)}, prompt="login")


@blueprint.post("/compte/proconnect")
@of_an_agent
@proved
def leave_to_link() -> ResponseReturnValue:
    """Leave, to tie one's own account at the return."""
    return provider.leave(PRO_CONNECT, errand={ACCOUNT: str(here().account_id)})


@blueprint.post("/compte/proconnect/delier")
@of_an_agent
@proved
def unlink() -> ResponseReturnValue:
    """The password alone opens the account again. Raises Unknown, NotAllowed."""
    agent_identity.unlink(here().account, now=now())
    db.session.commit()
    flash("ProConnect n'ouvre plus votre compte.")
    return redirect(url_for("own_account.show"), 303)


@blueprint.get("/proconnect/retour")
def come_back() -> ResponseReturnValue:
    """Back from ProConnect: tie what was to be tied, and open the session of the account that is this person's."""
    departure = provider.departure_answered()
    person = provider.person_at_return(PRO_CONNECT, departure)
    if ACCOUNT in (departure.errand or {}):
        return _linked(person, departure.errand[ACCOUNT])
    if PROOF in (departure.errand or {}):
        return _proved(person, departure.errand[PROOF])
    if INVITATION in (departure.errand or {}):
        return _accepted(person, departure.errand[INVITATION])
    return _opened(_account_of(person), person)


@blueprint.errorhandler(SignInFailed)
def sign_in_failed(failure: SignInFailed) -> ResponseReturnValue:
    """The log gets the kinds of error only: their messages may quote what the provider said of the person."""
    current_app.logger.warning("agent's sign-in failed: %s, %s", failure.page, type(failure.__cause__).__name__)
    page = "too_weak" if isinstance(failure, TooWeak) else failure.page
    return render_template("account/pro_connect_failed.html", page=page), failure.status


@blueprint.errorhandler(IdentityTaken)
def identity_taken(error: IdentityTaken) -> ResponseReturnValue:
    """Nothing was tied, and an invitation stays good."""
    db.session.rollback()
    return sign_in_failed(Taken())


def address_after_sign_out(id_token: str | None) -> str:
    """Where the provider ends its own session too; our sign-in page for who came with a password, or when it fails."""
    here_again = url_for("account.sign_in")
    if id_token is None or PRO_CONNECT not in current_app.extensions:
        return here_again
    try:
        return provider.party(PRO_CONNECT).sign_out_url(id_token, token_urlsafe(SECRET_BYTES))
    except SignInFailed:
        return here_again


def _linked(person: "Person", account_id: str) -> ResponseReturnValue:
    """Tie the account of this session, the same as at the departure. Raises Stale, IdentityTaken."""
    agent_identity.link(_same(account_id).account, person.issuer, person.subject, now=now())
    db.session.commit()
    flash("ProConnect ouvre désormais votre compte.")
    return redirect(url_for("own_account.show"), 303)


def _proved(person: "Person", account_id: str) -> ResponseReturnValue:
    """The agent of this session is there. Raises Stale; NotLinked, once written down as the account's refused act."""
    opened = _same(account_id)
    if agent_identity.account_of(person.issuer, person.subject) != opened.account:
        not_proved(opened.account)
        raise NotLinked
    opened.proved_at = now()
    db.session.commit()
    return render_template("account/proved.html")


def _same(account_id: str) -> AgentSession:
    """This browser's session, of the same account as at the departure. Raises Stale."""
    opened = current_session()
    if opened is None or str(opened.account_id) != account_id:
        raise Stale
    return db.session.get_one(AgentSession, opened.id)


def _account_of(person: "Person") -> Account:
    """Whose person this is. Raises NotLinked, and the attempt is written down."""
    account = agent_identity.account_of(person.issuer, person.subject)
    if account is None:
        journal.record(Action.SIGN_IN_FAILED, now=now(), detail=PRO_CONNECT)
        db.session.commit()
        raise NotLinked
    return account


def _accepted(person: "Person", token: str) -> ResponseReturnValue:
    """Tie the account of the invitation, and open it; a link that served meanwhile says so. Raises IdentityTaken."""
    try:
        account = invitation.accept_with(token, person.issuer, person.subject, now=now())
    except Unknown:
        db.session.rollback()
        return over()
    return _opened(account, person)


def _opened(account: Account, person: "Person") -> ResponseReturnValue:
    address = sign_in(account, Factor.PROVIDER)
    session["id_token"] = person.id_token
    journal.record(Action.SIGNED_IN, now=now(), account=account, detail=PRO_CONNECT)
    db.session.commit()
    return redirect(address, 303)
