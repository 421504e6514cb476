"""Orders hidden, late and changed, and listings that shift while they are read: all on demand."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from tests.entrypoints.simulator.driven import METRICS, NOON, ORDERS, Amazon, first_error, iso
from tests.entrypoints.simulator.test_simulator_reports_api import ORDERS as REPORT
from tests.entrypoints.simulator.test_simulator_reports_api import rows

US = BY_COUNTRY["US"].id
WEEK_AGO = iso(NOON - timedelta(days=7))
DAY = "2026-10-10"
WINDOW = {"dataStartTime": WEEK_AGO, "dataEndTime": iso(NOON - timedelta(days=1))}


def control(amazon: Amazon, path: str, answered: int = 200, **body: Any) -> Any:
    answer = amazon.http.post(f"/simulator/{path}", json={"seller_id": amazon.seller().id, **body})
    assert answer.status_code == answered, answer.text
    return answer.json


def found(amazon: Amazon, **query: Any) -> list[str]:
    query = query or {"lastUpdatedAfter": WEEK_AGO}
    return [order["orderId"] for page in amazon.pages_of_orders(**query) for order in page]


def reported(amazon: Amazon) -> set[str]:
    return {row["amazon-order-id"] for row in rows(amazon, REPORT, **WINDOW)}


def counted(amazon: Amazon) -> int:
    """GetOrderMetrics of the marketplace's 10 October."""
    day = datetime.fromisoformat(f"{DAY}T00:00:00-07:00")
    answer = amazon.get(
        METRICS,
        marketplaceIds=US,
        interval=f"{day.isoformat()}--{(day + timedelta(days=1)).isoformat()}",
        granularity="Total",
    )
    return int(answer.json["payload"][0]["orderCount"])  # type: ignore[index]


def test_a_hidden_day_is_missing_from_searches_and_reports_and_still_counted(amazon: Amazon):
    before, reported_before, counted_before = found(amazon), reported(amazon), counted(amazon)

    hidden = control(amazon, "orders/hide", day=DAY, marketplace_id=US)["order_ids"]

    assert hidden
    assert set(before) - set(found(amazon)) == set(hidden) & set(before)
    assert reported_before - reported(amazon) == set(hidden) & reported_before
    assert counted(amazon) == counted_before > 0


def test_orders_can_be_hidden_from_one_interface_only(amazon: Amazon):
    order_id = min(reported(amazon))

    body = {"seller_id": amazon.seller().id, "order_ids": [order_id], "from": ["searchOrders"]}
    amazon.http.post("/simulator/orders/hide", json=body)

    assert order_id in reported(amazon)
    assert order_id not in found(amazon, createdAfter=WEEK_AGO)


def test_orders_shown_again_come_with_the_time_of_change_they_had(amazon: Amazon):
    before = amazon.pages_of_orders(lastUpdatedAfter=WEEK_AGO)
    control(amazon, "orders/hide", day=DAY)
    amazon.http.post("/simulator/orders/show", json={"seller_id": amazon.seller().id})

    after = amazon.pages_of_orders(lastUpdatedAfter=WEEK_AGO)

    assert after == before


def test_a_lost_page_is_a_page_of_the_listing_with_its_orders_missing(amazon: Amazon):
    pages = amazon.pages_of_orders(lastUpdatedAfter=WEEK_AGO)
    lost = [order["orderId"] for order in pages[1]]

    hidden = control(amazon, "orders/hide", page=2, since=WEEK_AGO)["order_ids"]

    assert set(lost) <= set(hidden)
    assert not set(lost) & set(found(amazon))


def test_late_orders_are_found_only_minutes_after_their_change(amazon: Amazon):
    late = control(amazon, "orders/late", count=3, minutes=600)["order_ids"]
    amazon.clock.advance(minutes=30)
    at_first = found(amazon)

    amazon.clock.advance(minutes=600)

    assert len(late) == 3
    assert not set(late) & set(at_first)
    assert set(late) <= set(found(amazon))


