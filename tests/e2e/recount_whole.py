"""Best sellers, channels and the whole once more: plain Python, without any code of Portside's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from tests.e2e.recount import Sale, Span, Sums, amount, before, by_currency, days, within

_SALES = ("revenue", "orders", "units", "averageOrderValue")
_AMOUNTS = {"revenue", "averageOrderValue", "spend", "sales"}


def expected_products(
    sales: Iterable[Sale], by: str, ranking: str, currency: str, span: Span
) -> dict[str, Any]:
    """What the list of best sellers must say, the best first; equals by their names."""
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    asins: dict[str, str] = {}
    for sale in within(sales, span):
        if not sale.counts or sale.currency != currency:
            continue
        for line in sale.lines:
            asins[line.sku] = line.asin
            sums = found[getattr(line, by)]
            sums[1] += line.quantity
            sums[2] += line.amounts.total if line.amounts is not None else 0
        for name in [getattr(line, by) for line in {line.sku: line for line in sale.lines}.values()]:
            found[name][0] += 1  # an order with two SKUs of an ASIN counts twice
    whole = sum(revenue for _, _, revenue in found.values())
    place = {"units": 1, "revenue": 2}[ranking]
    return {
        "by": by,
        "sort": ranking,
        "currency": currency,
        "items": [
            {
                "sku": name if by == "sku" else None,
                "asin": asins[name] if by == "sku" else name,
                "orders": found[name][0],
                "units": found[name][1],
                "revenue": amount(found[name][2], currency),
                # As exactly as four decimals can tell it.
                "share": pytest.approx(found[name][2] / whole, rel=0, abs=0.000051) if whole else None,
            }
            for name in sorted(found, key=lambda name: (-found[name][place], name))
        ],
        "products": len(found),
        "totalRevenue": amount(whole, currency),
        "period": days(span),
    }


def expected_channels(channels: Mapping[str, Sequence[Sale]], currency: str, span: Span) -> dict[str, Any]:
    """What the channels' screen must say; all of them are connected."""
    sums = {name: Sums.of(within(sales, span), currency) for name, sales in channels.items()}
    revenue = [each.revenue for each in sums.values()]
    shares = dict(zip(sums, _shares(revenue), strict=True))
    most = [name for name, each in sums.items() if each.revenue == max(revenue)]
    return {
        "channels": [
            {
                "channel": name,
                "connected": True,
                "orders": each.orders,
                "units": each.units,
                "revenue": amount(each.revenue, currency),
                "avgOrderValue": amount(each.average, currency),
                "percentage": shares[name],
            }
            for name, each in sums.items()
        ],
        "totalRevenue": amount(sum(revenue), currency),
        "totalOrders": sum(each.orders for each in sums.values()),
        **{f"{name}Percentage": share for name, share in shares.items()},
        "preferredChannel": most[0] if len(most) == 1 and max(revenue) > 0 else None,
        "currency": currency,
        "byCurrency": by_currency(_everywhere(channels, span)),
        "period": days(span),
    }


def expected_executive(
    channels: Mapping[str, Sequence[Sale]],
    stock: Mapping[str, int],
    stock_before: Mapping[str, int] | None,
    currency: str,
    span: Span,
) -> dict[str, Any]:
    """The whole of a seller without advertising, each figure beside the one before."""
    now, then = (_everywhere(channels, each) for each in (span, before(span)))
    shares = zip(*(_shares_of(channels, currency, each) for each in (span, before(span))), strict=True)
    return {
        **_sales_beside(now, then, currency),
        "unshipped": beside(Sums.of(now, currency).waiting, Sums.of(then, currency).waiting),
        "inventory": {
            "connected": True,
            **{name: beside(stock[name], stock_before[name] if stock_before else None) for name in stock},
        },
        "advertising": _NO_ADVERTISING,
        "channels": [
            {
                "channel": name,
                "connected": True,
                **_sales_beside(within(sales, span), within(sales, before(span)), currency),
                "percentage": beside(*share),
            }
            for (name, sales), share in zip(channels.items(), shares, strict=True)
        ],
        "currency": currency,
        "byCurrency": by_currency(now),
        "period": days(span),
        "previousPeriod": days(before(span)),
    }


def lines_of_executive(expected: Mapping[str, Any], currency: str, path: str = "") -> list[dict[str, Any]]:
    """The same as a table: a line for each figure, those within others by their path, amounts with their currency."""
    found: list[dict[str, Any]] = []
    for name, value in expected.items():
        if name == "channels":
            for each in value:
                found += lines_of_executive(each, currency, f"{path}{name}.{each['channel']}.")
        elif isinstance(value, dict) and "change" in value:
            money = currency if name in _AMOUNTS else None
            found.append({"figure": f"{path}{name}", **value, "currency": money})
        elif isinstance(value, dict):
            found += lines_of_executive(value, currency, f"{path}{name}.")
    return found


def beside(value: float | None, previous: float | None) -> dict[str, float | None]:
    """A figure with the one before, and its change, which is computed from both as they are shown."""
    change = None
    if value is not None and previous:
        now, then = Fraction(str(value)), Fraction(str(previous))
        change = float(round((now - then) / then, 4))
    return {"value": value, "previous": previous, "change": change}


_UNKNOWN = beside(None, None)
#: What is said of advertising to who never connected it.
_NO_ADVERTISING = {
    "connected": False,
    **dict.fromkeys(("spend", "sales", "acos", "tacos", "roas"), _UNKNOWN),
    "tacosOf": {"spend": _UNKNOWN, "sales": _UNKNOWN, "marketplaceIds": []},
    "attributionWindowDays": None,
}


def _sales_beside(now: Sequence[Sale], then: Sequence[Sale], currency: str) -> dict[str, Any]:
    told = [
        (amount(sums.revenue, currency), sums.orders, sums.units, amount(sums.average, currency))
        for sums in (Sums.of(now, currency), Sums.of(then, currency))
    ]
    return {name: beside(*pair) for name, pair in zip(_SALES, zip(*told, strict=True), strict=True)}


def _everywhere(channels: Mapping[str, Sequence[Sale]], span: Span) -> list[Sale]:
    return [sale for sales in channels.values() for sale in within(sales, span)]


def _shares_of(channels: Mapping[str, Sequence[Sale]], currency: str, span: Span) -> list[float]:
    return _shares([Sums.of(within(sales, span), currency).revenue for sales in channels.values()])


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
