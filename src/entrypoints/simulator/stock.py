"""Stock in Amazon's warehouses: it follows from the orders, deliveries and counts of the last weeks.

Each SKU has cycles of four weeks. A cycle opens with a delivery that fills it up to a level drawn for the
cycle, and what happens then follows from the orders. So a level needs a few weeks of orders and never the
whole history, and the delivery under way can be told exactly: the simulator knows its future.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.catalogue import Catalogue, Product
from entrypoints.simulator.dice import between, dice, number
from entrypoints.simulator.ledger import OrderLedger
from entrypoints.simulator.lives import LONGEST_LIFE_MS, is_open
from entrypoints.simulator.marketplaces import Marketplace
from entrypoints.simulator.moments import DAY, from_ms
from entrypoints.simulator.orders import OrderPlan, Status

CYCLE_MS = 28 * DAY
#: Before its arrival a delivery is announced, then on its way, then being received.
_ANNOUNCED_MS, _SENT_MS, _RECEIVING_MS = 19 * DAY, 12 * DAY, 3 * DAY


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What Amazon holds of one SKU for one marketplace; ``last_updated`` is None for one never touched."""

    sku: str
    asin: str
    fnsku: str
    title: str
    fulfillable: int = 0
    reserved_for_orders: int = 0
    reserved_in_transfer: int = 0
    reserved_in_processing: int = 0
    inbound_working: int = 0
    inbound_shipped: int = 0
    inbound_receiving: int = 0
    customer_damaged: int = 0
    warehouse_damaged: int = 0
    defective: int = 0
    researching: int = 0
    last_updated: datetime | None = None

    @property
    def reserved(self) -> int:
        return self.reserved_for_orders + self.reserved_in_transfer + self.reserved_in_processing

    @property
    def unfulfillable(self) -> int:
        return self.customer_damaged + self.warehouse_damaged + self.defective

    @property
    def total(self) -> int:
        """Amazon's totalQuantity: in its warehouses and on the way there."""
        inbound = self.inbound_working + self.inbound_shipped + self.inbound_receiving
        return self.fulfillable + self.reserved + self.unfulfillable + self.researching + inbound


@dataclass(frozen=True)
class Pool:
    """The marketplaces that sell the same physical stock, the seller's only."""

    name: str
    marketplaces: tuple[Marketplace, ...]

    @classmethod
    def of(cls, catalogue: Catalogue, marketplace: Marketplace) -> Pool:
        members = tuple(each for each in catalogue.seller.marketplaces if each.pool == marketplace.pool)
        return cls(marketplace.pool, members)


class Movement(NamedTuple):
    """What a step of an order does to the stock of one SKU."""

    at_ms: int
    #: When the order was placed: an order counts as a whole or not at all.
    placed_ms: int
    sold: int
    held: int


@dataclass(frozen=True)
class BlockOfMovements:
    """The movements of one pool in four weeks of the calendar, by SKU."""

    by_sku: Mapping[str, tuple[Movement, ...]]


@dataclass(frozen=True)
class CycleOfStock:
    """One SKU's cycle: what could be sold and what was reserved after each change, by the time of it."""

    times: tuple[int, ...]
    fulfillable: tuple[int, ...]
    reserved: tuple[int, ...]
    #: Units of the delivery that ends the cycle.
    delivery: int

    def at(self, at_ms: int) -> tuple[int, int, int]:
        """Fulfillable and reserved units then, and the time of the last change."""
        index = bisect_right(self.times, at_ms) - 1
        return self.fulfillable[index], self.reserved[index], self.times[index]


class StockCaches(NamedTuple):
    """What is dear to make: a cycle's course, and the movements it is made of."""

    cycles: Cache[CycleOfStock]
    blocks: Cache[BlockOfMovements]


