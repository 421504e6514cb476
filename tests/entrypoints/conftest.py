"""Portside on fakes, and browsers that look at it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    """All of Portside, and everything beyond its ports."""
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
def browser(app: Flask, world: World) -> FlaskClient:
    """A browser in which ``world.user`` is logged in."""
    return logged_in(app, world.user)


@pytest.fixture
def stranger_browser(app: Flask, world: World) -> FlaskClient:
    """A browser in which ``world.stranger`` is logged in."""
    return logged_in(app, world.stranger)
