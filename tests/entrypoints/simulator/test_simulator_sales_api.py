"""getOrderMetrics of the Sales API: its figures are the store's."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.orders import Status
from tests.entrypoints.simulator.driven import METRICS, NOON, Amazon, Clock, first_error

US, GB = BY_COUNTRY["US"].id, BY_COUNTRY["GB"].id
PACIFIC = ZoneInfo("America/Los_Angeles")
WEEK = "2026-10-01T00:00:00-07:00--2026-10-08T00:00:00-07:00"


def asked(**changes: Any) -> dict[str, Any]:
    query = {
        "marketplaceIds": US,
        "interval": WEEK,
        "granularity": "Day",
        "granularityTimeZone": "America/Los_Angeles",
        **changes,
    }
    return {name: value for name, value in query.items() if value is not None}


def counted(amazon: Amazon, start: datetime, end: datetime):
    """The store's orders of the marketplace in a window, counted by hand."""
    return [
        order
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock.moment)
        if order.marketplace_id == US
        and order.status is not Status.CANCELLED
        and start <= order.created_at < end
    ]


def sales(orders) -> int:
    return sum(line.amounts.item for order in orders for line in order.lines if line.amounts)


def test_days_are_the_marketplaces_and_equal_a_recount(amazon: Amazon):
    start, end = (datetime(2026, 10, day, tzinfo=PACIFIC) for day in (1, 8))
    by_day = defaultdict(list)
    for order in counted(amazon, start, end):
        by_day[order.created_at.astimezone(PACIFIC).date()].append(order)

    payload = amazon.get(METRICS, **asked()).json["payload"]

    assert [each["interval"][:10] for each in payload] == [f"2026-10-0{day}" for day in range(1, 8)]
    for each in payload:
        orders = by_day[datetime.fromisoformat(each["interval"][:22]).date()]
        assert each["orderCount"] == len(orders)
        assert each["orderItemCount"] == sum(len(order.lines) for order in orders)
        assert each["unitCount"] == sum(order.units for order in orders)
        assert each["totalSales"] == {"amount": f"{Decimal(sales(orders)) / 100:.2f}", "currencyCode": "USD"}


def test_a_day_of_twenty_five_hours_is_one_day():
    amazon = Amazon.with_config(clock=Clock(datetime(2026, 11, 20, tzinfo=UTC)))
    interval = "2026-11-01T00:00:00-07:00--2026-11-03T00:00:00-08:00"

    payload = amazon.get(METRICS, **asked(interval=interval)).json["payload"]

    assert [each["interval"] for each in payload] == [
        "2026-11-01T00:00-07:00--2026-11-02T00:00-08:00",
        "2026-11-02T00:00-08:00--2026-11-03T00:00-08:00",
    ]
    first = counted(amazon, datetime(2026, 11, 1, tzinfo=PACIFIC), datetime(2026, 11, 2, tzinfo=PACIFIC))
    assert payload[0]["orderCount"] == len(first)


@pytest.mark.parametrize(
    ("granularity", "interval", "pieces"),
    [
        ("Hour", "2026-10-14T00:00:00Z--2026-10-15T00:00:00Z", 24),
        ("Day", "2026-09-01T00:00:00Z--2026-10-01T00:00:00Z", 30),
        ("Week", "2026-09-07T00:00:00Z--2026-10-05T00:00:00Z", 4),
        ("Week", "2026-09-09T00:00:00Z--2026-10-05T00:00:00Z", 4),
        ("Month", "2026-01-15T00:00:00Z--2026-04-02T00:00:00Z", 4),
        ("Year", "2025-11-01T00:00:00Z--2026-10-01T00:00:00Z", 2),
        ("Total", "2026-01-15T00:00:00Z--2026-04-02T00:00:00Z", 1),
    ],
)
def test_every_granularity_cuts_the_interval_without_losing_an_order(
    amazon: Amazon, granularity, interval, pieces
):
    query = asked(granularity=granularity, interval=interval, granularityTimeZone="UTC")

    payload = amazon.get(METRICS, **query).json["payload"]

    start, end = map(datetime.fromisoformat, interval.split("--"))
    assert len(payload) == pieces
    assert sum(each["orderCount"] for each in payload) == len(counted(amazon, start, end))
    ends = [each["interval"].split("--") for each in payload]
    assert all(before[1] == after[0] for before, after in pairwise(ends))


def test_a_week_may_begin_on_sunday(amazon: Amazon):
    query = asked(
        granularity="Week", granularityTimeZone="UTC", interval="2026-09-01T00:00:00Z--2026-09-15T00:00:00Z"
    )

    monday, sunday = (
        amazon.get(METRICS, **query, firstDayOfWeek=day).json["payload"][1]["interval"][:10]
        for day in ("Monday", "Sunday")
    )

    assert (monday, sunday) == ("2026-09-07", "2026-09-06")


