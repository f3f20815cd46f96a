"""An REU export as it really is (formats.md 1): each variant, and each trap of its table that reading decides."""

from datetime import date

import pytest

from models.identity import Sex
from models.law import ListType
from models.roll_file import Aside, SetAside
from tests.rolls.files import HEADER, NOT_KEPT, ORDER, a_file, an_elector, read_all, the_line

NNE = "numéro national d'électeur"


def test_a_line_gives_what_matching_bureau_and_order_need() -> None:
    line = the_line(a_file())
    assert (line.number, line.commune_code, line.list_type, line.nne) == (2, "02408", ListType.LP, None)
    assert (line.birth_name, line.usual_name) == ("D'AUBIGNÉ", None)
    assert (line.first_names, line.sex) == ("Lucie Gwenaëlle-Rosalie", Sex.F)
    assert (line.birth_date, line.birth_text) == (date(1986, 8, 28), None)
    assert (line.bureau_code, line.bureau_name, line.order_number) == ("0003", "ÉCOLE DES TILLEULS", "412")


def test_the_address_the_nationality_and_the_birthplace_are_dropped_while_reading() -> None:
    content = a_file()
    assert all(word.encode() in content for word in NOT_KEPT)
    assert not any(word in repr(the_line(content)) for word in NOT_KEPT)


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_both_separators_and_every_encoding_are_read(separator: str, encoding: str) -> None:
    content = a_file(separator=separator, encoding=encoding)
    assert the_line(content) == the_line(a_file())


def test_an_encoding_is_told_even_when_the_headers_are_plain() -> None:
    content = a_file(rename={name: name.replace("é", "e") for name in HEADER}, encoding="cp1252")
    assert the_line(content) == the_line(a_file())


def test_lines_that_end_as_on_windows_are_read() -> None:
    assert the_line(a_file().replace(b"\n", b"\r\n")) == the_line(a_file())


@pytest.mark.parametrize(
    "rename",
    [
        {name: name.upper() for name in HEADER},
        {name: name.replace("'", "’") for name in HEADER},
        {name: name.replace("é", "e").replace("è", "e") for name in HEADER},
        {"code du l'ugle": "Code de l’UGLE"},
    ],
)
def test_the_headers_may_differ_by_case_apostrophe_accent_and_article(rename: dict[str, str]) -> None:
    assert the_line(a_file(rename=rename)) == the_line(a_file())


def test_the_columns_may_come_in_another_order() -> None:
    assert the_line(a_file(header=reversed(HEADER))) == the_line(a_file())


@pytest.mark.parametrize("name", ["numéro d'électeur", "Numéro national d’électeur"])
def test_the_electors_number_is_read_when_it_is_there(name: str) -> None:
    content = a_file(an_elector() | {NNE: "123 456 789"}, header=(NNE, *HEADER), rename={NNE: name})
    assert the_line(content).nne == "123456789"


def test_an_electors_number_that_is_none_loses_nobody() -> None:
    assert the_line(a_file(an_elector() | {NNE: "néant"}, header=(NNE, *HEADER))).nne is None


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Liste principale", "LP"),
        ("LISTE COMPLÉMENTAIRE MUNICIPALE", "LCM"),
        ("Liste complémentaire européenne", "LCE"),
        ("LP", "LP"),
        ("lcm", "LCM"),
        ("LCE", "LCE"),
        ("Liste électorale consulaire", "LP"),
    ],
)
def test_the_list_is_named_in_words_or_by_its_code(word: str, code: str) -> None:
    assert the_line(a_file(an_elector(type_de_liste=word))).list_type == code


@pytest.mark.parametrize("text", ["00/00/1953", "1961", "00/05/1953", "31/02/1953"])
def test_a_birth_whose_day_is_unknown_is_kept_and_marked_uncertain(text: str) -> None:
    line = the_line(a_file(an_elector(date_de_naissance=text)))
    assert (line.birth_date, line.birth_text) == (None, text)


def test_an_empty_usual_name_is_none_and_another_one_is_kept() -> None:
    assert the_line(a_file(an_elector(nom_d_usage="PETIT"))).usual_name == "PETIT"
    assert the_line(a_file()).usual_name is None


