"""Orders and the daily figures made of them, in SQL.

A page costs the same few statements, however many orders it has. The figures of the days that it touches are counted
again from the orders, so no arithmetic of differences can ever go astray.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Join,
    Text,
    bindparam,
    case,
    cast,
    delete,
    distinct,
    func,
    insert,
    or_,
    select,
)

from adapters.sql import tables
from adapters.sql.among import among
from adapters.sql.upsert import upsert
from domain.connections.model import ConnectionId
from domain.errors import NotFound
from domain.marketplaces import find
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder, OrderItem


class _Place(NamedTuple):
    """A marketplace's day: the figures that have to be counted anew."""

    marketplace_id: str
    day: date


class SqlOrderBook:
    """All orders. Works inside the transaction of the connection that it is given."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_page(self, connection_id: ConnectionId, orders: Sequence[BookedOrder]) -> int:
        """Keep a page and recount the days it touches; returns how many orders were new or changed.

        Raises:
            NotFound: the connection is gone.
        """
        newest = _newest(orders)
        if not newest:
            return 0
        owner = {"connection_id": connection_id, "user_id": self._user_of(connection_id)}
        kept = self._kept(connection_id, list(newest))
        written = {
            order_id: booked
            for order_id, booked in newest.items()
            if order_id not in kept or booked.order.updated_at >= kept[order_id].updated_at
        }
        if not written:
            return 0
        self._write_orders(owner, written.values())
        self._write_items(owner, written)
        touched = {_Place(booked.marketplace_id, booked.day) for booked in written.values()}
        touched |= {kept[order_id].place for order_id in written if order_id in kept}
        self._recount(connection_id, touched)
        return len(written)

    def _user_of(self, connection_id: ConnectionId) -> UUID:
        whose = select(tables.connections.c.user_id).where(tables.connections.c.id == connection_id)
        user_id: UUID | None = self._connection.scalar(whose)
        if user_id is None:
            raise NotFound("There is no such connection.")
        return user_id

    def _kept(self, connection_id: ConnectionId, order_ids: Sequence[str]) -> dict[str, "_Kept"]:
        table = tables.orders.c
        rows = self._connection.execute(
            select(table.order_id, table.marketplace_id, table.day, table.updated_at).where(
                table.connection_id == connection_id, among(self._connection, table.order_id, order_ids)
            )
        )
        return {row.order_id: _Kept(_Place(row.marketplace_id, row.day), row.updated_at) for row in rows}

    def _write_orders(self, owner: Mapping[str, UUID], orders: Iterable[BookedOrder]) -> None:
        rows = [{**owner, **_order_row(booked)} for booked in orders]
        # Whoever writes holds the connection's lease, so nothing changes between the look above and this; the
        # condition keeps "the newer wins" true even if somebody should come in otherwise.
        statement = upsert(self._connection, tables.orders, only_newer=tables.orders.c.updated_at)
        self._connection.execute(statement, rows)

    def _write_items(self, owner: Mapping[str, UUID], orders: Mapping[str, BookedOrder]) -> None:
        table = tables.order_items
        self._connection.execute(
            delete(table).where(
                table.c.connection_id == owner["connection_id"],
                among(self._connection, table.c.order_id, list(orders)),
            )
        )
        rows = [
            {
                "connection_id": owner["connection_id"],
                "order_id": order_id,
                **_item_row(item, booked.currency),
            }
            for order_id, booked in orders.items()
            for item in _lines(booked)
        ]
        if rows:
            self._connection.execute(insert(table), rows)

    def _recount(self, connection_id: ConnectionId, places: Iterable[_Place]) -> None:
        """Each statement runs once for every touched day, in one round of the driver's ``executemany``."""
        rows = [
            {
                "in_connection": connection_id,
                "in_marketplace": place.marketplace_id,
                "on_day": place.day,
                "of_pool": _stock_pool(place.marketplace_id),
            }
            for place in sorted(places)
        ]
        for table, counted in ((tables.daily_sales, _SALES), (tables.daily_sku_sales, _SKU_SALES)):
            gone = delete(table).where(
                table.c.connection_id == bindparam("in_connection"),
                table.c.marketplace_id == bindparam("in_marketplace"),
                table.c.day == bindparam("on_day"),
            )
            self._connection.execute(gone, rows)
            self._connection.execute(counted, rows)


class _Kept(NamedTuple):
    """What matters of an order that is there already."""

    place: _Place
    updated_at: datetime


def _newest(orders: Iterable[BookedOrder]) -> dict[str, BookedOrder]:
    """One version of each order: a page may name one twice, and a statement can't replace a row twice."""
    newest: dict[str, BookedOrder] = {}
    for booked in orders:
        rival = newest.get(booked.order.order_id)
        if rival is None or booked.order.updated_at >= rival.order.updated_at:
            newest[booked.order.order_id] = booked
    return newest


