"""Stock positions, and the demand for each: what the figures of the stock are made of.

Whose stock, and which days' demand, are parameters: ``of_user``, ``first_day`` and ``last_day``.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
    tuple_,
)

from adapters.sql import tables
from adapters.sql.erasing import still_there, visible
from domain.kpis.stock_items import StockQuestion
from domain.users.model import UserId

#: What names one physical stock of one SKU.
POSITION = ("connection_id", "stock_pool", "sku")
#: What is counted of it; columns and the items' fields are named alike.
COUNTS = ("total", "fulfillable", "inbound", "reserved", "unfulfillable")

#: Whose stock is asked for.
_OF_USER: ColumnElement[UUID] = bindparam("of_user", type_=Uuid)

#: Makes the database compare texts by their code points, as Python does.
Plainly = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def same_position(left: Any, right: Any) -> ColumnElement[bool]:
    """Whether both speak of one position."""
    return and_(*(left[name] == right[name] for name in POSITION))


def listed_positions(user_id: UserId | ColumnElement[UUID]) -> Select[Any]:
    """What names each stock position that is listed anywhere."""
    item = tables.inventory_items.c
    mine = (item.user_id == user_id, visible(item.connection_id, user_id), item.listed)
    return select(*(item[name] for name in POSITION)).where(*mine).distinct()


def positions(question: StockQuestion, plainly: Plainly) -> Select[Any]:
    """The stock positions listed in the marketplace, or anywhere, each with the marketplace that it is shown by.

    The seller's own reorder point holds for the whole position, whichever marketplace it was set in.
    """
    return _all_positions(question, plainly) if question.marketplace_id is None else _rows_of_one(question)


def demand(question: StockQuestion, skus: Select[Any] | None) -> Select[Any]:
    """Units sold of each stock position, in whichever marketplace of the pool; of these SKUs only, where they are given."""
    sale = tables.daily_sku_sales.c
    key = [sale[name] for name in POSITION]
    # PostgreSQL adds bigints up to a numeric, whose division would leave a fraction.
    units = cast(func.sum(sale.units), BigInteger).label("units")
    mine = [*_narrowed(sale, question), visible(sale.connection_id, _OF_USER)]
    if skus is not None:
        mine.append(sale.sku.in_(skus))
    return (
        select(*key, units)
        .where(*mine, sale.day.between(bindparam("first_day"), bindparam("last_day")))
        .group_by(*key)
    )


def _all_positions(question: StockQuestion, plainly: Plainly) -> Select[Any]:
    item, kept = tables.inventory_items.c, tables.connections.c
    key = [item[name] for name in POSITION]
    # Every marketplace of a pool tells the same stock, so the largest answer is it.
    counts = [func.max(case((item.listed, item[name]))).label(name) for name in COUNTS]
    # A blank comes before every letter: the home marketplace first.
    homes = select(kept.id, kept.marketplace_id).where(kept.user_id == _OF_USER)
    at_home = tuple_(item.connection_id, item.marketplace_id).in_(homes)
    place = case((at_home, " " + item.marketplace_id), else_=item.marketplace_id)
    return (
        select(
            *key,
            func.trim(func.min(plainly(case((item.listed, place))))).label("marketplace_id"),
            *counts,
            func.max(item.reorder_point).label("own"),
        )
        .where(*_narrowed(item, question), visible(item.connection_id, _OF_USER))
        .group_by(*key)
        .having(func.count(case((item.listed, 1))) > 0)
    )


def _rows_of_one(question: StockQuestion) -> Select[Any]:
    """One marketplace has a row for each position: nothing is to be put together but the points, which few SKUs have."""
    item, kept = tables.inventory_items.c, tables.connections.c
    set_at = tables.inventory_items.alias("set_at").c
    places = [set_at[name] for name in POSITION]
    own = (
        select(*places, func.max(set_at.reorder_point).label("own"))
        .where(set_at.user_id == _OF_USER, set_at.reorder_point.is_not(None))
        .group_by(*places)
        .subquery("own_point")
    )
    # Read by the key that the rows are stored under, which begins with the connection and the marketplace. Named as well,
    # the user would tempt SQLite to read all marketplaces by its index.
    mine = select(kept.id).where(kept.user_id == _OF_USER, still_there())
    return (
        select(*(item[name] for name in (*POSITION, "marketplace_id", *COUNTS)), own.c.own)
        .select_from(tables.inventory_items.outerjoin(own, same_position(item, own.c)))
        .where(
            *_chosen(item, question),
            item.connection_id.in_(mine),
            item.marketplace_id == question.marketplace_id,
            item.listed,
        )
    )


def _narrowed(columns: Any, question: StockQuestion) -> list[ColumnElement[bool]]:
    """The rows of the user that are asked for."""
    return [columns.user_id == _OF_USER, *_chosen(columns, question)]


def _chosen(columns: Any, question: StockQuestion) -> list[ColumnElement[bool]]:
    """The rows of the connection and of the SKU that are asked for."""
    chosen = []
    if question.connection_id is not None:
        chosen.append(columns.connection_id == question.connection_id)
    if question.sku is not None:
        chosen.append(columns.sku == question.sku)
    return chosen
