"""What has been kept for long enough: decided once, written down, let go piece by piece."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from domain.connections.model import Connection
from domain.operations import retention
from domain.operations.retention import Retention
from domain.orders.counting import book
from domain.reports.model import Purpose
from tests.fakes.clock import HeldClock
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_work import MemoryWork
from tests.fakes.things import NOW, a_connection, a_report, a_user, an_order, connected

DAY = timedelta(days=1)
KEEP = 100 * DAY


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def connection(store: MemoryStore) -> Connection:
    user = a_user()
    connection = a_connection(user)
    connected(store, user, connection)
    return connection


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOW)


@pytest.fixture
def purge(store: MemoryStore, clock: HeldClock) -> Callable[..., int]:
    return Retention(lambda: MemoryWork(store), lambda: MemoryWork(store, reading=True), clock, KEEP).purge


def sell(store: MemoryStore, connection: Connection, orders: int, days_ago: int) -> None:
    with MemoryWork(store) as work:
        placed = NOW - days_ago * DAY
        page = [an_order(f"{days_ago}-{number}", created_at=placed) for number in range(orders)]
        work.orders.save_page(connection.id, [book(order, connection.marketplace_id) for order in page])
        work.commit()


def deeds(store: MemoryStore) -> list[tuple[str, dict[str, str]]]:
    return [(entry.action, dict(entry.details)) for entry in store.tables.audit]


def test_old_orders_go_and_the_user_is_told(
    store: MemoryStore, connection: Connection, purge: Callable[..., int]
) -> None:
    sell(store, connection, 3, days_ago=101)
    sell(store, connection, 2, days_ago=99)

    removed = purge()

    assert removed == 3
    assert {order_id for _, order_id in store.tables.orders} == {"99-0", "99-1"}
    assert deeds(store) == [("data.purged", {"orders": "3", "older_than": "2025-11-24T00:00:00Z"})]
    assert store.tables.audit[0].connection_id == connection.id


def test_where_nothing_is_old_nothing_is_said(
    store: MemoryStore, connection: Connection, purge: Callable[..., int]
) -> None:
    sell(store, connection, 2, days_ago=99)

    assert purge() == 0
    assert deeds(store) == []
    assert store.tables.purged == {}


def test_a_day_is_told_once_and_the_next_one_again(
    store: MemoryStore, connection: Connection, purge: Callable[..., int], clock: HeldClock
) -> None:
    sell(store, connection, 1, days_ago=101)
    sell(store, connection, 1, days_ago=99)

    removed = [purge(), purge()]
    clock.advance(2 * DAY)
    removed.append(purge())

    assert removed == [1, 0, 1]
    assert len(deeds(store)) == 2


def test_many_orders_go_in_several_transactions_and_nobody_is_needed_who_began(
    store: MemoryStore, connection: Connection, purge: Callable[..., int]
) -> None:
    sell(store, connection, retention.STEP_ROWS + 10, days_ago=101)
    asked = count(1)

    first = purge(lambda: next(asked) > 2)  # ends when it is asked for the third time
    second = purge()

    assert (first, second) == (retention.STEP_ROWS, 10)
    assert [details["orders"] for _, details in deeds(store)] == [str(retention.STEP_ROWS + 10)]


def test_old_reports_go_with_their_documents(
    store: MemoryStore, connection: Connection, purge: Callable[..., int]
) -> None:
    old = a_report(connection, purpose=Purpose.DAILY, finished_at=NOW - 101 * DAY)
    with MemoryWork(store) as work:
        work.reports.add([old])
        work.reports.put_part(old, 0, b"lines")
        work.commit()

    purge()

    with MemoryWork(store, reading=True) as work:
        assert work.reports.part(old.id, 0) is None
    assert store.tables.reports == {}
    assert [details["reports"] for _, details in deeds(store)] == ["1"]
