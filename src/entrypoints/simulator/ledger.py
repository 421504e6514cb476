"""All orders of one seller: drawn day by day when somebody asks, found by time of change or by id."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.catalogue import Catalogue, Product
from entrypoints.simulator.demand import moments_of_orders
from entrypoints.simulator.dice import between, dice, pick_weighted
from entrypoints.simulator.lives import LONGEST_LIFE_MS, free_replacement, life
from entrypoints.simulator.marketplaces import BY_ID, Marketplace
from entrypoints.simulator.moments import DAY, HOUR, from_ms, local_midnight_ms
from entrypoints.simulator.numbering import Numbering
from entrypoints.simulator.orders import OrderPlan, PlannedLine, Status
from entrypoints.simulator.pricing import FREE, price

#: A replacement follows its original after this many days at most.
_REPLACED_WITHIN_MS = 8 * DAY
#: From the beginning of a local day to the last thing that can happen to an order drawn for it.
_REACH_DAYS = (LONGEST_LIFE_MS + _REPLACED_WITHIN_MS) // DAY + 2
#: Changes are collected for so many days at once: each block looks at all orders that may change in it.
_BLOCK_DAYS = 8
_BLOCK_MS = _BLOCK_DAYS * DAY
_REPLACEMENTS_BEGIN_AT = 50_000
_LINE_COUNTS = (0.72, 0.91, 0.98, 1.0)
_QUANTITIES = (0.86, 0.97, 1.0)


class Change(NamedTuple):
    """An order's creation (step 0) or a later step; sorts by time, then by order id."""

    at_ms: int
    order_id: str
    step: int
    plan: OrderPlan


def _time_of(change: Change) -> int:
    return change.at_ms


class DayOfOrders(NamedTuple):
    """The orders drawn for one marketplace's local day, and their changes by the block of days they fall into."""

    plans: tuple[OrderPlan, ...]
    changes: Mapping[int, tuple[Change, ...]]


