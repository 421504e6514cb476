"""Tokens: what a seller's grant is made of, and what we borrow with it for an hour."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

#: A token must outlive the slowest call that carries it.
SAFETY_MARGIN = timedelta(seconds=60)
#: What LWA gives an access token, as a rule.
USUAL_LIFE = timedelta(hours=1)
#: How long before its end a token of the usual life is renewed unasked, at the latest and at the earliest.
_LATEST_LEAD, _EARLIEST_LEAD = timedelta(minutes=5), timedelta(minutes=20)
#: Ids are random: so many of their last bits are as good as a die.
_FACES = 1 << 32


@dataclass(frozen=True)
class RefreshToken:
    """The seller's standing permission. Whoever has it acts for the seller."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class AccessToken:
    """What LWA lends us for an hour in return for a refresh token.

    ``life`` is what LWA gave it when it was issued. It serves to plan the renewal, and is not kept; nor is
    ``renew_unasked``, without which it is renewed when somebody needs it.
    """

    text: str = field(repr=False)
    expires_at: datetime  # aware, UTC
    life: timedelta = field(default=USUAL_LIFE, compare=False)
    renew_unasked: bool = field(default=True, compare=False)

    def usable_at(self, moment: datetime) -> bool:
        """Whether a call started at this moment can be carried through."""
        return moment + SAFETY_MARGIN < self.expires_at

    def renew_at(self, connection_id: UUID) -> datetime | None:
        """When to renew it unasked: so long before its end that nobody has to wait for a new one. ``None``: never.

        The moment is 5 min + s × 15 min before the end, where s, from 0 to 1, is made of the connection's id: tokens
        that were issued together are renewed evenly over a quarter of an hour. Of a shorter life the same parts are
        taken, but at least the safety margin and at most half of the life, so that no token is renewed in a circle.
        """
        if not self.renew_unasked:
            return None
        scale = min(self.life / USUAL_LIFE, 1.0)
        latest = max(_LATEST_LEAD * scale, SAFETY_MARGIN)
        earliest = max(_EARLIEST_LEAD * scale, latest)
        spread = (connection_id.int % _FACES) / _FACES
        lead = latest + spread * (earliest - latest)
        return self.expires_at - min(lead, self.life / 2)


@dataclass(frozen=True)
class LwaClient:
    """Who asks LWA: the installation's application, or a user's own."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class StoredTokens:
    """A connection's row in the vault. ``version`` grows with every change of either token.

    ``client`` is the user's own LWA client, which the refresh token belongs to; ``None``: it is the installation's.
    ``account`` is the seller or store that gave it; of advertising, the region in which it was given.
    """

    version: int
    refresh_token: RefreshToken
    access_token: AccessToken | None
    client: LwaClient | None = None
    account: str = field(default="", compare=False)


@dataclass(frozen=True)
class Claim:
    """The right to renew one version of a connection's tokens, until it runs out or is given back."""

    version: int
    owner: str
    epoch: int


@dataclass(frozen=True)
class DueClaim:
    """A claim on a connection's tokens that nobody asked for: their time had come."""

    connection_id: UUID
    claim: Claim


@dataclass(frozen=True)
class Renewal:
    """What LWA answers to a refresh. ``refresh_token`` is there only when LWA replaced it."""

    access_token: AccessToken
    refresh_token: RefreshToken | None = None
