"""What an officer types of the form on paper, with the person there: all of R75 I but the telephone."""

from collections.abc import Iterator
from datetime import datetime

from admin_views.paper_form import GivenOnPaper, OfAnyCommune
from app.forms import CommuneField
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
        return None if self.explain(form, at) else form

    @property
    def answers(self) -> Iterator[tuple[str, str]]:
        """What was answered, to be posted again by the page that reads it back."""
        for field in self:
            given = field.commune and field.commune.code if isinstance(field, CommuneField) else field.data
            if given:
                yield field.name, given
