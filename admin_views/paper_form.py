"""The form on paper as a town hall types it, in the order of the Cerfa; only the law's own gaps may be kept invalid."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, ValidationError

from app.dates import now
from app.forms import (
    ChoiceField,
    CommuneField,
    FrenchDateField,
    FrenchForm,
    civil_name,
    electors_number,
    listed_names,
    plausible_birth,
    required,
    tidy,
)
from models import paper
from models.errors import Reason
from models.identity import Identity, Sex
from models.territory import Commune

OLDEST_YEARS = 5
SEXES = [SelectChoice("F", "Féminin"), SelectChoice("M", "Masculin")]
WRITE_A_DAY = "écrivez le jour, le mois et l'année"

# Which field a broken rule is shown at, and what it says.
EXPLANATIONS = {
    Reason.MANDANT_EST_MANDATAIRE: ("mandataire_birth_name", "c'est le mandant lui-même"),
    Reason.MANDANT_MINEUR: ("mandant_birth_date", "le mandant n'aura pas 18 ans le jour du vote"),
    Reason.MANDATAIRE_DROITS: ("mandataire_birth_date", "le mandataire n'aura pas 18 ans le jour du vote"),
    Reason.SCRUTIN_INCONNU: ("day_1", "cette commune ne vote pas ce jour-là"),
    Reason.VALIDITE_TROP_LONGUE: (
        "valid_until",
        "c'est plus d'un an après l'établissement (trois ans pour une liste consulaire, devant un consulat)",
    ),
    Reason.DATES_DISCORDANTES: ("received_on", "une procuration est établie, puis reçue, et ne l'est pas à l'avance"),
}


def plausible_year(form: FrenchForm, field: FrenchDateField) -> None:
    """Refuse a year that is a slip of the finger."""
    if field.day and abs(field.day.year - now().year) > OLDEST_YEARS:
        raise ValidationError("vérifiez l'année")


def short(length: int) -> Any:
    """Refuse what the column could not hold."""

    def check(form: FrenchForm, field: StringField) -> None:
        if len(field.data) > length:
            raise ValidationError(f"écrivez {length} caractères au plus")

    return check


class OfTheseCommunes(FrenchForm):
    """The first question, asked of a clerk."""

    commune = SelectField("Commune où vote le mandant", validate_choice=False)


class OfAnyCommune(FrenchForm):
    """The first question, asked of a person who may vote anywhere."""

    commune = CommuneField("Commune où vote le mandant")


class GivenOnPaper(FrenchForm):
    """What the mandant says on the form, in the order of the Cerfa: all of R75 I but the telephone."""

    mandant_birth_name = StringField("Nom de naissance du mandant", [required("écrivez ce nom"), civil_name])
    mandant_first_names = StringField(
        "Prénoms du mandant", [required("écrivez ses prénoms"), civil_name], filters=[listed_names, tidy]
    )
    mandant_sex = ChoiceField("Sexe du mandant", choices=SEXES, validators=[required("choisissez une réponse")])
    mandant_birth_date = FrenchDateField(
        "Date de naissance du mandant", [required(FrenchDateField.message), plausible_birth(lambda: now().date())]
    )
    mandant_nne = StringField("Numéro d'électeur du mandant", [electors_number])
    mandataire_birth_name = StringField("Nom de naissance du mandataire", [required("écrivez ce nom"), civil_name])
    mandataire_first_names = StringField(
        "Prénoms du mandataire", [required("écrivez ses prénoms"), civil_name], filters=[listed_names, tidy]
    )
    mandataire_sex = ChoiceField("Sexe du mandataire", choices=SEXES, validators=[required("choisissez une réponse")])
    mandataire_birth_date = FrenchDateField(
        "Date de naissance du mandataire", [required(FrenchDateField.message), plausible_birth(lambda: now().date())]
    )
    mandataire_nne = StringField("Numéro d'électeur du mandataire", [electors_number])
    mandataire_commune = CommuneField("Commune du mandataire (facultatif)", is_search_key=True, is_optional=True)
    day_1 = FrenchDateField("Jour du vote", [Optional(), plausible_year], message=WRITE_A_DAY)
    day_2 = FrenchDateField("Autre jour, si les deux tours (facultatif)", [Optional(), plausible_year], WRITE_A_DAY)
    valid_until = FrenchDateField("Ou dernier jour de la période", [Optional(), plausible_year], message=WRITE_A_DAY)

    def explain(self, form: paper.Form, at: datetime) -> list[Reason]:
        """What the law holds against it, said at the fields."""
        reasons = paper.reasons_against(form, now=at)
        for reason in reasons:
            self._explain(reason, form)
        return reasons

    def said(self) -> dict[str, Any]:
        """Once it is valid, by the names of paper.Form; the commune is asked otherwise of a clerk and of an officer."""
        return {
            "mandant": self._identity("mandant"),
            "mandant_nne": self.mandant_nne.data,
            "mandataire": self._identity("mandataire"),
            "mandataire_nne": self.mandataire_nne.data,
            "mandataire_commune": self.mandataire_commune.commune,
            "days": self._days(),
            "valid_until": self.valid_until.day,
        }

    def check_validity(self) -> None:
        """Days, or a period, and not both."""
        has_days, has_period = bool(self._days()), bool(self.valid_until.day)
        if self.day_1.errors or self.day_2.errors or self.valid_until.errors:
            return
        if not (has_days or has_period):
            self.day_1.errors = ["écrivez un jour de vote, ou le dernier jour d'une période"]
        elif has_days and has_period:
            self.valid_until.errors = ["des jours de vote ou une période, pas les deux"]

    def _days(self) -> tuple[date, ...]:
        return tuple(sorted({field.day for field in (self.day_1, self.day_2) if field.day}))

    def _identity(self, who: str) -> Identity:
        return Identity(
            birth_name=self[f"{who}_birth_name"].data,
            first_names=self[f"{who}_first_names"].data,
            sex=Sex(self[f"{who}_sex"].data),
            birth_date=self[f"{who}_birth_date"].day,
        )

    def _explain(self, reason: Reason, form: paper.Form) -> None:
        if reason is Reason.VALIDITE_EXPIREE:
            name, sentence = ("valid_until" if form.valid_until else "day_1"), "ce jour est passé"
        elif reason is not Reason.DONNEES_INCOMPLETES:
            name, sentence = EXPLANATIONS[reason]
        elif form.commune.is_caledonian:
            name, sentence = "mandataire_commune", "le formulaire de Nouvelle-Calédonie doit l'indiquer"
        else:
            name = "mandataire_nne" if form.mandant_nne else "mandant_nne"
            sentence = "le formulaire doit le porter depuis 2022"
        self[name].errors = [*self[name].errors, sentence]


class PaperForm(OfTheseCommunes, GivenOnPaper):
    """What a town hall types: the form, what its authority added, and the day it came."""

    authority_name = StringField(
        "Nom et prénom de l'autorité", [required("écrivez ce nom comme sur le papier"), short(120)]
    )
    authority_capacity = StringField("Sa qualité", [required("écrivez-la comme sur le papier"), short(120)])
    place = CommuneField("Lieu d'établissement", is_search_key=True)
    established_on = FrenchDateField("Établie le", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
    received_on = FrenchDateField("Reçue le", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
    keep_invalid = BooleanField("Conserver quand même ce papier, comme invalidé")
    is_another = BooleanField("C'est un autre papier, à saisir en plus de celui du guichet")

    @classmethod
    def of(cls, communes: Sequence[Commune], posted: Any = None) -> "PaperForm":
        """For a clerk of these communes; one alone is not asked."""
        form = cls(posted)
        form.commune.choices = [("", "Choisissez"), *((one.code, one.label) for one in communes)]
        if len(communes) == 1:
            form.commune.data = communes[0].code
        return form

    def focus(self) -> None:
        """Begin at the first question: forms are typed one after the other."""
        first = self.commune if len(self.commune.choices) > 2 else self.mandant_birth_name
        first.render_kw = {"autofocus": True}

    def read(self, communes: Sequence[Commune]) -> paper.Form | None:
        """The form on paper that these answers make, or None with each error at its field."""
        commune = next((one for one in communes if one.code == self.commune.data), None)
        self.validate()
        if commune is None:
            self.commune.errors = ["choisissez une de vos communes"]
        self.check_validity()
        return None if self.errors or commune is None else self._form(commune)

    def _form(self, commune: Commune) -> paper.Form:
        return paper.Form(
            commune=commune,
            authority_name=self.authority_name.data,
            authority_capacity=self.authority_capacity.data,
            place=self.place.commune,
            established_on=self.established_on.day,
            received_on=self.received_on.day,
            **self.said(),
        )


class ArrivalForm(FrenchForm):
    """When the paper that an officer filled came."""

    received_on = FrenchDateField("Reçue le", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
