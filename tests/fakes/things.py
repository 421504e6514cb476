"""Users, connections, orders and stock levels with sensible values, for tests that care about one of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.connections.model import Connection, ConnectionId, ConnectionStatus, Provider
from domain.inventory.model import StockLevel
from domain.marketplaces import MARKETPLACES
from domain.money import Money
from domain.orders.model import Order, OrderItem
from domain.reports.model import ORDERS_BY_DATE, Purpose, Report, ReportId, ReportRequest, ReportStatus
from domain.sync.model import Progress, Resource, Run, RunId, RunStatus, Task
from domain.tokens.model import AccessToken, RefreshToken
from domain.users.model import User, UserId
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork

#: A Wednesday noon in UTC: four in the morning in Los Angeles, evening in Tokyo.
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
US, CA, UK, DE, FR, JP = (
    "ATVPDKIKX0DER",
    "A2EUQ1WTGCTBG2",
    "A1F83G8C2ARO7P",
    "A1PA6795UKMFR9",
    "A13V1IB3VIYZZH",
    "A1VC38T7YXB528",
)


def a_user(email: str = "ada@example.com") -> User:
    """Somebody who registered yesterday."""
    return User(UserId(uuid4()), email, "Ada", None, NOW - timedelta(days=1))


def a_connection(
    user: User,
    *marketplace_ids: str,
    seller_id: str = "SELLER1",
    status: ConnectionStatus = ConnectionStatus.CONNECTED,
    is_default: bool = True,
    connected_at: datetime = NOW - timedelta(hours=1),
    participations_at: datetime | None = NOW,
) -> Connection:
    """A seller of the given marketplaces (the American one, where none is named); the first one is home."""
    ids = marketplace_ids or (US,)
    return Connection(
        id=ConnectionId(uuid4()),
        user_id=user.id,
        provider=Provider.AMAZON_SP,
        seller_id=seller_id,
        region=MARKETPLACES[ids[0]].region,
        marketplace_id=ids[0],
        marketplace_ids=ids,
        status=status,
        is_default=is_default,
        connected_at=connected_at,
        authorized_at=connected_at,
        participations_at=participations_at,
    )


def an_order(
    order_id: str = "O-1",
    *items: OrderItem,
    marketplace_id: str | None = US,
    created_at: datetime = NOW - timedelta(hours=2),
    updated_at: datetime = NOW - timedelta(hours=1),
    status: str = "SHIPPED",
    total: Money | None = Money(2500, "USD"),  # noqa: B008 - frozen
) -> Order:
    """A shipped order of 25 dollars, with the given lines."""
    return Order(order_id, marketplace_id, created_at, updated_at, status, "AMAZON", total, items)


def an_item(
    sku: str | None = "SKU-1", quantity: int = 1, total: Money | None = None, item_id: str = "1"
) -> OrderItem:
    """One line of an order."""
    return OrderItem(item_id, sku, "B000000001", "A thing", quantity, total)


def a_level(
    sku: str = "SKU-1", fulfillable: int = 5, total: int | None = None, updated_at: datetime | None = NOW
) -> StockLevel:
    """Stock of one SKU; ``total`` is as much as can be sold, where nothing else is said."""
    return StockLevel(
        sku=sku,
        asin="B000000001",
        fnsku="X000000001",
        title="A thing",
        condition="NewItem",
        total=fulfillable if total is None else total,
        fulfillable=fulfillable,
        inbound=0,
        reserved=0,
        unfulfillable=0,
        researching=0,
        updated_at=updated_at,
    )


def a_run(connection: Connection, resource: Resource = Resource.ORDERS, created_at: datetime = NOW) -> Run:
    """A run that nobody has begun."""
    return Run(
        RunId(uuid4()),
        connection.id,
        connection.user_id,
        resource,
        RunStatus.QUEUED,
        Progress(),
        created_at,
    )


def a_report(
    connection: Connection,
    purpose: Purpose = Purpose.HISTORY,
    request: ReportRequest | None = None,
    created_at: datetime = NOW,
    **changes: object,
) -> Report:
    """A report that Amazon was not asked for yet, due at once: by default of the last 30 days' orders."""
    asked = request or ReportRequest(
        ORDERS_BY_DATE, connection.marketplace_ids, created_at - timedelta(days=30), created_at
    )
    report = Report(
        id=ReportId(uuid4()),
        connection_id=connection.id,
        user_id=connection.user_id,
        purpose=purpose,
        request=asked,
        status=ReportStatus.PENDING,
        created_at=created_at,
        next_look_at=created_at,
    )
    return replace(report, **changes)  # type: ignore[arg-type] # callers name fields of Report


def connected(store: MemoryStore, user: User, connection: Connection) -> None:
    """Put a user with a connection, its tokens and its schedules (due at ``NOW``) into the store."""
    with MemoryWork(store) as work:
        if all(kept.id != user.id for kept in work.users.all()):
            work.users.add(user, None)
        work.connections.add(connection)
        access = AccessToken("Atza|first", NOW + timedelta(hours=1))
        work.vault.keep(connection.id, RefreshToken("Atzr|first"), access)
        work.sync.ensure(connection.id, user.id, (Resource.ORDERS, Resource.INVENTORY), NOW)
        work.commit()


def claimed(store: MemoryStore, resource: Resource, now: datetime = NOW, owner: str = "worker-1") -> Task:
    """Claim everything that is due and return the task of one resource."""
    with MemoryWork(store) as work:
        tasks = work.sync.claim(now, owner, now + timedelta(minutes=5), limit=100)
        work.commit()
    return next(task for task in tasks if task.lease.resource is resource)


def without_reports(store: MemoryStore) -> None:
    """Take the reports off everybody's schedule, for tests that count runs."""
    for key in [key for key in store.tables.resources if key[1] is Resource.REPORTS]:
        del store.tables.resources[key]


def kept(store: MemoryStore, connection: Connection) -> Connection:
    """The connection as it is kept now."""
    return store.tables.connections[connection.id]
