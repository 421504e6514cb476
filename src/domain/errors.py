"""Every way in which Portside fails.

::

    PortsideError
    ├── InvalidInput            the caller sent something we can't take; names each bad field
    ├── NotLoggedIn             nobody is logged in
    │   └── TokenRefused            a key or token was shown, and it is no good
    ├── WrongCredentials        e-mail and password don't belong together
    ├── NotAllowed              logged in, but not for this
    ├── NotFound                not there, or not yours: the two are told apart for nobody
    ├── Conflict                it contradicts what is already there
    ├── RateLimited             too many, ours or the channel's; says when to come back
    ├── NotConfigured           the operator has to set something; names it
    │   └── ClientRefused           LWA does not accept a client's id, secret or grant; says whose client it is
    ├── Unavailable             we can't at the moment (database, shutdown)
    ├── KeyUnavailable          a secret is there, but the key ring can't open it (an operator's error)
    ├── ConsentFailed           a seller's consent came to nothing; carries the code for the redirect
    ├── LeaseLost               somebody else does this work now; what we had is dropped
    └── ChannelError            something between us and Amazon (or another channel)
        ├── NotConnected            no usable connection
        ├── ReauthorizationRequired only the seller can mend it
        ├── AccessDenied            the channel refused this operation; says the role, where known
        ├── UpstreamRefused         the channel says our request is wrong
        ├── UpstreamFailed          5xx, or an answer that can't be right
        │   ├── UpstreamUnreachable     no connection came about: nothing was sent
        │   ├── WrongAnswer             an answer came, and can't be right
        │   └── WorkLost                what the channel was doing for us has come to nothing
        ├── UpstreamTimedOut        no answer in time
        ├── UsagePlanEmpty          the plan has no call left; says when it will
        ├── StalePage               a page token has run out; start the listing again
        └── NoFulfilmentByAmazon    the seller keeps no stock at Amazon here
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime


class PortsideError(Exception):
    """The root: anything that Portside says about itself."""


class InvalidInput(PortsideError):
    """The caller sent something we can't take. ``fields`` maps each bad field to what is wrong with it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in fields.items()))
        self.fields = dict(fields)


class NotLoggedIn(PortsideError):
    """Nobody is logged in, or the session has ended."""


class TokenRefused(NotLoggedIn):
    """A key or token was shown that lets nobody in: only another one helps."""


class WrongCredentials(PortsideError):
    """E-mail and password don't belong together; which of them is wrong is never said."""


class NotAllowed(PortsideError):
    """Logged in, but not entitled to this."""


class NotFound(PortsideError):
    """It does not exist, or it is somebody else's."""


class Conflict(PortsideError):
    """It contradicts something that is already there."""


class RateLimited(PortsideError):
    """Too many calls. ``retry_after`` is in seconds; ``channel`` is empty for our own limits."""

    def __init__(self, message: str, retry_after: float, channel: str = "") -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.channel = channel


class NotConfigured(PortsideError):
    """The operator has to set something first. ``missing`` names the variables."""

    def __init__(self, message: str, missing: tuple[str, ...]) -> None:
        super().__init__(message)
        self.missing = missing


class ClientRefused(NotConfigured):
    """Login with Amazon does not accept an LWA client. No seller is at fault.

    ``code`` is LWA's: ``invalid_client`` (the id or the secret is wrong, or has run out) or ``unauthorized_client`` (the
    client may not do this). ``own``: it is a client that the user brought along; then ``missing`` names the fields.
    """

    def __init__(self, message: str, missing: tuple[str, ...], code: str, own: bool = False) -> None:
        super().__init__(message, missing)
        self.code = code
        self.own = own


class Unavailable(PortsideError):
    """Not now: the database is away, or the process is leaving. ``retry_after`` is in seconds, where it is known."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class KeyUnavailable(PortsideError):
    """A kept secret can't be opened with the present key ring: never the seller's fault."""


class ConsentFailed(PortsideError):
    """A consent came to nothing. ``code`` is what the browser is told on its way back."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LeaseLost(PortsideError):
    """Another process holds this work now: whatever was not committed is dropped."""


class ChannelError(PortsideError):
    """Something went wrong between us and a channel; ``request_id`` is the channel's own."""

    def __init__(self, message: str, *, channel: str = "amazon", request_id: str | None = None) -> None:
        super().__init__(message)
        self.channel = channel
        self.request_id = request_id


class NotConnected(ChannelError):
    """There is no connection that could be used."""


class ReauthorizationRequired(ChannelError):
    """The seller has revoked us, or the year is over: only a new consent helps."""


class AccessDenied(ChannelError):
    """The channel refused this operation to this seller. ``role`` names the missing role, where known."""

    def __init__(
        self, message: str, *, role: str | None = None, channel: str = "amazon", request_id: str | None = None
    ) -> None:
        super().__init__(message, channel=channel, request_id=request_id)
        self.role = role


class UpstreamRefused(ChannelError):
    """The channel says that our request is wrong: asking again gets the same answer."""


class UpstreamFailed(ChannelError):
    """The channel failed, or its answer can't be right. Asking again may help."""


class UpstreamUnreachable(UpstreamFailed):
    """No connection to the channel came about, so it has done nothing. Asking again may help."""


class WrongAnswer(UpstreamFailed):
    """The channel answered as if all was well, and the answer can't be right. Asking again seldom helps."""


class WorkLost(UpstreamFailed):
    """What the channel was doing for us came to nothing, or is gone. Only beginning it anew helps."""


class UpstreamTimedOut(ChannelError):
    """The channel did not answer in time. Asking again may help."""


class UsagePlanEmpty(ChannelError):
    """The usage plan has no call left for us before ``until``: come back then."""

    def __init__(self, message: str, until: datetime, *, channel: str = "amazon") -> None:
        super().__init__(message, channel=channel)
        self.until = until


class StalePage(ChannelError):
    """The channel does not know the page token any more: the listing has to start again."""


class NoFulfilmentByAmazon(ChannelError):
    """The seller keeps no stock with Amazon in this marketplace."""


@contextmanager
def told_of(channel: str) -> Iterator[None]:
    """Whatever goes wrong in here is the channel's, also where what serves several of them speaks of another one."""
    try:
        yield
    except (ChannelError, RateLimited) as error:
        error.channel = channel
        raise
