"""An elector and their browser; and applications besides the common one, for tests whose configuration differs."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.config import Config
from app.factory import create_app
from app.identity_providers import Provider
from models.base import db
from models.perimeter import Elector
from models.scrutin import Election
from tests.builders import Visitor, World, a_config
from tests.web.certified import an_election_without_visits, signed_in
from tests.web.real_service import a_real_service
from tests.web.scripted_provider import CLIENT, SECRET, ScriptedProvider


@pytest.fixture
def person(world: World) -> Elector:
    return world.an_elector()


@pytest.fixture
def elector(world: World, person: Elector) -> FlaskClient:
    """That person, signed in."""
    return world.as_elector(person)


@pytest.fixture
def another_app() -> Iterator[Callable[[Config], Flask]]:
    """Build an application of another configuration; its pool is closed afterwards."""
    made: list[Flask] = []

    def make(config: Config) -> Flask:
        made.append(create_app(config))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def https_app(app: Flask, another_app: Callable[[Config], Flask]) -> Flask:
    """As a real service is."""
    real = another_app(a_real_service(app.config["SQLALCHEMY_DATABASE_URI"]))
    real.test_client_class = Visitor
    return real


@pytest.fixture
def election(world: World) -> Election:
    """Where a certified identity stands for the visit."""
    return an_election_without_visits(world)


@pytest.fixture
def camille(world: World, election: Election) -> FlaskClient:
    """The citizen who has one, signed in."""
    return signed_in(world)


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(scripted: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """The provider, right again before and after each test."""
    scripted.reset()
    yield scripted
    scripted.reset()


@pytest.fixture(scope="module")
def relying_app(scripted: ScriptedProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(
        a_config(
            database_url=f"sqlite:///{tmp_path_factory.mktemp('relying')}/test.db",
            france_connect=Provider(scripted.discovery_url, CLIENT, SECRET),
        )
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def site(provider: ScriptedProvider, relying_app: Flask) -> Flask:
    """The application, knowing nothing yet of the provider."""
    relying_app.extensions["france_connect"].cache_clear()
    return relying_app
