"""Best sellers, channels and the whole as JSON, and what of them a CSV holds."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import cast

from domain.channels.model import REVENUE
from domain.kpis.channels import ChannelFigures, ChannelScreen
from domain.kpis.dashboards import TopScreen
from domain.kpis.executive import ExecutiveScreen, Figure, Value
from domain.kpis.model import Freshness, ProductSales, StockTotals
from domain.kpis.performance import AdsComparison
from domain.kpis.sales import SalesSum
from domain.kpis.standing import NEVER
from domain.money import Money
from entrypoints.http.shapes import Json, currency_json, freshness_json, moment, number, span_json

#: What is told of each product.
PRODUCT_NAMES = ("sku", "asin", "orders", "units", "revenue", "share")


def rows_of(name: str) -> Callable[[Json], Sequence[Json]]:
    """Picks a list out of the data."""
    return lambda data: cast(Sequence[Json], data[name])


def top_json(screen: TopScreen) -> Json:
    """The products that sold best."""
    found, currency = screen.found, screen.question.currency
    return {
        "by": screen.question.by.value,
        "sort": screen.question.ranking.value,
        "currency": currency,
        "items": [_product(one, currency, found.revenue_minor) for one in found.rows],
        "products": found.products,
        "totalRevenue": number(Money(found.revenue_minor, currency)),
        "period": span_json(screen.span),
        **freshness_json(screen.freshness),
    }


def _product(one: ProductSales, currency: str, whole: int) -> Json:
    return {
        "sku": one.sku,
        "asin": one.asin,
        "orders": one.orders,
        "units": one.units,
        "revenue": number(Money(one.revenue_minor, currency)),
        "share": round(one.revenue_minor / whole, 4) if whole else None,
    }


def channels_json(screen: ChannelScreen) -> Json:
    """The channels side by side."""
    return {
        "channels": [_channel(each) for each in screen.channels],
        "totalRevenue": number(screen.current.revenue),
        "totalOrders": screen.current.orders,
        **{f"{each.channel}Percentage": float(each.share) for each in screen.channels},
        "preferredChannel": screen.preferred,
        "currency": screen.current.revenue.currency,
        "byCurrency": [currency_json(each) for each in screen.by_currency],
        "revenueDefinition": REVENUE,
        "period": span_json(screen.span),
        **freshness_json(screen.freshness),
    }


def _channel(each: ChannelFigures) -> Json:
    return {
        "channel": each.channel,
        "connected": each.freshness is not None,
        "orders": each.current.orders,
        "revenue": number(each.current.revenue),
        "avgOrderValue": number(each.current.average),
        "units": each.current.units,
        "percentage": float(each.share),
        **_known(each),
    }


def _known(each: ChannelFigures) -> Json:
    """How far a channel's figures can be trusted; all ``null`` where it was never connected."""
    freshness = each.freshness or NEVER
    return {**freshness_json(freshness), "incompleteBecause": freshness.lacks}


def executive_json(screen: ExecutiveScreen) -> Json:
    """All figures with their changes."""
    sales = screen.sales
    return {
        **_changes(sales.current, sales.previous),
        "unshipped": _figure(Figure(sales.current.unshipped, sales.previous.unshipped)),
        "inventory": _stock(screen.stock, moment(screen.stock_freshness.data_as_of)),
        "advertising": _advertising(screen.advertising, sales.current.revenue.currency),
        "channels": [_channel_changes(each) for each in sales.channels],
        "currency": sales.current.revenue.currency,
        "byCurrency": [currency_json(each) for each in sales.by_currency],
        "revenueDefinition": REVENUE,
        "period": span_json(sales.span),
        "previousPeriod": span_json(sales.previous_span),
        **freshness_json(sales.freshness),
    }


def executive_rows(data: Json) -> Sequence[Json]:
    """A line for each figure; those within others by their path, such as ``inventory.totalSKUs``."""
    rows: list[Json] = []
    _collect(rows, "", data)
    return rows


def _collect(rows: list[Json], path: str, data: Json) -> None:
    for name, value in data.items():
        if isinstance(value, dict) and "change" in value:
            rows.append({"figure": f"{path}{name}", **value})
        elif isinstance(value, dict):
            _collect(rows, f"{path}{name}.", value)
        elif name == "channels":
            for each in cast(Sequence[Json], value):
                _collect(rows, f"{path}{name}.{each['channel']}.", each)


def _changes(current: SalesSum, previous: SalesSum) -> Json:
    return {
        "revenue": _figure(Figure(current.revenue, previous.revenue)),
        "orders": _figure(Figure(current.orders, previous.orders)),
        "units": _figure(Figure(current.units, previous.units)),
        "averageOrderValue": _figure(Figure(current.average, previous.average)),
    }


def _channel_changes(each: ChannelFigures) -> Json:
    return {
        "channel": each.channel,
        "connected": each.freshness is not None,
        **_changes(each.current, each.previous),
        "percentage": _figure(Figure(each.share, each.previous_share)),
        **_known(each),
    }


def _advertising(ads: AdsComparison | None, currency: str) -> Json:
    known = ads.known if ads else None
    freshness = known.freshness if known else Freshness(None, None)
    return {
        "connected": ads is not None,
        **{name: _figure(figure) for name, figure in _ads_figures(ads, currency).items()},
        "partial": known is not None and known.is_partial,
        "previousPartial": ads is not None and ads.previous_known.is_partial,
        "attributionWindowDays": ads.window_days if ads else None,
        **freshness_json(freshness),
    }


def _ads_figures(ads: AdsComparison | None, currency: str) -> dict[str, Figure]:
    if ads is None:
        return dict.fromkeys(("spend", "sales", "acos", "tacos", "roas"), Figure(None))
    now, then = ads.current, ads.previous
    return {
        "spend": Figure(Money(now.spend_minor, currency), Money(then.spend_minor, currency)),
        "sales": Figure(Money(now.sales_minor, currency), Money(then.sales_minor, currency)),
        "acos": Figure(now.acos, then.acos),
        "tacos": Figure(ads.tacos.value, ads.previous_tacos.value),
        "roas": Figure(now.roas, then.roas),
    }


def _stock(totals: StockTotals | None, data_as_of: str | None) -> Json:
    """As of now: what there was before is not kept."""
    return {
        "connected": totals is not None,
        "totalSKUs": _figure(Figure(totals.skus if totals else None)),
        "totalQuantity": _figure(Figure(totals.quantity if totals else None)),
        "lowStockItems": _figure(Figure(totals.low if totals else None)),
        "outOfStockItems": _figure(Figure(totals.out if totals else None)),
        "dataAsOf": data_as_of,
    }


def _figure(figure: Figure) -> Json:
    return {
        "value": _number(figure.value),
        "previous": _number(figure.previous),
        "change": _number(figure.change),
    }


def _number(value: Value | None) -> int | float | None:
    if isinstance(value, Money):
        return number(value)
    return float(value) if isinstance(value, Decimal) else value
