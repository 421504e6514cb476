"""What every book of recounts finds, mends, remembers, and whose turn it says it is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from adapters.sql import tables
from adapters.sql.engine import writing
from domain.connections.model import Connection, ConnectionStatus
from domain.kpis.differences import Comparison, Difference, Sums
from domain.money import Money
from domain.operations.retention import Cutoffs
from domain.orders.counting import book
from domain.sync.model import Resource
from domain.users.model import User
from tests.contracts.backends import Backend, MemoryBackend, SqlBackend
from tests.contracts.samples import MINUTE, NOW, connected, registered, scheduled
from tests.fakes.things import US, an_item, an_order

DAY = timedelta(days=1)
TODAY = date(2026, 3, 29)


@pytest.fixture
def user(backend: Backend) -> User:
    return registered(backend)


@pytest.fixture
def connection(backend: Backend, user: User) -> Connection:
    """Of a seller of two units in one order."""
    connection = connected(backend, user)
    sold(backend, connection)
    return connection


def sold(backend: Backend, connection: Connection) -> None:
    order = an_order("O-1", an_item(quantity=2, total=Money(500, "USD")), created_at=NOW)
    with backend.work() as work:
        work.orders.save_page(connection.id, [book(order, US)])
        work.commit()


def compared(backend: Backend, connection: Connection, limit: int = 10) -> Comparison | None:
    with backend.look() as work:
        return work.recounts.compare(connection.id, limit)


def repaired(backend: Backend, connection: Connection) -> Comparison | None:
    with backend.work() as work:
        found = work.recounts.repair(connection.id, 10)
        work.commit()
    return found


def note(backend: Backend, connection: Connection, minutes: int, orders: int = 1) -> None:
    with backend.work() as work:
        work.recounts.note(connection.id, NOW + minutes * MINUTE, 0, orders)
        work.commit()


def claim(
    backend: Backend, today: date = TODAY, most_connections: int = 10, most_orders: int = 100
) -> object:
    with backend.work() as work:
        chosen = work.recounts.claim(today, most_connections, most_orders)
        work.commit()
    return chosen


COUNTED: Sums = {
    "orders": 1,
    "priced_orders": 1,
    "revenue_minor": 2500,
    "units": 2,
    "unshipped": 0,
    "channel": "amazon",
}


def mislead(backend: Backend, connection: Connection) -> None:
    """Have the one day's revenue be wrong."""
    if isinstance(backend, MemoryBackend):
        wrong = {**COUNTED, "revenue_minor": 1}
        backend.store.tables.misled[connection.id, (US, TODAY, "USD", None, None)] = wrong
    else:
        assert isinstance(backend, SqlBackend)
        sale = tables.daily_sales
        with writing(backend.engine) as database:
            database.execute(
                update(sale).where(sale.c.connection_id == connection.id).values(revenue_minor=1)
            )


def test_sums_that_are_right_do_not_differ(backend: Backend, user: User, connection: Connection) -> None:
    assert compared(backend, connection) == Comparison(connection.id, user.id, 1, None, 0)


def test_a_difference_says_where_it_is_and_both_sums(backend: Backend, connection: Connection) -> None:
    mislead(backend, connection)

    found = compared(backend, connection)

    assert found is not None
    assert (found.total, found.left_behind) == (1, False)
    assert found.differences == (
        Difference(US, TODAY, "USD", None, None, {**COUNTED, "revenue_minor": 1}, COUNTED),
    )


def test_orders_by_status_are_compared_too(backend: Backend, connection: Connection) -> None:
    if isinstance(backend, MemoryBackend):
        place = (US, TODAY, "USD", None, "SHIPPED")
        backend.store.tables.misled[connection.id, place] = {"orders": 2}
    else:
        assert isinstance(backend, SqlBackend)
        with writing(backend.engine) as database:
            database.execute(update(tables.daily_statuses).values(orders=2))

    found, mended = compared(backend, connection), repaired(backend, connection)

    assert found is not None
    assert found.differences == (Difference(US, TODAY, "USD", None, "SHIPPED", {"orders": 2}, {"orders": 1}),)
    assert (found.orders, mended, found.left_behind) == (1, found, True)
    again = compared(backend, connection)
    assert again is not None
    assert again.total == 0


