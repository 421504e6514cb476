"""Stock positions beside the demand for them, judged by the database as ``domain.inventory.cover`` does it."""

from sqlalchemy import CTE, ColumnElement, and_, case, func, select

from adapters.sql.stock_positions import Demand, DemandDays
from domain.inventory.cover import DEFAULT_REORDER_POINT, DEMAND_DAYS, LEAD_TIME_DAYS, StockStatus


class Judged:
    """Positions with the units ``sold`` of each, and what follows from the two."""

    def __init__(self, position: CTE, days: DemandDays, dialect: str, *, few: bool = False) -> None:
        """``few``: the positions are a page, and not all that there are."""
        demand = Demand(position, days, dialect, few=few)
        # Kept as it is found: otherwise the demand would be added up anew wherever it is compared with something.
        found = select(*position.c, demand.sold).select_from(demand.rows)
        self.rows = found.cte("judged").prefix_with("MATERIALIZED")
        self._left, self.sold = self.rows.c.fulfillable, self.rows.c.sold
        # ⌈units ÷ days × lead time⌉ in whole numbers.
        computed = (self.sold * LEAD_TIME_DAYS + DEMAND_DAYS - 1) // DEMAND_DAYS
        usual = case((self.sold > 0, computed), else_=DEFAULT_REORDER_POINT)
        self.reorder_point: ColumnElement[int] = func.coalesce(self.rows.c.own, usual)

    def has(self, status: StockStatus) -> ColumnElement[bool]:
        """Whether a position stands so."""
        if status is StockStatus.OUT:
            return self._left <= 0
        low = self._left < self.reorder_point
        return and_(self._left > 0, low if status is StockStatus.LOW else ~low)

    def number(self, status: StockStatus) -> ColumnElement[int]:
        """How many positions stand so."""
        return func.coalesce(func.sum(case((self.has(status), 1), else_=0)), 0)

    @property
    def tenths_of_cover(self) -> ColumnElement[int | None]:
        """Tenths of a day, halves rounded up; NULL where nothing was sold."""
        left = case((self._left > 0, self._left), else_=0)
        return case((self.sold > 0, (left * (20 * DEMAND_DAYS) + self.sold) // (self.sold * 2)))
