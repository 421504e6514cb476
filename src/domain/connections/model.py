"""Connections: a seller's grant to us, as we keep it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from domain.channels.table import Provider as Provider  # noqa: PLC0414 - a connection's own word, told on
from domain.marketplaces import Region
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import UserId

ConnectionId = NewType("ConnectionId", UUID)

#: Source: SP-API documentation, "Renew Authorizations".
AUTHORIZATION_LIFE = timedelta(days=365)
#: How long before its end the seller is asked to renew.
RENEWAL_NOTICE = timedelta(days=30)


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


class Door(StrEnum):
    """Where an authorization was started."""

    WEBSITE = "website"  # on our own site
    APPSTORE = "appstore"  # at Amazon's, which sent the seller to us
    SELF_AUTHORISED = "self_authorised"  # the seller brought a refresh token along
    ENVIRONMENT = "environment"  # the operator did


@dataclass(frozen=True)
class Failure:
    """The last thing that went wrong, in words for the seller. ``code`` is one of the API's error codes."""

    code: str
    message: str
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True)
class Store:
    """What a store outside Amazon says of itself. Its days are those of its own time zone.

    ``scopes`` are what the seller has granted.
    """

    name: str
    currency: str
    time_zone: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Connection:
    """One grant: (user, provider, account, region). It keeps its id when the seller renews it.

    ``marketplace_ids`` are those that are synced: of the ones the seller participates in (``participating_ids``, empty
    until Amazon has named them at ``participations_at``) those that the user chose (``chosen_ids``; ``None``: all).
    ``marketplace_id`` is the default among them. ``lwa_client_id`` is the user's own LWA client, ``None`` for the
    installation's; its secret is in the vault. ``erasing_at``: erased for good since then.

    Of a channel that knows no marketplaces, ``seller_id`` and the one ``marketplace_id`` name the store
    (``acme.myshopify.com``), and ``store`` says what is known of it.
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
    participating_ids: tuple[str, ...] = ()
    chosen_ids: tuple[str, ...] | None = None
    lwa_client_id: str | None = None
    iam_role_arn: str | None = None
    store: Store | None = None
    erasing_at: datetime | None = None
    last_used_at: datetime | None = None
    last_synced_at: datetime | None = None
    last_error: Failure | None = None

    @property
    def renew_before(self) -> datetime:
        """When Amazon stops honouring the authorization unless the seller renews it."""
        return self.authorized_at + AUTHORIZATION_LIFE

    def renewal_due(self, now: datetime) -> bool:
        """Whether it is time to ask the seller for the renewal."""
        return self.provider is Provider.AMAZON_SP and now >= self.renew_before - RENEWAL_NOTICE


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
    door: Door = Door.WEBSITE


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
