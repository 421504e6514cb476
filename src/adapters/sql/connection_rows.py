"""Connections as rows of their table."""

from typing import Any

from sqlalchemy import RowMapping

from adapters.sql.rows import failure_of, failure_values
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider, Store
from domain.marketplaces import Region
from domain.users.model import UserId


def connection_values(connection: Connection) -> dict[str, Any]:
    """All columns but the ids, which never change."""
    return {
        "provider": connection.provider.value,
        "seller_id": connection.seller_id,
        "region": connection.region.value,
        "marketplace_id": connection.marketplace_id,
        "marketplace_ids": list(connection.marketplace_ids),
        "status": connection.status.value,
        "is_default": connection.is_default,
        "connected_at": connection.connected_at,
        "authorized_at": connection.authorized_at,
        "participations_at": connection.participations_at,
        "participating_ids": list(connection.participating_ids),
        "chosen_ids": None if connection.chosen_ids is None else list(connection.chosen_ids),
        "lwa_client_id": connection.lwa_client_id,
        "iam_role_arn": connection.iam_role_arn,
        **_store_values(connection.store),
        "erasing_at": connection.erasing_at,
        "last_used_at": connection.last_used_at,
        "last_synced_at": connection.last_synced_at,
        **failure_values(connection.last_error),
    }


def connection_of(row: RowMapping) -> Connection:
    """A connection out of its row."""
    return Connection(
        id=ConnectionId(row["id"]),
        user_id=UserId(row["user_id"]),
        provider=Provider(row["provider"]),
        seller_id=row["seller_id"],
        region=Region(row["region"]),
        marketplace_id=row["marketplace_id"],
        marketplace_ids=tuple(row["marketplace_ids"]),
        status=ConnectionStatus(row["status"]),
        is_default=row["is_default"],
        connected_at=row["connected_at"],
        authorized_at=row["authorized_at"],
        participations_at=row["participations_at"],
        participating_ids=tuple(row["participating_ids"]),
        chosen_ids=None if row["chosen_ids"] is None else tuple(row["chosen_ids"]),
        lwa_client_id=row["lwa_client_id"],
        iam_role_arn=row["iam_role_arn"],
        store=_store(row),
        erasing_at=row["erasing_at"],
        last_used_at=row["last_used_at"],
        last_synced_at=row["last_synced_at"],
        last_error=failure_of(row),
    )


def _store_values(store: Store | None) -> dict[str, Any]:
    return {
        "store_name": store.name if store else None,
        "store_currency": store.currency if store else None,
        "store_time_zone": store.time_zone if store else None,
        "store_scopes": list(store.scopes) if store else None,
    }


def _store(row: RowMapping) -> Store | None:
    if row["store_name"] is None:
        return None
    scopes = tuple(row["store_scopes"])
    return Store(row["store_name"], row["store_currency"], row["store_time_zone"], scopes)
