"""The simulated Amazon's data: a pure function of the configuration, the seller and the moment.

Tests may build a ``Store`` of their own from an equal configuration, in the same process or another, and
recount what they were told over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from heapq import merge
from types import MappingProxyType

from entrypoints.simulator.cache import Cache
from entrypoints.simulator.catalogue import Catalogue
from entrypoints.simulator.config import SimulatorConfig
from entrypoints.simulator.inbound import InboundLedger
from entrypoints.simulator.ledger import Change, DayOfOrders, OrderLedger, first_visible_ms
from entrypoints.simulator.marketplaces import BY_ID
from entrypoints.simulator.moments import to_ms
from entrypoints.simulator.orders import OrderPlan, StoreOrder
from entrypoints.simulator.sellers import Seller
from entrypoints.simulator.shelf import Shelf
from entrypoints.simulator.stock import (
    BlockOfMovements,
    CycleOfStock,
    Pool,
    PoolOfStock,
    StockCaches,
    StockLevel,
)

#: Up to 500 MB of orders; older ones are drawn again when they are asked for.
_ORDERS_KEPT = 400_000
_CHANGES_KEPT = 800_000
_STOCK_CHANGES_KEPT = 500_000
#: Orders that fare otherwise than they were drawn, by id; their steps count up to the moment itself.
Edits = Mapping[str, OrderPlan]
UNEDITED: Edits = MappingProxyType({})


@dataclass(frozen=True)
class Store:
    """Sellers, orders and stock as they stand at a moment. Nothing is stored and nothing is random.

    The moment is never taken beyond ``config.data_until``.
    """

    config: SimulatorConfig
    _days: Cache[DayOfOrders] = field(init=False, repr=False, compare=False)
    _buckets: Cache[tuple[Change, ...]] = field(init=False, repr=False, compare=False)
    _stock: StockCaches = field(init=False, repr=False, compare=False)
    _ledgers: dict[str, OrderLedger] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_days", Cache[DayOfOrders](lambda day: len(day.plans) + 1, _ORDERS_KEPT))
        object.__setattr__(
            self, "_buckets", Cache[tuple[Change, ...]](lambda found: len(found) + 1, _CHANGES_KEPT)
        )
        caches = StockCaches(
            Cache[CycleOfStock](lambda cycle: len(cycle.times) + 1, _STOCK_CHANGES_KEPT),
            Cache[BlockOfMovements](
                lambda block: sum(map(len, block.by_sku.values())) + 1, _STOCK_CHANGES_KEPT
            ),
        )
        object.__setattr__(self, "_stock", caches)

    @property
    def sellers(self) -> tuple[Seller, ...]:
        return self.config.sellers

    def seller(self, seller_id: str) -> Seller | None:
        return next((seller for seller in self.sellers if seller.id == seller_id), None)

    def orders(self, seller_id: str, at: datetime) -> list[StoreOrder]:
        """Every order of the seller in its state at that moment, by time of creation."""
        found = self.updated_between(seller_id, 0, to_ms(at), to_ms(at))
        return sorted(found, key=lambda order: (order.created_at, order.id))

    def order(
        self, seller_id: str, order_id: str, at: datetime, edits: Edits = UNEDITED
    ) -> StoreOrder | None:
        """One order in its state at that moment; None if there is no such order then."""
        plan = self.plan(seller_id, order_id, at, edits)
        step = None if plan is None else plan.step_at(self._reach_ms(plan, to_ms(at), edits))
        return None if plan is None or step is None else plan.after(step)

    def plan(self, seller_id: str, order_id: str, at: datetime, edits: Edits = UNEDITED) -> OrderPlan | None:
        """The life of an order that can be seen at that moment."""
        plan = edits.get(order_id) or self._ledger(seller_id).find(order_id)
        if plan is None or plan.seller_id != seller_id or plan.created_ms > self.shown_ms(to_ms(at)):
            return None
        first_ms = first_visible_ms(
            plan.home_marketplace_id, self.shown_ms(to_ms(at)), self.config.history_days
        )
        return plan if plan.created_ms >= first_ms else None

    def created_between(
        self, seller_id: str, start_ms: int, end_ms: int, at_ms: int, edits: Edits = UNEDITED
    ) -> Iterator[StoreOrder]:
        """Orders placed from start to end, both included, by time and id, as they stand at a moment."""
        for change in self.changes_between(seller_id, start_ms, end_ms, at_ms, edits):
            if change.step == 0:
                step = change.plan.step_at(self._reach_ms(change.plan, at_ms, edits))
                if step is not None:
                    yield change.plan.after(step)

    def updated_between(
        self, seller_id: str, start_ms: int, end_ms: int, at_ms: int, edits: Edits = UNEDITED
    ) -> Iterator[StoreOrder]:
        """Orders of which the last change up to a moment was from start to end, by time and id of it."""
        for change in self.changes_between(seller_id, start_ms, end_ms, at_ms, edits):
            if change.plan.step_at(self._reach_ms(change.plan, at_ms, edits)) == change.step:
                yield change.plan.after(change.step)

    def changes_between(
        self, seller_id: str, start_ms: int, end_ms: int, at_ms: int, edits: Edits = UNEDITED
    ) -> Iterator[Change]:
        """Every change from start to end, both included, that has happened at a moment, by time and order id."""
        ledger, shown_ms = self._ledger(seller_id), self.shown_ms(at_ms)
        first_ms = {
            marketplace_id: first_visible_ms(marketplace_id, shown_ms, self.config.history_days)
            for marketplace_id in ledger.catalogue.seller.marketplace_ids
        }
        found = ledger.changes(max(start_ms, min(first_ms.values())), min(end_ms, shown_ms))
        if edits:
            drawn = (change for change in found if change.order_id not in edits)
            found = merge(
                drawn, _changes_of(edits, start_ms, min(end_ms, at_ms)), key=lambda change: change[:2]
            )
        for change in found:
            if change.plan.created_ms >= first_ms[change.plan.home_marketplace_id]:
                yield change

    def stock(self, seller_id: str, marketplace_id: str, at: datetime) -> list[StockLevel]:
        """What Amazon holds of each SKU offered there, in the order of the seller's catalogue."""
        pool = self._pool(seller_id, marketplace_id)
        at_ms = self.shown_ms(to_ms(at))
        products = self.catalogue(seller_id).offered_in(BY_ID[marketplace_id])
        return [pool.level(product, at_ms) for product in products]

    def catalogue(self, seller_id: str) -> Catalogue:
        """What the seller sells."""
        return self._ledger(seller_id).catalogue

    @cached_property
    def shelf(self) -> Shelf:
        """What all of Amazon sells."""
        return Shelf(self.config.seed, tuple(self.catalogue(seller.id) for seller in self.sellers))

    def inbound(self, seller_id: str, marketplace_id: str) -> InboundLedger:
        """The shipments to the warehouses that serve a marketplace."""
        return InboundLedger(self._pool(seller_id, marketplace_id), self.config.history_days)

    def shown_ms(self, at_ms: int) -> int:
        """The moment, but not beyond ``config.data_until``."""
        until = self.config.data_until
        return at_ms if until is None else min(at_ms, to_ms(until))

    def _pool(self, seller_id: str, marketplace_id: str) -> PoolOfStock:
        ledger = self._ledger(seller_id)
        marketplace = next(m for m in ledger.catalogue.seller.marketplaces if m.id == marketplace_id)
        return PoolOfStock(ledger, Pool.of(ledger.catalogue, marketplace), self._stock)

    def _reach_ms(self, plan: OrderPlan, at_ms: int, edits: Edits) -> int:
        """Up to when an order's steps are seen at a moment: what was changed by hand goes on after the data end."""
        return at_ms if edits and plan.id in edits else self.shown_ms(at_ms)

    def _ledger(self, seller_id: str) -> OrderLedger:
        """Raises:
        KeyError: there is no such seller.
        """
        if seller_id not in self._ledgers:
            seller = self.seller(seller_id)
            if seller is None:
                raise KeyError(seller_id)
            catalogue = Catalogue(self.config.seed, seller, self.config.sku_count)
            self._ledgers[seller_id] = OrderLedger(
                self.config.seed, catalogue, self.config.orders_per_day, self._days, self._buckets
            )
        return self._ledgers[seller_id]


def _changes_of(edits: Edits, start_ms: int, end_ms: int) -> list[Change]:
    changes = (
        Change(step.at_ms, plan.id, index, plan)
        for plan in edits.values()
        for index, step in enumerate(plan.steps)
        if start_ms <= step.at_ms <= end_ms
    )
    return sorted(changes, key=lambda change: change[:2])
