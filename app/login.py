"""The agent behind a request (Flask-Login); the elector's session is another matter (app/elector/session.py)."""

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from models.account import Account, Role, account_commune
from models.base import db
from models.territory import Commune

DESKS = "/admin/"
LINKED = {"town_hall.details_view", "late.index"}
"""The pages that a mail to a town hall leads to, opened after the sign-in."""
manager = LoginManager()


class Agent(UserMixin):
    """What Flask-Login wants to know of an account, kept out of the domain."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def get_id(self) -> str:
        return f"{self.account.id}.{self.account.password_mark}"


def init_login(app: Flask) -> None:
    """Load the agent from the session; anonymous visitors go to the agents' sign-in page."""
    app.before_request(sign_in_first)
    manager.init_app(app)
    manager.user_loader(_load)
    manager.unauthorized_handler(to_sign_in)
    app.context_processor(lambda: {"agent": current_account()})


def sign_in(account: Account) -> str:
    """Open the agent's session, with nothing of a former one in it; the address to go on to."""
    wanted = session.get("wanted") if account.role is Role.TOWN_HALL else None
    session.clear()
    session.permanent = True
    login_user(Agent(account))
    return wanted or url_for("admin.index")


def sign_out() -> None:
    """End the agent's session; the elector's, in the other cookie, stays."""
    logout_user()
    session.clear()


def current_account() -> Account | None:
    """The agent's account, or None for everybody else."""
    return current_user.account if current_user.is_authenticated else None


def sign_in_first() -> ResponseReturnValue | None:
    """Who is nobody signs in before anything of a post is looked at, its token included."""
    is_desk = request.endpoint is not None and request.path.startswith(DESKS)
    return to_sign_in() if is_desk and current_account() is None else None


def to_sign_in() -> ResponseReturnValue:
    """The agents' sign-in. A page of LINKED is remembered with its number, and nothing else of its address."""
    if request.method == "GET" and request.endpoint in LINKED:
        key = request.args.get("id", type=int)
        session["wanted"] = url_for(request.endpoint, **({} if key is None else {"id": key}))
    return redirect(url_for("account.sign_in"))


def _load(identifier: str) -> Agent | None:
    """The agent of a session, unless the account was suspended, or its password changed, since it began.

    In one query, with what its desk asks at each page: an officer has habilitations, a clerk communes, nobody both. The
    joins are written flat: of the nested ones of a joinedload, SQLite reads every clerk's communes.
    """
    number, _, mark = identifier.partition(".")
    own = (
        select(Account)
        .outerjoin(account_commune, account_commune.c.account_id == Account.id)
        .outerjoin(Commune, Commune.code == account_commune.c.commune_code)
        .where(Account.id == int(number))
        .options(joinedload(Account.habilitations), contains_eager(Account.communes))
        .order_by(Commune.name)
    )
    account = db.session.scalars(own).unique().one_or_none()
    if account is None or account.suspended_at is not None or account.password_mark != mark:
        return None
    return Agent(account)
