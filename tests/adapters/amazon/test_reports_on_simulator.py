"""A report's whole way over real sockets: asked for, followed, fetched and read; what is read is what the store holds."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from adapters.amazon.addresses import AmazonAddresses
from adapters.amazon.reports import AmazonReports
from adapters.amazon.wire.order_report import FlatFileOrders
from adapters.http import Outbound
from adapters.memory.buckets import MemoryBuckets
from domain.errors import AccessDenied, NotFound, UpstreamFailed, UpstreamRefused
from domain.money import Money
from domain.orders.model import Order, OrderItem, Source
from domain.reports.model import ORDERS_BY_DATE, Look, ReportRequest, Stage
from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests.adapters.amazon.bench import CONFIG, START, Bench

#: Everything that ever happened: the data ends before the window does.
END = START - timedelta(minutes=5)
BEGIN = END - timedelta(days=30)
NA, EU, FE = CONFIG.sellers
STORE = Store(CONFIG)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(replace(CONFIG, report_seconds=0.1)) as running:
        yield running


@pytest.fixture
def amazon(server: SimulatorServer) -> Iterator[SimulatorServer]:
    """Documents as they usually come, and no trouble left over."""
    server.simulator.reception.calls.reset()
    server.simulator.api.buckets.refill()
    yield server
    control(server, "documents", compression="GZIP", charset=None, names_charset=True, url_seconds=300)
    server.simulator.reception.faults.clear()


class Desk:
    """One seller's reports."""

    def __init__(self, amazon: SimulatorServer, outbound: Outbound, seller: Seller = NA) -> None:
        self.bench = Bench(amazon, outbound, seller)
        self.connection = self.bench.connection
        self.addresses = AmazonAddresses(sp_api_url=f"{amazon.base_url}/{{region}}")
        self.channel = AmazonReports(self.bench.gateway, outbound, self.addresses)
        self.request = ReportRequest(ORDERS_BY_DATE, seller.marketplace_ids, BEGIN, END)

    def followed(self, amazon_id: str) -> Look:
        deadline = time.monotonic() + 20
        while not (look := self.channel.look(self.connection, amazon_id)).stage.is_over:
            assert time.monotonic() < deadline, f"the report is still {look.stage}"
            time.sleep(0.02)
        return look

    def made(self) -> Look:
        return self.followed(self.channel.create(self.connection, self.request))

    def text(self, look: Look) -> str:
        assert look.document_id is not None
        with self.channel.document(self.connection, look.document_id, self.request) as document:
            assert document.media == "text/tab-separated-values"
            return b"".join(document.parts).decode()

    def orders(self) -> list[Order]:
        header, *lines = self.text(self.made()).removesuffix("\n").split("\n")
        found = list(FlatFileOrders().orders(header, lines))
        assert sum(taken for _order, taken in found) == len(lines)
        return sorted((order for order, _taken in found), key=lambda order: order.order_id)


def control(amazon: SimulatorServer, name: str, **body: object) -> None:
    answer = requests.post(f"{amazon.base_url}/simulator/reports/{name}", json=body, timeout=20)
    assert answer.ok, answer.text


def in_store(seller: Seller) -> list[Order]:
    """The store's own orders as a report can tell them."""
    placed = (order for order in STORE.orders(seller.id, START) if BEGIN <= order.created_at < END)
    return sorted(map(as_reported, placed), key=lambda order: order.order_id)


def as_reported(order: StoreOrder) -> Order:
    items, seen = [], dict[str, int]()
    for line in order.lines:
        seen[line.sku] = seen.get(line.sku, 0) + 1
        total = None if line.amounts is None else Money(line.amounts.total, order.currency)
        goods = None if line.amounts is None else Money(line.amounts.item, order.currency)
        name = f"{line.sku}#{seen[line.sku]}"
        items.append(OrderItem(name, line.sku, line.asin, line.title, line.quantity, total, goods))
    return Order(
        order_id=order.id,
        marketplace_id=order.marketplace_id,
        created_at=order.created_at.replace(microsecond=0),
        updated_at=order.updated_at.replace(microsecond=0),
        status=order.status.value.removesuffix("_AVAILABILITY"),  # reports have one word for both
        fulfilled_by=order.fulfilled_by,
        total=None if order.grand_total_minor is None else Money(order.grand_total_minor, order.currency),
        items=tuple(items),
        source=Source.REPORT,
    )


