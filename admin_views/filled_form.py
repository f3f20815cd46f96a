"""What an officer types of the form on paper, with the person there: all of R75 I but the telephone."""

from datetime import datetime

from app.given_on_paper import GivenOnPaper, OfAnyCommune
from models import counter_form, paper
from models.account import Account


class FilledForm(OfAnyCommune, GivenOnPaper):
    """The authority, the place and the day are the officer's own, and not asked."""

    def read(self, officer: Account, at: datetime) -> paper.Form | None:
        """The form that these answers make, or None with each error at its field. Raises NotHabilitated."""
        self.validate()
        self.check_validity()
        if self.errors or self.commune.commune is None:
            return None
        commune = self.commune.commune
        form = paper.Form(commune=commune, **self.said(), **counter_form.filled_by(officer, commune, at))
        reasons = paper.reasons_against(form, now=at)
        self.explain(reasons, form)
        return None if reasons else form
