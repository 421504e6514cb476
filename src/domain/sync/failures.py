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
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
    WrongAnswer,
)

#: ``{channel}`` is the channel that the error is about.
_CODES: tuple[tuple[type[PortsideError], str], ...] = (
    (ReauthorizationRequired, "{channel}_reauthorization_required"),
    (NotConnected, "{channel}_not_connected"),
    (AccessDenied, "{channel}_access_denied"),
    (UpstreamTimedOut, "{channel}_timeout"),
    (ChannelError, "{channel}_error"),
    (NotFound, "{channel}_error"),
    (Conflict, "conflict"),
    (RateLimited, "rate_limited"),
    (NotConfigured, "configuration_error"),
    (KeyUnavailable, "configuration_error"),
)

#: What passes by itself, or with somebody's help: an outage, a limit, a role or a setting that is missing.
_PASSING = (
    AccessDenied,
    KeyUnavailable,
    NotConfigured,
    NotConnected,
    RateLimited,
    ReauthorizationRequired,
    Unavailable,
    UpstreamFailed,
    UpstreamTimedOut,
    UsagePlanEmpty,
)


def is_own(error: Exception) -> bool:
    """Whether the work fails for a reason of its own, and so will again: a defect, a refused request, a wrong answer."""
    return isinstance(error, WrongAnswer) or not isinstance(error, _PASSING)


def begun_in_vain(times: int, at: datetime) -> Failure:
    """What a run says that was begun again and again, and whose process never lived to tell."""
    message = (
        f"The work was begun {times} times, and its process came to an end each time before anything was kept: it was"
        " killed, perhaps for want of memory. Ask for a sync to have it tried again."
    )
    return Failure("internal_error", message, at)


def failure_of(error: Exception, at: datetime) -> Failure:
    """The failure as it is kept and shown. Errors that are not ours tell nothing of their cause to the outside."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            named = code.format(channel=getattr(error, "channel", "amazon"))
            return Failure(named, _storable(str(error)), at, getattr(error, "request_id", None))
    return Failure("internal_error", "Something went wrong inside Portside; the log has the cause.", at)


def _storable(text: str) -> str:
    """What any database keeps: a channel's words may hold halves of characters, or NUL."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")
