"""All of the way to Amazon over real sockets: what the simulator's store holds arrives, whatever happens between."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.amazon.store import AmazonOrders, AmazonSellers, AmazonStock
from adapters.http import Outbound
from domain.connections.model import ConnectionId
from domain.errors import (
    AccessDenied,
    NotConfigured,
    PortsideError,
    ReauthorizationRequired,
    StalePage,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimedOut,
    UsagePlanEmpty,
    WrongAnswer,
)
from domain.gateway.effort import ATTEMPTS
from domain.gateway.model import Patience
from domain.inventory.model import StockLevel
from domain.marketplaces import SELLING_REGIONS
from domain.money import Money
from domain.orders.model import Order, OrderItem, OrderWindow
from entrypoints.simulator import stock as simulated
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.orders import StoreLine, StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests.adapters.amazon.bench import CONFIG, START, Bench

STORE = Store(CONFIG)
NA, EU, FE = CONFIG.sellers
#: Everything that ever happened: the data ends before the window does.
BEFORE = START - timedelta(minutes=5)
#: What passes within one call, because the gateway asks again.
PASSING = [
    "html_502",
    "html_503",
    "500",
    "empty_200",
    "not_json",
    "truncated",
    "drop_connection",
    "wrong_content_type",
    "shape",
    "token_expired",
    "token_revoked",
]


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(CONFIG) as running:
        yield running


@pytest.fixture
def amazon(server: SimulatorServer) -> Iterator[SimulatorServer]:
    """No trouble ordered and nothing counted yet; hanging calls go on when the test is over."""
    server.simulator.reception.calls.reset()
    server.simulator.api.buckets.refill()
    yield server
    server.simulator.reception.faults.clear()


@pytest.fixture
def hasty() -> Iterator[Outbound]:
    made = Outbound.with_pool(timeout_seconds=0.3, pool_size=2)
    yield made
    made.adapter.close()


def strike(amazon: SimulatorServer, operation: str, kind: str, **fields: object) -> None:
    order = {"operation": operation, "kind": kind, **fields}
    amazon.simulator.reception.faults.order(Fault.from_json(order))


def all_orders(bench: Bench) -> list[Order]:
    window = OrderWindow(START - timedelta(days=60), BEFORE, bench.seller.marketplace_ids)
    feed, orders, token = AmazonOrders(bench.gateway), list[Order](), None
    while True:
        page = feed.page(bench.connection, window, token)
        orders += page.orders
        token = page.next_token
        if token is None:
            return orders


def all_stock(bench: Bench, marketplace_id: str) -> list[StockLevel]:
    feed, levels, token = AmazonStock(bench.gateway), list[StockLevel](), None
    while True:
        page = feed.page(bench.connection, marketplace_id, None, token)
        levels += page.levels
        token = page.next_token
        if token is None:
            return levels


def as_told(order: StoreOrder) -> Order:
    """The store's own order in our words."""
    return Order(
        order_id=order.id,
        marketplace_id=order.marketplace_id,
        created_at=order.created_at,
        updated_at=order.updated_at,
        status=order.status.value,
        fulfilled_by=order.fulfilled_by,
        total=None if order.grand_total_minor is None else Money(order.grand_total_minor, order.currency),
        items=tuple(_line(line, order.currency) for line in order.lines),
    )


def _line(line: StoreLine, currency: str) -> OrderItem:
    total = None if line.amounts is None else Money(line.amounts.total, currency)
    goods = None if line.amounts is None else Money(line.amounts.item, currency)
    return OrderItem(line.item_id, line.sku, line.asin, line.title, line.quantity, total, goods)


def in_store(level: simulated.StockLevel) -> StockLevel:
    """The store's own level in our words."""
    return StockLevel(
        sku=level.sku,
        asin=level.asin,
        fnsku=level.fnsku,
        title=level.title,
        condition="NewItem",
        total=level.total,
        fulfillable=level.fulfillable,
        inbound=level.inbound_working + level.inbound_shipped + level.inbound_receiving,
        reserved=level.reserved,
        unfulfillable=level.unfulfillable,
        researching=level.researching,
        updated_at=level.last_updated,
    )


