"""Connections as JSON: sellers', stores' and advertising's, without their secrets."""

from datetime import datetime
from typing import Literal

from domain.channels.model import HistoryLimit
from domain.connections.model import Connection, ConnectionStatus
from domain.marketplaces import Region
from entrypoints.http.answer_types import Answer, Url, Uuid, When
from entrypoints.http.shapes import FailureAnswer, failure_json, moment


class AuthorizationAnswer(Answer):
    """Where a consent begins."""

    authorization_url: Url
    """Send the browser there. It is good once, for ten minutes, for this user in this browser."""


class StartedAuthorizationAnswer(Answer):
    """Where a consent begins."""

    authUrl: Url
    """Send the browser there. It is good once, for ten minutes, for this user in this browser."""


class DisconnectedAnswer(Answer):
    """The word that a connection is no more."""

    message: Literal["Disconnected"]


class UnconnectedAnswer(Answer):
    """What there is to say where nothing was ever connected."""

    connected: Literal[False]


class ConnectionAnswer(Answer):
    """A connection to an Amazon seller, without its secrets."""

    connected: bool
    """Whether calls may be made in its name."""
    id: Uuid
    seller_id: str
    marketplace_id: str
    """The default one among those that are synced."""
    marketplace_ids: list[str]
    """Those that are synced."""
    participating_marketplace_ids: list[str]
    """Those in which the seller sells; empty until Amazon has named them."""
    region: Region
    status: ConnectionStatus
    is_default: bool
    """Whether it is meant where a call names none."""
    lwa_client_id: str | None
    """The user's own LWA client; ``null``: the installation's."""
    iam_role_arn: str | None
    """The role that is assumed for this connection; ``null``: the installation's, if it has one."""
    connected_at: When
    renew_before: When
    """Amazon honours the authorization until then: 365 days after the latest one."""
    renewal_due: bool
    """True for the last 30 days before that, and afterwards."""
    last_used_at: When | None
    last_synced_at: When | None
    last_error: FailureAnswer | None


class StoreAnswer(Answer):
    """A connection to a Shopify store, without its secrets. What the store has not said yet is ``null``."""

    connected: bool
    """Whether calls may be made in its name."""
    id: Uuid
    shop: str
    """Such as ``your-store.myshopify.com``."""
    name: str | None
    currency: str | None
    time_zone: str | None
    """By which its days are counted, such as ``America/Toronto``."""
    scopes: list[str] | None
    """What its owner has granted."""
    status: ConnectionStatus
    is_default: bool
    """Whether it is meant where a call names none."""
    client_id: str | None
    """Of a client that was brought along; ``null``: there is none."""
    history_limited_to_days: int | None
    """So many days back Shopify shows orders; ``null``: all of them, or it is not known yet."""
    history_limited_because: str | None
    connected_at: When
    last_used_at: When | None
    last_synced_at: When | None
    last_error: FailureAnswer | None


class AdsConnectionAnswer(Answer):
    """The connection to Amazon Ads, without its secrets. It opens the accounts of all regions."""

    connected: bool
    """Whether calls may be made in its name."""
    id: Uuid
    region: Region
    """Of the page on which the consent was given."""
    status: ConnectionStatus
    is_default: bool
    connected_at: When
    last_used_at: When | None
    last_synced_at: When | None
    last_error: FailureAnswer | None


#: What is said where nothing was ever connected.
UNCONNECTED: UnconnectedAnswer = {"connected": False}
DISCONNECTED: DisconnectedAnswer = {"message": "Disconnected"}


def authorization_json(url: str) -> AuthorizationAnswer:
    """Where a consent begins."""
    return {"authorization_url": url}


def started_json(url: str) -> StartedAuthorizationAnswer:
    """The same, in the words of the enveloped call."""
    return {"authUrl": url}


def connection_json(connection: Connection, now: datetime) -> ConnectionAnswer:
    """A connection, without its secrets."""
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "seller_id": connection.seller_id,
        "marketplace_id": connection.marketplace_id,
        "marketplace_ids": list(connection.marketplace_ids),
        "participating_marketplace_ids": list(connection.participating_ids),
        "region": connection.region,
        "status": connection.status,
        "is_default": connection.is_default,
        "lwa_client_id": connection.lwa_client_id,
        "iam_role_arn": connection.iam_role_arn,
        "connected_at": moment(connection.connected_at),
        "renew_before": moment(connection.renew_before),
        "renewal_due": connection.renewal_due(now),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }


def store_json(connection: Connection, limit: HistoryLimit | None) -> StoreAnswer:
    """A store's connection, without its secrets."""
    store = connection.store
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "shop": connection.seller_id,
        "name": store.name if store else None,
        "currency": store.currency if store else None,
        "time_zone": store.time_zone if store else None,
        "scopes": list(store.scopes) if store else None,
        "status": connection.status,
        "is_default": connection.is_default,
        "client_id": connection.lwa_client_id,
        "history_limited_to_days": limit.days if limit else None,
        "history_limited_because": limit.because if limit else None,
        "connected_at": moment(connection.connected_at),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }


def ads_json(connection: Connection) -> AdsConnectionAnswer:
    """Advertising's connection, without its secrets."""
    return {
        "connected": connection.status.usable,
        "id": str(connection.id),
        "region": connection.region,
        "status": connection.status,
        "is_default": connection.is_default,
        "connected_at": moment(connection.connected_at),
        "last_used_at": moment(connection.last_used_at),
        "last_synced_at": moment(connection.last_synced_at),
        "last_error": failure_json(connection.last_error),
    }
