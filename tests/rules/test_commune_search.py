"""A person finds a commune whatever the way it is typed; the commune found is one where people are registered."""

import pytest
from flask import Flask

from models.base import db
from models.territory import Commune, search_key
from models.territory_search import matches_exactly, search

HOSTILE = ("", " ", "%", "_", "%%%%%", "a_b%", "\\", "'", '"', "{", "zzzz{", "\0", "Laon\0", "😀", "\ud800", "٠٢٤٠٨")
HOSTILE += ("Laon (", "Laon (02", "( 02 )", "-1", "1; drop table commune")
HOSTILE += ("x" * 10_000, "(" * 10_000, "0" * 10_000, "a ( " * 3_000)


def labels(text: str, limit: int = 20) -> list[str]:
    return [commune.label for commune in search(text, limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Laon", "Laon (02, Aisne)"),
        ("  LAON ", "Laon (02, Aisne)"),
        ("l’hay les roses", "L'Haÿ-les-Roses (94, Val-de-Marne)"),
        ("Havre", "Le Havre (76, Seine-Maritime)"),
        ("le havre", "Le Havre (76, Seine-Maritime)"),
        ("Lilas", "Les Lilas (93, Seine-Saint-Denis)"),
        ("ile rousse", "L'Île-Rousse (2B, Haute-Corse)"),
        ("La Laon", "Laon (02, Aisne)"),
        ("St Germain en Laye", "Saint-Germain-en-Laye (78, Yvelines)"),
        ("ste marie aux mines", "Sainte-Marie-aux-Mines (68, Haut-Rhin)"),
        ("Saint-Pierre-lès-Nemours", "Saint-Pierre-lès-Nemours (77, Seine-et-Marne)"),
        ("oelleville", "Oëlleville (88, Vosges)"),
        ("Œting", "Œting (57, Moselle)"),
        ("oeting", "Œting (57, Moselle)"),
        ("germain laye", "Saint-Germain-en-Laye (78, Yvelines)"),
        ("villeneuve dascq", "Villeneuve-d'Ascq (59, Nord)"),
        ("lhaylesroses", "L'Haÿ-les-Roses (94, Val-de-Marne)"),
        ("Bruxelles", "Bruxelles (consulat général de France)"),
        ("02408", "Laon (02, Aisne)"),
        ("2a004", "Ajaccio (2A, Corse-du-Sud)"),
        ("C0009", "Bruxelles (consulat général de France)"),
        ("02000 LAON", "Laon (02, Aisne)"),
        ("Laon 02000", "Laon (02, Aisne)"),
        ("75013", "Paris 13e Arrondissement (75, Paris)"),
        ("97400", "Saint-Denis (974, La Réunion)"),
    ],
)
def test_a_person_finds_the_commune_first(app: Flask, typed: str, first: str) -> None:
    assert labels(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "only"),
    [
        ("Saint-Martin (32, Gers)", "Saint-Martin (32, Gers)"),
        ("Saint-Martin (32)", "Saint-Martin (32, Gers)"),
        ("Saint-Denis 974", "Saint-Denis (974, La Réunion)"),
        ("Laon (02)", "Laon (02, Aisne)"),
        ("Laon 02", "Laon (02, Aisne)"),
        ("ajaccio 2a", "Ajaccio (2A, Corse-du-Sud)"),
        ("Paris 13", "Paris 13e Arrondissement (75, Paris)"),
        ("Paris 13e", "Paris 13e Arrondissement (75, Paris)"),
        ("paris 13ème arrondissement", "Paris 13e Arrondissement (75, Paris)"),
        ("Paris 1", "Paris 1er Arrondissement (75, Paris)"),
        ("Marseille 1er", "Marseille 1er Arrondissement (13, Bouches-du-Rhône)"),
        ("Marseille 13", "Marseille 13e Arrondissement (13, Bouches-du-Rhône)"),
        ("Château-Chinon (Ville) (58, Nièvre)", "Château-Chinon (Ville) (58, Nièvre)"),
        ("Bruxelles (consulat général de France)", "Bruxelles (consulat général de France)"),
    ],
)
def test_a_precise_text_gives_one_commune(app: Flask, typed: str, only: str) -> None:
    assert labels(typed) == [only]


