"""Orders with their lines, in SQL. A page costs the same few statements, however many orders it has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Delete, Select, Table, bindparam, delete, select

from adapters.sql import rollups, tables
from adapters.sql.among import among_those
from adapters.sql.bulk import insert_rows, replaced
from adapters.sql.locks import lock_until_commit
from adapters.sql.order_rows import booked_of, line_values, order_values
from domain.connections.model import ConnectionId, Provider
from domain.errors import NotFound
from domain.orders.model import BookedOrder
from domain.orders.versions import is_news, newest, successor

# Statements are made once: to make one takes longer than to execute it.
_WHOSE = select(
    tables.connections.c.user_id, tables.connections.c.provider, tables.connections.c.purged_before
).where(tables.connections.c.id == bindparam("of_connection"))


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
            self._write(owner, written, going)
            differences = rollups.Differences()
            differences.add(going.values(), -1)
            differences.add(written.values(), 1)
            rollups.apply(self._connection, owner, differences)
        return news

    def _owner(self, connection_id: ConnectionId) -> "_Owner":
        row = self._connection.execute(_WHOSE, {"of_connection": connection_id}).one_or_none()
        if row is None:
            raise NotFound("There is no such connection.")
        return _Owner(connection_id, row.user_id, Provider(row.provider).channel, row.purged_before)

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
        asked = {"of_connection": connection_id, "those": order_ids}
        rows = self._connection.execute(_rows_of(table, self._connection.dialect.name), asked)
        return [row._asdict() for row in rows]

    def _write(self, owner: "_Owner", orders: Mapping[str, BookedOrder], going: Collection[str]) -> None:
        rows = [order_values(booked) for booked in orders.values()]
        insert_rows(self._connection, tables.orders, rows, replaced, owner.columns("user_id"))
        if going:
            asked = {"of_connection": owner.connection_id, "those": list(going)}
            self._connection.execute(_lines_gone(self._connection.dialect.name), asked)
        lines = [
            line_values(line, order_id) for order_id, booked in orders.items() for line in booked.order.items
        ]
        insert_rows(self._connection, tables.order_items, lines, alike=owner.columns())


@dataclass(frozen=True)
class _Owner(rollups.Owner):
    """Whose orders they are, and since when the connection's orders are kept."""

    purged_before: datetime | None

    def has_closed(self, booked: BookedOrder) -> bool:
        """Whether orders of its time have been purged: counted for good, they would count twice if they came again."""
        return self.purged_before is not None and booked.order.created_at < self.purged_before


@cache
def _rows_of(table: Table, dialect: str) -> Select[Any]:
    return select(table).where(*_of_orders(table, dialect))


@cache
def _lines_gone(dialect: str) -> Delete:
    return delete(tables.order_items).where(*_of_orders(tables.order_items, dialect))


def _of_orders(table: Table, dialect: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.connection_id == bindparam("of_connection"), among_those(dialect, table.c.order_id)


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
