"""What a failed run says of itself, in the words of the API's error codes."""

from datetime import datetime

from domain.connections.model import Failure
from domain.errors import (
    AccessDenied,
    ChannelError,
    Conflict,
    KeyUnavailable,
    NotConfigured,
    NotConnected,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamTimedOut,
)

_CODES: tuple[tuple[type[PortsideError], str], ...] = (
    (ReauthorizationRequired, "amazon_reauthorization_required"),
    (NotConnected, "amazon_not_connected"),
    (AccessDenied, "amazon_access_denied"),
    (UpstreamTimedOut, "amazon_timeout"),
    (ChannelError, "amazon_error"),
    (NotFound, "amazon_error"),
    (Conflict, "conflict"),
    (RateLimited, "rate_limited"),
    (NotConfigured, "configuration_error"),
    (KeyUnavailable, "configuration_error"),
)


def failure_of(error: Exception, at: datetime) -> Failure:
    """The failure as it is kept and shown. Errors that are not ours tell nothing of their cause to the outside."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return Failure(code, _storable(str(error)), at, getattr(error, "request_id", None))
    return Failure("internal_error", "Something went wrong inside Portside; the log has the cause.", at)


def _storable(text: str) -> str:
    """What any database keeps: a channel's words may hold halves of characters, or NUL."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
