"""The elector's forms: the demande, its confirmation, and the correction of the address."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from flask import get_template_attribute
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.dates import long_day, now, short_day
from app.forms import (
    ChoiceField,
    CommuneField,
    FrenchDateField,
    FrenchForm,
    civil_name,
    electors_number,
    email_address,
    listed_names,
    plausible_birth,
    required,
    tidy,
)
from models import journey, scrutin
from models.errors import Reason
from models.identity import Identity, Sex
from models.rules import Demande, months_after
from models.scrutin import Vote
from models.territory import Commune

# Which field a broken rule is shown at, and what to do about it.
EXPLANATIONS = {
    Reason.MANDANT_EST_MANDATAIRE: (
        "mandataire_birth_name",
        "indiquez une autre personne que vous : on ne se donne pas procuration à soi-même",
    ),
    Reason.MANDANT_MINEUR: ("validity", "vous devez avoir 18 ans le jour du vote : choisissez un vote plus tardif"),
    Reason.MANDATAIRE_DROITS: (
        "mandataire_birth_date",
        "cette personne doit avoir 18 ans le jour du vote pour voter à votre place",
    ),
    Reason.TELEPROCEDURE_EXCLUE: (
        "mandataire_commune",
        "pour une personne inscrite en Nouvelle-Calédonie, la procuration se fait sur papier",
    ),
    Reason.SCRUTIN_INCONNU: ("scrutins", "il n'y a pas de vote ce jour-là dans votre commune ; choisissez-en un autre"),
    Reason.VALIDITE_TROP_LONGUE: (
        "valid_until",
        "choisissez une date plus proche : un an au plus, ou trois ans sur une liste consulaire",
    ),
    Reason.DONNEES_INCOMPLETES: ("validity", "choisissez au moins un jour de vote, ou une période"),
}
NO_DAY = "aucun vote n'est encore annoncé dans votre commune ; choisissez une période"
UNREADABLE_END = "écrivez le jour, le mois et l'année"


class DemandeForm(FrenchForm):
    """The single form of step 1; the mandant's civil status comes from FranceConnect and has no field."""

    commune = CommuneField("Commune où vous votez")
    nne = StringField("Votre numéro d'électeur (facultatif)", [electors_number])
    mandataire_birth_name = StringField("Son nom de naissance", [required("écrivez ce nom"), civil_name])
    mandataire_first_names = StringField(
        "Tous ses prénoms", [required("écrivez ses prénoms"), civil_name], filters=[listed_names, tidy]
    )
    mandataire_sex = ChoiceField(
        "Son sexe",
        choices=[SelectChoice("F", "Féminin"), SelectChoice("M", "Masculin")],
        validators=[required("choisissez l'une des deux réponses")],
    )
    mandataire_birth_date = FrenchDateField(
        "Sa date de naissance", [required(FrenchDateField.message), plausible_birth(lambda: now().date())]
    )
    mandataire_commune = CommuneField("Commune où cette personne est inscrite", is_search_key=True)
    mandataire_nne = StringField("Son numéro d'électeur (facultatif)", [electors_number])
    validity = ChoiceField(
        "Durée de la procuration",
        choices=[
            SelectChoice("scrutins", "Pour un ou plusieurs jours de vote"),
            SelectChoice("period", "Pour tous les votes jusqu'à une date"),
        ],
        validators=[required("choisissez des jours de vote ou une période")],
    )
    scrutins = SelectMultipleField("Jours de vote", validate_choice=False)
    valid_until = FrenchDateField("Dernier jour de la période", [Optional()], message=UNREADABLE_END)
    email = StringField(
        "Votre adresse e-mail", [required("écrivez l'adresse où vous recevrez la référence"), email_address]
    )

    @property
    def example_end(self) -> str:
        """A last day that would be accepted, to show how one is written."""
        return short_day(months_after(now().date(), 6))

    def offer_days(self, at: datetime) -> None:
        """Offer the polling days of the chosen commune, or of all of France while none is chosen."""
        commune = self.commune.commune
        today = commune.local_day(at) if commune else at.date()
        self.scrutins.choices = days_offered(
            scrutin.upcoming_in(commune, today) if commune else scrutin.upcoming(today)
        )

    def demande_of(self, mandant: Identity, at: datetime) -> Demande | None:
        """The demande these answers make, or None with each error at its field."""
        self.validate()
        self.offer_days(at)
        self._check_validity()
        if self.errors:
            return None
        demande = self._demande(mandant, self.commune.commune, self.mandataire_commune.commune)
        reasons = journey.reasons_against(demande, now=at)
        for reason in reasons:
            self._explain(reason)
        return None if reasons else demande

    def _check_validity(self) -> None:
        """The branch chosen must be filled, with days that can be read; the other branch is ignored."""
        if self.validity.data == "period":
            self.scrutins.errors = []
            if not self.valid_until.data:
                self.valid_until.errors = [UNREADABLE_END]
        elif self.validity.data == "scrutins":
            self.valid_until.errors = []
            if not self.scrutins.data:
                self.scrutins.errors = ["cochez au moins un jour" if self.scrutins.choices else NO_DAY]
            elif len(self._days()) != len(set(self.scrutins.data)):
                self.scrutins.errors = ["cochez des jours de la liste"]

    def _days(self) -> tuple[date, ...]:
        days = (_iso_day(text) for text in sorted(set(self.scrutins.data or ())))
        return tuple(day for day in days if day)

    def _demande(self, mandant: Identity, commune: Commune, mandataire_commune: Commune) -> Demande:
        is_period = self.validity.data == "period"
        return Demande(
            mandant=mandant,
            mandant_nne=self.nne.data,
            commune=commune,
            email=self.email.data,
            mandataire=Identity(
                birth_name=self.mandataire_birth_name.data,
                first_names=self.mandataire_first_names.data,
                sex=Sex(self.mandataire_sex.data),
                birth_date=self.mandataire_birth_date.day,
            ),
            mandataire_nne=self.mandataire_nne.data,
            mandataire_commune=mandataire_commune,
            days=() if is_period else self._days(),
            valid_until=self.valid_until.day if is_period else None,
        )

    def _explain(self, reason: Reason) -> None:
        if reason is Reason.VALIDITE_EXPIREE:
            is_period = self.validity.data == "period"
            name, sentence = ("valid_until" if is_period else "scrutins", "choisissez une date à venir")
        elif reason is Reason.SCRUTIN_INCONNU and not self.scrutins.choices:
            name, sentence = "scrutins", NO_DAY
        else:
            name, sentence = EXPLANATIONS[reason]
        field = self[name]
        field.errors = [*field.errors, sentence]


