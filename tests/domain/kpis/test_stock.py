"""The list of the stock as its desk hands it out."""

from datetime import timedelta

import pytest

from domain.connections.model import Connection
from domain.errors import InvalidInput, NotConnected, NotFound
from domain.inventory.cover import PointSource
from domain.kpis.stock import Stock
from domain.kpis.stock_items import StockOrder, StockQuestion
from domain.orders.counting import book
from domain.users.model import Visitor
from tests.fakes.clock import HeldClock
from tests.fakes.memory_figures import MemoryOverview
from tests.fakes.memory_stock_figures import MemoryStockFigures
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import JP, NOW, US, a_connection, a_level, a_user, an_item, an_order, connected

HERE = Visitor("127.0.0.1")


class Bench:
    """One seller's stock."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.user = a_user()
        self.stock = Stock(
            work=lambda: MemoryWork(self.store),
            figures=MemoryStockFigures(self.store),
            overview=MemoryOverview(self.store),
            clock=HeldClock(NOW),
        )

    def connect(self, *marketplace_ids: str) -> Connection:
        connection = a_connection(self.user, *marketplace_ids)
        connected(self.store, self.user, connection)
        return connection

    def keep(self, connection: Connection, *skus: str, marketplace_id: str = US) -> None:
        with MemoryWork(self.store) as work:
            levels = [a_level(sku) for sku in skus]
            work.stock.save_page(connection.id, marketplace_id, levels, "pass-1", NOW)
            work.commit()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 8])
def test_all_items_come_in_pieces_each_of_them_once(bench: Bench, at_once: int) -> None:
    bench.keep(bench.connect(), *"ABCDEFG")

    pieces = list(bench.stock.all(bench.user.id, StockQuestion(order=StockOrder.COVER), at_once))

    assert [item.sku for piece in pieces for item in piece] == list("ABCDEFG")
    assert max(map(len, pieces)) <= at_once


def test_the_demands_last_day_is_today_in_the_marketplace_that_is_asked_for(bench: Bench) -> None:
    connection = bench.connect(US, JP)
    bench.keep(connection, "A", marketplace_id=JP)
    after_midnight = an_order(
        "O-1", an_item("A", 3), marketplace_id=JP, created_at=NOW + timedelta(hours=4)
    )  # tomorrow in Tokyo, today in Los Angeles
    with MemoryWork(bench.store) as work:
        work.orders.save_page(connection.id, [book(after_midnight, US)])
        work.commit()

    at_home = bench.stock.page(bench.user.id, StockQuestion(), None, 10).items
    in_tokyo = bench.stock.page(bench.user.id, StockQuestion(JP), None, 10).items

    assert [item.sold for item in (*at_home, *in_tokyo)] == [0, 0]
    bench.stock.clock.advance(timedelta(hours=4))  # type: ignore[attr-defined] # it is held
    assert [item.sold for item in bench.stock.page(bench.user.id, StockQuestion(JP), None, 10).items] == [3]


def test_setting_a_point_changes_the_users_figures(bench: Bench) -> None:
    bench.keep(bench.connect(), "A", "B")
    before = bench.store.tables.figures_versions.get(bench.user.id, 0)

    [item] = bench.stock.set_reorder_point(bench.user, HERE, StockQuestion(sku="A"), 7)

    assert (item.sku, item.reorder_point, item.point_source) == ("A", 7, PointSource.OWN)
    assert bench.stock.of_sku(bench.user.id, StockQuestion(sku="A")) == [item]
    assert bench.store.tables.figures_versions[bench.user.id] > before


@pytest.mark.parametrize("point", [-1, 1_000_001])
def test_a_point_that_can_not_be_is_refused(bench: Bench, point: int) -> None:
    bench.keep(bench.connect(), "A")

    with pytest.raises(InvalidInput):
        bench.stock.set_reorder_point(bench.user, HERE, StockQuestion(sku="A"), point)


def test_without_a_seller_there_is_neither_a_list_nor_a_sku(bench: Bench) -> None:
    with pytest.raises(NotConnected):
        bench.stock.page(bench.user.id, StockQuestion(), None, 10)
    with pytest.raises(NotFound):
        bench.stock.of_sku(bench.user.id, StockQuestion(sku="A"))
