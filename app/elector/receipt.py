"""The receipt of what an authority did, for the elector: the same that the officer hands over (E19)."""

from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.elector.session import SignedIn, elector_required
from app.pdf import has_pdf
from app.receipt import Sheet, as_pdf, sheet_of
from models import perimeter, receipt

blueprint = Blueprint("receipt", __name__)


def init_receipt(app: Flask) -> None:
    """Mount it."""
    app.register_blueprint(blueprint)


@blueprint.get("/mes-procurations/<reference>/recepisse")
@elector_required
def show(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The receipt of the last act, or with `?act=` of the establishment or of the revocation."""
    return _page(_sheet(person, reference))


@blueprint.get("/mes-procurations/<reference>/recepisse.pdf")
@elector_required
def download(person: SignedIn, reference: str) -> ResponseReturnValue:
    """The same page, as a tagged PDF; 404 where the extra is not installed."""
    if not has_pdf():
        abort(404)
    sheet = _sheet(person, reference)
    return as_pdf(_page(sheet), sheet.receipt.number)


def _sheet(person: SignedIn, reference: str) -> Sheet:
    procuration = perimeter.find(reference, seen_by=person.elector)
    return sheet_of(receipt.of(procuration, request.args.get("act")))


def _page(sheet: Sheet) -> str:
    reference, act = sheet.receipt.procuration.reference, sheet.receipt.act
    return render_template(
        "receipt/elector.html",
        sheet=sheet,
        pdf=url_for(".download", reference=reference, act=act) if has_pdf() else None,
        public_url=current_app.extensions["procurations"].public_url,
    )
