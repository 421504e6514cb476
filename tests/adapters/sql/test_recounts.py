"""Whatever comes, in whatever order, the daily sums are those of a recount; and a recount finds whatever is wrong in them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, event, insert, select, update

from adapters.sql import tables
from adapters.sql.engine import make_engine, reading, writing
from domain.acting import in_background
from domain.connections.model import Connection, Provider, Store
from domain.kpis.differences import Comparison
from domain.kpis.periods import Period
from domain.marketplaces import Region
from domain.money import Money
from domain.operations.retention import Cutoffs
from domain.orders.counting import book
from domain.orders.model import CANCELLED, BookedOrder, Order, OrderItem, Source
from tests import databases, servers
from tests.adapters.sql.recounting import a_page, kept_sums, recounted
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import connected, registered
from tests.fakes.things import CA, DE, JP, US

SHOP = "acme.myshopify.com"
#: An evening of the hour that Los Angeles has twice, and around it.
AUTUMN = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
_MANY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database that all examples of this module share, each with sellers of its own."""
    folder: Path = tmp_path_factory.mktemp("recounts")
    url = databases.sqlite_database(folder) if request.param == "sqlite" else databases.postgres_database()
    made = make_engine(url)
    yield made
    made.dispose()
    if request.param == "postgres":
        servers.postgres().drop_database(url)


@pytest.fixture(autouse=True)
def _emptied(engine: Engine) -> None:
    databases.empty(engine)


# What comes

_moments = st.sampled_from([AUTUMN + timedelta(hours=hours) for hours in (-30, -2, -1, 0, 1, 23, 49)])
_amounts = st.integers(0, 900)
_currencies = st.sampled_from(["USD", "CAD", "JPY"])


@st.composite
def _lines(draw: st.DrawFn) -> tuple[OrderItem, ...]:
    return tuple(
        OrderItem(
            order_item_id=str(number),
            sku=draw(st.sampled_from(["SKU-1", "SKU-2", None])),
            asin=draw(st.sampled_from(["B000000001", None])),
            title=None,
            quantity=draw(st.integers(0, 3)),
            total=draw(st.none() | st.builds(Money, _amounts, _currencies)),
        )
        for number in draw(st.lists(st.integers(1, 3), max_size=3, unique=True))
    )


@st.composite
def _orders(draw: st.DrawFn) -> Order:
    """A version of one of few orders, so that they meet again and again."""
    return Order(
        order_id=f"O-{draw(st.integers(1, 6))}",
        marketplace_id=draw(st.sampled_from([US, CA, JP, DE, None])),
        created_at=draw(_moments),
        updated_at=AUTUMN + timedelta(minutes=draw(st.integers(0, 4))),
        status=draw(st.sampled_from(["SHIPPED", "UNSHIPPED", "PARTIALLY_SHIPPED", "PENDING", CANCELLED])),
        fulfilled_by=None,
        total=draw(st.none() | st.builds(Money, _amounts, _currencies)),
        items=draw(_lines()),
        source=draw(st.sampled_from(Source)),
    )


_pages = st.lists(_orders(), min_size=1, max_size=6)
#: A page for one of the connections, or the order that what was placed before a day goes.
_happenings = st.lists(
    st.tuples(st.integers(0, 2), _pages) | st.sampled_from([AUTUMN - timedelta(hours=20), AUTUMN]),
    min_size=1,
    max_size=8,
)


def in_store(order: Order) -> BookedOrder:
    """As an order of a store in Adelaide is kept."""
    day = (order.created_at + timedelta(hours=10, minutes=30)).date()
    lines = tuple(replace(line, sku=None, asin=None) for line in order.items[:1])
    return BookedOrder(
        replace(order, marketplace_id=SHOP, items=lines),
        SHOP,
        day,
        order.total.currency if order.total else "AUD",
    )


#: Of some of the days on which orders come.
MONTH = Period(date(2026, 10, 3), date(2026, 11, 1))


def sellers(engine: Engine) -> list[Connection]:
    """Two sellers on Amazon with the month of each, and a store."""
    backend = SqlBackend(engine)
    user = registered(backend)
    store = connected(
        backend,
        user,
        SHOP,
        provider=Provider.SHOPIFY,
        region=Region.WORLD,
        marketplace_id=SHOP,
        marketplace_ids=(SHOP,),
        store=Store("Acme", "AUD", "Australia/Adelaide", ("read_orders",)),
    )
    on_amazon = [connected(backend, user, "SELLER1"), connected(backend, user, "SELLER2")]
    with backend.work() as work:
        for each in on_amazon:
            work.months.count(each.id, MONTH, AUTUMN)
        work.commit()
    return [*on_amazon, store]