def orders_in_store(seller: Seller) -> list[Order]:
    return sorted(map(as_told, STORE.orders(seller.id, START)), key=lambda order: order.order_id)


def stock_in_store(seller: Seller, marketplace_id: str) -> list[StockLevel]:
    return [in_store(level) for level in STORE.stock(seller.id, marketplace_id, START)]


def by_id(orders: list[Order]) -> list[Order]:
    return sorted(orders, key=lambda order: order.order_id)


@pytest.mark.parametrize("seller", CONFIG.sellers, ids=lambda seller: seller.region)
def test_every_marketplace_of_a_seller_arrives(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller
) -> None:
    bench = Bench(amazon, outbound, seller)

    rows = AmazonSellers(bench.gateway).participations(bench.connection, Patience.INTERACTIVE)

    assert tuple(row.marketplace_id for row in rows if row.participating) == seller.marketplace_ids


@pytest.mark.parametrize("seller", CONFIG.sellers, ids=lambda seller: seller.region)
def test_every_order_arrives_exactly_as_the_store_has_it(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller
) -> None:
    orders = all_orders(Bench(amazon, outbound, seller))

    assert len(orders) > 200
    assert by_id(orders) == orders_in_store(seller)


@pytest.mark.parametrize(
    ("seller", "marketplace_id"),
    [(seller, marketplace_id) for seller in (NA, FE) for marketplace_id in seller.marketplace_ids]
    + [(EU, EU.marketplace_ids[0])],
    ids=lambda value: value if isinstance(value, str) else value.region,
)
def test_all_stock_arrives_exactly_as_the_store_has_it(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller, marketplace_id: str
) -> None:
    levels = all_stock(Bench(amazon, outbound, seller), marketplace_id)

    assert len(levels) > 50
    assert levels == stock_in_store(seller, marketplace_id)


def test_the_estimate_counts_the_marketplaces_orders_of_the_window(
    amazon: SimulatorServer, outbound: Outbound
) -> None:
    bench = Bench(amazon, outbound, NA)
    window = OrderWindow(START - timedelta(days=10), BEFORE, NA.marketplace_ids)

    estimate = AmazonOrders(bench.gateway).estimate(bench.connection, window)

    placed = [order for order in orders_in_store(NA) if order.created_at >= window.after]
    counted = [order for order in placed if order.status != "CANCELLED" and order.marketplace_id is not None]
    assert estimate == len(counted) > 0


def test_all_of_it_takes_one_access_token(amazon: SimulatorServer, outbound: Outbound) -> None:
    bench = Bench(amazon, outbound, NA)

    all_orders(bench)
    all_stock(bench, NA.marketplace_ids[0])

    assert amazon.simulator.reception.calls.as_json()["calls"]["lwa.refresh_token"] == 1


@pytest.mark.parametrize("kind", PASSING)
def test_orders_are_complete_although_a_page_in_the_middle_is_struck(
    amazon: SimulatorServer, outbound: Outbound, kind: str
) -> None:
    bench = Bench(amazon, outbound, NA)
    strike(amazon, "searchOrders", kind, after=1)

    orders = all_orders(bench)

    assert by_id(orders) == orders_in_store(NA)
    assert [line.attempt for line in bench.log.lines][:3] == [1, 1, 2]


@pytest.mark.parametrize("kind", PASSING)
def test_stock_is_complete_although_a_page_in_the_middle_is_struck(
    amazon: SimulatorServer, outbound: Outbound, kind: str
) -> None:
    bench, marketplace_id = Bench(amazon, outbound, NA), NA.marketplace_ids[0]
    strike(amazon, "getInventorySummaries", kind, after=1)

    levels = all_stock(bench, marketplace_id)

    assert levels == stock_in_store(NA, marketplace_id)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("html_502", UpstreamFailed),
        ("html_503", UpstreamFailed),
        ("500", UpstreamFailed),
        ("empty_200", UpstreamFailed),
        ("not_json", UpstreamFailed),
        ("truncated", UpstreamFailed),
        ("drop_connection", UpstreamFailed),
        ("wrong_content_type", UpstreamFailed),
        ("shape", WrongAnswer),
        ("token_expired", UpstreamFailed),
        ("token_revoked", ReauthorizationRequired),
        ("secret_expired", NotConfigured),
        ("missing_role", AccessDenied),
        ("400", StalePage),
        ("429", UsagePlanEmpty),
    ],
)
def test_trouble_that_does_not_pass_has_its_name_and_ends_the_listing(
    amazon: SimulatorServer, outbound: Outbound, kind: str, error: type[PortsideError]
) -> None:
    bench = Bench(amazon, outbound, NA)
    strike(amazon, "searchOrders", kind, after=1, times=None)

    with pytest.raises(error) as caught:
        all_orders(bench)

    assert type(caught.value) is error
    assert len(bench.log.lines) <= 1 + ATTEMPTS