def test_every_label_that_is_printed_finds_its_commune_alone(app: Flask) -> None:
    sample = [
        c for n, c in enumerate(db.session.query(Commune).where(Commune.elects).order_by(Commune.code)) if n % 97 == 0
    ]
    assert len(sample) > 300
    for commune in sample:
        assert search(commune.label) == [commune], commune.label
        assert matches_exactly(commune, commune.label)


@pytest.mark.parametrize(("city", "number"), [("Paris", 20), ("Lyon", 9), ("Marseille", 16)])
def test_a_divided_city_gives_its_arrondissements_in_order_and_never_itself(app: Flask, city: str, number: int) -> None:
    found = labels(city, limit=number)
    assert [label.split("Arr")[0] for label in found] == [
        f"{city} {n}{'er' if n == 1 else 'e'} " for n in range(1, number + 1)
    ]
    assert city not in [commune.name for commune in search(city, limit=100)]


def test_exact_names_come_before_beginnings_and_beginnings_before_the_rest(app: Flask) -> None:
    names = [commune.name for commune in search("Laon")]
    assert names[:2] == ["Laon", "Laons"]
    assert "Athies-sous-Laon" in names[2:]


def test_homonyms_are_all_there_each_with_its_department(app: Flask) -> None:
    found = labels("Saint-Denis", limit=4)
    assert found == [
        "Saint-Denis (11, Aude)",
        "Saint-Denis (30, Gard)",
        "Saint-Denis (93, Seine-Saint-Denis)",
        "Saint-Denis (974, La Réunion)",
    ]


def test_a_postal_code_gives_all_its_communes_whatever_the_limit(app: Flask) -> None:
    assert len(search("51300", limit=5)) == 46
    assert len(search("5130", limit=5)) == 5
    assert {c.name for c in search("02000")} >= {"Laon", "Aulnois-sous-Laon"}


@pytest.mark.parametrize("typed", ["75056", "13055", "69123", "98412", "Kerguelen", "98799", "Fleury-devant-Douaumont"])
def test_nobody_is_registered_where_nobody_votes(app: Flask, typed: str) -> None:
    assert search(typed) == []


@pytest.mark.parametrize("typed", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_whatever_is_typed_there_is_an_answer(app: Flask, typed: str) -> None:
    assert len(search(typed)) <= 20


@pytest.mark.parametrize("typed", ["%", "_", "____", "L%n", "\\", "😀"])
def test_no_character_is_a_wildcard(app: Flask, typed: str) -> None:
    assert "Laon" not in [commune.name for commune in search(typed)]


@pytest.mark.parametrize(
    ("code", "typed", "is_exact"),
    [
        ("02408", "laon", True),
        ("02408", "Laon (02, Aisne)", True),
        ("02408", "Lao", False),
        ("28206", "Laon", False),
        ("76351", "Havre", True),
        ("C0009", "bruxelles", True),
        ("75113", "Paris 13e", True),
        ("75113", "Paris", False),
    ],
)
def test_an_exact_name_is_told_from_a_beginning(app: Flask, code: str, typed: str, is_exact: bool) -> None:
    assert matches_exactly(db.session.get_one(Commune, code), typed) is is_exact


def test_a_key_has_only_letters_digits_and_single_spaces() -> None:
    assert search_key("L'Île-d’Yeu (85)  Ste-Œuvre 3ᵉ arr.") == "l ile d yeu 85 sainte oeuvre 03"


def test_the_form_is_offered_ten_labels_and_nothing_for_a_single_letter(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/communes?q=laon").json[0] == "Laon (02, Aisne)"
    assert len(client.get("/communes?q=saint").json) == 10
    assert len(client.get("/communes?q=51300").json) == 10
    for nothing in ("/communes", "/communes?q=", "/communes?q=l", "/communes?q=%20l%20", "/communes?q=%00%ff"):
        assert client.get(nothing).json == []


def test_a_beginning_is_found_in_the_index_and_not_by_reading_every_commune(app: Flask) -> None:
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    if explain == "EXPLAIN":
        db.session.execute(db.text("ANALYZE commune"))
    plan = db.session.execute(
        db.text(f"{explain} SELECT code FROM commune WHERE search_name >= 'laon' AND search_name < 'laon{{'")
    )
    assert "ix_commune_search_name" in str(plan.all())
