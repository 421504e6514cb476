"""Orders, in memory: kept as they are; the figures are recounted from them when somebody asks."""

from collections.abc import Sequence

from domain.connections.model import ConnectionId
from domain.orders.model import BookedOrder
from domain.orders.versions import is_news, newest, successor
from tests.fakes.memory_store import Tables


class MemoryOrderBook:
    """All orders, by connection and order id."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        closed = self._tables.purged.get(connection_id)
        news = 0
        for order_id, found in newest(orders).items():
            if closed is not None and found.order.created_at < closed.before:
                continue
            kept = self._tables.orders.get((connection_id, order_id))
            written = found if kept is None else successor(kept, found)
            if written is not None:
                self._tables.orders[connection_id, order_id] = written
                news += kept is None or is_news(kept, written)
        return news
