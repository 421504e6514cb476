"""Invented orders, as Amazon would send them and as we keep them, and databases to keep them in."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from adapters.crypto.envelope import Envelopes
from adapters.sql import migrate
from adapters.sql.engine import make_engine
from adapters.sql.work import SqlWork
from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.marketplaces import Region
from domain.tokens.keyring import FixedRing, Key, KeyRing
from domain.users.model import User, UserId

US = "ATVPDKIKX0DER"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_BEGIN = NOW - timedelta(days=90)
CIPHER = Envelopes(FixedRing(KeyRing((Key("bench", bytes(32)),))))


def database(folder: Path, name: str) -> Engine:
    """A new SQLite file with all tables."""
    engine = make_engine(f"sqlite:///{folder / name}.db")
    migrate.upgrade(engine)
    return engine


def seller(engine: Engine) -> Connection:
    """A user with one connected seller."""
    user = User(UserId(uuid4()), f"{uuid4().hex}@example.com", None, None, NOW)
    connection = Connection(
        ConnectionId(uuid4()),
        user.id,
        Provider.AMAZON_SP,
        "ASELLER",
        Region.NA,
        US,
        (US,),
        ConnectionStatus.CONNECTED,
        is_default=True,
        connected_at=NOW,
        authorized_at=NOW,
    )
    with SqlWork(engine, CIPHER) as work:
        work.users.add(user, None)
        work.connections.add(connection)
        work.commit()
    return connection


def page(first: int, count: int = 100, per_day: float = 15) -> bytes:
    """A page of ``searchOrders``: ``count`` orders in the order in which they were placed, so many a day."""
    orders = [_order(number, per_day) for number in range(first, first + count)]
    return json.dumps({"orders": orders, "lastUpdatedBefore": NOW.isoformat()}).encode()


def _order(number: int, per_day: float) -> dict[str, object]:
    created = _BEGIN + timedelta(days=number / per_day)
    total = {"amount": f"{10 + number % 90}.{number % 100:02}", "currencyCode": "USD"}
    item = {
        "orderItemId": f"{number}1",
        "quantityOrdered": 1 + number % 3,
        "product": {"asin": f"B{number % 120:09}", "sellerSku": f"SKU-{number % 120}", "title": "A thing"},
        "proceeds": {"proceedsTotal": total},
    }
    return {
        "orderId": f"111-{number:07}-{number % 9999999:07}",
        "createdTime": created.isoformat(),
        "lastUpdatedTime": (created + timedelta(hours=5)).isoformat(),
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": US},
        "proceeds": {"grandTotal": total},
        "fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"},
        "orderItems": [item],
    }