def save(engine: Engine, connection: Connection, page: Sequence[Order]) -> None:
    shopify = connection.provider is Provider.SHOPIFY
    with SqlBackend(engine).work() as work:
        booked = [in_store(order) if shopify else book(order, US) for order in page]
        work.orders.save_page(connection.id, booked)
        work.commit()


def purge(engine: Engine, connection: Connection, now: datetime) -> None:
    """What was placed before that day goes, half of it at first."""
    cutoffs = Cutoffs.at(now, timedelta(0))
    with SqlBackend(engine).work() as work:
        work.retention.decide(connection.id, cutoffs, now)
        work.retention.remove_some(connection.id, cutoffs, 1)
        work.commit()


def compared(engine: Engine, connection: Connection) -> Comparison:
    with SqlBackend(engine).look() as work:
        found = work.recounts.compare(connection.id, 50)
    assert found is not None
    return found


def repaired(engine: Engine, connection: Connection) -> Comparison:
    with SqlBackend(engine).work() as work:
        found = work.recounts.repair(connection.id, 50)
        work.commit()
    assert found is not None
    return found


# No order of arrival makes a difference


@given(happenings=_happenings)
@_MANY
def test_whatever_comes_in_whatever_order_the_sums_are_those_of_a_recount(
    engine: Engine, happenings: list[Any]
) -> None:
    databases.empty(engine)
    places = sellers(engine)

    for happening in happenings:
        if isinstance(happening, datetime):
            for connection in places:
                purge(engine, connection, happening)
        else:
            number, page = happening
            save(engine, places[number], page)

        assert [compared(engine, connection).total for connection in places] == [0, 0, 0]
    if not any(isinstance(each, datetime) for each in happenings):
        assert kept_sums(engine) == recounted(engine)  # by other words than compare()'s


@given(page=st.lists(_orders(), min_size=2, max_size=12), order=st.randoms(use_true_random=False))
@_MANY
def test_the_order_of_arrival_and_repeats_change_no_sum(
    engine: Engine, page: list[Order], order: Any
) -> None:
    """Of versions that say when they were made; those of one moment are as good as each other, so each has its own."""
    databases.empty(engine)
    versions = [
        replace(each, updated_at=AUTUMN + timedelta(seconds=n), source=Source.API)
        for n, each in enumerate(page)
    ]
    shuffled = [*versions, *versions]
    order.shuffle(shuffled)
    first, second, _store = sellers(engine)

    for each in versions:
        save(engine, first, [each])
    for each in shuffled:
        save(engine, second, [each])

    for sums in kept_sums(engine):
        of = [{row[1:] for row in sums if row[0] == connection.id} for connection in (first, second)]
        assert of[0] == of[1]


# Whatever is wrong is found, and mended


def sold(engine: Engine) -> tuple[Connection, Connection]:
    """Two sellers with the same orders on two days."""
    first, second, _store = sellers(engine)
    lines = (OrderItem("1", "SKU-1", "B000000001", None, 2, Money(500, "USD")),)
    page = [
        Order(f"O-{n}", US, AUTUMN + timedelta(days=n), AUTUMN, "UNSHIPPED", None, Money(900, "USD"), lines)
        for n in range(2)
    ]
    for connection in (first, second):
        save(engine, connection, page)
    return first, second


