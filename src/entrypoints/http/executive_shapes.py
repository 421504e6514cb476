"""The whole as JSON and as lines of a CSV: all figures beside those of the period before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from typing_extensions import TypedDict

from domain.channels.model import REVENUE
from domain.connections.model import Provider
from domain.kpis.channels import ChannelFigures
from domain.kpis.executive import ExecutiveScreen, Figure, Value
from domain.kpis.model import Freshness, StockTotals
from domain.kpis.performance import AdsComparison
from domain.kpis.sales import SalesSum
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
from entrypoints.http.sales_shapes import KnownAnswer, known_json
from entrypoints.http.shapes import moment, number

Row = Mapping[str, object]

#: Which figures are money, wherever they stand.
_AMOUNTS = frozenset({"revenue", "averageOrderValue", "spend", "sales"})


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
    """Whether any of its connections is now, as in `setup-status`; figures stay where none is any more."""
    percentage: FigureAnswer


class StockFiguresAnswer(Answer):
    """The stock as of now, whatever the period, and as it had last been counted when the period began."""

    connected: bool
    """Whether any seller account is now; figures stay where none is any more, and are null where none ever was."""
    totalSKUs: FigureAnswer
    totalQuantity: FigureAnswer
    lowStockItems: FigureAnswer
    outOfStockItems: FigureAnswer
    dataAsOf: When | None
    previousAsOf: When | None
    """When it had last been counted; null where no previous values are known, as before an account was connected."""


class TacosOfAnswer(Answer):
    """What TACoS is made of: only sellers' ads whose orders are synced, beside their sales in the same marketplaces."""

    spend: FigureAnswer
    sales: FigureAnswer
    marketplaceIds: list[str]
    """Those of the period."""


class AdsFigures(TypedDict):
    """What advertising cost and brought."""

    spend: FigureAnswer
    sales: FigureAnswer
    acos: FigureAnswer
    tacos: FigureAnswer
    tacosOf: TacosOfAnswer
    roas: FigureAnswer


class AdvertisingAnswer(AdsFigures, FreshAnswer):
    """What advertising cost and brought, and how much of it is known."""

    connected: bool
    """Whether any advertising account is now; figures stay where none is any more, and are null where none ever was."""
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


def executive_json(screen: ExecutiveScreen) -> ExecutiveAnswer:
    """All figures with their changes."""
    sales = screen.sales
    return {
        **_changes(sales.current, sales.previous),
        "unshipped": _figure(Figure(sales.current.unshipped, sales.previous.unshipped)),
        "inventory": _stock(screen),
        "advertising": _advertising(screen),
        "channels": [_channel_changes(each) for each in sales.channels],
        "currency": sales.current.revenue.currency,
        "byCurrency": [currency_json(each) for each in sales.by_currency],
        "revenueDefinition": REVENUE,
        "period": span_json(sales.span),
        "previousPeriod": {**span_json(sales.previous_span), "complete": sales.previous_fetched},
        **freshness_json(sales.freshness),
    }


def executive_rows(data: Row) -> Sequence[Row]:
    """A line for each figure; those within others by their path, such as ``inventory.totalSKUs``.

    Amounts have their currency beside them, which is how a table tells them from counts and ratios.
    """
    return list(_lines("", data, data["currency"]))


def _lines(path: str, data: Row, currency: object) -> Iterator[Row]:
    for name, value in data.items():
        if isinstance(value, dict) and "change" in value:
            money = currency if name in _AMOUNTS else None
            yield {"figure": f"{path}{name}", **value, "currency": money}
        elif isinstance(value, dict):
            yield from _lines(f"{path}{name}.", value, currency)
        elif name == "channels":
            for each in cast(Sequence[Row], value):
                yield from _lines(f"{path}{name}.{each['channel']}.", each, currency)


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
        "connected": each.connected,
        **_changes(each.current, each.previous),
        "percentage": _figure(Figure(each.share, each.previous_share)),
        **known_json(each),
    }


def _advertising(screen: ExecutiveScreen) -> AdvertisingAnswer:
    ads = screen.advertising
    known = ads.known if ads else None
    freshness = known.freshness if known else Freshness(None, None)
    return {
        "connected": Provider.AMAZON_ADS in screen.connected,
        **_ads_figures(ads, screen.sales.current.revenue.currency),
        "partial": known is not None and known.is_partial,
        "previousPartial": ads is not None and ads.previous_known.is_partial,
        "attributionWindowDays": ads.window_days if ads else None,
        **freshness_json(freshness),
    }


def _ads_figures(ads: AdsComparison | None, currency: str) -> AdsFigures:
    if ads is None:
        unknown = _figure(Figure(None))
        of: TacosOfAnswer = {"spend": unknown, "sales": unknown, "marketplaceIds": []}
        return {
            "spend": unknown,
            "sales": unknown,
            "acos": unknown,
            "tacos": unknown,
            "tacosOf": of,
            "roas": unknown,
        }

    def amounts(value: int, previous: int) -> FigureAnswer:
        return _figure(Figure(Money(value, currency), Money(previous, currency)))

    now, then, tacos, before = ads.current, ads.previous, ads.tacos, ads.previous_tacos
    return {
        "spend": amounts(now.spend_minor, then.spend_minor),
        "sales": amounts(now.sales_minor, then.sales_minor),
        "acos": _figure(Figure(now.acos, then.acos)),
        "tacos": _figure(Figure(tacos.value, before.value)),
        "tacosOf": {
            "spend": amounts(tacos.spend_minor, before.spend_minor),
            "sales": amounts(tacos.sales_minor, before.sales_minor),
            "marketplaceIds": list(tacos.marketplace_ids),
        },
        "roas": _figure(Figure(now.roas, then.roas)),
    }


def _stock(screen: ExecutiveScreen) -> StockFiguresAnswer:
    stock = screen.stock

    def figure(number: Callable[[StockTotals], int]) -> FigureAnswer:
        if stock is None:
            return _figure(Figure(None))
        return _figure(Figure(number(stock.now), number(stock.then) if stock.then else None))

    return {
        "connected": Provider.AMAZON_SP in screen.connected,
        "totalSKUs": figure(lambda each: each.skus),
        "totalQuantity": figure(lambda each: each.quantity),
        "lowStockItems": figure(lambda each: each.low),
        "outOfStockItems": figure(lambda each: each.out),
        "dataAsOf": moment(screen.stock_freshness.data_as_of),
        "previousAsOf": moment(stock.then_as_of) if stock else None,
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
