"""Calls to Amazon, counted, seen from the browser. Everything beyond a port is a fake."""

from datetime import timedelta

import pytest

from domain.gateway.model import BucketKey
from domain.gateway.operations import INVENTORY_SUMMARIES, SEARCH_ORDERS
from tests.fakes.things import DE

USAGE = "/api/v1/amazon/usage"


def called(world, connection, operation="searchOrders", method="GET", status=200, times=1):
    for _ in range(times):
        world.services.metering.count(connection, operation, method, status)


def test_calls_are_shown_by_day_seller_and_operation(browser, world):
    connection = world.connect(world.user)
    called(world, connection, times=3)
    called(world, connection, status=429)
    called(world, connection, "createReport", "POST")

    answer = browser.get(USAGE)

    row = {"date": "2026-03-04", "seller_id": "SELLER1"}
    assert answer.status_code == 200
    assert answer.json["items"] == [
        {**row, "operation": "createReport", "calls": 1, "gets": 0, "throttled": 0},
        {**row, "operation": "searchOrders", "calls": 4, "gets": 4, "throttled": 1},
    ]
    assert answer.json["next_cursor"] is None


def test_several_connections_to_one_seller_count_together(browser, world):
    for connection in (world.connect(world.user), world.connect(world.user, DE)):
        called(world, connection)

    (row,) = browser.get(USAGE).json["items"]

    assert (row["seller_id"], row["calls"]) == ("SELLER1", 2)


def test_nobody_sees_somebody_elses_calls_or_levels(browser, world):
    theirs = world.connect(world.stranger, seller_id="THEIRS")
    called(world, theirs)
    take(world, theirs)

    answer = browser.get(USAGE).json

    assert (answer["items"], answer["usage_plans"]) == ([], [])


def test_days_are_chosen_and_both_included(browser, world):
    connection = world.connect(world.user)
    for _ in range(5):
        called(world, connection)
        world.clock.advance(timedelta(days=1))

    answer = browser.get(USAGE, query_string={"from": "2026-03-06", "to": "2026-03-07"})

    assert [row["date"] for row in answer.json["items"]] == ["2026-03-07", "2026-03-06"]


def test_calls_are_read_page_by_page_to_their_end(browser, world):
    connection = world.connect(world.user)
    names = [f"operation{number}" for number in range(5)]
    for name in names:
        called(world, connection, name)

    read, parameters = [], {"limit": 2}
    while True:
        page = browser.get(USAGE, query_string=parameters).json
        read += [row["operation"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]

    assert read == names


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-05", "to": "2026-03-04"}, "from"),
        ({"from": "2020-01-01", "to": "2026-03-04"}, "from"),
        ({"limit": "0"}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WyJ4IiwgImEiLCAiYiJd"}, "cursor"),
    ],
)
def test_what_can_not_be_asked_is_named(browser, parameters, field):
    answer = browser.get(USAGE, query_string=parameters)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert list(answer.json["details"]["fields"]) == [field]


def take(world, connection, operation=SEARCH_ORDERS, times=1):
    application = connection.lwa_client_id or world.settings.amazon_lwa_app_id or ""
    key = BucketKey(application, connection.region, connection.seller_id, operation.name)
    for _ in range(times):
        world.buckets.take(key, operation.plan, world.clock.now(), 0.0)
    return key


def test_usage_plans_tell_what_is_left_now_and_when_they_are_full(browser, world):
    connection = world.connect(world.user)
    take(world, connection, times=5)
    world.buckets.learn(take(world, connection, INVENTORY_SUMMARIES, 2), 4.0)
    world.clock.advance(timedelta(seconds=0.25))

    inventory, orders = browser.get(USAGE).json["usage_plans"]

    assert inventory == {
        "seller_id": "SELLER1",
        "region": "na",
        "operation": "getInventorySummaries",
        "level": 1.0,
        "rate": 4.0,
        "burst": 2,
        "full_at": "2026-03-04T12:00:00Z",
    }
    assert (orders["level"], orders["rate"], orders["burst"]) == (15.0, 0.0056, 20)
    assert orders["full_at"] == "2026-03-04T12:14:52Z"


def test_a_full_plan_has_no_moment_to_wait_for(browser, world):
    connection = world.connect(world.user)
    take(world, connection)
    world.clock.advance(timedelta(hours=1))

    (plan,) = browser.get(USAGE).json["usage_plans"]

    assert (plan["level"], plan["full_at"]) == (20.0, None)
