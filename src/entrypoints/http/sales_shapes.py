"""Best sellers and channels as JSON, and what of them a CSV holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from domain.channels.model import REVENUE
from domain.kpis.channels import ChannelFigures, ChannelScreen
from domain.kpis.dashboards import TopScreen
from domain.kpis.model import ProductSales
from domain.kpis.products import ProductKey, Ranking
from domain.kpis.standing import NEVER
from domain.money import Money
from entrypoints.http.answer_types import Amount, Answer, Fraction
from entrypoints.http.figure_shapes import (
    CurrencyAnswer,
    FreshAnswer,
    SpanAnswer,
    currency_json,
    freshness_json,
    span_json,
)
from entrypoints.http.shapes import number

Row = Mapping[str, object]

#: What is told of each product, as columns.
PRODUCT_NAMES = ("sku", "asin", "orders", "units", "revenue", "share", "currency")


class ProductAnswer(Answer):
    """What was sold of one product."""

    sku: str | None
    """Null where the products are counted by ASIN."""
    asin: str | None
    """Null where Amazon has told none."""
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
    """What the period is known to lack, in words; null where that is nothing."""


class ChannelAnswer(KnownAnswer):
    """The sales of one channel."""

    channel: str
    connected: bool
    """Whether any of its connections is now, as in `setup-status`; figures stay where none is any more."""
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


def rows_of(name: str) -> Callable[[Row], Sequence[Row]]:
    """Picks a list out of the data."""
    return lambda data: cast(Sequence[Row], data[name])


def priced_rows_of(name: str) -> Callable[[Row], Sequence[Row]]:
    """The same where the rows have amounts: a table says in each of them in what currency, which JSON says once."""
    return lambda data: [{**row, "currency": data["currency"]} for row in cast(Sequence[Row], data[name])]


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
        "connected": each.connected,
        "orders": each.current.orders,
        "revenue": number(each.current.revenue),
        "avgOrderValue": number(each.current.average),
        "units": each.current.units,
        "percentage": float(each.share),
        **known_json(each),
    }


def known_json(each: ChannelFigures) -> KnownAnswer:
    """How far a channel's figures can be trusted; all ``null`` where it was never connected."""
    freshness = each.freshness or NEVER
    return {**freshness_json(freshness), "incompleteBecause": freshness.lacks}
