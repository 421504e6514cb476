"""A Portside to attack: a world for what is about our own code, a really served one for what is about HTTP itself."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from entrypoints.simulator.config import SimulatorConfig
from tests import databases
from tests.attacks.wire import Target
from tests.e2e.people import Person
from tests.e2e.processes import Served, surroundings
from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World

#: Nobody listens there: no attack needs an Amazon.
_NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def world() -> World:
    """All of Portside on fakes: ``world.user`` is the attacker, ``world.stranger`` the victim."""
    return World()


@pytest.fixture
def app(world: World) -> Flask:
    """The web application over that world."""
    return app_of(world)


@pytest.fixture
def anonymous(app: Flask) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return app.test_client()


@pytest.fixture
def attacker(app: Flask, world: World) -> FlaskClient:
    """A browser in which the attacker is logged in."""
    return logged_in(app, world.user)


@pytest.fixture
def victim(app: Flask, world: World) -> FlaskClient:
    """A browser in which the victim is logged in."""
    return logged_in(app, world.stranger)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``portside serve``, as it is run for people."""
    home = tmp_path_factory.mktemp("attacked")
    url = databases.sqlite_database(home)
    variables = surroundings(
        SimulatorConfig(), _NOWHERE, url, home, SCHEDULER="off", TRUSTED_PROXIES="1", LOG_FORMAT="text"
    )
    with Served(variables, home) as server:
        yield server


@pytest.fixture(scope="session")
def target(served: Served) -> Target:
    """The same, as seen by who writes bytes on its sockets; somebody is logged in with ``target.cookie``."""
    with Person(served.url) as person:
        person.register("target@portside.example")
        cookie = str(person.browser.cookies["portside_session"])
    return Target(served.port, served.log, f"portside_session={cookie}")
