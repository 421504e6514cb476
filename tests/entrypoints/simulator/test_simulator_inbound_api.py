"""The Fulfillment Inbound API v0: shipments and what was received of them."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from entrypoints.simulator.inbound import Shipment, ShippedItem
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.moments import to_ms
from tests.entrypoints.simulator.driven import NOON, Amazon, first_error, iso

US, DE, FR = BY_COUNTRY["US"].id, BY_COUNTRY["DE"].id, BY_COUNTRY["FR"].id
SHIPMENTS = "/fba/inbound/v0/shipments"
ITEMS = "/fba/inbound/v0/shipmentItems"


def known(amazon: Amazon, region: str = "na", marketplace_id: str = US) -> dict[str, list[ShippedItem]]:
    """The store's own shipments now, those with something in them, by id."""
    ledger = amazon.simulator.store.inbound(amazon.seller(region).id, marketplace_id)
    at_ms = to_ms(amazon.clock())
    contents = {each.id: ledger.items(each, at_ms) for each in ledger.shipments(at_ms)}
    return {shipment_id: items for shipment_id, items in contents.items() if items}


def pages(
    amazon: Amazon, path: str, name: str, region: str = "na", **query: Any
) -> list[list[dict[str, Any]]]:
    found = []
    while True:
        amazon.simulator.api.buckets.refill()
        answer = amazon.get(path, region, **query)
        assert answer.status_code == 200, answer.text
        found.append(answer.json["payload"][name])
        token = answer.json["payload"].get("NextToken")
        if token is None:
            return found
        query = {"QueryType": "NEXT_TOKEN", "MarketplaceId": query["MarketplaceId"], "NextToken": token}


def all_shipments(amazon: Amazon, **query: Any) -> list[dict[str, Any]]:
    asked = {"QueryType": "SHIPMENT", "MarketplaceId": US, **query}
    return [each for page in pages(amazon, SHIPMENTS, "ShipmentData", **asked) for each in page]


def items_of(amazon: Amazon, shipment_id: str) -> list[dict[str, Any]]:
    answer = amazon.get(f"{SHIPMENTS}/{shipment_id}/items", MarketplaceId=US)
    assert answer.status_code == 200, answer.text
    return list(answer.json["payload"]["ItemData"])


def one_with_status(amazon: Amazon, status: str) -> str:
    return str(all_shipments(amazon, ShipmentStatusList=status)[0]["ShipmentId"])


def test_all_pages_together_are_the_stores_shipments(amazon: Amazon):
    asked = {"QueryType": "SHIPMENT", "MarketplaceId": US}
    every = "WORKING,READY_TO_SHIP,SHIPPED,RECEIVING,CANCELLED,CLOSED,IN_TRANSIT,DELIVERED,CHECKED_IN"

    found = pages(amazon, SHIPMENTS, "ShipmentData", **asked, ShipmentStatusList=every)

    assert len(found) > 2
    assert [each["ShipmentId"] for page in found for each in page] == list(known(amazon))


def test_shipments_are_found_by_status(amazon: Amazon):
    by_status = {
        status: all_shipments(amazon, ShipmentStatusList=status)
        for status in ("READY_TO_SHIP", "IN_TRANSIT", "RECEIVING", "CANCELLED", "CLOSED")
    }

    assert all(by_status.values())
    for status, shipments in by_status.items():
        assert {each["ShipmentStatus"] for each in shipments} == {status}


def test_shipments_are_found_by_id(amazon: Amazon):
    wanted = list(known(amazon))[-3:]

    found = all_shipments(amazon, ShipmentIdList=",".join([*wanted, "FBA15UNKNOWN"]))

    assert [each["ShipmentId"] for each in found] == wanted


def test_a_shipments_items_are_the_stores(amazon: Amazon):
    for shipment_id, contents in list(known(amazon).items())[-4:]:
        told = items_of(amazon, shipment_id)

        assert [(x["SellerSKU"], x["QuantityShipped"], x["QuantityReceived"]) for x in told] == [
            (x.sku, x.shipped, x.received) for x in contents
        ]


def test_received_quantities_grow_and_never_shrink(amazon: Amazon):
    shipment_id = one_with_status(amazon, "IN_TRANSIT")
    counts = []

    for _ in range(24):
        counts.append({each["SellerSKU"]: each["QuantityReceived"] for each in items_of(amazon, shipment_id)})
        amazon.clock.advance(days=1)

    shipped = {each["SellerSKU"]: each["QuantityShipped"] for each in items_of(amazon, shipment_id)}
    totals = [sum(each.values()) for each in counts]
    assert totals[0] == 0
    assert totals == sorted(totals)
    assert 0.9 * sum(shipped.values()) < totals[-1] <= sum(shipped.values())
    assert all(earlier[sku] <= later[sku] for earlier, later in pairwise(counts) for sku in shipped)
    assert (
        amazon.get(SHIPMENTS, QueryType="SHIPMENT", MarketplaceId=US, ShipmentIdList=shipment_id).json[
            "payload"
        ]["ShipmentData"][0]["ShipmentStatus"]
        == "CLOSED"
    )


