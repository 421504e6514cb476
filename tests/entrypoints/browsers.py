"""The web application over a world, and browsers to look at it with."""

from flask import Flask
from flask.testing import FlaskClient

from domain.users.model import User
from entrypoints.http.app import create_app
from tests.entrypoints.truth import hold_to_the_document
from tests.fakes.world import PASSWORD, World


def app_of(world: World) -> Flask:
    """The web application of this world; it may answer nothing but what the API's document says."""
    app = create_app(world.services, world.settings, "a secret key of no installation")
    hold_to_the_document(app)
    return app


def logged_in(app: Flask, user: User) -> FlaskClient:
    """A browser in which this user is logged in."""
    client = app.test_client()
    answer = client.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 200
    return client
