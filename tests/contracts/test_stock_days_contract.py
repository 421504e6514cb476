"""What the stock came to on each day, kept as it is counted, and told beside the stock as it is."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from domain.connections.model import Connection, Provider
from domain.inventory.cover import demand_from
from domain.inventory.model import StockLevel
from domain.kpis.model import StockComparison, StockTotals
from domain.orders.counting import book
from domain.users.model import User
from tests.contracts.backends import Backend
from tests.contracts.samples import MINUTE, NOW, connected, registered
from tests.fakes.things import DE, FR, US, a_level, an_item, an_order

TODAY = date(2026, 3, 29)
DAY = timedelta(days=1)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    return connected(backend, user)


def stock(backend: Backend, connection: Connection, *levels: StockLevel, marketplace_id: str = US) -> None:
    """The whole stock of one marketplace from now on."""
    with backend.work() as work:
        work.stock.save_page(connection.id, marketplace_id, levels, f"pass {levels}", NOW)
        work.stock.close_pass(connection.id, marketplace_id, f"pass {levels}")
        work.commit()


def keep(backend: Backend, connection: Connection, day: date, counted_at: datetime = NOW) -> None:
    """Count the stock as that of the day."""
    with backend.work() as work:
        work.stock.keep_day(connection.id, connection.user_id, day, demand_from(day), counted_at)
        work.commit()


def compared(backend: Backend, user: User, then: date) -> StockComparison:
    """The stock now, beside that of then."""
    return backend.figures().stock.compared(user.id, demand_from(TODAY), TODAY, then)()


def test_the_stock_of_a_day_stays_as_it_was_counted(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 50, total=60), a_level("B", 3), a_level("C", 0, total=4))
    keep(backend, connection, TODAY - 7 * DAY, NOW - 7 * DAY)
    stock(backend, connection, a_level("A", 5, total=6))

    assert compared(backend, user, TODAY - 7 * DAY) == StockComparison(
        now=StockTotals(skus=1, quantity=6, low=1, out=0),
        then=StockTotals(skus=3, quantity=67, low=1, out=1),
        then_as_of=NOW - 7 * DAY,
    )


def test_what_is_counted_later_on_a_day_takes_the_place_of_what_was(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 50))
    keep(backend, connection, TODAY, NOW - MINUTE)
    stock(backend, connection, a_level("A", 40))
    keep(backend, connection, TODAY)

    found = compared(backend, user, TODAY)

    assert (found.then, found.then_as_of) == (StockTotals(1, 40, 0, 0), NOW)


def test_on_a_day_without_a_count_the_stock_is_that_of_the_latest_count_before_it(
    backend: Backend, user: User, connection: Connection
) -> None:
    for days_ago, left in ((9, 90), (7, 70), (2, 20)):
        stock(backend, connection, a_level("A", left))
        keep(backend, connection, TODAY - days_ago * DAY, NOW - days_ago * DAY)

    found = compared(backend, user, TODAY - 3 * DAY)

    assert (found.then, found.then_as_of) == (StockTotals(1, 70, 0, 0), NOW - 7 * DAY)


def test_before_the_first_count_the_stock_is_not_known(
    backend: Backend, user: User, connection: Connection
) -> None:
    stock(backend, connection, a_level("A", 50))
    keep(backend, connection, TODAY)

    assert compared(backend, user, TODAY - DAY) == StockComparison(StockTotals(1, 50, 0, 0))


def test_the_demand_is_that_of_the_days_until_then(
    backend: Backend, user: User, connection: Connection
) -> None:
    sold = an_order("sold", an_item("A", 60), marketplace_id=US, created_at=NOW - 35 * DAY)
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(sold, US)])
        work.commit()
    stock(backend, connection, a_level("A", 41))
    keep(backend, connection, TODAY - 31 * DAY)

    found = compared(backend, user, TODAY - 31 * DAY)

    assert found.then == StockTotals(1, 41, low=1, out=0)  # 60 units in 30 days: 42 for 21 days
    assert found.now == StockTotals(1, 41, low=0, out=0)


def test_one_stock_behind_several_marketplaces_is_kept_once(
    backend: Backend, user: User, connection: Connection
) -> None:
    for marketplace_id in (DE, FR):
        stock(backend, connection, a_level("A", 50), marketplace_id=marketplace_id)
    keep(backend, connection, TODAY)

    assert compared(backend, user, TODAY).then == StockTotals(1, 50, 0, 0)


def test_several_connections_are_added_up_and_are_as_old_as_the_oldest_count(
    backend: Backend, user: User, connection: Connection
) -> None:
    other = connected(backend, user, "A2SELLER")
    for owner, left, counted_at in ((connection, 50, NOW), (other, 3, NOW - MINUTE)):
        stock(backend, owner, a_level("A", left))
        keep(backend, owner, TODAY, counted_at)

    found = compared(backend, user, TODAY)

    assert (found.then, found.then_as_of) == (StockTotals(2, 53, 1, 0), NOW - MINUTE)


def test_where_one_connection_with_stock_was_not_counted_by_then_nothing_is_known(
    backend: Backend, user: User, connection: Connection
) -> None:
    other = connected(backend, user, "A2SELLER")
    for owner in (connection, other):
        stock(backend, owner, a_level("A", 50))
    keep(backend, connection, TODAY - DAY)
    keep(backend, other, TODAY)

    assert compared(backend, user, TODAY - DAY).then is None
    assert compared(backend, user, TODAY).then == StockTotals(2, 100, 0, 0)


def test_a_connection_that_never_had_any_stock_is_no_hindrance(
    backend: Backend, user: User, connection: Connection
) -> None:
    connected(backend, user, "A2SELLER")
    connected(backend, user, "ads", provider=Provider.AMAZON_ADS)
    stock(backend, connection, a_level("A", 50))
    keep(backend, connection, TODAY)

    assert compared(backend, user, TODAY).then == StockTotals(1, 50, 0, 0)


def test_of_a_connection_without_any_stock_zeros_are_kept(
    backend: Backend, user: User, connection: Connection
) -> None:
    keep(backend, connection, TODAY)

    assert compared(backend, user, TODAY) == StockComparison(
        StockTotals(0, 0, 0, 0), StockTotals(0, 0, 0, 0), NOW
    )


def test_another_users_stock_is_neither_counted_nor_told(
    backend: Backend, user: User, connection: Connection
) -> None:
    stranger = registered(backend)
    theirs = connected(backend, stranger)
    for owner, left in ((connection, 50), (theirs, 7)):
        stock(backend, owner, a_level("A", left))
        keep(backend, owner, TODAY)

    assert compared(backend, user, TODAY).then == StockTotals(1, 50, 0, 0)
    assert compared(backend, stranger, TODAY).then == StockTotals(1, 7, 1, 0)


def test_a_connection_that_is_being_erased_counts_no_more(
    backend: Backend, user: User, connection: Connection
) -> None:
    leaving = connected(backend, user, "A2SELLER")
    for owner in (connection, leaving):
        stock(backend, owner, a_level("A", 50))
        keep(backend, owner, TODAY)
    with backend.work() as work:
        work.connections.save(replace(leaving, erasing_at=NOW))
        work.commit()

    assert compared(backend, user, TODAY).then == StockTotals(1, 50, 0, 0)
