"""The simulated store's orders: found, sorted, paged, and told the way Shopify does."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from entrypoints.simulator.shopify.stores import ShopifyStore
from tests.entrypoints.simulator.driven import NOON, Clock
from tests.entrypoints.simulator.driven_store import HARBOR, KUMO, NORDLICHT, ORDERS, Json, Shop

NOVEMBER = "updated_at:>='2026-09-01T00:00:00Z' updated_at:<'2026-09-15T00:00:00Z'"


@pytest.fixture
def shop() -> Shop:
    return Shop.with_config()


def test_equal_configurations_tell_equal_orders(shop):
    other = Shop.with_config()

    assert other.orders() == shop.orders()


def test_another_seed_tells_other_orders(shop):
    other = Shop.with_config(seed=8)

    assert {order["id"] for order in other.orders()}.isdisjoint(order["id"] for order in shop.orders())


def test_a_year_of_orders_is_told_page_by_page_each_once_in_order_of_change(shop):
    orders = shop.orders(first=97)

    truth = shop.amazon.simulator.shopify.shops.orders(HARBOR)
    assert Counter(order["id"] for order in orders) == Counter(order.plan.gid for order in truth)
    assert orders == sorted(orders, key=lambda order: (order["updatedAt"], order["id"]))
    assert min(order["createdAt"] for order in orders) < "2025-10-20"


def test_only_the_fields_that_are_asked_for_are_told_under_their_aliases(shop):
    data = shop.data("{ orders(first: 1) { edges { node { number: name } } } s: shop { name } }")

    (edge,) = data["orders"]["edges"]
    assert (list(edge), list(edge["node"]), data["s"]) == (["node"], ["number"], {"name": "Harbor & Pine"})


def test_a_filter_by_change_is_kept_to_the_second(shop):
    orders = shop.orders(NOVEMBER)

    told = {order["id"]: order for order in shop.orders()}
    expected = [id_ for id_, order in told.items() if "2026-09-01" <= order["updatedAt"] < "2026-09-15"]
    assert [order["id"] for order in orders] == expected
    assert len(expected) > 50


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("financial_status:refunded", lambda order: order["displayFinancialStatus"] == "REFUNDED"),
        ("test:true", lambda order: order["test"]),
        ("-test:true status:cancelled", lambda order: not order["test"] and order["cancelledAt"]),
        (
            "(financial_status:voided OR financial_status:expired)",
            lambda order: order["displayFinancialStatus"] in ("VOIDED", "EXPIRED"),
        ),
        (
            "NOT test:true created_at:>2026-10-01",
            lambda order: not order["test"] and order["createdAt"] >= "2026-10-02T05",
        ),
    ],
)
def test_terms_are_joined_negated_and_grouped(shop, query, fits):
    orders = shop.orders(query, sort="CREATED_AT")

    assert orders
    assert {order["id"] for order in orders} == {order["id"] for order in shop.orders() if fits(order)}


def test_a_time_without_quotes_loses_its_clock_and_only_a_warning_tells(shop):
    quoted = shop.answer(ORDERS, q="updated_at:>='2026-10-10T23:45:00Z'")
    unquoted = shop.answer(ORDERS, q="updated_at:>=2026-10-10T23:45:00Z")

    (told,) = unquoted["extensions"]["search"]
    assert told["path"] == ["orders"]
    assert told["warnings"] == [
        {"field": "45", "message": "Invalid search field for this query.", "code": "invalid_field"}
    ]
    assert unquoted["data"]["orders"]["nodes"][0]["updatedAt"] < "2026-10-10T23"
    assert quoted["data"]["orders"]["nodes"][0]["updatedAt"] >= "2026-10-10T23:45"
    assert "search" not in quoted["extensions"]


def test_an_unknown_term_is_dropped_and_everything_comes(shop):
    answer = shop.answer(ORDERS, q="changed_at:>'2026-10-10T00:00:00Z'")

    assert len(answer["data"]["orders"]["nodes"]) == 100
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "changed_at"


def test_without_the_scope_orders_older_than_sixty_days_are_silently_missing(shop):
    few = shop.of(NORDLICHT).orders()

    assert {order["createdAt"] >= "2026-08-16T12:00:30Z" for order in few} == {True}
    assert 200 < len(few) < 600


def test_pages_lose_no_order_while_orders_arrive_and_change(shop):
    q = "updated_at:>='2026-10-01T00:00:00Z'"
    seen: dict[str, Json] = {}
    after = None
    while True:
        page = shop.data(ORDERS, q=q, after=after, first=20)["orders"]
        seen |= {order["id"]: order for order in page["nodes"]}
        shop.amazon.clock.advance(minutes=90)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]

    late = shop.orders(f"updated_at:>'{page['nodes'][-1]['updatedAt']}'")
    seen |= {order["id"]: order for order in late}
    assert seen == {order["id"]: order for order in shop.orders(q)}


def test_orders_change_as_time_passes():
    clock = Clock()
    shop = Shop.with_config(clock=clock)
    before = {order["id"]: order for order in shop.orders()}

    clock.advance(days=3)

    after = {order["id"]: order for order in shop.orders()}
    changed = [id_ for id_ in before.keys() & after.keys() if before[id_] != after[id_]]
    assert len(after.keys() - before.keys()) > 5
    assert changed
    assert all(after[id_]["updatedAt"] > before[id_]["updatedAt"] for id_ in changed)


def test_there_is_some_of_everything(shop):
    orders = shop.orders()

    statuses = {order["displayFinancialStatus"] for order in orders}
    assert statuses >= {"PAID", "REFUNDED", "PARTIALLY_REFUNDED", "EXPIRED", "VOIDED"}
    assert {order["currencyCode"] for order in orders} == {"USD", "CAD"}
    assert any(order["test"] for order in orders)
    assert any(order["cancelledAt"] for order in orders)
    assert any(len(order["totalPriceSet"]["shopMoney"]["amount"].partition(".")[2]) == 1 for order in orders)


def test_a_currency_without_decimals_is_told_with_one_zero(shop):
    orders = shop.of(KUMO).orders()

    amounts = [order["totalPriceSet"]["shopMoney"]["amount"] for order in orders]
    assert all(amount.endswith(".0") and Decimal(amount) > 100 for amount in amounts)


@pytest.mark.parametrize(
    ("deed", "field", "value"),
    [
        ("refunded", "displayFinancialStatus", "REFUNDED"),
        ("cancelled", "cancelledAt", "2026-10-15T12:00:30Z"),
        ("touched", "updatedAt", "2026-10-15T12:00:30Z"),
    ],
)
def test_an_order_can_be_changed_by_hand(shop, deed, field, value):
    order = next(order for order in shop.orders() if order["displayFinancialStatus"] == "PAID")

    number = int(order["id"].rpartition("/")[2])
    shop.control("shopify/orders/change", shop=HARBOR.shop, order_id=number, change=deed)

    (told,) = [
        each for each in shop.orders("updated_at:>='2026-10-15T12:00:30Z'") if each["id"] == order["id"]
    ]
    assert (told[field], told["updatedAt"]) == (value, "2026-10-15T12:00:30Z")
    assert told["totalPriceSet"] == order["totalPriceSet"]


def test_truth_adds_up_to_what_is_told(shop):
    lines = [
        json.loads(line)
        for line in shop.amazon.http.get(
            "/simulator/truth", query_string={"shop": HARBOR.shop, "orders": "true"}
        ).text.splitlines()
    ]

    told = {int(order["id"].rpartition("/")[2]): order for order in shop.orders()}
    true = {line["id"]: line for line in lines if line["kind"] == "store_order"}
    days = [line for line in lines if line["kind"] == "store_day" and line["currency"] == "USD"]
    counted = [
        order
        for order in told.values()
        if not order["test"]
        and not order["cancelledAt"]
        and order["displayFinancialStatus"] not in ("EXPIRED", "VOIDED")
        and order["currencyCode"] == "USD"
    ]
    revenue = sum(Decimal(order["totalPriceSet"]["shopMoney"]["amount"]) for order in counted)
    assert lines[0]["orders"] == len(told) == len(true)
    assert all(true[id_]["updated"] == order["updatedAt"] for id_, order in told.items())
    assert sum(day["revenue"] for day in days) == revenue * 100
    assert sum(day["units"] for day in days) == sum(order["subtotalLineItemsQuantity"] for order in counted)


def test_history_stands_still_where_the_configuration_says_so():
    until = datetime(2026, 10, 1, tzinfo=UTC)
    clock = Clock(NOON)
    shop = Shop.with_config(clock=clock, data_until=until)
    before = shop.orders()

    clock.advance(days=2)

    assert shop.orders() == before
    assert before[-1]["updatedAt"] <= "2026-10-01T00:00:00Z"


@pytest.mark.parametrize(
    "fields",
    [
        {"shop": "acme.example.com"},
        {"time_zone": "Mars/Olympus"},
        {"scopes": ("write_everything",)},
        {"orders_per_day": 0},
    ],
)
def test_a_store_that_cannot_be_is_refused(fields):
    with pytest.raises(ValueError, match="stores:"):
        ShopifyStore(
            **{"shop": "acme.myshopify.com", "name": "Acme", "currency": "EUR", "time_zone": "UTC", **fields}
        )