class ConfirmationForm(FrenchForm):
    """The recap's: one sworn statement for all, and which draft was read."""

    draft = StringField()
    sworn = BooleanField(
        "Je déclare sur l'honneur que ces renseignements sont exacts",
        [required("cochez la case pour confirmer votre demande")],
    )


class EmailForm(FrenchForm):
    """The address, corrected."""

    email = StringField("Votre adresse e-mail", [required("écrivez votre adresse"), email_address])


def days_offered(scrutins: Sequence[Vote]) -> list[SelectChoice]:
    """One choice a polling day, whatever the number of elections that day (R74)."""
    by_day: dict[date, list[Vote]] = defaultdict(list)
    for one in scrutins:
        by_day[one.polling_day].append(one)
    return [SelectChoice(day.isoformat(), f"{long_day(day)} : {_what(of_day)}") for day, of_day in by_day.items()]


def kept_fields(posted: MultiDict[str, str]) -> dict[str, list[str]]:
    """The form's own fields of a post, as they were typed: what a draft keeps."""
    names = DemandeForm()._fields
    return {name: values for name, values in posted.lists() if re.sub("_(search|shown)$", "", name) in names}


def _what(scrutins: Sequence[Vote]) -> str:
    names = " et ".join(dict.fromkeys(_word("election_kind", s.election.kind) for s in scrutins))
    tours = " et ".join(dict.fromkeys(_word("tour", s.tour) for s in scrutins))
    return f"{names}, {tours}"


def _word(macro: str, code: object) -> str:
    return str(get_template_attribute("components/words.html", macro)(code))


def _iso_day(text: str) -> date | None:
    """A day as our own choices write it; the library would also read weeks and days without dashes."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
