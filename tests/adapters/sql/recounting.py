"""The daily sums once more, counted from the orders and lines in the database, and pages at random to try them with."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, case, func, select

from adapters.sql import tables
from adapters.sql.engine import reading
from domain.marketplaces import MARKETPLACES
from domain.money import Money
from domain.orders.counting import book
from domain.orders.model import CANCELLED, UNSHIPPED, BookedOrder, OrderItem, Source
from tests.fakes.things import DE, NOW, US, an_order

Rows = set[tuple[object, ...]]
_MARKETPLACES = (US, DE, None)
_CURRENCIES = ("USD", "EUR")


def kept_sums(engine: Engine) -> tuple[Rows, ...]:
    """What stands in the tables of days, of SKUs with their stretches and months (except for the ASINs), and of statuses."""
    sale, sku, stretch = tables.daily_sales, tables.daily_sku_sales, tables.sku_stretches
    month = tables.sku_months
    with reading(engine) as database:
        days = database.execute(select(sale)).all()
        skus = database.execute(select(*(column for column in sku.c if column.name != "asin"))).all()
        stretches = database.execute(select(*(each for each in stretch.c if each.name != "asin"))).all()
        months = database.execute(select(*(each for each in month.c if each.name != "asin"))).all()
        statuses = database.execute(select(tables.daily_statuses)).all()
    return tuple({tuple(row) for row in rows} for rows in (days, skus, stretches, months, statuses))


def recounted(engine: Engine) -> tuple[Rows, ...]:
    """What should stand there: the orders that aren't cancelled, added up by the database; and all of them by status."""
    order, line = tables.orders.c, tables.order_items.c
    counts = order.status != CANCELLED
    channel = case((tables.connections.c.provider == "shopify", "shopify"), else_="amazon")
    key = (order.connection_id, order.marketplace_id, order.day, order.currency, order.user_id, channel)
    days = (
        select(
            *key,
            func.count(),
            func.count(order.total_minor),
            func.coalesce(func.sum(order.total_minor), 0),
            func.sum(order.units),
            func.sum(case((order.status.in_(sorted(UNSHIPPED)), 1), else_=0)),
        )
        .select_from(tables.orders.join(tables.connections))
        .where(counts)
        .group_by(*key)
    )
    place = (order.connection_id, order.marketplace_id, order.day, line.sku, order.currency, order.user_id)
    both = (line.connection_id == order.connection_id) & (line.order_id == order.order_id)
    skus = (
        select(
            *place,
            func.sum(line.quantity),
            func.coalesce(func.sum(line.total_minor), 0),
            func.count(order.order_id.distinct()),
        )
        .select_from(tables.orders.join(tables.order_items, both))
        .where(counts, line.sku.is_not(None))
        .group_by(*place)
    )
    of_status = (order.connection_id, order.day, order.marketplace_id, order.currency, order.status)
    statuses = select(*of_status, order.user_id, func.count()).group_by(*of_status, order.user_id)
    with reading(engine) as database:
        by_status = {tuple(row) for row in database.execute(statuses)}
        by_day = {_whole(row) for row in database.execute(days)}
        by_sku = {
            _whole((*row[:6], _stock_pool(row.marketplace_id), *row[6:])) for row in database.execute(skus)
        }
        spans = {row.connection_id: row for row in database.execute(select(tables.sku_month_spans))}
    return by_day, by_sku, _in_stretches(by_sku), _in_months(by_sku, spans), by_status


def _in_months(days: Rows, spans: Mapping[object, Any]) -> Rows:
    """The rows of SKUs' days that are in their connection's month put together."""
    found: dict[tuple[object, ...], list[int]] = {}
    for connection, marketplace, day, sku, currency, user, pool, *sums in days:
        span = spans.get(connection)
        if span is None or not span.day <= day <= span.last_day:
            continue
        month = found.setdefault((connection, sku, marketplace, currency, user, pool, span.day), [0] * 3)
        for number, value in enumerate(sums):
            assert isinstance(value, int)
            month[number] += value
    return {(*key, *sums) for key, sums in found.items()}


def _in_stretches(days: Rows) -> Rows:
    """The rows of SKUs' days put together by eights, day by day from the second of January of the year 1 on."""
    found: dict[tuple[object, ...], list[int]] = {}
    for row in days:
        connection, marketplace, day, *rest, units, revenue, orders = row
        assert isinstance(day, date)
        stretch, place = divmod((day - date(1, 1, 1)).days + 1, 8)
        first = date(1, 1, 1) + timedelta(days=8 * stretch - 1)
        sku, currency, user, pool = rest
        sums = found.setdefault((connection, first, marketplace, sku, currency, user, pool), [0] * 11)
        for number, value in ((0, units), (1, revenue), (2, orders), (3 + place, units)):
            assert isinstance(value, int)
            sums[number] += value
    return {(*key, *sums) for key, sums in found.items()}


def _stock_pool(marketplace_id: str) -> str:
    """A store has one of its own."""
    return MARKETPLACES[marketplace_id].stock_pool if marketplace_id in MARKETPLACES else marketplace_id


def _whole(row: Iterable[object]) -> tuple[object, ...]:
    """PostgreSQL adds bigints up to a Decimal."""
    return tuple(int(value) if type(value).__name__ == "Decimal" else value for value in row)  # type: ignore[call-overload]


def a_page(random: Random, orders: int = 12, since: datetime = NOW) -> list[BookedOrder]:
    """Versions of few orders, so that they meet again and again: of any age, source, day, status and with any lines."""
    return [_version(random, since) for _ in range(random.randint(1, orders))]


def _version(random: Random, since: datetime) -> BookedOrder:
    currency = random.choice(_CURRENCIES)
    lines = tuple(
        OrderItem(
            order_item_id=str(random.randint(1, 4)),
            sku=random.choice(("SKU-1", "SKU-2", None)),
            asin=random.choice(("B000000001", None)),
            title=None,
            quantity=random.randint(0, 3),
            total=random.choice((Money(random.randint(0, 500), random.choice(_CURRENCIES)), None)),
            goods=random.choice((Money(random.randint(0, 500), currency), None)),
        )
        for _ in range(random.randint(0, 3))
    )
    order = an_order(
        f"O-{random.randint(1, 15)}",
        *lines,
        marketplace_id=random.choice(_MARKETPLACES),
        created_at=since - timedelta(hours=random.choice((0, 1, 30))),
        updated_at=since + timedelta(minutes=random.randint(0, 5)),
        status=random.choice(("PENDING", "SHIPPED", "UNSHIPPED", "PARTIALLY_SHIPPED", CANCELLED)),
        total=random.choice((Money(random.randint(0, 900), currency), None)),
    )
    return book(replace(order, source=random.choice(tuple(Source))), US)
