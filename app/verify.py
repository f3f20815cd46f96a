"""Whether a receipt is true: the public page, the public key, the command. No procuration is looked up (E19)."""

from pathlib import Path
from typing import NamedTuple

import click
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Blueprint, Flask, render_template, request
from flask.cli import with_appcontext
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField
from wtforms.validators import Length

from app.database import CannotRun
from app.dates import DESK_ZONE
from app.forms import FrenchForm, required
from app.receipt import public_key
from models import seal
from models.errors import Forged
from models.seal import Seal

FIRST_WORDS = "Récépissé n°"
MOST_TYPED = 4_000
UNTRUE = (
    "ce code n'est pas d'un récépissé de ce service, ou un de ses caractères a changé : recopiez-le en majuscules, "
    "sans rien après"
)
PEM = {"Content-Type": "text/plain; charset=utf-8"}

blueprint = Blueprint("verify", __name__, url_prefix="/verifier")


class VerifyForm(FrenchForm):
    """What was read from a receipt."""

    code = TextAreaField(
        "Code du récépissé",
        [
            required("collez le code écrit à côté du carré, ou lisez ce carré avec un téléphone"),
            Length(max=MOST_TYPED, message="ce texte est trop long : collez le récépissé seul"),
        ],
    )


class Verified(NamedTuple):
    """What a true code says; `covers_text` is None when no text came with it."""

    seal: Seal
    covers_text: bool | None


def init_verify(app: Flask) -> None:
    """Open the pages and add the command."""
    app.register_blueprint(blueprint)
    app.cli.add_command(verify_receipt)


def verify(given: str) -> Verified:
    """Check a code, and the text above it when the receipt is given whole. Raises Forged.

    The text begins with the first line of every receipt: a title copied with it does not count.
    """
    above, mark, rest = given.partition(seal.MARK)
    read = seal.read(mark + rest, public_key())
    _, first, facts = above.partition(FIRST_WORDS)
    text = first + facts if first else above
    return Verified(read, read.covers(text) if text.strip() else None)


@blueprint.get("")
def form() -> str:
    """The field for a code."""
    return render_template("verify/form.html", form=VerifyForm())


@blueprint.post("")
def check() -> ResponseReturnValue:
    """What the code says, or why it is not to be trusted."""
    form = VerifyForm(request.form)
    if not form.validate():
        return render_template("verify/form.html", form=form), 422
    try:
        verified = verify(form.code.data)
    except Forged:
        return _refused(form, UNTRUE)
    if verified.covers_text is False:
        return _refused(form, "le code est vrai, mais ce texte n'est pas celui qui a été signé avec lui")
    return render_template("verify/result.html", verified=verified, zone=DESK_ZONE)


@blueprint.get("/cle")
def key() -> ResponseReturnValue:
    """The public key, for whoever checks codes by themselves."""
    pem = public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode(), PEM


@click.command("verify-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@with_appcontext
def verify_receipt(file: Path) -> None:
    """Check FILE: the code of a receipt, alone or under the receipt's text."""
    try:
        verified = verify(file.read_text(encoding="utf-8"))
    except Forged as forged:
        raise click.ClickException("no code of this service, or one that was changed") from forged
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRun(f"the file cannot be read: {type(error).__name__}") from error
    if verified.covers_text is False:
        raise click.ClickException("the code is authentic, and was not signed with this text")
    covered = "the code and the text" if verified.covers_text else "the code, without a text"
    click.echo(f"authentic: {covered}; receipt {verified.seal.number}, act of {verified.seal.at:%Y-%m-%dT%H:%M:%SZ}")


def _refused(form: VerifyForm, why: str) -> ResponseReturnValue:
    form.code.errors = [why]
    return render_template("verify/form.html", form=form), 422
