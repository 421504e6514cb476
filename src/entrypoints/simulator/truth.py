"""What is true of a seller at a moment, for tests in another process that compare exactly.

Lines of JSON: first the ``seller`` with the sums, then a ``day`` for each local day of each marketplace with orders,
then a ``stock`` for each SKU of each marketplace, and an ``order`` for each order where they were asked for.
What was hidden is true all the same; what was changed counts as changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import iso, to_ms
from entrypoints.simulator.operations.order_json import money
from entrypoints.simulator.order_troubles import OrderTroubles
from entrypoints.simulator.orders import Status, StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.store import Store


@dataclass
class _Sums:
    orders: int = 0
    cancelled: int = 0
    units: int = 0
    total: int = 0
    sales: int = 0
    statuses: dict[str, int] = field(default_factory=dict)

    def count(self, order: StoreOrder) -> None:
        self.orders += 1
        self.statuses[str(order.status)] = self.statuses.get(str(order.status), 0) + 1
        if order.status is Status.CANCELLED:
            self.cancelled += 1
            return
        self.units += order.units
        self.total += order.grand_total_minor or 0
        self.sales += sum(line.amounts.item for line in order.lines if line.amounts is not None)


@dataclass(frozen=True)
class Truth:
    """Tells the store as it is, with the changes made by hand."""

    store: Store
    troubles: OrderTroubles

    def lines(self, seller: Seller, at: datetime, with_orders: bool) -> Iterator[str]:
        """Everything of one seller, line by line."""
        edits = self.troubles.of(seller.id).edits
        days: dict[tuple[str, date], _Sums] = {}
        orders, digest = 0, sha256()
        told = []
        for order in sorted(
            self.store.updated_between(seller.id, 0, to_ms(at), to_ms(at), edits), key=lambda order: order.id
        ):
            orders += 1
            marketplace = BY_ID[order.home_marketplace_id]
            day = order.created_at.astimezone(marketplace.zone).date()
            days.setdefault((marketplace.id, day), _Sums()).count(order)
            line = _order(order)
            digest.update(f"{line['id']} {line['status']} {line['updated']} {line['total']}\n".encode())
            if with_orders:
                told.append(_json(line))
        yield _json(
            {
                "kind": "seller",
                "seller_id": seller.id,
                "at": at.isoformat(),
                "orders": orders,
                "digest": digest.hexdigest(),
            }
        )
        for (marketplace_id, day), sums in sorted(days.items()):
            yield _json(_day(marketplace_id, day, sums))
        yield from self._stock(seller, at)
        yield from told

    def _stock(self, seller: Seller, at: datetime) -> Iterator[str]:
        for marketplace in seller.marketplaces:
            for level in self.store.stock(seller.id, marketplace.id, at):
                yield _json(
                    {
                        "kind": "stock",
                        "marketplace_id": marketplace.id,
                        "sku": level.sku,
                        "total": level.total,
                        "fulfillable": level.fulfillable,
                        "reserved": level.reserved,
                        "inbound_working": level.inbound_working,
                        "inbound_shipped": level.inbound_shipped,
                        "inbound_receiving": level.inbound_receiving,
                        "unfulfillable": level.unfulfillable,
                        "researching": level.researching,
                    }
                )


def _day(marketplace_id: str, day: date, sums: _Sums) -> dict[str, Any]:
    """A local day's orders, all of them; units and amounts are of those that are not cancelled."""
    marketplace = BY_ID[marketplace_id]
    return {
        "kind": "day",
        "marketplace_id": marketplace_id,
        "day": day.isoformat(),
        "currency": marketplace.currency,
        "orders": sums.orders,
        "cancelled": sums.cancelled,
        "units": sums.units,
        "total": money(sums.total, marketplace.currency, marketplace.minor_digits)["amount"],
        "sales": money(sums.sales, marketplace.currency, marketplace.minor_digits)["amount"],
        "statuses": dict(sorted(sums.statuses.items())),
    }


def _order(order: StoreOrder) -> dict[str, Any]:
    digits = BY_ID[order.home_marketplace_id].minor_digits
    total = order.grand_total_minor
    return {
        "kind": "order",
        "id": order.id,
        "marketplace_id": order.marketplace_id,
        "home_marketplace_id": order.home_marketplace_id,
        "created": iso(to_ms(order.created_at)),
        "updated": iso(to_ms(order.updated_at)),
        "status": str(order.status),
        "currency": order.currency,
        "total": None if total is None else money(total, order.currency, digits)["amount"],
        "lines": [[line.item_id, line.sku, line.quantity, line.quantity_fulfilled] for line in order.lines],
    }


def _json(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
