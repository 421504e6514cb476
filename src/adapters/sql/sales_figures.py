"""Figures of the sales, added up by the database; nothing is divided here."""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Engine,
    Select,
    Table,
    bindparam,
    cast,
    func,
    null,
    select,
    union_all,
)

from adapters.sql import tables
from adapters.sql.dialect import added_up, one_of
from adapters.sql.erasing import looked_up, still_there, visible
from adapters.sql.month_sums import with_month
from adapters.sql.spans import days_of, number_of, within_any
from adapters.sql.straight import asked
from adapters.sql.stretches import Cut
from domain.connections.model import Provider
from domain.kpis.model import BestSellers, ChannelSales, DailySales, DaysSold, ProductSales, StatusOrders
from domain.kpis.periods import Period
from domain.kpis.ports import Later
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.users.model import UserId

_SUMS = ("orders", "priced_orders", "revenue_minor", "units", "unshipped")


class SqlSalesFigures:
    """Reads the daily rollups."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def daily(
        self,
        user_id: UserId,
        channel: str,
        first: date,
        last: date,
        marketplace_id: str | None,
        statuses_from: date | None = None,
    ) -> Later[DaysSold]:
        """Days and statuses, one below the other, over all of the user's connections to the channel."""
        values = {
            "of_user": user_id,
            "of_channel": channel,
            "first_day": first,
            "last_day": last,
            "in_marketplace": marketplace_id,
            "statuses_from": statuses_from or first,
        }
        question = _daily(channel, marketplace_id is not None, self._engine.dialect.name)
        return asked(self._engine, question, values, _days_sold)

    def by_channel(self, user_id: UserId, spans: Sequence[Period]) -> Later[list[ChannelSales]]:
        """Added up over the days of each period in one statement."""
        values = {"of_user": user_id, **days_of(spans)}

        def told(rows: Sequence[Any]) -> list[ChannelSales]:
            return [
                ChannelSales(channel, currency, spans[number], *sums)
                for number, channel, currency, *sums in rows
            ]

        return asked(self._engine, _by_channel(len(spans)), values, told)

    def best_sellers(
        self, user_id: UserId, channel: str, span: Period, question: ProductQuestion
    ) -> Later[BestSellers]:
        """Ranked by the database, which also adds up what does not come into the list."""
        values: dict[str, object] = {"of_user": user_id, "month_from": span.first, "month_to": span.last}
        for name, (first, last) in _parts(question, span).items():
            values |= {f"first_{name}": first, f"last_{name}": last}
        best = _best(channel, question, self._engine.dialect.name)
        return asked(self._engine, best, values, _best_sellers)


def _days_sold(rows: Sequence[Any]) -> DaysSold:
    days = [DailySales(row[0], row[1], *row[3:]) for row in rows if row[2] is None]
    days.sort(key=lambda row: (row.day, row.currency))
    return DaysSold(days, [StatusOrders(row[2], row[1], row[3]) for row in rows if row[2] is not None])


def _best_sellers(rows: Sequence[Any]) -> BestSellers:
    found = tuple(
        ProductSales(sku, asin, orders, units, revenue) for sku, asin, orders, units, revenue, *_ in rows
    )
    return BestSellers(found, rows[0].products if rows else 0, rows[0].whole if rows else 0)


# To put a statement together takes longer than to execute it: so each is built once, with parameters for the rest.


@cache
def _daily(channel: str, of_marketplace: bool, dialect: str) -> CompoundSelect[Any]:
    """A channel's sums of each day and currency, and its orders by status and currency: one answer, on one way."""
    sale, order = tables.daily_sales.c, tables.daily_statuses.c
    days = (
        select(sale.day, sale.currency, null().label("status"), *(added_up(sale[name]) for name in _SUMS))
        .where(
            sale.user_id == bindparam("of_user"),
            sale.channel == bindparam("of_channel"),
            sale.day.between(bindparam("first_day"), bindparam("last_day")),
            visible(sale.connection_id, bindparam("of_user")),
        )
        .group_by(sale.day, sale.currency)
    )
    # Read by the key that they are stored under, as the sums of SKUs are.
    statuses = (
        select(null(), order.currency, order.status, added_up(order.orders), *(null() for _ in _SUMS[1:]))
        .where(
            order.day.between(bindparam("statuses_from"), bindparam("last_day")),
            looked_up(order.connection_id, _of(channel), dialect),
        )
        .group_by(order.currency, order.status)
    )
    if of_marketplace:
        days = days.where(sale.marketplace_id == bindparam("in_marketplace"))
        statuses = statuses.where(order.marketplace_id == bindparam("in_marketplace"))
    return union_all(days, statuses)