def test_an_elector_without_bureau_order_or_street_is_kept() -> None:
    bare = an_elector(code_du_bureau_de_vote="", libelle="", libelle_de_voie="") | {ORDER: "", "numéro de voie": ""}
    line = the_line(a_file(bare | {"libellé du bureau de vote": "", "libellé de voie": ""}))
    assert (line.bureau_code, line.bureau_name, line.order_number) == (None, None, None)


def test_the_columns_of_bureau_and_order_may_be_missing() -> None:
    header = [name for name in HEADER if "bureau" not in name]
    assert the_line(a_file(header=header)).birth_name == "D'AUBIGNÉ"


def test_an_order_number_given_twice_is_no_key() -> None:
    lines = read_all(a_file(an_elector(), an_elector(nom_de_naissance="PETIT")))
    assert [line.order_number for line in lines if not isinstance(line, SetAside)] == ["412", "412"]


def test_the_code_decides_however_the_commune_is_spelt() -> None:
    spellings = ("Laon", "LAON", "laon (02)", "Ville de Laon")
    lines = read_all(a_file(*(an_elector() | {"libellé de l'ugle": name, "commune": name} for name in spellings)))
    assert len(lines) == 4
    assert {line.commune_code for line in lines if not isinstance(line, SetAside)} == {"02408"}


def test_a_code_that_a_spreadsheet_took_for_a_number_gets_its_zero_back() -> None:
    assert the_line(a_file(an_elector() | {"code du l'ugle": "2408"})).commune_code == "02408"


def test_quotes_separators_and_ends_of_line_inside_a_field_are_the_fields() -> None:
    nasty = an_elector() | {"lieu-dit": 'LA FERME "DES; ROSES"\nderrière', "nom d'usage": 'DIT "PETIT"'}
    assert the_line(a_file(nasty)).usual_name == 'DIT "PETIT"'


def test_empty_lines_are_passed_over() -> None:
    content = a_file(an_elector(), an_elector(nom_de_naissance="PETIT")).replace(b"412\n", b"412\n\n;;;\n")
    assert [line.number for line in read_all(content)] == [2, 5]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"nom de naissance": ""}, Aside.BIRTH_NAME),
        ({"nom de naissance": "-"}, Aside.BIRTH_NAME),
        ({"prénoms": ""}, Aside.FIRST_NAMES),
        ({"sexe": "X"}, Aside.SEX),
        ({"libellé du type de liste": "Liste imaginaire"}, Aside.LIST_TYPE),
        ({"code du l'ugle": ""}, Aside.COMMUNE),
        ({"code du l'ugle": "Laon"}, Aside.COMMUNE),
        ({"date de naissance": ""}, Aside.BIRTH_DATE),
        ({"date de naissance": "inconnue"}, Aside.BIRTH_DATE),
        ({"nom de naissance": "A" * 121}, Aside.TOO_LONG),
    ],
)
def test_a_line_that_cannot_be_read_is_set_aside_and_the_others_go_on(changes: dict[str, str], reason: Aside) -> None:
    first, second = read_all(a_file(an_elector() | changes, an_elector()))
    assert first == SetAside(2, reason)
    assert not isinstance(second, SetAside)


def test_a_line_of_another_width_is_set_aside() -> None:
    content = a_file(an_elector(), an_elector()).replace(b"412\n", b"412;de trop\n", 1)
    first, second = read_all(content)
    assert first == SetAside(2, Aside.COLUMN_COUNT)
    assert second.number == 3


def test_a_line_whose_characters_are_damaged_where_it_matters_is_set_aside() -> None:
    content = a_file(an_elector(), an_elector(nom_de_naissance="PETIT"))
    first, second = read_all(content.replace("AUBIGNÉ".encode(), b"AUBIGN\xc9"))
    assert first == SetAside(2, Aside.ENCODING)
    assert not isinstance(second, SetAside)
    damaged_street = content.replace(b"rue Imaginaire", b"rue Imaginair\xe9", 1)
    assert not any(isinstance(line, SetAside) for line in read_all(damaged_street))
