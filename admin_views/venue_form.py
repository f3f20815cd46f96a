"""What supervision types of a place: everything that the public reads, and whether the public sees it."""

from typing import Any

from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import Optional, ValidationError

from admin_views.paper_form import short
from app.forms import CommuneField, FrenchDateField, FrenchForm, VersionField, required
from models.position import Position, believable
from models.venue import LONGEST, Venue
from models.venue_correction import Wanted

A_DAY = "écrivez le jour, le mois et l'année, par exemple 01/03/2027"
TEXTS = ("address", "telephone", "hours", "access")


class DegreesField(StringField):
    """Degrees with a comma or a point; empty is unknown."""

    degrees: float | None = None

    def pre_validate(self, form: FrenchForm) -> None:
        if not self.data:
            return
        try:
            self.degrees = float(self.data.replace(",", "."))
        except ValueError as error:
            raise ValidationError("écrivez des degrés, par exemple 49,5640") from error


class VenueForm(FrenchForm):
    """A place that some file gave."""

    name = StringField("Nom", [required("écrivez le nom du lieu"), short(LONGEST["name"])])
    commune = CommuneField("Commune")
    address = StringField("Adresse", [Optional(), short(LONGEST["address"])])
    telephone = StringField("Téléphone", [Optional(), short(LONGEST["telephone"])])
    hours = TextAreaField("Jours et horaires", [Optional(), short(LONGEST["hours"])])
    access = StringField("Accès des personnes handicapées", [Optional(), short(LONGEST["access"])])
    latitude = DegreesField("Latitude", [Optional()])
    longitude = DegreesField("Longitude", [Optional()])
    opens_on = FrenchDateField("Premier jour", [Optional()], A_DAY)
    closes_on = FrenchDateField("Dernier jour", [Optional()], A_DAY)
    is_hidden = BooleanField("Ne plus montrer ce lieu au public")
    version = VersionField()

    @classmethod
    def of(cls, venue: Venue) -> "VenueForm":
        """As the place is."""
        form = cls(data=_typed(venue))
        form.commune.commune, form.commune.choices = venue.commune, [venue.commune]
        return form

    def read(self) -> Wanted | None:
        """What these answers ask for, or None with each error at its field."""
        self.validate()
        self._check_position()
        self._check_days()
        if self.errors or self.commune.commune is None:
            return None
        return Wanted(
            name=self.name.data,
            commune_code=self.commune.commune.code,
            latitude=self.latitude.degrees,
            longitude=self.longitude.degrees,
            opens_on=self.opens_on.day,
            closes_on=self.closes_on.day,
            **{name: self[name].data or None for name in TEXTS},
        )

    def _check_position(self) -> None:
        """Both or neither, and where the department is."""
        latitude, longitude, commune = self.latitude.degrees, self.longitude.degrees, self.commune.commune
        if self.latitude.errors or self.longitude.errors or (latitude is None and longitude is None):
            return
        if latitude is None or longitude is None:
            empty = self.latitude if latitude is None else self.longitude
            empty.errors = ["écrivez aussi ce nombre, ou laissez vides les deux"]
        elif commune and believable(Position(latitude, longitude), commune.department_code) != (latitude, longitude):
            self.latitude.errors = ["cette position n'est pas du côté de la commune ; vérifiez les deux nombres"]

    def _check_days(self) -> None:
        if self.opens_on.day and self.closes_on.day and self.opens_on.day > self.closes_on.day:
            self.closes_on.errors = ["ce jour est avant le premier jour"]


class ListedForm(VenueForm):
    """A place that a prefect lists: for some days, by an order."""

    opens_on = FrenchDateField("Premier jour", [required(A_DAY)], A_DAY)
    closes_on = FrenchDateField("Dernier jour", [required(A_DAY)], A_DAY)
    hours = TextAreaField("Jours et horaires", [required("écrivez les horaires"), short(LONGEST["hours"])])
    source = StringField("Arrêté du préfet", [required("écrivez l'arrêté"), short(LONGEST["source"])])
    is_hidden = None


def _typed(venue: Venue) -> dict[str, Any]:
    """The place as somebody would have typed it."""
    days = {name: f"{day:%d/%m/%Y}" if (day := getattr(venue, name)) else "" for name in ("opens_on", "closes_on")}
    numbers = {
        name: "" if (value := getattr(venue, name)) is None else str(value).replace(".", ",")
        for name in ("latitude", "longitude")
    }
    texts = {name: getattr(venue, name) or "" for name in ("name", *TEXTS)}
    return {**texts, **days, **numbers, "is_hidden": venue.is_hidden, "version": str(venue.version)}