def test_what_is_being_received_stands_in_the_stock_as_well(amazon: Amazon):
    items = [
        item
        for each in all_shipments(amazon, ShipmentStatusList="RECEIVING")
        for item in items_of(amazon, each["ShipmentId"])
    ]
    underway = [each for each in items if 0 < each["QuantityReceived"] < each["QuantityShipped"] - 3]
    stock = {level.sku: level for level in amazon.simulator.store.stock(amazon.seller().id, US, NOON)}

    missing = [each["QuantityShipped"] - stock[each["SellerSKU"]].inbound_receiving for each in underway]

    assert missing
    assert all(0 <= short <= 3 for short in missing)


def test_nothing_of_a_cancelled_shipment_is_received(amazon: Amazon):
    shipment_id = one_with_status(amazon, "CANCELLED")

    assert {each["QuantityReceived"] for each in items_of(amazon, shipment_id)} == {0}


def test_a_range_of_dates_finds_what_changed_in_it(amazon: Amazon):
    week = {"LastUpdatedAfter": iso(NOON - timedelta(days=2)), "LastUpdatedBefore": iso(NOON)}

    shipments = all_shipments(amazon, QueryType="DATE_RANGE", **week)
    items = pages(amazon, ITEMS, "ItemData", QueryType="DATE_RANGE", MarketplaceId=US, **week)

    found = {each["ShipmentId"] for each in shipments}
    assert 0 < len(found) < 8
    assert {each["ShipmentId"] for page in items for each in page} <= found


def test_items_of_a_long_time_come_in_pages_without_gap_or_double(amazon: Amazon):
    year = {"LastUpdatedAfter": iso(NOON - timedelta(days=200)), "LastUpdatedBefore": iso(NOON)}

    found = pages(amazon, ITEMS, "ItemData", QueryType="DATE_RANGE", MarketplaceId=US, **year)

    keys = [(each["ShipmentId"], each["SellerSKU"]) for page in found for each in page]
    since_ms = to_ms(NOON - timedelta(days=200))
    expected = [
        (shipment_id, item.sku)
        for shipment_id, contents in known(amazon).items()
        for item in contents
        if item.updated_ms >= since_ms
    ]
    assert len(found) > 3
    assert keys == expected
    assert len(set(keys)) == len(keys)


def test_marketplaces_of_one_stock_see_the_same_shipments(amazon: Amazon):
    assert list(known(amazon, "eu", DE)) == list(known(amazon, "eu", FR))
    assert set(known(amazon, "eu", DE)).isdisjoint(known(amazon, "eu", BY_COUNTRY["GB"].id))


def test_a_token_is_good_for_its_own_question_and_an_hour(amazon: Amazon):
    first = amazon.get(SHIPMENTS, QueryType="SHIPMENT", MarketplaceId=US, ShipmentStatusList="CLOSED")
    token = {"QueryType": "NEXT_TOKEN", "NextToken": first.json["payload"]["NextToken"]}

    good = amazon.get(SHIPMENTS, MarketplaceId=US, **token)
    elsewhere = amazon.get(SHIPMENTS, MarketplaceId=BY_COUNTRY["CA"].id, **token)
    other = amazon.get(ITEMS, MarketplaceId=US, **token)
    amazon.clock.advance(hours=1, seconds=1)
    late = amazon.get(SHIPMENTS, MarketplaceId=US, **token)

    assert [each.status_code for each in (good, elsewhere, other, late)] == [200, 400, 400, 400]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"QueryType": "BADSHIPMENT", "MarketplaceId": US},
        {"QueryType": "SHIPMENT"},
        {"QueryType": "SHIPMENT", "MarketplaceId": "BADATVPDKIKX0DER"},
        {"QueryType": "SHIPMENT", "MarketplaceId": US},
        {"QueryType": "SHIPMENT", "MarketplaceId": US, "ShipmentStatusList": "LOST"},
        {"QueryType": "DATE_RANGE", "MarketplaceId": US, "LastUpdatedAfter": iso(NOON)},
        {"QueryType": "NEXT_TOKEN", "MarketplaceId": US, "NextToken": "made-up"},
    ],
)
def test_a_bad_question_is_refused_in_the_words_of_this_api(amazon: Amazon, query: dict[str, str]):
    answer = amazon.get(SHIPMENTS, **query)

    assert (answer.status_code, first_error(answer)["code"]) == (400, "Invalid Input")


def test_an_unknown_shipment_and_somebody_elses_are_not_found(amazon: Amazon):
    theirs = next(iter(known(amazon, "eu", DE)))

    assert amazon.get(f"{SHIPMENTS}/FBA15UNKNOWN/items").status_code == 404
    assert amazon.get(f"{SHIPMENTS}/{theirs}/items").status_code == 404


def test_a_shipment_goes_through_its_statuses_in_order():
    shipment = Shipment("FBA15X", "x", "PHX7", week=2900, cancelled=False)
    day = 24 * 3600 * 1000

    seen = [shipment.status_at(shipment.created_ms + hour * day // 24)[0] for hour in range(35 * 24)]

    assert list(dict.fromkeys(seen)) == [
        "WORKING",
        "READY_TO_SHIP",
        "SHIPPED",
        "IN_TRANSIT",
        "DELIVERED",
        "CHECKED_IN",
        "RECEIVING",
        "CLOSED",
    ]
