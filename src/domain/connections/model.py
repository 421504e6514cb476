"""Connections: a seller's grant to us, as we keep it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.marketplaces import Region
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import UserId

ConnectionId = NewType("ConnectionId", UUID)


class Provider(StrEnum):
    """Whose grant it is."""

    AMAZON_SP = "amazon_sp"


class ConnectionStatus(StrEnum):
    """How a connection is doing."""

    CONNECTED = "connected"
    DEGRADED = "degraded"  # the last sync used up its retries
    REAUTHORIZATION_REQUIRED = "reauthorization_required"
    DISCONNECTED = "disconnected"

    @property
    def usable(self) -> bool:
        """Whether calls may be made in its name."""
        return self in (ConnectionStatus.CONNECTED, ConnectionStatus.DEGRADED)


@dataclass(frozen=True)
class Failure:
    """The last thing that went wrong, in words for the seller. ``code`` is one of the API's error codes."""

    code: str
    message: str
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True)
class Connection:
    """One grant: (user, provider, account, region). It keeps its id when the seller renews it.

    ``marketplace_ids`` are those the seller participates in and that we know; ``marketplace_id`` is the default
    among them. ``participations_at`` is when Amazon last told us; ``None`` until it has.
    """

    id: ConnectionId
    user_id: UserId
    provider: Provider
    seller_id: str
    region: Region
    marketplace_id: str
    marketplace_ids: tuple[str, ...]
    status: ConnectionStatus
    is_default: bool
    connected_at: datetime
    authorized_at: datetime
    participations_at: datetime | None = None
    last_used_at: datetime | None = None
    last_synced_at: datetime | None = None
    last_error: Failure | None = None


@dataclass(frozen=True)
class ConsentState:
    """What we remember of a consent that was asked for, until the browser comes back. Kept by hash only."""

    state_hash: str = field(repr=False)
    user_id: UserId
    provider: Provider
    region: Region
    marketplace_id: str
    browser_hash: str = field(repr=False)
    expires_at: datetime
    expected_seller_id: str | None = None


@dataclass(frozen=True)
class Grant:
    """What LWA gives in return for an authorization code."""

    refresh_token: RefreshToken
    access_token: AccessToken


@dataclass(frozen=True)
class Participation:
    """One marketplace that a seller may sell in, as ``getMarketplaceParticipations`` tells it."""

    marketplace_id: str
    country_code: str
    currency: str
    participating: bool
    suspended: bool
