"""What a town hall does after the establishment: a revocation received, a death, a right lost; and the letter."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.actions import action

from admin_views.base import GuardedTable, acting, me
from app.dates import now
from models import aftermath, journal
from models.base import db
from models.errors import AlreadyHandled, Reason
from models.journal import Action
from models.procuration import Procuration


class AfterEstablishment(GuardedTable):
    """The acts that end one procuration in force, each after a page that asks."""

    @action("revoke", "Résilier")
    def revoke(self, keys: list[str]) -> ResponseReturnValue:
        """The authority's form of revocation was received (R78)."""
        return self._end(keys, "revoke", aftermath.revoke_from_paper, "Procuration résiliée.")

    @action("lapse", "Caduque")
    def lapse(self, keys: list[str]) -> ResponseReturnValue:
        """The mandataire died or lost the right to vote (L77)."""
        return self._end(keys, "lapse", aftermath.lapse, "Procuration caduque.", aftermath.LAPSES)

    @action("end", "Décès du mandant")
    def end(self, keys: list[str]) -> ResponseReturnValue:
        """The mandant died: nobody is written to."""
        return self._end(keys, "end", aftermath.end_on_death, "Procuration terminée.")

    @expose("/letter/")
    def letter_view(self) -> ResponseReturnValue:
        """To the mandataire of a void procuration, or to a mandant without e-mail, to print (R77, R80, old wordings).

        A reading, recorded as one.
        """
        procuration, to = self.get_one(request.args.get("id", "")), request.args.get("to", "mandataire")
        if to not in aftermath.letters(procuration):
            abort(404)
        today = procuration.commune.local_day(now())
        page = self.render(f"town_hall/letter_{to}.html", procuration=procuration, today=today)
        journal.record(Action.OPENED, now=now(), procuration=procuration, account=me(), detail="letter")
        db.session.commit()
        return page

    def _end(
        self, keys: list[str], name: str, act: Callable[..., None], done: str, reasons: Sequence[Reason] = ()
    ) -> ResponseReturnValue:
        if len(keys) != 1:
            abort(400)
        procuration, reason = self.get_one(keys[0]), request.form.get("reason", "")
        is_of_pile = request.form.get("then") == "ends"
        back = url_for("ends.index") if is_of_pile else url_for(".details_view", id=procuration.id)
        page = {"procuration": procuration, "action": name, "reasons": reasons, "reason": reason, "back": back}
        if request.form.get("confirmed") != "yes" and procuration.is_in_force:
            return self.render("town_hall/end.html", **page)
        if reasons and reason not in reasons:
            return self.render("town_hall/end.html", **page, error="Choisissez un motif dans la liste."), 422
        why: dict[str, Any] = {"reason": Reason(reason)} if reasons else {}
        try:
            with acting(procuration):
                act(procuration, clerk=me(), now=now(), **why)
        except AlreadyHandled:
            return self._already(procuration)
        mandant = procuration.mandant
        flash(f"{done} {mandant.first_names} {mandant.birth_name}." if is_of_pile else done)
        return redirect(back, 303)

    def _already(self, procuration: Procuration) -> ResponseReturnValue:
        """Somebody, or time, was first."""
        return self.render("town_hall/report.html", not_done=[procuration], against={}, count=0), 409
