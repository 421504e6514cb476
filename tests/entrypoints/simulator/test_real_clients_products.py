"""Real clients of SP-API against the simulator: fees, restrictions, inbound shipments, reports, the catalogue."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from sp_api.api import FulfillmentInbound, ListingsRestrictions, Orders, ProductFees, Reports
from sp_api.base import SellingApiForbiddenException

from entrypoints.simulator.catalogue import Product
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.driven import Clock
from tests.entrypoints.simulator.official_sdk import (
    ApiException,
    CatalogApi,
    FbaInboundV0Api,
    FeesApi,
    ListingsRestrictionsApi,
    ReportsApi,
)
from tests.entrypoints.simulator.real_clients import close, community, finish, official

US = BY_COUNTRY["US"].id
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorConfig(now=clock)) as server:
        yield server


def seller_id(server: SimulatorServer) -> str:
    return server.simulator.config.sellers[0].id


def odd_products(server: SimulatorServer) -> list[Product]:
    """Products with SKUs that must be percent-encoded; one for each sign."""
    products = server.simulator.store.catalogue(seller_id(server)).products
    return [product for product in products if not product.sku.replace("-", "").isalnum()][:6]


def shipments(server: SimulatorServer, clock: Clock) -> dict[str, int]:
    """The store's shipments by id, and how many units of each were received."""
    ledger, at_ms = server.simulator.store.inbound(seller_id(server), US), to_ms(clock())
    contents = {each.id: ledger.items(each, at_ms) for each in ledger.shipments(at_ms)}
    return {key: sum(item.received for item in items) for key, items in contents.items() if items}


def listings_of(text: str) -> list[str]:
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [row["seller-sku"] for row in rows]


