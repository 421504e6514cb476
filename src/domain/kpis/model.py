"""Figures as the database adds them up, before anything is computed from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from domain.kpis.periods import Period


@dataclass(frozen=True)
class DailySales:
    """One marketplace day in one currency. Cancelled orders are in none of the numbers.

    ``priced_orders`` are those that have a total; ``unshipped`` those still to be sent, as of now.
    """

    day: date
    currency: str
    orders: int
    priced_orders: int
    revenue_minor: int
    units: int
    unshipped: int


@dataclass(frozen=True)
class StatusOrders:
    """Orders of one status, as of now, in one currency; cancelled ones too."""

    status: str
    currency: str
    orders: int


@dataclass(frozen=True)
class DaysSold:
    """What was sold, day by day, and how far the orders are."""

    days: list[DailySales]
    statuses: list[StatusOrders]


@dataclass(frozen=True)
class ChannelSales:
    """What a channel sold in a period, in one currency; the numbers are those of ``DailySales``, added up."""

    channel: str
    currency: str
    span: Period
    orders: int
    priced_orders: int
    revenue_minor: int
    units: int
    unshipped: int


@dataclass(frozen=True)
class ProductSales:
    """What was sold of one product in one currency.

    ``orders`` are those in which it appears. Of an ASIN, ``sku`` is ``None``, and an order counts once for each of its
    SKUs. Without an ``asin``: Amazon has not named it.
    """

    sku: str | None
    asin: str | None
    orders: int
    units: int
    revenue_minor: int


@dataclass(frozen=True)
class BestSellers:
    """The products that sold best, the best one first. ``products`` and ``revenue_minor`` are of all, not of these."""

    rows: tuple[ProductSales, ...]
    products: int
    revenue_minor: int


@dataclass(frozen=True)
class StockTotals:
    """Stock positions, by SKU and stock pool: the same physical stock behind several marketplaces counts once."""

    skus: int
    quantity: int
    low: int
    out: int


def together(several: Iterable[StockTotals]) -> StockTotals:
    """Of several connections, whose stocks are not the same."""
    skus = quantity = low = out = 0
    for each in several:
        skus, quantity, low, out = skus + each.skus, quantity + each.quantity, low + each.low, out + each.out
    return StockTotals(skus, quantity, low, out)


@dataclass(frozen=True)
class StockComparison:
    """The stock as it is, and as it had last been counted by the end of an earlier day.

    ``then`` is ``None`` where that is not known of every connection with stock; ``then_as_of`` is when the connection
    that was counted first had been counted.
    """

    now: StockTotals
    then: StockTotals | None = None
    then_as_of: datetime | None = None


@dataclass(frozen=True)
class Freshness:
    """How far a user's data can be trusted. ``None``: not synced yet.

    ``data_as_of`` is the oldest of the connections' last good syncs, among those that have had one. ``complete_until``
    is the oldest of the moments up to which they are known to be complete, and ``None`` as long as that is unknown for
    any of them: figures that lack a whole connection are not complete. ``complete_from`` is since when a store's orders
    are all here (``None``: not known, or kept elsewhere), and ``lacks`` says in words what a period is known to lack.
    """

    data_as_of: datetime | None
    complete_until: datetime | None
    complete_from: datetime | None = None
    lacks: str | None = None


@dataclass(frozen=True)
class Volume:
    """How much of a channel's data is here."""

    listed_skus: int
    orders: int
