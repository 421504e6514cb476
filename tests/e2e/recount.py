"""The figures once more, added up from Amazon's own data in plain Python, without any code of Portside's.

Money is counted in minor units. Days are those of the store front; what was sold elsewhere counts at home.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.store import Store

_WEST, _EAST = "America/Los_Angeles", "Australia/Sydney"
#: id → time zone, currency, and the stock it sells from
STORE_FRONTS = {
    "ATVPDKIKX0DER": (_WEST, "USD", "us"),
    "A2EUQ1WTGCTBG2": (_WEST, "CAD", "ca"),
    "A1AM78C64UM0Y8": (_WEST, "MXN", "mx"),
    "A1PA6795UKMFR9": ("Europe/Berlin", "EUR", "europe"),
    "A13V1IB3VIYZZH": ("Europe/Paris", "EUR", "europe"),
    "APJ6JRA9NG5V4": ("Europe/Rome", "EUR", "europe"),
    "A1RKKUPIHCS9HS": ("Europe/Madrid", "EUR", "europe"),
    "A1F83G8C2ARO7P": ("Europe/London", "GBP", "gb"),
    "A2NODRKZP88ZB9": ("Europe/Stockholm", "SEK", "europe"),
    "A1C3SOZRARQ6R3": ("Europe/Warsaw", "PLN", "europe"),
    "A1VC38T7YXB528": ("Asia/Tokyo", "JPY", "jp"),
    "A39IBJ37TRP1C6": (_EAST, "AUD", "au"),
}
_WITHOUT_CENTS = {"JPY"}
_STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "UNFULFILLABLE",
    "CANCELLED",
)
_AS_REPORTED = {"PENDING_AVAILABILITY": "PENDING"}


@dataclass(frozen=True)
class Sale:
    """An order, as far as it is counted."""

    marketplace_id: str
    day: date
    currency: str
    minor: int | None
    units: int
    waiting: bool


def today(marketplace_id: str, now: datetime) -> date:
    """The store front's day."""
    return now.astimezone(ZoneInfo(STORE_FRONTS[marketplace_id][0])).date()


def hours_of(day: date, zone: str) -> int:
    """How long a day is there."""
    begin, end = (
        datetime.combine(each, time(), ZoneInfo(zone)).astimezone(UTC)
        for each in (day, day + timedelta(days=1))
    )
    return round((end - begin) / timedelta(hours=1))


def minor(amount: float, currency: str) -> Decimal:
    """An amount of an answer in minor units, to the last digit that was written."""
    return Decimal(str(amount)) * (1 if currency in _WITHOUT_CENTS else 100)


def sales(orders: Iterable[StoreOrder], home: str) -> list[Sale]:
    """The orders that count."""
    return [sale_of(order, home) for order in orders if order.status.value != "CANCELLED"]


def sale_of(order: StoreOrder, home: str) -> Sale:
    """Where, when and for how much it was sold."""
    where = order.marketplace_id or home
    return Sale(
        marketplace_id=where,
        day=order.created_at.astimezone(ZoneInfo(STORE_FRONTS[where][0])).date(),
        currency=order.currency if order.grand_total_minor is not None else STORE_FRONTS[where][1],
        minor=order.grand_total_minor,
        units=sum(line.quantity for line in order.lines),
        waiting=order.status.value in ("UNSHIPPED", "PARTIALLY_SHIPPED"),
    )


def expected_orders(found: Iterable[Sale], currency: str, first: date, last: date) -> dict[str, Any]:
    """What the orders' dashboard must say of these sales, in minor units."""
    kept = list(found)
    span = (last - first).days + 1
    within = [sale for sale in kept if first <= sale.day <= last]
    by_day: defaultdict[date, list[Sale]] = defaultdict(list)
    for sale in within:
        if sale.currency == currency:
            by_day[sale.day].append(sale)
    days = [first + timedelta(days=number) for number in range(span)]
    before = (first - timedelta(days=span), first - timedelta(days=1))
    earlier = [sale for sale in kept if before[0] <= sale.day <= before[1]]
    return {
        "currency": currency,
        **_sums(within, currency),
        "byCurrency": {
            each: _sums_of_currency(within, each) for each in sorted({sale.currency for sale in within})
        },
        "series": [(day.isoformat(), *_day(by_day[day])) for day in days],
        "period": (first.isoformat(), last.isoformat()),
        "previousPeriod": (before[0].isoformat(), before[1].isoformat(), _sums(earlier, currency)),
    }


