"""Figures for the screens, added up by the database; nothing is divided here."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Select, and_, bindparam, case, func, null, or_, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.erasing import still_there, visible
from adapters.sql.stock_positions import listed_positions
from domain.connections.model import ConnectionStatus, Provider
from domain.kpis.model import (
    BestSellers,
    ChannelSales,
    DailySales,
    Freshness,
    ProductSales,
    Volume,
)
from domain.kpis.periods import Period
from domain.kpis.products import ProductKey, ProductQuestion, Ranking
from domain.sync.model import Resource
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


class SqlOverview:
    """What is there, and how fresh."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def volume(self, user_id: UserId, channel: str) -> Volume:
        """Stock positions and orders that count."""
        with reading(self._engine) as connection:
            skus, orders = connection.execute(_volume(), {"of_user": user_id, "of_channel": channel}).one()
        return Volume(int(skus), int(orders))

    def freshness(self, user_id: UserId, resource: Resource) -> Freshness:
        """Of the connections that count: those not disconnected, or all when every one is."""
        asked = {
            "of_user": user_id,
            "of_resource": resource.value,
            "of_provider": resource.provider.value,
        }
        with reading(self._engine) as connection:
            rows = connection.execute(_synced(), asked).all()
        alive = [row for row in rows if row.status != ConnectionStatus.DISCONNECTED.value] or rows
        complete: list[datetime] = [row.complete_until for row in alive if row.complete_until is not None]
        return Freshness(
            data_as_of=min((row.synced_at for row in alive if row.synced_at is not None), default=None),
            complete_until=min(complete) if complete and len(complete) == len(alive) else None,
        )


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


@cache
def _volume() -> Select[Any]:
    """How many stock positions there are, and how many orders of a channel."""
    sale = tables.daily_sales.c
    listed = listed_positions(bindparam("of_user")).subquery()
    counted = select(func.coalesce(func.sum(sale.orders), 0)).where(
        sale.user_id == bindparam("of_user"),
        sale.channel == bindparam("of_channel"),
        visible(sale.connection_id, bindparam("of_user")),
    )
    return select(select(func.count()).select_from(listed).scalar_subquery(), counted.scalar_subquery())


@cache
def _synced() -> Select[Any]:
    """How each connection of a kind stands, and how far a resource of it has come."""
    kept, due = tables.connections, tables.sync_resources
    same = and_(due.c.connection_id == kept.c.id, due.c.resource == bindparam("of_resource"))
    return (
        select(kept.c.status, due.c.synced_at, due.c.complete_until)
        .select_from(kept.outerjoin(due, same))
        .where(
            kept.c.user_id == bindparam("of_user"),
            kept.c.provider == bindparam("of_provider"),
            still_there(),
        )
    )


@lru_cache(maxsize=256)
def _best(channel: str, question: ProductQuestion, dialect: str) -> Select[Any]:
    """The products that sold best, with how many there are and what all of them brought."""
    product = _products(channel, question).subquery()
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


def _products(channel: str, question: ProductQuestion) -> Select[tuple[Any, ...]]:
    """Each product's sums over the days of the period."""
    sale = tables.daily_sku_sales.c
    # Of a SKU, the ASIN that is known: a SKU has one, unless the seller has used it anew.
    names: tuple[ColumnElement[Any], ...] = (sale.sku, func.max(sale.asin).label("asin"))
    key: ColumnElement[Any] = sale.sku
    if question.by is ProductKey.ASIN:
        names, key = (null().label("sku"), sale.asin), sale.asin
    found = (
        select(*names, *(func.sum(sale[name]).label(name) for name in ("orders", "units", "revenue_minor")))
        .where(
            sale.user_id == bindparam("of_user"),
            sale.currency == question.currency,
            sale.day.between(bindparam("first_day"), bindparam("last_day")),
            _of_channel(sale.connection_id, channel),
        )
        .group_by(key)
    )
    if question.marketplace_id is not None:
        found = found.where(sale.marketplace_id == question.marketplace_id)
    return found


def _of_channel(connection_id: ColumnElement[UUID], channel: str) -> ColumnElement[bool]:
    """Whether a row belongs to one of the user's connections to the channel that is not being erased."""
    kept = tables.connections.c
    providers = [each.value for each in Provider if each.channel == channel]
    mine = select(kept.id).where(
        kept.user_id == bindparam("of_user"), kept.provider.in_(providers), still_there()
    )
    return connection_id.in_(mine).is_(True)
