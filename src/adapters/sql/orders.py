"""Orders with their lines, in SQL. A page costs the same few statements, however many orders it has."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Table, delete, select

from adapters.sql import rollups, tables
from adapters.sql.among import among
from adapters.sql.bulk import insert_rows, replaced
from adapters.sql.locks import lock_until_commit
from adapters.sql.order_rows import booked_of, line_values, order_values
from domain.connections.model import ConnectionId, Provider
from domain.errors import NotFound
from domain.orders.model import BookedOrder
from domain.orders.versions import is_news, newest, successor


class SqlOrderBook:
    """All orders. Works inside the transaction of the connection that it is given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        """Keep a page and bring the sums of its days up to date; returns how many orders were new or changed.

        Raises:
            NotFound: the connection is gone.
        """
        if not orders:
            return 0
        one_page_at_a_time(self._connection, connection_id)
        owner = self._owner(connection_id)
        found = newest(booked for booked in orders if not owner.has_closed(booked))
        kept = self._kept(connection_id, list(found))
        written, news = _to_write(kept, found)
        if written:
            going = {order_id: kept[order_id] for order_id in written if order_id in kept}
            self._write(connection_id, owner.user_id, written, going)
            differences = rollups.Differences()
            differences.add(going.values(), -1)
            differences.add(written.values(), 1)
            rollups.apply(self._connection, connection_id, owner.user_id, owner.channel, differences)
        return news

    def _owner(self, connection_id: ConnectionId) -> "_Owner":
        one = tables.connections.c
        whose = select(one.user_id, one.purged_before, one.provider).where(one.id == connection_id)
        row = self._connection.execute(whose).one_or_none()
        if row is None:
            raise NotFound("There is no such connection.")
        return _Owner(row.user_id, Provider(row.provider).channel, row.purged_before)

    def _kept(self, connection_id: ConnectionId, order_ids: Sequence[str]) -> dict[str, BookedOrder]:
        """What is there already of these orders."""
        orders = self._rows(tables.orders, connection_id, order_ids)
        if not orders:
            return {}
        lines: dict[str, list[Mapping[str, object]]] = {row["order_id"]: [] for row in orders}
        for line in self._rows(tables.order_items, connection_id, list(lines)):
            lines[line["order_id"]].append(line)
        return {row["order_id"]: booked_of(row, lines[row["order_id"]]) for row in orders}

    def _rows(
        self, table: Table, connection_id: ConnectionId, order_ids: Sequence[str]
    ) -> "list[Mapping[str, str]]":
        rows = self._connection.execute(
            select(table).where(
                table.c.connection_id == connection_id,
                among(self._connection, table.c.order_id, order_ids),
            )
        )
        return [row._asdict() for row in rows]

    def _write(
        self,
        connection_id: ConnectionId,
        user_id: UUID,
        orders: Mapping[str, BookedOrder],
        going: Collection[str],
    ) -> None:
        rows = [order_values(booked, connection_id, user_id) for booked in orders.values()]
        insert_rows(self._connection, tables.orders, rows, replaced)
        if going:
            table = tables.order_items
            self._connection.execute(
                delete(table).where(
                    table.c.connection_id == connection_id,
                    among(self._connection, table.c.order_id, list(going)),
                )
            )
        lines = [
            line_values(line, connection_id, order_id)
            for order_id, booked in orders.items()
            for line in booked.order.items
        ]
        insert_rows(self._connection, tables.order_items, lines)


class _Owner(NamedTuple):
    """Whose orders they are, and since when the connection's orders are kept."""

    user_id: UUID
    channel: str
    purged_before: datetime | None

    def has_closed(self, booked: BookedOrder) -> bool:
        """Whether orders of its time have been purged: counted for good, they would count twice if they came again."""
        return self.purged_before is not None and booked.order.created_at < self.purged_before


def one_page_at_a_time(database: Connection, connection_id: UUID) -> None:
    """Wait until nobody else changes the connection's orders, and keep others from it until the transaction ends.

    What is read of the orders then stays true until the sums that follow from it are written.
    """
    lock_until_commit(database, f"orders:{connection_id}")


def _to_write(
    kept: Mapping[str, BookedOrder], found: Mapping[str, BookedOrder]
) -> tuple[dict[str, BookedOrder], int]:
    """The versions that are written, and how many of them say something new."""
    written: dict[str, BookedOrder] = {}
    news = 0
    for order_id, booked in found.items():
        old = kept.get(order_id)
        new = booked if old is None else successor(old, booked)
        if new is not None:
            written[order_id] = new
            news += old is None or is_news(old, new)
    return written, news
