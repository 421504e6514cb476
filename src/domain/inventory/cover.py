"""How long stock lasts, and when to buy again."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

#: The days whose sales tell the demand.
DEMAND_DAYS = 30
#: From ordering to selling, in days, unless the seller knows better.
LEAD_TIME_DAYS = 21
#: The reorder point of a SKU that has not sold lately.
DEFAULT_REORDER_POINT = 10
#: No seller's own reorder point is beyond it.
LARGEST_REORDER_POINT = 1_000_000


def demand_from(today: date) -> date:
    """The first of the days up to today whose sales tell the demand."""
    return today - timedelta(days=DEMAND_DAYS - 1)


class PointSource(StrEnum):
    """Where a reorder point comes from."""

    OWN = "own"  # the seller has set it
    COMPUTED = "computed"  # from what was sold lately
    DEFAULT = "default"  # nothing was sold lately


class StockStatus(StrEnum):
    """Whether to buy again."""

    OUT = "out"
    LOW = "low"
    OK = "ok"


def reorder_point(own: int | None, units_sold: int) -> int:
    """The number of units below which to buy again.

    The seller's own, else ``⌈units sold in the last 30 days ÷ 30 × 21⌉``, else 10 where nothing was sold.
    """
    if own is not None:
        return own
    if units_sold <= 0:
        return DEFAULT_REORDER_POINT
    return -(-units_sold * LEAD_TIME_DAYS // DEMAND_DAYS)


def point_source(own: int | None, units_sold: int) -> PointSource:
    """Which of the three ``reorder_point`` has taken."""
    if own is not None:
        return PointSource.OWN
    return PointSource.COMPUTED if units_sold > 0 else PointSource.DEFAULT


def days_of_cover(fulfillable: int, units_sold: int) -> Decimal | None:
    """For how many days the stock lasts: ``fulfillable ÷ (units sold in the last 30 days ÷ 30)``.

    To a tenth of a day, halves rounded up; ``None`` where nothing was sold, and 0 where nothing can be.
    """
    if units_sold <= 0:
        return None
    tenths = (2 * 10 * DEMAND_DAYS * max(fulfillable, 0) + units_sold) // (2 * units_sold)
    return Decimal(tenths).scaleb(-1)


def is_low(fulfillable: int, point: int) -> bool:
    """Something is left, but less than the reorder point. Nothing left is not low: it is out."""
    return 0 < fulfillable < point


def is_out(fulfillable: int) -> bool:
    """Nothing can be sold."""
    return fulfillable <= 0


def status(fulfillable: int, point: int) -> StockStatus:
    """The one of the three that holds."""
    if is_out(fulfillable):
        return StockStatus.OUT
    return StockStatus.LOW if is_low(fulfillable, point) else StockStatus.OK
