"""Fields that forms share: texts cleaned, dates as people type them, communes by name; messages in French."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

from babel.dates import get_month_names
from wtforms import Field, Form, HiddenField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, StopValidation, ValidationError

from models.base import db
from models.identity import fold
from models.territory import Commune, parts_of, search_key
from models.territory_search import matches_exactly, named_exactly, search

WEEKDAY = re.compile(r"^(?:le )?(?:(?:lun|mar|mercre|jeu|vendre|same)di |dimanche )?")
MONTHS = {fold(name): number for number, name in get_month_names("wide", locale="fr").items()}
COMMUNE_CODE = re.compile(r"[0-9A-Z]{5}")
OLDEST_AGE = 130
MANY = 30
SEXES = [SelectChoice("F", "Féminin"), SelectChoice("M", "Masculin")]
WRITE_A_DAY = "écrivez le jour, le mois et l'année"


LOST = "\N{REPLACEMENT CHARACTER}"


class FrenchForm(Form):
    """A form whose texts arrive trimmed, in one Unicode form, and without the characters that mean nothing.

    One that stood for something, and that nobody can read, is shown and refused.
    """

    class Meta:
        locales = ("fr",)

        def bind_field(self, form: Form, unbound_field: Any, options: Any) -> Field:
            filters = unbound_field.kwargs.get("filters", [tidy])
            return unbound_field.bind(form=form, **options, filters=filters)

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        for field in self:
            if isinstance(field.data, str) and LOST in field.data and not isinstance(field, PasswordField):
                field.errors = [f"le signe « {LOST} » est à la place d'un caractère illisible : récrivez ce qui manque"]
        return not self.errors


def tidy(value: Any) -> Any:
    """Trim and compose a text, make a run of blanks one space; other values pass.

    Format characters come with a paste, change no letter and are dropped. Control, private and unassigned ones may
    stand for a letter that was lost: each becomes a sign that can be seen, to be corrected.
    """
    if not isinstance(value, str):
        return value
    seen = value if value.isprintable() else "".join(_seen(c) for c in value)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if character.isspace() or not category.startswith("C"):
        return character
    return "" if category == "Cf" else LOST


def listed_names(typed: str | None) -> str | None:
    """First names as identity cards print them, without the commas between them."""
    return tidy(typed.replace(",", " ")) if typed else typed


def required(message: str) -> DataRequired:
    """Refuse an absent answer with a sentence that says what to write."""
    return DataRequired(message)


class ChoiceField(RadioField):
    """One answer of a few; anything else posted is no answer."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data not in [choice.value for choice in self.choices]:
            self.data = None


def civil_name(form: Form, field: Field) -> None:
    """Civil status is written in the Latin alphabet: its letters, spaces, apostrophes, hyphens, dots; 120 at most."""
    if len(field.data) > 120:
        raise ValidationError("écrivez 120 caractères au plus")
    if not any(c.isalpha() for c in field.data) or not all(_in_a_name(c) for c in field.data):
        raise ValidationError("écrivez des lettres, des espaces, des apostrophes et des traits d'union seulement")


def _in_a_name(character: str) -> bool:
    return character in " '’‘ʼ`´-‐‑–.·" or unicodedata.name(character, "").startswith(("LATIN ", "COMBINING "))


def electors_number(form: Form, field: Field) -> None:
    """A NNE: one to nine digits; spaces are dropped, nothing is padded."""
    field.data = re.sub(r"\s", "", field.data or "") or None
    if field.data and not re.fullmatch(r"[0-9]{1,9}", field.data):
        raise ValidationError("écrivez les chiffres du numéro, 9 au plus, ou laissez vide")


