"""The receipt that an officer hands over after an act at the counter (O6); each reading is in the journal."""

from flask import abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import BaseView, expose

from admin_views.base import Guarded, me, require_habilitation
from app.dates import now
from app.pdf import has_pdf
from app.receipt import Sheet, as_pdf, sheet_of
from models import journal, perimeter, receipt
from models.account import Role
from models.base import db
from models.journal import Action


class ReceiptDesk(Guarded, BaseView):
    """The receipts of this officer's own acts, and of no other's; without a habilitation, none opens."""

    roles = frozenset({Role.OFFICER})
    opened = frozenset({"index", "pdf"})

    def __init__(self) -> None:
        super().__init__(name="Récépissé", endpoint="officer_receipt", url="/admin/receipt")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """`?reference=`: the receipt of this officer's last act on it, or of the one that `?act=` names."""
        return self._page(_opened())

    @expose("/pdf/")
    def pdf(self) -> ResponseReturnValue:
        """The same page, as a tagged PDF; 404 where the extra is not installed."""
        if not has_pdf():
            abort(404)
        sheet = _opened()
        return as_pdf(self._page(sheet), sheet.receipt.number)

    def _page(self, sheet: Sheet) -> str:
        named = {"reference": sheet.receipt.procuration.reference, "act": sheet.receipt.act}
        return self.render(
            "receipt/officer.html",
            sheet=sheet,
            pdf=url_for(".pdf", **named) if has_pdf() else None,
            public_url=current_app.extensions["procurations"].public_url,
        )


def _opened() -> Sheet:
    """Written down as a reading. Raises NotHabilitated, Unknown."""
    require_habilitation()
    procuration = perimeter.find(request.args.get("reference", ""), seen_by=me())
    sheet = sheet_of(receipt.of(procuration, request.args.get("act"), done_by=me()))
    journal.record(Action.OPENED, now=now(), procuration=procuration, account=me(), detail="receipt")
    db.session.commit()
    return sheet
