"""Erasing and exporting large connections on real databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, Select, Table, func, insert, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.erasing import BELONGINGS
from adapters.sql.export import EXPORTED, SqlRecords
from domain.connections.erasure import STEP_ROWS, Erasures
from domain.connections.model import Connection
from domain.users.model import User, Visitor
from tests.contracts.backends import SqlBackend
from tests.contracts.furnished import furnished, leaving
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.clock import HeldClock

VISITOR = Visitor("192.0.2.7")
ORDERS = 30_000


@pytest.fixture
def backend(engine: Engine) -> SqlBackend:
    return SqlBackend(engine)


@pytest.fixture
def user(backend: SqlBackend) -> User:
    return registered(backend)


@pytest.fixture
def elsewhere(url: str) -> Iterator[SqlBackend]:
    """The same database, seen by another process."""
    engine = make_engine(url)
    yield SqlBackend(engine)
    engine.dispose()


def erasures(backend: SqlBackend) -> Erasures:
    return Erasures(backend.work, backend.look, HeldClock(NOW))


def with_orders(backend: SqlBackend, user: User, count: int, seller_id: str = "LARGE") -> Connection:
    """A connection with so many orders of two lines each, written without ceremony."""
    connection = connected(backend, user, seller_id)
    order = {
        "connection_id": connection.id,
        "user_id": user.id,
        "marketplace_id": connection.marketplace_id,
        "day": NOW.date(),
        "created_at": NOW,
        "updated_at": NOW,
        "status": "SHIPPED",
        "currency": "USD",
        "units": 1,
        "source": "api",
        "on_amazon": True,
    }
    line = {"connection_id": connection.id, "quantity": 1}
    names = [f"O-{number:06}" for number in range(count)]
    with writing(backend.engine) as database:
        database.execute(insert(tables.orders), [{**order, "order_id": name} for name in names])
        lines = [{**line, "order_id": name, "order_item_id": str(item)} for name in names for item in (1, 2)]
        database.execute(insert(tables.order_items), lines)
    return connection


def rows(engine: Engine, connection: Connection) -> dict[str, int]:
    """How many rows the connection has, by table."""
    with reading(engine) as database:
        return {table.name: database.scalar(_count(table, connection)) or 0 for table in BELONGINGS}


def test_everything_that_belongs_to_a_connection_is_erased_with_it() -> None:
    keeps_its_word = {tables.audit_log}
    owned = {table for table in tables.metadata.tables.values() if "connection_id" in table.c}

    assert set(BELONGINGS) == owned - keeps_its_word


def test_what_refers_to_other_rows_goes_before_them() -> None:
    for number, table in enumerate(BELONGINGS):
        referred = {key.column.table for key in table.foreign_keys} - {tables.connections, tables.users}
        assert referred <= set(BELONGINGS[number + 1 :]), table.name


def test_a_large_connection_goes_in_short_transactions_and_leaves_the_others_alone(
    backend: SqlBackend, user: User, engine: Engine
) -> None:
    large, other = with_orders(backend, user, ORDERS), furnished(backend, user)
    before = rows(engine, other)

    at_once = erasures(backend).request(user, VISITOR, large.id)
    steps = list(iter(erasures(backend).step, 0))

    assert at_once + sum(steps) == 3 * ORDERS + 1
    assert 0 < at_once < ORDERS
    assert max(steps) <= STEP_ROWS + 1  # the connection itself goes along with the last ones
    assert sum(rows(engine, large).values()) == 0
    assert rows(engine, other) == before
    assert sorted(entry.action for entry in backend.audit_entries()) == [
        "connection.erased",
        "connection.erasure_requested",
    ]


def test_two_processes_erase_one_connection_once(
    backend: SqlBackend, user: User, elsewhere: SqlBackend, engine: Engine
) -> None:
    large = with_orders(backend, user, 3_000)
    leaving(backend, large)

    def erase(by: SqlBackend) -> int:
        removed = 0
        while erasures(by).under_way():
            removed += erasures(by).step(limit=200)
        return removed

    with ThreadPoolExecutor(2) as pool:
        removed = sum(pool.map(erase, (backend, elsewhere)))

    assert removed == 9_001
    assert [entry.action for entry in backend.audit_entries()] == ["connection.erased"]


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_what_another_process_is_erasing_is_left_to_it(
    backend: SqlBackend, user: User, elsewhere: SqlBackend
) -> None:
    connection = leaving(backend, with_orders(backend, user, 10))

    with backend.work() as work:
        assert work.connections.hold_erasing(connection.id) == connection
        assert erasures(elsewhere).step() == 0

    assert erasures(elsewhere).step() == 31


def test_a_step_that_is_cut_off_is_made_again(backend: SqlBackend, user: User, engine: Engine) -> None:
    connection = leaving(backend, with_orders(backend, user, 10))
    before = rows(engine, connection)

    with backend.work() as work:
        work.connections.remove_some(connection.id, 25)

    assert rows(engine, connection) == before
    assert erasures(backend).step() == 31


def test_figures_do_not_count_what_the_same_seller_leaves_behind(
    backend: SqlBackend, user: User, engine: Engine
) -> None:
    old = furnished(backend, user)
    expected = backend.figures().sales.daily(
        user.id, "amazon", NOW.date() - timedelta(days=400), NOW.date(), None
    )()
    leaving(backend, old)

    fresh = furnished(backend, user)
    counted = backend.figures().sales.daily(
        user.id, "amazon", NOW.date() - timedelta(days=400), NOW.date(), None
    )()
    erasures(backend).step()

    assert expected.days
    assert expected.statuses
    assert counted == expected
    assert rows(engine, fresh)["orders"] > 0


def test_an_export_has_every_table_but_the_tokens_the_schedules_and_the_packed_documents() -> None:
    packed = {tables.report_parts, tables.ads_report_parts}
    assert set(BELONGINGS) - set(EXPORTED) == {tables.tokens, tables.sync_resources, *packed}


def test_an_export_is_of_one_moment(backend: SqlBackend, user: User) -> None:
    connection = with_orders(backend, user, 3_000)

    exported = SqlRecords(backend.engine).of(connection.id)
    first = next(exported)
    with writing(backend.engine) as database:
        database.execute(tables.order_items.delete())
    rest = list(exported)

    assert first["table"] == "connections"
    assert sum(row["table"] == "order_items" for row in rest) == 6_000


def _count(table: Table, connection: Connection) -> Select[int]:
    return select(func.count()).select_from(table).where(table.c.connection_id == connection.id)
