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


def total(rows: Iterable[DailySales], currency: str, span: Period) -> SalesSum:
    """The sum over a period, of one currency."""
    return added([row for row in rows if span.holds(row.day)], currency)


def added(rows: Sequence[DailySales | ChannelSales], currency: str) -> SalesSum:
    """The sum of all rows of one currency."""
    chosen = [row for row in rows if row.currency == currency]
    revenue = Money(sum(row.revenue_minor for row in chosen), currency)
    return SalesSum(
        revenue=revenue,
        average=revenue.divided_by(sum(row.priced_orders for row in chosen)),
        orders=sum(row.orders for row in chosen),
        units=sum(row.units for row in chosen),
        unshipped=sum(row.unshipped for row in chosen),
    )


def by_currency(rows: Iterable[DailySales], span: Period) -> list[SalesSum]:
    """One sum for each currency that has an order in the period, by currency."""
    kept = list(rows)
    currencies = sorted({row.currency for row in kept if span.holds(row.day)})
    return [total(kept, currency, span) for currency in currencies]


def series(rows: Iterable[DailySales], currency: str, span: Period) -> list[DayPoint]:
    """Every day of the period, also those on which nothing was sold."""
    found: dict[date, tuple[int, int]] = {}
    for row in rows:
        if row.currency == currency:
            orders, minor = found.get(row.day, (0, 0))
            found[row.day] = (orders + row.orders, minor + row.revenue_minor)
    return [
        DayPoint(day, found.get(day, (0, 0))[0], Money(found.get(day, (0, 0))[1], currency))
        for day in span.each_day()
    ]


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
