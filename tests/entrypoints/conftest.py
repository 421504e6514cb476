"""Portside on fakes, and browsers that look at it."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.entrypoints.browsers import app_of, logged_in
from tests.fakes.world import World


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger; whatever a process sets about logging when it starts is as it was found afterwards."""
    root = logging.getLogger()
    handlers, levels = root.handlers[:], {each: each.level for each in (root, *_loggers(root))}
    yield root
    root.handlers[:] = handlers
    for each in (root, *_loggers(root)):
        each.setLevel(levels.get(each, logging.NOTSET))
    logging.captureWarnings(False)


def _loggers(root: logging.Logger) -> list[logging.Logger]:
    return [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]


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
