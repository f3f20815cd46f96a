"""The elector's forms: the demande, its confirmation, and the correction of the address."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Self

from flask import get_template_attribute
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from app.dates import long_day, now, short_day
from app.forms import (
    COMMUNE_CODE,
    SEXES,
    WRITE_A_DAY,
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
from models.base import db
from models.draft import Kept
from models.entry_check import Answer
from models.errors import Reason
from models.identity import Identity, Sex
from models.matching import Match
from models.rules import MAJORITY, Demande, longest_period, months_after
from models.scrutin import Vote
from models.territory import Commune, of_codes

# Which field a broken rule is shown at, and what to do about it.
EXPLANATIONS = {
    Reason.MANDANT_EST_MANDATAIRE: (
        "mandataire_birth_name",
        "indiquez une autre personne que vous : on ne se donne pas procuration à soi-même",
    ),
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
COMMUNES = ("commune", "mandataire_commune")
TEXT_OF_A_COMMUNE = re.compile("_(search|shown)$")
CIVIL_STATUS = ("mandataire_birth_name", "mandataire_first_names", "mandataire_sex", "mandataire_commune")
THE_REST = "écrivez aussi le nom de cette personne, avec ses prénoms, son sexe et sa commune"
NUMBER_NOT_ENOUGH = {
    Answer.NOT_FOUND: f"ce numéro et cette date ne suffisent pas ici ; {THE_REST}",
    Answer.TOO_MANY: f"vous avez déjà fait cinq vérifications aujourd'hui ; {THE_REST}",
    None: "ce numéro n'a pas encore été cherché ; renvoyez le formulaire",
}
NO_DAY = "aucun vote n'est encore annoncé dans votre commune ; choisissez une période"
TOO_YOUNG = (
    "il est trop tôt, revenez dans l'année de vos 18 ans. Si votre date de naissance est fausse, la page « Aide » dit "
    "comment la faire corriger"
)


class DemandeForm(FrenchForm):
    """The single form of step 1; the mandant's civil status comes from FranceConnect and has no field."""

    commune = CommuneField("Commune où vous votez")
    nne = StringField("Votre numéro d'électeur (facultatif)", [electors_number])
    mandataire_birth_date = FrenchDateField(
        "Sa date de naissance", [required(FrenchDateField.message), plausible_birth(lambda: now().date())]
    )
    mandataire_nne = StringField("Son numéro d'électeur (facultatif)", [electors_number])
    mandataire_birth_name = StringField("Son nom de naissance", [required("écrivez ce nom"), civil_name])
    mandataire_first_names = StringField(
        "Tous ses prénoms", [required("écrivez ses prénoms"), civil_name], filters=[listed_names, tidy]
    )
    mandataire_sex = ChoiceField(
        "Son sexe",
        choices=SEXES,
        validators=[required("choisissez l'une des deux réponses")],
    )
    mandataire_commune = CommuneField("Commune où cette personne est inscrite", is_search_key=True)
    validity = ChoiceField(
        "Durée de la procuration",
        choices=[
            SelectChoice("scrutins", "Pour un ou plusieurs jours de vote"),
            SelectChoice("period", "Pour tous les votes jusqu'à une date"),
        ],
        validators=[required("choisissez des jours de vote ou une période")],
    )
    scrutins = SelectMultipleField("Jours de vote", validate_choice=False)
    valid_until = FrenchDateField("Dernier jour de la période", [Optional()], message=WRITE_A_DAY)
    email = StringField(
        "Votre adresse e-mail", [required("écrivez l'adresse où vous recevrez la référence"), email_address]
    )

    @classmethod
    def of_draft(cls, kept: Kept) -> Self:
        """What was typed. The communes chosen are read in one query, and held while their fields look for them."""
        chosen = [code for name in COMMUNES for code in kept.fields.get(name, ()) if COMMUNE_CODE.fullmatch(code)]
        _held = of_codes(chosen) if chosen else []
        return cls(MultiDict(kept.fields))

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

    @property
    def is_by_number(self) -> bool:
        """Whether the mandataire is given by elector's number and birth date alone (E13)."""
        has_name = self.mandataire_birth_name.data or self.mandataire_first_names.data
        return bool(self.mandataire_nne.data) and not has_name

    @property
    def _is_period(self) -> bool:
        return bool(self.validity.data == "period")

    @property
    def asked(self) -> str:
        """A digest of what a check of the mandataire depends on: one set of complete answers is one check."""
        names = (self.mandataire_birth_name.data, self.mandataire_first_names.data, self.mandataire_sex.data)
        civil_status = () if self.is_by_number else (*names, self.mandataire_commune.commune.code)
        person = (self.mandataire_nne.data, self.mandataire_birth_date.day, *civil_status)
        votes = (self.commune.commune.code, self.valid_until.day if self._is_period else self._days())
        return hashlib.sha256(repr((person, votes)).encode()).hexdigest()

    def is_complete(self, at: datetime) -> bool:
        """Whether every answer can be read; each error is at its field."""
        self.validate()
        self.offer_days(at)
        self._check_validity()
        if self.is_by_number:
            for name in CIVIL_STATUS:
                self[name].errors = []
        return not self.errors

    def found(self, fields: dict[str, list[str]]) -> dict[str, list[str]]:
        """These fields of the post, with each commune that was found by its code: it is not to be searched again."""
        codes = {name: self[name].commune.code for name in COMMUNES if self[name].commune}
        return without_texts(fields, codes) | {name: [code] for name, code in codes.items()}

    def demande(self, mandant: Identity, roll: Match | None = None) -> Demande:
        """The demande that complete answers make; `roll` is who was found by number, whose names it takes."""
        if roll is None:
            return self._demande(mandant, self._mandataire(), self.mandataire_commune.commune)
        commune = db.session.get(Commune, roll.commune_code) if roll.commune_code else None
        return self._demande(mandant, roll.identity, commune, is_masked=True)

    def is_accepted(self, demande: Demande, at: datetime) -> bool:
        """Whether the law has nothing against it; each reason is told at its field."""
        reasons = journey.reasons_against(demande, now=at)
        for reason in reasons:
            self._explain(reason, demande.mandant, at)
        return not reasons

    def ask_for_civil_status(self, answer: Answer | None) -> None:
        """The number does not do: everything typed stays, and the names are asked."""
        self.mandataire_birth_name.errors = [NUMBER_NOT_ENOUGH[answer]]

    def _check_validity(self) -> None:
        """The branch chosen must be filled, with days that can be read; the other branch is ignored."""
        if self._is_period:
            self.scrutins.errors = []
            if not self.valid_until.data:
                self.valid_until.errors = [WRITE_A_DAY]
        elif self.validity.data == "scrutins":
            self.valid_until.errors = []
            if not self.scrutins.data:
                self.scrutins.errors = ["cochez au moins un jour" if self.scrutins.choices else NO_DAY]
            elif len(self._days()) != len(set(self.scrutins.data)):
                self.scrutins.errors = ["cochez des jours de la liste"]

    def _days(self) -> tuple[date, ...]:
        days = (_iso_day(text) for text in sorted(set(self.scrutins.data or ())))
        return tuple(day for day in days if day)

    def _mandataire(self) -> Identity:
        return Identity(
            birth_name=self.mandataire_birth_name.data,
            first_names=self.mandataire_first_names.data,
            sex=Sex(self.mandataire_sex.data),
            birth_date=self.mandataire_birth_date.day,
        )

    def _demande(
        self, mandant: Identity, mandataire: Identity, mandataire_commune: Commune | None, *, is_masked: bool = False
    ) -> Demande:
        return Demande(
            mandant=mandant,
            mandant_nne=self.nne.data,
            commune=self.commune.commune,
            email=self.email.data,
            mandataire=mandataire,
            mandataire_nne=self.mandataire_nne.data,
            mandataire_commune=mandataire_commune,
            mandataire_masked=is_masked,
            days=() if self._is_period else self._days(),
            valid_until=self.valid_until.day if self._is_period else None,
        )

    def _explain(self, reason: Reason, mandant: Identity, at: datetime) -> None:
        if reason is Reason.MANDANT_MINEUR:
            name = "validity"
            sentence = f"vous devez avoir 18 ans le jour du vote\u00a0: {self._once_of_age(mandant, at)}"
        elif reason is Reason.VALIDITE_EXPIREE:
            name, sentence = ("valid_until" if self._is_period else "scrutins", "choisissez une date à venir")
        elif reason is Reason.SCRUTIN_INCONNU and not self.scrutins.choices:
            name, sentence = "scrutins", NO_DAY
        else:
            name, sentence = EXPLANATIONS[reason]
        field = self[name]
        field.errors = [*field.errors, sentence]

    def _once_of_age(self, mandant: Identity, at: datetime) -> str:
        """What is left to who is too young on the days chosen: a later vote, a longer period, or to wait."""
        commune, offered = self.commune.commune, [_iso_day(choice.value) for choice in self.scrutins.choices]
        if any(day and mandant.age_on(day) >= MAJORITY for day in offered):
            return "choisissez un vote plus tardif"
        if mandant.age_on(longest_period(commune.local_day(at), is_consular=commune.is_consular)) >= MAJORITY:
            return "choisissez une période qui finit après vos 18 ans"
        return TOO_YOUNG


