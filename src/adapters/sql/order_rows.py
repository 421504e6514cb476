"""Orders and their lines as rows."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.money import Money
from domain.orders.model import BookedOrder, Order, OrderItem, Source
from domain.orders.versions import goods_of, units_of


def order_values(booked: BookedOrder) -> dict[str, object]:
    """All columns of an order, apart from whose it is."""
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
        "total_minor": _minor(order.total),
        "units": units_of(booked),
        "source": order.source.value,
        "goods_minor": goods_of(booked),
        "on_amazon": order.marketplace_id is not None,
    }


def line_values(line: OrderItem, order_id: str) -> dict[str, object]:
    """All columns of a line, apart from whose it is."""
    return {
        "order_id": order_id,
        "order_item_id": line.order_item_id,
        "sku": line.sku,
        "asin": line.asin,
        "title": line.title,
        "quantity": line.quantity,
        "total_minor": _minor(line.total),
        "goods_minor": _minor(line.goods),
    }


def booked_of(row: Mapping[Any, Any], lines: Iterable[Mapping[Any, Any]]) -> BookedOrder:
    """The order in a row, with its lines in the order of their ids; both are given by the names of the columns."""
    currency = row["currency"]
    order = Order(
        order_id=row["order_id"],
        marketplace_id=row["marketplace_id"] if row["on_amazon"] else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=row["status"],
        fulfilled_by=row["fulfilled_by"],
        total=_money(row["total_minor"], currency),
        items=tuple(sorted((_line(each, currency) for each in lines), key=lambda line: line.order_item_id)),
        source=Source(row["source"]),
    )
    return BookedOrder(order, row["marketplace_id"], row["day"], currency)


def _line(row: Mapping[Any, Any], currency: str) -> OrderItem:
    return OrderItem(
        order_item_id=row["order_item_id"],
        sku=row["sku"],
        asin=row["asin"],
        title=row["title"],
        quantity=row["quantity"],
        total=_money(row["total_minor"], currency),
        goods=_money(row["goods_minor"], currency),
    )


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
