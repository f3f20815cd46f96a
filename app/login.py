"""The agent behind a request (Flask-Login); the elector's session is another matter (app/elector/session.py)."""

from datetime import datetime

from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.orm.attributes import set_committed_value

from app.config import Config
from app.dates import now
from models import agent_session
from models.account import Account, Role
from models.agent_session import AgentSession, Factor
from models.base import db
from models.errors import Unknown
from models.security_key import Site
from models.totp import Keys

DESKS = "/admin/"
LINKED = {"town_hall.details_view", "late.index"}
"""The pages that a mail to a town hall leads to, opened after the sign-in."""
ENROLMENT = {
    *("second_factor.enrol", "second_factor.confirm"),
    *("keys.show", "keys.challenge", "keys.add"),
    "account.sign_out",
}
"""All that an agent without a second factor reaches, where one is demanded."""
manager = LoginManager()


class Agent(UserMixin):
    """What Flask-Login wants to know of a session, kept out of the domain."""

    def __init__(self, token: str, opened: AgentSession) -> None:
        self.token = token
        self.opened = opened

    def get_id(self) -> str:
        return self.token


def init_login(app: Flask, config: Config) -> None:
    """Load the agent from the session; anonymous visitors go to the agents' sign-in page."""
    app.before_request(sign_in_first)
    if config.demands_second_factor:
        app.before_request(enrol_first)
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(_load)
    manager.unauthorized_handler(to_sign_in)
    app.context_processor(lambda: {"agent": current_account(), "agent_session": current_session()})
    app.jinja_env.globals["demands_second_factor"] = config.demands_second_factor


def sign_in(account: Account, factor: Factor | None) -> str:
    """Open the agent's session, with nothing of a former one in it; the address to go on to."""
    wanted = session.get("wanted") if account.role is Role.TOWN_HALL else None
    sign_out()
    session.permanent = True
    login_user(Agent(*agent_session.begin(account, now(), factor)))
    return wanted or url_for("admin.index")


def sign_out() -> None:
    """End the agent's session, here and, once the caller commits, in the database; the elector's stays."""
    if opened := current_session():
        agent_session.end(opened)
    logout_user()
    session.clear()


def current_account() -> Account | None:
    """The agent's account, or None for everybody else."""
    opened = current_session()
    return opened.account if opened else None


def current_session() -> AgentSession | None:
    """The agent's session, or None for everybody else."""
    user = current_user._get_current_object()
    return user.opened if user.is_authenticated else None


def totp_keys() -> Keys:
    """What the secrets of second factors are encrypted with, and were before."""
    config: Config = current_app.extensions["procurations"]
    return (config.totp_key, *config.totp_key_fallbacks)


def key_site() -> Site:
    """What security keys are bound to. Raises Unknown: the service has no name, only an address in digits."""
    config: Config = current_app.extensions["procurations"]
    if config.key_host is None:
        raise Unknown
    return Site(config.key_host, config.public_url)


def sign_in_first() -> ResponseReturnValue | None:
    """Who is nobody signs in before anything of a post is looked at, its token included."""
    is_desk = request.endpoint is not None and request.path.startswith(DESKS)
    return to_sign_in() if is_desk and current_account() is None else None


def enrol_first() -> ResponseReturnValue | None:
    """Where a second factor is demanded, who has none sets one up before anything else."""
    opened = current_session()
    has_none = opened is not None and opened.factor is None
    return redirect(url_for("second_factor.enrol")) if has_none and request.endpoint not in ENROLMENT else None


def to_sign_in() -> ResponseReturnValue:
    """The agents' sign-in. A page of LINKED is remembered with its number, and nothing else of its address."""
    if request.method == "GET" and request.endpoint in LINKED:
        key = request.args.get("id", type=int)
        session["wanted"] = url_for(request.endpoint, **({} if key is None else {"id": key}))
    return redirect(url_for("account.sign_in"))


def _load(token: str) -> Agent | None:
    """The agent of a session that is still good; this visit is written down when the last one is old."""
    instant = now()
    opened = agent_session.find(token, instant)
    if opened is None:
        return None
    if agent_session.is_to_be_seen(opened, instant):
        _see(opened, instant)
    return Agent(token, opened)


def _see(opened: AgentSession, instant: datetime) -> None:
    """In a transaction of its own: the page's has not begun to write."""
    with db.engine.begin() as connection:
        connection.execute(agent_session.seen(opened, instant))
    set_committed_value(opened, "seen_at", instant)
