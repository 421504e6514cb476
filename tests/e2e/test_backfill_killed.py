"""A server that is killed in the middle of a backfill, started again, and the rows are those of an undisturbed one.

All lives are lived at the same time. Where each is hit is drawn by chance; ``SEED`` repeats it, and the name of a test
says it.
"""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep

import pytest
from sqlalchemy import Engine, func, select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from adapters.sql.stretches import UNITS
from domain.reports.model import Purpose
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.faults import Fault
from entrypoints.simulator.orders import StoreOrder
from entrypoints.simulator.server import SimulatorServer
from entrypoints.simulator.store import Store
from tests import databases, servers
from tests.e2e.people import Person
from tests.e2e.processes import Served, environment, until

US = "ATVPDKIKX0DER"
SEED = int(os.environ.get("PORTSIDE_TEST_SEED", "5"))
CREATE, LOOK, ADDRESS, BYTES = "createReport", "getReport", "getReportDocument", "reportDocument"
IMPORT = "import"
#: How long an answer takes: long enough to be hit.
ANSWER_MS = 250
#: Up to which call, or which page of the import, the blow may wait: there are two slices of history.
FARTHEST = {CREATE: 2, LOOK: 2, ADDRESS: 2, BYTES: 2, IMPORT: 2}
#: How long it may wait then: while Amazon makes its answer and a little longer, or until the next document is there.
DELAYS_MS = {CREATE: 300, LOOK: 300, ADDRESS: 300, BYTES: 240, IMPORT: 500}
Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Moment:
    """When the server is killed: so many calls of an operation have come in, or pages were taken over, and then so long."""

    database: str
    operation: str
    count: int
    then_ms: int

    def __str__(self) -> str:
        return f"seed-{SEED}-{self.database}-{self.operation}-{self.count}-{self.then_ms}ms"


def drawn() -> Iterator[Moment]:
    """Ten blows, each kind of moment among them."""
    chance = Random(SEED)
    wanted = {"sqlite": (CREATE, LOOK, ADDRESS, BYTES, IMPORT, IMPORT), "postgresql": (CREATE, BYTES, IMPORT)}
    for database, operations in wanted.items():
        more = (chance.choice(list(FARTHEST)),) if database == "postgresql" else ()
        for operation in (*operations, *more):
            count = chance.randint(1, FARTHEST[operation])
            yield Moment(database, operation, count, chance.randint(0, DELAYS_MS[operation]))


MOMENTS = tuple(drawn())


@dataclass(frozen=True)
class Life:
    """What a Portside came to, killed once or not at all."""

    was_under_way: bool
    asked_for: Counter[tuple[object, ...]]
    rows: dict[str, Rows]
    parts_left: int
    true_orders: list[StoreOrder]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Moment | None, Future[Life]]]:
    """All lives, under way; ``None`` is the undisturbed one."""
    store = _store()
    places: dict[Moment | None, tuple[Path, str]] = {}
    for moment in (None, *MOMENTS):
        home = tmp_path_factory.mktemp("backfill")
        on_sqlite = moment is None or moment.database == "sqlite"
        places[moment] = home, databases.sqlite_database(home) if on_sqlite else databases.postgres_database()
    with ThreadPoolExecutor(len(places)) as pool:
        yield {moment: pool.submit(_lived, moment, store, *place) for moment, place in places.items()}
    for moment, (_home, url) in places.items():
        if moment is not None and moment.database == "postgresql":
            servers.postgres().drop_database(url)


@pytest.fixture(params=MOMENTS, ids=str)
def life(request: pytest.FixtureRequest, lives: dict[Moment | None, Future[Life]]) -> Life:
    """One disturbed life, over."""
    return lives[request.param].result()


@pytest.fixture
def undisturbed(lives: dict[Moment | None, Future[Life]]) -> Life:
    """The life that nobody disturbed, over."""
    return lives[None].result()


def test_the_blow_fell_in_the_middle_of_the_backfill(life: Life) -> None:
    assert life.was_under_way


def test_all_rows_are_those_of_an_undisturbed_backfill(life: Life, undisturbed: Life) -> None:
    assert {name: len(rows) for name, rows in life.rows.items()} == {
        name: len(rows) for name, rows in undisturbed.rows.items()
    }
    assert life.rows == undisturbed.rows


def test_no_report_that_amazon_had_was_asked_for_again(life: Life) -> None:
    assert set(life.asked_for.values()) == {1}


def test_nothing_is_left_of_the_documents(life: Life) -> None:
    assert life.parts_left == 0


def test_the_undisturbed_backfill_has_brought_what_amazon_has(undisturbed: Life) -> None:
    # A report has one word for both kinds of pending orders.
    words = {"PENDING_AVAILABILITY": "PENDING"}
    expected = [
        (order.id, words.get(order.status, order.status.value), order.grand_total_minor, order.units)
        for order in undisturbed.true_orders
    ]
    found = [
        (order_id, words.get(str(status), status), total, units)
        for order_id, status, total, units, *_ in undisturbed.rows["orders"]
    ]

    assert len(expected) > 2_500
    assert found == sorted(expected)
    assert len(undisturbed.rows["order_items"]) == sum(len(order.lines) for order in undisturbed.true_orders)


