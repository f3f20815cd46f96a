"""Choosing a password: the same fields and refusals for an invitation and for a change."""

from flask import Flask
from wtforms import PasswordField
from wtforms.validators import EqualTo

from app.forms import FrenchForm, required
from models.account import Account
from models.password import LONGEST, SHORTEST, Weakness, weakness

HINT = f"{SHORTEST} caractères au moins\u00a0; quatre mots sans rapport entre eux, par exemple"
SENTENCES = {
    Weakness.TOO_SHORT: f"écrivez {SHORTEST} caractères au moins",
    Weakness.TOO_LONG: f"écrivez {LONGEST} caractères au plus",
    Weakness.GUESSABLE: "ce mot de passe se devine : évitez les noms, les dates, les suites de touches",
}
DIFFERS = "écrivez deux fois le même mot de passe"


class Known(FrenchForm):
    """What only who knows the present password can give; asked first."""

    present = PasswordField("Mot de passe actuel", [required("écrivez votre mot de passe actuel")], filters=())


class PasswordForm(FrenchForm):
    """A new password of one's own, twice."""

    password = PasswordField("Nouveau mot de passe", [required(SENTENCES[Weakness.TOO_SHORT])], filters=())
    again = PasswordField("Le même, une seconde fois", [EqualTo("password", DIFFERS)], filters=())

    def suits(self, account: Account) -> bool:
        """Whether it may be this account's; the field says why not."""
        if not self.validate():
            return False
        if weak := weakness(self.password.data, account.known_words):
            self.password.errors = [SENTENCES[weak]]
        return weak is None


class ChangeForm(Known, PasswordForm):
    """The same, by who knows the present one."""


def init_password(app: Flask) -> None:
    """Give the templates the hint that goes with the field."""
    app.jinja_env.globals["password_hint"] = HINT
