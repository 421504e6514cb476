"""searchOrders and getOrder of the Orders API 2026-01-01."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.moments import DAY, to_ms
from entrypoints.simulator.operations.order_json import DATASETS
from entrypoints.simulator.orders import Status
from tests.entrypoints.simulator.driven import NOON, ORDERS, Amazon, Clock, first_error, iso

US, CA = BY_COUNTRY["US"].id, BY_COUNTRY["CA"].id
WITHOUT_BUYERS = "PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT"
#: The dataset and where it appears, in an order or in its lines.
IN_ORDER = {
    "BUYER": "buyer",
    "RECIPIENT": "recipient",
    "PROCEEDS": "proceeds",
    "FULFILLMENT": "fulfillment",
    "PACKAGES": "packages",
    "TAX": "tax",
    "PAYMENT": "payment",
    "FULFILLMENT_ORDERS": "fulfillmentOrders",
}
IN_LINE = {
    "PROCEEDS": "proceeds",
    "PROMOTION": "promotion",
    "CANCELLATION": "cancellation",
    "FULFILLMENT": "fulfillment",
    "TAX": "tax",
}


def ago(**units: float) -> str:
    return iso(NOON - timedelta(**units))


def minor(money: dict[str, str], digits: int = 2) -> int:
    return int(Decimal(money["amount"]).scaleb(digits))


def test_all_pages_together_are_the_stores_orders(amazon: Amazon):
    after, before = NOON - timedelta(days=30), NOON - timedelta(minutes=2)

    pages = amazon.pages_of_orders(lastUpdatedAfter=iso(after), includedData=WITHOUT_BUYERS)

    found = [order for page in pages for order in page]
    stored = [
        order
        for order in amazon.simulator.store.orders(amazon.seller().id, NOON)
        if after <= order.updated_at <= before
    ]
    stored.sort(key=lambda order: (order.updated_at, order.id))
    assert [len(page) for page in pages[:-1]] == [100] * (len(pages) - 1)
    assert [order["orderId"] for order in found] == [order.id for order in stored]
    for told, known in zip(found, stored, strict=True):
        assert told["fulfillment"]["fulfillmentStatus"] == known.status
        assert len(told["orderItems"]) == len(known.lines)
        if known.grand_total_minor is not None:
            assert minor(told["proceeds"]["grandTotal"]) == known.grand_total_minor


@pytest.mark.parametrize("region", ["na", "eu", "fe"])
def test_totals_equal_their_parts_and_the_lines(amazon: Amazon, region):
    for page in amazon.pages_of_orders(
        region, createdAfter=ago(days=20), includedData="PROCEEDS,FULFILLMENT"
    ):
        for order in page:
            if "proceeds" not in order:
                assert order["fulfillment"]["fulfillmentStatus"] in ("PENDING", "PENDING_AVAILABILITY")
                assert all(
                    "proceeds" not in line and "price" not in line["product"] for line in order["orderItems"]
                )
                continue
            total = Decimal(order["proceeds"]["grandTotal"]["amount"])
            parts = {p["type"]: Decimal(p["subtotal"]["amount"]) for p in order["proceeds"]["breakdowns"]}
            assert total == sum(parts.values()) - 2 * parts.get("DISCOUNT", Decimal(0))
            assert total == sum(
                Decimal(i["proceeds"]["proceedsTotal"]["amount"]) for i in order["orderItems"]
            )


def test_yen_have_no_decimal_places(amazon: Amazon):
    (page, *_) = amazon.pages_of_orders(
        "fe", createdAfter=ago(days=20), marketplaceIds=BY_COUNTRY["JP"].id, includedData="PROCEEDS,EXPENSE"
    )

    totals = [order["proceeds"]["grandTotal"] for order in page if "proceeds" in order]
    assert all(total["currencyCode"] == "JPY" and total["amount"].isdigit() for total in totals)
    assert any(
        "pointsCost" in line["expense"] for order in page for line in order["orderItems"] if "expense" in line
    )


def test_without_included_data_there_is_neither_money_nor_status_nor_a_person(amazon: Amazon):
    (page, *_) = amazon.pages_of_orders(createdAfter=ago(days=20))

    known = {"orderId", "orderAliases", "createdTime", "lastUpdatedTime", "programs", "associatedOrders"}
    assert {name for order in page for name in order} <= known | {"salesChannel", "orderItems"}
    assert {n for o in page for i in o["orderItems"] for n in i} == {
        "orderItemId",
        "quantityOrdered",
        "product",
    }


@pytest.mark.parametrize("dataset", DATASETS)
def test_each_dataset_brings_its_own_field_and_no_other(amazon: Amazon, dataset):
    bare = amazon.pages_of_orders(createdAfter=ago(days=60))

    asked = amazon.pages_of_orders(createdAfter=ago(days=60), includedData=dataset)

    def names(pages):
        orders = [order for page in pages for order in page]
        return {n for o in orders for n in o}, {n for o in orders for line in o["orderItems"] for n in line}

    new_in_order, new_in_line = (a - b for a, b in zip(names(asked), names(bare), strict=True))
    assert new_in_order == ({IN_ORDER[dataset]} if dataset in IN_ORDER else set())
    assert new_in_line == ({IN_LINE[dataset]} if dataset in IN_LINE else set())


def test_people_are_invented_and_always_the_same(amazon: Amazon):
    query: dict[str, Any] = {"createdAfter": ago(days=3), "includedData": "BUYER,RECIPIENT"}

    first, second = (amazon.pages_of_orders(**query) for _ in range(2))

    assert first == second
    assert all(
        order["buyer"]["buyerEmail"].endswith("@marketplace.example") for page in first for order in page
    )


def test_the_reply_says_up_to_when_it_is_complete(amazon: Amazon):
    updated = amazon.get(ORDERS, lastUpdatedAfter=ago(days=1))
    created = amazon.get(ORDERS, createdAfter=ago(days=1), createdBefore=ago(hours=5))

    assert updated.json["lastUpdatedBefore"] == ago(minutes=2)
    assert "createdBefore" not in updated.json
    assert created.json["createdBefore"] == ago(hours=5)


def test_the_last_page_has_no_pagination(amazon: Amazon):
    answer = amazon.get(ORDERS, lastUpdatedAfter=ago(hours=4))

    assert answer.status_code == 200
    assert "pagination" not in answer.json


def test_a_last_page_that_is_just_full_has_no_pagination_either(amazon: Amazon):
    query: dict[str, Any] = {"lastUpdatedAfter": ago(hours=20)}
    found = len(amazon.get(ORDERS, **query).json["orders"])

    full = amazon.get(ORDERS, maxResultsPerPage=found, **query)
    one_less = amazon.get(ORDERS, maxResultsPerPage=found - 1, **query)

    assert "pagination" not in full.json
    assert "pagination" in one_less.json


@pytest.mark.parametrize("family", ["created", "lastUpdated"])
def test_both_ends_of_a_window_belong_to_it(amazon: Amazon, family):
    orders = amazon.simulator.store.orders(amazon.seller().id, NOON)[-100:-80]
    order = next(order for order in orders if order.updated_at < NOON - timedelta(hours=2))
    moment = (order.created_at if family == "created" else order.updated_at).isoformat()

    answer = amazon.get(ORDERS, **{f"{family}After": moment, f"{family}Before": moment})

    assert [each["orderId"] for each in answer.json["orders"]] == [order.id]


def test_a_search_that_finds_nothing_is_an_empty_list(amazon: Amazon):
    answer = amazon.get(ORDERS, createdAfter=ago(minutes=2, seconds=1))

    assert answer.json["orders"] == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdBefore": ago(days=1)},
        {"createdAfter": ago(days=1), "lastUpdatedAfter": ago(days=1)},
        {"createdAfter": ago(days=1), "lastUpdatedBefore": ago(hours=1)},
        {"lastUpdatedAfter": ago(days=1), "createdBefore": ago(hours=1)},
        {"createdAfter": "yesterday"},
        {"createdAfter": "2026-10-01T00:00:00"},
        {"createdAfter": "2026-10-01T00:00:00 02:00"},
        {"createdAfter": ago(days=1), "createdBefore": ago(days=2)},
        {"createdAfter": ago(days=1), "createdBefore": ago(seconds=119)},
        {"lastUpdatedAfter": ago(seconds=60)},
        {"createdAfter": ago(days=1), "maxResultsPerPage": "0"},
        {"createdAfter": ago(days=1), "maxResultsPerPage": "101"},
        {"createdAfter": ago(days=1), "maxResultsPerPage": "ten"},
        {"createdAfter": ago(days=1), "marketplaceIds": ",".join([US] * 51)},
        {"createdAfter": ago(days=1), "fulfillmentStatuses": "Shipped"},
        {"createdAfter": ago(days=1), "fulfilledBy": "AFN"},
        {"createdAfter": ago(days=1), "includedData": "PROCEEDS,MONEY"},
        {"createdAfter": ago(days=1), "paginationToken": "forged"},
        {"createdAfter": [ago(days=1), ago(days=2)]},
    ],
)
def test_wrong_parameters_are_invalid_input(amazon: Amazon, query):
    answer = amazon.get(ORDERS, **query)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "InvalidInput")


def test_exactly_two_minutes_ago_is_early_enough(amazon: Amazon):
    answer = amazon.get(ORDERS, createdAfter=ago(minutes=2), createdBefore=ago(minutes=2))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("fulfillmentStatuses", {"UNSHIPPED", "PARTIALLY_SHIPPED"}, "fulfillmentStatus"),
        ("fulfilledBy", {"MERCHANT"}, "fulfilledBy"),
    ],
)
def test_filters_let_through_what_they_say(amazon: Amazon, name, values, field):
    pages = amazon.pages_of_orders(
        lastUpdatedAfter=ago(days=30), includedData="FULFILLMENT", **{name: ",".join(sorted(values))}
    )

    assert {order["fulfillment"][field] for page in pages for order in page} == values


def test_one_marketplace_may_be_asked_for_and_orders_from_elsewhere_come_with_it(amazon: Amazon):
    pages = amazon.pages_of_orders(createdAfter=ago(days=80), marketplaceIds=CA)

    channels = [order["salesChannel"] for page in pages for order in page]
    assert {channel.get("marketplaceId") for channel in channels} == {CA, None}
    assert all(("marketplaceId" in c) == (c["channelName"] == "AMAZON") for c in channels)


def test_a_page_token_may_change_the_page_size_and_the_datasets_but_nothing_else(amazon: Amazon):
    query: dict[str, Any] = {"createdAfter": ago(days=10), "maxResultsPerPage": 10, "marketplaceIds": US}
    token = amazon.get(ORDERS, **query).json["pagination"]["nextToken"]
    query["paginationToken"] = token

    smaller = amazon.get(ORDERS, **{**query, "maxResultsPerPage": 5, "includedData": "PROCEEDS"})
    changed = [
        amazon.get(ORDERS, **{**query, **change})
        for change in (
            {"createdAfter": ago(days=9)},
            {"createdBefore": ago(days=1)},
            {"marketplaceIds": CA},
            {"fulfilledBy": "AMAZON"},
            {"fulfillmentStatuses": "SHIPPED"},
        )
    ]

    assert len(smaller.json["orders"]) == 5
    assert [answer.status_code for answer in changed] == [400] * 5


def test_a_page_token_is_no_use_to_another_seller(amazon: Amazon):
    query: dict[str, Any] = {"createdAfter": ago(days=10), "maxResultsPerPage": 10}
    token = amazon.get(ORDERS, **query).json["pagination"]["nextToken"]

    answer = amazon.get(ORDERS, region="eu", paginationToken=token, **query)

    assert answer.status_code == 400


def test_a_page_token_lives_for_a_day(amazon: Amazon):
    query: dict[str, Any] = {"createdAfter": ago(days=10), "maxResultsPerPage": 10}
    query["paginationToken"] = amazon.get(ORDERS, **query).json["pagination"]["nextToken"]
    amazon.clock.advance(hours=24)
    in_time = amazon.get(ORDERS, **query)
    amazon.clock.advance(seconds=1)

    too_late = amazon.get(ORDERS, **query)

    assert in_time.status_code == 200
    assert (too_late.status_code, first_error(too_late)["code"]) == (400, "InvalidInput")


def test_pages_read_slowly_neither_lose_nor_double_an_order_that_did_not_change(amazon: Amazon):
    query: dict[str, Any] = {"lastUpdatedAfter": ago(days=5), "maxResultsPerPage": 7}
    found: list[str] = []
    while True:
        answer = amazon.get(ORDERS, **query).json
        found += [order["orderId"] for order in answer["orders"]]
        amazon.simulator.api.buckets.refill()
        amazon.clock.advance(minutes=40)
        if "pagination" not in answer:
            break
        query["paginationToken"] = answer["pagination"]["nextToken"]

    after, before = NOON - timedelta(days=5), NOON - timedelta(minutes=2)
    unchanged = {
        order.id
        for order in amazon.simulator.store.orders(amazon.seller().id, amazon.clock.moment)
        if after <= order.updated_at <= before
    }
    assert len(found) == len(set(found))
    assert unchanged <= set(found)


def test_consecutive_windows_see_every_order_at_its_last_state():
    amazon = Amazon.with_config(clock=Clock(NOON - timedelta(days=4)))
    seen: dict[str, str] = {}
    after = iso(amazon.clock.moment - timedelta(days=20))
    while amazon.clock.moment < NOON:
        for page in amazon.pages_of_orders(lastUpdatedAfter=after):
            seen |= {order["orderId"]: order["lastUpdatedTime"] for order in page}
        after = iso(amazon.clock.moment - timedelta(minutes=2))
        amazon.clock.advance(hours=6)
    amazon.clock.moment = NOON
    for page in amazon.pages_of_orders(lastUpdatedAfter=after):
        seen |= {order["orderId"]: order["lastUpdatedTime"] for order in page}

    stored = {
        order.id: order.updated_at
        for order in amazon.simulator.store.orders(amazon.seller().id, NOON)
        if NOON - timedelta(days=20) <= order.updated_at <= NOON - timedelta(minutes=2)
    }
    assert {order_id: datetime.fromisoformat(seen[order_id]) for order_id in stored} == stored


def test_orders_of_more_than_two_years_ago_are_gone_except_where_amazon_keeps_them():
    amazon = Amazon.with_config(history_days=800)
    early = {"createdAfter": ago(days=780), "createdBefore": ago(days=731)}
    store, start = amazon.simulator.store, to_ms(NOON - timedelta(days=740))
    old = next(store.created_between(amazon.seller().id, start, start + 30 * DAY, to_ms(NOON)))

    american = amazon.get(ORDERS, **early)
    japanese = amazon.get(ORDERS, region="fe", **early)

    assert american.json["orders"] == []
    assert len(japanese.json["orders"]) == 100
    assert amazon.get(f"{ORDERS}/{old.id}").status_code == 404


def test_one_order_is_told_like_in_the_search(amazon: Amazon):
    (page, *_) = amazon.pages_of_orders(createdAfter=ago(days=2), includedData=WITHOUT_BUYERS)

    answer = amazon.get(f"{ORDERS}/{page[0]['orderId']}", includedData=WITHOUT_BUYERS)

    assert answer.json == {"order": page[0]}


@pytest.mark.parametrize("order_id", ["112-0000000-0000000", "nonsense"])
def test_an_unknown_order_is_not_found(amazon: Amazon, order_id):
    answer = amazon.get(f"{ORDERS}/{order_id}")

    assert (answer.status_code, first_error(answer)["code"]) == (404, "NotFound")


def test_another_sellers_order_is_not_found(amazon: Amazon):
    theirs = amazon.simulator.store.orders(amazon.seller("eu").id, NOON)[-1]

    assert amazon.get(f"{ORDERS}/{theirs.id}").status_code == 404


def test_a_cancelled_order_says_who_cancelled_it(amazon: Amazon):
    pages = amazon.pages_of_orders(
        lastUpdatedAfter=ago(days=80),
        fulfillmentStatuses="CANCELLED",
        includedData="CANCELLATION,FULFILLMENT",
    )

    lines = [line for page in pages for order in page for line in order["orderItems"]]
    cancellers = {line["cancellation"]["cancellationExecution"]["cancelledBy"] for line in lines}
    assert cancellers == {"BUYER", "MERCHANT", "AMAZON"}
    assert all(line["fulfillment"] == {"quantityFulfilled": 0, "quantityUnfulfilled": 0} for line in lines)


def test_a_partly_shipped_order_counts_what_was_sent(amazon: Amazon):
    partly = None
    while partly is None:
        amazon.clock.advance(hours=8)
        pages = amazon.pages_of_orders(
            lastUpdatedAfter=iso(amazon.clock.moment - timedelta(days=5)),
            fulfillmentStatuses=Status.PARTIALLY_SHIPPED,
            includedData="FULFILLMENT,PACKAGES",
        )
        partly = next((order for page in pages for order in page), None)

    counts = [line["fulfillment"] for line in partly["orderItems"]]
    assert sum(count["quantityFulfilled"] for count in counts) > 0
    assert sum(count["quantityUnfulfilled"] for count in counts) > 0
    sent = sum(item["quantity"] for package in partly["packages"] for item in package["packageItems"])
    assert sent == sum(count["quantityFulfilled"] for count in counts)


def test_a_replacement_names_the_order_it_replaces_and_costs_nothing(amazon: Amazon):
    pages = amazon.pages_of_orders(createdAfter=ago(days=90), includedData="PROCEEDS")

    replacements = [order for page in pages for order in page if "associatedOrders" in order]
    assert replacements
    assert {o["associatedOrders"][0]["associationType"] for o in replacements} == {"REPLACEMENT_ORIGINAL_ID"}
    assert {order["proceeds"]["grandTotal"]["amount"] for order in replacements} == {"0.00"}