def _store() -> Store:
    """What Amazon has, in all lives."""
    config = SimulatorConfig(
        orders_per_day=60,
        history_days=55,
        rate_factor=1_000,
        data_until=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=6),
        seller_count=1,
        report_seconds=1,
    )
    return Store(config)


def _lived(moment: Moment | None, store: Store, home: Path, url: str) -> Life:
    seller = store.config.sellers[0]
    true_orders = store.orders(seller.id, store.config.visible_until())
    with ExitStack() as stack:
        amazon = stack.enter_context(SimulatorServer(store.config, store=store))
        for operation in (CREATE, LOOK, ADDRESS, BYTES):
            amazon.simulator.reception.faults.order(Fault(operation, "slow", times=None, delay_ms=ANSWER_MS))
        engine = make_engine(url)
        stack.callback(engine.dispose)
        variables = environment(amazon, url, home, BACKFILL_DAYS="60", RETENTION_DAYS="90")
        server = stack.enter_context(Served(variables, home))
        person = stack.enter_context(Person(server.url))
        person.register()
        person.connect(US, seller.id)
        under_way = True
        if moment is not None:
            _strike(moment, amazon, engine, server)
            under_way = not _is_over(engine)
            _let_leases_lapse(engine)
            server.start()
        until(lambda: _is_over(engine), 90, server.tail)
        person.wait_for_first_sync()
        return Life(under_way, _asked_for(amazon, seller.id), _all_rows(engine), _parts(engine), true_orders)


def _strike(moment: Moment, amazon: SimulatorServer, engine: Engine, server: Served) -> None:
    def reached() -> int:
        if moment.operation == IMPORT:
            return _pages_taken_over(engine)
        found: int = amazon.simulator.reception.calls.as_json()["calls"].get(moment.operation, 0)
        return found

    until(lambda: reached() >= moment.count, 60, server.tail, pause=0.004)
    sleep(moment.then_ms / 1000)
    server.kill()


def _let_leases_lapse(engine: Engine) -> None:
    """As if the dead process's leases had run out by themselves, which takes a quarter of a minute."""
    with writing(engine, owning=True) as database:
        database.execute(update(tables.sync_resources).values(lease_until=datetime.now(UTC)))


def _is_over(engine: Engine) -> bool:
    """Whether all history was taken over."""
    report = tables.reports.c
    question = select(report.status).where(report.purpose == Purpose.HISTORY.value)
    with reading(engine, owning=True) as database:
        statuses = set(database.scalars(question))
    assert "failed" not in statuses
    return statuses == {"completed"}


def _pages_taken_over(engine: Engine) -> int:
    """Thousands of orders, begun ones included."""
    report = tables.reports.c
    question = select(report.records).where(report.purpose == Purpose.HISTORY.value)
    with reading(engine, owning=True) as database:
        return sum(-(-records // 1_000) for records in database.scalars(question))


def _asked_for(amazon: SimulatorServer, seller_id: str) -> Counter[tuple[object, ...]]:
    """How often each report was asked for; Amazon makes settlements by itself."""
    desk, now_ms = amazon.simulator.api.reports, int(datetime.now(UTC).timestamp() * 1000)
    unasked = {report.id for report in desk.unasked(seller_id, now_ms)}
    orders = [report.order for report in desk.of(seller_id, now_ms) if report.id not in unasked]
    return Counter(
        (order.report_type, order.marketplace_ids, order.start_ms, order.end_ms) for order in orders
    )


_COMPARED = {
    tables.orders: (
        "order_id",
        "status",
        "total_minor",
        "units",
        "marketplace_id",
        "day",
        "created_at",
        "currency",
        "fulfilled_by",
        "on_amazon",
    ),
    # The search and reports name lines differently, and which of them told of an order depends on the second.
    tables.order_items: ("order_id", "sku", "quantity", "total_minor", "asin", "title"),
    tables.daily_sales: (
        "marketplace_id",
        "day",
        "currency",
        "orders",
        "priced_orders",
        "revenue_minor",
        "units",
    ),
    tables.daily_statuses: ("marketplace_id", "day", "currency", "status", "orders"),
    tables.daily_sku_sales: (
        "marketplace_id",
        "day",
        "sku",
        "currency",
        "orders",
        "revenue_minor",
        "units",
        "asin",
    ),
    tables.sku_stretches: (
        "marketplace_id",
        "day",
        "sku",
        "currency",
        "orders",
        "revenue_minor",
        "units",
        *UNITS,
    ),
}


def _all_rows(engine: Engine) -> dict[str, Rows]:
    with reading(engine, owning=True) as database:
        return {
            table.name: sorted(
                (tuple(row) for row in database.execute(select(*(table.c[name] for name in names)))), key=repr
            )
            for table, names in _COMPARED.items()
        }


def _parts(engine: Engine) -> int:
    """How many parts of documents that were taken over are still there."""
    mine = tables.report_parts.c.report_id == tables.reports.c.id
    question = select(func.count()).select_from(tables.report_parts.join(tables.reports, mine))
    with reading(engine, owning=True) as database:
        return database.scalar(question.where(tables.reports.c.purpose == Purpose.HISTORY.value)) or 0
