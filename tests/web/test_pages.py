"""Public pages: each is whole, the home page costs nothing, and errors say what to do next."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.factory import create_app
from app.pages import coming_votes
from models.base import db
from models.errors import AlreadyHandled, NotHabilitated, Reason, RuleBroken, Unknown
from models.law import ControlRegime, ListType
from models.plan import Part
from models.scrutin import ElectionKind, Stage
from models.territory import StationKind
from models.venue import VenueKind
from tests.builders import LAON, World, a_config
from tests.page import read, text_of

PUBLIC = (
    *("/", "/papier", "/papier/feuille", "/papier/feuille-vierge", "/ou-aller", "/aide"),
    *("/accessibilite", "/donnees-personnelles", "/mentions-legales", "/plan-du-site"),
)
STYLE = Path(__file__).parents[2] / "app" / "static" / "style.css"
TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    coming_votes.forget()


@contextmanager
def queries() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", PUBLIC)
def test_anybody_can_read_every_public_page(app: Flask, address: str) -> None:
    page = read(app.test_client().get(address))
    assert page.status == 200
    assert "Démonstration, sans valeur légale." in text_of(page.root)
    assert "Mes procurations" in page.links


def test_the_links_between_public_pages_lead_somewhere(app: Flask) -> None:
    client = app.test_client()
    pages = {address: read(client.get(address)) for address in PUBLIC}
    for address, page in pages.items():
        for href in page.links.values():
            path, _, anchor = href.partition("#")
            target = pages.get(path or address)
            if target and anchor:
                assert any(e.get("id") == anchor for e in target.all()), f"{address} → {href}"


def test_an_elector_learns_the_next_vote_in_words(world: World) -> None:
    first, second = world.a_sunday(8), world.a_sunday(9)
    world.an_election(days=(first, second), kind=ElectionKind.DEPARTMENTAL)
    world.an_election(days=(first, second), kind=ElectionKind.REGIONAL)
    page = read(world.app.test_client().get("/"))
    assert "(départementales et régionales, 1er tour), puis dimanche" in page.text
    assert str(second.year) in page.text
    assert page.links["Commencer avec FranceConnect"] == "/connexion"


def test_a_vote_of_one_commune_is_not_told_as_everybodys(world: World) -> None:
    world.an_election(territories=(LAON,), kind=ElectionKind.MUNICIPAL)
    assert "municipales, 1er tour, dans certaines communes" in read(world.app.test_client().get("/")).text


def test_without_a_coming_vote_the_home_page_says_so(world: World) -> None:
    world.an_election(days=(world.today - timedelta(days=7),))
    assert "Aucun vote n'est annoncé" in read(world.app.test_client().get("/")).text


def test_the_home_page_makes_no_query_and_sets_no_cookie(world: World) -> None:
    world.an_election()
    client = world.app.test_client()
    client.get("/")
    with queries() as seen:
        answer = client.get("/")
    assert seen == []
    assert "Set-Cookie" not in answer.headers


def test_a_signed_in_elector_may_sign_out_from_any_page(world: World) -> None:
    assert read(world.as_elector().get("/aide")).links["Se déconnecter"] == "/deconnexion"
    assert "Se déconnecter" not in read(world.app.test_client().get("/aide")).links


def test_the_demonstration_asks_for_no_real_data(app: Flask) -> None:
    assert "N'y écrivez pas de vraies données" in read(app.test_client().get("/donnees-personnelles")).text


# Without the database.


@pytest.fixture
def another_app(tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """More applications; on a database without any table, where every query fails, unless one is given."""
    made: list[Flask] = []

    def make(**changes: Any) -> Flask:
        made.append(create_app(a_config(**({"database_url": f"sqlite:///{tmp_path}/empty.db"} | changes))))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def lost_app(another_app: Callable[..., Flask]) -> Flask:
    """The service in production, its database gone."""
    return another_app(demo=False)


def test_without_its_database_the_service_is_not_ready_but_welcomes(lost_app: Flask) -> None:
    client = lost_app.test_client()
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert read(client.get("/")).status == 200


def test_an_agent_gets_a_whole_page_while_the_database_fails(lost_app: Flask) -> None:
    client = lost_app.test_client()
    with client.session_transaction("/agents/connexion") as session:
        session["_user_id"] = "1"
    page = read(client.get("/agents/connexion"))
    assert page.status == 500
    assert "n'a pas été fait" in page.text


# Errors.


@pytest.fixture
def failing_app(another_app: Callable[..., Flask]) -> Flask:
    """The application with one more page, which fails as it is told."""
    app = another_app()
    app.add_url_rule("/echec/<int:number>", view_func=_fail)
    return app


FAILURES: list[Exception] = [
    Unknown(),
    AlreadyHandled(),
    NotHabilitated(),
    RuleBroken([Reason.PLAFOND]),
    OperationalError("select", {}, Exception("gone")),
    ValueError("a surprise"),
]


def _fail(number: int) -> str:
    raise FAILURES[number]


@pytest.mark.parametrize(("number", "status"), list(enumerate([404, 409, 403, 422, 500, 500])))
def test_every_failure_is_a_french_page_with_a_next_step(failing_app: Flask, number: int, status: int) -> None:
    page = read(failing_app.test_client().get(f"/echec/{number}"))
    assert page.status == status
    assert page.links["Revenir à l'accueil"] == "/"


def test_a_broken_rule_says_what_to_do_now(failing_app: Flask) -> None:
    assert "Choisissez quelqu'un d'autre" in read(failing_app.test_client().get("/echec/3")).text


def test_a_missing_page_and_a_wrong_method_have_their_words(app: Flask) -> None:
    assert read(app.test_client().get("/nulle-part")).h1 == "Cette page n'existe pas"
    assert read(app.test_client().delete("/aide")).status == 405


def test_a_form_without_its_token_is_refused_with_an_explanation(app: Flask) -> None:
    page = read(app.test_client().post("/agents/connexion", data={"email": "x@y.test"}))
    assert page.status == 400
    assert "Rien n'a été changé" in page.text


def test_an_error_page_gives_the_number_under_which_the_log_tells_it(failing_app: Flask) -> None:
    for number in range(len(FAILURES)):
        answer = failing_app.test_client().get(f"/echec/{number}")
        assert f"donnez ce numéro : {answer.headers['X-Request-ID']}" in read(answer).text


@pytest.mark.parametrize("name", sorted(path.stem for path in (TEMPLATES / "errors").glob("*.html")))
def test_no_error_page_speaks_english(app: Flask, name: str) -> None:
    source = (TEMPLATES / "errors" / f"{name}.html").read_text()
    assert not re.search(r"\b(the|error occurred|please)\b", re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL))


# Words and colours.


def test_an_officers_refusals_read_the_same_to_whoever_reads_over_a_shoulder(app: Flask) -> None:
    sentence = app.jinja_env.get_template("components/words.html").module.reason_sentence
    assert sentence(Reason.CONTRAINTE) == sentence(Reason.IDENTITE_DISCORDANTE)


def test_every_code_has_its_french_words(app: Flask) -> None:
    from models.account import Capacity
    from models.identity import Sex
    from models.procuration import Status

    words = app.jinja_env.get_template("components/words.html").module
    vocabularies = {
        words.status_label: Status,
        words.reason_label: Reason,
        words.reason_sentence: Reason,
        words.capacity_label: Capacity,
        words.sex_label: Sex,
        words.station_kind: StationKind,
        words.venue_kind: VenueKind,
        words.election_kind: ElectionKind,
        words.regime_label: ControlRegime,
        words.list_type_label: ListType,
        words.stage_label: Stage,
        words.election_part: Part,
    }
    for macro, codes in vocabularies.items():
        assert all(macro(code).strip() for code in codes)


GROUNDS = {
    "ink": ("white", "mist"),
    "muted": ("white", "mist"),
    "accent": ("white", "mist", "accent-tint"),
    "green": ("white", "green-tint"),
    "red": ("white", "red-tint"),
    "amber": ("amber-tint",),
}


@pytest.mark.parametrize(
    ("text", "ground"), [(text, ground) for text, grounds in GROUNDS.items() for ground in grounds]
)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 6.6


def test_the_edges_of_fields_can_be_seen() -> None:
    assert contrast("edge", "white") >= 4.6
    assert contrast("ink", "halo") >= 4.6


def contrast(one: str, other: str) -> float:
    """WCAG's ratio between two colours of the stylesheet."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(name: str) -> float:
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6})", STYLE.read_text())) | {"white": "ffffff"}
    parts = [int(colours[name][i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_help_says_how_a_visit_is_asked_for_r72_1_r73(app: Flask) -> None:
    text = read(app.test_client().get("/aide")).text
    for said in (
        "article R72-1",
        "article R73",
        "Écrivez au commissariat",
        "Aucun certificat médical n'est nécessaire",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("anchor", "said"),
    [
        ("facon", "la procuration sur papier vaut autant"),
        ("attente", "téléphonez à la mairie"),
        ("inconnue", "appeler tout de suite la mairie"),
        ("etablissement", "La visite peut se faire là où vous êtes"),
        ("malade", "n'enlèvent pas le droit de vote"),
        ("etranger", "trois ans au plus, pour ne pas revenir"),
        ("mots", "Caduque"),
    ],
)
def test_the_help_answers_what_electors_complain_of_with_what_to_do(app: Flask, anchor: str, said: str) -> None:
    page = read(app.test_client().get("/aide"))
    assert any(e.get("id") == anchor for e in page.all("h2", "h3"))
    assert said in page.text


def test_the_rule_on_protected_adults_is_explained_and_nothing_is_asked_l72_1(app: Flask) -> None:
    text = read(app.test_client().get("/aide")).text
    assert "article L72-1" in text
    assert "Ce service ne demande jamais si une personne est protégée" in text
