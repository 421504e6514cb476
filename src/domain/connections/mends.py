"""What to do about an error that a link of the chain has run into."""

import math
from collections.abc import Sequence
from datetime import datetime

from domain.connections.model import Connection
from domain.errors import (
    AccessDenied,
    ClientRefused,
    KeyUnavailable,
    NotConfigured,
    NotConnected,
    NotFound,
    PortsideError,
    RateLimited,
    ReauthorizationRequired,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
)

CONNECT_AGAIN = "let the seller connect again in the settings view"
PUT_THE_KEY_BACK = "put that key back into TOKEN_ENCRYPTION_KEYS: nobody has to connect again"

_MENDS: tuple[tuple[type[PortsideError], str], ...] = (
    (
        ReauthorizationRequired,
        f"{CONNECT_AGAIN}; a refresh token that was copied by hand may also have been cut off",
    ),
    (NotConnected, CONNECT_AGAIN),
    (KeyUnavailable, PUT_THE_KEY_BACK),
    (
        UpstreamTimedOut,
        "try again in a minute; if it stays, see that this machine may reach Amazon, and HTTP_TIMEOUT_SECONDS",
    ),
    (
        UpstreamFailed,
        "try again in a few minutes; if it stays, ask Amazon's support with the request id",
    ),
)
#: Nothing of Amazon's has answered, or something in between has.
_NO_ANSWER = (
    "try again in a few minutes; if it stays, see that this machine may reach Amazon, and that the addresses in the "
    "settings are right"
)


def retry_after(error: PortsideError, now: datetime) -> int | None:
    """In how many seconds to try again, where the error says so."""
    if isinstance(error, RateLimited):
        return max(1, math.ceil(error.retry_after))
    if isinstance(error, UsagePlanEmpty):
        return max(1, math.ceil((error.until - now).total_seconds()))
    return None


def mend_for(link: str, error: PortsideError, connection: Connection, wait: int | None = None) -> str:
    """The mend of an error, in words for whoever can do it.

    Args:
        link: Where it happened: ``token_exchange``, ``role``, ``call`` or ``roles``.
        error: What happened.
        connection: Whose it is.
        wait: In how many seconds to try again, where that is known.
    """
    if wait is not None:
        return f"try again in {wait} seconds: nothing is broken"
    if isinstance(error, NotConfigured):
        return _configured(link, error, connection)
    if isinstance(error, AccessDenied):
        return _admitted(link, error, connection)
    if isinstance(error, UpstreamRefused | NotFound):
        return (
            f"see that the seller sells in the region {connection.region} and that the addresses in the settings are "
            "right; if they are, ask Amazon's support with the request id"
        )
    if isinstance(error, UpstreamFailed) and error.request_id is None:
        return _NO_ANSWER
    known = (mend for kind, mend in _MENDS if isinstance(error, kind))
    return next(known, "try again in a minute; if it stays, the log has the details")


def mend_for_roles(roles: Sequence[str]) -> str:
    """What to do about roles that are missing; none of them: nobody has said which."""
    if len(roles) > 1:
        named = f"the roles {', '.join(f'“{role}”' for role in roles)}"
    else:
        named = f"the role “{roles[0]}”" if roles else "the role it lacks"
    return f"give the application {named} in the Solution Provider Portal, then {CONNECT_AGAIN}"


def _configured(link: str, error: NotConfigured, connection: Connection) -> str:
    if link == "role":
        return f"set {', '.join(error.missing)}, for a user or role of AWS that may call sts:AssumeRole"
    if isinstance(error, ClientRefused) and error.code == "unauthorized_client":
        return (
            "see in the Solution Provider Portal that the application is active, and that the seller consented to this "
            f"one and not to another; then {CONNECT_AGAIN}"
        )
    if connection.lwa_client_id is not None:
        return (
            "this connection has an LWA client of its own: look its id and secret up in the Solution Provider Portal, "
            "and give the connection the present ones (lwa_client_id and lwa_client_secret)"
        )
    return (
        f"compare {', '.join(error.missing)} with the Solution Provider Portal; a secret older than 180 days is "
        "rotated there; see as well that the application is active"
    )


def _admitted(link: str, error: AccessDenied, connection: Connection) -> str:
    if link == "role":
        return (
            "let the role's trust policy allow sts:AssumeRole to the AWS account or user of Portside's credentials, "
            f"with the condition sts:ExternalId = {connection.seller_id}"
        )
    return mend_for_roles([error.role] if error.role else [])
