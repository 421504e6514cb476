"""The figures of each screen, on stored data alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.channels.limits import HistoryLimits
from domain.connections.model import Connection, ConnectionStatus
from domain.errors import InvalidInput, NotConnected
from domain.inventory.model import StockLevel
from domain.kpis.dashboards import Dashboards, OrdersQuestion
from domain.kpis.model import Freshness, StockTotals, Volume
from domain.kpis.performance import Performance
from domain.kpis.periods import Period
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import Order
from tests.fakes.clock import HeldClock
from tests.fakes.memory_ads_figures import MemoryAdvertisingFigures
from tests.fakes.memory_completeness import MemoryCompleteness
from tests.fakes.memory_figures import MemoryOverview, MemorySalesFigures
from tests.fakes.memory_stock_figures import MemoryStockFigures
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import (
    DE,
    JP,
    NOW,
    UK,
    US,
    a_connection,
    a_level,
    a_user,
    an_item,
    an_order,
    connected,
)

TODAY = date(2026, 3, 4)


class Bench:
    """One user's screens."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock(NOW)
        self.user = a_user()
        self.dashboards = Dashboards(
            sales=MemorySalesFigures(self.store),
            stock=MemoryStockFigures(self.store),
            overview=MemoryOverview(self.store),
            completeness=MemoryCompleteness(self.store),
            performance=Performance(
                lambda: MemoryWork(self.store, reading=True), MemoryAdvertisingFigures(self.store), self.clock
            ),
            clock=self.clock,
            limits=HistoryLimits({}),
        )

    def connect(self, *marketplace_ids: str) -> Connection:
        connection = a_connection(self.user, *marketplace_ids)
        connected(self.store, self.user, connection)
        return connection

    def sell(self, connection: Connection, *orders: Order) -> None:
        with MemoryWork(self.store) as work:
            work.orders.save_page(connection.id, [book(order, connection.marketplace_id) for order in orders])
            work.commit()

    def store_stock(self, connection: Connection, marketplace_id: str, *levels: StockLevel) -> None:
        with MemoryWork(self.store) as work:
            work.stock.save_page(connection.id, marketplace_id, levels, "pass-1", NOW)
            work.commit()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def sold(number: int, day: int, minor: int = 1000, currency: str = "USD", marketplace_id: str = US) -> Order:
    """An order so many days before NOW."""
    return an_order(
        f"O-{number}",
        an_item(),
        marketplace_id=marketplace_id,
        created_at=NOW - timedelta(days=day),
        total=Money(minor, currency),
    )


# Setup


def test_before_anything_is_connected_there_is_nothing(bench: Bench) -> None:
    screen = bench.dashboards.setup(bench.user.id)

    assert [(each.connections, each.volume) for each in screen.channels] == 3 * [([], Volume(0, 0))]
    assert screen.freshness == Freshness(None, None)


def test_the_setup_shows_the_connection_and_what_is_here(bench: Bench) -> None:
    connection = bench.connect()
    bench.sell(connection, sold(1, 0), sold(2, 0))
    bench.store_stock(connection, US, a_level())

    setup, *_ = bench.dashboards.setup(bench.user.id).channels

    assert setup.connections == [connection]
    assert setup.volume == Volume(listed_skus=1, orders=2)


# Orders


@pytest.mark.parametrize("marketplace_id", [None, US])
def test_without_a_connection_there_are_no_figures(bench: Bench, marketplace_id: str | None) -> None:
    with pytest.raises(NotConnected):
        bench.dashboards.orders(bench.user.id, OrdersQuestion(marketplace_id=marketplace_id))
    with pytest.raises(NotConnected):
        bench.dashboards.inventory(bench.user.id, marketplace_id)


def test_the_last_thirty_days_stand_beside_the_thirty_before(bench: Bench) -> None:
    connection = bench.connect()
    bench.sell(connection, sold(1, 0, 500), sold(2, 29, 300), sold(3, 30, 70), sold(4, 59, 7), sold(5, 60, 1))

    screen = bench.dashboards.orders(bench.user.id, OrdersQuestion())

    assert screen.span == Period(date(2026, 2, 3), TODAY)
    assert screen.previous_span == Period(date(2026, 1, 4), date(2026, 2, 2))
    assert (screen.current.revenue.minor, screen.previous.revenue.minor) == (800, 77)
    assert (screen.current.orders, screen.current.average.minor) == (2, 400)
    assert len(screen.series) == 30


def test_today_is_the_home_marketplaces_day(bench: Bench) -> None:
    bench.connect(JP)
    bench.clock.set(datetime(2026, 3, 4, 20, 0, tzinfo=UTC))

    screen = bench.dashboards.orders(bench.user.id, OrdersQuestion())

    assert screen.span.last == date(2026, 3, 5)
    assert screen.current.revenue == Money(0, "JPY")


