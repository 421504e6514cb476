"""Best sellers, channels and the whole as JSON, and what of them a CSV holds."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from typing_extensions import TypedDict

from domain.channels.model import REVENUE
from domain.kpis.channels import ChannelFigures, ChannelScreen
from domain.kpis.dashboards import TopScreen
from domain.kpis.executive import ExecutiveScreen, Figure, Value
from domain.kpis.model import Freshness, ProductSales, StockTotals
from domain.kpis.performance import AdsComparison
from domain.kpis.products import ProductKey, Ranking
from domain.kpis.sales import SalesSum
from domain.kpis.standing import NEVER
from domain.money import Money
from entrypoints.http.answer_types import Amount, Answer, Fraction, When
from entrypoints.http.figure_shapes import (
    CurrencyAnswer,
    FreshAnswer,
    SpanAnswer,
    currency_json,
    freshness_json,
    span_json,
)
from entrypoints.http.shapes import moment, number

Row = Mapping[str, object]

#: What is told of each product.
PRODUCT_NAMES = ("sku", "asin", "orders", "units", "revenue", "share")


class ProductAnswer(Answer):
    """What was sold of one product."""

    sku: str | None
    """Null where the products are counted by ASIN, and sold under several SKUs."""
    asin: str | None
    orders: int
    units: int
    revenue: Amount
    share: Fraction | None
    """Of the whole revenue; null where that is 0."""


class TopAnswer(FreshAnswer):
    """The products that sold best."""

    by: ProductKey
    sort: Ranking
    currency: str
    items: list[ProductAnswer]
    products: int
    """As many were sold at all."""
    totalRevenue: Amount
    period: SpanAnswer


class KnownAnswer(FreshAnswer):
    """How far a channel's figures can be trusted."""

    incompleteBecause: str | None


class ChannelAnswer(KnownAnswer):
    """The sales of one channel."""

    channel: str
    connected: bool
    orders: int
    revenue: Amount
    avgOrderValue: Amount
    units: int
    percentage: float
    """Of the revenue of all channels; they add up to 100.0."""


class ChannelsAnswer(FreshAnswer):
    """The channels side by side."""

    channels: list[ChannelAnswer]
    totalRevenue: Amount
    totalOrders: int
    amazonPercentage: float
    shopifyPercentage: float
    preferredChannel: str | None
    """With the larger revenue; null on a tie or without any."""
    currency: str
    byCurrency: list[CurrencyAnswer]
    revenueDefinition: str
    period: SpanAnswer


class FigureAnswer(Answer):
    """A value and what it was in the period before."""

    value: Amount | None
    previous: Amount | None
    """Null where it is not known."""
    change: Fraction | None
    """Of the previous value; null where that is 0 or not known."""


class ChangesAnswer(Answer):
    """Sales beside those of the period before."""

    revenue: FigureAnswer
    orders: FigureAnswer
    units: FigureAnswer
    averageOrderValue: FigureAnswer


class ChannelChangesAnswer(ChangesAnswer, KnownAnswer):
    """The same for one channel."""

    channel: str
    connected: bool
    percentage: FigureAnswer


class StockFiguresAnswer(Answer):
    """The stock as of now; what there was before is not kept."""

    connected: bool
    totalSKUs: FigureAnswer
    totalQuantity: FigureAnswer
    lowStockItems: FigureAnswer
    outOfStockItems: FigureAnswer
    dataAsOf: When | None


class AdsFigures(TypedDict):
    """What advertising cost and brought."""

    spend: FigureAnswer
    sales: FigureAnswer
    acos: FigureAnswer
    tacos: FigureAnswer
    roas: FigureAnswer


class AdvertisingAnswer(AdsFigures, FreshAnswer):
    """What advertising cost and brought, and how much of it is known."""

    connected: bool
    partial: bool
    """Whether reports of the period are still missing."""
    previousPartial: bool
    attributionWindowDays: int | None


class EarlierSpanAnswer(SpanAnswer):
    """The days of the period before."""

    complete: bool
    """Whether all of them have been fetched; a comparison with less misleads."""


class ExecutiveAnswer(ChangesAnswer, FreshAnswer):
    """All figures with their changes."""

    unshipped: FigureAnswer
    inventory: StockFiguresAnswer
    advertising: AdvertisingAnswer
    channels: list[ChannelChangesAnswer]
    currency: str
    byCurrency: list[CurrencyAnswer]
    revenueDefinition: str
    period: SpanAnswer
    previousPeriod: EarlierSpanAnswer


def rows_of(name: str) -> Callable[[Row], Sequence[Row]]:
    """Picks a list out of the data."""
    return lambda data: cast(Sequence[Row], data[name])


def top_json(screen: TopScreen) -> TopAnswer:
    """The products that sold best."""
    found, currency = screen.found, screen.question.currency
    return {
        "by": screen.question.by,
        "sort": screen.question.ranking,
        "currency": currency,
        "items": [_product(one, currency, found.revenue_minor) for one in found.rows],
        "products": found.products,
        "totalRevenue": number(Money(found.revenue_minor, currency)),
        "period": span_json(screen.span),
        **freshness_json(screen.freshness),
    }


