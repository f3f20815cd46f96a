"""What a mandant says on the form on paper, in the order of the Cerfa: typed by a clerk, an officer, or at home."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from wtforms import StringField
from wtforms.validators import Optional, ValidationError

from app.dates import DESK_ZONE, now
from app.forms import (
    SEXES,
    WRITE_A_DAY,
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
from models.scrutin import Vote, upcoming, upcoming_in

OLDEST_YEARS = 5

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


class OfAnyCommune(FrenchForm):
    """The first question, asked of a person who may vote anywhere."""

    commune = CommuneField("Commune où vote le mandant")

    def coming_votes(self, at: datetime) -> list[Vote]:
        """To choose from: those of the commune, on its own days, once it is known; before that the country's."""
        commune = self.commune.commune
        return upcoming_in(commune, commune.local_day(at)) if commune else upcoming(at.astimezone(DESK_ZONE).date())


class GivenOnPaper(FrenchForm):
    """What the mandant says on the form, in the order of the Cerfa: all of R75 I but the telephone."""

    explanations: ClassVar = EXPLANATIONS

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
    mandataire_commune = CommuneField(
        "Commune du mandataire (facultatif, hors Nouvelle-Calédonie)", is_search_key=True, is_optional=True
    )
    day_1 = FrenchDateField("Jour du vote", [Optional(), plausible_year], message=WRITE_A_DAY)
    day_2 = FrenchDateField("Autre jour, si les deux tours (facultatif)", [Optional(), plausible_year], WRITE_A_DAY)
    valid_until = FrenchDateField("Ou dernier jour de la période", [Optional(), plausible_year], message=WRITE_A_DAY)

    def explain(self, reasons: Iterable[Reason], said: paper.Said) -> None:
        """What the law holds against it, told at the fields."""
        for reason in reasons:
            self._explain(reason, said)

    @property
    def answers(self) -> Iterator[tuple[str, str]]:
        """What was answered, to be posted again by the page that reads it back."""
        for field in self:
            given = field.commune and field.commune.code if isinstance(field, CommuneField) else field.data
            if given:
                yield field.name, given

    def said(self) -> dict[str, Any]:
        """Once it is valid, by the names of paper.Said; the commune is asked otherwise of a clerk and of an officer."""
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

    def _explain(self, reason: Reason, said: paper.Said) -> None:
        if reason is Reason.VALIDITE_EXPIREE:
            name, sentence = ("valid_until" if said.valid_until else "day_1"), "ce jour est passé"
        elif reason is not Reason.DONNEES_INCOMPLETES:
            name, sentence = self.explanations[reason]
        elif said.commune.is_caledonian:
            name, sentence = "mandataire_commune", "le formulaire de Nouvelle-Calédonie doit l'indiquer"
        else:
            name = "mandataire_nne" if said.mandant_nne else "mandant_nne"
            sentence = "le formulaire doit le porter depuis 2022"
        self[name].errors = [*self[name].errors, sentence]
