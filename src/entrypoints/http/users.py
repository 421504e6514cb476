"""Users: register, log in, log out, me."""

from flask import Blueprint, g, session
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from domain.users.access import Registration
from entrypoints.http import auth
from entrypoints.http.context import services, user, visitor
from entrypoints.http.reading import Body, body
from entrypoints.http.shapes import user_json

bp = Blueprint("users", __name__, url_prefix="/api/v1/auth")


class RegisterBody(Body):
    """A new account."""

    email: str
    password: str
    first_name: str | None = None
    last_name: str | None = None


class LoginBody(Body):
    """E-mail and password."""

    email: str
    password: str


@bp.post("/register")
def register() -> ResponseReturnValue:
    """A new user, logged in."""
    form = body(RegisterBody)
    registration = Registration(form.email, form.password, form.first_name, form.last_name)
    new = services().access.register(registration, visitor())
    found, token = services().access.begin_session(new, visitor())
    auth.log_in(found, token)
    return user_json(found), 201


@bp.post("/login")
def login() -> ResponseReturnValue:
    """A new session; one that was open in this browser ends."""
    form = body(LoginBody)
    earlier = auth.session_token()
    found, token = services().access.log_in(form.email, form.password, visitor())
    if earlier is not None:
        services().access.log_out(earlier, visitor())
    auth.log_in(found, token)
    return user_json(found)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """The session ends here, on the server."""
    token = auth.session_token()
    if token is not None:
        services().access.log_out(token, visitor())
    logout_user()
    session.clear()
    g.pop("user", None)
    return "", 204


@bp.get("/me")
def me() -> ResponseReturnValue:
    """Who is logged in."""
    return user_json(user())
