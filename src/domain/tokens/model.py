"""Tokens: what a seller's grant is made of, and what we borrow with it for an hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: A token must outlive the slowest call that carries it.
SAFETY_MARGIN = timedelta(seconds=60)


@dataclass(frozen=True)
class RefreshToken:
    """The seller's standing permission. Whoever has it acts for the seller."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """What LWA lends us for an hour in return for a refresh token."""

    text: str = field(repr=False)
    expires_at: datetime  # aware, UTC

    def usable_at(self, moment: datetime) -> bool:
        """Whether a call started at this moment can be carried through."""
        return moment + SAFETY_MARGIN < self.expires_at


@dataclass(frozen=True)
class LwaClient:
    """Who asks LWA: the installation's application, or a user's own."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class StoredTokens:
    """A connection's row in the vault. ``version`` grows with every change of either token.

    ``client`` is the user's own LWA client, which the refresh token belongs to; ``None``: it is the installation's.
    """

    version: int
    refresh_token: RefreshToken
    access_token: AccessToken | None
    client: LwaClient | None = None


@dataclass(frozen=True)
class Claim:
    """The right to renew one version of a connection's tokens, until it runs out or is given back."""

    version: int
    owner: str
    epoch: int


@dataclass(frozen=True)
class Renewal:
    """What LWA answers to a refresh. ``refresh_token`` is there only when LWA replaced it."""

    access_token: AccessToken
    refresh_token: RefreshToken | None = None
