"""Orders: how one was planned (its whole life), and how it stands at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from entrypoints.simulator.moments import from_ms


class Status(StrEnum):
    """An order's fulfillment status in the words of the Orders API 2026-01-01."""

    PENDING_AVAILABILITY = "PENDING_AVAILABILITY"
    PENDING = "PENDING"
    UNSHIPPED = "UNSHIPPED"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    CANCELLED = "CANCELLED"
    UNFULFILLABLE = "UNFULFILLABLE"


#: Amazon gives no prices while an order waits in one of these.
WITHOUT_PRICES = frozenset({Status.PENDING_AVAILABILITY, Status.PENDING})
#: Units are held back for the buyer in these.
OPEN = frozenset({Status.PENDING_AVAILABILITY, Status.PENDING, Status.UNSHIPPED, Status.PARTIALLY_SHIPPED})


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one line brings, in the currency's minor unit; every part is 0 or more.

    total = item + shipping + gift_wrap + tax - discount
    """

    unit_price: int
    item: int
    shipping: int
    gift_wrap: int
    tax: int
    discount: int

    @property
    def total(self) -> int:
        return self.item + self.shipping + self.gift_wrap + self.tax - self.discount


@dataclass(frozen=True, slots=True)
class StoreLine:
    """One line of an order at a moment. ``amounts`` is None while the order has no prices."""

    item_id: str
    sku: str
    asin: str
    title: str
    quantity: int
    quantity_fulfilled: int
    amounts: Amounts | None
    promotion_id: str | None


@dataclass(frozen=True, slots=True)
class StoreOrder:
    """One order as Amazon would tell it at a moment.

    Attributes:
        marketplace_id: None for an order of the channel NON_AMAZON, as the model allows.
        home_marketplace_id: whose stock serves it; a search for this marketplace finds it.
        grand_total_minor: the sum of the lines' totals in the currency's minor unit; None without prices.
        replaces: the id of the order that this one replaces free of charge.
    """

    id: str
    seller_id: str
    marketplace_id: str | None
    home_marketplace_id: str
    created_at: datetime
    updated_at: datetime
    status: Status
    fulfilled_by: str
    channel: str
    currency: str
    grand_total_minor: int | None
    lines: tuple[StoreLine, ...]
    programs: tuple[str, ...]
    service_level: str
    replaces: str | None
    cancelled_by: str | None

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Step:
    """A change in an order's life; from then on it has this status."""

    at_ms: int
    status: Status
    #: How many units of each line have been sent, in the lines' order.
    fulfilled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlannedLine:
    item_id: str
    sku: str
    asin: str
    title: str
    quantity: int
    amounts: Amounts
    promotion_id: str | None


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """An order's whole life, known from the beginning; the first step is its creation."""

    id: str
    seller_id: str
    home_marketplace_id: str
    fulfilled_by: str
    channel: str
    currency: str
    lines: tuple[PlannedLine, ...]
    steps: tuple[Step, ...]
    programs: tuple[str, ...]
    service_level: str
    replaces: str | None
    cancelled_by: str | None

    @property
    def created_ms(self) -> int:
        return self.steps[0].at_ms

    def step_at(self, at_ms: int) -> int | None:
        """The index of the step it stands at then; None before its creation."""
        for index in range(len(self.steps) - 1, -1, -1):
            if self.steps[index].at_ms <= at_ms:
                return index
        return None

    def after(self, index: int) -> StoreOrder:
        """How it stands after one of its steps."""
        step = self.steps[index]
        priced = step.status not in WITHOUT_PRICES
        return StoreOrder(
            id=self.id,
            seller_id=self.seller_id,
            marketplace_id=self.home_marketplace_id if self.channel == "AMAZON" else None,
            home_marketplace_id=self.home_marketplace_id,
            created_at=from_ms(self.created_ms),
            updated_at=from_ms(step.at_ms),
            status=step.status,
            fulfilled_by=self.fulfilled_by,
            channel=self.channel,
            currency=self.currency,
            grand_total_minor=sum(line.amounts.total for line in self.lines) if priced else None,
            lines=tuple(
                StoreLine(
                    item_id=line.item_id,
                    sku=line.sku,
                    asin=line.asin,
                    title=line.title,
                    quantity=line.quantity,
                    quantity_fulfilled=fulfilled,
                    amounts=line.amounts if priced else None,
                    promotion_id=line.promotion_id,
                )
                for line, fulfilled in zip(self.lines, step.fulfilled, strict=True)
            ),
            programs=self.programs,
            service_level=self.service_level,
            replaces=self.replaces,
            cancelled_by=self.cancelled_by if step.status is Status.CANCELLED else None,
        )
