"""Acts that could harm many: done by who has shown within ten minutes to be the agent, at the sign-in or here.

Who has left a desk open has not left these. What was posted too late comes back on a page that asks the password,
carried whole; then the act is done, and nothing is typed twice.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField

from app.attempts import code_succeeded, count_code, retry_after, wait_in_words
from app.dates import now
from app.forms import FrenchForm, required
from app.login import current_session, totp_keys
from models import journal, second_factor
from models.account import Account, authenticate
from models.agent_session import AgentSession
from models.base import db
from models.errors import CodeRefused, TooMany
from models.journal import Action

P = ParamSpec("P")
NOT_CARRIED = {"csrf_token", "proof"}
WRONG = "ce n'est pas votre mot de passe, ni le code du moment"


class ProofForm(FrenchForm):
    """The password, or the code that the application shows now."""

    proof = PasswordField("Mot de passe, ou code à six chiffres", [required("écrivez votre mot de passe")], filters=())


def proved(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """What this view is posted is done after a fresh proof only. It takes no file, which a page cannot carry."""

    @wraps(view)
    def guarded(*arguments: P.args, **options: P.kwargs) -> ResponseReturnValue:
        opened, asked = current_session(), None
        if request.method == "POST" and opened and not opened.is_proved(now()):
            asked = _ask(opened)
        return view(*arguments, **options) if asked is None else asked

    return guarded


def not_proved(account: Account) -> None:
    """Leave in the journal, for good, that somebody else may sit at the desk of this agent."""
    journal.record(Action.DENIED, now=now(), account=account, detail="not proved")
    db.session.commit()


def _ask(opened: AgentSession) -> ResponseReturnValue | None:
    """The page that asks, unless what it asks is there and right."""
    if "proof" not in request.form:
        return _page(ProofForm())
    form = ProofForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        count_code(opened.account)
    except TooMany as error:
        form.proof.errors = [wait_in_words(error)]
        return _page(form), 429, retry_after(error)
    if not _is_right(form.proof.data, opened.account):
        not_proved(opened.account)
        form.proof.errors = [WRONG]
        return _page(form), 422
    code_succeeded(opened.account)
    opened.proved_at = now()
    db.session.commit()
    return None


def _is_right(typed: str, account: Account) -> bool:
    if authenticate(account.email, typed) is not None:
        return True
    try:
        second_factor.take_application(account, typed, keys=totp_keys(), now=now())
    except CodeRefused:
        return False
    return True


def _page(form: ProofForm) -> str:
    carried = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_CARRIED]
    address = request.full_path if request.query_string else request.path
    return render_template("account/prove.html", form=form, carried=carried, address=address)
