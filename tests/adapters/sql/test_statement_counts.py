"""A page costs a fixed number of statements, and each finds its rows by an index."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH
from sqlalchemy import Engine, event

from adapters.sql.engine import make_engine
from adapters.sql.survey import SqlSurvey
from domain.ads.accounts import AccountType, Scope
from domain.channels.limits import HistoryLimits
from domain.connections.model import Connection, Provider
from domain.kpis.advertising import AdsMark, AdsScope
from domain.kpis.dashboards import ChannelQuestion, Dashboards, OrdersQuestion, TopQuestion
from domain.kpis.performance import AdsQuestion, Performance
from domain.kpis.periods import Period
from domain.kpis.products import ProductQuestion
from domain.kpis.stock import Stock
from domain.kpis.stock_items import StockMark, StockOrder, StockQuestion
from domain.marketplaces import Region
from domain.orders.counting import book
from domain.orders.model import BookedOrder
from domain.reports.model import ORDERS_BY_DATE, Purpose
from domain.sync.model import Resource
from domain.sync.overview import SyncOverview
from tests import databases
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.fakes.ads_days import a_day, a_product_day, advertise
from tests.fakes.ads_things import a_profile, an_ads_account
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
    """With a month that is kept."""
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    with backend.work() as work:
        today = NOW.date()
        work.months.count(connection.id, Period(today - timedelta(days=29), today), NOW)
        work.commit()
    return connection


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

    # PostgreSQL takes a lock; SQLite writes stretches and months of SKUs by statements of their own.
    assert counts == [10 - 2 * _lock(engine)] * 3


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

    assert counts[0] == 17 - 2 * _lock(engine)
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


def test_the_end_of_a_good_run_costs_a_well_connection_one_statement(
    engine: Engine, connection: Connection
) -> None:
    for at in (NOW, None):
        with statements(engine) as sent, SqlBackend(engine).work() as work:
            work.connections.synced(connection.id, at, failing=False)

        assert len(sent) == 1


def test_every_figure_is_one_statement(engine: Engine, connection: Connection) -> None:
    figures, today, user_id = SqlBackend(engine).figures(), NOW.date(), connection.user_id
    span = Period(today, today)

    with statements(engine) as sent:
        figures.sales.daily(user_id, "amazon", today, today, None)()
        figures.sales.by_channel(user_id, (span, span.before()))()
        figures.sales.best_sellers(user_id, "amazon", span, ProductQuestion("USD", 10))()
        figures.stock.totals(user_id, None, today, today)
        figures.stock.compared(user_id, today, today, today)()
        figures.stock.items(user_id, StockQuestion(search="A"), today, today, None, 200)
        figures.stock.items(user_id, StockQuestion(order=StockOrder.COVER), today, today, None, 200)
        figures.overview.volumes(user_id)()
        figures.overview.standing(user_id)
        figures.completeness.lacking(user_id, today, today, US)()
        figures.advertising.by_profile(user_id, (span, span.before()))
        figures.advertising.daily(user_id, AdsScope(span, "USD"))
        figures.advertising.campaigns(user_id, AdsScope(span, "USD", "1"), AdsMark(0, ("1", "X", "2")), 9)
        figures.advertising.products(user_id, AdsScope(span, "USD"), None, 9)
        figures.advertising.sales_of_sellers(user_id, (span, span.before()))

    assert len(sent) == 15


#: So many statements an answer may cost, whatever there is.
MOST_STATEMENTS = {
    "setup": 2,
    "inventory": 2,
    "stock list": 2,
    "orders": 3,
    "best sellers": 3,
    "channels": 3,
    "executive": 5,
}


@pytest.mark.parametrize("name", MOST_STATEMENTS)
def test_an_answer_costs_the_same_few_statements_however_much_there_is(engine: Engine, name: str) -> None:
    backend = SqlBackend(engine)
    user, figures = registered(backend), backend.figures()
    performance = Performance(backend.look, figures.advertising, HeldClock(NOW))
    desk = Dashboards(
        figures.sales,
        figures.stock,
        figures.overview,
        figures.completeness,
        performance,
        HeldClock(NOW),
        HistoryLimits({}),
    )
    stock = Stock(backend.work, figures.stock, figures.overview, HeldClock(NOW))
    answers: dict[str, Callable[[], object]] = {
        "setup": lambda: desk.setup(user.id),
        "inventory": lambda: desk.inventory(user.id, None),
        "stock list": lambda: stock.page(user.id, StockQuestion(), None, 50),
        "orders": lambda: desk.orders(user.id, OrdersQuestion()),
        "best sellers": lambda: desk.best_sellers(user.id, TopQuestion()),
        "channels": lambda: desk.channels(user.id, ChannelQuestion()),
        "executive": lambda: desk.executive(user.id, ChannelQuestion()),
    }
    counts = []
    for number in range(3):
        seller = connected(backend, user, f"A{number}")
        connected(backend, user, f"shop-{number}", provider=Provider.SHOPIFY, region=Region.WORLD)
        with backend.work() as work:
            work.orders.save_page(seller.id, page(10 * number))
            work.commit()
        with statements(engine) as sent:
            answers[name]()
        counts.append(len(sent))

    assert max(counts) <= MOST_STATEMENTS[name]


def test_advertising_costs_the_same_statements_however_much_there_is(engine: Engine) -> None:
    backend = SqlBackend(engine)
    user = registered(backend)
    connected(backend, user, "A1SELLER")
    ads = connected(backend, user, "amazon-ads", provider=Provider.AMAZON_ADS)
    performance = Performance(backend.look, backend.figures().advertising, HeldClock(NOW))
    span = Period(NOW.date() - timedelta(days=29), NOW.date())
    counts = []
    for number in range(1, 4):
        profiles = [a_profile(str(each)) for each in range(10 * number)]
        with backend.work() as work:
            work.ads_accounts.merge(ads, profiles, NOW)
            days = [a_day(each.amazon_id, str(number), NOW.date()) for each in profiles]
            advertise(work, ads, *days, a_product_day("1", f"B{number}", day=NOW.date()))
            work.commit()
        with statements(engine) as sent:
            screen = performance.of(user.id, AdsQuestion())
        with statements(engine) as beside:
            performance.beside(user.id, span, "USD")
        counts.append((len(screen.profiles), len(sent), len(beside)))

    assert counts == [(10, 12, 9), (20, 12, 9), (30, 12, 9)]


def test_sums_by_sku_are_read_from_the_days_that_are_asked_for_alone(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    figures, user = backend.figures(), connected(backend, registered(backend)).user_id
    today = NOW.date()
    with statements(engine) as sent:
        figures.sales.best_sellers(user, "amazon", Period(today, today), ProductQuestion("USD", 10))()
        figures.stock.totals(user, None, today, today)
        figures.stock.totals(user, US, today, today)
        figures.stock.items(user, StockQuestion(), today, today, None, 50)
        figures.stock.items(user, StockQuestion(US, order=StockOrder.COVER), today, today, None, 50)

    plans = _plans(engine, sent)
    steps = [step for step in plans if "sku_sales" in step or "sku_stretches" in step]
    of_months = [step for step in plans if "sku_months" in step]
    of_demand = [step for step in plans if step.startswith("SEARCH s ")]
    engine.dispose()

    # Best sellers are read from whole stretches, and from the days before and after them.
    assert len(steps) == 3
    assert all("SEARCH" in step and "day>? AND day<?" in step for step in steps)
    assert len(of_demand) == len(sent) - 1
    assert all("USING PRIMARY KEY (connection_id=? AND day=? AND sku=?)" in step for step in of_demand)
    assert len(of_months) == len(sent)
    assert all("SEARCH" in step and "connection_id=?" in step for step in of_months)


def test_a_page_of_stock_is_read_in_the_order_of_an_index_and_no_further(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    seller = connected(backend, registered(backend))
    figures, user = backend.figures(), seller.user_id
    with statements(engine) as sent:
        for after in (None, StockMark("SKU-1", "SKU-1", US, seller.id)):
            figures.stock.items(user, StockQuestion(), NOW.date(), NOW.date(), after, 50)

    plans = [_plans(engine, [statement]) for statement in sent]
    engine.dispose()

    assert len(plans) == 2
    for plan in plans:
        assert any("SEARCH i USING INDEX ix_inventory_items_user_id_sku_stock_pool" in step for step in plan)
        assert not any("GROUP BY" in step for step in plan)


def test_what_a_dashboard_asks_is_short_enough_for_the_driver_to_remember(
    engine: Engine, connection: Connection
) -> None:
    figures, user = SqlBackend(engine).figures(), connection.user_id
    with statements(engine) as sent:
        for number in range(
            8
        ):  # where the days of the demand begin and end in their stretches makes a difference
            last = NOW.date() - timedelta(days=number)
            span = Period(last - timedelta(days=29), last)
            figures.stock.totals(user, None, span.first, last)
            figures.stock.compared(user, span.first, last, span.first)()
            figures.stock.items(user, StockQuestion(), span.first, last, None, 50)
            figures.sales.best_sellers(user, "amazon", span, ProductQuestion("USD", 50))()
            figures.sales.daily(user, "amazon", span.first, last, None)()
            figures.sales.by_channel(user, (span, span.before()))()
            figures.completeness.lacking(user, span.first, last, None)()

    assert len(sent) == 8 * 7
    assert max(map(len, sent)) <= MAX_CACHED_STATEMENT_LENGTH


def test_orders_by_status_are_read_from_the_days_that_are_asked_for_alone(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    figures, user = backend.figures(), connected(backend, registered(backend)).user_id
    today = NOW.date()
    with statements(engine) as sent:
        figures.sales.daily(user, "amazon", today, today, None)()
        figures.sales.daily(user, "amazon", today, today, US, today)()

    steps = [step for step in _plans(engine, sent) if "daily_statuses" in step]
    engine.dispose()

    assert len(steps) == len(sent) == 2
    assert all("SEARCH" in step and "connection_id=? AND day>? AND day<?" in step for step in steps)


_OF_ORDERS = (
    "orders",
    "order_items",
    "daily_sales",
    "daily_sku_sales",
    "sku_stretches",
    "sku_months",
    "daily_statuses",
)


def test_a_page_on_a_day_of_many_orders_reads_none_of_them(tmp_path: Path) -> None:
    engine = make_engine(databases.sqlite_database(tmp_path))
    backend = SqlBackend(engine)
    connection = connected(backend, registered(backend))
    for age in range(2):
        with statements(engine) as sent, backend.work() as work:
            work.orders.save_page(connection.id, page(10, age=age, status=("SHIPPED", "CANCELLED")[age]))
            work.commit()

    steps = _plans(engine, sent)
    engine.dispose()

    read = [step for step in steps if step.split()[1] in _OF_ORDERS]
    assert len(read) == 8  # orders and lines looked up, lines taken away, emptied sums taken away
    assert all("order_id=?" in step or "day=?" in step or "sku=?" in step for step in read)


def _plans(engine: Engine, sent: Sequence[str]) -> list[str]:
    """How SQLite would carry the statements out, step by step."""
    with engine.connect() as database:
        return [
            step.detail
            for statement in sent
            for step in database.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")
            )
        ]


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


# Advertising accounts


def test_a_listing_of_very_many_accounts_costs_a_fixed_number_of_statements_a_page(
    engine: Engine, connection: Connection
) -> None:
    backend, counts = SqlBackend(engine), []
    for start, size in ((0, 1), (1, 100), (101, 1_149)):
        found = [an_ads_account(f"G-{number}") for number in range(start, start + size)]
        with statements(engine) as sent, backend.work() as work:
            work.ads_accounts.merge(connection, found, NOW)
            work.commit()
        counts.append(len(sent))

    assert len(set(counts)) == 1
    assert counts[0] <= 5


def test_accounts_that_are_told_again_are_looked_at_and_not_written(
    engine: Engine, connection: Connection
) -> None:
    backend = SqlBackend(engine)
    found = [an_ads_account(f"G-{number}") for number in range(1_250)]
    found += [a_profile(str(number)) for number in range(300)]
    with backend.work() as work:
        work.ads_accounts.merge(connection, found, NOW)
        work.commit()
    found[700] = replace(found[700], name="Renamed")

    with rows_written(engine) as unchanged, backend.work() as work:
        work.ads_accounts.merge(connection, found[:700], NOW)
        work.ads_accounts.mark_gone(
            connection, Scope(AccountType.ADS_ACCOUNT), [each.amazon_id for each in found], NOW
        )
        work.commit()
    with rows_written(engine) as renamed, backend.work() as work:
        counted = work.ads_accounts.merge(connection, found, NOW)
        work.commit()

    assert (sum(unchanged), counted) == (0, (0, 1))
    assert sum(renamed) == 1


def test_everything_gone_is_marked_in_one_statement(engine: Engine, connection: Connection) -> None:
    backend = SqlBackend(engine)
    with backend.work() as work:
        work.ads_accounts.merge(connection, [a_profile(str(number)) for number in range(300)], NOW)
        work.commit()

    with statements(engine) as sent, backend.work() as work:
        gone = work.ads_accounts.mark_gone(connection, Scope(AccountType.PROFILE), [], NOW)
        work.commit()

    assert gone == 300
    assert len([each for each in sent if each.startswith("UPDATE")]) <= 3


@contextmanager
def rows_written(engine: Engine) -> Iterator[list[int]]:
    """How many rows each statement has inserted or changed meanwhile."""
    counts: list[int] = []

    def note(_connection: object, cursor: Any, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            counts.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    yield counts
    event.remove(engine, "after_cursor_execute", note)