def _lines(booked: BookedOrder) -> list[OrderItem]:
    """The order's lines, one for each id."""
    return list({item.order_item_id: item for item in booked.order.items}.values())


def _order_row(booked: BookedOrder) -> dict[str, object]:
    order = booked.order
    return {
        "order_id": order.order_id,
        "marketplace_id": booked.marketplace_id,
        "day": booked.day,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "status": order.status,
        "fulfilled_by": order.fulfilled_by,
        "currency": booked.currency,
        "total_minor": order.total.minor if order.total else None,
        "units": sum(item.quantity for item in _lines(booked)),
        "source": order.source.value,
        "goods_minor": _goods(booked),
        "on_amazon": order.marketplace_id is not None,
    }


def _goods(booked: BookedOrder) -> int | None:
    """What the goods cost, over the lines that say it in the order's currency; ``None`` where none does."""
    told = [line.goods for line in _lines(booked) if line.goods is not None]
    counted = [money.minor for money in told if money.currency == booked.currency]
    return sum(counted) if counted else None


def _item_row(item: OrderItem, currency: str) -> dict[str, object]:
    """A line's total in another currency than its order's is no part of any sum, so it is not kept."""
    usable = item.total is not None and item.total.currency == currency
    return {
        "order_item_id": item.order_item_id,
        "sku": item.sku,
        "asin": item.asin,
        "title": item.title,
        "quantity": item.quantity,
        "total_minor": item.total.minor if item.total and usable else None,
    }


def _stock_pool(marketplace_id: str) -> str:
    marketplace = find(marketplace_id)
    return marketplace.stock_pool if marketplace else marketplace_id


def _sales_of_a_day() -> Insert:
    """The orders of one marketplace's day, added up by currency into ``daily_sales``."""
    order = tables.orders.c
    key = (order.connection_id, order.marketplace_id, order.day, order.currency, order.user_id)
    sums = select(
        *key,
        func.count().label("orders"),
        func.count(order.total_minor).label("priced_orders"),
        func.coalesce(func.sum(order.total_minor), 0).label("revenue_minor"),
        func.sum(order.units).label("units"),
        func.sum(case((_unshipped(), 1), else_=0)).label("unshipped"),
    )
    counted = sums.select_from(_orders_of_a_day()).where(order.status != CANCELLED).group_by(*key)
    return insert(tables.daily_sales).from_select(
        [column.name for column in counted.selected_columns], counted
    )


def _sku_sales_of_a_day() -> Insert:
    """The lines of the same orders, added up by SKU into ``daily_sku_sales``."""
    order, item = tables.orders.c, tables.order_items.c
    key = (order.connection_id, order.marketplace_id, order.day, order.currency, order.user_id, item.sku)
    lines = _orders_of_a_day().join(
        tables.order_items, (item.connection_id == order.connection_id) & (item.order_id == order.order_id)
    )
    sums = select(
        *key,
        cast(bindparam("of_pool"), Text).label("stock_pool"),
        func.max(item.asin).label("asin"),
        func.sum(item.quantity).label("units"),
        func.coalesce(func.sum(item.total_minor), 0).label("revenue_minor"),
        func.count(distinct(order.order_id)).label("orders"),
    )
    sold = sums.select_from(lines).where(order.status != CANCELLED, item.sku.is_not(None))
    counted = sold.group_by(*key)
    return insert(tables.daily_sku_sales).from_select(
        [column.name for column in counted.selected_columns], counted
    )


def _orders_of_a_day() -> Join:
    """The orders of one connection, marketplace and day, found by their index.

    Without statistics SQLite would rather read all of the connection's orders for every day: so the ids of the day are
    put together first, and the rest is looked up by them.
    """
    order = tables.orders.c
    ids = select(order.connection_id, order.order_id).where(
        order.connection_id == bindparam("in_connection"),
        order.marketplace_id == bindparam("in_marketplace"),
        order.day == bindparam("on_day"),
    )
    of_day = ids.cte("of_day").prefix_with("MATERIALIZED", dialect="sqlite")
    return of_day.join(
        tables.orders,
        (of_day.c.connection_id == order.connection_id) & (of_day.c.order_id == order.order_id),
    )


def _unshipped() -> ColumnElement[bool]:
    """No ``IN``: its list is expanded at each execution, which ``executemany`` can't."""
    return or_(*(tables.orders.c.status == status for status in sorted(UNSHIPPED)))


#: Built once: building them takes longer than running them.
_SALES = _sales_of_a_day()
_SKU_SALES = _sku_sales_of_a_day()
