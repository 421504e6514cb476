"""What is true of a store at a moment, as lines of JSON: the store, its days, and its orders where they are asked for.

Everything counts: also what a client without ``read_all_orders`` is never told. Amounts are whole minor units.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from entrypoints.simulator.moments import from_ms, iso
from entrypoints.simulator.shopify.orders import StoreOrder
from entrypoints.simulator.shopify.shops import Shops
from entrypoints.simulator.shopify.stores import ShopifyStore


@dataclass
class _Day:
    """Orders of one day in one currency. ``revenue`` and ``units`` are of those that count, before refunds."""

    orders: int = 0
    test: int = 0
    not_counted: int = 0
    units: int = 0
    revenue: int = 0
    refunded: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def count(self, order: StoreOrder) -> None:
        if order.plan.test:
            self.test += 1
            return
        self.orders += 1
        self.statuses[order.financial] = self.statuses.get(order.financial, 0) + 1
        if not order.counts:
            self.not_counted += 1
            return
        self.units += order.units
        self.revenue += order.total
        self.refunded += order.refunded


def lines(shops: Shops, store: ShopifyStore, at: datetime, with_orders: bool) -> Iterator[str]:
    """Everything of one store, line by line."""
    orders = sorted(shops.orders(store, at), key=lambda order: order.plan.id)
    days: dict[tuple[date, str], _Day] = {}
    digest = sha256()
    for order in orders:
        placed = from_ms(order.plan.created_ms).astimezone(store.zone).date()
        days.setdefault((placed, order.plan.currency), _Day()).count(order)
        digest.update(f"{order.plan.id} {order.financial} {order.updated_ms} {order.total}\n".encode())
    yield _line(
        kind="store",
        shop=store.shop,
        name=store.name,
        currency=store.currency,
        time_zone=store.time_zone,
        orders=len(orders),
        digest=digest.hexdigest(),
    )
    for (day, currency), sums in sorted(days.items()):
        yield _line(kind="store_day", shop=store.shop, day=day.isoformat(), currency=currency, **vars(sums))
    if with_orders:
        for order in orders:
            yield _line(**_order(order))


def _order(order: StoreOrder) -> dict[str, Any]:
    return {
        "kind": "store_order",
        "shop": order.plan.shop,
        "id": order.plan.id,
        "name": order.plan.name,
        "created": iso(order.plan.created_ms),
        "processed": iso(order.plan.processed_ms),
        "updated": iso(order.updated_ms),
        "test": order.plan.test,
        "cancelled": order.cancelled_ms is not None,
        "counts": order.counts,
        "financial": order.financial,
        "fulfillment": order.fulfillment,
        "currency": order.plan.currency,
        "units": order.units,
        "total": order.total,
        "current_total": order.current_total,
        "refunded": order.refunded,
    }


def _line(**body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
