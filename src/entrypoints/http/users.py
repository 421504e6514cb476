"""Users: register, log in, log out, me."""

from typing import Annotated

from flask import Blueprint, g, session
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from pydantic import Field
from pydantic.config import JsonDict

from domain.users.access import (
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_PASSWORD,
    LOOKALIKES,
    SHORTEST_PASSWORD,
    Registration,
)
from entrypoints.http import auth
from entrypoints.http.context import services, user, visitor
from entrypoints.http.described import Access, described, gives, nothing
from entrypoints.http.reading import ALL_PRINTED, Body, body
from entrypoints.http.user_shapes import UserAnswer, user_json

bp = Blueprint("users", __name__, url_prefix="/api/v1/auth")


#: A character of an e-mail address, as the document has it: one that is printed, and neither a blank nor these.
_OF_EMAIL = rf"[^\s\p{{C}}\p{{Z}}{LOOKALIKES}@%s]"
_DOMAIN = _OF_EMAIL % "."
_EMAIL_SHOWN: JsonDict = {
    "pattern": rf"^\s*{_OF_EMAIL % ''}{{1,64}}@{_DOMAIN}+(\.{_DOMAIN}+)+\s*$",
    "maxLength": LONGEST_EMAIL,
}
_PASSWORD_SHOWN: JsonDict = {"minLength": SHORTEST_PASSWORD, "maxLength": LONGEST_PASSWORD}
_NAME_SHOWN: JsonDict = {"pattern": ALL_PRINTED, "maxLength": LONGEST_NAME}
Name = Annotated[str, Field(json_schema_extra=_NAME_SHOWN)]


class RegisterBody(Body):
    """A new account."""

    email: str = Field(json_schema_extra=_EMAIL_SHOWN)
    password: str = Field(json_schema_extra=_PASSWORD_SHOWN)
    first_name: Name | None = None
    last_name: Name | None = None


class LoginBody(Body):
    """E-mail and password."""

    email: str
    password: str


class PasswordBody(Body):
    """The password that there is, and the one that shall be."""

    current_password: str
    new_password: str = Field(json_schema_extra=_PASSWORD_SHOWN)


@bp.post("/register")
@described(
    "Users",
    gives(UserAnswer, "The user, logged in.", 201),
    access=Access.BROWSER,
    body=RegisterBody,
    example={
        "email": "ada@example.com",
        "password": "correct horse battery",
        "first_name": "Ada",
        "last_name": "Byron",
    },
    errors=("conflict", "rate_limited"),
)
def register() -> ResponseReturnValue:
    """A new user, logged in."""
    form = body(RegisterBody)
    registration = Registration(form.email, form.password, form.first_name, form.last_name)
    new = services().access.register(registration, visitor())
    found, token = services().access.begin_session(new, visitor())
    auth.log_in(found, token)
    return user_json(found), 201


@bp.post("/login")
@described(
    "Users",
    gives(UserAnswer, "The user, in a new session."),
    access=Access.BROWSER,
    body=LoginBody,
    example={"email": "ada@example.com", "password": "correct horse battery"},
    errors=("invalid_credentials", "rate_limited"),
)
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
@described("Users", nothing("The session has ended, if there was one."), access=Access.BROWSER)
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
@described("Users", gives(UserAnswer, "The user."))
def me() -> ResponseReturnValue:
    """Who is logged in."""
    return user_json(user())


@bp.post("/password")
@described(
    "Users",
    nothing("It is changed; all other sessions have ended."),
    access=Access.PERSON,
    body=PasswordBody,
    example={"current_password": "correct horse battery", "new_password": "another horse, another battery"},
    errors=("invalid_credentials", "conflict", "rate_limited"),
)
def change_password() -> ResponseReturnValue:
    """Change the password. Every other session of the user ends; API keys stay."""
    form, whose = body(PasswordBody), user()
    services().access.change_password(whose, form.current_password, form.new_password, visitor())
    if auth.session_token() is not None:
        auth.log_in(*services().access.begin_session(whose, visitor()))
    return "", 204
