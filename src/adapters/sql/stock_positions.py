"""Stock positions, and the demand for each: what the figures of the stock are made of.

What is asked for, and which days' demand, are parameters (``asked_for``): a statement is built for the shape of a
question alone (``shape_of``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    select,
    tuple_,
)

from adapters.sql import tables
from adapters.sql.dialect import added_up
from adapters.sql.erasing import still_there, visible
from adapters.sql.month_sums import with_month
from adapters.sql.stretches import DAYS, UNITS, first_of, place_of
from domain.connections.model import ConnectionId
from domain.inventory.words import folded
from domain.kpis.stock_items import StockQuestion
from domain.users.model import UserId

#: What names one physical stock of one SKU.
POSITION = ("connection_id", "stock_pool", "sku")
#: What is counted of it; columns and the items' fields are named alike.
COUNTS = ("total", "fulfillable", "inbound", "reserved", "unfulfillable")

#: The rows of stock, and elsewhere those of stretches, under a short name: psycopg looks through statements of more than
#: 4 KiB anew each time.
ITEMS = tables.inventory_items.alias("i")

#: Stands in a question's shape for what is a parameter.
_SOME = "some"
_SOME_CONNECTION = ConnectionId(UUID(int=0))
#: What makes the next character of a pattern one like any other.
ESCAPE = "/"
#: Whose stock is asked for.
_OF_USER: ColumnElement[UUID] = bindparam("of_user", type_=Uuid)

#: What asks for all there is.
EVERYTHING = StockQuestion()

#: Makes the database compare texts by their code points, as Python does.
Plainly = Callable[[ColumnElement[Any]], ColumnElement[Any]]


def same_position(left: Any, right: Any) -> ColumnElement[bool]:
    """Whether both speak of one position."""
    return and_(*(left[name] == right[name] for name in POSITION))


def listed_positions(user_id: UserId | ColumnElement[UUID]) -> Select[Any]:
    """What names each stock position that is listed anywhere."""
    item = ITEMS.c
    mine = (item.user_id == user_id, visible(item.connection_id, user_id), item.listed)
    return select(*(item[name] for name in POSITION)).where(*mine).distinct()


def positions(question: StockQuestion, plainly: Plainly) -> Select[Any]:
    """The stock positions listed in the marketplace, or anywhere, each with the marketplace that it is shown by.

    The seller's own reorder point holds for the whole position, whichever marketplace it was set in.
    """
    if question.marketplace_id is not None:
        return _rows_of_one(question)
    item, kept = ITEMS.c, tables.connections.c
    # A blank comes before every letter: the home marketplace first.
    homes = select(kept.id, kept.marketplace_id).where(kept.user_id == _OF_USER)
    at_home = tuple_(item.connection_id, item.marketplace_id).in_(homes)
    place = case((at_home, " " + item.marketplace_id), else_=item.marketplace_id)
    shown_by = func.trim(func.min(plainly(case((item.listed, place))))).label("marketplace_id")
    return counted_positions(question, COUNTS, plainly).add_columns(shown_by)


def counted_positions(
    question: StockQuestion, counts: Sequence[str], plainly: Plainly | None = None
) -> Select[Any]:
    """The same without the marketplaces, and with these counts only: for sums, which are the quicker for it.

    Put together in the order that ``plainly`` makes, which is that of an index: the first ones are there at once.
    """
    if question.marketplace_id is not None:
        return _rows_of_one(question)
    item = ITEMS.c
    key: list[ColumnElement[Any]] = [item[name] for name in reversed(POSITION)]
    shown = key
    if plainly is not None:
        sku, pool, connection = key
        # Their own order is another one, and so is that of a column that was put together by it.
        shown = [func.min(sku).label("sku"), func.min(pool).label("stock_pool"), connection]
        key = [plainly(sku), plainly(pool), connection]
    # Every marketplace of a pool tells the same stock, so the largest answer is it.
    largest = [func.max(case((item.listed, item[name]))) for name in counts]
    return (
        select(
            *shown,
            *(each.label(name) for each, name in zip(largest, counts, strict=True)),
            func.max(item.reorder_point).label("own"),
        )
        .where(*_narrowed(item, question), visible(item.connection_id, _OF_USER))
        .group_by(*key)
        .having(largest[0].is_not(None))  # listed somewhere: every row has counts
    )


@dataclass(frozen=True)
class DemandDays:
    """The days whose units tell the demand, by their places in the stretches that they begin and end in.

    The rest of a statement is the same from one day to the next.
    """

    first: int
    last: int
    stretches: int  # so many, one after the other

    @classmethod
    def of(cls, first: date, last: date) -> "DemandDays":
        """Those from the first to the last one."""
        return cls(place_of(first), place_of(last), len(_stretches(first, last)))

    def sold(self, stretch: Any) -> ColumnElement[int]:
        """Units of a stretch on those of its days that are meant."""
        of_day = [stretch[name] for name in UNITS]
        if self.stretches == 1:
            return _added(of_day[self.first : self.last + 1])
        begins, *_, ends = self.begins
        cut = []
        if self.first > 0:
            cut.append((stretch.day == begins, _added(of_day[self.first :])))
        if self.last < DAYS - 1:
            cut.append((stretch.day == ends, _added(of_day[: self.last + 1])))
        return case(*cut, else_=stretch.units) if cut else stretch.units

    @property
    def begins(self) -> list[ColumnElement[date]]:
        """The first day of each stretch, as parameters."""
        return [bindparam(f"stretch_{number}", type_=Date) for number in range(self.stretches)]


def shape_of(question: StockQuestion) -> StockQuestion:
    """What the statements of all questions have in common that differ in values only."""
    return replace(
        question,
        marketplace_id=None if question.marketplace_id is None else _SOME,
        connection_id=None if question.connection_id is None else _SOME_CONNECTION,
        sku=None if question.sku is None else _SOME,
        search=_SOME if question.search else None,
    )


def asked_for(
    user_id: UserId, first: date, last: date, question: StockQuestion = EVERYTHING
) -> dict[str, object]:
    """The parameters of a statement: whose stock, the days whose units tell the demand, and a question's values."""
    begins = {f"stretch_{number}": day for number, day in enumerate(_stretches(first, last))}
    return {
        "of_user": user_id,
        **begins,
        "month_from": first,
        "month_to": last,
        "in_marketplace": question.marketplace_id,
        "of_connection": question.connection_id,
        "of_sku": question.sku,
        "searched": _literally(folded(question.search)) if question.search else None,
    }