FIRST, SECOND = date(2026, 11, 1), date(2026, 11, 2)
_SALE, _SKU, _STATUS = tables.daily_sales, tables.daily_sku_sales, tables.daily_statuses
_STRETCH, _MONTH = tables.sku_stretches, tables.sku_months
#: The first day of the stretch that both days are in.
BEGIN = date(2026, 10, 31)
Planting = Callable[[Connection], Any]
#: What is done to the sums, and where that is: the day, and the SKU or status where it is one's sum.
PLANTED: dict[str, tuple[Planting, tuple[date, str | None]]] = {
    "too much revenue": (
        lambda one: update(_SALE).where(_SALE.c.connection_id == one.id, _SALE.c.day == FIRST).values(revenue_minor=901),
        (FIRST, None),
    ),
    "too few orders": (
        lambda one: update(_SALE).where(_SALE.c.connection_id == one.id, _SALE.c.day == SECOND).values(orders=0),
        (SECOND, None),
    ),
    "unshipped that was shipped": (
        lambda one: update(_SALE).where(_SALE.c.connection_id == one.id, _SALE.c.day == FIRST).values(unshipped=2),
        (FIRST, None),
    ),
    "another channel": (
        lambda one: update(_SALE).where(_SALE.c.connection_id == one.id, _SALE.c.day == FIRST).values(channel="shopify"),
        (FIRST, None),
    ),
    "a day that is missing": (
        lambda one: delete(_SALE).where(_SALE.c.connection_id == one.id, _SALE.c.day == SECOND),
        (SECOND, None),
    ),
    "a day too many": (
        lambda one: insert(_SALE).values(
            connection_id=one.id, user_id=one.user_id, marketplace_id=DE, day=SECOND, currency="EUR", channel="amazon",
            orders=1, priced_orders=1, revenue_minor=5, units=1, unshipped=0,
        ),
        (SECOND, None),
    ),
    "an empty day": (
        lambda one: insert(_SALE).values(
            connection_id=one.id, user_id=one.user_id, marketplace_id=US, day=SECOND, currency="CAD", channel="amazon",
            orders=0, priced_orders=0, revenue_minor=0, units=0, unshipped=0,
        ),
        (SECOND, None),
    ),
    "too few units of a SKU": (
        lambda one: update(_SKU).where(_SKU.c.connection_id == one.id, _SKU.c.day == FIRST).values(units=1),
        (FIRST, "SKU-1"),
    ),
    "a SKU of another stock": (
        lambda one: update(_SKU).where(_SKU.c.connection_id == one.id, _SKU.c.day == FIRST).values(stock_pool="EU"),
        (FIRST, "SKU-1"),
    ),
    "a SKU under another name": (
        lambda one: delete(_SKU).where(_SKU.c.connection_id == one.id, _SKU.c.day == FIRST),
        (FIRST, "SKU-1"),
    ),
    "too little revenue of a SKU in a stretch": (
        lambda one: update(_STRETCH).where(_STRETCH.c.connection_id == one.id).values(revenue_minor=1),
        (BEGIN, "SKU-1"),
    ),
    "units of a SKU on another day of a stretch": (
        lambda one: update(_STRETCH).where(_STRETCH.c.connection_id == one.id).values(units_1=0, units_3=2),
        (BEGIN, "SKU-1"),
    ),
    "a stretch that is missing": (
        lambda one: delete(_STRETCH).where(_STRETCH.c.connection_id == one.id),
        (BEGIN, "SKU-1"),
    ),
    "too many units of a SKU in a month": (
        lambda one: update(_MONTH).where(_MONTH.c.connection_id == one.id).values(units=3),
        (MONTH.first, "SKU-1"),
    ),
    "a month that is missing": (
        lambda one: delete(_MONTH).where(_MONTH.c.connection_id == one.id),
        (MONTH.first, "SKU-1"),
    ),
    "a month of another stock": (
        lambda one: update(_MONTH).where(_MONTH.c.connection_id == one.id).values(stock_pool="EU"),
        (MONTH.first, "SKU-1"),
    ),
    "no ASIN of a SKU": (
        lambda one: update(_SKU).where(_SKU.c.connection_id == one.id, _SKU.c.day == FIRST).values(asin=None),
        (FIRST, "SKU-1"),
    ),
    "an ASIN that no order has": (
        lambda one: update(_SKU).where(_SKU.c.connection_id == one.id, _SKU.c.day == SECOND).values(asin="B9"),
        (SECOND, "SKU-1"),
    ),
    "an ASIN of a stretch that no order has": (
        lambda one: update(_STRETCH).where(_STRETCH.c.connection_id == one.id).values(asin="B9"),
        (BEGIN, "SKU-1"),
    ),
    "no ASIN of a month": (
        lambda one: update(_MONTH).where(_MONTH.c.connection_id == one.id).values(asin=None),
        (MONTH.first, "SKU-1"),
    ),
    "too many of a status": (
        lambda one: update(_STATUS).where(_STATUS.c.connection_id == one.id, _STATUS.c.day == FIRST).values(orders=2),
        (FIRST, "UNSHIPPED"),
    ),
    "a status that is missing": (
        lambda one: delete(_STATUS).where(_STATUS.c.connection_id == one.id, _STATUS.c.day == SECOND),
        (SECOND, "UNSHIPPED"),
    ),
    "a status too many": (
        lambda one: insert(_STATUS).values(
            connection_id=one.id, user_id=one.user_id, marketplace_id=US, day=SECOND, currency="USD",
            status="SHIPPED", orders=0,
        ),
        (SECOND, "SHIPPED"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_wrong_is_found_where_it_is_and_set_right_alone(engine: Engine, planted: str) -> None:
    plant, place = PLANTED[planted]
    wronged, other = sold(engine)
    before = all_sums(engine)
    with writing(engine) as database:
        database.execute(plant(wronged))

    found, elsewhere = compared(engine, wronged), compared(engine, other)
    mended = repaired(engine, wronged)

    assert [(each.day, each.sku or each.status) for each in found.differences] == [place]
    assert found.differences[0].kept != found.differences[0].counted
    assert (found.total, elsewhere.total, mended) == (1, 0, found)
    assert compared(engine, wronged).total == 0
    assert all_sums(engine) == before


def line(sku: str, asin: str | None) -> OrderItem:
    return OrderItem("1", sku, asin, None, 2, Money(500, "USD"))


def of(name: str, *lines: OrderItem, minutes: int = 0, status: str = "SHIPPED") -> Order:
    at = AUTUMN + timedelta(minutes=minutes)
    return Order(name, US, AUTUMN, at, status, None, Money(900, "USD"), lines)


def asins(engine: Engine) -> list[str | None]:
    """That of each day of a SKU."""
    with reading(engine) as database:
        return list(database.execute(select(_SKU.c.asin)).scalars())


def test_of_several_asins_any_that_an_order_has_may_have_been_told_last(engine: Engine) -> None:
    connection, *_others = sellers(engine)
    save(engine, connection, [of("O-1", line("SKU-1", "B2"))])
    save(engine, connection, [of("O-2", line("SKU-1", "B1"))])
    save(engine, connection, [of("O-3", line("SKU-1", None))])

    before = compared(engine, connection)
    save(engine, connection, [of("O-2", line("SKU-1", "B1"), minutes=1, status=CANCELLED)])

    assert (asins(engine), before.total, compared(engine, connection).total) == (["B1"], 0, 0)


def test_an_asin_of_another_sku_is_none_of_this_ones(engine: Engine) -> None:
    connection, *_others = sellers(engine)
    save(engine, connection, [of("O-1", line("SKU-1", "B1")), of("O-2", line("SKU-2", "B2"))])
    with writing(engine) as database:
        database.execute(update(_SKU).values(asin="B2"))

    (found,) = compared(engine, connection).differences

    assert (found.sku, found.kept, found.counted) == (
        "SKU-1",
        {"orders": 1, "revenue_minor": 500, "units": 2, "stock_pool": US, "asin": "B2"},
        {"orders": 1, "revenue_minor": 500, "units": 2, "stock_pool": US, "asin": "B1"},
    )


def test_an_asin_that_no_order_tells_of_any_more_is_kept(engine: Engine) -> None:
    connection, *_others = sellers(engine)
    save(engine, connection, [of("O-1", line("SKU-1", "B1"))])

    save(engine, connection, [of("O-1", line("SKU-1", None), minutes=1)])

    assert (asins(engine), compared(engine, connection).total) == (["B1"], 0)


def test_an_asin_is_not_named_where_other_sums_differ(engine: Engine) -> None:
    connection, *_others = sellers(engine)
    save(engine, connection, [of("O-1", line("SKU-1", "B2")), of("O-2", line("SKU-1", "B1"))])
    with writing(engine) as database:
        database.execute(update(_SKU).values(units=9))

    (found,) = compared(engine, connection).differences

    assert found.kept is not None
    assert "asin" not in found.kept


@given(
    pages=st.lists(_pages, min_size=2, max_size=6), of_before=st.lists(st.booleans(), min_size=6, max_size=6)
)
@_MANY
def test_what_the_release_before_writes_beside_this_one_is_known_for_it_and_set_right(
    engine: Engine, pages: list[list[Order]], of_before: list[bool]
) -> None:
    """It keeps neither orders by status nor stretches nor months: what they lack makes later sums too low, below zero even."""
    databases.empty(engine)
    connection, *_others = sellers(engine)

    for page, is_before in zip(pages, of_before, strict=False):
        save_as_before(engine, connection, page) if is_before else save(engine, connection, page)

    found, mended = compared(engine, connection), repaired(engine, connection)
    assert found.left_behind == (found.total > 0)
    assert mended == found
    assert kept_sums(engine) == recounted(engine)


def save_as_before(engine: Engine, connection: Connection, page: Sequence[Order]) -> None:
    new = (_STATUS, _STRETCH)
    with reading(engine) as database:
        there = [[row._asdict() for row in database.execute(select(table))] for table in new]
    save(engine, connection, page)
    with writing(engine) as database:
        for table, rows in zip(new, there, strict=True):
            database.execute(delete(table))
            if rows:
                database.execute(insert(table), rows)


def all_sums(engine: Engine) -> list[set[tuple[Any, ...]]]:
    """Every row of all tables of sums, with everything in it."""
    with reading(engine) as database:
        tables_of_sums = (_SALE, _SKU, _STRETCH, _STATUS)
        return [{tuple(row) for row in database.execute(select(table))} for table in tables_of_sums]


def test_a_repair_writes_only_what_differs(engine: Engine) -> None:
    wronged, _other = sold(engine)
    with writing(engine) as database:
        database.execute(
            update(_SALE).where(_SALE.c.connection_id == wronged.id, _SALE.c.day == FIRST).values(units=9)
        )
    written: dict[str, int] = {}

    def note(_connection: Any, cursor: Any, statement: str, *_rest: Any) -> None:
        deed = statement.split(maxsplit=1)[0]
        if deed in {"DELETE", "INSERT"}:
            written[deed] = written.get(deed, 0) + cursor.rowcount

    event.listen(engine, "after_cursor_execute", note)
    try:
        repaired(engine, wronged)
    finally:
        event.remove(engine, "after_cursor_execute", note)

    assert written == {"DELETE": 1, "INSERT": 1}


def test_what_retention_has_reached_is_neither_compared_nor_touched(engine: Engine) -> None:
    wronged, _other = sold(engine)
    purge(engine, wronged, AUTUMN + timedelta(days=1))  # before November 2nd, in UTC
    with writing(engine) as database:
        database.execute(update(_SALE).where(_SALE.c.connection_id == wronged.id).values(units=9))
    before = all_sums(engine)

    found = repaired(engine, wronged)

    assert (found.since, found.total) == (date(2026, 11, 3), 0)
    assert all_sums(engine) == before


def test_a_sum_beyond_what_a_day_can_hold_is_counted_whole(engine: Engine) -> None:
    first, *_others = sellers(engine)
    order = Order("O-1", US, AUTUMN, AUTUMN, "SHIPPED", None, Money(4 * 10**17, "USD"), ())
    save(engine, first, [replace(order, order_id=f"O-{n}") for n in range(20)])

    assert compared(engine, first).total == 0


def test_a_stores_old_orders_go_as_well_and_stay_counted(engine: Engine) -> None:
    *_sellers, store = sellers(engine)
    order = Order("O-1", SHOP, AUTUMN, AUTUMN, "SHIPPED", None, Money(900, "AUD"), ())
    save(engine, store, [order])
    before = all_sums(engine)

    with SqlBackend(engine).look() as work:
        due = work.retention.due(Cutoffs.at(AUTUMN + timedelta(days=2), timedelta(0)))
    purge(engine, store, AUTUMN + timedelta(days=2))

    with reading(engine) as database:
        assert database.execute(select(tables.orders)).all() == []
    assert due == [store.id]
    assert all_sums(engine) == before
    assert compared(engine, store).total == 0


# While a sync goes on


def test_a_running_sync_is_never_taken_for_a_difference_nor_spoilt_by_a_repair(engine: Engine) -> None:
    connection, *_others = sellers(engine)
    ended, start = Event(), Barrier(2)

    def sync() -> None:
        random = Random(5)
        start.wait()
        try:
            for _ in range(40):
                with in_background(), SqlBackend(engine).work() as work:
                    work.orders.save_page(connection.id, a_page(random, 30))
                    work.commit()
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(sync)
        start.wait()
        totals = []
        while not ended.is_set():
            totals += [compared(engine, connection).total, repaired(engine, connection).total]
        writer.result()

    assert set(totals) == {0}
    assert kept_sums(engine) == recounted(engine)


# Whose turn it is


def claim(engine: Engine, today: date, most_connections: int = 10, most_orders: int = 100) -> object:
    with SqlBackend(engine).work() as work:
        chosen = work.recounts.claim(today, most_connections, most_orders)
        work.commit()
    return chosen


def test_processes_that_ask_at_once_get_different_connections(engine: Engine) -> None:
    places = sellers(engine)
    start = Barrier(6)

    def ask(_number: int) -> object:
        start.wait()
        with in_background():
            return claim(engine, FIRST)

    with ThreadPoolExecutor(6) as pool:
        chosen = list(pool.map(ask, range(6)))

    assert sorted(map(str, chosen)) == sorted([*(str(one.id) for one in places), "None", "None", "None"])