def fee_request(identifier: str) -> dict[str, Any]:
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 19.99}}
    return {
        "MarketplaceId": US,
        "IsAmazonFulfilled": True,
        "PriceToEstimateFees": price,
        "Identifier": identifier,
    }


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_estimates_fees(server: SimulatorServer):
    client = official(server, "na")
    api, odd = FeesApi(client), odd_products(server)
    by_sku = []
    for product in odd:
        body = {"FeesEstimateRequest": fee_request("one")}
        by_sku.append(api.get_my_fees_estimate_for_sku(product.sku, body).payload.fees_estimate_result)
        server.simulator.api.buckets.refill()

    by_asin = api.get_my_fees_estimate_for_asin(odd[0].asin, {"FeesEstimateRequest": fee_request("two")})
    asked = [
        {"FeesEstimateRequest": fee_request(value), "IdType": "ASIN", "IdValue": value}
        for value in (odd[0].asin, "B0NONE0001")
    ]
    known, unknown = api.get_my_fees_estimates(asked)
    close(client)

    total = by_asin.payload.fees_estimate_result.fees_estimate.total_fees_estimate.amount
    assert [each.fees_estimate_identifier.id_value for each in by_sku] == [product.sku for product in odd]
    assert {each.status for each in by_sku} == {"Success"}
    assert by_sku[0].fees_estimate.total_fees_estimate.amount == total > 3
    assert (known.status, known.fees_estimate.total_fees_estimate.amount) == ("Success", total)
    assert (unknown.status, unknown.error.type) == ("ClientError", "Sender")


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_reads_restrictions_and_the_catalogue(server: SimulatorServer):
    client = official(server, "na")
    api, product = ListingsRestrictionsApi(client), odd_products(server)[0]

    free = api.get_listings_restrictions(product.asin, seller_id(server), [US], condition_type="new_new")
    gated = api.get_listings_restrictions("B0GATE0001", seller_id(server), [US])
    with pytest.raises(ApiException) as refusal:
        api.get_listings_restrictions("BAD_ASIN", seller_id(server), [US])
    item = CatalogApi(client).get_catalog_item(product.asin, [US])
    close(client)

    assert free.restrictions == []
    assert gated.restrictions[0].reasons[0].reason_code == "APPROVAL_REQUIRED"
    assert gated.restrictions[0].reasons[0].links[0].verb == "GET"
    assert refusal.value.status == 400
    assert item.summaries[0].item_name == product.title


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_reads_every_inbound_shipment(server: SimulatorServer, clock: Clock):
    client = official(server, "na")
    api, found = FbaInboundV0Api(client), []
    query: dict[str, Any] = {"shipment_status_list": ["RECEIVING", "CLOSED", "CANCELLED", "IN_TRANSIT"]}
    kind = "SHIPMENT"
    while True:
        payload = api.get_shipments(kind, US, **query).payload
        found += payload.shipment_data
        if payload.next_token is None:
            break
        kind, query = "NEXT_TOKEN", {"next_token": payload.next_token}
    last = found[-2:]
    items = [api.get_shipment_items_by_shipment_id(each.shipment_id).payload.item_data for each in last]
    close(client)

    known = shipments(server, clock)
    assert len(found) > 40
    assert {each.shipment_id for each in found} <= set(known)
    received = [sum(item.quantity_received for item in each) for each in items]
    assert received == [known[each.shipment_id] for each in last]


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_takes_a_report_round(server: SimulatorServer, clock: Clock):
    client = official(server, "na")
    api = ReportsApi(client)
    made = api.create_report({"reportType": LISTINGS, "marketplaceIds": [US]})
    spare = api.create_report({"reportType": LISTINGS, "marketplaceIds": [US]})
    api.cancel_report(spare.report_id)
    waiting = api.get_report(made.report_id).processing_status
    clock.advance(seconds=15)
    done = api.get_report(made.report_id)

    document = api.get_report_document(done.report_document_id)
    content = requests.get(document.url, timeout=30)
    listed = api.get_reports(report_types=[LISTINGS], processing_statuses=["DONE"])
    close(client)

    products = server.simulator.store.catalogue(seller_id(server)).products
    assert (waiting, done.processing_status) == ("IN_QUEUE", "DONE")
    assert document.compression_algorithm == "GZIP"
    assert listings_of(gzip.decompress(content.content).decode()) == [product.sku for product in products]
    assert [each.report_id for each in listed.reports] == [made.report_id]


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_estimates_fees(server: SimulatorServer):
    fees, odd = community(ProductFees, server, "US"), odd_products(server)
    by_sku = []
    for product in odd:
        # Its own way with slashes encodes them twice.
        answer = fees.get_product_fees_estimate_for_sku(
            product.sku, price=19.99, is_fba=True, force_safe_sku=False
        )
        by_sku.append(answer.payload["FeesEstimateResult"])
        server.simulator.api.buckets.refill()

    asked = [
        {"id_type": "ASIN", "id_value": value, "price": 19.99, "is_fba": True}
        for value in (odd[0].asin, "B0NONE0001")
    ]
    batch = fees.get_product_fees_estimate(asked).payload
    finish(fees)

    assert [each["FeesEstimateIdentifier"]["IdValue"] for each in by_sku] == [product.sku for product in odd]
    assert [each["Status"] for each in batch] == ["Success", "ClientError"]
    assert batch[0]["FeesEstimate"] == by_sku[0]["FeesEstimate"]


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_restrictions_and_one_order(server: SimulatorServer, clock: Clock):
    restrictions = community(ListingsRestrictions, server, "US")
    orders = community(Orders, server, "US", version="2026-01-01")
    order = server.simulator.store.orders(seller_id(server), clock())[-1]

    gated = restrictions.get_listings_restrictions(
        asin="B0NOPE0001", sellerId=seller_id(server), marketplaceIds=US
    )
    with pytest.raises(SellingApiForbiddenException):
        restrictions.get_listings_restrictions(asin="B0NOPE0001", sellerId="ASTRANGER", marketplaceIds=US)
    one = orders.get_order(order.id)
    finish(restrictions)
    finish(orders)

    reasons = gated.payload["restrictions"][0]["reasons"]
    assert [reason["reasonCode"] for reason in reasons] == ["NOT_ELIGIBLE"]
    assert one.payload["order"]["orderId"] == order.id


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_every_inbound_shipment(server: SimulatorServer, clock: Clock):
    inbound = community(FulfillmentInbound, server, "US", version="v0")
    found = []
    query = {"QueryType": "SHIPMENT", "ShipmentStatusList": "CLOSED,RECEIVING", "MarketplaceId": US}
    while True:
        page = inbound.get_shipments(**query)
        found += page.payload["ShipmentData"]
        if not page.next_token:
            break
        query = {"QueryType": "NEXT_TOKEN", "NextToken": page.next_token, "MarketplaceId": US}
    last = found[-1]["ShipmentId"]
    items = inbound.shipment_items_by_shipment(last).payload["ItemData"]
    finish(inbound)

    known = shipments(server, clock)
    assert len(found) > 40
    assert {each["ShipmentId"] for each in found} <= set(known)
    assert sum(item["QuantityReceived"] for item in items) == known[last]


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_takes_a_report_round(server: SimulatorServer, clock: Clock):
    reports = community(Reports, server, "DE")
    made = reports.create_report(reportType=LISTINGS).payload["reportId"]
    spare = reports.create_report(reportType=LISTINGS).payload["reportId"]
    reports.cancel_report(spare)
    clock.advance(seconds=15)

    done = reports.get_report(made).payload
    told = reports.get_report_document(done["reportDocumentId"], download=True)
    listed = reports.get_reports(reportTypes=[LISTINGS], processingStatuses=["CANCELLED"]).payload
    finish(reports)

    german = server.simulator.store.catalogue(server.simulator.config.sellers[1].id).products
    assert listings_of(told.payload["document"]) == [product.sku for product in german]
    assert "ß" in told.payload["document"]
    assert told.character_code.lower() == "cp1252"
    assert [each["reportId"] for each in listed["reports"]] == [spare]
