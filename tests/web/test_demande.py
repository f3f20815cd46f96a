"""The form and its recap: what people type, what is refused, what is kept, and one demande for two clicks."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from app.dates import now
from models.draft import Draft
from models.identity import Sex
from models.procuration import Procuration
from models.rules import months_after, years_after
from tests.builders import LAON, SOISSONS, World, an_identity, csrf_token
from tests.page import read
from tests.web.journeys import FORM, RECAP, answers, file_a_demande, fill, how_many, period, wrong

CONSULATE, NOUMEA, PARIS, PARIS_13 = "C0001", "98818", "75056", "75113"
SPOILT = {
    "commune": ["", "99999", "2", "Laon", "<b>Laon</b>", "x" * 10_000, "\0", "😀", "'; --"],
    "email": ["", "eloise", "eloise@", "@electeurs.test", "a b@electeurs.test", "a@b", "é@ò.test",
              "x" * 10_000 + "@a.test", "a@electeurs.test\nBcc: b@c.test", "a@electeurs.test, b@electeurs.test",
              "😀@electeurs.test"],
    "nne": ["1234567890", "12A4", "-1", "１２３", "x" * 10_000],
    "mandataire_birth_name": ["", " ", "\0", "-", "<script>alert(1)</script>", "R2D2", "Aa\N{REPLACEMENT CHARACTER}",
                              "李", "𝐃upont", "D" * 121, "D" * 10_000, "{{ 7 * 7 }}"],
    "mandataire_first_names": ["", "...", "<b>Anne</b>", "Anne; Marie", "A" * 121],
    "mandataire_sex": ["", "X", "f", "female", "F" * 10_000],
    "mandataire_birth_date": ["", "28/08/86", "31/02/1986", "29/02/1987", "00/00/0000", "1986", "28 aout", "0001-01-01",
                              "01/01/1890", "31/12/9999", "1986-13-01", "x" * 10_000, "\0"],
    "mandataire_commune": ["", "75056", "ZZZZZ"],
    "mandataire_nne": ["douze", "1" * 10],
    "validity": ["", "always", "scrutins,period"],
    "scrutins": [[], [""], ["x"], ["2021-06-20"], ["9999-12-31"], ["20270314"], ["2027-W10-7"], ["\0"], ["x"] * 1_000],
}  # fmt: skip


@pytest.fixture
def elector(world: World) -> FlaskClient:
    return world.as_elector()


@pytest.mark.parametrize("field", SPOILT)
def test_a_wrong_answer_is_told_and_every_other_answer_kept(world: World, elector: FlaskClient, field: str) -> None:
    filled = answers(world)
    elsewhere = [name for name in filled if name != field and not (field == "commune" and name == "scrutins")]
    for value in SPOILT[field]:
        page = wrong(elector, filled | {field: value})
        kept = page.form(FORM)
        assert {name: kept.get(name) for name in elsewhere} == {name: _alone(filled[name]) for name in elsewhere}, value
    assert how_many(Procuration) == how_many(Draft) == 0


def test_nothing_and_everything_missing_is_told_field_by_field(world: World, elector: FlaskClient) -> None:
    world.an_election()
    page = wrong(elector, {})
    assert len(page.errors) == 8
    assert page.title.startswith("Erreur : ")
    targets = [link for link in page.links.values() if link.startswith("#") and link != "#contenu"]
    assert set(targets) <= {f"#{e.get('id')}" for e in page.all() if e.get("id")}


def test_a_forged_or_absent_token_is_refused_and_nothing_is_kept(world: World, elector: FlaskClient) -> None:
    filled = answers(world)
    for forged in ({}, {"csrf_token": "x"}, {"csrf_token": "\0"}):
        assert elector.post(FORM, data=filled | forged).status_code == 400
        assert elector.post(RECAP, data={"sworn": "y"} | forged).status_code == 400
    assert how_many(Draft) == 0


def test_repeated_and_unknown_fields_do_no_harm(world: World, elector: FlaskClient) -> None:
    repeated = answers(world) | {
        "commune": [LAON, SOISSONS],
        "mandataire_sex": ["F", "M"],
        "mandant_birth_name": "AUTRE",
    }
    assert fill(elector, repeated | {"commune[]": LAON, "sworn": "y"}).status_code == 303
    recap = read(elector.get(RECAP))
    assert "D'HAUTPOUL DE LA TOUR" in recap.text
    assert "AUTRE" not in recap.text
    assert how_many(Procuration) == 0


def test_a_body_that_is_no_form_and_bytes_that_are_no_text_are_refused(elector: FlaskClient) -> None:
    token = csrf_token(elector.get(FORM).text)
    raw = f"csrf_token={token}&commune=%ED%A0%80&email=%FF%FE&mandataire_birth_name=%00&validity=%C0%AF"
    form = "application/x-www-form-urlencoded"
    assert elector.post(FORM, data=raw, content_type=form).status_code == 422
    assert elector.post(FORM, json={"commune": LAON}).status_code == 400
    assert elector.post(FORM, data="x" * 300_000, content_type=form).status_code == 413


def test_civil_status_comes_from_the_provider_and_has_no_field(elector: FlaskClient) -> None:
    page = read(elector.get(FORM))
    assert "Éloïse Marie-Ange D'HAUTPOUL DE LA TOUR, née le 28 février 1951" in page.text
    assert not [name for name in page.form(FORM) if name.startswith("mandant_")]


@pytest.mark.parametrize("lost", ["\0", "\x07", "\x7f", "\ue000", "\ufffe"])
@pytest.mark.parametrize("field", ["mandataire_birth_name", "mandataire_first_names", "email"])
def test_a_character_that_nobody_can_read_is_shown_and_refused_and_the_rest_kept(
    world: World, elector: FlaskClient, field: str, lost: str
) -> None:
    """A browser sends what was pasted, and dropping it would file « MARIN » for « MARTIN »."""
    page = wrong(elector, answers(world) | {field: f"Mar{lost}in@electeurs.test"[: None if field == "email" else 6]})
    assert len(page.errors) == 1
    assert page.errors[0].endswith(
        "le signe « \ufffd » est à la place d'un caractère illisible : récrivez ce qui manque"
    )
    kept = page.form(FORM)
    assert str(kept[field]).startswith("Mar\ufffdin")
    assert elector.post(FORM, data=kept | {field: answers(world)[field]}).status_code == 303


def test_nothing_is_preselected_in_the_validity(world: World, elector: FlaskClient) -> None:
    world.an_election()
    assert not {"validity", "scrutins", "mandataire_sex"} & set(read(elector.get(FORM)).form(FORM))


@pytest.mark.parametrize(
    ("typed", "read_back"),
    [
        ({"mandataire_birth_name": "  le   goff\u200b "}, "le goff"),
        ({"mandataire_first_names": "Anne, Marie-Lou,Zoé"}, "Anne Marie-Lou Zoé"),
        ({"mandataire_birth_name": "N’Diaye‐Ĺñœÿ"}, "N’Diaye‐Ĺñœÿ"),
        ({"mandataire_birth_name": "E\u0301lie"}, "Élie"),
        ({"mandataire_birth_date": "samedi 29 févr. 1992"}, "29 février 1992"),
        ({"mandataire_birth_date": "1er août 1986"}, "1er août 1986"),
        ({"email": " Eloise@Electeurs.TEST "}, "Eloise@electeurs.test"),
        ({"nne": "12 345 678"}, "12345678"),
        ({"commune": "2a004"}, "Ajaccio (2A, Corse-du-Sud)"),
        ({"commune": "", "commune_search": "ST ETIENNE"}, "Saint-Étienne (42, Loire)"),
        ({"commune": "", "commune_search": "l'hay les roses"}, "L'Haÿ-les-Roses (94, Val-de-Marne)"),
        ({"commune": "", "commune_search": "paris 13e"}, "Paris 13"),
        ({"commune": "", "commune_search": "02200", "mandataire_commune": SOISSONS}, None),
        ({"mandataire_commune": CONSULATE}, "Inscrite à"),
    ],
)
def test_what_people_type_is_understood(
    world: World, elector: FlaskClient, typed: dict[str, str], read_back: str | None
) -> None:
    answer = fill(elector, answers(world) | typed)
    if read_back is None:
        assert "plusieurs réponses sont possibles" in read(answer).errors[0]
    else:
        assert answer.status_code == 303, read(answer).errors
        assert read_back in read(elector.get(RECAP)).text


def test_homonyms_are_told_apart_by_department_and_chosen_without_javascript(
    world: World, elector: FlaskClient
) -> None:
    filled = answers(world) | {"commune": "", "commune_search": "saint-denis"}
    page = wrong(elector, filled)
    assert "Saint-Denis (974, La Réunion)" in page.text
    assert "commune" not in page.form(FORM)
    answer = elector.post(FORM, data=page.form(FORM) | {"commune": "97411"})
    assert answer.status_code == 303
    assert "Saint-Denis (974, La Réunion)" in read(elector.get(RECAP)).text
    assert read(elector.get(FORM)).form(FORM)["commune"] == "97411"


def test_a_name_that_no_commune_has_is_told_and_kept(world: World, elector: FlaskClient) -> None:
    for typed in ("Xyzzy", "((75)", "(", "😀", "00000", "%", "x" * 100):
        page = wrong(elector, answers(world) | {"commune": "", "commune_search": typed})
        assert "aucune commune de ce nom" in page.errors[0]
        assert page.form(FORM)["commune_search"] == typed


def test_a_name_typed_over_a_chosen_commune_wins(world: World, elector: FlaskClient) -> None:
    assert fill(elector, answers(world) | {"commune": LAON, "commune_search": "Soissons"}).status_code == 303
    assert "Soissons" in read(elector.get(RECAP)).text


def test_paris_as_a_whole_offers_its_arrondissements(world: World, elector: FlaskClient) -> None:
    page = wrong(elector, answers(world) | {"commune": PARIS})
    choices = [e for e in page.all("input") if e.get("name") == "commune" and e.get("type") == "radio"]
    assert len(choices) == 20
    assert fill(elector, answers(world) | {"commune": PARIS_13}).status_code == 303


def test_only_the_days_of_the_commune_s_own_elections_are_accepted(world: World, elector: FlaskClient) -> None:
    aisne, gers = world.a_sunday(4), world.a_sunday(5)
    world.an_election(days=(aisne,), territories=("02",))
    world.an_election(days=(gers,), territories=("32",))
    page = wrong(elector, answers(world, scrutins=[gers.isoformat()]))
    assert page.errors == [
        "Jours de vote : il n'y a pas de vote ce jour-là dans votre commune ; choisissez-en un autre"
    ]
    offered = [e.get("value") for e in page.all("input") if e.get("name") == "scrutins"]
    assert offered == [aisne.isoformat()]
    wrong(elector, answers(world, scrutins=[aisne.isoformat(), gers.isoformat()]))
    assert fill(elector, answers(world, scrutins=[aisne.isoformat()])).status_code == 303


def test_where_no_vote_is_announced_a_period_is_proposed(world: World, elector: FlaskClient) -> None:
    world.an_election(territories=("02",))
    filled = answers(world, scrutins=[world.a_sunday(8).isoformat()])
    page = wrong(elector, filled | {"commune": NOUMEA})
    assert page.errors == [
        "Jours de vote : aucun vote n'est encore annoncé dans votre commune ; choisissez une période"
    ]
    next_year = years_after(world.today, 1) - timedelta(days=2)
    assert fill(elector, period(world, next_year, commune=NOUMEA)).status_code == 303


def test_the_vote_of_this_very_day_is_late_but_never_refused(world: World, elector: FlaskClient) -> None:
    today = world.commune().local_day(now())
    world.an_election(days=(today,))
    assert fill(elector, answers(world, scrutins=[today.isoformat()])).status_code == 303


def test_a_period_lasts_a_year_or_three_on_a_consular_list(world: World, elector: FlaskClient) -> None:
    day = timedelta(days=1)
    for commune, years in ((LAON, 1), (CONSULATE, 3)):
        today = world.commune(commune).local_day(now())
        limit = years_after(today, years)
        for last_day in (today - day, today, limit + day):
            page = wrong(elector, period(world, last_day, commune=commune))
            assert page.errors[0].startswith("Dernier jour de la période : choisissez une date")
        for last_day in (today + day, limit, f"{limit:%d/%m/%Y}"):
            assert fill(elector, period(world, last_day, commune=commune)).status_code == 303


def test_the_branch_that_was_not_chosen_is_ignored(world: World, elector: FlaskClient) -> None:
    until = months_after(world.today, 3)
    assert fill(elector, answers(world, valid_until="n'importe quoi")).status_code == 303
    assert fill(elector, period(world, until) | {"scrutins": ["x"]}).status_code == 303
    recap = read(elector.get(RECAP))
    assert "tous les votes jusqu'au" in recap.text


@pytest.mark.parametrize(
    ("birth_name", "first_names"),
    [("d’hautpoul de la tour", "eloise marie ange"), ("D HAUTPOUL-DE-LA-TOUR", "ÉLOÏSE, MARIEANGE")],
)
def test_nobody_votes_through_themselves_however_spelt(
    world: World, elector: FlaskClient, birth_name: str, first_names: str
) -> None:
    oneself = {"mandataire_birth_name": birth_name, "mandataire_first_names": first_names}
    page = wrong(elector, answers(world) | oneself | {"mandataire_birth_date": "1951-02-28"})
    assert "on ne se donne pas procuration à soi-même" in page.errors[0]


def test_both_must_be_of_age_on_the_first_day_chosen(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    between = years_after(second, -18)
    world.an_election(days=(first, second))
    both = [first.isoformat(), second.isoformat()]
    minor = world.as_elector(identity=an_identity(birth_date=between))
    assert "vous devez avoir 18 ans" in wrong(minor, answers(world, scrutins=both)).errors[0]
    assert fill(minor, answers(world, scrutins=both[1:])).status_code == 303
    young = answers(world, scrutins=both, mandataire_birth_date=between.isoformat())
    assert "doit avoir 18 ans" in wrong(world.as_elector(), young).errors[0]
    tomorrow = (world.today + timedelta(days=2)).isoformat()
    assert "pas encore passée" in wrong(world.as_elector(), young | {"mandataire_birth_date": tomorrow}).errors[0]


def test_a_man_born_on_a_leap_day_and_named_like_a_wall_gets_his_receipt(world: World) -> None:
    him = an_identity(birth_name="Ñ" * 120, first_names="Æ" * 120, sex=Sex.M, birth_date=date(1952, 2, 29))
    assert len(file_a_demande(world.as_elector(identity=him), answers(world))) == 6


def _alone(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
