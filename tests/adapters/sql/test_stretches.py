"""Sums over stretches of days say what the days say, whatever the period."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Date, Engine, Row, literal, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.stretches import DAYS, Cut, first_of, first_of_stretch, place_in_stretch, place_of
from domain.inventory.cover import DEMAND_DAYS
from domain.kpis.periods import Period
from domain.kpis.products import ProductKey, ProductQuestion
from domain.kpis.stock_items import StockQuestion
from domain.marketplaces import MARKETPLACES
from domain.orders.counting import book
from tests.adapters.sql.recounting import a_page
from tests.contracts.backends import SqlBackend
from tests.contracts.samples import NOW, connected, registered
from tests.fakes.things import DE, US, a_level, an_item, an_order

TODAY, DAY = NOW.date(), timedelta(days=1)
SKUS, POOLS = ("SKU-1", "SKU-2"), {MARKETPLACES[each].stock_pool for each in (US, DE)}
#: Over the end of a year, and a leap day.
EVERY_DAY = [date(2023, 12, 20) + timedelta(days=number) for number in range(80)]
PERIODS = [Period(first, first + timedelta(days=more)) for first in EVERY_DAY[:16] for more in range(40)]


def test_the_database_cuts_days_into_the_same_stretches_as_we_do(engine: Engine) -> None:
    with reading(engine) as database:
        found = [
            database.execute(select(first_of_stretch(each), place_in_stretch(each))).one()
            for each in (literal(day, Date) for day in EVERY_DAY)
        ]

    assert [tuple(row) for row in found] == [(first_of(day), place_of(day)) for day in EVERY_DAY]


def test_every_period_is_cut_into_its_own_days() -> None:
    for span in PERIODS:
        cut = Cut(span.first, span.last)
        begin, last = cut.whole
        whole = [day for day in _days(begin, last + timedelta(days=DAYS - 1)) if begin <= last]

        assert _days(*cut.before) + whole + _days(*cut.after) == span.each_day()
        assert begin == first_of(begin)


@pytest.fixture
def random() -> Random:
    return Random(11)


def sold_over_weeks(engine: Engine, random: Random) -> SqlBackend:
    """Orders of three sellers, who are one user, that come, change and are cancelled, over two months."""
    backend = SqlBackend(engine)
    user = registered(backend)
    sellers = [connected(backend, user, f"SELLER{number}").id for number in range(3)]
    with backend.work() as work:
        for seller in sellers * 15:
            page = a_page(random, since=NOW - timedelta(days=random.randint(0, 60)))
            work.orders.save_page(seller, page)
        for seller in sellers:
            for marketplace in (US, DE):
                work.stock.save_page(seller, marketplace, [a_level(sku) for sku in SKUS], "pass", NOW)
        work.commit()
    return backend


def test_best_sellers_of_any_period_are_what_its_days_say(engine: Engine, random: Random) -> None:
    figures, days = sold_over_weeks(engine, random).figures(), _sku_days(engine)
    user_id = days[0].user_id

    for _ in range(60):
        first = TODAY - timedelta(days=random.randint(0, 60))
        span = Period(first, first + timedelta(days=random.randint(0, 40)))
        market, key = random.choice((US, DE, None)), random.choice(tuple(ProductKey))
        question = ProductQuestion("USD", 10, key, marketplace_id=market)
        found = figures.sales.best_sellers(user_id, "amazon", span, question)()

        expected: dict[str | None, Counter[str]] = {}
        for row in days:
            if span.holds(row.day) and row.currency == "USD" and market in (row.marketplace_id, None):
                sums = expected.setdefault(getattr(row, key.value), Counter())
                sums.update(orders=row.orders, units=row.units, revenue=row.revenue_minor)
        told = {
            getattr(one, key.value): Counter(orders=one.orders, units=one.units, revenue=one.revenue_minor)
            for one in found.rows
        }
        assert told == expected


def test_of_two_asins_that_a_page_tells_of_a_stretch_each_database_keeps_the_same(engine: Engine) -> None:
    backend = SqlBackend(engine)
    seller = connected(backend, registered(backend))
    first = datetime.combine(first_of(TODAY), NOW.timetz()) + timedelta(days=1)
    lines = [replace(an_item("SKU-1"), asin=asin) for asin in ("B000000002", "B000000001", None)]
    page = [
        book(an_order(f"O-{number}", line, created_at=first + number * DAY), US)
        for number, line in enumerate(lines)
    ]

    with backend.work() as work:
        work.orders.save_page(seller.id, page)
        work.commit()

    with reading(engine) as database:
        assert database.execute(select(tables.sku_stretches.c.asin)).scalars().all() == ["B000000002"]


def test_the_demand_on_any_day_is_what_the_days_before_say(engine: Engine, random: Random) -> None:
    figures, days = sold_over_weeks(engine, random).figures(), _sku_days(engine)
    user_id = days[0].user_id

    for number in range(2 * DAYS):
        last = TODAY - timedelta(days=number)
        span = Period(last - timedelta(days=DEMAND_DAYS - 1), last)
        items = figures.stock.items(user_id, StockQuestion(), span.first, span.last, None, 20)

        expected: Counter[tuple[object, ...]] = Counter()
        for row in days:
            if span.holds(row.day):
                expected[row.connection_id, row.stock_pool, row.sku] += row.units
        told = Counter({(one.connection_id, one.stock_pool, one.sku): one.sold for one in items})
        assert len(items) == 3 * len(POOLS) * len(SKUS)
        assert told == expected


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _sku_days(engine: Engine) -> list[Row[Any]]:
    with reading(engine) as database:
        return list(database.execute(select(tables.daily_sku_sales)))
