"""Sums of the stock: as it is, and as it was counted by the end of an earlier day."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    null,
    or_,
    select,
    true,
    union_all,
)

from adapters.sql import tables
from adapters.sql.erasing import still_there
from adapters.sql.stock_judging import reorder_point, stands
from adapters.sql.stock_positions import EVERYTHING, ITEMS, Demand, DemandDays, counted_positions
from domain.connections.model import Provider
from domain.inventory.cover import StockStatus
from domain.kpis.model import StockTotals
from domain.kpis.stock_items import StockQuestion

#: So many questions' statements are kept.
_BUILT = 256
#: What is read of each position.
_COUNTS = ("total", "fulfillable")
_SUMS = ("skus", "quantity", "low", "out")


def totals_of(row: Any) -> StockTotals:
    """A row in our own words."""
    return StockTotals(*(int(getattr(row, name)) for name in _SUMS))


# To put a statement together takes longer than to execute it: the same question of anybody is built once a day.


@lru_cache(maxsize=_BUILT)
def totals(shape: StockQuestion, days: DemandDays, dialect: str) -> Select[Any]:
    """One row of sums; see ``stock_positions.shape_of`` and ``asked_for``."""
    return _summed(counted_positions(shape, _COUNTS), days, dialect)


@lru_cache(maxsize=_BUILT)
def totals_of_connection(days: DemandDays, dialect: str) -> Select[Any]:
    """The same of the connection that the parameter ``of_connection`` names."""
    here = ITEMS.c.connection_id == bindparam("of_connection")
    return _summed(counted_positions(EVERYTHING, _COUNTS).where(here), days, dialect)


def _summed(positions: Select[Any], days: DemandDays, dialect: str) -> Select[Any]:
    position = positions.cte("position")
    demand, left = Demand(position, days, dialect), position.c.fulfillable
    point = reorder_point(position.c.own, demand.units, dialect)
    found = (
        func.count(),
        func.coalesce(func.sum(position.c.total), 0),
        *(
            func.count(case((stands(status, left, point), 1)))
            for status in (StockStatus.LOW, StockStatus.OUT)
        ),
    )
    return select(*(each.label(name) for each, name in zip(found, _SUMS, strict=True))).select_from(
        demand.rows
    )


@lru_cache(maxsize=_BUILT)
def compared(days: DemandDays, dialect: str) -> CompoundSelect[Any]:
    """The same row with ``is_now``; and one for each connection as it was counted last until the day ``then``.

    One that has stock now, and was not counted by then, has a row without sums.
    """
    now = totals(EVERYTHING, days, dialect).subquery("now").c
    # The first one says the columns' types.
    return union_all(_then(dialect), select(*now, null(), true()))


@cache
def _then(dialect: str) -> Select[Any]:
    kept, item = tables.connections.c, tables.inventory_items.c
    day, rows = _last_counted(dialect)
    has_stock = exists().where(item.connection_id == kept.id, item.listed)
    return (
        select(*(day[name] for name in _SUMS), day.counted_at, false().label("is_now"))
        .select_from(rows)
        .where(
            kept.user_id == bindparam("of_user"),
            kept.provider == Provider.AMAZON_SP.value,
            still_there(),
            or_(day.day.is_not(None), has_stock),
        )
    )


def _last_counted(dialect: str) -> tuple[Any, FromClause]:
    """Each connection beside the last of its days until ``then``, one lookup each: the day's columns, and the rows."""
    kept, day = tables.connections, tables.stock_days
    if dialect == "postgresql":
        of_connection = and_(day.c.connection_id == kept.c.id, day.c.day <= bindparam("then"))
        last = select(day).where(of_connection).order_by(day.c.day.desc()).limit(1).lateral("last_day")
        return last.c, kept.outerjoin(last, true())
    # SQLite knows no LATERAL; PostgreSQL, asked like this, would read all days of the user.
    before = day.alias("before").c
    latest = (
        select(func.max(before.day))
        .where(before.connection_id == kept.c.id, before.day <= bindparam("then"))
        .correlate(kept)
        .scalar_subquery()
    )
    return day.c, kept.outerjoin(day, and_(day.c.connection_id == kept.c.id, day.c.day == latest))
