"""What an officer types of the form on paper, with the person there: all of R75 I but the telephone."""

from datetime import datetime
from typing import Any

from admin_views.round_form import OF_A_DAY_TO_COME, dated_paper
from app.given_on_paper import GivenOnPaper, OfAnyCommune
from models import counter_form, paper
from models.account import Account
from models.rounds import Papers
from models.visit import Round


class FilledForm(OfAnyCommune, GivenOnPaper):
    """The authority, the place and the day are the officer's own, and not asked."""

    during: Round | None = None
    requested_on = dated_paper("Demande écrite, datée du")
    sworn_on = dated_paper("Attestation sur l'honneur, datée du")

    @classmethod
    def of(cls, during: Round | None, posted: Any = None) -> "FilledForm":
        """At the counter, or in a round: who is visited has two papers, whose dates are asked (R73)."""
        form = cls(posted)
        form.during = during
        if during is None or not during.needs_papers:
            del form.requested_on, form.sworn_on
        return form

    @property
    def papers(self) -> Papers | None:
        """Once it is valid."""
        return Papers(self.requested_on.day, self.sworn_on.day) if "requested_on" in self else None

    def read(self, officer: Account, at: datetime) -> paper.Form | None:
        """The form that these answers make, or None with each error at its field. Raises NotHabilitated."""
        self.validate()
        if self.during and self.papers and any(day and day > self.during.commune.local_day(at) for day in self.papers):
            self.requested_on.errors = [OF_A_DAY_TO_COME]
        self.check_validity()
        if self.errors or self.commune.commune is None:
            return None
        commune = self.commune.commune
        form = paper.Form(commune=commune, **self.said(), **counter_form.filled_by(officer, commune, at, self.during))
        reasons = paper.reasons_against(form, now=at)
        self.explain(reasons, form)
        return None if reasons else form
