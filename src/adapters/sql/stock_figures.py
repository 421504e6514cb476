"""Figures of the stock, and the list of it: added up, judged, put in order and cut into pages by the database."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Engine,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
)

from adapters.sql import tables
from adapters.sql.stock_judging import Judged
from adapters.sql.stock_positions import (
    ESCAPE,
    ITEMS,
    DemandDays,
    Plainly,
    asked_for,
    positions,
    shape_of,
)
from adapters.sql.stock_totals import compared, totals, totals_of
from adapters.sql.straight import asked
from domain.inventory.words import TITLE_BEGINNING
from domain.kpis.model import StockComparison, StockTotals, together
from domain.kpis.ports import Later
from domain.kpis.stock_items import URGENCY, StockItem, StockMark, StockOrder, StockQuestion
from domain.users.model import UserId

#: What a marketplace says of the SKU.
_TEXTS = ("asin", "fnsku", "title")
#: What a page's rows are put in order by, first of all.
_VALUE = "value"

#: So many statements are kept.
_BUILT = 256
#: How many items a page has, and after which one it begins.
_MOST: ColumnElement[int] = bindparam("most", type_=BigInteger)
_PLACE = (
    bindparam("after_sku", type_=Text),
    bindparam("after_pool", type_=Text),
    bindparam("after_connection", type_=Uuid),
)


class SqlStockFigures:
    """Reads the stock levels, and the demand from the units by SKU."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def totals(
        self, user_id: UserId, marketplace_id: str | None, demand_from: date, demand_to: date
    ) -> StockTotals:
        """All positions of the user in one statement."""
        question = StockQuestion(marketplace_id)
        values = asked_for(user_id, demand_from, demand_to, question)
        days = DemandDays.of(demand_from, demand_to)
        statement = totals(shape_of(question), days, self._engine.dialect.name)
        (row,) = asked(self._engine, statement, values, list)()
        return totals_of(row)

    def compared(
        self, user_id: UserId, demand_from: date, demand_to: date, then: date
    ) -> Later[StockComparison]:
        """Both in one statement."""
        values = {**asked_for(user_id, demand_from, demand_to), "then": then}
        statement = compared(DemandDays.of(demand_from, demand_to), self._engine.dialect.name)
        return asked(self._engine, statement, values, _comparison)

    def items(
        self,
        user_id: UserId,
        question: StockQuestion,
        demand_from: date,
        demand_to: date,
        after: StockMark | None,
        limit: int,
    ) -> list[StockItem]:
        """A page of the list in one statement."""
        values = {**asked_for(user_id, demand_from, demand_to, question), **_behind(after), "most": limit}
        days = DemandDays.of(demand_from, demand_to)
        page = _page(shape_of(question), days, _begin(after), self._engine.dialect.name)
        return [StockItem(*row) for row in asked(self._engine, page, values, list)()]


def _comparison(rows: Sequence[Any]) -> StockComparison:
    (now,) = (totals_of(row) for row in rows if row.is_now)
    counts = [row for row in rows if not row.is_now]
    if not counts or None in (row.counted_at for row in counts):
        return StockComparison(now)
    return StockComparison(now, together(map(totals_of, counts)), min(row.counted_at for row in counts))


class _Begin(Enum):
    """Where a page begins."""

    FIRST = auto()
    AFTER_VALUE = auto()  # after an item that has what the list is ordered by
    AFTER_LACKING = auto()  # after one that lacks it


def _begin(after: StockMark | None) -> _Begin:
    if after is None:
        return _Begin.FIRST
    return _Begin.AFTER_LACKING if after.value is None else _Begin.AFTER_VALUE


def _behind(after: StockMark | None) -> dict[str, object]:
    """The parameters of a page's begin."""
    if after is None:
        return {}
    return {
        "after_value": after.value,
        "after_sku": after.sku,
        "after_pool": after.stock_pool,
        "after_connection": after.connection_id,
    }


# To put a statement together takes longer than to execute it: questions of one shape have theirs built once a day.


@lru_cache(maxsize=_BUILT)
def _page(shape: StockQuestion, days: DemandDays, begin: _Begin, dialect: str) -> Select[Any]:
    return _Page(shape, days, begin, dialect).whole()


