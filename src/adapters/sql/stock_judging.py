"""Stock positions beside the demand for them, judged by the database as ``domain.inventory.cover`` does it."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, case, func, select

from adapters.sql.dialect import larger
from adapters.sql.stock_positions import Demand, DemandDays
from domain.inventory.cover import DEFAULT_REORDER_POINT, DEMAND_DAYS, LEAD_TIME_DAYS, StockStatus


def reorder_point(own: Any, sold: Any, dialect: str) -> ColumnElement[int]:
    """Below so many units, buy again: ⌈units ÷ days × lead time⌉ in whole numbers, where nothing was set.

    Says ``sold`` once, which may be a statement of its own.
    """
    computed = (sold * LEAD_TIME_DAYS + DEMAND_DAYS - 1) // DEMAND_DAYS
    point: ColumnElement[int] = func.coalesce(
        own, func.nullif(larger(computed, 0, dialect), 0), DEFAULT_REORDER_POINT
    )
    return point


def stands(status: StockStatus, left: Any, point: Any) -> ColumnElement[bool]:
    """Whether a position with so much left stands so."""
    if status is StockStatus.OUT:
        return left <= 0  # type: ignore[no-any-return]
    return and_(left > 0, left < point if status is StockStatus.LOW else left >= point)


class Judged:
    """Positions with the units ``sold`` of each, and what follows from the two."""

    def __init__(self, position: CTE, days: DemandDays, dialect: str, *, few: bool = False) -> None:
        """``few``: the positions are a page, and not all that there are."""
        demand = Demand(position, days, dialect, few=few)
        # Kept as it is found: otherwise the demand would be added up anew wherever it is compared with something.
        found = select(*position.c, demand.sold).select_from(demand.rows)
        self.rows = found.cte("judged").prefix_with("MATERIALIZED")
        self._left, self.sold = self.rows.c.fulfillable, self.rows.c.sold
        self.reorder_point = reorder_point(self.rows.c.own, self.sold, dialect)

    def has(self, status: StockStatus) -> ColumnElement[bool]:
        """Whether a position stands so."""
        return stands(status, self._left, self.reorder_point)

    @property
    def tenths_of_cover(self) -> ColumnElement[int | None]:
        """Tenths of a day, halves rounded up; NULL where nothing was sold."""
        left = case((self._left > 0, self._left), else_=0)
        return case((self.sold > 0, (left * (20 * DEMAND_DAYS) + self.sold) // (self.sold * 2)))
