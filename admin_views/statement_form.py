"""What an officer types to hear a revocation without a reference: who, and where they vote."""

from wtforms import BooleanField, StringField

from app.dates import now
from app.forms import (
    SEXES,
    ChoiceField,
    CommuneField,
    FrenchDateField,
    FrenchForm,
    civil_name,
    listed_names,
    plausible_birth,
    required,
    tidy,
)
from models.identity import Identity, Sex


class StatementForm(FrenchForm):
    """The civil status on the identity document, and the mandant's commune."""

    mandant_birth_name = StringField("Nom de naissance", [required("écrivez ce nom"), civil_name])
    mandant_first_names = StringField(
        "Prénoms", [required("écrivez les prénoms"), civil_name], filters=[listed_names, tidy]
    )
    mandant_sex = ChoiceField("Sexe", choices=SEXES, validators=[required("choisissez une réponse")])
    mandant_birth_date = FrenchDateField(
        "Date de naissance", [required(FrenchDateField.message), plausible_birth(lambda: now().date())]
    )
    commune = CommuneField("Commune où la personne vote")
    is_identified = BooleanField(
        "Présent en personne, identité conforme à la pièce", [required("cochez cette case après avoir comparé")]
    )

    @property
    def mandant(self) -> Identity:
        """Once it is valid."""
        return Identity(
            birth_name=self.mandant_birth_name.data,
            first_names=self.mandant_first_names.data,
            sex=Sex(self.mandant_sex.data),
            birth_date=self.mandant_birth_date.day,
        )