@dataclass(frozen=True)
class PoolOfStock:
    """The stock of one pool at any moment."""

    ledger: OrderLedger
    pool: Pool
    caches: StockCaches

    def level(self, product: Product, at_ms: int) -> StockLevel:
        """What there is of a product at a moment."""
        if product.weight == 0:
            return StockLevel(product.sku, product.asin, product.fnsku, product.title)
        number_of_cycle = (at_ms - self._phase(product)) // CYCLE_MS
        cycle = self._cycle(product, number_of_cycle)
        fulfillable, reserved, changed_ms = cycle.at(at_ms)
        random = dice(*self._words(product, number_of_cycle), "counts")
        damaged, lost = random.random() < 0.25, random.random() < 0.08
        ahead = (number_of_cycle + 1) * CYCLE_MS + self._phase(product) - at_ms
        return StockLevel(
            product.sku,
            product.asin,
            product.fnsku,
            product.title,
            fulfillable=fulfillable,
            reserved_for_orders=reserved,
            reserved_in_transfer=between(random, 0, 4) if cycle.fulfillable[0] > 20 else 0,
            reserved_in_processing=between(random, 0, 3) if cycle.fulfillable[0] > 10 else 0,
            inbound_working=cycle.delivery if _SENT_MS < ahead <= _ANNOUNCED_MS else 0,
            inbound_shipped=cycle.delivery if _RECEIVING_MS < ahead <= _SENT_MS else 0,
            inbound_receiving=cycle.delivery if ahead <= _RECEIVING_MS else 0,
            customer_damaged=between(random, 0, 3) if damaged else 0,
            warehouse_damaged=between(random, 0, 2) if damaged else 0,
            defective=between(random, 0, 2) if damaged else 0,
            researching=between(random, 1, 3) if lost else 0,
            last_updated=from_ms(changed_ms),
        )

    @property
    def products(self) -> tuple[Product, ...]:
        """What is sold from it, in the order of the seller's catalogue."""
        offered = {
            product
            for marketplace in self.pool.marketplaces
            for product in self.ledger.catalogue.offered_in(marketplace)
        }
        return tuple(product for product in self.ledger.catalogue.products if product in offered)

    def arrival(self, product: Product, start_ms: int, end_ms: int) -> int | None:
        """When a delivery of the product arrives from start to before end, at most four weeks; None if none does."""
        at_ms = start_ms + (self._phase(product) - start_ms) % CYCLE_MS
        return at_ms if product.weight and at_ms < end_ms else None

    def delivered(self, product: Product, arrival_ms: int) -> int:
        """How many units arrive then; 0 when the stock needed none."""
        return self._cycle(product, (arrival_ms - self._phase(product)) // CYCLE_MS - 1).delivery

    def words(self) -> tuple[object, ...]:
        """What makes chances of this pool its own."""
        return (self.ledger.seed, self.ledger.catalogue.seller.id, self.pool.name)

    def _words(self, product: Product, cycle: int) -> tuple[object, ...]:
        return (*self.words(), product.index, cycle)

    def _phase(self, product: Product) -> int:
        """Cycles of different SKUs begin at different times, as deliveries do."""
        return number(*self._words(product, 0), "phase") % CYCLE_MS

    def _opening(self, product: Product, cycle: int) -> int:
        """How many units can be sold when the cycle opens: plenty, hardly enough, too few, or none at all."""
        catalogue = self.ledger.catalogue
        a_day = sum(
            self.ledger.orders_per_day
            * catalogue.seller.share(marketplace)
            * catalogue.share_of_demand(product, marketplace)
            for marketplace in self.pool.marketplaces
        )
        expected = a_day * CYCLE_MS / DAY
        random = dice(*self._words(product, cycle), "opening")
        chance, spread = random.random(), random.random()
        if chance < 0.74:
            return round(expected * (1.6 + 2 * spread)) + between(random, 12, 45)
        if chance < 0.88:
            return round(expected * (0.8 + 0.5 * spread)) + between(random, 1, 4)
        return round(expected * 0.5 * spread) if chance < 0.96 else 0

    def _cycle(self, product: Product, cycle: int) -> CycleOfStock:
        return self.caches.cycles.get(self._words(product, cycle), lambda: self._play(product, cycle))

    def _play(self, product: Product, cycle: int) -> CycleOfStock:
        start_ms = cycle * CYCLE_MS + self._phase(product)
        fulfillable, reserved = self._opening(product, cycle), 0
        times, sellable, held = [start_ms], [fulfillable], [0]
        for movement in self._movements(product, start_ms):
            reserved += movement.held
            if movement.at_ms <= start_ms:
                held[0] = reserved
                continue
            fulfillable = max(0, fulfillable - movement.sold)
            times.append(movement.at_ms)
            sellable.append(fulfillable)
            held.append(reserved)
        delivery = max(0, self._opening(product, cycle + 1) - fulfillable)
        return CycleOfStock(tuple(times), tuple(sellable), tuple(held), delivery)

    def _movements(self, product: Product, start_ms: int) -> list[Movement]:
        """A SKU's movements up to the end of its cycle, by orders that were or may have been open in it."""
        oldest_ms, end_ms = start_ms - LONGEST_LIFE_MS, start_ms + CYCLE_MS
        return [
            movement
            for block in range(oldest_ms // CYCLE_MS, end_ms // CYCLE_MS + 1)
            for movement in self._block(block).by_sku.get(product.sku, ())
            if movement.placed_ms >= oldest_ms and movement.at_ms < end_ms
        ]

    def _block(self, block: int) -> BlockOfMovements:
        key = (self.ledger.catalogue.seller.id, self.pool.name, block)
        return self.caches.blocks.get(key, lambda: self._sort_by_sku(block))

    def _sort_by_sku(self, block: int) -> BlockOfMovements:
        members = {marketplace.id for marketplace in self.pool.marketplaces}
        by_sku: defaultdict[str, list[Movement]] = defaultdict(list)
        for change in self.ledger.changes(block * CYCLE_MS, (block + 1) * CYCLE_MS - 1):
            if change.plan.fulfilled_by == "AMAZON" and change.plan.home_marketplace_id in members:
                for sku, movement in _movements_of(change.plan, change.step):
                    by_sku[sku].append(movement)
        return BlockOfMovements({sku: tuple(movements) for sku, movements in by_sku.items()})


def _movements_of(plan: OrderPlan, index: int) -> Iterator[tuple[str, Movement]]:
    """What one step of an order moves, line by line; nothing where only a word changes."""
    step, before = plan.steps[index], plan.steps[index - 1] if index else None
    for line, product_line in enumerate(plan.lines):
        quantity = product_line.quantity
        held_now = quantity - step.fulfilled[line] if is_open(step.status) else 0
        held_before = quantity - before.fulfilled[line] if before and is_open(before.status) else 0
        sold = quantity if before is None else 0
        if step.status in (Status.CANCELLED, Status.UNFULFILLABLE):
            sold -= held_before
        if sold or held_now != held_before:
            yield product_line.sku, Movement(step.at_ms, plan.created_ms, sold, held_now - held_before)