class ConfirmationForm(FrenchForm):
    """The recap's: one sworn statement for all, which draft was read, and which own procurations this one replaces."""

    draft = StringField()
    replaces = SelectMultipleField("Procuration à remplacer", validate_choice=False)
    sworn = BooleanField(
        "Je déclare sur l'honneur que ces renseignements sont exacts",
        [required("cochez la case pour confirmer votre demande")],
    )

    def tell_ended(self, references: Iterable[str | None]) -> None:
        """Say that these are not in force, so that nothing is filed on a promise that cannot be kept."""
        self.replaces.errors = [
            f"la procuration {reference} n'est pas, ou n'est plus, en vigueur : il n'y a rien à remplacer. "
            "Votre demande n'est pas déposée ; relisez-la, puis confirmez-la sans cela"
            for reference in references
        ]


class PlaceForm(FrenchForm):
    """Where the elector swears to be: the place of establishment when nobody is visited (R75 II)."""

    place = CommuneField("Commune où vous êtes en ce moment")
    sworn = BooleanField(
        "Je déclare sur l'honneur être en ce moment dans cette commune",
        [required("cochez la case pour continuer")],
    )


class EmailForm(FrenchForm):
    """The address, corrected."""

    email = StringField("Votre adresse e-mail", [required("écrivez votre adresse"), email_address])


