"""Figures for the screens, added up by the database; nothing is divided here."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Engine, Select, and_, case, cast, func, select

from adapters.sql import tables
from adapters.sql.engine import reading
from adapters.sql.erasing import still_there, visible
from domain.connections.model import ConnectionStatus
from domain.inventory.cover import DEFAULT_REORDER_POINT, DEMAND_DAYS, LEAD_TIME_DAYS
from domain.kpis.model import DailySales, Freshness, StockTotals, Volume
from domain.sync.model import Resource
from domain.users.model import UserId


class SqlSalesFigures:
    """Reads the daily rollups."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def daily(
        self, user_id: UserId, channel: str, first: date, last: date, marketplace_id: str | None
    ) -> list[DailySales]:
        """One row a day and currency, over all of the user's connections to the channel."""
        sale = tables.daily_sales.c
        names = ("orders", "priced_orders", "revenue_minor", "units", "unshipped")
        question = (
            select(sale.day, sale.currency, *(func.sum(sale[name]).label(name) for name in names))
            .where(
                sale.user_id == user_id,
                sale.channel == channel,
                sale.day.between(first, last),
                visible(sale.connection_id, user_id),
            )
            .group_by(sale.day, sale.currency)
            .order_by(sale.day, sale.currency)
        )
        if marketplace_id is not None:
            question = question.where(sale.marketplace_id == marketplace_id)
        with reading(self._engine) as connection:
            rows = connection.execute(question).all()
        # PostgreSQL adds bigints up to a numeric, which arrives as Decimal.
        return [
            DailySales(row.day, row.currency, *(int(getattr(row, name)) for name in names)) for row in rows
        ]


class SqlStockFigures:
    """Reads the stock levels, and the demand from the daily units by SKU."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        """All positions of the user in one statement."""
        position = _positions(user_id, marketplace_id).cte("position")
        demand = _demand(user_id, demand_from, demand_to).cte("demand")
        sold = func.coalesce(demand.c.units, 0)
        # ⌈units ÷ days × lead time⌉ in whole numbers, as domain.inventory.cover has it.
        computed = (sold * LEAD_TIME_DAYS + DEMAND_DAYS - 1) // DEMAND_DAYS
        point = func.coalesce(position.c.own, case((sold > 0, computed), else_=DEFAULT_REORDER_POINT))
        left = position.c.fulfillable
        question = select(
            func.count(),
            func.coalesce(func.sum(position.c.total), 0),
            func.coalesce(func.sum(case((and_(left > 0, left < point), 1), else_=0)), 0),
            func.coalesce(func.sum(case((left <= 0, 1), else_=0)), 0),
        ).select_from(
            position.outerjoin(demand, and_(*(position.c[name] == demand.c[name] for name in _POSITION)))
        )
        with reading(self._engine) as connection:
            skus, quantity, low, out = connection.execute(question).one()
        return StockTotals(int(skus), int(quantity), int(low), int(out))


class SqlOverview:
    """What is there, and how fresh."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def volume(self, user_id: UserId, channel: str) -> Volume:
        """Stock positions and orders that count."""
        listed = _positions(user_id, None).subquery()
        counted = select(func.coalesce(func.sum(tables.daily_sales.c.orders), 0)).where(
            tables.daily_sales.c.user_id == user_id,
            tables.daily_sales.c.channel == channel,
            visible(tables.daily_sales.c.connection_id, user_id),
        )
        question = select(
            select(func.count()).select_from(listed).scalar_subquery(), counted.scalar_subquery()
        )
        with reading(self._engine) as connection:
            skus, orders = connection.execute(question).one()
        return Volume(int(skus), int(orders))

    def freshness(self, user_id: UserId, resource: Resource) -> Freshness:
        """Of the connections that count: those not disconnected, or all when every one is."""
        kept, due = tables.connections, tables.sync_resources
        question = (
            select(kept.c.status, due.c.synced_at, due.c.complete_until)
            .select_from(
                kept.outerjoin(due, and_(due.c.connection_id == kept.c.id, due.c.resource == resource.value))
            )
            .where(kept.c.user_id == user_id, kept.c.provider == resource.provider.value, still_there())
        )
        with reading(self._engine) as connection:
            rows = connection.execute(question).all()
        alive = [row for row in rows if row.status != ConnectionStatus.DISCONNECTED.value] or rows
        complete: list[datetime] = [row.complete_until for row in alive if row.complete_until is not None]
        return Freshness(
            data_as_of=min((row.synced_at for row in alive if row.synced_at is not None), default=None),
            complete_until=min(complete) if complete and len(complete) == len(alive) else None,
        )


#: What names one physical stock of one SKU.
_POSITION = ("connection_id", "stock_pool", "sku")


def _positions(user_id: UserId, marketplace_id: str | None) -> Select[tuple[object, ...]]:
    """The stock positions listed in the marketplace (or anywhere).

    Every marketplace of a pool tells the same stock, so the largest answer is it. The seller's own reorder point holds
    for the whole position, whichever marketplace it was set in.
    """
    item = tables.inventory_items.c
    shown = (
        item.listed if marketplace_id is None else and_(item.listed, item.marketplace_id == marketplace_id)
    )
    key = [item[name] for name in _POSITION]
    return (
        select(
            *key,
            func.max(case((shown, item.total))).label("total"),
            func.max(case((shown, item.fulfillable))).label("fulfillable"),
            func.max(item.reorder_point).label("own"),
        )
        .where(item.user_id == user_id, visible(item.connection_id, user_id))
        .group_by(*key)
        .having(func.count(case((shown, 1))) > 0)
    )


def _demand(user_id: UserId, first: date, last: date) -> Select[tuple[object, ...]]:
    """Units sold of each stock position, in whichever marketplace of the pool."""
    sale = tables.daily_sku_sales.c
    key = [sale[name] for name in _POSITION]
    # PostgreSQL adds bigints up to a numeric, whose division would leave a fraction.
    units = cast(func.sum(sale.units), BigInteger).label("units")
    mine = and_(sale.user_id == user_id, visible(sale.connection_id, user_id))
    return select(*key, units).where(mine, sale.day.between(first, last)).group_by(*key)
