"""An agent's security keys: registered by the browser, named, removed."""

import re

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import Length

from app.account.own import here, of_an_agent
from app.account.second_factor import added, changed, sign_in_again
from app.attempts import count_code, retry_after, wait_in_words
from app.config import Config
from app.dates import now
from app.forms import FrenchForm, required
from app.login import key_site, totp_keys
from app.proof import proved
from models import second_factor
from models.base import db
from models.errors import AlreadyHandled, CodeRefused, NotAllowed, TooMany, Unknown
from models.security_key import LONGEST_NAME

blueprint = Blueprint("keys", __name__, url_prefix="/agents/compte/cles")
KEY_ID = re.compile(r"[0-9]{1,9}")
UNANSWERED = (
    "la clé n'a pas répondu : recommencez, et touchez-la quand elle clignote. Si JavaScript est bloqué dans votre "
    "navigateur, prenez une application de codes"
)
KNOWN = "cette clé est déjà enregistrée"


class KeyForm(FrenchForm):
    """How its owner calls it, and what the key answered, which a script puts there."""

    name = StringField(
        "Nom de la clé",
        [required("donnez-lui un nom, pour la reconnaître"), Length(max=LONGEST_NAME, message="60 caractères au plus")],
    )
    answer = HiddenField(filters=())


@blueprint.get("")
@of_an_agent
def show() -> ResponseReturnValue:
    """How to register one."""
    if here().factor is None and second_factor.is_set_up(here().account):
        return sign_in_again()
    return _page(KeyForm(data={"name": "Ma clé de sécurité"}))


@blueprint.post("/defi")
@of_an_agent
def challenge() -> ResponseReturnValue:
    """What a key has to sign, for the script. Raises Unknown: the service has no name that keys can be bound to."""
    from models import key_dialogue

    options = key_dialogue.ask_to_add(here().account, key_site(), now())
    db.session.commit()
    return Response(options, mimetype="application/json")


@blueprint.post("")
@of_an_agent
@proved
def add() -> ResponseReturnValue:
    """Keep the key that answered; the account's other sessions end."""
    form, account = KeyForm(request.form), here().account
    if not form.validate():
        return _page(form), 422
    try:
        count_code(account)
        codes = second_factor.add_key(
            here(), form.name.data, form.answer.data or "", site=key_site(), keys=totp_keys(), now=now()
        )
    except TooMany as error:
        form.form_errors = [wait_in_words(error)]
        return _page(form), 429, retry_after(error)
    except (CodeRefused, AlreadyHandled) as error:
        db.session.rollback()
        form.form_errors = [KNOWN if isinstance(error, AlreadyHandled) else UNANSWERED]
        return _page(form), 422
    except NotAllowed:
        db.session.rollback()
        return sign_in_again()
    return added("Clé de sécurité enregistrée.", account, codes)


@blueprint.post("/retirer")
@of_an_agent
@proved
def remove() -> ResponseReturnValue:
    """One of one's own, named by its `id`; never the last factor, where one is demanded."""
    given = request.form.get("id", "")
    if not KEY_ID.fullmatch(given):
        raise Unknown
    config: Config = current_app.extensions["procurations"]
    try:
        second_factor.remove_key(here(), int(given), may_be_last=not config.demands_second_factor, now=now())
    except AlreadyHandled as error:
        raise Unknown from error
    return changed("Clé de sécurité retirée.")


def _page(form: KeyForm) -> str:
    config: Config = current_app.extensions["procurations"]
    form.answer.data = ""
    return render_template("account/key.html", form=form, host=config.key_host)
