"""Best sellers, the stock item by item, channels and the whole once more: plain Python, without any code of Portside's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.stock import StockLevel
from entrypoints.simulator.store import Store
from tests.e2e.recount import STORE_FRONTS, Sale, minor, reorder_point, sale_of

#: Told shares and changes have four decimals.
_CLOSE = Fraction(1, 20_000)


def near(told: float | None, exact: Fraction | None) -> bool:
    """Whether a fraction was told as it is, but for the decimals that it lacks."""
    if told is None or exact is None:
        return told is None and exact is None
    return abs(Fraction(str(told)) - exact) <= _CLOSE


def expected_products(
    orders: Iterable[StoreOrder], home: str, by: str, currency: str, days: tuple[date, date], only: str | None
) -> dict[str, tuple[int, int, int]]:
    """Orders, units and revenue of each product that was sold for this currency, by its SKU or ASIN."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for order in orders:
        sale = sale_of(order, home)
        if order.status.value == "CANCELLED" or sale.currency != currency:
            continue
        if not days[0] <= sale.day <= days[1] or only not in (None, sale.marketplace_id):
            continue
        for product in {getattr(line, by) for line in order.lines}:
            lines = [line for line in order.lines if getattr(line, by) == product]
            sums = found[product]
            sums[0] += 1
            sums[1] += sum(line.quantity for line in lines)
            sums[2] += sum(line.amounts.total for line in lines if line.amounts is not None)
    return {product: (sums[0], sums[1], sums[2]) for product, sums in found.items()}


def told_products(data: dict[str, Any], by: str) -> dict[str, tuple[int, int, int]]:
    """What the list of best sellers has said."""
    return {
        each[by]: (each["orders"], each["units"], int(minor(each["revenue"], data["currency"])))
        for each in data["items"]
    }


def ranked(products: dict[str, tuple[int, int, int]], ranking: str) -> list[str]:
    """The best first; equals by their names."""
    place = {"units": 1, "revenue": 2}[ranking]
    return sorted(products, key=lambda name: (-products[name][place], name))


def expected_items(
    store: Store, seller: Seller, at: datetime, sold: dict[tuple[str, str], int], only: str | None
) -> dict[tuple[str, str], dict[str, Any]]:
    """Each physical stock of each SKU, as the list must tell it."""
    return {
        (STORE_FRONTS[marketplace_id][2], level.sku): _item(
            level, sold.get((STORE_FRONTS[marketplace_id][2], level.sku), 0)
        )
        for marketplace_id in (seller.marketplace_ids if only is None else (only,))
        for level in store.stock(seller.id, marketplace_id, at)
    }


def _item(level: StockLevel, sold: int) -> dict[str, Any]:
    point, left = reorder_point(sold), level.fulfillable
    return {
        "sku": level.sku,
        "asin": level.asin,
        "totalQuantity": level.total,
        "fulfillable": left,
        "inbound": level.inbound_working + level.inbound_shipped + level.inbound_receiving,
        "reserved": level.reserved,
        "unfulfillable": level.unfulfillable,
        "unitsLast30Days": sold,
        "daysOfCover": _tenths(Decimal(left * 30) / sold) if sold else None,
        "reorderPoint": point,
        "reorderPointSource": "computed" if sold else "default",
        "status": "out" if left == 0 else "low" if left < point else "ok",
    }