@dataclass(frozen=True)
class OrderLedger:
    """The orders of one seller; a pure function of its parameters, the caches only save time."""

    seed: int
    catalogue: Catalogue
    orders_per_day: float
    days: Cache[DayOfOrders]
    buckets: Cache[tuple[Change, ...]]

    def changes(self, start_ms: int, end_ms: int) -> Iterator[Change]:
        """Every change from start to end, both included, in order of time and order id."""
        for block in range(start_ms // _BLOCK_MS, end_ms // _BLOCK_MS + 1):
            found = self._changes_of_block(block)
            for index in range(bisect_left(found, start_ms, key=_time_of), len(found)):
                if found[index].at_ms > end_ms:
                    return
                yield found[index]

    def find(self, order_id: str) -> OrderPlan | None:
        """The order with this id, whenever it is or will be placed."""
        place = self._numbering.day_of(order_id)
        if place is None or place[0].id not in self.catalogue.seller.marketplace_ids:
            return None
        return next((plan for plan in self._orders_of_day(*place).plans if plan.id == order_id), None)

    @property
    def _numbering(self) -> Numbering:
        return Numbering(self.seed, self.catalogue.seller.id)

    def _changes_of_block(self, block: int) -> tuple[Change, ...]:
        return self.buckets.get((self.catalogue.seller.id, block), lambda: self._collect(block))

    def _collect(self, block: int) -> tuple[Change, ...]:
        first = from_ms(block * _BLOCK_MS).date()
        # A local day begins up to a day before or after the day of the same date in UTC.
        dates = [first + timedelta(days=ahead) for ahead in range(-_REACH_DAYS, _BLOCK_DAYS + 1)]
        found = [
            change
            for marketplace in self.catalogue.seller.marketplaces
            for local_date in dates
            for change in self._orders_of_day(marketplace, local_date).changes.get(block, ())
        ]
        return tuple(sorted(found, key=lambda change: change[:2]))

    def _orders_of_day(self, marketplace: Marketplace, day: date) -> DayOfOrders:
        key = (self.catalogue.seller.id, marketplace.id, day)
        return self.days.get(key, lambda: self._draw(marketplace, day))

    def _draw(self, marketplace: Marketplace, day: date) -> DayOfOrders:
        seller = self.catalogue.seller
        random = dice(self.seed, seller.id, marketplace.id, day)
        mean = self.orders_per_day * seller.share(marketplace)
        plans: list[OrderPlan] = []
        for position, created_ms in enumerate(moments_of_orders(random, marketplace.zone, day, mean)):
            order_id = self._numbering.order_id(marketplace, day, position)
            plan = self._place(random, order_id, marketplace, created_ms)
            plans.append(plan)
            if random.random() < 0.009 and plan.steps[-1].status is Status.SHIPPED:
                replacement_id = self._numbering.order_id(marketplace, day, _REPLACEMENTS_BEGIN_AT + position)
                plans.append(self._replace(random, replacement_id, plan))
        changes: defaultdict[int, list[Change]] = defaultdict(list)
        for plan in plans:
            for index, step in enumerate(plan.steps):
                changes[step.at_ms // _BLOCK_MS].append(Change(step.at_ms, plan.id, index, plan))
        return DayOfOrders(tuple(plans), {block: tuple(found) for block, found in changes.items()})

    def _place(self, random: Random, order_id: str, marketplace: Marketplace, created_ms: int) -> OrderPlan:
        elsewhere = random.random() < 0.012
        fulfilled_by = "AMAZON" if elsewhere or random.random() < 0.7 else "MERCHANT"
        programs = () if elsewhere else _programs(random, fulfilled_by)
        chosen = self._basket(random, marketplace)
        lines = []
        for index, (product, quantity) in enumerate(chosen):
            amounts = price(random, product, marketplace, quantity, prime="PRIME" in programs)
            lines.append(
                PlannedLine(
                    item_id=self._numbering.item_id(order_id, index),
                    sku=product.sku,
                    asin=product.asin,
                    title=product.title,
                    quantity=quantity,
                    amounts=amounts,
                    promotion_id=f"PLM-{product.asin[-5:]}-{quantity}" if amounts.discount else None,
                )
            )
        steps = life(random, created_ms, fulfilled_by, tuple(line.quantity for line in lines))
        preordered = ("PREORDER",) if steps[0].status is Status.PENDING_AVAILABILITY else ()
        return OrderPlan(
            id=order_id,
            seller_id=self.catalogue.seller.id,
            home_marketplace_id=marketplace.id,
            fulfilled_by=fulfilled_by,
            channel="NON_AMAZON" if elsewhere else "AMAZON",
            currency=marketplace.currency,
            lines=tuple(lines),
            steps=steps,
            programs=programs + preordered,
            service_level=_service_level(random, programs),
            replaces=None,
            cancelled_by=_canceller(random) if steps[-1].status is Status.CANCELLED else None,
        )

    def _replace(self, random: Random, order_id: str, original: OrderPlan) -> OrderPlan:
        """Some days after dispatch the first line is sent once more, for nothing."""
        first = original.lines[0]
        created_ms = original.created_ms + between(random, 4 * DAY, _REPLACED_WITHIN_MS - 2 * HOUR)
        item_id = self._numbering.item_id(order_id, 0)
        line = PlannedLine(item_id, first.sku, first.asin, first.title, 1, FREE, None)
        return OrderPlan(
            id=order_id,
            seller_id=original.seller_id,
            home_marketplace_id=original.home_marketplace_id,
            fulfilled_by=original.fulfilled_by,
            channel=original.channel,
            currency=original.currency,
            lines=(line,),
            steps=free_replacement(random, created_ms, (1,)),
            programs=(),
            service_level=original.service_level,
            replaces=original.id,
            cancelled_by=None,
        )

    def _basket(self, random: Random, marketplace: Marketplace) -> list[tuple[Product, int]]:
        products, demand = self.catalogue.offered_in(marketplace), self.catalogue.demand_in(marketplace)
        chosen: dict[int, tuple[Product, int]] = {}
        for _ in range(1 + pick_weighted(random, _LINE_COUNTS)):
            product = products[pick_weighted(random, demand)]
            chosen[product.index] = (product, 1 + pick_weighted(random, _QUANTITIES))
        return list(chosen.values())


def first_visible_ms(marketplace_id: str, at_ms: int, history_days: int) -> int:
    """From when on orders exist: the local midnight that many days before the moment's day."""
    zone = BY_ID[marketplace_id].zone
    first = from_ms(at_ms).astimezone(zone).date() - timedelta(days=history_days)
    return local_midnight_ms(first, zone)


def _programs(random: Random, fulfilled_by: str) -> tuple[str, ...]:
    programs = []
    if random.random() < 0.09:
        programs.append("AMAZON_BUSINESS")
    if fulfilled_by == "AMAZON" and random.random() < 0.6:
        programs.append("PRIME")
    return tuple(programs)


def _service_level(random: Random, programs: tuple[str, ...]) -> str:
    throw = random.random()
    if "PRIME" in programs:
        return "NEXT_DAY" if throw < 0.4 else "SECOND_DAY"
    return "EXPEDITED" if throw < 0.15 else "STANDARD"


def _canceller(random: Random) -> str:
    throw = random.random()
    return "BUYER" if throw < 0.6 else "MERCHANT" if throw < 0.85 else "AMAZON"