@cache
def _by_channel(spans: int) -> Select[Any]:
    """The sums of each of so many periods, by channel and currency."""
    sale = tables.daily_sales.c
    number = number_of(sale.day, spans)
    return (
        select(number, sale.channel, sale.currency, *(added_up(sale[name]) for name in _SUMS))
        .where(
            sale.user_id == bindparam("of_user"),
            *within_any(sale.day, spans),
            visible(sale.connection_id, bindparam("of_user")),
        )
        .group_by(number, sale.channel, sale.currency)
        .order_by(number, sale.channel, sale.currency)
    )


@lru_cache(maxsize=256)
def _best(channel: str, question: ProductQuestion, dialect: str) -> Select[Any]:
    """The products that sold best, with how many there are and what all of them brought."""
    product = _products(channel, question, dialect).subquery()
    rank = product.c.units if question.ranking is Ranking.UNITS else product.c.revenue_minor
    binary = "C" if dialect == "postgresql" else "BINARY"  # as Python compares texts
    key = product.c[question.by.value]
    return (
        select(
            product,
            func.count().over().label("products"),
            cast(func.sum(product.c.revenue_minor).over(), BigInteger).label("whole"),
        )
        .order_by(rank.desc(), key.is_(None), key.collate(binary))
        .limit(question.limit)
    )


def _parts(question: ProductQuestion, span: Period) -> dict[str, tuple[date, date]]:
    """The days whose sums are added up, by where they are found: single days, and stretches of days by their first."""
    if question.by is ProductKey.ASIN:
        return {"days": (span.first, span.last)}
    cut = Cut(span.first, span.last)
    return {"before": cut.before, "stretches": cut.whole, "after": cut.after}


def _products(channel: str, question: ProductQuestion, dialect: str) -> Select[tuple[Any, ...]]:
    """Each product's sums over the days of the period.

    A SKU's are read from the month that is kept of the connection, where the period is that; else from stretches of
    days as far as possible. An ASIN's are not: a SKU that was used anew within a stretch or a month has two.
    """
    sums = ("orders", "units", "revenue_minor")
    if question.by is ProductKey.ASIN:
        day = _sold(tables.daily_sku_sales, "days", channel, question, dialect).subquery().c
        key = day.asin
        names: tuple[ColumnElement[Any], ...] = (null().label("sku"), key)
    else:
        parts = (
            _of_months(channel, question, dialect),
            _sold(tables.daily_sku_sales, "before", channel, question, dialect),
            _sold(tables.sku_stretches, "stretches", channel, question, dialect),
            _sold(tables.daily_sku_sales, "after", channel, question, dialect),
        )
        day = union_all(*parts).subquery().c
        key = day.sku
        # Of a SKU, the ASIN that is known: a SKU has one, unless the seller has used it anew.
        names = (key, func.max(day.asin).label("asin"))
    return select(*names, *(added_up(day[name]).label(name) for name in sums)).group_by(key)


def _sold(table: Table, part: str, channel: str, question: ProductQuestion, dialect: str) -> Select[Any]:
    """The rows of a part of the period.

    Read by the key that the sums are stored under, which begins with the connection and the day. Named as well, the
    user would tempt SQLite to read the sums of all days by another index.
    """
    sale = table.c
    connections = _of(channel)
    if question.by is ProductKey.SKU:
        connections = connections.where(tables.connections.c.id.not_in(with_month()))
    return _rows_of(table, question).where(
        sale.day.between(bindparam(f"first_{part}"), bindparam(f"last_{part}")),
        looked_up(sale.connection_id, connections, dialect),
    )


def _of_months(channel: str, question: ProductQuestion, dialect: str) -> Select[Any]:
    """The rows of the connections whose kept month is the whole period."""
    connections = _of(channel).where(tables.connections.c.id.in_(with_month()))
    months = tables.sku_months
    return _rows_of(months, question).where(looked_up(months.c.connection_id, connections, dialect))


def _rows_of(table: Table, question: ProductQuestion) -> Select[Any]:
    sale = table.c
    found = select(sale.sku, sale.asin, sale.orders, sale.units, sale.revenue_minor).where(
        sale.currency == question.currency
    )
    if question.marketplace_id is not None:
        found = found.where(sale.marketplace_id == question.marketplace_id)
    return found


def _of(channel: str) -> Select[tuple[UUID]]:
    """The user's connections to the channel that are not being erased."""
    kept = tables.connections.c
    providers = [each.value for each in Provider if each.channel == channel]
    return select(kept.id).where(
        kept.user_id == bindparam("of_user"), one_of(kept.provider, providers), still_there()
    )