def email_address(form: Form, field: Field) -> None:
    """An address mail can be sent to; kept as the mail server will be given it."""
    from email_validator import EmailNotValidError, validate_email  # weighs on a start

    if "@" not in field.data:
        raise ValidationError("il manque le « @ »")
    if re.search(r"\s", field.data):
        raise ValidationError("une adresse e-mail s'écrit sans espace")
    if not field.data.rpartition("@")[0].isascii():
        raise ValidationError("le début d'une adresse e-mail s'écrit sans accent")
    try:
        checked = validate_email(field.data, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValidationError("écrivez une adresse complète, par exemple prenom.nom@exemple.fr") from error
    field.data = checked.ascii_email


class VersionField(HiddenField):
    """Which version the page showed, for who corrects after somebody else has."""

    @property
    def seen(self) -> int:
        """Of what no page gave, none: -1."""
        return int(self.data) if re.fullmatch("[0-9]{1,9}", self.data or "") else -1


class FrenchDateField(StringField):
    """A day typed as people do: 28/08/1986, 28.8.1986, 1986-08-28, 28 août 1986, dimanche 1er août 1986."""

    message = "écrivez le jour, le mois et l'année, par exemple 28/08/1986"
    day: date | None = None

    def __init__(self, label: str, validators: Any, message: str = message, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.message = message

    def pre_validate(self, form: Form) -> None:
        if not self.data:
            return
        self.day = read_day(self.data)
        if self.day is None:
            raise StopValidation(self.message)


def read_day(text: str) -> date | None:
    """The day that a text names, or None."""
    folded = WEEKDAY.sub("", fold(text))
    if found := re.fullmatch(r"(\d{4}) (\d{1,2}) (\d{1,2})", folded):
        year, month, day = map(int, found.groups())
    elif found := re.fullmatch(r"(\d{1,2})(?:er)? (\d{1,2}|[a-z]+) (\d{4})", folded):
        day, year = int(found[1]), int(found[3])
        month = int(found[2]) if found[2].isdecimal() else _month(found[2])
    elif found := re.fullmatch(r"(\d{2})(\d{2})(\d{4})", folded):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month(word: str) -> int:
    """A month by its name, or by a beginning that no other has (« févr », « sept »); 0 for any other word."""
    meant = [number for name, number in MONTHS.items() if name.startswith(word)] if len(word) > 2 else []
    return meant[0] if len(meant) == 1 else 0


def plausible_birth(today: Callable[[], date]) -> Callable[[Form, FrenchDateField], None]:
    """Refuse a birth to come, or one that nobody alive can have."""

    def check(form: Form, field: FrenchDateField) -> None:
        if field.day is None:
            return
        if field.day > today():
            raise ValidationError("cette date n'est pas encore passée")
        if field.day.year < today().year - OLDEST_AGE:
            raise ValidationError("vérifiez l'année")

    return check


class CommuneField(Field):
    """A commune by its code in `<name>`, or by what was typed in `<name>_search`; `choices` when several fit.

    `<name>_shown` is the text that the page had: one that changed since is newer than the code. What is posted in the
    code's place and is no code is an error, or for a mere search key is searched like a typed text.
    """

    typed: str = ""
    shown_before: str = ""
    commune: Commune | None = None
    choices: list[Commune]

    def __init__(self, *arguments: Any, is_search_key: bool = False, is_optional: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_search_key = is_search_key
        self.is_optional = is_optional

    def process(self, formdata: Any, *arguments: Any, **options: Any) -> None:
        self.choices = []
        super().process(formdata, *arguments, **options)
        if formdata is None:
            return
        self.typed = tidy(formdata.get(f"{self.name}_search") or "")[:200]
        self.shown_before = tidy(formdata.get(f"{self.name}_shown") or "")
        self.data = tidy(formdata.get(self.name) or "")[:200]
        self.commune = self._chosen() or self._found()
        if self.commune and self._is_sure():
            self.choices = [self.commune]

    def pre_validate(self, form: Form) -> None:
        is_left_out = self.is_optional and not (self.typed or self.data)
        if self.commune is None and not is_left_out:
            raise StopValidation(self._what_is_wrong())

    @property
    def shown(self) -> str:
        """The text of the search box when the form is shown again."""
        return self.typed or (self.commune.label if self.commune else "")

    def _chosen(self) -> Commune | None:
        if self.shown_before and self.typed != self.shown_before:
            self.data = ""
        code = self.data.upper()
        chosen = db.session.get(Commune, code) if COMMUNE_CODE.fullmatch(code) else None
        if chosen is None:
            if self.data:
                self.typed = self.data if self.is_search_key else ""
            return None
        self.choices = search(self.typed, limit=MANY) if self.typed else _parts(chosen)
        if self.typed and chosen not in self.choices and not _answers(chosen, self.typed):
            if not self.shown_before:
                return None
            self.typed, self.choices = "", _parts(chosen)
        return chosen if chosen.elects else None

    def _found(self) -> Commune | None:
        if not self.typed:
            return None
        self.choices = named_exactly(self.typed)
        if len(self.choices) == 1:
            return self.choices[0]
        self.choices = search(self.typed, limit=MANY)
        exact = self._exact()
        sure = exact or self.choices
        return sure[0] if len(sure) == 1 else None

    def _is_sure(self) -> bool:
        return not self.typed or len(self.choices) == 1 or self._exact() == [self.commune]

    def _exact(self) -> list[Commune]:
        return [commune for commune in self.choices if matches_exactly(commune, self.typed)]

    def _what_is_wrong(self) -> str:
        if self.choices:
            return "plusieurs réponses sont possibles : choisissez dans la liste, ou écrivez le code postal"
        if self.typed or self.data:
            return "aucune commune de ce nom ; vérifiez-le, ou essayez le code postal"
        return "écrivez le nom de la commune ou son code postal"


def _parts(commune: Commune) -> list[Commune]:
    """The arrondissements of Paris, Lyon or Marseille, which keep the rolls; of another commune, none."""
    return [] if commune.elects else parts_of(commune)


def _answers(commune: Commune, typed: str) -> bool:
    """Whether a commune too far down the list holds all the words typed."""
    words = search_key(typed).split()
    return bool(words) and all(f" {word}" in f" {commune.search_name}" for word in words)
