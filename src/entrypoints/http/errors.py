"""Errors to HTTP: one table. The domain raises what happened; here stands what to answer.

Every error, ours or HTTP's own, has the shape of the API contract::

    {"success": false, "error": CODE, "message": TEXT, "details": {…}, "request_id": ID}
"""

import logging
import math

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from domain.connections.model import Provider
from domain.errors import (
    AccessDenied,
    ChannelError,
    ClientRefused,
    Conflict,
    ConsentFailed,
    InvalidInput,
    KeyUnavailable,
    LeaseLost,
    NoFulfilmentByAmazon,
    NotAllowed,
    NotConfigured,
    NotConnected,
    NotFound,
    NotLoggedIn,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    StalePage,
    TokenRefused,
    Unavailable,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UpstreamUnreachable,
    UsagePlanEmpty,
    WorkLost,
    WrongAnswer,
    WrongCredentials,
)
from entrypoints.http.answer_types import RowError
from entrypoints.http.context import request_id, services

log = logging.getLogger(__name__)

#: error → status and code; ``{channel}`` is the channel that the error is about. The most particular class wins.
ANSWERS: dict[type[PortsideError], tuple[int, str]] = {
    InvalidInput: (400, "invalid_request"),
    NotLoggedIn: (401, "unauthenticated"),
    TokenRefused: (401, "unauthenticated"),
    WrongCredentials: (401, "invalid_credentials"),
    NotAllowed: (403, "forbidden"),
    NotConnected: (403, "{channel}_not_connected"),
    ReauthorizationRequired: (403, "{channel}_reauthorization_required"),
    AccessDenied: (403, "{channel}_access_denied"),
    NotFound: (404, "not_found"),
    NoFulfilmentByAmazon: (404, "not_found"),
    Conflict: (409, "conflict"),
    RateLimited: (429, "rate_limited"),
    UsagePlanEmpty: (429, "rate_limited"),
    UpstreamFailed: (502, "{channel}_error"),
    WorkLost: (502, "{channel}_error"),
    WrongAnswer: (502, "{channel}_error"),
    UpstreamUnreachable: (502, "{channel}_error"),
    UpstreamRefused: (502, "{channel}_error"),
    StalePage: (502, "{channel}_error"),
    ChannelError: (502, "{channel}_error"),
    NotConfigured: (503, "configuration_error"),
    ClientRefused: (503, "configuration_error"),
    KeyUnavailable: (503, "configuration_error"),
    Unavailable: (503, "unavailable"),
    LeaseLost: (503, "unavailable"),
    UpstreamTimedOut: (504, "{channel}_timeout"),
    # The consent's callback answers with a redirect; asked for as an API it would be a request that can't be honoured.
    ConsentFailed: (400, "invalid_request"),
    PortsideError: (500, "internal_error"),
}

#: What HTTP itself refuses.
HTTP_CODES = {
    400: "invalid_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "invalid_request",
    413: "payload_too_large",
    414: "invalid_request",
    415: "unsupported_media_type",
    429: "rate_limited",
    431: "invalid_request",
    503: "unavailable",
}

#: Every code that an error of ours can have, and its status.
STATUS_OF = {
    code.format(channel=each.channel): status for status, code in ANSWERS.values() for each in Provider
} | {
    "cross_site_request": 403,
    "method_not_allowed": 405,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
}


class CrossSiteRequest(Exception):
    """Another site made the browser send this."""


class UnsupportedMediaType(Exception):
    """The body is not JSON."""


def register(app: Flask) -> None:
    """Answer every error in the contract's shape."""
    app.register_error_handler(PortsideError, _portside)
    app.register_error_handler(CrossSiteRequest, _cross_site)
    app.register_error_handler(UnsupportedMediaType, _media_type)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer_for(error: PortsideError) -> tuple[int, str]:
    """Status and code for an error."""
    kind = next(kind for kind in type(error).__mro__ if kind in ANSWERS)
    status, code = ANSWERS[kind]
    return status, code.format(channel=getattr(error, "channel", ""))


def row_error(error: PortsideError) -> RowError:
    """The error of one row among others: what the whole answer would have said, and when to ask again."""
    _status, code = answer_for(error)
    row: RowError = {"code": code, "message": str(error)}
    wait = _wait(error)
    if wait is not None:
        row["retry_after"] = max(1, math.ceil(wait))
    return row


def envelope(status: int, code: str, message: str, details: dict[str, object]) -> Response:
    """The error as JSON."""
    body = {
        "success": False,
        "error": code,
        "message": message,
        "details": details,
        "request_id": request_id(),
    }
    response = jsonify(body)
    response.status_code = status
    return response


def _portside(error: PortsideError) -> Response:
    status, code = answer_for(error)
    if status >= 500:
        log.warning("%s: %s", code, error, exc_info=error if status == 500 else None)
    message = "Something went wrong inside Portside." if status == 500 else str(error)
    response = envelope(status, code, message, _details(error))
    wait = _wait(error)
    if wait is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(wait)))
    if isinstance(error, TokenRefused):
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'  # RFC 6750, 3.1
    return response


def _wait(error: PortsideError) -> float | None:
    """In how many seconds to come back, where the error says so."""
    if isinstance(error, RateLimited | Unavailable):
        return error.retry_after
    if isinstance(error, UsagePlanEmpty):
        return (error.until - services().sync.clock.now()).total_seconds()
    return None


def _details(error: PortsideError) -> dict[str, object]:
    details: dict[str, object] = {}
    if isinstance(error, InvalidInput):
        details["fields"] = error.fields
    if isinstance(error, ClientRefused) and error.own:
        details["fields"] = dict.fromkeys(error.missing, f"LWA does not accept it ({error.code})")
    elif isinstance(error, NotConfigured):
        details["missing"] = list(error.missing)
    if isinstance(error, KeyUnavailable):
        details["missing"] = ["TOKEN_ENCRYPTION_KEYS"]
    if isinstance(error, AccessDenied) and error.role:
        details["role"] = error.role
    if isinstance(error, ChannelError) and error.request_id:
        details["channel_request_id"] = error.request_id
    return details


def _cross_site(error: CrossSiteRequest) -> Response:
    return envelope(403, "cross_site_request", str(error), {})


def _media_type(error: UnsupportedMediaType) -> Response:
    return envelope(415, "unsupported_media_type", str(error), {})


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = HTTP_CODES.get(status, "internal_error" if status >= 500 else "invalid_request")
    said = error.description or error.name
    # None of its fields can be named, since nobody could read so far.
    details: dict[str, object] = {"fields": {"request": said}} if code == "invalid_request" else {}
    response = envelope(status, code, said, details)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "location", "retry-after"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.error("a request failed unexpectedly", exc_info=error)
    return envelope(500, "internal_error", "Something went wrong inside Portside; the log has the cause.", {})