@pytest.mark.parametrize("seller", CONFIG.sellers, ids=lambda seller: seller.region)
def test_every_order_is_read_exactly_as_the_store_has_it(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller
) -> None:
    """America in UTF-8, Europe in Cp1252, Japan in Shift_JIS."""
    found = Desk(amazon, outbound, seller).orders()

    assert len(found) > 150
    assert found == in_store(seller)


@pytest.mark.parametrize("compression", ["plain", "claimed", "GZIP"])
@pytest.mark.parametrize("seller", [EU, FE], ids=lambda seller: seller.region)
def test_nor_does_it_matter_how_the_document_is_packed_and_whether_its_characters_are_named(
    amazon: SimulatorServer, outbound: Outbound, seller: Seller, compression: str
) -> None:
    control(amazon, "documents", compression=compression, names_charset=False)

    assert Desk(amazon, outbound, seller).orders() == in_store(seller)


def test_nothing_of_a_buyer_is_in_what_is_read(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)

    header = desk.text(desk.made()).partition("\n")[0]

    assert "ship-service-level" in header
    assert not {"ship-city", "ship-state", "ship-postal-code", "ship-country"} & set(header.split("\t"))


def test_one_report_is_asked_for_once_and_found_again(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)
    look = desk.made()

    found = desk.channel.recent(desk.connection, ORDERS_BY_DATE, START - timedelta(hours=1))

    assert amazon.simulator.reception.calls.as_json()["calls"]["createReport"] == 1
    assert look in found
    assert look.request == desk.request
    assert [each.created_at for each in found] == sorted((each.created_at for each in found), reverse=True)


def test_all_pages_of_a_long_list_are_found(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound, FE)
    made = set[str]()
    for _ in range(102):
        amazon.simulator.api.buckets.refill()
        full = AmazonReports(replace(desk.bench.gateway, buckets=MemoryBuckets()), outbound, desk.addresses)
        made.add(full.create(desk.connection, desk.request))

    found = desk.channel.recent(desk.connection, ORDERS_BY_DATE, START - timedelta(hours=1))

    assert made <= {look.amazon_id for look in found}
    assert amazon.simulator.reception.calls.as_json()["calls"]["getReports"] >= 2


def test_a_report_of_nothing_ends_as_cancelled(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)
    desk.request = replace(desk.request, start=END, end=END + timedelta(seconds=30))

    look = desk.made()

    assert (look.stage, look.document_id) == (Stage.CANCELLED, None)


def test_a_report_that_failed_explains_itself(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)
    control(amazon, "fate", fate="FATAL")

    look = desk.made()

    assert look.stage is Stage.FATAL
    assert desk.channel.explanation(desk.connection, look.document_id or "") == (
        "The report could not be generated."
    )


def test_a_report_that_nobody_made_is_not_found(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)

    with pytest.raises(NotFound):
        desk.channel.look(desk.connection, "12345")


def test_a_type_that_amazon_does_not_make_is_refused(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)

    with pytest.raises(UpstreamRefused):
        desk.channel.create(desk.connection, ReportRequest("GET_DREAMS", NA.marketplace_ids, BEGIN, END))


def test_reports_about_buyers_are_denied(amazon: SimulatorServer, outbound: Outbound) -> None:
    desk = Desk(amazon, outbound)
    about_buyers = ReportRequest("GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING", NA.marketplace_ids, BEGIN, END)

    with pytest.raises(AccessDenied):
        desk.channel.create(desk.connection, about_buyers)


def test_addresses_that_expire_at_once_are_asked_for_again_and_then_given_up(
    amazon: SimulatorServer, outbound: Outbound
) -> None:
    desk = Desk(amazon, outbound)
    look = desk.made()
    control(amazon, "documents", url_seconds=0)

    with pytest.raises(UpstreamFailed, match="expired"):
        desk.text(look)

    assert amazon.simulator.reception.calls.as_json()["calls"]["getReportDocument"] == 3
    control(amazon, "documents", url_seconds=300)
    assert desk.text(look)


@pytest.mark.parametrize("kind", ["truncated", "drop_connection", "html_503", "500"])
def test_a_document_that_is_struck_is_a_failure_and_whole_the_next_time(
    amazon: SimulatorServer, outbound: Outbound, kind: str
) -> None:
    desk = Desk(amazon, outbound)
    look = desk.made()
    trouble = {"operation": "reportDocument", "kind": kind}
    requests.post(f"{amazon.base_url}/simulator/faults", json=trouble, timeout=20).raise_for_status()

    with pytest.raises(UpstreamFailed):
        desk.text(look)

    assert desk.text(look).count("\n") > 150
