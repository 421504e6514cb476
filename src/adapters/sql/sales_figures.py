"""Figures of the sales, added up by the database; nothing is divided here."""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, any_, bindparam, case, func, null, or_, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.erasing import still_there, visible
from domain.connections.model import Provider
from domain.kpis.model import BestSellers, ChannelSales, DailySales, ProductSales
from domain.kpis.periods import Period
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.users.model import UserId

_SUMS = ("orders", "priced_orders", "revenue_minor", "units", "unshipped")


class SqlSalesFigures:
    """Reads the daily rollups."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def daily(
        self, user_id: UserId, channel: str, first: date, last: date, marketplace_id: str | None
    ) -> list[DailySales]:
        """One row a day and currency, over all of the user's connections to the channel."""
        asked = {
            "of_user": user_id,
            "of_channel": channel,
            "first_day": first,
            "last_day": last,
            "in_marketplace": marketplace_id,
        }
        with reading(self._engine) as connection:
            rows = connection.execute(_daily(marketplace_id is not None), asked).all()
        # PostgreSQL adds bigints up to a numeric, which arrives as Decimal.
        return [DailySales(day, currency, *map(int, sums)) for day, currency, *sums in rows]

    def by_channel(self, user_id: UserId, spans: Sequence[Period]) -> list[ChannelSales]:
        """Added up over the days of each period in one statement."""
        asked: dict[str, object] = {"of_user": user_id}
        for place, span in enumerate(spans):
            asked |= {f"first_{place}": span.first, f"last_{place}": span.last}
        with reading(self._engine) as connection:
            rows = connection.execute(_by_channel(len(spans)), asked).all()
        return [
            ChannelSales(channel, currency, spans[number], *map(int, sums))
            for number, channel, currency, *sums in rows
        ]

    def best_sellers(
        self, user_id: UserId, channel: str, span: Period, question: ProductQuestion
    ) -> BestSellers:
        """Ranked by the database, which also adds up what does not come into the list."""
        asked = {"of_user": user_id, "first_day": span.first, "last_day": span.last}
        best = _best(channel, question, self._engine.dialect.name)
        with reading(self._engine) as connection:
            rows = connection.execute(best, asked).all()
        found = tuple(
            ProductSales(row.sku, row.asin, int(row.orders), int(row.units), int(row.revenue_minor))
            for row in rows
        )
        return BestSellers(found, rows[0].products if rows else 0, int(rows[0].whole) if rows else 0)


# To put a statement together takes longer than to execute it: so each is built once, with parameters for the rest.


@cache
def _daily(of_marketplace: bool) -> Select[Any]:
    """A channel's sums of each day and currency."""
    sale = tables.daily_sales.c
    question = (
        select(sale.day, sale.currency, *(func.sum(sale[name]) for name in _SUMS))
        .where(
            sale.user_id == bindparam("of_user"),
            sale.channel == bindparam("of_channel"),
            sale.day.between(bindparam("first_day"), bindparam("last_day")),
            visible(sale.connection_id, bindparam("of_user")),
        )
        .group_by(sale.day, sale.currency)
        .order_by(sale.day, sale.currency)
    )
    return question.where(sale.marketplace_id == bindparam("in_marketplace")) if of_marketplace else question


@cache
def _by_channel(spans: int) -> Select[Any]:
    """The sums of each of so many periods, by channel and currency."""
    sale = tables.daily_sales.c
    within = [
        sale.day.between(bindparam(f"first_{place}"), bindparam(f"last_{place}")) for place in range(spans)
    ]
    number = case(*((inside, place) for place, inside in enumerate(within))).label("number")
    return (
        select(number, sale.channel, sale.currency, *(func.sum(sale[name]) for name in _SUMS))
        .where(
            sale.user_id == bindparam("of_user"),
            or_(*within),
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
            func.sum(product.c.revenue_minor).over().label("whole"),
        )
        .order_by(rank.desc(), key.is_(None), key.collate(binary))
        .limit(question.limit)
    )


def _products(channel: str, question: ProductQuestion, dialect: str) -> Select[tuple[Any, ...]]:
    """Each product's sums over the days of the period.

    Read by the key that the sums are stored under, which begins with the connection and the day. Named as well, the
    user would tempt SQLite to read the sums of all days by another index.
    """
    sale = tables.daily_sku_sales.c
    # Of a SKU, the ASIN that is known: a SKU has one, unless the seller has used it anew.
    names: tuple[ColumnElement[Any], ...] = (sale.sku, func.max(sale.asin).label("asin"))
    key: ColumnElement[Any] = sale.sku
    if question.by is ProductKey.ASIN:
        names, key = (null().label("sku"), sale.asin), sale.asin
    found = (
        select(*names, *(func.sum(sale[name]).label(name) for name in ("orders", "units", "revenue_minor")))
        .where(
            sale.currency == question.currency,
            sale.day.between(bindparam("first_day"), bindparam("last_day")),
            _of_channel(sale.connection_id, channel, dialect),
        )
        .group_by(key)
    )
    if question.marketplace_id is not None:
        found = found.where(sale.marketplace_id == question.marketplace_id)
    return found


def _of_channel(connection_id: ColumnElement[UUID], channel: str, dialect: str) -> ColumnElement[bool]:
    """Whether a row belongs to one of the user's connections to the channel that is not being erased.

    Said so that the rows are looked up by it. PostgreSQL would make a join of ``IN``, and plans it badly.
    """
    kept = tables.connections.c
    providers = [each.value for each in Provider if each.channel == channel]
    mine = select(kept.id).where(
        kept.user_id == bindparam("of_user"), kept.provider.in_(providers), still_there()
    )
    if dialect == "postgresql":
        return connection_id == any_(func.array(mine.scalar_subquery()))
    return connection_id.in_(mine)
