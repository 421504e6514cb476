"""A page costs a fixed number of statements, and each finds its rows by an index."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from adapters.sql.engine import make_engine
from adapters.sql.survey import SqlSurvey
from domain.connections.model import Connection
from domain.kpis.dashboards import ChannelQuestion, Dashboards
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.kpis.stock_items import StockOrder, StockQuestion
from domain.orders.counting import book
from domain.orders.model import BookedOrder
from domain.reports.model import ORDERS_BY_DATE, Purpose
from domain.sync.model import Resource
from domain.sync.overview import SyncOverview
from tests import databases
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.fakes.clock import HeldClock
from tests.fakes.things import DE, FR, NOW, UK, US, a_level, a_report, an_item, an_order


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


def page(size: int, prefix: str = "O-", age: int = 0, status: str = "SHIPPED") -> list[BookedOrder]:
    """Orders of several days and marketplaces, as they were after so many minutes."""
    return [
        book(
            an_order(
                f"{prefix}{number}",
                an_item(f"SKU-{number % 7}"),
                marketplace_id=(US, DE, FR, UK)[number % 4],
                created_at=NOW - timedelta(hours=number % 200),
                updated_at=NOW + timedelta(minutes=age),
                status=status,
            ),
            US,
        )
        for number in range(size)
    ]


def test_a_page_of_new_orders_costs_the_same_statements_whatever_its_size(
    engine: Engine, connection: Connection
) -> None:
    counts = []
    for number, size in enumerate((1, 100, 1000)):
        with statements(engine) as sent, SqlBackend(engine).work() as work:
            work.orders.save_page(connection.id, page(size, f"{number}-"))
            work.commit()
        counts.append(len(sent))

    assert counts == [6 + _lock(engine)] * 3


def test_a_page_of_changed_orders_costs_the_same_statements_whatever_its_size(
    engine: Engine, connection: Connection
) -> None:
    with SqlBackend(engine).work() as work:
        work.orders.save_page(connection.id, page(1000))
        work.commit()
    counts = []
    for number, size in enumerate((1, 100, 1000), start=1):
        with statements(engine) as sent, SqlBackend(engine).work() as work:
            work.orders.save_page(connection.id, page(size, age=number, status="CANCELLED"))
            work.commit()
        counts.append(len(sent))

    assert counts[0] == 10 + _lock(engine)
    assert max(counts) == counts[0]


def _lock(engine: Engine) -> int:
    """PostgreSQL is asked for the connection's lock; SQLite's writers are alone."""
    return int(engine.dialect.name == "postgresql")


def test_a_page_of_stale_orders_is_looked_at_and_no_more(engine: Engine, connection: Connection) -> None:
    late = NOW + timedelta(days=1)
    newer = [book(an_order("O-1", updated_at=late), US), book(an_order("O-2", updated_at=late), US)]
    with SqlBackend(engine).work() as work:
        work.orders.save_page(connection.id, newer)
        work.commit()

    with statements(engine) as sent, SqlBackend(engine).work() as work:
        work.orders.save_page(connection.id, page(3)[1:])

    assert len(sent) == 3 + _lock(engine)


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

    assert counts == [3, 3, 3]


def test_every_figure_is_one_statement(engine: Engine, connection: Connection) -> None:
    figures, today, user_id = SqlBackend(engine).figures(), NOW.date(), connection.user_id
    span = Period(today, today)

    with statements(engine) as sent:
        figures.sales.daily(user_id, "amazon", today, today, None)
        figures.sales.by_channel(user_id, (span, span.before()))
        figures.sales.best_sellers(user_id, "amazon", span, ProductQuestion("USD", 10))
        figures.stock.totals(user_id, None, today, today)
        figures.stock.items(user_id, StockQuestion(search="A"), today, today, None, 200)
        figures.stock.items(user_id, StockQuestion(order=StockOrder.COVER), today, today, None, 200)
        figures.overview.volume(user_id, "amazon")

    assert len(sent) == 7


def test_the_whole_costs_the_same_statements_however_much_there_is(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user, figures = registered(backend), backend.figures()
    dashboards = Dashboards(
        backend.look, figures.sales, figures.stock, figures.overview, figures.completeness, HeldClock(NOW)
    )
    counts = []
    for number in range(3):
        seller = connected(backend, user, f"A{number}")
        with backend.work() as work:
            work.orders.save_page(seller.id, page(10 * number))
            work.commit()
        with statements(engine) as sent:
            dashboards.executive(user.id, ChannelQuestion())
        counts.append(len(sent))

    assert counts == [9, 9, 9]


def test_a_page_on_a_day_of_many_orders_reads_none_of_them(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    for age in range(2):
        with statements(engine) as sent, backend.work() as work:
            work.orders.save_page(connection.id, page(10, age=age, status=("SHIPPED", "CANCELLED")[age]))
            work.commit()

    with engine.connect() as database:
        steps = [
            step.detail
            for statement in sent
            for step in database.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")
            )
        ]
    engine.dispose()

    read = [
        step
        for step in steps
        if step.split()[1] in ("orders", "order_items", "daily_sales", "daily_sku_sales")
    ]
    assert len(read) == 5  # orders and lines looked up, lines taken away, emptied sums taken away
    assert all("order_id=?" in step or "day=?" in step for step in read)


def test_reports_cost_the_same_statements_however_many_there_are(
    engine: Engine, connection: Connection
) -> None:
    reports = [a_report(connection) for _ in range(30)]

    with statements(engine) as sent, SqlBackend(engine).work() as work:
        work.reports.add(reports)
        work.reports.open_of(connection.id)
        work.reports.of_purpose(connection.id, Purpose.HISTORY, Purpose.REPAIR)
        work.reports.amazon_ids(connection.id, ORDERS_BY_DATE)
        work.reports.of_user(connection.user_id)
        work.reports.save(reports[0])
        work.reports.put_part(reports[0], 0, b"part")
        work.reports.part(reports[0].id, 0)
        work.reports.drop_parts(reports[0].id)
        work.reports.forget_before(NOW, limit=100)

    assert len(sent) == 10


def test_how_the_sync_is_doing_costs_the_same_however_many_sellers_a_user_has(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    sellers = [connected(backend, user, f"A{number}") for number in range(5)]
    with backend.work() as work:
        for seller in sellers:
            work.sync.ensure(seller.id, user.id, tuple(Resource), NOW)
            work.reports.add([a_report(seller)])
        work.commit()

    with statements(engine) as sent:
        shown = SyncOverview(backend.look, timedelta(minutes=15)).of(user.id)

    assert len(sent) == 5
    assert [each.history.slices for each in shown] == [1] * 5


def test_the_whole_installation_is_surveyed_with_three_statements(
    engine: Engine, connection: Connection
) -> None:
    with statements(engine) as sent:
        standing = SqlSurvey(engine).take(NOW)

    assert len(sent) == 3
    assert standing.connections == {("amazon_sp", connection.status.value): 1}