def _product(one: ProductSales, currency: str, whole: int) -> ProductAnswer:
    return {
        "sku": one.sku,
        "asin": one.asin,
        "orders": one.orders,
        "units": one.units,
        "revenue": number(Money(one.revenue_minor, currency)),
        "share": round(one.revenue_minor / whole, 4) if whole else None,
    }


def channels_json(screen: ChannelScreen) -> ChannelsAnswer:
    """The channels side by side."""
    share = {each.channel: float(each.share) for each in screen.channels}
    return {
        "channels": [_channel(each) for each in screen.channels],
        "totalRevenue": number(screen.current.revenue),
        "totalOrders": screen.current.orders,
        "amazonPercentage": share["amazon"],
        "shopifyPercentage": share["shopify"],
        "preferredChannel": screen.preferred,
        "currency": screen.current.revenue.currency,
        "byCurrency": [currency_json(each) for each in screen.by_currency],
        "revenueDefinition": REVENUE,
        "period": span_json(screen.span),
        **freshness_json(screen.freshness),
    }


def _channel(each: ChannelFigures) -> ChannelAnswer:
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


def _known(each: ChannelFigures) -> KnownAnswer:
    """How far a channel's figures can be trusted; all ``null`` where it was never connected."""
    freshness = each.freshness or NEVER
    return {**freshness_json(freshness), "incompleteBecause": freshness.lacks}


def executive_json(screen: ExecutiveScreen) -> ExecutiveAnswer:
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
        "previousPeriod": {**span_json(sales.previous_span), "complete": sales.previous_fetched},
        **freshness_json(sales.freshness),
    }


def executive_rows(data: Row) -> Sequence[Row]:
    """A line for each figure; those within others by their path, such as ``inventory.totalSKUs``."""
    rows: list[Row] = []
    _collect(rows, "", data)
    return rows


def _collect(rows: list[Row], path: str, data: Row) -> None:
    for name, value in data.items():
        if isinstance(value, dict) and "change" in value:
            rows.append({"figure": f"{path}{name}", **value})
        elif isinstance(value, dict):
            _collect(rows, f"{path}{name}.", value)
        elif name == "channels":
            for each in cast(Sequence[Row], value):
                _collect(rows, f"{path}{name}.{each['channel']}.", each)


def _changes(current: SalesSum, previous: SalesSum) -> ChangesAnswer:
    return {
        "revenue": _figure(Figure(current.revenue, previous.revenue)),
        "orders": _figure(Figure(current.orders, previous.orders)),
        "units": _figure(Figure(current.units, previous.units)),
        "averageOrderValue": _figure(Figure(current.average, previous.average)),
    }


def _channel_changes(each: ChannelFigures) -> ChannelChangesAnswer:
    return {
        "channel": each.channel,
        "connected": each.freshness is not None,
        **_changes(each.current, each.previous),
        "percentage": _figure(Figure(each.share, each.previous_share)),
        **_known(each),
    }


def _advertising(ads: AdsComparison | None, currency: str) -> AdvertisingAnswer:
    known = ads.known if ads else None
    freshness = known.freshness if known else Freshness(None, None)
    return {
        "connected": ads is not None,
        **_ads_figures(ads, currency),
        "partial": known is not None and known.is_partial,
        "previousPartial": ads is not None and ads.previous_known.is_partial,
        "attributionWindowDays": ads.window_days if ads else None,
        **freshness_json(freshness),
    }


def _ads_figures(ads: AdsComparison | None, currency: str) -> AdsFigures:
    if ads is None:
        unknown = _figure(Figure(None))
        return {"spend": unknown, "sales": unknown, "acos": unknown, "tacos": unknown, "roas": unknown}
    now, then = ads.current, ads.previous
    return {
        "spend": _figure(Figure(Money(now.spend_minor, currency), Money(then.spend_minor, currency))),
        "sales": _figure(Figure(Money(now.sales_minor, currency), Money(then.sales_minor, currency))),
        "acos": _figure(Figure(now.acos, then.acos)),
        "tacos": _figure(Figure(ads.tacos.value, ads.previous_tacos.value)),
        "roas": _figure(Figure(now.roas, then.roas)),
    }


def _stock(totals: StockTotals | None, data_as_of: str | None) -> StockFiguresAnswer:
    """As of now: what there was before is not kept."""
    return {
        "connected": totals is not None,
        "totalSKUs": _figure(Figure(totals.skus if totals else None)),
        "totalQuantity": _figure(Figure(totals.quantity if totals else None)),
        "lowStockItems": _figure(Figure(totals.low if totals else None)),
        "outOfStockItems": _figure(Figure(totals.out if totals else None)),
        "dataAsOf": data_as_of,
    }


def _figure(figure: Figure) -> FigureAnswer:
    return {
        "value": _number(figure.value),
        "previous": _number(figure.previous),
        "change": _number(figure.change),
    }


def _number(value: Value | None) -> int | float | None:
    if isinstance(value, Money):
        return number(value)
    return float(value) if isinstance(value, Decimal) else value
