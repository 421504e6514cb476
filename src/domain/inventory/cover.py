"""How long stock lasts, and when to buy again."""

#: The days whose sales tell the demand.
DEMAND_DAYS = 30
#: From ordering to selling, in days, unless the seller knows better.
LEAD_TIME_DAYS = 21
#: The reorder point of a SKU that has not sold lately.
DEFAULT_REORDER_POINT = 10


def reorder_point(own: int | None, units_sold: int) -> int:
    """The number of units below which to buy again.

    The seller's own, else ``⌈units sold in the last 30 days ÷ 30 × 21⌉``, else 10 where nothing was sold.
    """
    if own is not None:
        return own
    if units_sold <= 0:
        return DEFAULT_REORDER_POINT
    return -(-units_sold * LEAD_TIME_DAYS // DEMAND_DAYS)


def is_low(fulfillable: int, point: int) -> bool:
    """Something is left, but less than the reorder point. Nothing left is not low: it is out."""
    return 0 < fulfillable < point


def is_out(fulfillable: int) -> bool:
    """Nothing can be sold."""
    return fulfillable <= 0