def test_a_part_of_all_orders_can_lag_those_to_come_too(amazon: Amazon):
    control(amazon, "orders/late", share=0.5, minutes=60 * 24)
    since = iso(NOON - timedelta(hours=20))
    lagging = found(amazon, lastUpdatedAfter=since)
    whole = [
        order.id
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
        if NOON - timedelta(hours=20) <= order.updated_at <= NOON - timedelta(minutes=2)
    ]

    amazon.clock.advance(hours=25)

    assert 0.2 < len(lagging) / len(whole) < 0.8
    untouched = set(whole) & {
        order.id
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
        if order.updated_at <= NOON
    }
    assert untouched <= set(found(amazon, lastUpdatedAfter=since))


@pytest.mark.parametrize("still", [False, True])
def test_a_change_is_told_everywhere_also_where_the_data_stand_still(still: bool):
    amazon = Amazon.with_config(data_until=NOON - timedelta(hours=1) if still else None)
    order = next(
        order
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock())
        if order.status == "SHIPPED"
        and order.marketplace_id == US
        and order.created_at.isoformat().startswith(f"{DAY}T18")
    )
    before = counted(amazon)

    told = control(amazon, "orders/change", order_id=order.id, status="CANCELLED")
    amazon.clock.advance(minutes=5)

    (listed,) = [
        each
        for page in amazon.pages_of_orders(
            lastUpdatedAfter=iso(NOON - timedelta(minutes=1)), includedData="FULFILLMENT,CANCELLATION"
        )
        for each in page
        if each["orderId"] == order.id
    ]
    single = amazon.get(f"{ORDERS}/{order.id}", includedData="FULFILLMENT").json["order"]
    (row,) = {
        row["order-status"] for row in rows(amazon, REPORT, **WINDOW) if row["amazon-order-id"] == order.id
    }
    assert told["status"] == listed["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert listed["lastUpdatedTime"] == single["lastUpdatedTime"] == iso(NOON)
    assert listed["orderItems"][0]["cancellation"]
    assert row == "Cancelled"
    assert counted(amazon) == before - 1


def test_orders_that_change_while_a_listing_is_read_leave_it_and_come_with_the_next(amazon: Amazon):
    whole = found(amazon)
    control(amazon, "pages/shift", answered=204, orders=5, pages=1)

    shifted = found(amazon)
    amazon.clock.advance(minutes=3)

    gone = set(whole) - set(shifted)
    assert len(gone) == 5
    assert gone <= set(found(amazon, lastUpdatedAfter=iso(NOON)))
    assert max(Counter(shifted).values()) == 1


def test_page_tokens_can_be_made_to_die(amazon: Amazon):
    query = {"lastUpdatedAfter": WEEK_AGO}
    token = amazon.get(ORDERS, **query).json["pagination"]["nextToken"]

    amazon.http.post("/simulator/page-tokens/expire", json={})

    dead = amazon.get(ORDERS, **query, paginationToken=token)
    again = amazon.get(ORDERS, **query).json["pagination"]["nextToken"]
    assert dead.status_code == 400
    assert "expired" in first_error(dead)["message"]
    assert amazon.get(ORDERS, **query, paginationToken=again).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("orders/hide", {}, "exactly one of"),
        ("orders/hide", {"day": "tomorrow"}, "day must be a date"),
        ("orders/hide", {"day": DAY, "from": ["somewhere"]}, "from must list"),
        ("orders/hide", {"order_ids": ["112-0000000-0000000"]}, "has no order"),
        ("orders/hide", {"day": DAY, "marketplace_id": "X"}, "marketplace_id must be"),
        ("orders/hide", {"page": 1, "since": "2026"}, "since must be a time"),
        ("orders/hide", {"page": 0}, "page must be a number from 1"),
        ("orders/show", {"order_ids": "112"}, "order_ids must be a list"),
        ("orders/late", {"count": 1}, "minutes must be a number"),
        ("orders/late", {"minutes": 5, "share": 2}, "share must be a number"),
        ("orders/change", {"order_id": "112", "status": "GONE"}, "status must be one of"),
        ("orders/change", {"order_id": "112", "status": "SHIPPED"}, "order_id must be"),
        ("pages/shift", {"order": 1}, "unknown fields: order"),
        ("orders/hide", {"seller_id": "A0"}, "seller_id must be"),
    ],
)
def test_controls_that_make_no_sense_are_refused(amazon: Amazon, path: str, body: Any, says: str):
    answer = control(amazon, path, answered=400, **body)

    assert says in answer["error"]
