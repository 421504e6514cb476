"""The web application over a world, and browsers to look at it with."""

from copy import copy
from functools import cache

from flask import Flask
from flask.testing import FlaskClient

from domain.users.model import User
from entrypoints.http.app import create_app, provide
from entrypoints.settings import Settings
from tests.entrypoints.truth import hold_to_the_document
from tests.fakes.world import PASSWORD, World

_SECRET_KEY = "a secret key of no installation"


def app_of(world: World) -> Flask:
    """The web application of this world; it may answer nothing but what the API's document says.

    Compiling the addresses takes most of making one, and they are the same in each: where nothing stands in front of the
    application, it is a copy of the one that was made for these settings first. It takes no further routes.
    """
    if world.settings.trusted_proxies:  # what believes proxies stands around one application
        return open_app_of(world)
    made = _made_once(world.settings)
    app = copy(made)
    app.config, app.extensions = copy(made.config), copy(made.extensions)
    provide(app, world.services, world.settings)
    return app


def open_app_of(world: World) -> Flask:
    """The same, made from the beginning: a test may give it routes and functions of its own."""
    app = create_app(world.services, world.settings, _SECRET_KEY)
    hold_to_the_document(app)
    return app


@cache
def _made_once(settings: Settings) -> Flask:
    app = create_app(World().services, settings, _SECRET_KEY)
    hold_to_the_document(app)
    # After its first request Flask lets nobody add to an application, nor to a copy of it.
    app.test_client().get("/healthz")
    return app


def logged_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which this user is logged in."""
    client = app.test_client()
    answer = client.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 200
    return client