def test_hours_and_totals_need_no_time_zone(amazon: Amazon):
    hour = asked(
        granularity="Hour", granularityTimeZone=None, interval="2026-10-14T00:00:00Z--2026-10-14T02:00:00Z"
    )

    assert len(amazon.get(METRICS, **hour).json["payload"]) == 2
    assert amazon.get(METRICS, **asked(granularity="Total", granularityTimeZone=None)).status_code == 200


@pytest.mark.parametrize("filters", [("buyerType", "B2B", "B2C"), ("fulfillmentNetwork", "AFN", "MFN")])
def test_the_two_sides_of_a_filter_add_up_to_the_whole(amazon: Amazon, filters):
    name, one, other = filters
    query = asked(granularity="Total", interval="2026-08-01T00:00:00-07:00--2026-10-01T00:00:00-07:00")

    whole, first, second = (
        amazon.get(METRICS, **query, **extra).json["payload"][0]["orderCount"]
        for extra in ({}, {name: one}, {name: other})
    )

    assert first > 0 < second
    assert first + second == whole


def test_one_product_is_counted_by_its_asin_or_its_sku(amazon: Amazon):
    product = amazon.simulator.store.stock(amazon.seller().id, US, NOON)[0]
    query = asked(granularity="Total", interval="2026-08-01T00:00:00-07:00--2026-10-01T00:00:00-07:00")
    start, end = (datetime(2026, month, 1, tzinfo=PACIFIC) for month in (8, 10))
    lines = [line for o in counted(amazon, start, end) for line in o.lines if line.sku == product.sku]

    by_asin = amazon.get(METRICS, **query, asin=product.asin).json["payload"][0]
    by_sku = amazon.get(METRICS, **query, sku=product.sku).json["payload"][0]

    assert by_asin == by_sku
    assert by_asin["unitCount"] == sum(line.quantity for line in lines) > 0
    assert by_asin["orderItemCount"] == len(lines)


def test_nothing_sold_is_zero_and_no_division(amazon: Amazon):
    answer = amazon.get(
        METRICS, **asked(granularity="Total", interval="2025-01-01T00:00:00-08:00--2025-01-02T00:00:00-08:00")
    )

    assert answer.json["payload"][0]["averageUnitPrice"] == {"amount": "0.00", "currencyCode": "USD"}
    assert answer.json["payload"][0]["orderCount"] == 0


@pytest.mark.parametrize(
    "query",
    [
        asked(marketplaceIds=None),
        asked(marketplaceIds=f"{US},{BY_COUNTRY['CA'].id}"),
        asked(interval=None),
        asked(interval="2026-10-01"),
        asked(interval="2026-10-01T00:00:00--2026-10-02T00:00:00"),
        asked(interval="2026-10-02T00:00:00-07:00--2026-10-01T00:00:00-07:00"),
        asked(interval="2026-10-01T00:00:00Z--2026-10-02T00:00:00Z"),
        asked(interval="2026-10-01T00:00:00-07:00--2026-11-08T00:00:00-07:00"),
        asked(interval="2024-01-01T00:00:00-08:00--2024-02-01T00:00:00-08:00"),
        asked(granularity="Hour", interval="2026-08-01T00:00:00-07:00--2026-08-02T00:00:00-07:00"),
        asked(granularity=None),
        asked(granularity="Minute"),
        asked(granularityTimeZone=None),
        asked(granularityTimeZone="Mars/Olympus"),
        asked(granularityTimeZone="../etc/passwd"),
        asked(buyerType="Everyone"),
        asked(fulfillmentNetwork="FBA"),
        asked(firstDayOfWeek="Friday"),
        asked(asin="B000000000", sku="A"),
    ],
)
def test_wrong_parameters_are_invalid_input(amazon: Amazon, query):
    answer = amazon.get(METRICS, **query)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


def test_pending_orders_count_with_their_units_and_no_sales_yet(amazon: Amazon):
    start, end = NOON - timedelta(hours=12), NOON
    orders = counted(amazon, start, end)
    while not any(order.status is Status.PENDING for order in orders):
        amazon.clock.advance(hours=1)
        start, end = (moment + timedelta(hours=1) for moment in (start, end))
        orders = counted(amazon, start, end)
    interval = f"{start.isoformat()}--{end.isoformat()}"

    payload = amazon.get(
        METRICS, **asked(granularity="Total", granularityTimeZone=None, interval=interval)
    ).json

    (whole,) = payload["payload"]
    assert whole["orderCount"] == len(orders)
    assert whole["totalSales"]["amount"] == f"{Decimal(sales(orders)) / 100:.2f}"
