"""Invented users and sellers, for the contracts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Failure, Provider
from domain.marketplaces import Region
from domain.sync.model import Resource
from domain.users.model import User, UserId
from tests.contracts.backends import Backend

#: A moment with microseconds, which a store must not lose.
NOW = datetime(2026, 3, 29, 12, 30, 15, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FAILURE = Failure("amazon_error", "Amazon answered 503.", NOW, request_id="r-1")


def a_user(email: str | None = None, **changes: object) -> User:
    """Somebody, under an e-mail of their own."""
    identity = uuid4()
    user = User(UserId(identity), email or f"{identity}@example.com", "Ann", None, NOW)
    return replace(user, **changes)  # type: ignore[arg-type] # callers name fields of User


def a_connection(user: User, seller_id: str = "A1SELLER", **changes: object) -> Connection:
    """A grant of that user, which is not the default one."""
    connection = Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.AMAZON_SP,
        seller_id=seller_id,
        region=Region.NA,
        marketplace_id="ATVPDKIKX0DER",
        marketplace_ids=("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"),
        status=ConnectionStatus.CONNECTED,
        is_default=False,
        connected_at=NOW,
        authorized_at=NOW,
    )
    return replace(connection, **changes)  # type: ignore[arg-type] # callers name fields of Connection


def registered(backend: Backend, email: str | None = None) -> User:
    """A user who is kept."""
    user = a_user(email)
    with backend.work() as work:
        work.users.add(user, "hash")
        work.commit()
    return user


def connected(backend: Backend, user: User, seller_id: str = "A1SELLER", **changes: object) -> Connection:
    """A connection that is kept, and not scheduled."""
    connection = a_connection(user, seller_id, **changes)
    with backend.work() as work:
        work.connections.add(connection)
        work.commit()
    return connection


def scheduled(
    backend: Backend, user: User, *resources: Resource, due_at: datetime = NOW, seller_id: str = "A1SELLER"
) -> Connection:
    """A connection whose resources are due (orders only, when none are named)."""
    connection = connected(backend, user, seller_id)
    with backend.work() as work:
        work.sync.ensure(connection.id, user.id, resources or (Resource.ORDERS,), due_at)
        work.commit()
    return connection