def test_the_currency_is_that_of_the_marketplace_in_question(bench: Bench) -> None:
    connection = bench.connect(UK, DE)
    bench.sell(connection, sold(1, 0, 100, "GBP", UK), sold(2, 0, 30, "EUR", DE))

    home = bench.dashboards.orders(bench.user.id, OrdersQuestion())
    german = bench.dashboards.orders(bench.user.id, OrdersQuestion(marketplace_id=DE))
    asked = bench.dashboards.orders(bench.user.id, OrdersQuestion(currency="EUR"))

    assert home.current.revenue == Money(100, "GBP")
    assert german.current.revenue == asked.current.revenue == Money(30, "EUR")


def test_all_currencies_are_shown_beside_the_chosen_one(bench: Bench) -> None:
    connection = bench.connect(UK, DE)
    bench.sell(connection, sold(1, 0, 100, "GBP", UK), sold(2, 0, 30, "EUR", DE))

    screen = bench.dashboards.orders(bench.user.id, OrdersQuestion())

    assert [each.revenue for each in screen.by_currency] == [Money(30, "EUR"), Money(100, "GBP")]
    assert sum(point.revenue.minor for point in screen.series) == 100


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (OrdersQuestion(currency="XXX"), "currency"),
        (OrdersQuestion(currency="usd"), "currency"),
        (OrdersQuestion(currency=""), "currency"),
        (OrdersQuestion(marketplace_id="NOWHERE"), "marketplaceId"),
        (OrdersQuestion(marketplace_id=""), "marketplaceId"),
        (OrdersQuestion(first=TODAY, last=date(2026, 3, 3)), "from"),
        (OrdersQuestion(last=date.min), "to"),
    ],
)
def test_a_question_that_cannot_be_names_the_field(
    bench: Bench, question: OrdersQuestion, field: str
) -> None:
    bench.connect()

    with pytest.raises(InvalidInput) as caught:
        bench.dashboards.orders(bench.user.id, question)

    assert list(caught.value.fields) == [field]


def test_a_seller_who_has_left_still_sees_the_figures(bench: Bench) -> None:
    connection = a_connection(bench.user, status=ConnectionStatus.DISCONNECTED)
    connected(bench.store, bench.user, connection)
    bench.sell(connection, sold(1, 0))

    assert bench.dashboards.orders(bench.user.id, OrdersQuestion()).current.orders == 1


def test_nobody_sees_another_users_figures(bench: Bench) -> None:
    bench.connect()
    stranger = a_user("eve@example.com")
    theirs = a_connection(stranger)
    connected(bench.store, stranger, theirs)
    bench.sell(theirs, sold(1, 0))
    bench.store_stock(theirs, US, a_level())

    assert bench.dashboards.orders(bench.user.id, OrdersQuestion()).current.orders == 0
    assert bench.dashboards.inventory(bench.user.id, None).totals == StockTotals(0, 0, 0, 0)


def test_figures_say_how_fresh_they_are(bench: Bench) -> None:
    bench.connect()

    orders = bench.dashboards.orders(bench.user.id, OrdersQuestion())
    assert orders.freshness == Freshness(None, None, lacks="Its orders have not been read yet.")


# Inventory


def test_stock_is_judged_by_the_demand_of_thirty_days(bench: Bench) -> None:
    connection = bench.connect()
    bench.store_stock(connection, US, a_level("SKU-1", 12), a_level("SKU-2", 0), a_level("SKU-3", 500))
    many = an_order("O-1", an_item("SKU-1", 30), created_at=NOW - timedelta(days=29))
    long_ago = an_order("O-2", an_item("SKU-3", 10_000), created_at=NOW - timedelta(days=30))
    bench.sell(connection, many, long_ago)

    assert bench.dashboards.inventory(bench.user.id, None).totals == StockTotals(3, 512, 1, 1)


def test_one_marketplaces_stock_can_be_asked_for_alone(bench: Bench) -> None:
    connection = bench.connect(UK, DE)
    bench.store_stock(connection, UK, a_level("SKU-1", 20))
    bench.store_stock(connection, DE, a_level("SKU-1", 30))

    assert bench.dashboards.inventory(bench.user.id, DE).totals == StockTotals(1, 30, 0, 0)
    assert bench.dashboards.inventory(bench.user.id, None).totals == StockTotals(2, 50, 0, 0)


def test_an_unknown_marketplace_has_no_stock_to_ask_for(bench: Bench) -> None:
    bench.connect()

    with pytest.raises(InvalidInput):
        bench.dashboards.inventory(bench.user.id, "NOWHERE")
