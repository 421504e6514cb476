"""The daily sums equal a recount, whatever comes, in whatever order, from however many writers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading
from domain.connections.model import ConnectionId
from domain.kpis.periods import Period
from domain.orders.model import BookedOrder
from tests.adapters.sql.recounting import a_page, kept_sums, recounted
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.fakes.things import NOW


def save(engine: Engine, connection_id: ConnectionId, page: list[BookedOrder]) -> int:
    with SqlBackend(engine).work() as work:
        news = work.orders.save_page(connection_id, page)
        work.commit()
    return news


def count_month(engine: Engine, connection_id: ConnectionId, random: Random) -> None:
    """Of days that hold some of the orders, as a rule."""
    first = NOW.date() - timedelta(days=random.randint(0, 3))
    with SqlBackend(engine).work() as work:
        work.months.count(connection_id, Period(first, first + timedelta(days=random.randint(0, 3))), NOW)
        work.commit()


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_pages_leaves_the_sums_of_a_recount(engine: Engine, seed: int) -> None:
    random, backend = Random(seed), SqlBackend(engine)
    user = registered(backend)
    connections = [connected(backend, user, f"SELLER{number}").id for number in range(2)]

    for _ in range(25):
        save(engine, random.choice(connections), a_page(random))
        if random.random() < 0.2:
            count_month(engine, random.choice(connections), random)

        assert kept_sums(engine) == recounted(engine)
    assert all(kept_sums(engine))


def test_a_page_that_comes_again_is_no_news(engine: Engine) -> None:
    random, backend = Random(7), SqlBackend(engine)
    connection = connected(backend, registered(backend))
    pages = [a_page(random) for _ in range(10)]
    for page in pages:
        save(engine, connection.id, page)
    before = kept_sums(engine)

    news = save(engine, connection.id, pages[-1])

    assert (news, kept_sums(engine)) == (0, before)


@pytest.mark.parametrize("url", ["postgres"], indirect=True)  # SQLite has one writer at a time
def test_two_writers_of_one_connection_leave_the_sums_of_a_recount(url: str) -> None:
    engines = make_engine(url), make_engine(url)
    backend = SqlBackend(engines[0])
    connection = connected(backend, registered(backend))
    start = Barrier(2)

    def write(number: int) -> None:
        random = Random(number)
        start.wait()
        for _ in range(40):
            save(engines[number], connection.id, a_page(random))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(2)))

    assert kept_sums(engines[0]) == recounted(engines[0])
    with reading(engines[0]) as database:
        assert database.execute(select(tables.orders)).first() is not None
    for each in engines:
        each.dispose()


@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_session_that_began_on_empty_tables_finds_single_orders_by_their_keys(engine: Engine) -> None:
    random, backend = Random(1), SqlBackend(engine)
    connection = connected(backend, registered(backend))

    for _ in range(8):  # as often as it takes until a plan would be kept
        save(engine, connection.id, a_page(random))

    with reading(engine) as database:
        assert database.exec_driver_sql("SHOW plan_cache_mode").scalar() == "force_custom_plan"
        kept = database.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements WHERE generic_plans > 0")
        assert kept.scalar() == 0
