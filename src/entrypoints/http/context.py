"""What a view may ask for: the services, who is asking, and from where."""

import re
import secrets

from flask import current_app, g, request, session

from domain.errors import NotLoggedIn
from domain.users.model import User, Visitor
from entrypoints.services import Services
from entrypoints.settings import Settings

_BROWSER = "browser"
#: As some proxies write an address: Azure's Application Gateway adds the port that the visitor has called from.
_WITH_PORT = re.compile(r"(?:([0-9]+(?:\.[0-9]+){3})|\[([0-9a-fA-F:.]+)\]):[0-9]+")


def services() -> Services:
    """Everything that Portside can do."""
    found: Services = current_app.extensions["portside"]
    return found


def settings() -> Settings:
    """How this installation is set up."""
    found: Settings = current_app.extensions["portside_settings"]
    return found


def user() -> User:
    """Who is asking.

    Raises:
        NotLoggedIn: nobody.
    """
    found: User | None = g.get("user")
    if found is None:
        raise NotLoggedIn("Log in first.")
    return found


def figures_version() -> int | None:
    """The number of the user's figures, where the log-in of this very request has told it; ``None``: to be looked up."""
    found: int | None = g.get("figures_version")
    return found


def visitor() -> Visitor:
    """Where the request comes from."""
    address = request.remote_addr or "unknown"
    found = _WITH_PORT.fullmatch(address)
    return Visitor((found[1] or found[2]) if found else address)


def request_id() -> str:
    """The id of this request, which the answer and the log carry."""
    found: str = g.request_id
    return found


def this_browser() -> str:
    """A text that only this browser has: made when first asked for, kept in its signed cookie."""
    return str(session.setdefault(_BROWSER, secrets.token_urlsafe(32)))


def known_browser() -> str | None:
    """The same, if the browser has been given one."""
    found = session.get(_BROWSER)
    return found if isinstance(found, str) else None
