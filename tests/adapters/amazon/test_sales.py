"""What Amazon counts by days: how it is asked, and that the simulator's answer says what its store holds."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from adapters.amazon.sales import AmazonSalesMetrics
from adapters.http import Outbound
from domain.errors import UpstreamFailed
from domain.gateway.model import Answer
from domain.marketplaces import MARKETPLACES
from entrypoints.simulator.orders import Status
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests.adapters.amazon.bench import CONFIG, START
from tests.adapters.amazon.bench import Bench as SocketBench
from tests.adapters.amazon.samples import sample_bytes
from tests.domain.gateway.bench import CONNECTION, Bench
from tests.fakes.amazon import answer
from tests.fakes.things import US

FIRST, LAST = date(2026, 3, 7), date(2026, 3, 8)
#: Its clocks go forward at midnight: 24 April 2026 begins at one o'clock.
EGYPT = "ARBP9OOSHTCHU"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(CONFIG) as running:
        yield running


def test_a_marketplaces_days_are_asked_for_in_its_zone_with_the_offsets_at_both_ends() -> None:
    body = sample_bytes("get_order_metrics", "by_day")
    bench = Bench(Answer(200, {"content-type": "application/json"}, body))

    AmazonSalesMetrics(bench.gateway).daily(CONNECTION, US, FIRST, LAST)

    ((_region, call, _token),) = bench.wire.sent
    assert call.operation.name == "getOrderMetrics"
    assert call.query == {
        "marketplaceIds": US,
        "interval": "2026-03-07T00:00:00-08:00--2026-03-09T00:00:00-07:00",
        "granularity": "Day",
        "granularityTimeZone": "America/Los_Angeles",
    }


def test_a_day_that_begins_at_one_is_asked_for_from_one_on() -> None:
    bench = Bench(answer(200, {"payload": []}))

    with pytest.raises(UpstreamFailed):
        AmazonSalesMetrics(bench.gateway).daily(CONNECTION, EGYPT, date(2026, 4, 24), date(2026, 4, 24))

    call = bench.wire.sent[0][1]
    assert call.query["interval"] == "2026-04-24T01:00:00+03:00--2026-04-25T00:00:00+03:00"


def test_the_simulators_count_of_each_day_is_what_its_store_holds(
    server: SimulatorServer, outbound: Outbound
) -> None:
    seller = CONFIG.sellers[0]
    bench, marketplace = SocketBench(server, outbound, seller), MARKETPLACES[seller.marketplace_ids[0]]
    last = marketplace.day_of(START) - timedelta(days=1)
    first = last - timedelta(days=29)

    found = AmazonSalesMetrics(bench.gateway).daily(bench.connection, marketplace.id, first, last)

    for count in found:
        begin, end = marketplace.begin_of(count.day), marketplace.begin_of(count.day + timedelta(days=1))
        assert (count.orders, count.units) == _stored(seller.id, marketplace.id, begin, end)
    assert sum(count.orders for count in found) > 100
    assert all(count.goods_minor > 0 for count in found)
    assert [line.operation for line in bench.log.lines] == ["getOrderMetrics"]


def _stored(seller_id: str, marketplace_id: str, begin: datetime, end: datetime) -> tuple[int, int]:
    store = Store(CONFIG)
    now_ms = int(START.timestamp() * 1000)
    begin_ms, end_ms = (int(moment.timestamp() * 1000) for moment in (begin, end))
    orders = [
        order
        for order in store.created_between(seller_id, begin_ms, end_ms - 1, now_ms)
        if order.marketplace_id == marketplace_id and order.status is not Status.CANCELLED
    ]
    return len(orders), sum(line.quantity for order in orders for line in order.lines)
