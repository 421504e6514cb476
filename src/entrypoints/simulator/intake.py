"""What SP-API's front reads from a request before an operation sees it."""

from __future__ import annotations

import json
from typing import Any

from flask import Request

from entrypoints.simulator.errors import SpApiError, invalid_input

_LONGEST_USER_AGENT = 500


def has_forbidden_body(request: Request) -> bool:
    """Whether a GET brings a body, or says that it does."""
    length = request.headers.get("Content-Length", "0")
    return request.method == "GET" and (length != "0" or "Transfer-Encoding" in request.headers)


def check_user_agent(request: Request) -> None:
    """Raises:
    SpApiError: 400, there is none or it is too long.
    """
    agent = request.headers.get("User-Agent", "")
    if not agent:
        raise invalid_input("User-Agent header is required.")
    if len(agent) > _LONGEST_USER_AGENT:
        raise invalid_input(f"User-Agent header must not be longer than {_LONGEST_USER_AGENT} characters.")


def json_body(request: Request) -> Any:
    """What a POST brings; None with a method that brings nothing.

    Raises:
        SpApiError: 415 for anything but JSON, 400 for what only says that it is.
    """
    if request.method not in ("POST", "PUT", "PATCH"):
        return None
    if request.mimetype != "application/json":
        raise SpApiError(415, "UnsupportedMediaType", "The request body must be application/json.")
    try:
        return json.loads(request.get_data())
    except ValueError as error:
        raise invalid_input("The request body is not valid JSON.") from error


def own_address(request: Request) -> str:
    """Where the client reaches this server.

    By name, the client knows best. An address in a Host header may be made up (python-amazon-sp-api cuts it
    short), the socket's is true.
    """
    name, _, port = request.headers.get("Host", "").partition(":")
    if name.replace("-", "").replace(".", "").isalnum() and not name.replace(".", "").isdigit():
        return f"{request.scheme}://{name}:{port}" if port else f"{request.scheme}://{name}"
    host = request.environ["SERVER_NAME"]
    return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{request.environ['SERVER_PORT']}"
