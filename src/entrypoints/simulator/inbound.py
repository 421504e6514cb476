"""Shipments to Amazon's warehouses: one a week and pool, with what the stock of its products needed.

A SKU's delivery ends a cycle of its stock, so what a shipment brings is what the stock then has. Each SKU is
received bit by bit over three days; now and then Amazon counts less than was sent. Some shipments are cancelled
before anything is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from entrypoints.simulator.dice import between, dice, number
from entrypoints.simulator.moments import DAY, HOUR
from entrypoints.simulator.stock import PoolOfStock

WEEK_MS = 7 * DAY
#: What a shipment becomes, and how long before its week or (the last) after its week's beginning.
_COURSE = (
    ("WORKING", -19 * DAY),
    ("READY_TO_SHIP", -14 * DAY),
    ("SHIPPED", -12 * DAY),
    ("IN_TRANSIT", -9 * DAY),
    ("DELIVERED", -4 * DAY),
    ("CHECKED_IN", -4 * DAY + 8 * HOUR),
    ("RECEIVING", -3 * DAY),
    ("CLOSED", WEEK_MS + 2 * DAY),
)
_CANCELLED_MS = -15 * DAY
_RECEIVING_MS, _COUNTED_EVERY_MS = 3 * DAY, 6 * HOUR
_ID_CHARACTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
_WAREHOUSES = {
    "na": ("PHX7", "ONT8", "MDW2", "YYZ4"),
    "eu": ("LEJ1", "DTM2", "CDG7", "BHX4"),
    "fe": ("NRT5", "KIX2", "BWU1"),
}


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """One SKU of a shipment at a moment."""

    shipment_id: str
    sku: str
    fnsku: str
    shipped: int
    received: int
    updated_ms: int


@dataclass(frozen=True)
class Shipment:
    """One shipment; what it is at a moment follows from its week."""

    id: str
    name: str
    warehouse: str
    week: int
    cancelled: bool

    @property
    def created_ms(self) -> int:
        return self.week * WEEK_MS + _COURSE[0][1]

    def status_at(self, at_ms: int) -> tuple[str, int]:
        """Its status then and since when."""
        start_ms = self.week * WEEK_MS
        course = _COURSE if not self.cancelled else (_COURSE[0], ("CANCELLED", _CANCELLED_MS))
        status, offset = next((step for step in reversed(course) if start_ms + step[1] <= at_ms), course[0])
        return status, start_ms + offset


@dataclass(frozen=True)
class InboundLedger:
    """The shipments of one seller to one pool of stock."""

    pool: PoolOfStock
    history_days: int

    def shipments(self, at_ms: int) -> Iterator[Shipment]:
        """All that were created by then, the oldest first; some may turn out to be empty."""
        first = (at_ms - self.history_days * DAY) // WEEK_MS
        last = (at_ms - _COURSE[0][1]) // WEEK_MS
        for week in range(first, last + 1):
            yield self._shipment(week, cancelled=False)
            if number(*self.pool.words(), "cancelled shipment", week) % 8 == 0:
                yield self._shipment(week, cancelled=True)

    def with_ids(self, ids: Collection[str], at_ms: int) -> list[Shipment]:
        return [shipment for shipment in self.shipments(at_ms) if shipment.id in ids]

    def items(self, shipment: Shipment, at_ms: int) -> list[ShippedItem]:
        """What is in it; empty when no product of the week needed anything."""
        start_ms = shipment.week * WEEK_MS
        found = []
        for product in self.pool.products:
            arrival_ms = self.pool.arrival(product, start_ms, start_ms + WEEK_MS)
            if arrival_ms is None:
                continue
            random = dice(*self.pool.words(), "shipped", product.index, shipment.week, shipment.cancelled)
            if shipment.cancelled:
                units, short = (between(random, 5, 60), 0) if random.random() < 0.2 else (0, 0)
            else:
                units = self.pool.delivered(product, arrival_ms)
                short = between(random, 1, 3) if random.random() < 0.1 else 0
            if not units:
                continue
            received, counted_ms = _received(units, arrival_ms, at_ms)
            found.append(
                ShippedItem(
                    shipment_id=shipment.id,
                    sku=product.sku,
                    fnsku=product.fnsku,
                    shipped=units + short,
                    received=0 if shipment.cancelled else received,
                    updated_ms=shipment.created_ms
                    if shipment.cancelled
                    else max(shipment.created_ms, counted_ms),
                )
            )
        return found

    def updated_ms(self, shipment: Shipment, items: Collection[ShippedItem], at_ms: int) -> int:
        """When its status or one of its counts changed last."""
        return max(shipment.status_at(at_ms)[1], *(item.updated_ms for item in items))

    def _shipment(self, week: int, cancelled: bool) -> Shipment:
        words = (*self.pool.words(), "shipment", week, cancelled)
        random = dice(*words)
        code = "".join(_ID_CHARACTERS[int(random.random() * len(_ID_CHARACTERS))] for _ in range(7))
        warehouses = _WAREHOUSES[self.pool.ledger.catalogue.seller.region]
        return Shipment(
            id=f"FBA15{code}",
            name=f"FBA STA week {week % 52 + 1}{' (cancelled)' if cancelled else ''}",
            warehouse=warehouses[number(*words, "warehouse") % len(warehouses)],
            week=week,
            cancelled=cancelled,
        )


def _received(units: int, arrival_ms: int, at_ms: int) -> tuple[int, int]:
    """How many of a SKU's units are counted by then, and when the last count was (0 before the first)."""
    begin_ms = arrival_ms - _RECEIVING_MS
    counts = max(0, min(at_ms, arrival_ms) - begin_ms) // _COUNTED_EVERY_MS
    if at_ms < begin_ms or not counts:
        return 0, 0
    return units * counts * _COUNTED_EVERY_MS // _RECEIVING_MS, begin_ms + counts * _COUNTED_EVERY_MS
