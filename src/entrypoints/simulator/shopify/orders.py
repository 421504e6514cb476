"""An order of a store: what was drawn for it, and what it has become at a moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Deed(StrEnum):
    """What can happen to an order after it was placed."""

    PAID = "paid"
    PART_SHIPPED = "part_shipped"
    SHIPPED = "shipped"
    #: Something was added: ``amount`` more, ``units`` more.
    ADDED = "added"
    #: Something was taken out before it was sent: so much less, so many fewer.
    REMOVED = "removed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    VOIDED = "voided"
    EXPIRED = "expired"
    #: A tag or a note: only the time of change is new.
    TOUCHED = "touched"


class Step(NamedTuple):
    """A deed at a time; amounts in minor units of the order's currency."""

    at_ms: int
    deed: Deed
    amount: int = 0
    units: int = 0


@dataclass(frozen=True)
class PlannedOrder:
    """What was drawn for an order on the day it was placed. ``steps`` are in order of time."""

    id: int
    shop: str
    name: str
    created_ms: int
    processed_ms: int
    currency: str
    presentment_currency: str
    test: bool
    authorized: bool
    units: int
    goods: int
    discount: int
    shipping: int
    tax: int
    steps: tuple[Step, ...]

    @property
    def gid(self) -> str:
        return f"gid://shopify/Order/{self.id}"

    @property
    def total(self) -> int:
        return self.goods - self.discount + self.shipping + self.tax


@dataclass
class StoreOrder:
    """An order as it stands at a moment; amounts in minor units of ``plan.currency``.

    ``total`` is before refunds and removals; ``current_total`` is after them.
    """

    plan: PlannedOrder
    updated_ms: int
    financial: str
    fulfillment: str
    total: int
    current_total: int
    refunded: int
    received: int
    units: int
    current_units: int
    cancelled_ms: int | None = None
    closed_ms: int | None = None

    @property
    def counts(self) -> bool:
        """Whether it belongs to the revenue: neither a test, nor cancelled, nor never paid."""
        return (
            not self.plan.test and self.cancelled_ms is None and self.financial not in ("EXPIRED", "VOIDED")
        )


def at_moment(plan: PlannedOrder, at_ms: int, by_hand: Iterable[Step] = ()) -> StoreOrder | None:
    """The order at a moment; None before it was placed."""
    if plan.created_ms > at_ms:
        return None
    order = StoreOrder(
        plan=plan,
        updated_ms=plan.created_ms,
        financial="AUTHORIZED" if plan.authorized else "PENDING",
        fulfillment="UNFULFILLED",
        total=plan.total,
        current_total=plan.total,
        refunded=0,
        received=0,
        units=plan.units,
        current_units=plan.units,
    )
    for step in sorted((*plan.steps, *by_hand)):
        if step.at_ms > at_ms:
            break
        _do(order, step)
    return order


def _do(order: StoreOrder, step: Step) -> None:
    over = order.cancelled_ms is not None or order.financial in ("EXPIRED", "VOIDED")
    if over and step.deed not in (Deed.TOUCHED, Deed.REFUNDED):
        return
    order.updated_ms = max(order.updated_ms, step.at_ms)
    if step.deed is Deed.PAID:
        order.financial, order.received = "PAID", order.current_total
    elif step.deed is Deed.PART_SHIPPED:
        order.fulfillment = "PARTIALLY_FULFILLED"
    elif step.deed is Deed.SHIPPED:
        order.fulfillment, order.closed_ms = "FULFILLED", step.at_ms
    elif step.deed in (Deed.EXPIRED, Deed.VOIDED):
        order.financial = str(step.deed).upper()
    elif step.deed is Deed.CANCELLED:
        order.cancelled_ms = order.closed_ms = step.at_ms
    elif step.deed is Deed.ADDED:
        order.total += step.amount
        order.current_total += step.amount
        order.received += step.amount if order.received else 0
        order.units += step.units
        order.current_units += step.units
    elif step.deed in (Deed.REMOVED, Deed.REFUNDED):
        _take_back(order, step)


def _take_back(order: StoreOrder, step: Step) -> None:
    amount = min(step.amount, order.current_total)
    order.current_total -= amount
    order.current_units = max(0, order.current_units - step.units)
    if not order.received:
        return
    order.refunded += min(amount, order.received - order.refunded)
    whole = order.refunded >= order.received
    order.financial = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
