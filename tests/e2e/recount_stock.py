"""The stock once more, in sums and item by item: plain Python over Amazon's own data, without any code of Portside's."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.stock import StockLevel
from entrypoints.simulator.store import Store
from tests.e2e.recount import STORE_FRONTS, Sale, last_days, within

#: One SKU in one physical stock: the stock's name, and the SKU.
Position = tuple[str, str]


@dataclass(frozen=True)
class Shelf:
    """What some sellers have, at a moment. ``own`` are the reorder points that the user has set."""

    store: Store
    sellers: tuple[Seller, ...]
    at: datetime
    own: dict[Position, int] = field(default_factory=dict)

    def positions(self, only: str | None = None) -> dict[Position, tuple[str, StockLevel]]:
        """Each SKU in each stock once, under the marketplace that is asked for, or the seller's home, or the first."""
        found: dict[Position, tuple[str, StockLevel]] = {}
        for seller in self.sellers:
            home, *others = seller.marketplace_ids
            for marketplace_id in (home, *sorted(others)):
                if only in (None, marketplace_id):
                    for level in self.store.stock(seller.id, marketplace_id, self.at):
                        found.setdefault((stock_of(marketplace_id), level.sku), (marketplace_id, level))
        return found

    def items(self, sold: Mapping[Position, int], only: str | None = None) -> dict[Position, dict[str, Any]]:
        """Each item, as the list must tell it, but for whose it is; ``sold`` are the units of thirty days."""
        return {
            place: _item(marketplace_id, level, sold.get(place, 0), self.own.get(place))
            for place, (marketplace_id, level) in self.positions(only).items()
        }

    def sums(self, sold: Mapping[Position, int], only: str | None = None) -> dict[str, int]:
        """What the inventory's dashboard must say."""
        items = self.items(sold, only).values()
        return {
            "totalSKUs": len(items),
            "totalQuantity": sum(each["totalQuantity"] for each in items),
            "lowStockItems": sum(each["status"] == "low" for each in items),
            "outOfStockItems": sum(each["status"] == "out" for each in items),
        }


def stock_of(marketplace_id: str) -> str:
    """The name of the physical stock that is sold from there."""
    return STORE_FRONTS[marketplace_id][2]


def demand(sales: Iterable[Sale], last: date) -> dict[Position, int]:
    """Units sold in thirty days, wherever they were sold from that stock."""
    units: defaultdict[Position, int] = defaultdict(int)
    for sale in within(sales, last_days(30, last)):
        if sale.counts:
            for line in sale.lines:
                units[stock_of(sale.marketplace_id), line.sku] += line.quantity
    return units


def _item(marketplace_id: str, level: StockLevel, sold: int, own: int | None) -> dict[str, Any]:
    point, left = _reorder_point(sold) if own is None else own, level.fulfillable
    return {
        "sku": level.sku,
        "asin": level.asin,
        "fnsku": level.fnsku,
        "title": level.title,
        "marketplaceId": marketplace_id,
        "totalQuantity": level.total,
        "fulfillable": left,
        "inbound": level.inbound_working + level.inbound_shipped + level.inbound_receiving,
        "reserved": level.reserved,
        "unfulfillable": level.unfulfillable,
        "unitsLast30Days": sold,
        "daysOfCover": _tenths(Decimal(left * 30) / sold) if sold else None,
        "reorderPoint": point,
        "reorderPointSource": "own" if own is not None else "computed" if sold else "default",
        "status": "out" if left == 0 else "low" if left < point else "ok",
    }


def _reorder_point(units: int) -> int:
    """Three weeks of the last thirty days' sales, rounded up; ten where nothing was sold."""
    return math.ceil(Decimal(units) / 30 * 21) if units else 10


def _tenths(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))
