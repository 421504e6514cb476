"""Sums first, ratios last, currencies apart."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.kpis.model import DailySales, StatusOrders
from domain.kpis.periods import Period
from domain.kpis.sales import added, by_currency, by_status, of_period, series
from domain.money import Money
from domain.orders.model import STATUSES, UNSHIPPED

FIRST = date(2026, 3, 1)
SPAN = Period(FIRST, FIRST + timedelta(days=2))


def sold(day: int, currency: str = "USD", orders: int = 1, priced: int = 1, minor: int = 1000) -> DailySales:
    """One day's sales, counted from the first day of the period."""
    return DailySales(FIRST + timedelta(days=day), currency, orders, priced, minor, units=2, unshipped=1)


rows = st.lists(
    st.builds(
        sold,
        st.integers(-2, 5),
        st.sampled_from(["USD", "EUR", "JPY"]),
        st.integers(1, 50),
        st.integers(0, 50),
        st.integers(0, 10**7),
    ),
    max_size=30,
    unique_by=lambda row: (row.day, row.currency),
)


def test_a_sum_adds_the_days_of_the_period_in_one_currency() -> None:
    days = [sold(-1), sold(0), sold(2, orders=3, priced=2, minor=500), sold(1, "EUR"), sold(3)]

    found = added(of_period(days, SPAN), "USD")

    assert (found.revenue, found.orders, found.units, found.unshipped) == (Money(1500, "USD"), 4, 4, 2)


def test_orders_without_a_total_do_not_lower_the_average() -> None:
    found = added([sold(0, orders=5, priced=2, minor=3000)], "USD")

    assert found.average == Money(1500, "USD")


def test_nothing_sold_is_zero_and_no_division() -> None:
    found = added([], "JPY")

    assert (found.revenue, found.average, found.orders) == (Money(0, "JPY"), Money(0, "JPY"), 0)


def test_each_currency_with_an_order_in_the_period_has_a_sum() -> None:
    found = by_currency(of_period([sold(0, "USD"), sold(1, "EUR"), sold(9, "JPY")], SPAN))

    assert [each.revenue for each in found] == [Money(1000, "EUR"), Money(1000, "USD")]


def test_a_series_has_every_day_also_those_without_a_sale() -> None:
    found = series([sold(1), sold(1, "EUR"), sold(5)], "USD", SPAN)

    assert [(point.day.day, point.orders, point.revenue.minor) for point in found] == [
        (1, 0, 0),
        (2, 1, 1000),
        (3, 0, 0),
    ]


@given(rows)
def test_the_series_adds_up_to_the_sum(found: list[DailySales]) -> None:
    whole = added(of_period(found, SPAN), "USD")
    points = series(found, "USD", SPAN)

    assert sum(point.revenue.minor for point in points) == whole.revenue.minor
    assert sum(point.orders for point in points) == whole.orders


@given(rows)
def test_the_currencies_together_hold_every_order_once(found: list[DailySales]) -> None:
    parts = by_currency(of_period(found, SPAN))

    assert sum(part.orders for part in parts) == sum(row.orders for row in found if SPAN.holds(row.day))


def test_every_known_status_is_there_in_a_fixed_order_also_without_an_order() -> None:
    found = by_status([StatusOrders("CANCELLED", "USD", 2), StatusOrders("PENDING", "USD", 3)], "USD")

    assert [each.status for each in found] == list(STATUSES)
    assert [each.orders for each in found] == [0, 3, 0, 0, 0, 0, 2]


def test_statuses_that_amazon_invents_come_last_by_name() -> None:
    invented = [StatusOrders(name, "USD", 1) for name in ("SENT_BY_DRONE", "ARRIVED")]

    found = by_status(invented, "USD")

    assert [each.status for each in found] == [*STATUSES, "ARRIVED", "SENT_BY_DRONE"]


def test_orders_of_other_currencies_are_in_no_status() -> None:
    found = by_status([StatusOrders("SHIPPED", "EUR", 2), StatusOrders("SENT_BY_DRONE", "EUR", 2)], "USD")

    assert [(each.status, each.orders) for each in found] == [(status, 0) for status in STATUSES]


def test_what_waits_to_be_shipped_are_known_statuses() -> None:
    assert set(STATUSES) >= UNSHIPPED