def _literally(text: str) -> str:
    """A part of a pattern that means itself."""
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return text


def _stretches(first: date, last: date) -> list[date]:
    """The first days of all stretches that the days from the first to the last one are of."""
    begin = first_of(first)
    return [begin + timedelta(days=passed) for passed in range(0, (last - begin).days + 1, DAYS)]


class Demand:
    """Units sold of stock positions, in whichever marketplace of the pool: ``units``, or ``sold``, beside each row.

    They are read from the month that is kept of the connection, where it is that of the days in question, and added up
    from stretches of days where it is not.
    """

    def __init__(self, position: CTE, days: DemandDays, dialect: str, *, few: bool = False) -> None:
        """``few``: the positions are a page, and not all that there are."""
        self.rows: FromClause = position
        if dialect == "postgresql":
            # Looked up for each position, a table that is small as yet would be read as a whole each time.
            month = _months(position if few else None).subquery("month")
            self.rows = position.outerjoin(month, same_position(month.c, position.c))
            units: ColumnElement[Any] = func.coalesce(month.c.units, 0)
        else:
            units = _from_month(position)
        kept = position.c.connection_id.in_(with_month())
        self.units: ColumnElement[int] = case((kept, units), else_=_from_stretches(position, days))
        self.sold = self.units.label("sold")


def _months(few: CTE | None) -> Select[Any]:
    """What the kept months have sold of each position; of a page's alone, where there is one."""
    sale = tables.sku_months.c
    key = [sale[name] for name in POSITION]
    units = added_up(sale.units).label("units")
    mine = (sale.user_id == _OF_USER, sale.day == bindparam("month_from"))
    found = select(*key, units).where(*mine).group_by(*key)
    if few is None:
        return found
    # Looked up in the key. Of ``IN``, PostgreSQL makes a loop over both that grows with their product.
    named = [
        sale[name] == any_(func.array(select(few.c[name]).scalar_subquery()))
        for name in ("connection_id", "sku")
    ]
    return found.where(*named)


def _from_month(position: FromClause) -> ColumnElement[Any]:
    """The same, looked up for each row of ``position``."""
    sale = tables.sku_months.c
    found = select(func.coalesce(func.sum(sale.units), 0)).where(same_position(sale, position.c))
    return found.correlate(position).scalar_subquery()


def _from_stretches(position: FromClause, days: DemandDays) -> ColumnElement[Any]:
    """The same from the stretches, looked up for each row of ``position`` by the key that they are stored under.

    The key begins with the connection and the stretch's first day, so these are named one by one.
    """
    sale = tables.sku_stretches.alias("s").c
    # PostgreSQL adds bigints up to a numeric, whose division would leave a fraction.
    units = cast(func.coalesce(func.sum(days.sold(sale)), 0), BigInteger)
    found = select(units).where(same_position(sale, position.c), sale.day.in_(days.begins))
    return found.correlate(position).scalar_subquery()


def _added(columns: Sequence[ColumnElement[int]]) -> ColumnElement[int]:
    return reduce(add, columns)


def _rows_of_one(question: StockQuestion) -> Select[Any]:
    """One marketplace has a row for each position: nothing is to be put together but the points, which few SKUs have."""
    item, kept = ITEMS.c, tables.connections.c
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
        .select_from(ITEMS.outerjoin(own, same_position(item, own.c)))
        .where(
            *_chosen(item, question),
            item.connection_id.in_(mine),
            item.marketplace_id == bindparam("in_marketplace"),
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
        chosen.append(columns.connection_id == bindparam("of_connection"))
    if question.sku is not None:
        chosen.append(columns.sku == bindparam("of_sku"))
    return chosen
