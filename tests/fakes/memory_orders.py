"""Orders, in memory: kept as they are; the figures are recounted from them when somebody asks."""

from collections.abc import Sequence

from domain.connections.model import ConnectionId
from domain.orders.model import BookedOrder
from tests.fakes.memory_store import Tables


class MemoryOrderBook:
    """All orders, by connection and order id."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        written = set()
        for booked in orders:
            key = (connection_id, booked.order.order_id)
            kept = self._tables.orders.get(key)
            if kept is None or booked.order.updated_at >= kept.order.updated_at:
                self._tables.orders[key] = booked
                written.add(key)
        return len(written)