def told_orders(data: dict[str, Any]) -> dict[str, Any]:
    """What the orders' dashboard has said, in the shape of expected_orders."""
    currency, before = data["currency"], data["previousPeriod"]
    return {
        "currency": currency,
        **_told_sums(data, currency),
        "byCurrency": {
            each["currency"]: {
                "orders": each["orders"],
                "revenue": minor(each["revenue"], each["currency"]),
                "average": minor(each["avgOrderValue"], each["currency"]),
                "units": each["units"],
            }
            for each in data["byCurrency"]
        },
        "series": [
            (each["date"], each["orders"], minor(each["revenue"], currency)) for each in data["series"]
        ],
        "period": (data["period"]["from"], data["period"]["to"]),
        "previousPeriod": (before["from"], before["to"], _told_sums(before, currency)),
    }


def expected_statuses(
    orders: Iterable[StoreOrder], home: str, currency: str, days: tuple[date, date], only: str | None
) -> dict[str, int]:
    """How many orders are in which status, cancelled ones too; the two kinds of pending ones are one in reports."""
    found = dict.fromkeys(_STATUSES, 0)
    for order in orders:
        sale = sale_of(order, home)
        if (
            sale.currency == currency
            and days[0] <= sale.day <= days[1]
            and only in (None, sale.marketplace_id)
        ):
            found[_AS_REPORTED.get(order.status.value, order.status.value)] += 1
    return found


def told_statuses(data: dict[str, Any]) -> dict[str, int]:
    """What the orders' dashboard has said, in the shape of expected_statuses."""
    told = {each["status"]: each["orders"] for each in data["byStatus"]}
    assert [each["status"] for each in data["byStatus"]] == list(_STATUSES)
    for name, reported in _AS_REPORTED.items():
        told[reported] += told[name]
        told[name] = 0
    return told


def expected_stock(
    store: Store, seller: Seller, at: datetime, units_sold: dict[tuple[str, str], int], only: str | None
) -> dict[str, int]:
    """What the inventory's dashboard must say of one marketplace, or of all: each physical stock counts once."""
    stock: dict[tuple[str, str], tuple[int, int]] = {}
    for marketplace_id in seller.marketplace_ids if only is None else (only,):
        for level in store.stock(seller.id, marketplace_id, at):
            stock[STORE_FRONTS[marketplace_id][2], level.sku] = (level.total, level.fulfillable)
    reorder_at = {key: reorder_point(units_sold.get(key, 0)) for key in stock}
    return {
        "totalSKUs": len(stock),
        "totalQuantity": sum(total for total, _ in stock.values()),
        "lowStockItems": sum(0 < left < reorder_at[key] for key, (_, left) in stock.items()),
        "outOfStockItems": sum(left == 0 for _, left in stock.values()),
    }


def reorder_point(units: int) -> int:
    """Three weeks of the last thirty days' sales, rounded up; ten where nothing was sold."""
    return math.ceil(Decimal(units) / 30 * 21) if units else 10


def _sums(found: list[Sale], currency: str) -> dict[str, Any]:
    chosen = [sale for sale in found if sale.currency == currency]
    amounts = [sale.minor for sale in chosen if sale.minor is not None]
    mean = Decimal(sum(amounts)) / len(amounts) if amounts else Decimal(0)
    return {
        "orders": len(chosen),
        "revenue": sum(amounts),
        "average": mean.quantize(Decimal(1), rounding=ROUND_HALF_EVEN),
        "unshipped": sum(sale.waiting for sale in chosen),
    }


def _sums_of_currency(found: list[Sale], currency: str) -> dict[str, Any]:
    sums = _sums(found, currency)
    del sums["unshipped"]  # not told by currency
    return sums | {"units": sum(sale.units for sale in found if sale.currency == currency)}


def _day(found: list[Sale]) -> tuple[int, int]:
    return len(found), sum(sale.minor or 0 for sale in found)


def _told_sums(data: dict[str, Any], currency: str) -> dict[str, Any]:
    return {
        "orders": data["totalOrders"],
        "revenue": minor(data["totalRevenue"], currency),
        "average": minor(data["avgOrderValue"], currency),
        "unshipped": data["unshippedOrders"],
    }


def demand(orders: Iterable[StoreOrder], home: str, first: date, last: date) -> dict[tuple[str, str], int]:
    """Units sold by stock and SKU, from the first to the last day, wherever they were sold from that stock."""
    units: defaultdict[tuple[str, str], int] = defaultdict(int)
    for order in orders:
        sale = sale_of(order, home)
        if order.status.value != "CANCELLED" and first <= sale.day <= last:
            for line in order.lines:
                units[STORE_FRONTS[sale.marketplace_id][2], line.sku] += line.quantity
    return units
