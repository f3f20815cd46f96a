"""The second step of a sign-in: the password was right, and a code is asked.

Until then the browser's signed cookie says who would sign in, for five minutes, and opens nothing else.
"""

from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.attempts import code_succeeded, count_code, retry_after, wait_in_words
from app.dates import now
from app.forms import FrenchForm, required
from app.login import current_account, key_site, sign_in, totp_keys
from models import journal, recovery_code, second_factor
from models.account import Account
from models.agent_session import Factor
from models.base import db
from models.errors import CodeRefused, TooMany
from models.journal import Action

blueprint = Blueprint("second_step", __name__, url_prefix="/agents/connexion/code")
LASTS = timedelta(minutes=5)
HALF = "half_signed"
KEPT = "wanted"
NO_ANSWER = (
    "la clé n'a pas répondu : recommencez, ou écrivez un code. Sans JavaScript, une clé ne peut pas servir : prenez un "
    "code de secours"
)
WRONG = (
    "ce code ne convient pas, ou il a déjà servi : attendez le suivant de votre application, ou prenez un autre code "
    "de secours"
)


class CodeForm(FrenchForm):
    """Six digits of an application, or one of the codes kept on paper."""

    code = StringField("Code", [required("écrivez le code à six chiffres, ou un code de secours")])


def begin(account: Account) -> None:
    """The password was right: keep for a while who would sign in, and the page that a link asked for."""
    wanted = session.get(KEPT)
    session.clear()
    session[HALF] = [account.id, account.password_mark, now().timestamp()]
    if wanted:
        session[KEPT] = wanted


@blueprint.post("/cle")
def challenge() -> ResponseReturnValue:
    """What one of the account's keys has to sign, for the script."""
    account = _account()
    if account is None:
        return _over()
    from models import key_dialogue

    options = key_dialogue.ask_to_use(account, key_site(), now())
    db.session.commit()
    return Response(options, mimetype="application/json")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The form, while the password is fresh."""
    if current_account():
        return redirect(url_for("admin.index"))
    return _page(CodeForm()) if _account() else _over()


def act() -> ResponseReturnValue:
    """Sign in by the code, or by what a key answered; leads to where the password alone leads elsewhere."""
    account, form = _account(), CodeForm(request.form)
    if account is None:
        return _over()
    by_key = "answer" in request.form
    if not by_key and not form.validate():
        return _page(form), 422
    try:
        count_code(account)
        factor = _by_key(account) if by_key else _by_code(account, form)
    except TooMany as error:
        form.code.errors = [wait_in_words(error)]
        return _page(form), 429, retry_after(error)
    except CodeRefused:
        journal.record(Action.SIGN_IN_FAILED, now=now(), account=account, detail="key" if by_key else "code")
        db.session.commit()
        form.code.errors = [NO_ANSWER if by_key else WRONG]
        return _page(form), 422
    return _signed_in(account, factor)


def _by_code(account: Account, form: CodeForm) -> Factor:
    return second_factor.take(account, form.code.data, keys=totp_keys(), now=now())


def _by_key(account: Account) -> Factor:
    from models import key_dialogue

    key_dialogue.take(account, request.form["answer"], site=key_site(), now=now())
    return Factor.KEY


def _signed_in(account: Account, factor: Factor) -> ResponseReturnValue:
    code_succeeded(account)
    address = sign_in(account, factor)
    journal.record(Action.SIGNED_IN, now=now(), account=account, detail=factor)
    if factor is Factor.RECOVERY:
        flash(_how_many(recovery_code.left(account)))
    db.session.commit()
    return redirect(address, 303)


def _account() -> Account | None:
    """Who gave the right password here less than five minutes ago, unless it changed or the account was suspended."""
    key, mark, at = session.get(HALF) or (0, "", 0.0)
    if not now().timestamp() - at < LASTS.total_seconds():
        return None
    account = db.session.get(Account, key)
    is_good = account is not None and account.password_mark == mark and account.suspended_at is None
    return account if is_good else None


def _page(form: CodeForm) -> str:
    until = datetime.fromtimestamp(session[HALF][2], now().tzinfo) + LASTS
    account, config = _account(), current_app.extensions["procurations"]
    has = second_factor.standing(account) if account else None
    return render_template("account/code.html", form=form, until=until, has=has, takes_keys=config.key_host)


def _over() -> ResponseReturnValue:
    session.pop(HALF, None)
    flash("Plus de cinq minutes ont passé depuis le mot de passe : recommencez, rien n'est perdu.", "warning")
    return redirect(url_for("account.sign_in"), 303)


def _how_many(left: int) -> str:
    if left == 0:
        return "C'était votre dernier code de secours : demandez-en d'autres à la page « Mon compte »."
    return f"Ce code de secours ne sert plus. Il vous en reste {left}."
