"""Amazon's count of orders, over orders that a test knows."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.connections.model import Connection
from domain.ledger.model import DayCount
from domain.marketplaces import MARKETPLACES
from domain.orders.model import CANCELLED, Order


@dataclass
class ScriptedSales:
    """Counts a connection's ``orders`` as they are when it is asked, and ``also`` some more; ``calls`` remembers.

    ``trouble`` is raised, one for each call; ``None`` lets a call through. ``meanwhile`` is done while it counts.
    """

    orders: Callable[[Connection], Iterable[Order]]
    also: list[Order] = field(default_factory=list)
    calls: list[tuple[str, date, date]] = field(default_factory=list)
    trouble: deque[Exception | None] = field(default_factory=deque)
    meanwhile: Callable[[], None] | None = None

    def daily(
        self,
        connection: Connection,
        marketplace_id: str,
        first: date,
        last: date,
    ) -> list[DayCount]:
        self.calls.append((marketplace_id, first, last))
        error = self.trouble.popleft() if self.trouble else None
        if error is not None:
            raise error
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        orders = [*self.orders(connection), *self.also]
        found = [_count(marketplace_id, day, orders) for day in days]
        if self.meanwhile is not None:
            self.meanwhile()
        return found


def _count(marketplace_id: str, day: date, orders: Iterable[Order]) -> DayCount:
    marketplace = MARKETPLACES[marketplace_id]
    mine = [
        order
        for order in orders
        if order.marketplace_id == marketplace_id
        and order.status != CANCELLED
        and marketplace.day_of(order.created_at) == day
    ]
    lines = [line for order in mine for line in order.items]
    return DayCount(
        marketplace_id,
        day,
        len(mine),
        sum(line.quantity for line in lines),
        sum(line.goods.minor for line in lines if line.goods is not None),
        marketplace.currency,
    )
