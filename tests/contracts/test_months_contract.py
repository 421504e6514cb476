"""The last month of each SKU: whose is due, and that no figure depends on whether it is kept."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain.connections.model import Connection, Provider
from domain.inventory.cover import demand_from
from domain.kpis.model import BestSellers
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.kpis.stock_items import StockQuestion
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import CANCELLED
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, connected, registered
from tests.fakes.things import US, a_level, an_item, an_order

DAY = timedelta(days=1)
TODAY = date(2026, 3, 29)
MONTH = Period(demand_from(TODAY), TODAY)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    """A seller with two things in stock."""
    connection = connected(backend, user)
    with backend.work() as work:
        work.stock.save_page(connection.id, US, [a_level("A", 5), a_level("B", 5)], "pass", NOW)
        work.commit()
    return connection


def count(
    backend: Backend, connection: Connection, span: Period = MONTH, ends_at: datetime = NOW + DAY
) -> None:
    with backend.work() as work:
        work.months.count(connection.id, span, ends_at)
        work.commit()


def due(backend: Backend, minutes: int = 0, limit: int = 10) -> list[Connection]:
    with backend.look() as work:
        return list(work.months.due(NOW + minutes * MINUTE, limit))


def sell(
    backend: Backend,
    connection: Connection,
    name: str,
    *,
    days_ago: int = 0,
    quantity: int = 1,
    status: str = "SHIPPED",
    version: int = 0,
) -> None:
    """An order of ``quantity`` A, for 5 dollars."""
    at = NOW - days_ago * DAY
    line = an_item("A", quantity=quantity, total=Money(500, "USD"))
    order = an_order(name, line, created_at=at, updated_at=at + version * MINUTE, status=status)
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order, US)])
        work.commit()


def sold(backend: Backend, user: User, span: Period = MONTH) -> dict[str, int]:
    """The units that tell the demand, by SKU."""
    items = backend.figures().stock.items(user.id, StockQuestion(), span.first, span.last, None, 10)
    return {item.sku: item.sold for item in items}


def best(backend: Backend, user: User, span: Period = MONTH) -> BestSellers:
    return backend.figures().sales.best_sellers(user.id, "amazon", span, ProductQuestion("USD", 10))()


def units(backend: Backend, user: User, span: Period = MONTH) -> dict[str | None, tuple[int, int, int]]:
    return {row.sku: (row.orders, row.units, row.revenue_minor) for row in best(backend, user, span).rows}


def test_a_seller_is_due_until_its_month_is_counted_and_again_when_it_is_over(
    backend: Backend, connection: Connection
) -> None:
    assert due(backend) == [connection]

    count(backend, connection, ends_at=NOW + 5 * MINUTE)

    assert due(backend) == due(backend, minutes=4) == []
    assert due(backend, minutes=5) == [connection]


def test_new_sellers_come_first_and_then_those_whose_month_has_been_over_for_longest(
    backend: Backend, user: User, connection: Connection
) -> None:
    longer, new = (connected(backend, user, name) for name in ("SELLER2", "SELLER3"))
    count(backend, connection, ends_at=NOW)
    count(backend, longer, ends_at=NOW - MINUTE)

    assert due(backend) == [new, longer, connection]
    assert due(backend, limit=2) == [new, longer]


def test_stores_and_what_is_being_erased_have_no_month(
    backend: Backend, user: User, connection: Connection
) -> None:
    connected(backend, user, "a-shop", provider=Provider.SHOPIFY)
    with backend.work() as work:
        work.connections.save(replace(connection, erasing_at=NOW))
        work.commit()

    count(backend, connection)

    assert due(backend) == []


def test_orders_that_were_there_and_those_that_come_later_are_in_the_month(
    backend: Backend, user: User, connection: Connection
) -> None:
    sell(backend, connection, "O-1", days_ago=29, quantity=2)
    sell(backend, connection, "O-2", days_ago=30, quantity=4)
    count(backend, connection)
    sell(backend, connection, "O-3", quantity=8)
    sell(backend, connection, "O-4", days_ago=31, quantity=16)

    assert sold(backend, user) == {"A": 10, "B": 0}
    assert units(backend, user) == {"A": (2, 10, 1000)}


def test_an_order_that_changes_or_is_cancelled_changes_the_month(
    backend: Backend, user: User, connection: Connection
) -> None:
    sell(backend, connection, "O-1", quantity=2)
    sell(backend, connection, "O-2", quantity=4)
    count(backend, connection)

    sell(backend, connection, "O-1", quantity=1, version=1)
    sell(backend, connection, "O-2", quantity=4, version=1, status=CANCELLED)

    assert sold(backend, user) == {"A": 1, "B": 0}
    assert units(backend, user) == {"A": (1, 1, 500)}


def test_what_is_cancelled_altogether_is_in_no_list_of_best_sellers(
    backend: Backend, user: User, connection: Connection
) -> None:
    sell(backend, connection, "O-1", quantity=2)
    count(backend, connection)

    sell(backend, connection, "O-1", quantity=2, version=1, status=CANCELLED)

    assert best(backend, user) == BestSellers((), 0, 0)


def test_other_days_than_those_of_the_month_are_read_as_ever(
    backend: Backend, user: User, connection: Connection
) -> None:
    sell(backend, connection, "O-1", days_ago=30, quantity=2)
    sell(backend, connection, "O-2", days_ago=1, quantity=4)
    count(backend, connection)
    day_before = Period(MONTH.first - DAY, MONTH.last - DAY)

    assert sold(backend, user, day_before) == {"A": 6, "B": 0}
    assert units(backend, user, day_before) == {"A": (2, 6, 1000)}
    assert units(backend, user, Period(TODAY - 2 * DAY, TODAY)) == {"A": (1, 4, 500)}


def test_the_next_month_takes_the_place_of_the_one_before(
    backend: Backend, user: User, connection: Connection
) -> None:
    tomorrow = Period(MONTH.first + DAY, MONTH.last + DAY)
    sell(backend, connection, "O-1", days_ago=29, quantity=2)
    sell(backend, connection, "O-2", days_ago=28, quantity=4)
    sell(backend, connection, "O-3", days_ago=-1, quantity=8)
    count(backend, connection)

    assert sold(backend, user)["A"] == 6
    count(backend, connection, tomorrow)

    assert sold(backend, user, tomorrow)["A"] == 12
    assert sold(backend, user)["A"] == 6
    assert units(backend, user, tomorrow) == {"A": (2, 12, 1000)}


def test_of_two_sellers_the_one_may_have_a_month_and_the_other_none(
    backend: Backend, user: User, connection: Connection
) -> None:
    other = connected(backend, user, "SELLER2")
    with backend.work() as work:
        work.stock.save_page(other.id, US, [a_level("A", 5)], "pass", NOW)
        work.commit()
    for seller in (connection, other):
        sell(backend, seller, "O-1", quantity=2)
    count(backend, connection)
    for seller in (connection, other):
        sell(backend, seller, "O-2", quantity=3)

    items = backend.figures().stock.items(user.id, StockQuestion(), MONTH.first, MONTH.last, None, 10)

    assert sorted((item.sku, item.sold) for item in items) == [("A", 5), ("A", 5), ("B", 0)]
    assert units(backend, user) == {"A": (4, 10, 2000)}


def test_a_month_goes_with_its_connection(backend: Backend, user: User, connection: Connection) -> None:
    sell(backend, connection, "O-1")
    count(backend, connection)
    with backend.work() as work:
        work.connections.save(replace(connection, erasing_at=NOW))
        while work.connections.remove_some(connection.id, 10):
            pass
        work.connections.remove(connection.id)
        work.commit()

    again = connected(backend, user)

    assert due(backend) == [again]
