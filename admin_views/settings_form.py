"""What a town hall fills about itself: hours, telephone, duty list, closing time."""

import re
from collections.abc import Sequence
from datetime import time
from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from admin_views.paper_form import short
from app.forms import FrenchForm, required
from models.account import Account
from models.desk_settings import (
    LEAST_SEEN_WITHIN,
    MOST_CLOSING_DAYS,
    MOST_ON_DUTY,
    MOST_SEEN_WITHIN,
    DeskSettings,
    Wanted,
)

DAYS_BEFORE = {0: "Le jour du vote", 1: "La veille du vote", 2: "L'avant-veille du vote"}
DUTY = tuple(f"duty_{n}" for n in range(1, MOST_ON_DUTY + 1))


def a_telephone(form: FrenchForm, field: StringField) -> None:
    """A number that can be dialled: 4 to 15 digits, and the signs that people write between them."""
    if not re.fullmatch(r"\+?[0-9 ().-]+", field.data) or not 4 <= len(re.sub(r"\D", "", field.data)) <= 15:
        raise ValidationError("écrivez un numéro de téléphone, par exemple 03 23 22 30 30")
    if "(0)" in field.data:
        raise ValidationError("écrivez le numéro sans « (0) », par exemple +33 3 23 22 30 30")


def some_minutes(form: FrenchForm, field: StringField) -> None:
    """A number of minutes that the domain takes."""
    is_number = re.fullmatch(r"[0-9]{1,4}", field.data)
    if not is_number or not LEAST_SEEN_WITHIN <= int(field.data) <= MOST_SEEN_WITHIN:
        raise ValidationError(f"écrivez un nombre de minutes, entre {LEAST_SEEN_WITHIN} et {MOST_SEEN_WITHIN}")


class FrenchTimeField(StringField):
    """An hour as people type it: 18 h, 18h30, 18:30, 9."""

    hour: time | None = None

    def pre_validate(self, form: FrenchForm) -> None:
        found = re.fullmatch(r"([0-9]{1,2})(?: ?[h:.] ?([0-9]{2})?)?", (self.data or "").lower())
        if not self.data:
            return
        if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValidationError("écrivez une heure, par exemple 18 h 30")
        self.hour = time(int(found[1]), int(found[2] or 0))


class SettingsForm(FrenchForm):
    """All that one commune decides; its clerks are offered for duty, as many times as there are, four at most."""

    office_hours = TextAreaField("Heures d'ouverture du bureau", [Optional(), short(300)])
    telephone = StringField("Téléphone du bureau", [Optional(), a_telephone, short(30)])
    closing_days = SelectField("Jour de clôture", validate_choice=False)
    closing_time = FrenchTimeField("Heure de clôture", [required("écrivez une heure")])
    duty_1 = SelectField("Première personne prévenue", validate_choice=False)
    duty_2 = SelectField("Deuxième personne", validate_choice=False)
    duty_3 = SelectField("Troisième personne", validate_choice=False)
    duty_4 = SelectField("Quatrième personne", validate_choice=False)
    seen_within = StringField(
        "Minutes avant de prévenir la suivante", [required("écrivez un nombre de minutes"), some_minutes]
    )

    @classmethod
    def of(cls, kept: DeskSettings, clerks: Sequence[Account], posted: Any = None) -> "SettingsForm":
        """As the settings are, or as they were typed."""
        form = cls(posted, data=_typed(kept, clerks))
        form.closing_days.choices = [
            (str(n), DAYS_BEFORE.get(n, f"{n} jours avant le vote")) for n in range(MOST_CLOSING_DAYS + 1)
        ]
        for name in DUTY[len(clerks) :]:
            del form[name]
        for field in form.duty:
            field.choices = [("", "Aucune"), *((str(one.id), f"{one.name} ({one.email})") for one in clerks)]
        return form

    @property
    def duty(self) -> list[SelectField]:
        """The fields of the duty list that are shown."""
        return [self[name] for name in DUTY if name in self]

    def read(self) -> Wanted | None:
        """What these answers ask for, or None with each error at its field."""
        self.validate()
        self._check_days()
        self._check_duty()
        if self.errors or self.closing_time.hour is None:
            return None
        return Wanted(
            office_hours=self.office_hours.data or None,
            telephone=self.telephone.data or None,
            closing_days=int(self.closing_days.data),
            closing_time=self.closing_time.hour,
            seen_within=int(self.seen_within.data),
            duty=tuple(int(field.data) for field in self.duty if field.data),
        )

    def _check_days(self) -> None:
        if self.closing_days.data not in dict(self.closing_days.choices):
            self.closing_days.errors = ["choisissez un jour de la liste"]

    def _check_duty(self) -> None:
        """Each a clerk of the commune, each once; an empty place between two is no error."""
        seen: set[str] = set()
        for field in self.duty:
            if field.data and field.data not in dict(field.choices):
                field.errors = ["choisissez une personne de la liste"]
            elif field.data and field.data in seen:
                field.errors = ["cette personne est déjà choisie plus haut"]
            seen.add(field.data or "")


def _typed(kept: DeskSettings, clerks: Sequence[Account]) -> dict[str, str]:
    """The settings as a clerk would have typed them."""
    on_duty = [duty.account for duty in kept.duties if duty.account in clerks]
    own = {name: str(account.id) for name, account in zip(DUTY, on_duty, strict=False)}
    return {
        "office_hours": kept.office_hours or "",
        "telephone": kept.telephone or "",
        "closing_days": str(kept.closing_days),
        "closing_time": f"{kept.closing_time.hour} h {kept.closing_time.minute:02}",
        "seen_within": str(kept.seen_within),
        **own,
    }