class _Page:
    """The parts of a page's statement: the positions, judged where the question needs it.

    What is asked for, and which days' demand, are parameters: see ``asked_for``.
    """

    def __init__(self, question: StockQuestion, days: DemandDays, begin: _Begin, dialect: str) -> None:
        """``question``: its shape."""
        self._question, self._begin, self._days = question, begin, days
        self._dialect = dialect
        self._plainly: Plainly = _as_python_does if dialect == "postgresql" else _as_it_is
        found = positions(question, self._plainly)
        # The order in which they are stored: the first ones are the page.
        self._by_name = question.order is StockOrder.SKU and question.status is None and not question.search
        if self._by_name:
            found = self._first(found)
        self._rows: CTE = found.cte("position")
        self._judged: Judged | None = None
        if question.status is not None or question.order in _BY_DEMAND:
            self._judged = Judged(self._rows, days, dialect)
            self._rows = self._judged.rows

    def whole(self) -> Select[Any]:
        """The items after the mark: chosen by what is asked, and only then told with their texts.

        Where nothing that is asked depends on the demand, that of the chosen items alone is added up.
        """
        told = tables.inventory_items.alias("told")
        value = self._value(told)
        found: FromClause = self._rows
        if self._question.search or self._question.order in _BY_TEXTS:
            found = found.join(told, _same_row(told.c, self._rows.c))
        page = select(*self._rows.c, value.label(_VALUE)).select_from(found)
        if not self._by_name:
            order = self._order(self._rows.c, value)
            page = page.where(*self._wanted(told, value)).order_by(*order).limit(_MOST)
        chosen = page.cte("chosen")
        if self._judged is None:
            chosen = Judged(chosen, self._days, self._dialect, few=True).rows
        return self._told(chosen)

    def _told(self, chosen: CTE) -> Select[Any]:
        """The chosen positions as items, with the texts of the marketplace that they are shown by.

        In the order of an item's fields: by their names, rows are read at half the speed.
        """
        told = tables.inventory_items.alias("told")
        shown = [(told if each.name in _TEXTS else chosen).c[each.name] for each in fields(StockItem)]
        return (
            select(*shown)
            .select_from(chosen.join(told, _same_row(told.c, chosen.c)))
            .order_by(*self._order(chosen.c, chosen.c[_VALUE]))
        )

    def _first(self, found: Select[Any]) -> Select[Any]:
        """The first positions after the mark, by their names."""
        sku, *rest = self._place(ITEMS.c)
        if self._begin is not _Begin.FIRST:
            after, *rest_after = _PLACE
            farther = sku < after if self._question.descending else sku > after
            later = and_(sku == after, tuple_(*rest) > tuple_(*rest_after))
            reached = sku <= after if self._question.descending else sku >= after
            found = found.where(reached, or_(farther, later))
        first = sku.desc() if self._question.descending else sku
        return found.order_by(first, *rest).limit(_MOST)

    def _wanted(self, told: FromClause, value: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        wanted = []
        if self._judged is not None and self._question.status is not None:
            wanted.append(self._judged.has(self._question.status))
        if self._question.search:
            wanted.append(told.c.words.contains(bindparam("searched"), escape=ESCAPE))
        if self._begin is not _Begin.FIRST:
            wanted.append(self._beyond(value))
        return wanted

    def _beyond(self, value: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a position comes after the mark, in the order of ``_order``."""
        later = tuple_(*self._place(self._rows.c)) > tuple_(*_PLACE)
        if self._begin is _Begin.AFTER_LACKING:
            return and_(value.is_(None), later)
        mark = bindparam("after_value", type_=Text if self._question.order in _TEXTUAL else BigInteger)
        value = self._comparable(value)
        farther = value < mark if self._question.descending else value > mark
        return or_(value.is_(None), farther, and_(value == mark, later))

    def _order(self, columns: Any, value: ColumnElement[Any]) -> Sequence[ColumnElement[Any]]:
        """By what is asked for, what lacks it last; then by the position's own name."""
        compared = self._comparable(value)
        return (
            value.is_(None),
            compared.desc() if self._question.descending else compared,
            *self._place(columns),
        )

    def _place(self, columns: Any) -> tuple[ColumnElement[Any], ...]:
        return self._plainly(columns.sku), self._plainly(columns.stock_pool), columns.connection_id

    def _comparable(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return self._plainly(value) if isinstance(value.type, Text) else value

    def _value(self, told: FromClause) -> ColumnElement[Any]:
        """What the list is ordered by; the same as ``domain.kpis.stock_items.mark`` has it."""
        order = self._question.order
        if self._judged is not None and order in _BY_DEMAND:
            return _judged_by(self._judged, order)
        if order is StockOrder.ASIN:
            return told.c.asin
        if order is StockOrder.TITLE:
            beginning = func.substr(told.c.words, 1, TITLE_BEGINNING, type_=Text)
            return case((told.c.title.is_not(None), beginning))
        return self._rows.c[_COLUMNS[order]]


#: Columns of a position that a list may be ordered by as they are.
_COLUMNS = {
    StockOrder.SKU: "sku",
    StockOrder.TOTAL: "total",
    StockOrder.FULFILLABLE: "fulfillable",
    StockOrder.INBOUND: "inbound",
    StockOrder.RESERVED: "reserved",
    StockOrder.UNFULFILLABLE: "unfulfillable",
}


#: What can't be told without the demand, or without the texts of a marketplace.
_BY_DEMAND = (StockOrder.SOLD, StockOrder.COVER, StockOrder.POINT, StockOrder.STATUS)
_BY_TEXTS = (StockOrder.TITLE, StockOrder.ASIN)
#: What is ordered by a text.
_TEXTUAL = (StockOrder.SKU, *_BY_TEXTS)


def _judged_by(judged: Judged, order: StockOrder) -> ColumnElement[Any]:
    values: dict[StockOrder, ColumnElement[Any]] = {
        StockOrder.SOLD: judged.sold,
        StockOrder.COVER: judged.tenths_of_cover,
        StockOrder.POINT: judged.reorder_point,
        StockOrder.STATUS: case(*((judged.has(status), rank) for status, rank in URGENCY.items())),
    }
    return values[order]


def _as_python_does(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return text.collate("C")


def _as_it_is(text: ColumnElement[Any]) -> ColumnElement[Any]:
    return text


def _same_row(item: Any, place: Any) -> ColumnElement[bool]:
    """The row of the marketplace that a position is shown by."""
    return and_(*(item[name] == place[name] for name in ("connection_id", "marketplace_id", "sku")))
