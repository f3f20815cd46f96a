"""What an officer types of a round, and of the papers of who is visited."""

from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from admin_views.paper_form import WRITE_A_DAY, plausible_year, short
from app.forms import ChoiceField, CommuneField, FrenchDateField, FrenchForm, required, tidy
from models.visit import RoundKind

KINDS = [
    SelectChoice(RoundKind.VISIT, "Chez des personnes qui ne peuvent pas venir (domicile, établissement)"),
    SelectChoice(RoundKind.SESSION, "Permanence ailleurs, où chacun peut venir"),
]


class RoundForm(FrenchForm):
    """Where, when, and for whom."""

    kind = ChoiceField("Pour qui", choices=KINDS, validators=[required("choisissez une réponse")])
    day = FrenchDateField("Jour", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
    commune = CommuneField("Commune", is_search_key=True)
    place_name = StringField("Nom du lieu (facultatif)", [Optional(), short(120)], filters=[tidy])


class PapersForm(FrenchForm):
    """The dates that the two papers bear (R73)."""

    requested_on = FrenchDateField(
        "Demande écrite, datée du", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY
    )
    sworn_on = FrenchDateField(
        "Attestation sur l'honneur, datée du", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY
    )
