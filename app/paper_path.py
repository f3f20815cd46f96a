"""Sheets to print for the paper path (R72, R75 I): filled with what a person types, or blank.

What is typed is kept nowhere, neither in the database nor in the journal nor in an address: the sheet is the answer to
the post. It is no act, so that answer is 200.
"""

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue
from wtforms.fields.choices import SelectChoice

from app.dates import DESK_ZONE, now
from app.forms import ChoiceField
from app.given_on_paper import EXPLANATIONS, GivenOnPaper, OfAnyCommune
from models import paper, scrutin
from models.errors import Reason

LARGE = "large"
LABELS = {
    "commune": "Commune où vous votez",
    "mandant_birth_name": "Votre nom de naissance",
    "mandant_first_names": "Tous vos prénoms",
    "mandant_sex": "Votre sexe",
    "mandant_birth_date": "Votre date de naissance",
    "mandant_nne": "Votre numéro d'électeur (facultatif ici)",
    "mandataire_birth_name": "Son nom de naissance",
    "mandataire_first_names": "Tous ses prénoms",
    "mandataire_sex": "Son sexe",
    "mandataire_birth_date": "Sa date de naissance",
    "mandataire_nne": "Son numéro d'électeur (facultatif ici)",
    "mandataire_commune": "Commune où cette personne vote (facultatif)",
}

blueprint = Blueprint("paper_path", __name__, url_prefix="/papier")


class SheetForm(OfAnyCommune, GivenOnPaper):
    """The same questions as at a counter, put to the mandant alone; what is left out is left to the pen."""

    explanations = EXPLANATIONS | {
        Reason.MANDANT_EST_MANDATAIRE: ("mandataire_birth_name", "indiquez une autre personne que vous"),
        Reason.MANDANT_MINEUR: ("mandant_birth_date", "vous devez avoir 18 ans le jour du vote"),
        Reason.MANDATAIRE_DROITS: ("mandataire_birth_date", "cette personne doit avoir 18 ans le jour du vote"),
        Reason.SCRUTIN_INCONNU: ("day_1", "votre commune ne vote pas ce jour-là"),
        Reason.VALIDITE_TROP_LONGUE: (
            "valid_until",
            "choisissez une date plus proche : un an au plus, ou trois ans sur une liste consulaire",
        ),
    }
    size = ChoiceField(
        "Taille des caractères",
        choices=[SelectChoice("normal", "Ordinaires"), SelectChoice(LARGE, "Grands, plus faciles à lire")],
        default="normal",
    )

    def __init__(self, posted: object = None) -> None:
        super().__init__(posted)
        for name, text in LABELS.items():
            self[name].label.text = text

    def read(self) -> paper.Said | None:
        """What these answers say, or None with each error at its field."""
        self.validate()
        self.check_validity()
        if self.errors or self.commune.commune is None:
            return None
        said = paper.Said(commune=self.commune.commune, **self.said())
        reasons = paper.reasons_against_said(said, now=now())
        self.explain(reasons, said)
        return None if reasons else said


def init_paper_path(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/feuille")
def form() -> str:
    """The questions; nobody signs in."""
    return _show(SheetForm())


@blueprint.post("/feuille")
def sheet() -> ResponseReturnValue:
    """The sheet that the answers fill; or with `correct` the questions again, answered."""
    form = SheetForm(request.form)
    if "correct" in request.form:
        return _show(form)
    said = form.read()
    if said is None:
        return _show(form), 422
    return render_template(
        "pages/sheet.html",
        said=said,
        form=form,
        votes=scrutin.votes_on(said.commune, said.days),
        today=said.commune.local_day(now()),
        is_large=form.size.data == LARGE,
    )


@blueprint.get("/feuille-vierge")
def blank() -> str:
    """The same sheet, to be filled by hand; with `?size=large` in large print."""
    return render_template(
        "pages/sheet.html",
        said=None,
        today=now().astimezone(DESK_ZONE).date(),
        is_large=request.args.get("size") == LARGE,
    )


def _show(form: SheetForm) -> str:
    return render_template("pages/sheet_form.html", form=form, votes=form.coming_votes(now()))
