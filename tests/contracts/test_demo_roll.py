"""The demonstration offers a roll: with it, the register can decide on the demonstration's people."""

from io import BytesIO

from flask import Flask

from app.demo.citizens import CITIZENS
from app.demo.elections import AMINATA
from models.roll_file import RollLine, read


def test_the_roll_that_is_offered_is_read_whole_and_knows_the_citizens_of_age(app: Flask) -> None:
    lines = list(read(BytesIO(app.test_client().get("/demo/liste-electorale.csv").data), "02408"))
    assert all(isinstance(line, RollLine) for line in lines)
    names = [(line.birth_name, line.first_names) for line in lines]
    assert len(names) == len(set(names))
    assert (AMINATA.birth_name, AMINATA.first_names) in names
    of_age = [(one.family_name, one.given_name) for one in CITIZENS if one.key != "lea"]
    assert set(of_age) <= set(names)
    assert ("BERNARD", "Léa") not in names
