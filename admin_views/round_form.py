"""What an officer types of a round, and of the papers of who is visited."""

from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from admin_views.paper_form import short
from app.dates import short_day
from app.forms import WRITE_A_DAY, ChoiceField, CommuneField, FrenchDateField, FrenchForm, required, tidy
from app.given_on_paper import plausible_year
from models.errors import NotAllowed, RuleBroken
from models.territory import Station
from models.visit import Round, RoundKind, Visit

KINDS = [
    SelectChoice(RoundKind.VISIT, "Chez des personnes qui ne peuvent pas venir (domicile, établissement)"),
    SelectChoice(RoundKind.SESSION, "Permanence ailleurs, où chacun peut venir"),
]
KINDS_ABROAD = [KINDS[0], SelectChoice(RoundKind.SESSION, "Tournée annoncée aux électeurs, où chacun peut venir")]


OF_A_DAY_TO_COME = "ces papiers ne peuvent pas être datés d'un jour à venir"


def dated_paper(label: str) -> FrenchDateField:
    """The day that a paper bears."""
    return FrenchDateField(label, [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)


class RoundForm(FrenchForm):
    """Where, when, and for whom."""

    kind = ChoiceField("Pour qui", choices=KINDS, validators=[required("choisissez une réponse")])
    day = FrenchDateField("Jour", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
    commune = CommuneField("Commune", is_search_key=True)
    place_name = StringField("Nom du lieu (facultatif)", [Optional(), short(120)], filters=[tidy])

    @classmethod
    def of(cls, one: Round) -> "RoundForm":
        """A round as it is."""
        form = cls(data={"kind": one.kind, "day": short_day(one.day), "place_name": one.place_name})
        form.commune.commune, form.commune.choices = one.commune, [one.commune]
        return form

    def speak_of(self, station: Station) -> None:
        """In the words of a consulate, when it is one."""
        if not station.is_in_france:
            self.kind.choices = KINDS_ABROAD
            self.commune.label.text = "Circonscription consulaire"

    def told(self, station: Station, refusal: NotAllowed | RuleBroken) -> None:
        """Say at its field why the round cannot be so."""
        if isinstance(refusal, RuleBroken):
            self.day.errors = ["choisissez un jour entre aujourd'hui et dans un an"]
        elif station.is_in_france:
            self.commune.errors = ["choisissez une commune de France : à l'étranger, le consulat établit"]
        else:
            self.commune.errors = ["choisissez une circonscription consulaire : en France, police et gendarmerie"]


class PapersForm(FrenchForm):
    """The dates that the two papers bear (R73)."""

    requested_on = dated_paper("Demande écrite, datée du")
    sworn_on = dated_paper("Attestation sur l'honneur, datée du")

    @classmethod
    def of(cls, visit: Visit | None) -> "PapersForm":
        """As they were noted before, if they were."""
        noted = {"requested_on": visit.requested_on, "sworn_on": visit.sworn_on} if visit else {}
        return cls(data={name: short_day(day) for name, day in noted.items() if day})
