"""Real clients of SP-API against the simulator: orders, stock, participations and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sp_api.api import Inventories, Orders, Sellers
from sp_api.auth.exceptions import AuthorizationError
from sp_api.base import SellingApiForbiddenException, SellingApiRequestThrottledException

from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.marketplaces import BY_COUNTRY
from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.server import SimulatorServer
from tests.entrypoints.simulator.official_sdk import (
    ApiException,
    FbaInventoryApi,
    GetOrderApi,
    SalesApi,
    SearchOrdersApi,
    SellersApi,
)
from tests.entrypoints.simulator.real_clients import close, community, finish, official

UNTIL = datetime(2026, 10, 15, tzinfo=UTC)
AFTER = UNTIL - timedelta(days=30)
NOW = UNTIL + timedelta(hours=1)
DATASETS = ["PROCEEDS", "FULFILLMENT", "PROMOTION", "CANCELLATION", "EXPENSE"]


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorConfig(data_until=UNTIL, now=lambda: NOW)) as server:
        yield server


def expected_orders(server: SimulatorServer, region: str) -> list[StoreOrder]:
    seller = next(each for each in server.simulator.config.sellers if each.region == region)
    found = [order for order in server.simulator.store.orders(seller.id, NOW) if order.updated_at >= AFTER]
    return sorted(found, key=lambda order: (order.updated_at, order.id))


def total_of(order: StoreOrder) -> str | None:
    """The grand total as Amazon writes it; the clients here ask for marketplaces with two decimal places."""
    return None if order.grand_total_minor is None else f"{order.grand_total_minor / 100:.2f}"


# Amazon's own SDK


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_reads_every_page_of_orders(server: SimulatorServer):
    client = official(server, "eu")
    api, found = SearchOrdersApi(client), []
    token: dict[str, str] = {}
    marketplaces = list(server.simulator.config.sellers[1].marketplace_ids)
    while True:
        page = api.search_orders(
            last_updated_after=AFTER, marketplace_ids=marketplaces, included_data=DATASETS, **token
        )
        found += page.orders
        if page.pagination is None:
            break
        token = {"pagination_token": page.pagination.next_token}
    close(client)

    expected = expected_orders(server, "eu")
    assert len(found) > 300
    assert [order.order_id for order in found] == [order.id for order in expected]
    assert [order.fulfillment.fulfillment_status for order in found] == [order.status for order in expected]
    totals = [order.proceeds.grand_total.amount if order.proceeds else None for order in found]
    assert totals == [total_of(order) for order in expected]
    assert [order.order_items[0].product.seller_sku for order in found] == [
        order.lines[0].sku for order in expected
    ]


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_reads_every_page_of_stock(server: SimulatorServer):
    client = official(server, "na")
    marketplace_id = BY_COUNTRY["US"].id
    api, found = FbaInventoryApi(client), []
    token: dict[str, str] = {}
    while True:
        page = api.get_inventory_summaries(
            "Marketplace", marketplace_id, [marketplace_id], details=True, **token
        )
        found += page.payload.inventory_summaries
        server.simulator.api.buckets.refill()
        if page.pagination is None:
            break
        token = {"next_token": page.pagination.next_token}
    odd = [level.seller_sku for level in found if not level.seller_sku.replace("-", "").isalnum()]
    by_sku = api.get_inventory_summaries("Marketplace", marketplace_id, [marketplace_id], seller_skus=odd)
    close(client)

    stock = server.simulator.store.stock(server.simulator.config.sellers[0].id, marketplace_id, NOW)
    assert [(x.seller_sku, x.total_quantity) for x in found] == [(level.sku, level.total) for level in stock]
    fulfillable = [each.inventory_details.fulfillable_quantity for each in found]
    assert fulfillable == [level.fulfillable for level in stock]
    assert [each.seller_sku for each in by_sku.payload.inventory_summaries] == odd


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_reads_participations_one_order_and_metrics(server: SimulatorServer):
    client = official(server, "fe")
    order = expected_orders(server, "fe")[0]

    participations = SellersApi(client).get_marketplace_participations()
    one = GetOrderApi(client).get_order(
        order.id, included_data=["BUYER", "RECIPIENT", "PACKAGES", "TAX", "PAYMENT"]
    )
    metrics = SalesApi(client).get_order_metrics(
        [BY_COUNTRY["AU"].id], "2026-09-01T00:00:00Z--2026-10-01T00:00:00Z", "Total"
    )
    close(client)

    ids = [each.marketplace.id for each in participations.payload]
    assert ids == list(server.simulator.config.sellers[2].marketplace_ids)
    assert one.order.order_id == order.id
    assert one.order.buyer.buyer_email
    assert metrics.payload[0].order_count > 50


@pytest.mark.usefixtures("quiet_sdk")
def test_the_official_sdk_names_a_refusal(server: SimulatorServer):
    client = official(server, "na")
    api = SearchOrdersApi(client)

    with pytest.raises(ApiException) as refusal:
        api.search_orders(created_after=AFTER, marketplace_ids=[BY_COUNTRY["DE"].id])
    close(client)

    assert refusal.value.status == 403
    assert "not valid for region" in refusal.value.body


# python-amazon-sp-api


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_every_page_of_orders(server: SimulatorServer):
    orders = community(Orders, server, "US", version="2026-01-01")
    query = {
        "lastUpdatedAfter": AFTER.isoformat(),
        "marketplaceIds": list(server.simulator.config.sellers[0].marketplace_ids),
        "includedData": DATASETS,
    }
    found = []
    while True:
        page = orders.search_orders(**query)
        found += page.orders
        if not page.pagination:
            break
        query["paginationToken"] = page.pagination["nextToken"]
    finish(orders)

    expected = expected_orders(server, "na")
    assert len(found) > 300
    assert [order["orderId"] for order in found] == [order.id for order in expected]
    totals = [order["proceeds"]["grandTotal"]["amount"] if "proceeds" in order else None for order in found]
    assert totals == [total_of(order) for order in expected]
    assert server.simulator.reception.calls.as_json()["calls"]["lwa.refresh_token"] == 1


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_every_page_of_stock(server: SimulatorServer):
    inventories = community(Inventories, server, "DE")
    found = []
    token: dict[str, str] = {}
    while True:
        page = inventories.get_inventory_summary_marketplace(details=True, **token)
        found += page.payload["inventorySummaries"]
        server.simulator.api.buckets.refill()
        if not page.next_token:
            break
        token = {"nextToken": page.next_token}
    odd = [each["sellerSku"] for each in found if not each["sellerSku"].replace("-", "").isalnum()]
    by_sku = inventories.get_inventory_summary_marketplace(sellerSkus=odd)
    finish(inventories)

    stock = server.simulator.store.stock(server.simulator.config.sellers[1].id, BY_COUNTRY["DE"].id, NOW)
    assert [(each["sellerSku"], each["totalQuantity"]) for each in found] == [(x.sku, x.total) for x in stock]
    assert [each["sellerSku"] for each in by_sku.payload["inventorySummaries"]] == odd


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_reads_participations(server: SimulatorServer):
    sellers = community(Sellers, server, "JP")

    payload = sellers.get_marketplace_participation().payload
    finish(sellers)

    assert [each["marketplace"]["countryCode"] for each in payload] == ["JP", "AU"]


@pytest.mark.usefixtures("fresh_cache")
def test_python_amazon_sp_api_names_refusals(server: SimulatorServer):
    revoked = community(Sellers, server, "US", refresh_token="Atzr|revoked")
    with pytest.raises(AuthorizationError) as refusal:
        revoked.get_marketplace_participation()
    finish(revoked)

    inventories = community(Inventories, server, "US")
    for _ in range(2):
        inventories.get_inventory_summary_marketplace()
    with pytest.raises(SellingApiRequestThrottledException):
        inventories.get_inventory_summary_marketplace()
    server.simulator.api.buckets.refill()
    with pytest.raises(SellingApiForbiddenException):
        inventories.get_inventory_summary_marketplace(
            granularityId="A1PA6795UKMFR9", marketplaceIds="A1PA6795UKMFR9"
        )
    finish(inventories)

    assert (refusal.value.error_code, refusal.value.status_code) == ("invalid_grant", 400)
