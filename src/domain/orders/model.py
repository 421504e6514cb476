"""Orders, as far as figures need them. Buyers don't appear: we never ask for them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.money import Money

#: Statuses in which something is still to be sent.
UNSHIPPED = frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED"})
#: An order in this status counts in no total.
CANCELLED = "CANCELLED"
#: The statuses that are known, in the order in which orders go through them. Amazon's list is open.
STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "UNFULFILLABLE",
    CANCELLED,
)


class Source(StrEnum):
    """What told of an order. Of two equally old versions the API's is kept: it names lines and grand total itself."""

    API = "api"
    REPORT = "report"


@dataclass(frozen=True)
class OrderItem:
    """One line of an order. ``total`` is what the line brings in; ``None`` while Amazon does not say.

    ``goods`` is the part of it that the goods cost: without shipping, wrapping, tax and discounts.
    """

    order_item_id: str
    sku: str | None
    asin: str | None
    title: str | None
    quantity: int
    total: Money | None
    goods: Money | None = None


@dataclass(frozen=True)
class Order:
    """One order. ``total`` is Amazon's grand total; ``None`` for orders that are still pending.

    ``status`` is Amazon's fulfillment status, of which the list is open.
    """

    order_id: str
    marketplace_id: str | None  # absent for some orders from outside Amazon
    created_at: datetime
    updated_at: datetime
    status: str
    fulfilled_by: str | None
    total: Money | None
    items: tuple[OrderItem, ...]
    source: Source = Source.API


@dataclass(frozen=True)
class BookedOrder:
    """An order with its place in the figures: whose day it counts in, and in which currency."""

    order: Order
    marketplace_id: str
    day: date
    currency: str


@dataclass(frozen=True)
class OrderWindow:
    """Orders of these marketplaces, changed from ``after`` until ``before`` (both aware, UTC)."""

    after: datetime
    before: datetime
    marketplace_ids: tuple[str, ...]


@dataclass(frozen=True)
class OrderPage:
    """One page of a window. ``window_end`` is the end that Amazon says it used; no ``next_token``: the last page."""

    orders: tuple[Order, ...]
    next_token: str | None
    window_end: datetime | None
