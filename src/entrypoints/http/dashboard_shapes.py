"""Setup, stock and sales in figures as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NotRequired, cast

from domain.channels.limits import HistoryLimits
from domain.channels.table import CHANNELS, SALES_CHANNELS
from domain.connections.model import Connection, Provider
from domain.kpis.dashboards import ChannelSetup, InventoryScreen, OrdersScreen
from domain.kpis.sales import SalesSum
from entrypoints.http.answer_types import Amount, Answer, Day, When, answer_with
from entrypoints.http.figure_shapes import (
    CurrencyAnswer,
    FreshAnswer,
    SpanAnswer,
    currency_json,
    freshness_json,
    span_json,
)
from entrypoints.http.shapes import GapAnswer, gap_json, moment, number

Row = Mapping[str, object]


class MissingAnswer(Answer):
    """What an operator has to set."""

    missing: list[str]
    """Names of variables."""


class IntegrationAnswer(Answer):
    """How far the user is with a channel."""

    connected: bool
    """Whether any of its connections is."""
    status: str
    """The worst-off connection's; `disconnected` where there is none, `configuration_error` where none can be made."""
    lastSync: When | None
    """The oldest of its connections' last syncs."""
    orderCount: NotRequired[int]
    inventoryCount: NotRequired[int]
    """SKUs that are listed."""
    message: NotRequired[str]
    """What the user should know; where there are several connections, it begins with the seller or the store."""
    details: NotRequired[MissingAnswer]


if TYPE_CHECKING:
    IntegrationsAnswer = Mapping[str, IntegrationAnswer]
else:
    IntegrationsAnswer = answer_with(
        "IntegrationsAnswer",
        "A word on each channel.",
        {each.shown_as: IntegrationAnswer for each in CHANNELS.values()},
    )


class SetupAnswer(FreshAnswer):
    """What is connected, what is missing, how much is here; and how far the orders and the stock can be trusted."""

    integrations: IntegrationsAnswer


class InventoryAnswer(FreshAnswer):
    """Stock in figures."""

    totalSKUs: int
    totalQuantity: int
    lowStockItems: int
    """SKUs of which fewer than the reorder point can be sold, but at least one."""
    outOfStockItems: int
    lastSynced: When | None


class SalesAnswer(Answer):
    """The sales of a period in one currency."""

    totalOrders: int
    totalRevenue: Amount
    avgOrderValue: Amount
    unshippedOrders: int
    """Orders of the period that are unshipped now."""
    units: int


class PeriodAnswer(SalesAnswer, SpanAnswer):
    """The sales of these days."""


class EarlierPeriodAnswer(PeriodAnswer):
    """The same for the period before."""

    complete: bool
    """Whether all of it has been fetched; a comparison with less misleads."""


class StatusAnswer(Answer):
    """How many orders have a status."""

    status: str
    orders: int


class DaySalesAnswer(Answer):
    """One day of a series."""

    date: Day
    orders: int
    revenue: Amount


class OrdersAnswer(SalesAnswer, FreshAnswer):
    """Sales in figures."""

    currency: str
    byCurrency: list[CurrencyAnswer]
    byStatus: list[StatusAnswer]
    series: list[DaySalesAnswer]
    period: PeriodAnswer
    previousPeriod: EarlierPeriodAnswer
    lastSynced: When | None
    gaps: list[GapAnswer]
    """Days of the period that are known to lack orders."""


def setup_json(
    setup: ChannelSetup, missing: tuple[str, ...], now: datetime, limits: HistoryLimits
) -> IntegrationAnswer:
    """How far the user is with a channel; without a connection, and with ``missing`` settings, nobody could make one."""
    shape = _connected(setup.connections, now, limits) if setup.connections else _not_connected(missing)
    if setup.provider in SALES_CHANNELS:
        shape["orderCount"] = setup.volume.orders
    if setup.provider is Provider.AMAZON_SP:
        shape["inventoryCount"] = setup.volume.listed_skus
    return shape


