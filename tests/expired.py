"""Many connections at once whose tokens have all run out: written straight into the tables, a statement for each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Engine, insert

from adapters.sql import tables
from adapters.sql.engine import writing
from adapters.sql.sealed import place
from domain.connections.model import ConnectionStatus
from domain.sync.model import Resource
from domain.tokens.ports import Cipher

_HOUR = timedelta(hours=1)
_US = "ATVPDKIKX0DER"


def refresh_token(connection_id: UUID) -> str:
    """What a connection's refresh token reads."""
    return f"Atzr|{connection_id}"


def connections_with_expired_tokens(
    engine: Engine,
    cipher: Cipher,
    count: int,
    now: datetime,
    *,
    status: ConnectionStatus = ConnectionStatus.CONNECTED,
    next_run_at: datetime | None,
) -> list[UUID]:
    """So many sellers of one new user, whose access tokens ended an hour ago.

    Args:
        engine: The database; all tables are there.
        cipher: What the tokens are sealed with.
        count: How many.
        now: The present.
        status: How all of them are doing.
        next_run_at: When their orders are synced next; ``None``: they are not.
    """
    user_id, ids = uuid4(), [uuid4() for _ in range(count)]
    with writing(engine, owning=True) as database:
        database.execute(
            insert(tables.users).values(
                id=user_id, email=f"{user_id}@example.com", email_key=f"{user_id}@example.com", created_at=now
            )
        )
        database.execute(insert(tables.connections), _connections(ids, user_id, now, status))
        database.execute(insert(tables.tokens), [_tokens(each, cipher, now) for each in ids])
        database.execute(
            insert(tables.sync_resources), [_scheduled(each, user_id, next_run_at) for each in ids]
        )
    return ids


def _connections(
    ids: Sequence[UUID], user_id: UUID, now: datetime, status: ConnectionStatus
) -> list[dict[str, object]]:
    common = {
        "user_id": user_id,
        "provider": "amazon_sp",
        "region": "na",
        "marketplace_id": _US,
        "marketplace_ids": [_US],
        "participating_ids": [_US],
        "status": status.value,
        "is_default": False,
        "connected_at": now - 24 * _HOUR,
        "authorized_at": now - 24 * _HOUR,
        "participations_at": now,
    }
    return [{**common, "id": each, "seller_id": f"A{number:09}"} for number, each in enumerate(ids)]


def _tokens(connection_id: UUID, cipher: Cipher, now: datetime) -> dict[str, object]:
    refresh, access = tables.tokens.c.refresh_token, tables.tokens.c.access_token
    return {
        "connection_id": connection_id,
        "version": 1,
        "refresh_token": cipher.seal(refresh_token(connection_id), place(refresh, connection_id)),
        "access_token": cipher.seal("Atza|old", place(access, connection_id)),
        "access_expires_at": now - _HOUR,
        "renew_at": now - 1.2 * _HOUR,
        "claim_epoch": 0,
    }


def _scheduled(connection_id: UUID, user_id: UUID, next_run_at: datetime | None) -> dict[str, object]:
    return {
        "connection_id": connection_id,
        "resource": Resource.ORDERS.value,
        "user_id": user_id,
        "cursor": {},
        "next_run_at": next_run_at,
        "lease_epoch": 0,
        "failures": 0,
        "faults": 0,
        "quiet": 0,
        "attempts": 0,
    }