@pytest.mark.parametrize("operation", ["searchOrders", "lwa.refresh_token"])
def test_silence_is_given_up_within_the_time_limit(
    amazon: SimulatorServer, hasty: Outbound, operation: str
) -> None:
    bench = Bench(amazon, hasty, NA)
    strike(amazon, operation, "hang", times=None)
    began = time.monotonic()

    with pytest.raises(UpstreamTimedOut):
        all_orders(bench)

    assert time.monotonic() - began < ATTEMPTS * 2 * hasty.timeout_seconds


def test_a_silent_page_in_the_middle_is_asked_for_again(amazon: SimulatorServer) -> None:
    outbound = Outbound.with_pool(timeout_seconds=2.0, pool_size=2)
    bench = Bench(amazon, outbound, NA)
    strike(amazon, "searchOrders", "hang", after=1)

    orders = all_orders(bench)

    outbound.adapter.close()
    assert by_id(orders) == orders_in_store(NA)
    assert [line.outcome for line in bench.log.lines][:3] == [200, "UpstreamTimedOut", 200]


def test_a_page_token_of_another_window_is_stale(amazon: SimulatorServer, outbound: Outbound) -> None:
    bench = Bench(amazon, outbound, NA)
    feed = AmazonOrders(bench.gateway)
    window = OrderWindow(START - timedelta(days=60), BEFORE, NA.marketplace_ids)
    token = feed.page(bench.connection, window, None).next_token

    other = OrderWindow(START - timedelta(days=30), BEFORE, NA.marketplace_ids)
    with pytest.raises(StalePage):
        feed.page(bench.connection, other, token)


def test_a_seller_who_withdrew_has_to_consent_again(amazon: SimulatorServer, outbound: Outbound) -> None:
    bench = Bench(amazon, outbound, FE)
    amazon.simulator.endpoint.revocations.revoke(FE.id)

    with pytest.raises(ReauthorizationRequired):
        all_orders(bench)

    assert bench.log.lines == []
    amazon.simulator.endpoint.revocations.restore(FE.id)


@pytest.mark.parametrize("seller", [NA, EU, FE])
def test_a_lent_token_tells_where_its_seller_sells_in_the_sellers_own_region_only(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller
) -> None:
    bench = Bench(amazon, outbound, seller)
    token = bench.tokens.for_connection(bench.connection.id)
    unkept = replace(bench.connection, id=ConnectionId(uuid4()))

    told = {}
    for region in SELLING_REGIONS:
        try:
            rows = AmazonSellers(bench.gateway).participations_with(token, replace(unkept, region=region))
            told[region.value] = {row.marketplace_id for row in rows}
        except (AccessDenied, ReauthorizationRequired, UpstreamRefused):
            continue

    assert told.keys() == {seller.region}
    assert set(seller.marketplace_ids) <= told[seller.region]


def test_a_lent_token_that_amazon_refuses_is_refused_for_good(
    amazon: SimulatorServer, outbound: Outbound
) -> None:
    bench = Bench(amazon, outbound, NA)
    token = bench.tokens.for_connection(bench.connection.id)
    strike(amazon, "getMarketplaceParticipations", "token_revoked", times=None)

    with pytest.raises(ReauthorizationRequired):
        AmazonSellers(bench.gateway).participations_with(token, bench.connection)

    assert bench.tokens.for_connection(bench.connection.id) == token
