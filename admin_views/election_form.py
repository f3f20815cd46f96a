"""The form of an election: what supervision types, read as a plan, and each fault told at its field."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import StrEnum
from typing import Any

from flask import get_template_attribute
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation

from app.dates import short_day
from app.forms import ChoiceField, FrenchDateField, FrenchForm, VersionField, read_day, required, tidy
from models.errors import Fault, Problem
from models.identity import fold
from models.law import Ceiling, ControlRegime, Law, ListType, law_of_territory
from models.plan import Plan, Tour
from models.scrutin import ElectionKind
from models.territory import EVERY_COMMUNE

CODE = re.compile(r"FR|CO|[0-9]{2,3}|[0-9C][0-9AB][0-9]{3}|2[AB]")
REGIMES = {
    "mairie": ControlRegime.TOWN_HALL,
    "repertoire": ControlRegime.REGISTER,
    "town_hall": ControlRegime.TOWN_HALL,
    "register": ControlRegime.REGISTER,
}
LONGEST_TEXT = 20_000
UNKNOWN_CODES = (
    "corrigez ces codes, qui n'existent pas ou n'ont pas d'électeurs ; de Paris, Lyon et Marseille, écrivez ceux des "
    "arrondissements"
)
# Which field a fault is shown at ({} is the tour), and what to do about it.
EXPLANATIONS = {
    Fault.NAME_MISSING: ("name", "écrivez le nom de l'élection"),
    Fault.NAME_TOO_LONG: ("name", "écrivez 120 caractères au plus"),
    Fault.NAME_TAKEN: ("name", "une autre élection porte déjà ce nom : ajoutez-y le mois ou l'année"),
    Fault.NO_TOUR: ("day_1", "écrivez le jour du premier tour"),
    Fault.TOO_MANY_TOURS: ("day_2", "une élection a deux tours au plus"),
    Fault.TOURS_OUT_OF_ORDER: ("day_2", "partout, le second tour vient après le premier : corrigez l'un des jours"),
    Fault.TOUR_BEGUN: ("day_{}", "ce tour a commencé quelque part : ses jours ne changent plus"),
    Fault.DAY_NOT_TO_COME: ("day_{}", "choisissez un jour à venir, partout où l'on vote"),
    Fault.DAY_TOO_FAR: ("day_{}", "vérifiez l'année : ce jour est trop lointain"),
    Fault.NO_TERRITORY: ("territories", "écrivez au moins un code"),
    Fault.TERRITORY_UNKNOWN: ("territories", UNKNOWN_CODES),
    Fault.LOCAL_CODE_UNKNOWN: ("local_days_{}", UNKNOWN_CODES),
    Fault.LOCAL_CODE_ELSEWHERE: ("local_days_{}", "ces territoires ne votent pas à cette élection"),
    Fault.LOCAL_DAY_TOO_FAR: (
        "local_days_{}",
        "vérifiez ces jours : ils sont à plus de deux semaines du tour",
    ),
    Fault.CEILING_TOTAL: ("max_total", "écrivez un nombre de 1 à 9"),
    Fault.CEILING_IN_FRANCE: ("max_established_in_france", "écrivez un nombre d'au moins 1, sans dépasser le plafond"),
    Fault.CEILING_CONSULAR: ("max_total_if_consular", "écrivez un nombre qui ne soit pas sous le plafond, 9 au plus"),
    Fault.NO_LIST: ("list_types", "cochez au moins une liste"),
    Fault.NOTHING_CHANGED: ("name", "vous n'avez rien changé : corrigez une réponse, ou quittez cette page"),
}


def lines(text: Any) -> Any:
    """A text of several lines, each of them tidy."""
    return "\n".join(tidy(line) for line in text.splitlines()) if isinstance(text, str) else text


def in_french(macro: str, codes: type[StrEnum]) -> Callable[[], list[SelectChoice]]:
    """The choices of a field, in the words of components/words.html; asked when a form is made."""

    def choices() -> list[SelectChoice]:
        word = get_template_attribute("components/words.html", macro)
        return [SelectChoice(code.value, str(word(code))) for code in codes]

    return choices


class LinesField(TextAreaField):
    """One thing a line; what cannot be read is quoted."""

    def __init__(self, label: str, validators: Any = (), **options: Any) -> None:
        super().__init__(label, validators, **options | {"filters": [lines]})

    @property
    def written(self) -> list[str]:
        return [line for line in (self.data or "").splitlines() if line]

    def check_length(self) -> None:
        if len(self.data or "") > LONGEST_TEXT:
            raise StopValidation("écrivez moins de lignes : un département remplace ses communes")


class TerritoriesField(LinesField):
    """Codes, several a line if one likes; a line may end with who decides there: « 988 mairie »."""

    def pre_validate(self, form: Form) -> None:
        self.check_length()
        self.territories: dict[str, ControlRegime | None] = {}
        for line in self.written:
            words = re.split(r"[\s,;:]+", line)
            regime = REGIMES.get(fold(words[-1]).replace(" ", "_"))
            self.territories |= dict.fromkeys(_codes(words[:-1] if regime else words), regime)


class LocalDaysField(LinesField):
    """Codes, then the day on which they vote: « 971 973 13/03/2027 »."""

    def pre_validate(self, form: Form) -> None:
        self.check_length()
        self.days: dict[str, date] = {}
        for line in self.written:
            *codes, day = re.split(r"[\s,;:]+", line)
            if not codes or (read := read_day(day)) is None:
                raise StopValidation(f"« {line[:40]} » : écrivez des codes puis un jour, comme 971 973 13/03/2027")
            self.days |= dict.fromkeys(_codes(codes), read)


class NumberField(StringField):
    """A small whole number in plain digits."""

    number: int | None = None

    def pre_validate(self, form: Form) -> None:
        if not self.data:
            return
        if not re.fullmatch("[0-9]{1,3}", self.data):
            raise StopValidation("écrivez un nombre, en chiffres")
        self.number = int(self.data)


class ElectionForm(FrenchForm):
    """An election as supervision types it."""

    version = VersionField()
    name = StringField("Nom", [required("écrivez le nom de l'élection")])
    kind = ChoiceField(
        "Nature",
        choices=in_french("election_kind", ElectionKind),
        validators=[required("choisissez la nature de l'élection")],
    )
    day_1 = FrenchDateField("Jour du 1er tour", [required("écrivez le jour du premier tour")])
    local_days_1 = LocalDaysField("Autres jours du 1er tour (facultatif)")
    day_2 = FrenchDateField("Jour du 2e tour (facultatif)", [Optional()])
    local_days_2 = LocalDaysField("Autres jours du 2e tour (facultatif)")
    territories = TerritoriesField("Territoires qui votent", [required("écrivez au moins un code")])
    control_regime = ChoiceField(
        "Qui contrôle\u00a0?",
        choices=in_french("regime_label", ControlRegime),
        validators=[required("choisissez qui contrôle")],
    )
    max_total = NumberField("Plafond par mandataire", [required("écrivez un nombre")])
    max_established_in_france = NumberField("Dont établies en France", [required("écrivez un nombre")])
    max_total_if_consular = NumberField("Plafond avec une liste consulaire (facultatif)")
    same_commune_required = BooleanField("Mandant et mandataire sont inscrits dans la même commune")
    list_types = SelectMultipleField(
        "Listes qui votent", choices=in_french("list_type_label", ListType), validate_choice=False
    )
    online_revocation = BooleanField("La résiliation peut être demandée en ligne")
    certified_identity = BooleanField("Une identité numérique certifiée dispense de la visite")
    transmitted_ahead = BooleanField("Le formulaire rempli au guichet est transmis avant le papier (texte non lu)")

    @classmethod
    def for_new(cls, today: date) -> "ElectionForm":
        """Empty, but for the ceilings and the ways that are law today; who controls, and which lists, is asked."""
        law = law_of_territory((EVERY_COMMUNE,), today)
        return cls(data=_law_fields(law) | {"control_regime": None, "list_types": [ListType.LP]})

    @classmethod
    def of(cls, plan: Plan, version: int) -> "ElectionForm":
        """An election as it is."""
        first, *others = [*plan.tours, None]
        second = others[0] if others else None
        answers = {
            "version": str(version),
            "name": plan.name,
            "kind": plan.kind,
            "territories": "\n".join(_territory_lines(plan)),
            **_tour_fields(1, first),
            **_tour_fields(2, second),
        }
        return cls(data=answers | _law_fields(plan.law))

    def plan(self) -> Plan | None:
        """The election that these answers make, or None with each error at its field."""
        self.validate()
        if not self.day_2.data and self.local_days_2.written:
            self.day_2.errors = ["écrivez le jour du second tour, ou videz ses autres jours"]
        if self.errors:
            return None
        tours = [Tour(self.day_1.day, self.local_days_1.days)]
        if self.day_2.day:
            tours.append(Tour(self.day_2.day, self.local_days_2.days))
        return Plan(
            name=self.name.data,
            kind=ElectionKind(self.kind.data),
            tours=tuple(tours),
            territories=self.territories.territories,
            law=self._law(),
        )

    def explain(self, problems: Iterable[Problem]) -> None:
        """Tell each fault at its field."""
        for problem in problems:
            name, sentence = EXPLANATIONS[problem.fault]
            field = self[name.format(problem.tour)]
            about = f" ({', '.join(problem.codes[:10])})" if problem.codes else ""
            field.errors = [*field.errors, sentence + about]

    def without_errors(self) -> "ElectionForm":
        """The same answers, not judged yet."""
        for field in self:
            field.errors = []
        return self

    def typed(self, posted: MultiDict[str, str]) -> list[tuple[str, str]]:
        """The answers to post again with the confirmation, as they were typed."""
        return [(name, value) for name, values in posted.lists() if name in self._fields for value in values]

    def _law(self) -> Law:
        known = {code.value for code in ListType}
        return Law(
            control_regime=ControlRegime(self.control_regime.data),
            ceiling=Ceiling(
                self.max_total.number or 0,
                self.max_established_in_france.number or 0,
                self.max_total_if_consular.number,
            ),
            same_commune_required=self.same_commune_required.data,
            list_types=frozenset(ListType(code) for code in self.list_types.data or () if code in known),
            online_revocation=self.online_revocation.data,
            certified_identity=self.certified_identity.data,
            transmitted_ahead=self.transmitted_ahead.data,
        )


def _codes(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if not word:
            continue
        if not CODE.fullmatch(word.upper()):
            raise StopValidation(f"« {word[:40]} » n'est pas un code")
        yield word.upper()


def _tour_fields(number: int, tour: Tour | None) -> dict[str, str]:
    if tour is None:
        return {}
    by_day: dict[date, list[str]] = {}
    for code, day in tour.local_days.items():
        by_day.setdefault(day, []).append(code)
    local = "\n".join(f"{' '.join(codes)} {short_day(day)}" for day, codes in sorted(by_day.items()))
    return {f"day_{number}": short_day(tour.day), f"local_days_{number}": local}


def _territory_lines(plan: Plan) -> Iterator[str]:
    """Those without a regime of their own on one line, then one line a regime."""
    by_regime: dict[ControlRegime | None, list[str]] = {}
    for code, regime in plan.territories.items():
        by_regime.setdefault(regime, []).append(code)
    for regime, codes in sorted(by_regime.items(), key=lambda pair: pair[0] or ""):
        own = next((word for word, meant in REGIMES.items() if meant is regime), None)
        yield " ".join([*codes, *([own] if own else [])])


def _law_fields(law: Law) -> dict[str, Any]:
    consular = law.ceiling.max_total_if_consular
    return {
        "control_regime": law.control_regime,
        "max_total": str(law.ceiling.max_total),
        "max_established_in_france": str(law.ceiling.max_established_in_france),
        "max_total_if_consular": str(consular) if consular else "",
        "same_commune_required": law.same_commune_required,
        "list_types": sorted(law.list_types),
        "online_revocation": law.online_revocation,
        "certified_identity": law.certified_identity,
        "transmitted_ahead": law.transmitted_ahead,
    }