def _tenths(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def expected_channels(
    channels: Mapping[str, Sequence[Sale]], currency: str, first: date, last: date
) -> dict[str, Any]:
    """What the channels' screen must say, in minor units."""
    sums = {name: _sums(_within(sales, first, last), currency) for name, sales in channels.items()}
    revenue = [each["revenue"] for each in sums.values()]
    most = [name for name, each in sums.items() if each["revenue"] == max(revenue)]
    return {
        "channels": [
            {"channel": name, **each, "percentage": share}
            for (name, each), share in zip(sums.items(), _shares(revenue), strict=True)
        ],
        "totalRevenue": sum(revenue),
        "preferredChannel": most[0] if len(most) == 1 and max(revenue) > 0 else None,
        "currency": currency,
    }


def told_channels(data: dict[str, Any]) -> dict[str, Any]:
    """What it has said."""
    currency = data["currency"]
    return {
        "channels": [
            {
                "channel": each["channel"],
                "orders": each["orders"],
                "units": each["units"],
                "revenue": minor(each["revenue"], currency),
                "average": minor(each["avgOrderValue"], currency),
                "percentage": each["percentage"],
            }
            for each in data["channels"]
        ],
        "totalRevenue": minor(data["totalRevenue"], currency),
        "preferredChannel": data["preferredChannel"],
        "currency": currency,
    }


def _shares(amounts: list[int]) -> list[float]:
    """Tenths of a per cent; what rounding down leaves goes to those that lost most."""
    whole = sum(amounts)
    if not whole:
        return [0.0 for _ in amounts]
    exact = [Fraction(amount * 1000, whole) for amount in amounts]
    tenths = [int(each) for each in exact]
    for _ in range(1000 - sum(tenths)):
        poorest = max(range(len(exact)), key=lambda number: exact[number] - tenths[number])
        tenths[poorest] += 1
    return [each / 10 for each in tenths]


def expected_executive(
    channels: Mapping[str, Sequence[Sale]],
    stock: dict[str, int] | None,
    currency: str,
    first: date,
    last: date,
) -> dict[str, tuple[Any, Any]]:
    """Each figure of the executive view and the one before, by its name; amounts in minor units."""
    span = (last - first).days + 1
    before = (first - timedelta(days=span), first - timedelta(days=1))
    everywhere = [sale for sales in channels.values() for sale in sales]
    found = dict(_pairs("", everywhere, currency, (first, last), before))
    found["unshipped"] = (
        _waiting(_within(everywhere, first, last), currency),
        _waiting(_within(everywhere, *before), currency),
    )
    for name, sales in channels.items():
        found |= _pairs(f"{name}.", sales, currency, (first, last), before)
    for name, value in (stock or {}).items():
        found[f"inventory.{name}"] = (value, None)
    return found


def told_executive(data: dict[str, Any], named: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """What it has said of these figures; each change is compared with the two values that it is made of."""
    channels = {each["channel"]: each for each in data["channels"]}
    found = {}
    for name in named:
        *path, last = name.split(".")
        place = data if not path else data["inventory"] if path[0] == "inventory" else channels[path[0]]
        figure = place[last]
        amounts = last in ("revenue", "averageOrderValue")
        value, previous = (
            int(minor(each, data["currency"])) if amounts and each is not None else each
            for each in (figure["value"], figure["previous"])
        )
        change = Fraction(value - previous, previous) if previous else None
        assert near(figure["change"], change), (name, figure)
        found[name] = (value, previous)
    return found


def _pairs(
    prefix: str, sales: Sequence[Sale], currency: str, now: tuple[date, date], then: tuple[date, date]
) -> dict[str, tuple[Any, Any]]:
    present, past = (_sums(_within(sales, *span), currency) for span in (now, then))
    names = {"revenue": "revenue", "orders": "orders", "units": "units", "averageOrderValue": "average"}
    return {f"{prefix}{told}": (present[ours], past[ours]) for told, ours in names.items()}


def _within(sales: Sequence[Sale], first: date, last: date) -> list[Sale]:
    return [sale for sale in sales if first <= sale.day <= last]


def _sums(sales: Sequence[Sale], currency: str) -> dict[str, int]:
    chosen = [sale for sale in sales if sale.currency == currency]
    amounts = [sale.minor for sale in chosen if sale.minor is not None]
    mean = Decimal(sum(amounts)) / len(amounts) if amounts else Decimal(0)
    return {
        "orders": len(chosen),
        "units": sum(sale.units for sale in chosen),
        "revenue": sum(amounts),
        "average": int(mean.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)),
    }


def _waiting(sales: Sequence[Sale], currency: str) -> int:
    return sum(sale.waiting for sale in sales if sale.currency == currency)
