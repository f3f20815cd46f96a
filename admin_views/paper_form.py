"""The form on paper as a town hall types it, in the order of the Cerfa; only the law's own gaps may be kept invalid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import ValidationError

from app.dates import short_day
from app.forms import WRITE_A_DAY, CommuneField, FrenchDateField, FrenchForm, required
from app.given_on_paper import EXPLANATIONS, GivenOnPaper, plausible_year
from models import paper, twin
from models.errors import Reason
from models.identity import Identity
from models.procuration import Procuration
from models.territory import Commune

OLDER = "la demande a été faite après ce jour : relisez la feuille, ou saisissez-la sans sa référence"
MOST_DAYS = 2
"""The fields of the form for days, as on the Cerfa: two tours."""


def short(length: int) -> Any:
    """Refuse what the column could not hold."""

    def check(form: FrenchForm, field: StringField) -> None:
        if len(field.data) > length:
            raise ValidationError(f"écrivez {length} caractères au plus")

    return check


class OfTheseCommunes(FrenchForm):
    """The first question, asked of a clerk."""

    commune = SelectField("Commune où vote le mandant", validate_choice=False)


class PaperForm(OfTheseCommunes, GivenOnPaper):
    """What a town hall types: the form, what its authority added, and the day it came."""

    explanations = EXPLANATIONS | {
        Reason.IDENTITE_DISCORDANTE: (
            "mandant_birth_name",
            "ce n'est pas le mandant de la demande ; relisez la feuille, ou saisissez-la sans sa référence",
        ),
    }
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

    @classmethod
    def of_sheet(cls, demande: Procuration, today: date) -> "PaperForm":
        """What the sheet of this demande had printed, and the day it came; names that the roll gave are the sheet's."""
        told = {"received_on": short_day(today), "valid_until": demande.valid_until and short_day(demande.valid_until)}
        told |= {f"day_{n}": short_day(day) for n, day in enumerate(demande.days[:MOST_DAYS], start=1)}
        for who in ("mandant", "mandataire"):
            told |= _printed_of(demande, who)
        form = cls.of([demande.commune], MultiDict({name: text for name, text in told.items() if text}))
        form.authority_name.render_kw = {"autofocus": True}
        return form

    def read_sheet(self, demande: Procuration) -> paper.Form | None:
        """The same as `read`, of this demande's sheet: its days are all its own, unless others are typed."""
        typed = self.read([demande.commune])
        is_unchanged = typed is not None and typed.days and list(typed.days) == demande.days[:MOST_DAYS]
        return replace(typed, days=tuple(demande.days)) if typed and is_unchanged else typed

    def focus(self) -> None:
        """Begin at the first question that has no answer yet: forms are typed one after the other."""
        first = self.mandant_birth_name if self.commune.data else self.commune
        first.render_kw = {"autofocus": True}

    def repeat(self, last: Procuration, today: date) -> None:
        """What the papers of one pile share with the last one: where and when to vote, who established it, its arrival.

        Neither the people nor the day of the establishment; nor a day that is over.
        """
        days = [short_day(day) for day in last.days if day >= today]
        self.commune.data, self.place.commune = last.commune_code, last.established_commune
        self.authority_name.data, self.authority_capacity.data = last.officer_name, last.authority_capacity
        for field, day in zip((self.day_1, self.day_2), days, strict=False):
            field.data = day
        self.valid_until.data = short_day(last.valid_until) if last.valid_until and last.valid_until >= today else None
        self.received_on.data = short_day(last.received_on) if last.received_on else None

    def read(self, communes: Sequence[Commune]) -> paper.Form | None:
        """The form on paper that these answers make, or None with each error at its field."""
        commune = next((one for one in communes if one.code == self.commune.data), None)
        self.validate()
        if commune is None:
            self.commune.errors = ["choisissez une de vos communes"]
        self.check_validity()
        return None if self.errors or commune is None else self._form(commune)

    def refusal(self, form: paper.Form, at: datetime, demande: Procuration | None = None) -> list[Reason]:
        """What the law holds against it, or against its being this demande's sheet, told at the fields."""
        if demande is None:
            reasons = paper.reasons_against(form, now=at)
        else:
            reasons = twin.reasons_against(demande, form, now=at)
        self.explain(reasons, form)
        if demande is not None and twin.is_older(form, demande):
            self.received_on.errors, self.established_on.errors = [], [OLDER]
        return reasons

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


def _printed_of(demande: Procuration, who: str) -> dict[str, str | None]:
    """One of its two people, as the sheet had them."""
    person: Identity = getattr(demande, who)
    printed = {f"{who}_nne": getattr(demande, f"{who}_nne"), f"{who}_birth_date": short_day(person.birth_date)}
    if who == "mandataire" and demande.mandataire_masked:
        return printed
    commune = demande.mandataire_commune if who == "mandataire" else None
    return printed | {
        f"{who}_birth_name": person.birth_name,
        f"{who}_first_names": person.first_names,
        f"{who}_sex": person.sex.value,
        f"{who}_commune": commune.code if commune else None,
    }


class ArrivalForm(FrenchForm):
    """When the paper that an officer filled came."""

    received_on = FrenchDateField("Reçue le", [required(WRITE_A_DAY), plausible_year], message=WRITE_A_DAY)
