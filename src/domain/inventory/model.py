"""Stock at Amazon: what is where, and what can be sold."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StockLevel:
    """One SKU in one marketplace, in units.

    ``total`` is Amazon's own sum. ``inbound`` adds what is being prepared, shipped and received. ``updated_at`` is
    absent for SKUs that never moved.
    """

    sku: str
    asin: str | None
    fnsku: str | None
    title: str | None
    condition: str | None
    total: int
    fulfillable: int
    inbound: int
    reserved: int
    unfulfillable: int
    researching: int
    updated_at: datetime | None


@dataclass(frozen=True)
class StockPage:
    """One page of a marketplace's stock; no ``next_token``: the last one."""

    levels: tuple[StockLevel, ...]
    next_token: str | None
