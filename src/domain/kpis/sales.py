"""Revenue, orders and averages: sums first, ratios last, and never two currencies in one sum."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.kpis.model import ChannelSales, DailySales, StatusOrders
from domain.kpis.periods import Period
from domain.money import Money
from domain.orders.model import STATUSES


@dataclass(frozen=True)
class SalesSum:
    """A period's sales in one currency.

    ``average`` is revenue ÷ orders that have a total, zero when there are none. ``unshipped`` counts the period's
    orders that are unshipped now.
    """

    revenue: Money
    average: Money
    orders: int
    units: int
    unshipped: int


@dataclass(frozen=True)
class DayPoint:
    """One day of a series."""

    day: date
    orders: int
    revenue: Money


def of_period(rows: Iterable[DailySales], span: Period) -> list[DailySales]:
    """The days of a period."""
    first, last = span.first, span.last
    return [row for row in rows if first <= row.day <= last]


def added(rows: Iterable[DailySales | ChannelSales], currency: str) -> SalesSum:
    """The sum of all rows of one currency."""
    revenue = priced = orders = units = unshipped = 0
    for row in rows:
        if row.currency == currency:
            revenue += row.revenue_minor
            priced += row.priced_orders
            orders += row.orders
            units += row.units
            unshipped += row.unshipped
    whole = Money(revenue, currency)
    return SalesSum(whole, whole.divided_by(priced), orders, units, unshipped)


def by_currency(rows: Sequence[DailySales | ChannelSales]) -> list[SalesSum]:
    """One sum for each currency that there is, by currency."""
    return [added(rows, currency) for currency in sorted({row.currency for row in rows})]


def series(rows: Iterable[DailySales], currency: str, span: Period) -> list[DayPoint]:
    """Every day of the period, also those on which nothing was sold.

    Args:
        rows: At most one for each day and currency.
        currency: Of which the series is.
        span: Which days it has.
    """
    sold = {row.day: (row.orders, row.revenue_minor) for row in rows if row.currency == currency}
    points = []
    for day in span.each_day():
        orders, minor = sold.get(day, (0, 0))
        points.append(DayPoint(day, orders, Money(minor, currency)))
    return points


def by_status(rows: Iterable[StatusOrders], currency: str) -> list[StatusOrders]:
    """How many orders of one currency have which status.

    Every known status is there, also one that no order has, as orders go through them; then those that Amazon may have
    invented since, by name.
    """
    found = dict.fromkeys(STATUSES, 0)
    for row in sorted(rows, key=lambda each: each.status):
        if row.currency == currency:
            found[row.status] = found.get(row.status, 0) + row.orders
    return [StatusOrders(status, currency, orders) for status, orders in found.items()]