def days_offered(scrutins: Sequence[Vote]) -> list[SelectChoice]:
    """One choice a polling day, whatever the number of elections that day (R74)."""
    by_day: dict[date, list[Vote]] = defaultdict(list)
    for one in scrutins:
        by_day[one.polling_day].append(one)
    return [SelectChoice(day.isoformat(), f"{long_day(day)}\u00a0: {_what(of_day)}") for day, of_day in by_day.items()]


def kept_fields(posted: MultiDict[str, str]) -> dict[str, list[str]]:
    """The form's own fields of a post, as they were typed: what a draft keeps.

    Of a commune chosen before, whose text nobody has touched since, the code says all.
    """
    fields = {name: values for name, values in posted.lists() if TEXT_OF_A_COMMUNE.sub("", name) in _names()}
    chosen = [name for name in COMMUNES if fields.get(name, [""])[0] and _is_untouched(name, fields)]
    return without_texts(fields, chosen)


def without_texts(fields: dict[str, list[str]], communes: Iterable[str]) -> dict[str, list[str]]:
    """The same fields, but for what was typed to find these communes."""
    texts = {f"{name}_{text}" for name in communes for text in ("search", "shown")}
    return {name: values for name, values in fields.items() if name not in texts}


def _is_untouched(commune: str, fields: dict[str, list[str]]) -> bool:
    return fields.get(f"{commune}_search") == fields.get(f"{commune}_shown")


@cache
def _names() -> frozenset[str]:
    return frozenset(DemandeForm()._fields)


def _what(scrutins: Sequence[Vote]) -> str:
    names = " et ".join(dict.fromkeys(_word("election_kind", s.election.kind) for s in scrutins))
    tours = " et ".join(dict.fromkeys(_word("tour", s.tour) for s in scrutins))
    return f"{names}, {tours}"


@cache
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
