"""Orders kept and sales read back, as the suites of the order book do it."""

from datetime import UTC, date, datetime, timedelta

from domain.connections.model import Connection
from domain.kpis.model import DailySales
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import Order
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.fakes.things import US, an_item, an_order

NOON = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)  # in Los Angeles
MINUTE = timedelta(minutes=1)
EVER = (date(2000, 1, 1), date(2100, 1, 1))


def save(backend: Backend, connection: Connection, *orders: Order) -> int:
    """Keep one page of orders."""
    with backend.work() as work:
        changed = work.orders.save_page(connection.id, [book(order, US) for order in orders])
        work.commit()
    return changed


def sales(backend: Backend, user: User, marketplace_id: str | None = None) -> list[DailySales]:
    """All daily sales."""
    return backend.figures().sales.daily(user.id, "amazon", *EVER, marketplace_id)().days


def statuses(
    backend: Backend, user: User, marketplace_id: str | None = None, since: date | None = None
) -> dict[tuple[str, str], int]:
    """How many orders there are of each currency and status, since a day or ever."""
    found = backend.figures().sales.daily(user.id, "amazon", *EVER, marketplace_id, since)().statuses
    counted = {(row.currency, row.status): row.orders for row in found}
    assert len(counted) == len(found)
    return counted


def order(
    order_id: str = "O-1",
    *,
    minor: int | None = 1000,
    currency: str = "USD",
    version: int = 0,
    quantity: int = 1,
    status: str = "SHIPPED",
    marketplace_id: str | None = US,
    created_at: datetime = NOON,
) -> Order:
    """An order of one line, as it was after ``version`` minutes."""
    return an_order(
        order_id,
        an_item("SKU-1", quantity),
        marketplace_id=marketplace_id,
        created_at=created_at,
        updated_at=NOON + version * MINUTE,
        status=status,
        total=None if minor is None else Money(minor, currency),
    )