def setup_rows(data: Row) -> Sequence[Row]:
    """A line for each channel."""
    integrations = cast(Mapping[str, Row], data["integrations"])
    return [{"integration": name, **integration} for name, integration in integrations.items()]


def _connected(connections: Sequence[Connection], now: datetime, limits: HistoryLimits) -> IntegrationAnswer:
    """A word on them all: connected by any of them, and otherwise as the worst-off is, which comes first."""
    synced = [each.last_synced_at for each in connections if each.last_synced_at is not None]
    shape: IntegrationAnswer = {
        "connected": any(each.status.usable for each in connections),
        "status": connections[0].status.value,
        "lastSync": moment(min(synced, default=None)),
    }
    said = [(each, message) for each in connections if (message := _message(each, now, limits))]
    if said:
        shape["message"] = _one_of(said, len(connections))
    return shape


def _one_of(said: Sequence[tuple[Connection, str]], connections: int) -> str:
    """What is said of the worst-off, and whose that is where it might be another's; how many more there are."""
    (connection, message), *others = said
    if connections == 1:
        return message
    more = f" (There is a word on {len(others)} more of its connections.)" if others else ""
    return f"{connection.seller_id}: {message}{more}"


def _message(connection: Connection, now: datetime, limits: HistoryLimits) -> str | None:
    """What the user should know of a connection: what went wrong, or that the authorization ends."""
    if connection.last_error is not None:
        return connection.last_error.message
    limit = limits.of(connection)
    if limit is not None:
        return limit.because
    if not connection.status.usable or not connection.renewal_due(now):
        return None
    day = connection.renew_before.date().isoformat()
    if now >= connection.renew_before:
        return f"Amazon's authorization ran out on {day}: renew it."
    return f"Amazon's authorization runs out on {day}: renew it before."


def _not_connected(missing: tuple[str, ...]) -> IntegrationAnswer:
    """A channel without a connection; with ``missing`` settings nobody could make one."""
    shape: IntegrationAnswer = {"connected": False, "status": "disconnected", "lastSync": None}
    if missing:
        shape["status"] = "configuration_error"
        shape["message"] = f"Not configured: {', '.join(missing)} missing."
        shape["details"] = {"missing": list(missing)}
    return shape


def inventory_json(screen: InventoryScreen) -> InventoryAnswer:
    """Stock in figures."""
    return {
        "totalSKUs": screen.totals.skus,
        "totalQuantity": screen.totals.quantity,
        "lowStockItems": screen.totals.low,
        "outOfStockItems": screen.totals.out,
        "lastSynced": moment(screen.freshness.data_as_of),
        **freshness_json(screen.freshness),
    }


def orders_json(screen: OrdersScreen) -> OrdersAnswer:
    """Sales in figures."""
    return {
        **_sales(screen.current),
        "currency": screen.current.revenue.currency,
        "byCurrency": [currency_json(one) for one in screen.by_currency],
        "byStatus": [{"status": one.status, "orders": one.orders} for one in screen.by_status],
        "series": [
            {"date": point.day.isoformat(), "orders": point.orders, "revenue": number(point.revenue)}
            for point in screen.series
        ],
        "period": {**span_json(screen.span), **_sales(screen.current)},
        "previousPeriod": {
            **span_json(screen.previous_span),
            **_sales(screen.previous),
            "complete": screen.previous_fetched,
        },
        "lastSynced": moment(screen.freshness.data_as_of),
        **freshness_json(screen.freshness),
        "gaps": [gap_json(line) for line in screen.gaps],
    }


def _sales(figures: SalesSum) -> SalesAnswer:
    return {
        "totalOrders": figures.orders,
        "totalRevenue": number(figures.revenue),
        "avgOrderValue": number(figures.average),
        "unshippedOrders": figures.unshipped,
        "units": figures.units,
    }