@pytest.mark.parametrize("asin", [None, "B0NOBODYS"])
def test_an_asin_that_no_order_has_is_a_difference(
    backend: Backend, connection: Connection, asin: str | None
) -> None:
    sums: Sums = {"orders": 1, "revenue_minor": 500, "units": 2, "stock_pool": US}
    if isinstance(backend, MemoryBackend):
        misled = {**sums, "asin": asin}
        backend.store.tables.misled[connection.id, (US, TODAY, "USD", "SKU-1", None)] = misled
    else:
        assert isinstance(backend, SqlBackend)
        with writing(backend.engine) as database:
            database.execute(update(tables.daily_sku_sales).values(asin=asin))

    found, mended = compared(backend, connection), repaired(backend, connection)
    again = compared(backend, connection)

    assert found is not None
    assert again is not None
    kept, counted = {**sums, "asin": asin}, {**sums, "asin": "B000000001"}
    assert found.differences == (Difference(US, TODAY, "USD", "SKU-1", None, kept, counted),)
    assert (mended, again.total) == (found, 0)


def test_what_is_not_shown_is_counted(backend: Backend, connection: Connection) -> None:
    mislead(backend, connection)

    found = compared(backend, connection, limit=1)

    assert found is not None
    assert (found.total, len(found.differences)) == (1, 1)


def test_a_repair_says_what_differed_and_leaves_nothing_of_it(
    backend: Backend, connection: Connection
) -> None:
    mislead(backend, connection)
    before = compared(backend, connection)

    found, again = repaired(backend, connection), repaired(backend, connection)

    assert found == before
    assert again is not None
    assert again.total == 0


def test_what_is_gone_or_being_erased_is_not_compared(backend: Backend, user: User) -> None:
    leaving = connected(backend, user, "SELLER3", erasing_at=NOW)
    sold(backend, leaving)

    gone = replace(leaving, id=user.id)  # type: ignore[arg-type] # an id that no connection has

    for connection in (leaving, gone):
        assert compared(backend, connection) is None
        assert repaired(backend, connection) is None
        note(backend, connection, 0)
    assert claim(backend) is None


def test_days_whose_orders_are_not_all_kept_are_left_out(backend: Backend, connection: Connection) -> None:
    mislead(backend, connection)
    with backend.work() as work:
        work.retention.decide(connection.id, Cutoffs.at(NOW, keep=timedelta(0)), NOW)
        work.commit()

    found = compared(backend, connection)

    assert found is not None
    assert (found.since, found.total, found.orders) == (TODAY + DAY, 0, 0)


def test_first_come_those_who_were_never_counted_then_those_of_long_ago(backend: Backend, user: User) -> None:
    young, old, never = (connected(backend, user, f"S{number}") for number in range(3))
    note(backend, young, 5)
    note(backend, old, 1)

    assert [claim(backend) for _ in range(4)] == [never.id, old.id, young.id, None]
    assert claim(backend, TODAY + DAY) == never.id  # it was claimed, and then nobody counted it


def test_a_sample_ends_at_so_many_connections(backend: Backend, user: User) -> None:
    for number in range(3):
        connected(backend, user, f"S{number}")

    assert [claim(backend, most_connections=2) is None for _ in range(3)] == [False, False, True]


def test_a_sample_ends_at_so_many_orders(backend: Backend, user: User) -> None:
    big, small = (connected(backend, user, f"S{number}") for number in range(2))
    note(backend, big, 1, orders=100)
    note(backend, small, 2)

    assert [claim(backend), claim(backend)] == [big.id, None]


def test_what_was_found_later_stays(backend: Backend, user: User) -> None:
    early, late = (connected(backend, user, f"S{number}") for number in range(2))
    note(backend, early, 2)
    note(backend, late, 3)
    note(backend, late, 1)

    assert claim(backend) == early.id


def test_a_sync_waits_that_is_due_and_that_nobody_has_begun(backend: Backend, user: User) -> None:
    scheduled(backend, user, Resource.ORDERS, due_at=NOW)

    def waits(minutes: int) -> bool:
        with backend.look() as work:
            return work.recounts.sync_waits(NOW + minutes * MINUTE, NOW + minutes * MINUTE)

    before, then = waits(-1), waits(0)
    with backend.work() as work:
        work.sync.claim(NOW, "worker", NOW + 5 * MINUTE, 1)
        work.commit()

    assert (before, then, waits(1)) == (False, True, False)


def test_nobody_waits_for_a_connection_that_is_not_synced(backend: Backend, user: User) -> None:
    connection = connected(backend, user, "GONE", status=ConnectionStatus.DISCONNECTED)
    with backend.work() as work:
        work.sync.ensure(connection.id, user.id, (Resource.ORDERS,), NOW)
        work.commit()

    with backend.look() as work:
        assert not work.recounts.sync_waits(NOW, NOW)
