"""A designation as the magistrate's paper says it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from admin_views.paper_form import short
from app.forms import WRITE_A_DAY, ChoiceField, FrenchDateField, FrenchForm, required
from app.given_on_paper import plausible_year
from models.account import Account, Capacity
from models.errors import Unfit
from models.habilitation import Designation

CAPACITIES = [
    SelectChoice(Capacity.OPJ, "Officier de police judiciaire"),
    SelectChoice(Capacity.APJ, "Agent de police judiciaire"),
    SelectChoice(Capacity.RESERVIST, "Réserviste, agent de police judiciaire"),
    SelectChoice(Capacity.DELEGUE, "Délégué d'un officier de police judiciaire"),
    SelectChoice(Capacity.CONSUL, "Autorité consulaire"),
]
EXPLANATIONS = {
    Unfit.MAYOR: ("is_no_mayor", "un maire ou un adjoint ne peut pas être habilité (article R72-1)"),
    Unfit.CAPACITY_ELSEWHERE: (
        "capacity",
        "l'autorité consulaire est au consulat, et elle seule",
    ),
    Unfit.AUTHORITY_MISSING: ("court", "écrivez le tribunal de ce magistrat"),
    Unfit.ENDS_BEFORE: ("valid_until", "cette date est avant le début"),
    Unfit.OPJ_MISSING: ("opj", "choisissez l'officier qui a désigné ce délégué, lui-même habilité"),
}


class HabilitationForm(FrenchForm):
    """Who designated whom, in which capacity, for which court, from when to when."""

    capacity = ChoiceField("Qualité", choices=CAPACITIES, validators=[required("choisissez une réponse")])
    authority = StringField(
        "Magistrat qui a désigné, ou à l'étranger chef de poste",
        [required("écrivez son nom et sa fonction"), short(120)],
    )
    court = StringField("Tribunal (sauf à l'étranger)", [Optional(), short(120)])
    opj = SelectField("Pour un délégué : l'officier qui l'a choisi", validate_choice=False)
    valid_from = FrenchDateField("Habilité à partir du", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
    valid_until = FrenchDateField("Jusqu'au (facultatif)", [Optional()], message=WRITE_A_DAY)
    is_no_mayor = BooleanField("Cette personne n'est ni maire ni adjoint au maire")

    @classmethod
    def of(cls, opjs: Sequence[Account], posted: Any = None) -> "HabilitationForm":
        """With the officers who may have a délégué."""
        form = cls(posted)
        form.opj.choices = [("", "Personne"), *((str(one.id), one.name) for one in opjs)]
        return form

    def read(self, opjs: Sequence[Account]) -> Designation | None:
        """What these answers say, or None with each error at its field."""
        if not self.validate():
            return None
        first: date | None = self.valid_from.day
        return first and Designation(
            capacity=Capacity(self.capacity.data),
            authority=self.authority.data,
            court=self.court.data or None,
            valid_from=first,
            valid_until=self.valid_until.day,
            opj=next((one for one in opjs if str(one.id) == self.opj.data), None),
            is_mayor_or_deputy=not self.is_no_mayor.data,
        )

    def explain(self, unfit: Iterable[Unfit]) -> None:
        """What the law holds against it, said at the fields."""
        for code in unfit:
            name, sentence = EXPLANATIONS[code]
            self[name].errors = [*self[name].errors, sentence]
