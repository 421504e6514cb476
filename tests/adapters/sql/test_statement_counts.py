"""A page costs a fixed number of statements, and each finds its rows by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from adapters.sql.engine import make_engine
from domain.connections.model import Connection
from domain.orders.counting import book
from domain.orders.model import BookedOrder
from tests import databases
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.fakes.things import DE, FR, NOW, UK, US, a_level, an_item, an_order


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = databases.sqlite_database(tmp_path) if request.param == "sqlite" else databases.postgres_database()
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Connection:
    backend = SqlBackend(engine)
    return connected(backend, registered(backend))


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, without what opens and closes transactions."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SELECT set_config(")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def page(size: int) -> list[BookedOrder]:
    """Orders of several days and marketplaces."""
    return [
        book(
            an_order(
                f"O-{number}",
                an_item(f"SKU-{number % 7}"),
                marketplace_id=(US, DE, FR, UK)[number % 4],
                created_at=NOW - timedelta(hours=number % 200),
            ),
            US,
        )
        for number in range(size)
    ]


def test_a_page_of_orders_costs_the_same_statements_whatever_its_size(
    engine: Engine, connection: Connection
) -> None:
    counts = []
    for size in (1, 100, 1000, 1000):
        with statements(engine) as sent, SqlBackend(engine).work() as work:
            work.orders.save_page(connection.id, page(size))
            work.commit()
        counts.append(len(sent))

    assert counts == [9, 9, 9, 9]


def test_a_page_of_stale_orders_is_looked_at_and_no_more(engine: Engine, connection: Connection) -> None:
    late = NOW + timedelta(days=1)
    newer = [book(an_order("O-1", updated_at=late), US), book(an_order("O-2", updated_at=late), US)]
    with SqlBackend(engine).work() as work:
        work.orders.save_page(connection.id, newer)
        work.commit()

    with statements(engine) as sent, SqlBackend(engine).work() as work:
        work.orders.save_page(connection.id, page(3)[1:])

    assert len(sent) == 2


def test_a_page_of_stock_costs_the_same_statements_whatever_its_size(
    engine: Engine, connection: Connection
) -> None:
    counts = []
    for size in (1, 50, 1000):
        levels = [a_level(f"SKU-{number}") for number in range(size)]
        with statements(engine) as sent, SqlBackend(engine).work() as work:
            work.stock.save_page(connection.id, US, levels, "pass-1", NOW)
            work.commit()
        counts.append(len(sent))

    assert counts == [2, 2, 2]


def test_every_figure_is_one_statement(engine: Engine, connection: Connection) -> None:
    figures, today, user_id = SqlBackend(engine).figures(), NOW.date(), connection.user_id

    with statements(engine) as sent:
        figures.sales.daily(user_id, today, today, None)
        figures.stock.totals(user_id, None, today, today)
        figures.overview.volume(user_id)

    assert len(sent) == 3


def test_sqlite_counts_a_day_without_reading_the_sellers_other_orders(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    with statements(engine) as sent, backend.work() as work:
        work.orders.save_page(connection.id, page(10))
        work.commit()

    with engine.connect() as database:
        steps = [
            step.detail
            for statement in sent
            if "of_day" in statement
            for step in database.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")
            )
        ]
    engine.dispose()

    read = [step for step in steps if "orders" in step or "order_items" in step]
    assert len(read) == 5  # twice the day's ids and its orders, once their lines
    assert all("day=?" in step or "order_id=?" in step for step in read)
